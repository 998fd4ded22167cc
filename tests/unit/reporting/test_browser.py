"""Reports in a real browser: telephone and desk, light and dark, every language."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.reporting import render_edition
from roi_pipeline.reporting.messages import Sentences

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")
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


def test_the_headline_of_a_module_fits_one_screen(browser: "Browser", folder: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    for language in LANGUAGES:
        page.goto((folder / language / "content_push.html").as_uri())
        box = page.locator("#headline").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, language


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
    assert page.locator("#t-sql").is_visible()
    assert not page.locator("nav").first.is_visible()

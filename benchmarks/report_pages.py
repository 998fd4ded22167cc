"""How long the reports of a closed edition are: telephone screens, printed pages, words.

    python benchmarks/report_pages.py REPORTS_FOLDER [--language en]

Screens are the height of the page at 375 px over 812 px, as it opens. Pages are A4 as Chromium prints them;
the body ends where the appendix begins, behind which the foot stands. Words are counted as the page opens and with everything
unfolded; a Chinese character counts as a word. `split` counts words that a table cell of the printed
page breaks inside.
"""

import argparse
import io
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

PHONE, PHONE_HEIGHT = 375, 812
WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:[.,'’%-][^\W_\u3400-\u9fff]+)*")
APPENDIX = "appendix"  # id of what is printed behind the body
# Words of printed tables that begin on one line and end on another.
SPLIT_WORDS = """() => {
  const found = [], range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent.closest('main') || parent.closest('svg, code, .skip')) continue;
    if (!parent.checkVisibility()) continue;
    for (const match of node.data.matchAll(/[A-Za-z]{3,}|[0-9][0-9.,]{2,}%?/g)) {
      range.setStart(node, match.index); range.setEnd(node, match.index + match[0].length);
      const boxes = [...range.getClientRects()].filter(b => b.width > 0);
      if (boxes.length > 1 && boxes.some(b => Math.abs(b.top - boxes[0].top) > 3)) found.push(match[0]);
    }
  }
  return found;
}"""


@dataclass(frozen=True, slots=True)
class Length:
    """How long one report is."""

    name: str
    screens: float
    body_pages: int
    pages: int
    words_open: int
    words_all: int
    split: tuple[str, ...]


def n_words(text: str) -> int:
    """Words of a text; a Chinese character counts as one.

    >>> n_words("ROI 12.5% 增长, −3 h")
    6
    """
    return len(WORD.findall(text))


def length_of(page: "Page", path: Path) -> Length:
    """The length of the report at `path`, measured in an open browser page."""
    from pypdf import PdfReader

    page.set_viewport_size({"width": PHONE, "height": PHONE_HEIGHT})
    page.goto(path.as_uri())
    height = page.evaluate("document.documentElement.scrollHeight")
    as_opened = page.evaluate("document.body.innerText")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 980})  # the text width of an A4 page
    split = tuple(page.evaluate(SPLIT_WORDS))
    everything = page.evaluate("document.body.innerText")
    document = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    pages = len(document.pages)
    page.add_style_tag(content=f"#{APPENDIX},.foot{{display:none!important}}")
    body = len(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages)
    page.emulate_media(media="screen")
    return Length(
        path.stem,
        height / PHONE_HEIGHT,
        body,
        pages,
        n_words(as_opened),
        n_words(everything),
        split,
    )


def lengths(folder: Path) -> list[Length]:
    """Lengths of every report of a folder, the portfolio first."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu"]
    paths = sorted(folder.glob("*.html"), key=lambda path: (path.stem != "portfolio", path.stem))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page()
        found = [length_of(page, path) for path in paths]
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", type=Path, help="the reports folder of an edition")
    parser.add_argument("--language", default="en")
    options = parser.parse_args()
    print(f"{'report':28} screens  A4 body  A4 all  words open  words all  split")
    for item in lengths(options.reports / options.language):
        print(
            f"{item.name:28} {item.screens:7.1f}  {item.body_pages:7}  {item.pages:6}"
            f"  {item.words_open:10,}  {item.words_all:9,}  {len(item.split):5}"
            f"  {' '.join(dict.fromkeys(item.split))[:60]}"
        )


if __name__ == "__main__":
    main()

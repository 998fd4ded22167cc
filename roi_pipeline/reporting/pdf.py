"""A report as PDF: the printed form of its HTML, in the typefaces that ship with the product."""

import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from roi_pipeline.domain.study import Paper
from roi_pipeline.reporting.fonts import FAMILY, font_faces

if TYPE_CHECKING:
    import weasyprint

# WeasyPrint takes the first family that has the character; the shipped one comes first.
PRINT_STYLE = """
body, body:lang(zh-TW) {{ font-family: "{family}", sans-serif; }}
code {{ font-family: "{family}", monospace; }}
"""
# Page one alone, for a board; what does not fit one page is set smaller until it does.
BOARD_STYLE = """
main > :not(.page-one), .foot {{ display: none !important }}
.page-one {{ break-after: auto !important }}
@page {{ size: {width}mm {height}mm !important; @bottom-right {{ content: none }} }}
"""
SIDES: dict[Paper, tuple[float, float]] = {"A4": (210, 297), "Letter": (215.9, 279.4)}  # mm
FIGURE = re.compile(r' data-figure="([^"]+)"')
SCALES = (1.0, 1.08, 1.16, 1.25, 1.35, 1.5, 1.7, 2.0)


def render_pdf(html: str) -> bytes:
    """The report's HTML as PDF, the same bytes for the same HTML; nothing is fetched.

    The paper is the one the HTML names. Every figure with an id is a named destination, so that it can
    be found where it is printed: `clinic.rated.net`, the second time `clinic.rated.net~2`.
    """
    return _written(_laid_out(html, ""))


def with_destinations(html: str) -> str:
    """The HTML with an element id for each figure that has an id; elements that have one keep it.

    >>> with_destinations('<b data-figure="a.b">1</b> <i data-figure="a.b">1</i>')
    '<b data-figure="a.b" id="a.b">1</b> <i data-figure="a.b" id="a.b~2">1</i>'
    """
    seen = Counter[str]()

    def named(found: re.Match[str]) -> str:
        seen[found[1]] += 1
        number = "" if seen[found[1]] == 1 else f"~{seen[found[1]]}"
        return f'{found[0]} id="{found[1]}{number}"'

    return FIGURE.sub(named, html)


def render_board_pdf(html: str, *, paper: Paper = "A4") -> bytes:
    """Page one of the report's HTML as a PDF of exactly one page, likewise.

    Raises:
        ValueError: page one does not fit one page at half the size.
    """
    for scale in SCALES:
        width, height = (side * scale for side in SIDES[paper])
        style = BOARD_STYLE.format(width=width, height=height)
        document = _laid_out(html, style)
        if len(document.pages) == 1:
            return _written(document, zoom=1 / scale)
    msg = f"page one does not fit one page of {paper} at half the size"
    raise ValueError(msg)


def _laid_out(html: str, style: str) -> "weasyprint.Document":
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    sheet = weasyprint.CSS(
        string=font_faces() + PRINT_STYLE.format(family=FAMILY) + style, font_config=fonts
    )
    source = weasyprint.HTML(
        string=with_destinations(html), url_fetcher=URLFetcher(allowed_protocols=())
    )
    return source.render(stylesheets=[sheet], font_config=fonts)


def _written(document: "weasyprint.Document", *, zoom: float = 1.0) -> bytes:
    target = io.BytesIO()
    document.write_pdf(target, zoom=zoom, pdf_identifier=False)  # type: ignore[arg-type] # a float too
    return target.getvalue()

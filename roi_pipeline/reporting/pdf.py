"""A report as PDF: the printed form of its HTML, in the typefaces that ship with the product."""

import io

from roi_pipeline.reporting.fonts import FAMILY, font_faces

# WeasyPrint takes the first family that has the character; the shipped one comes first.
PRINT_STYLE = """
body, body:lang(zh-TW) {{ font-family: "{family}", sans-serif; }}
code {{ font-family: "{family}", monospace; }}
"""


def render_pdf(html: str) -> bytes:
    """The report's HTML as PDF, A4, the same bytes for the same HTML; nothing is fetched."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    sheet = weasyprint.CSS(
        string=font_faces() + PRINT_STYLE.format(family=FAMILY), font_config=fonts
    )
    document = weasyprint.HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
    target = io.BytesIO()
    document.write_pdf(target, stylesheets=[sheet], font_config=fonts, pdf_identifier=False)
    return target.getvalue()

"""Which characters of a PDF were drawn as the empty box of a font that does not have them."""

import io
from collections.abc import Iterator

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream, DictionaryObject

NO_GLYPH = "/g0"  # what Chromium calls glyph 0 of a font it embeds outline by outline


def missing_glyphs(pdf: bytes) -> list[tuple[int, str]]:
    """(page, font) of every text drawn with glyph 0, which fonts keep for what they lack."""
    reader = PdfReader(io.BytesIO(pdf))
    return [
        (number, font)
        for number, page in enumerate(reader.pages, 1)
        for font, text in _texts(reader, page)
        if text
    ]


def _texts(reader: PdfReader, page: PageObject) -> Iterator[tuple[str, bool]]:
    """(font, whether glyph 0 is in it) of every text a page shows."""
    fonts = page["/Resources"].get("/Font", {})  # type: ignore[union-attr]
    font = DictionaryObject()
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator == b"Tf":
            font = fonts[operands[0]].get_object()
        elif operator in {b"Tj", b"TJ", b"'", b'"'}:
            parts = operands[0] if operator == b"TJ" else operands[-1:]
            codes = [part.original_bytes for part in parts if hasattr(part, "original_bytes")]
            name = str(font.get("/BaseFont", font.get("/Subtype")))
            yield name, any(_has_empty_box(font, code) for code in codes)


def _has_empty_box(font: DictionaryObject, codes: bytes) -> bool:
    if font["/Subtype"] == "/Type0":  # two bytes each, and Identity-H: the code is the glyph
        return b"\0\0" in (codes[at : at + 2] for at in range(0, len(codes), 2))
    if font["/Subtype"] == "/Type3":
        first, *names = font["/Encoding"]["/Differences"]  # type: ignore[index, misc]
        return any(names[code - int(first)] == NO_GLYPH for code in codes)
    return False

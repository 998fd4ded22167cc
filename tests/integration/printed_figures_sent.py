"""Figures by their ids in what is sent: PDFs, by named destination, and e-mails, by the label beside them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from printed_figures import JOINER, Source, marked_figures
from pypdf import PdfReader

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.study import Reader
from roi_pipeline.reporting.model import Report
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.view import module_report, portfolio_report, voice_for

DEEP = 30.0  # points below its destination within which a figure's line stands
SLACK = 1.5  # points a piece of text may begin right of the destination's left edge


@dataclass
class Piece:
    """A piece of text of a page, where it begins, and how much of it was taken for figures."""

    left: float
    baseline: float
    text: str
    taken: int = 0


def pieces_of(pdf: PdfReader) -> list[list[Piece]]:
    """The pieces of text of every page."""
    pages = list[list[Piece]]()
    for page in pdf.pages:
        found = list[Piece]()

        def keep(
            text: str, cm: list[float], tm: list[float], _font: object, _size: float,
            found: list[Piece] = found,
        ) -> None:  # fmt: skip
            if text.strip():
                left = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
                found.append(Piece(left, tm[4] * cm[1] + tm[5] * cm[3] + cm[5], bare(text)))

        page.extract_text(visitor_text=keep)
        pages.append(found)
    return pages


def bare(text: str) -> str:
    """The text without blanks and signs that are not seen."""
    return re.sub(rf"[\s{JOINER}]", "", text)


def first_line(shown: str) -> str:
    """A figure up to its last digit: a narrow cell may break the line before the unit.

    >>> first_line("+2.6 to +5.1 points"), first_line("—")
    ('+2.6to+5.1', '—')
    """
    found = re.match(r".*\d%?", bare(shown))
    return found[0] if found else bare(shown)


def wrong_in_pdf(content: bytes, page: Path, *, is_whole: bool) -> tuple[int, list[str]]:
    """(figures found at their destinations, those missing or printed otherwise than in the HTML).

    Args:
        content: the PDF.
        page: the HTML it was made from, compared with its source elsewhere.
        is_whole: every figure of the HTML has to be there, not only those of page one.
    """
    pdf = PdfReader(BytesIO(content))
    pages, places = pieces_of(pdf), pdf.named_destinations
    seen, rows, wrong = Counter[str](), defaultdict[tuple[int, float], list[tuple[float, str, str]]](list), list[str]()  # fmt: skip
    for figure, shown in marked_figures(page):
        seen[figure] += 1
        key = figure if seen[figure] == 1 else f"{figure}~{seen[figure]}"
        place = places.get(key)
        if place is None:
            if is_whole:
                wrong.append(f"{page.stem}.pdf: {key} has no destination")
            continue
        number, top = pdf.get_destination_page_number(place), float(place.top or 0)
        rows[number or 0, round(top, 1)].append((float(place.left or 0), key, shown))
    for (number, top), figures in rows.items():
        for left, key, shown in sorted(figures):
            if not _take(pages[number], left, top, first_line(shown)):
                wrong.append(f"{page.stem}.pdf: {key} is not {shown} where it stands")
    return sum(map(len, rows.values())), wrong


def _take(pieces: list[Piece], left: float, top: float, shown: str) -> bool:
    """Whether the figure stands there, to the right of those of its line that were taken before."""
    for piece in pieces:
        if piece.left <= left + SLACK and 0 <= top - piece.baseline <= DEEP:
            at = piece.text.find(shown, piece.taken)
            if at >= 0 and not _goes_on(piece, at, len(shown)):
                piece.taken = at + len(shown)
                return True
    return False


def _goes_on(piece: Piece, at: int, length: int) -> bool:
    """Whether the digits found are part of a longer number on either side.

    Figures of neighbouring cells stand in one piece without a blank: after a digit that was taken
    another may begin.
    """
    text, after = piece.text, piece.text[at + length : at + length + 2]
    is_longer = bool(re.match(r"[.,]\d", after)) and text[at + length - 1].isdigit()
    begins_before = at > piece.taken and text[at].isdigit() and text[at - 1] in ".,0123456789"
    return is_longer or begins_before


def reports_in_mail(edition: EditionInputs, reader: Reader) -> Iterator[Report]:
    """The reports whose headlines a reader's e-mail holds."""
    voice = voice_for(edition, reader.language)
    if not reader.modules:
        yield portfolio_report(edition, voice)
    for inputs in edition.modules:
        if inputs.module.id in reader.modules:
            yield module_report(edition, inputs, voice)


def wrong_in_email(
    email: Email, edition: EditionInputs, reader: Reader, source: Source
) -> tuple[int, list[str]]:
    """(figures compared, those of an e-mail that differ from their source), in text and HTML."""
    n, wrong = 0, list[str]()
    text, html = email.text.replace(JOINER, ""), re.sub(r"\s*<[^>]+>\s*", "\t", email.html)
    html = re.sub("\t+", "\t", html.replace(JOINER, "").replace("&amp;", "&"))
    colon = voice_for(edition, reader.language).word("common.colon")
    for report in reports_in_mail(edition, reader):
        headline, owner = report.headline, report.module_id
        figures = [(fact.figure, fact.label, fact.value) for fact in headline.facts]
        figures.append((f"{owner}.rated.roi", headline.roi_label, headline.roi))
        for figure, label, value in (each for each in figures if each[0] and each[1]):
            forms, shown = source.forms(figure, reader.language), value.replace(JOINER, "")
            n += bool(forms)
            if forms and shown not in forms:
                wrong.append(f"{figure} is {shown}, source {sorted(forms)}")
            if f"{label}{colon}{shown}" not in text or f"{label}\t{shown}" not in html:
                wrong.append(f"{figure} {shown} does not stand beside {label!r}")
        forms = source.forms(f"{owner}.rated.roi_interval", reader.language)
        span = headline.interval.replace(JOINER, "")
        n += bool(forms)
        if forms and headline.roi != NONE and (span not in forms or span not in text):
            wrong.append(f"{owner}.rated.roi_interval is {span}, source {sorted(forms)}")
        if report.page_one.story.replace(JOINER, "") not in text:
            wrong.append(f"{owner}: the e-mail tells another story than page one")
    return n, wrong

"""A report as an e-mail: the headline and its charts as HTML that mail programs show, and plain text.

Tables carry the layout and every style stands in its element, because Outlook, Gmail, QQ Mail and
Apple Mail agree on little more. Charts travel as PNG with a content id. Nothing is fetched.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline.domain.archives import RenderedFile
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Attachment, Email
from roi_pipeline.domain.study import Reader
from roi_pipeline.reporting.calendar_file import calendar_attachment
from roi_pipeline.reporting.charts import chart_png
from roi_pipeline.reporting.editions import money_confidence
from roi_pipeline.reporting.markup import mail_template
from roi_pipeline.reporting.messages import Sentences, Voice
from roi_pipeline.reporting.model import Figure, Figures, Report
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.calendar import due_dates
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.suppression import protect
from roi_pipeline.reporting.view import PORTFOLIO, module_report, portfolio_report, voice_for

LONGEST_SUBJECT = 160
LARGEST_HTML = 100_000
MOST_CHARTS = 2
MOST_NAMES = 2  # of modules in a subject; more are counted
MOST_VERDICTS = 3
CHART_ORDER = ("portfolio-net", "series-", "waterfall", "forest", "trend")
# As the inliner writes them: attributes in double quotes, none of which stands inside a value.
OPENING_TAG = re.compile(r'<[a-z]+(?:\s[\w-]+="[^"]*")+\s*/?>')
CLASS = re.compile(r' class="[^"]*"')
TONE_COLOURS = {
    "good": ("#00665c", "#dcf2ef"),
    "bad": ("#a83208", "#fde8df"),
    "warn": ("#7a4d00", "#fdf0d2"),
    "quiet": ("#4d5966", "#e9edf1"),
    "plain": ("#1c2733", "#ffffff"),
}
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "md": "text/markdown",
    "html": "text/html",
    "json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart inside an e-mail."""

    content_id: str
    title: str
    alt: str
    caption: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One report inside an e-mail: its headline and pictures."""

    report: Report
    confidence: str
    pictures: tuple[Picture, ...]


def render_email(
    inputs: EditionInputs,
    reader: Reader,
    *,
    attachments: Sequence[Attachment] = (),
    sentences: Sentences | None = None,
) -> Email:
    """The edition for one reader, in the reader's language and about the reader's modules.

    Args:
        inputs: everything the reports are made from.
        reader: address, language and modules; no modules means all of them together.
        attachments: files to send along, see `reader_attachments`.
        sentences: sentences of message codes; those that ship with the product when None.
    """
    edition = protect(inputs)
    voice = voice_for(edition, reader.language, sentences)
    parts = tuple(_parts(edition, reader, voice))
    calendar = _calendar(edition, reader, voice)
    attachments = (*attachments, *((calendar,) if calendar else ()))
    subject = _subject(parts, voice)
    texts = {
        "parts": parts,
        "subject": subject,
        "preheader": _preheader(parts, voice),
        "word": voice.word,
        "language": reader.language,
        "colours": TONE_COLOURS,
        "has_attachments": bool(attachments),
    }
    html = _inlined(mail_template("mail.html.j2").render(texts))
    pictures = tuple(
        Attachment(f"{picture.content_id}.png", "image/png", picture.png, picture.content_id)
        for part in parts
        for picture in part.pictures
    )
    return Email(
        edition_id=edition_id(inputs),
        address=reader.address,
        subject=subject,
        text=_tidy(mail_template("mail.txt.j2").render(texts)),
        html=html,
        dated=edition.provenance.as_of,
        attachments=(*pictures, *attachments),
        short_text=_tidy(mail_template("short.txt.j2").render(texts)),
    )


def _calendar(edition: EditionInputs, reader: Reader, voice: Voice) -> Attachment | None:
    """What is due of the reader's modules, as a file for a calendar program."""
    dates = due_dates(EditionContext(edition, voice))
    own = [due for due in dates if not reader.modules or due.module_id in reader.modules]
    return calendar_attachment(own, study=edition.study.id, as_of=edition.cycle.as_of)


def edition_id(edition: EditionInputs) -> str:
    """Name of an edition: study, cycle, status and number."""
    return f"{edition.study.id}/{edition.cycle.key}/{edition.status}-{edition.number}"


def reader_attachments(
    folder: Path, files: Iterable[RenderedFile], reader: Reader
) -> tuple[Attachment, ...]:
    """The rendered files a reader asked for: kinds, language and modules as declared."""
    wanted = set(reader.modules) or {PORTFOLIO}
    return tuple(
        Attachment(
            name=Path(file.path).name if file.kind == "pdf" else f"{file.module_id}.{file.kind}",
            media_type=MEDIA_TYPES[file.kind],
            content=(folder / file.path).read_bytes(),
        )
        for file in files
        if file.kind in reader.attachments
        and file.language in (reader.language, None)
        and (file.module_id in wanted if file.language else not reader.modules)
    )


def _parts(edition: EditionInputs, reader: Reader, voice: Voice) -> Iterable[Part]:
    """The portfolio for a reader of everything, else each of the reader's modules."""
    if not reader.modules:
        report = portfolio_report(edition, voice)
        yield _part(edition, report, voice)
        return
    for inputs in edition.modules:
        if inputs.module.id in reader.modules:
            yield _part(edition, module_report(edition, inputs, voice), voice)


def _part(edition: EditionInputs, report: Report, voice: Voice) -> Part:
    confidence = money_confidence(edition, voice, report.module_id)
    pictures = tuple(
        Picture(
            content_id=f"{report.module_id}-{figure.chart.id}",
            title=figure.chart.title,
            alt=figure.alt,
            caption=figure.caption,
            png=chart_png(figure.chart),
        )
        for figure in _chosen(report)
    )
    return Part(report, confidence, pictures)


def _chosen(report: Report) -> list[Figure]:
    """The charts that say most, in a fixed order of kinds."""
    figures = list(report.page_one.figures)
    figures += [
        figure
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Figures)
        for figure in block.items
    ]
    chosen = []
    for beginning in CHART_ORDER:
        first = next((f for f in figures if f.chart.id.startswith(beginning)), None)
        if first:
            chosen.append(first)
    return chosen[:MOST_CHARTS]


def _subject(parts: Sequence[Part], voice: Voice) -> str:
    """One line that says the verdict; line breaks in names cannot make a second header."""
    if not parts:
        return "ROI"
    report, titles = parts[0].report, [part.report.title for part in parts]
    names = {
        "company": report.company,
        "module": voice.word("common.comma").join(titles)
        if len(parts) <= MOST_NAMES
        else voice.word("mail.modules", n=voice.numbers.count(len(parts))),
        "cycle": report.cycle,
    }
    line = ""
    for most in range(MOST_VERDICTS, 0, -1):
        verdict = _verdicts(parts, voice, most=most)
        if len(parts) == 1 and report.headline.roi != NONE:
            text = voice.word("mail.subject", roi=report.headline.roi, verdict=verdict, **names)
        else:
            text = voice.word("mail.subject_short", verdict=verdict, **names)
        line = re.sub(r"\s+", " ", text).strip()
        if len(line) <= LONGEST_SUBJECT:
            return line
    return line[: LONGEST_SUBJECT - 1] + "…"


def _verdicts(parts: Sequence[Part], voice: Voice, *, most: int) -> str:
    """The verdict, or of several how many modules got which, most first; rarer ones are counted."""
    verdicts = Counter(part.report.headline.verdict for part in parts)
    if len(parts) == 1:
        return parts[0].report.headline.verdict
    counted = [f"{verdict} ×{n}" for verdict, n in verdicts.most_common(most)]
    rest = len(parts) - sum(n for _, n in verdicts.most_common(most))
    return voice.word("common.comma").join([*counted, *([f"+{rest}"] if rest else [])])


def _preheader(parts: Sequence[Part], voice: Voice) -> str:
    if not parts:
        return ""
    headline = parts[0].report.headline
    return voice.word("mail.preheader", action=headline.action, day=headline.decide_by)


def _inlined(html: str) -> str:
    """The HTML with its style sheet moved into the elements, and no class left to be renamed."""
    import css_inline

    inliner = css_inline.CSSInliner(
        keep_style_tags=False, load_remote_stylesheets=False, keep_link_tags=False
    )
    return OPENING_TAG.sub(lambda tag: CLASS.sub("", tag[0]), inliner.inline(html))


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"

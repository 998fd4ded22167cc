"""All files of an edition: one report per module and one for the portfolio, in each language.

Same inputs, same bytes: nothing here reads a clock, and every file's hash is given back for the
manifest.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline.domain.archives import RenderedFile, ReportFormat
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.figures import render_figures
from roi_pipeline.reporting.markup import render_html, render_markdown
from roi_pipeline.reporting.messages import Sentences, Voice
from roi_pipeline.reporting.model import Report
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.suppression import protect
from roi_pipeline.reporting.view import PORTFOLIO, module_report, portfolio_report, voice_for

FORMATS: tuple[ReportFormat, ...] = ("html", "md", "json", "xlsx")
FIGURES_FILE = "figures.json"


def render_edition(
    inputs: EditionInputs,
    folder: Path,
    *,
    formats: Iterable[ReportFormat] = FORMATS,
    languages: Iterable[Language] | None = None,
    only: Iterable[str] | None = None,
    sentences: Sentences | None = None,
) -> tuple[RenderedFile, ...]:
    """Write every report of the edition below `folder` and say what was written.

    Args:
        inputs: everything the reports are made from.
        folder: where to write; made if need be.
        formats: which kinds of file.
        languages: which languages; the study's own when None.
        only: ids of the modules to write, `portfolio` among them; all when None. The figures file
            belongs to the portfolio.
        sentences: sentences of message codes; those that ship with the product when None.
    """
    edition, wanted = protect(inputs), frozenset(formats)
    chosen = tuple(languages) if languages is not None else edition.study.languages
    voices = tuple(voice_for(edition, language, sentences) for language in chosen)
    written: list[RenderedFile] = []
    asked = None if only is None else frozenset(only)
    if "json" in wanted and (asked is None or PORTFOLIO in asked):
        content = render_figures(edition, voices).encode()
        written.append(_write(folder, _Content(FIGURES_FILE, None, "json", PORTFOLIO, content)))
    for voice in voices:
        for report in reports(edition, voice, asked):
            for kind, content in _files(edition, report, voice, wanted):
                path = f"{voice.language}/{report.module_id}.{kind}"
                file = _Content(path, voice.language, kind, report.module_id, content)
                written.append(_write(folder, file))
    return tuple(written)


def reports(
    edition: EditionInputs, voice: Voice, asked: frozenset[str] | None = None
) -> Iterator[Report]:
    """The portfolio's report, then each module's; an edition protected beforehand."""
    if asked is None or PORTFOLIO in asked:
        yield portfolio_report(edition, voice)
    for inputs in edition.modules:
        if asked is None or inputs.module.id in asked:
            yield module_report(edition, inputs, voice)


def money_confidence(edition: EditionInputs, voice: Voice, module_id: str) -> str:
    """Confidence of ROI's interval in a report, written."""
    values = {inputs.module.id: inputs.value for inputs in edition.modules}
    value = edition.portfolio if module_id == PORTFOLIO else values[module_id]
    if value is None:
        return ""
    return EditionContext(edition, voice).confidence(value.rating)


def report_address(module_id: str) -> str:
    """Address of a module's report beside another one."""
    return f"{module_id}.html"


def _files(
    edition: EditionInputs, report: Report, voice: Voice, wanted: frozenset[ReportFormat]
) -> Iterator[tuple[ReportFormat, bytes]]:
    confidence = money_confidence(edition, voice, report.module_id)
    if wanted & {"html", "pdf"}:
        html = render_html(report, voice, confidence=confidence, links=report_address)
        if "html" in wanted:
            yield "html", html.encode()
        if "pdf" in wanted:
            from roi_pipeline.reporting.pdf import render_pdf

            yield "pdf", render_pdf(html)
    if "md" in wanted:
        yield "md", render_markdown(report, voice, confidence=confidence).encode()
    if "xlsx" in wanted:
        from roi_pipeline.reporting.workbook import render_workbook

        yield "xlsx", render_workbook(edition, report.module_id, voice)


def _write(folder: Path, file: "_Content") -> RenderedFile:
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(file.content)
    sha256 = hashlib.sha256(file.content).hexdigest()
    return RenderedFile(file.path, file.language, file.kind, file.module_id, sha256)


@dataclass(frozen=True, slots=True)
class _Content:
    """A file that is not written yet."""

    path: str
    language: Language | None
    kind: ReportFormat
    module_id: str
    content: bytes

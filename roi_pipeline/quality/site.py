"""Writes the static validation site: one index, one page per source, nothing else needed.

Every page stands alone: styles inline, no script, nothing fetched. The same inputs give the same
bytes, whatever order they come in.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.histories import QuarantinedRow, RuleRun
from roi_pipeline.domain.loads import FileLoad, Validation
from roi_pipeline.domain.texts import plain
from roi_pipeline.files import write_whole
from roi_pipeline.quality.sentences import Figures, Speech, words_in
from roi_pipeline.quality.site_view import (
    Evidence,
    accounting,
    n_failed,
    source_views,
    worst_verdict,
)
from roi_pipeline.resources import shipped_folder

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = "validation"


def write_site(
    folder: Path,
    *,
    study_name: str,
    cycle_key: str,
    as_of: date,
    validations: Sequence[Validation],
    file_loads: Sequence[FileLoad],
    quarantine_rows: Sequence[QuarantinedRow],
    history: Sequence[RuleRun],
    speech: Speech,
) -> Path:
    """Write the site into `folder` and return the path of its index.

    Args:
        folder: made when missing; pages of the same name are replaced, others are kept.
        study_name: the company, in the language of the pages.
        cycle_key: the evaluation cycle the run belonged to.
        as_of: first day the run did not see.
        validations: what the rules found in this run.
        file_loads: where the rows of every file went.
        quarantine_rows: rows kept out; long lists are cut on the page, never in the counts.
        history: how the rules fared in earlier runs and this one.
        speech: the language of all pages, as the reports speak it.
    """
    words = words_in(speech)
    evidence = Evidence(validations, file_loads, quarantine_rows, history)
    sources = source_views(evidence, words)
    common = {
        "words": words,
        "t": words.labels,
        "language": speech.language,
        "study_name": study_name,
        "cycle_key": cycle_key,
        "as_of": words.numbers.day(as_of),
        "sources": sources,
    }
    pages = _environment(words.numbers)
    folder.mkdir(parents=True, exist_ok=True)
    files = [file for source in sources for file in source.files]
    totals = {
        "rows": accounting(files),
        "n_files": len(files),
        "rules": n_failed(sources),
        "verdict": worst_verdict(sources),
    }
    index = folder / "index.html"
    write_whole(index, pages.get_template("index.html.j2").render(**common, **totals))
    for source in sources:
        page = pages.get_template("source.html.j2").render(**common, source=source)
        write_whole(folder / source.page, page)
    return index


def _environment(numbers: Figures) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(shipped_folder("report_templates") / TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html", "html.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: plain(value) if type(value) is str else value,
    )
    environment.filters["number"] = numbers.count
    environment.filters["percent"] = numbers.share
    return environment

"""One question about one file or frame, answered by the path of a study.

The study is written first, into a folder of its own, and the answer computed from it: loading with
its rules, daily table, panel or arms, choice of design, diagnostics, grade.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.evaluations import Asked, Counts, Evaluated
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language, Message
from roi_pipeline.domain.windows import Window, period_end, period_start
from roi_pipeline.engines.warehouse import Warehouse, write_frame
from roi_pipeline.usecases.check import check_study
from roi_pipeline.usecases.effects import evaluate_effects
from roi_pipeline.usecases.evaluate_layout import Layout, read_layout
from roi_pipeline.usecases.evaluate_study import MODULE, StudyText, study_text, write_study
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.facts import FRAMES, build_sql_table, buildable_files
from roi_pipeline.usecases.studies import study_in, warehouse_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FRAME_FILE = "frame.parquet"
CALENDAR = "facts.calendar"
MISSING, INCOMPLETE = "periods_without_rows", "incomplete_periods_left_out"


class Evaluation:
    """An answer, which shows itself in a notebook and writes the study that gives it again."""

    def __init__(
        self, evaluated: Evaluated, text: StudyText, export: bytes, language: Language
    ) -> None:
        self.evaluated = evaluated
        self._text, self._export = text, export
        self._language: Language = language

    @property
    def effect(self) -> Effect | None:
        """The effect with its interval, grade and findings; None when there is no honest answer."""
        return self.evaluated.effect

    def lines(self, language: Language | None = None) -> tuple[str, ...]:
        """The answer for people to read, line by line."""
        from roi_pipeline.reporting.evaluation import evaluation_lines

        return tuple(evaluation_lines(self.evaluated, language or self._language))

    def html(self, language: Language | None = None) -> str:
        """The answer as one self-contained page with its chart."""
        from roi_pipeline.reporting.evaluation import evaluation_page

        return evaluation_page(self.evaluated, language or self._language)

    def write_study(self, folder: Path | str) -> tuple[str, ...]:
        """Write the study that computes this every cycle; its files, relative to the folder."""
        return write_study(Path(folder), self._text, self._export)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from roi_pipeline.reporting.evaluation import evaluation_fragment

        return evaluation_fragment(self.evaluated, self._language)


def evaluate_file(path: Path | str, asked: Asked, *, language: Language = "en") -> Evaluation:
    """The answer to one question about one file.

    Raises:
        FileHasProblems: with everything that is wrong with what is asked of this file.
        NeedsAHuman: the file cannot be read.
    """
    from roi_pipeline.sources.cells import read_cells

    path = Path(path)
    if asked.closed and not asked.outcome:
        asked = replace(asked, outcome=f"{asked.date_column} → {asked.closed}")
    if not path.is_file():
        raise NeedsAHuman(f"{path} is not there; name a file with rows")
    with TemporaryDirectory(prefix="roi-") as scratch:
        cells = read_cells(path, Path(scratch) / "cells")
        layout = read_layout(
            path.name, cells.columns, asked, kind=cells.kind, delimiter=cells.delimiter
        )
        text = study_text(layout, asked, title=path.stem)
        folder = Path(scratch) / "study"
        export = path.read_bytes()
        write_study(folder, text, export)
        evaluated = _computed(folder, layout, text)
    return Evaluation(evaluated, text, export, language)


def evaluate_frame(frame: object, asked: Asked, *, language: Language = "en") -> Evaluation:
    """The answer to one question about a Polars, pandas or Arrow frame.

    Raises:
        FileHasProblems: with everything that is wrong with what is asked of this frame.
        NeedsAHuman: it is no frame.
    """
    from roi_pipeline.sources.cells import write_frame_file

    with TemporaryDirectory(prefix="roi-") as scratch:
        path = Path(scratch) / FRAME_FILE
        write_frame_file(frame, path)
        return evaluate_file(path, asked, language=language)


def evaluate(
    frame: object,
    *,
    outcome: str = "",
    treated: str = "",
    unit: str = "",
    start: date | str = "",
    date: str = "",
    comparison: "Sequence[str]" = (),
    where: "Sequence[str]" = (),
    is_randomised: bool = False,
    language: Language = "en",
    **more: object,
) -> Evaluation:
    """What changed `outcome` where `treated`, from `start` on; `roi evaluate` on a frame.

    Args:
        frame: Polars, pandas or Arrow.
        outcome: column that is compared; left out with `closed`.
        treated: `COLUMN=VALUE,VALUE`, or a column of 0 and 1.
        unit: column that says which row belongs to whom; left out, every row is a unit.
        start: first day with the module, or the column that has it.
        date: column of days, months, weeks, quarters or years.
        comparison: values compared with, when not all others.
        where: `COLUMN=VALUE,VALUE`: rows that count.
        is_randomised: chance decided who had the module.
        language: of what it shows.
        more: any other field of `roi_pipeline.domain.evaluations.Asked`.
    """
    asked = Asked(
        outcome=outcome, treated=treated, unit=unit, go_live=str(start or ""), date_column=date,
        comparison=tuple(comparison), where=tuple(where), is_randomised=is_randomised,
    )  # fmt: skip
    asked = replace(asked, **more)  # type: ignore[arg-type] - a wrong name is a TypeError
    return evaluate_frame(frame, asked, language=language)


def _computed(folder: Path, layout: Layout, text: StudyText) -> Evaluated:
    """Load, build and estimate, as a run of the study does."""
    check_study(folder)
    study = study_in(str(folder))
    warehouse = warehouse_at(StudyPaths(folder))
    for contract in study.contracts:
        load_export(warehouse, contract, study=study, as_of=text.as_of)
    _build(study, warehouse, text)
    module, cycle = study.module(MODULE), study.cycle(text.cycle_key, as_of=text.as_of)
    effects = evaluate_effects(study, warehouse, module, cycle)
    outcome = effects.outcomes[text.metric_id]
    outcome = replace(outcome, findings=_within_the_file(outcome.findings, layout, text))
    counts = Counts(
        layout.rows - layout.rows_left_out,
        layout.rows_left_out,
        outcome.n_units if isinstance(outcome, Effect) else 0,
        outcome.n_treated if isinstance(outcome, Effect) else 0,
        outcome.n_clusters if isinstance(outcome, Effect) and layout.cluster else None,
        _periods(outcome) if layout.day_column else 0,
    )
    metric = study.metric(text.metric_id)
    return Evaluated(layout.name, study, module, metric, cycle, outcome, counts, layout.durations)


def _within_the_file(
    findings: tuple[Finding, ...], layout: Layout, text: StudyText
) -> tuple[Finding, ...]:
    """The findings without periods of the last cycle after the file's end: none is missing or cut."""
    whole, start = 0, period_end(period_start(layout.last_day, layout.period), layout.period)
    while (end := period_end(start, layout.period)) <= text.as_of:
        whole, start = whole + 1, end
    cut = int(start < text.as_of)
    less = {MISSING: {"n": whole, "periods": whole}, INCOMPLETE: {"partial": cut}}
    kept = (_less(finding, less.get(finding.message.code, {})) for finding in findings)
    return tuple(finding for finding in kept if finding is not None)


def _less(finding: Finding, less: "Mapping[str, int]") -> Finding | None:
    """A finding whose numbers are so much smaller; None when its first one is nothing."""
    values = dict(finding.message.values)
    for name, after in less.items():
        found = values[name]
        values[name] = found - after if isinstance(found, int) else found
    first = next(iter(less), None)
    if first is not None and values[first] == 0:
        return None
    return replace(finding, message=Message(finding.message.code, values))


def _periods(outcome: Outcome) -> int:
    """Periods with data: of the series shown, or of the windows compared where none is."""
    shown = sum(point.observed is not None for point in outcome.series)
    counts = outcome.counts if isinstance(outcome, Effect) else None
    if shown or counts is None:
        return shown
    return (counts.baseline_periods or 0) + (counts.post_periods or 0)


def _build(study: Study, warehouse: Warehouse, text: StudyText) -> None:
    """The calendar and the one daily table that is asked for."""
    table = study.metric(text.metric_id).table
    with warehouse.open() as connection:
        _, make = FRAMES[CALENDAR]
        write_frame(connection, CALENDAR, make(study, Window(study.history.start, text.as_of)))
        for file in buildable_files(study):
            if file.table == table:
                build_sql_table(connection, file, study=study, as_of=text.as_of)

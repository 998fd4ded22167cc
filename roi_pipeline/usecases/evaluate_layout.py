"""From a file's cells and what is asked of them to a layout a study can be written from.

Everything that is wrong is found before anything is computed, and all of it is said at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import FileKind
from roi_pipeline.domain.evaluations import Asked, Durations
from roi_pipeline.domain.metrics import MetricUnit
from roi_pipeline.domain.windows import PeriodKind
from roi_pipeline.usecases.evaluate_dates import DateForm, form_of, period_of, unreadable_cells
from roi_pipeline.usecases.evaluate_durations import Closings, durations_of, read_closings
from roi_pipeline.usecases.evaluate_groups import Groups
from roi_pipeline.usecases.evaluate_reading import (
    NULLS,
    Reading,
    UsedColumn,
    check_numeric,
    known_values,
    refuse,
    split_choice,
    study_name,
    use_number,
)

if TYPE_CHECKING:
    import polars as pl

ROW = "row"
COMPANY = "company"
WIDE_ALL = "all"
DAYS_OPEN = "days_open"


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands where, and who had the module from when.

    Attributes:
        name: of the file.
        unit: name before `_id`.
        wide: the columns that are units each, when the file is wide.
        go_live_by: name before `_id` of the column `go_live` is keyed by; None: the unit.
        where: name of a column → values of rows that count.
        last_day: last day with data.
    """

    name: str
    kind: FileKind
    delimiter: str
    columns: tuple[UsedColumn, ...]
    unit: str
    outcome: str
    per: str | None
    day_column: str | None
    form: DateForm | None
    wide: tuple[UsedColumn, ...]
    go_live: Mapping[str, date]
    go_live_by: str | None
    everywhere_from: date | None
    arm: str | None
    treated: tuple[str, ...]
    comparison: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    cluster: str | None
    covariates: tuple[str, ...]
    controls: tuple[str, ...]
    used: str | None
    closings: Closings | None
    durations: Durations | None
    first_day: date
    last_day: date
    period: PeriodKind
    metric_unit: MetricUnit
    rows: int
    rows_left_out: int


def read_layout(
    name: str, cells: "pl.DataFrame", asked: Asked, *, kind: FileKind, delimiter: str = ","
) -> Layout:
    """The layout of a file for one question.

    Raises:
        FileHasProblems: with everything that is wrong.
    """
    reading = Reading(name, cells, asked)
    where = _filters(reading)
    wide = _wide(reading)
    unit = _unit(reading, wide)
    outcome, per = _numbers(reading, wide)
    days, day_name, form = _days(reading)
    cluster = _named(reading, "cluster", asked.cluster)
    covariates = tuple(
        use_number(reading, "covariate", header)
        for header in asked.covariates
        if reading.has("covariate", header)
    )
    controls = _controls(reading)
    used = _used(reading)
    closings = read_closings(reading, days)
    refuse(reading)
    kept = _kept_rows(reading, where, wide, days)
    groups = Groups(reading, kept, days, form, wide)
    groups.read()
    refuse(reading)
    durations = None
    if closings is not None:
        durations = durations_of(reading, groups, days, kept, closings)
        kept = groups.kept = [
            each and closings.is_followed(day) for each, day in zip(kept, days, strict=True)
        ]
    seen = [day for day, is_kept in zip(days, kept, strict=True) if is_kept and day]
    first, last = (min(seen), max(seen)) if seen else (groups.begin, groups.begin)
    return Layout(
        name, kind, delimiter, tuple(reading.used.values()),
        unit.removesuffix("_id"), outcome, per, day_name, form, wide,
        groups.go_live, groups.go_live_by, groups.everywhere_from,
        groups.arm, groups.treated, groups.comparison,
        {**{reading.used[header].name: values for header, values in where.items()}, **groups.narrowed},
        cluster.removesuffix("_id") if cluster else None, covariates, controls, used, closings, durations,
        first, last,
        asked.period or (period_of(seen, form) if form else "year"),
        _metric_unit(reading, wide), len(cells), len(cells) - groups.count_rows(),
    )  # fmt: skip


def _named(reading: Reading, key: str, header: str) -> str | None:
    if not header or not reading.has(key, header):
        return None
    return reading.use(key, header, "id")


def _used(reading: Reading) -> str | None:
    header = reading.asked.used
    if not header or not reading.has("used", header):
        return None
    if not reading.asked.is_randomised:
        reading.problem(
            "used", header, "an offer that was randomised; users choose themselves",
            "Add --randomised with the offer as --treated, if chance decided who was offered it.",
        )  # fmt: skip
    return use_number(reading, "used", header)


def _controls(reading: Reading) -> tuple[str, ...]:
    asked = reading.asked
    if asked.controls and not asked.is_one_series:
        reading.problem(
            "control", ", ".join(asked.controls), "one series, without --unit, --treated and --wide",
            "Leave them out; or leave --control out: units without it are compared with already.",
        )  # fmt: skip
        return ()
    return tuple(
        use_number(reading, "control", header)
        for header in asked.controls
        if reading.has("control", header)
    )


def _filters(reading: Reading) -> dict[str, tuple[str, ...]]:
    found = dict[str, tuple[str, ...]]()
    for text in reading.asked.where:
        header, values = split_choice(text)
        if not values:
            reading.problem("where", text, "COLUMN=VALUE", "Write the value that rows must have.")
        elif reading.has("where", header):
            reading.use("where", header, "id")
            known_values(reading, "where", header, values)
            found[header] = values
    return found


def _wide(reading: Reading) -> tuple[UsedColumn, ...]:
    asked = reading.asked
    if not asked.wide:
        return ()
    named = [each.strip() for text in asked.wide for each in text.split(",") if each.strip()]
    if named == [WIDE_ALL]:
        named = [each for each in reading.cells.columns if each not in {asked.date_column, ""}]
    for header in named:
        if reading.has("wide", header):
            reading.use("wide", header, "value")
            check_numeric(reading, "wide", header)
    return tuple(reading.used[each] for each in named if each in reading.used)


def _unit(reading: Reading, wide: Sequence[UsedColumn]) -> str:
    header = reading.asked.unit
    if wide:
        return f"{study_name(header or 'series', 0)}_id"
    if not header:
        is_one = reading.asked.is_one_series and reading.asked.go_live not in reading.cells.columns
        return f"{COMPANY if is_one else ROW}_id"
    if not reading.has("unit", header):
        return ""
    if reading.cells[header].is_null().all():
        reading.problem(
            "unit", header, "a column with values; every cell of it is empty",
            "Name another column, or leave --unit out: then every row is a unit.",
        )  # fmt: skip
    return reading.use("unit", header, "id")


def _numbers(reading: Reading, wide: Sequence[UsedColumn]) -> tuple[str, str | None]:
    asked = reading.asked
    if wide:
        return study_name(asked.outcome or "value", 0), None
    if asked.closed:
        return DAYS_OPEN, None
    found = list[str | None]()
    for key, header in (("outcome", asked.outcome), ("per", asked.per)):
        if header and reading.has(key, header):
            found.append(use_number(reading, key, header))
        else:
            found.append(None)
    if not asked.outcome:
        reading.problem("outcome", "", "the column that is compared", "Add --outcome COLUMN.")
    return found[0] or "", found[1]


def _days(reading: Reading) -> tuple[list[date | None], str | None, DateForm | None]:
    header = reading.asked.date_column
    none: list[date | None] = [None] * len(reading.cells)
    if not header:
        return none, None, None
    if not reading.has("date", header):
        return none, None, None
    cells = reading.cells[header].to_list()
    known = [cell for cell in cells if cell is not None and cell not in NULLS]
    form = form_of(known)
    if form is None:
        shown = ", ".join(unreadable_cells(known)) if known else ""
        reading.problem(
            f"date {header}", shown,
            "one way of writing dates: 2024-03-31, 2024-03, 2024W13, Q12024 or 2024",
            "Write every date as 2024-03-31.",
        )  # fmt: skip
        return none, None, None
    by_cell = {cell: form.day(cell) for cell in set(known)}
    return [by_cell.get(cell or "") for cell in cells], reading.use("date", header, "day"), form


def _kept_rows(
    reading: Reading,
    where: Mapping[str, Sequence[str]],
    wide: Sequence[UsedColumn],
    days: Sequence[date | None],
) -> list[bool]:
    """Rows with everything a comparison needs."""
    import polars as pl

    cells, asked = reading.cells, reading.asked
    kept = pl.Series([True] * len(cells), dtype=pl.Boolean)
    for header, values in where.items():
        kept &= cells[header].is_in([*values]).fill_null(value=False)
    outcome = [] if asked.closed else [asked.outcome]
    needed = [] if wide else [*outcome, *([asked.unit] if asked.unit else [])]
    for header in needed:
        kept &= cells[header].is_not_null() & ~cells[header].is_in([*NULLS]).fill_null(value=True)
    found = kept.to_list()
    if asked.date_column:
        found = [each and day is not None for each, day in zip(found, days, strict=True)]
    if not any(found):
        reading.problem(
            "where" if where else "outcome", ", ".join(asked.where), "rows to compare; none is left",
            "Widen --where, or name other columns.",
        )  # fmt: skip
    return found


def _metric_unit(reading: Reading, wide: Sequence[UsedColumn]) -> MetricUnit:
    asked = reading.asked
    if asked.metric_unit:
        return asked.metric_unit
    if wide or asked.per or asked.closed:
        return "count"
    if reading.used[asked.outcome].use == "flag":
        return "rate"
    values = set(reading.cells[asked.outcome].drop_nulls().unique()) - set(NULLS)
    return "rate" if values <= {"0", "1", "0.0", "1.0"} else "count"

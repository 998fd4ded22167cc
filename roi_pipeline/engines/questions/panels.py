"""Counts, per unit and period, what a metric's two columns add up to.

These queries are the seam: the daily tables stay in the database, one small typed value crosses to
`stats`. Sums are taken in decimals where the order of adding could show, and moments over one
thread, so that the same rows always give the same bits.
"""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Randomisation
from roi_pipeline.domain.samples import ArmSamples, ArmUnits, Panel, UserSamples, Volume
from roi_pipeline.domain.windows import PeriodKind, Window, period_end, period_start
from roi_pipeline.engines.queries import (
    drop_kept,
    keep_rows,
    keep_view,
    read_row,
    read_rows,
    temporary_table,
)
from roi_pipeline.engines.questions.arm_use import keep_use, read_users
from roi_pipeline.engines.questions.moments import moments
from roi_pipeline.engines.sql_expressions import renamed_columns, with_averages, with_columns
from roi_pipeline.engines.warehouse import column_names

if TYPE_CHECKING:
    import duckdb

Filters = Mapping[str, Sequence[str]]
TENURE = "tenure_band"
METRIC_ROWS = "_metric_rows"
USED = "used"
_YES_OR_NO = {"true": Decimal(1), "false": Decimal(0)}
_MILLIONTH = Decimal("0.000001")
KEPT = (
    "panels.arm_units", "panels.arm_units_known", "panels.arm_use", "panels.arm_units_used",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a metric's daily table belong to a question.

    Attributes:
        unit_column: column that identifies the unit, `<unit>_id`.
        filters: column → accepted values, as text.
    """

    metric: Metric
    unit_column: str
    filters: Filters


def slice_of(
    connection: "duckdb.DuckDBPyConnection",
    metric: Metric,
    module: Module,
    pool_metric: PoolMetric | None = None,
) -> Slice:
    """The slice a module's pool asks for; refuses columns the daily table does not have.

    A module-wide filter on a column the table lacks does not apply to it; a filter stated for the
    one metric must apply.
    """
    known = set(column_names(connection, metric.table))
    unit_column = f"{module.rollout.unit}_id"
    own = dict(pool_metric.filters) if pool_metric else {}
    needed = {unit_column, metric.numerator, metric.denominator, "calendar_date", *own}
    needed.add(_go_live_column(module))
    if missing := sorted(needed - known):
        raise NeedsAHuman(
            f"{metric.table} has no column {', '.join(missing)}, which module {module.id!r} needs "
            f"for metric {metric.id!r}; it has {', '.join(sorted(known))}"
        )
    shared = {column: values for column, values in module.filters.items() if column in known}
    return Slice(metric, unit_column, {**shared, **own})


def _go_live_column(module: Module) -> str:
    """The column whose values are the keys of the module's go-live dates."""
    return f"{module.rollout.go_live_by or module.rollout.unit}_id"


def read_panel(
    connection: "duckdb.DuckDBPyConnection", part: Slice, module: Module, window: Window
) -> Panel | None:
    """Sums per unit and period inside `window`; None when no unit has a row."""
    period = module.design.period
    rows = _unit_periods(connection, part, window, period)
    if not rows:
        return None
    units = tuple(sorted({row[0] for row in rows}))
    periods = _period_starts(window, period)
    numerators = array("d", [math.nan]) * (len(units) * len(periods))
    denominators, counts = array("d", numerators), array("q", [0]) * len(numerators)
    unit_index = {unit: index for index, unit in enumerate(units)}
    period_index = {start: index for index, start in enumerate(periods)}
    for unit, start, numerator, denominator, count in rows:
        place = unit_index[unit] * len(periods) + period_index[start]
        numerators[place], denominators[place] = numerator, denominator
        counts[place] = count
    rollout = module.rollout
    return Panel(
        unit_ids=units,
        period_starts=periods,
        period=period,
        numerators=numerators,
        denominators=denominators,
        go_live=tuple(
            rollout.go_live.get(place, rollout.everywhere_from)
            for place in _places(connection, part, module, units, window.end)
        ),
        clusters=_attribute(connection, part, f"{rollout.cluster}_id", units, window.end)
        if rollout.cluster
        else None,
        partial_periods=tuple(
            start
            for start in periods
            if start < window.start or period_end(start, period) > window.end
        ),
        groups={
            column: _attribute(connection, part, column, units, window.end)
            for column in _split_columns(module)
            if column in column_names(connection, part.metric.table)
        },
        rows=counts,
        covariates={
            column: _average(connection, part, column, units, rollout.first_day or window.end)
            for column in module.design.covariates
            if column in column_names(connection, part.metric.table)
        },
    )


def _split_columns(module: Module) -> tuple[str, ...]:
    """Attributes of units that splits are made by: what is declared, and tenure in service."""
    tenure = (TENURE,) if module.is_service_module else ()
    return tuple(dict.fromkeys((*module.design.split_by, *tenure)))


def _places(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    module: Module,
    units: Sequence[str],
    end: date,
) -> Sequence[str]:
    """Per unit, the key of its go-live date as known before `end`."""
    if module.rollout.go_live_by is None:
        return units
    return _attribute(connection, part, _go_live_column(module), units, end)


def view_metric_rows(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    columns: Mapping[str, str | None] | None = None,
    *,
    is_filtered: bool = True,
) -> None:
    """Let query files read a metric's daily table as `_metric_rows`, under names of their own.

    `columns` adds to the unit, day, numerator and denominator, or names another unit.
    """
    metric = part.metric
    names = {
        "unit_id": part.unit_column,
        "calendar_date": "calendar_date",
        "numerator": metric.numerator,
        "denominator": metric.denominator,
        **(columns or {}),
    }
    accepted = part.filters if is_filtered else None
    keep_view(connection, METRIC_ROWS, renamed_columns(metric.table, names, accepted=accepted))


def _unit_periods(
    connection: "duckdb.DuckDBPyConnection", part: Slice, window: Window, period: PeriodKind
) -> list[tuple[str, date, float, float, int]]:
    """Sums per unit and period, or a quantile weighted by the rows it stands on.

    A quantile is no sum: it is read from the facts per unit and period, so that the panel's ratio is
    the quantile itself and longer windows average it.
    """
    view_metric_rows(connection, part)
    is_quantile = part.metric.statistic == "quantile"
    name = "panels.unit_period_quantiles" if is_quantile else "panels.unit_periods"
    return read_rows(
        connection, name, start=window.start, end=window.end, period=period,
        quantile=part.metric.quantile,
    )  # fmt: skip


def _period_starts(window: Window, period: PeriodKind) -> tuple[date, ...]:
    starts, day = list[date](), period_start(window.start, period)
    while day < window.end:
        starts.append(day)
        day = period_end(day, period)
    return tuple(starts)


def _average(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    column: str,
    units: Sequence[str],
    end: date,
) -> "array[float]":
    """Mean of `column` per unit before `end`; `nan` where it has no number."""
    view_metric_rows(connection, part, {"trait": column}, is_filtered=False)
    by_unit = _means(read_rows(connection, "panels.unit_traits", end=end))
    return array("d", (by_unit.get(unit, math.nan) for unit in units))


def _means(rows: Iterable[tuple[str, str, int]]) -> dict[str, float]:
    """Unit → mean of its values that are numbers, yes or no; from (unit, value, how often)."""
    totals = dict[str, tuple[Decimal, int]]()
    for unit, text, n in rows:
        number = _number(text)
        if number is not None:
            total, seen = totals.get(unit, (Decimal(0), 0))
            totals[unit] = (total + number * n, seen + n)
    return {unit: float(total) / n for unit, (total, n) in totals.items()}


def _number(text: str) -> Decimal | None:
    """To six decimals, so that the order of the rows cannot show in their sum.

    >>> _number("1.25"), _number("true"), _number("north"), _number("nan")
    (Decimal('1.250000'), Decimal('1'), None, None)
    """
    if text in _YES_OR_NO:
        return _YES_OR_NO[text]
    try:
        number = Decimal(text)
        return number.quantize(_MILLIONTH, ROUND_HALF_UP) if number.is_finite() else None
    except InvalidOperation:
        return None


def _attribute(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    column: str,
    units: Sequence[str],
    end: date,
) -> tuple[str, ...]:
    """The value of `column` each unit had most often before `end` (ties: the smallest)."""
    view_metric_rows(connection, part, {"trait": column}, is_filtered=False)
    rows = read_rows(connection, "panels.unit_values", end=end)
    by_unit = dict(rows)
    return tuple(by_unit.get(unit, "") for unit in units)


def read_volume(
    connection: "duckdb.DuckDBPyConnection", part: Slice, module: Module, window: Window
) -> Volume:
    """Σ numerator and Σ denominator of treated unit-days inside `window`."""
    rollout, arms = module.rollout, module.randomisation
    columns = {"place_id": _go_live_column(module), "arm_name": arms.arm_column if arms else None}
    view_metric_rows(connection, part, columns)
    places = sorted(rollout.go_live)
    row = read_row(
        connection, "panels.volume", start=window.start,
        end=min(window.end, module.counted_until or window.end),
        treated=list(arms.treated) if arms else None,
        places=places, go_live_dates=[rollout.go_live[place] for place in places],
        everywhere_from=None if places else rollout.everywhere_from or date.min,
    )  # fmt: skip
    return Volume(window, *row)


@dataclass(frozen=True, slots=True)
class ArmQuestion:
    """What the two arms of a randomised comparison are counted over.

    Attributes:
        module_id: whose actions say who used it, where the randomisation asks that.
        is_by_unit: an interval was asked for that needs the units one by one.
    """

    post: Window
    baseline: Window | None
    randomisation: Randomisation
    module_id: str = ""
    is_by_unit: bool = False


def read_arm_samples(
    connection: "duckdb.DuckDBPyConnection", part: Slice, question: ArmQuestion
) -> ArmSamples | None:
    """Moments of per-unit sums in each arm; None when either arm has fewer than two units."""
    arms = question.randomisation
    covariates = _known_before(arms)
    connection.execute("set threads = 1")
    try:
        units = _keep_arm_units(connection, part, question, covariates)
        both, seen_before, rows = read_row(connection, "panels.arm_counts")
        baseline = ("numerator_baseline", "denominator_baseline") if seen_before else ()
        names = ("numerator", "denominator", *baseline, *covariates)
        units, use = _with_use(connection, part, question, units)
        names = (*names, USED) if use else names
        treated = moments(connection, units, names, arm="treated")
        comparison = moments(connection, units, names, arm="comparison")
        one_by_one = _arm_units(connection) if question.is_by_unit else None
    finally:
        drop_kept(connection, *KEPT)
        connection.execute("reset threads")
    if treated is None or comparison is None:
        return None
    return ArmSamples(
        treated,
        comparison,
        planned_share=arms.planned_share,
        assigned_to_both=both,
        clusters=(treated.n, comparison.n) if arms.cluster else None,
        use=use,
        units=one_by_one,
        rows=rows,
    )


def _arm_units(connection: "duckdb.DuckDBPyConnection") -> ArmUnits:
    """The units of both arms one by one."""
    rows = read_rows(connection, "panels.arm_values")
    return ArmUnits(
        array("q", (int(row[1]) for row in rows)),
        array("d", (row[2] for row in rows)),
        array("d", (row[3] for row in rows)),
    )


def _with_use(
    connection: "duckdb.DuckDBPyConnection", part: Slice, question: ArmQuestion, units: str
) -> tuple[str, UserSamples | None]:
    """The units with how much of each used what was offered, where the study says how to know."""
    arms, post = question.randomisation, question.post
    windows = {"post_start": post.start, "post_end": post.end}
    used = arms.used and keep_use(connection, part, arms.used, question.module_id, **windows)
    if not used:
        return units, None
    known = temporary_table("panels.arm_units_used")
    query = with_columns(units, used, [USED])
    connection.execute(f"create or replace temp table {known} as {query}").fetchall()
    return known, read_users(connection, is_clustered=arms.cluster is not None)


def _known_before(arms: Randomisation) -> tuple[str, ...]:
    """Columns known of a unit before it was assigned to an arm."""
    return tuple(dict.fromkeys((*arms.covariates, *arms.balance)))


def view_arm_rows(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    arms: Randomisation,
    covariates: Sequence[str] = (),
) -> None:
    """Let query files read a daily table by unit (or cluster) of the random assignment and arm."""
    unit = f"{arms.cluster}_id" if arms.cluster else part.unit_column
    columns = {
        "unit_id": unit, "member_id": part.unit_column, "arm_name": arms.arm_column,
        **{name: name for name in covariates},
    }  # fmt: skip
    view_metric_rows(connection, part, columns)


def _keep_arm_units(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    question: ArmQuestion,
    covariates: Sequence[str],
) -> str:
    """One row per unit: the arm it was seen in, its sums in each window, its covariates."""
    arms = question.randomisation
    baseline = question.baseline or Window(question.post.start, question.post.start)
    windows = {
        "post_start": question.post.start, "post_end": question.post.end,
        "baseline_start": baseline.start, "baseline_end": baseline.end,
    }  # fmt: skip
    view_arm_rows(connection, part, arms, covariates)
    units = keep_rows(
        connection, "panels.arm_units",
        treated=list(arms.treated), comparison=list(arms.comparison), **windows,
    )  # fmt: skip
    if not covariates:
        return units
    known = temporary_table("panels.arm_units_known")
    query = with_averages(units, METRIC_ROWS, covariates, windows=("post", "baseline"))
    connection.execute(f"create or replace temp table {known} as {query}", windows).fetchall()
    return known

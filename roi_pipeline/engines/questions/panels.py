"""Counts, per unit and period, what a metric's two columns add up to.

These queries are the seam: the daily tables stay in the database, one small typed value crosses to
`stats`. Sums are taken in decimals where the order of adding could show, and moments over one
thread, so that the same rows always give the same bits.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Randomisation
from roi_pipeline.domain.samples import ArmSamples, Panel, Volume
from roi_pipeline.domain.windows import PeriodKind, Window, period_start
from roi_pipeline.engines.questions.moments import moments
from roi_pipeline.engines.warehouse import column_names

if TYPE_CHECKING:
    import duckdb

Filters = Mapping[str, Sequence[str]]
TENURE = "tenure_band"


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

    def where(self) -> tuple[str, list[str]]:
        """The condition on filter columns and its parameters."""
        parts, values = ["true"], list[str]()
        for column, accepted in sorted(self.filters.items()):
            marks = ", ".join("?" for _ in accepted)
            parts.append(f'cast("{column}" as varchar) in ({marks})')
            values.extend(accepted)
        return " and ".join(parts), values


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
    denominators = array("d", numerators)
    unit_index = {unit: index for index, unit in enumerate(units)}
    period_index = {start: index for index, start in enumerate(periods)}
    for unit, start, numerator, denominator in rows:
        place = unit_index[unit] * len(periods) + period_index[start]
        numerators[place], denominators[place] = numerator, denominator
    rollout = module.rollout
    return Panel(
        unit_ids=units,
        period_starts=periods,
        period=period,
        numerators=numerators,
        denominators=denominators,
        go_live=tuple(
            rollout.go_live.get(place, rollout.everywhere_from)
            for place in _places(connection, part, module, units)
        ),
        clusters=_attribute(connection, part, f"{rollout.cluster}_id", units)
        if rollout.cluster
        else None,
        partial_periods=tuple(
            start
            for start in periods
            if start < window.start or _next_period(start, period) > window.end
        ),
        groups={
            column: _attribute(connection, part, column, units)
            for column in _split_columns(module)
            if column in column_names(connection, part.metric.table)
        },
    )


def _split_columns(module: Module) -> tuple[str, ...]:
    """Attributes of units that splits are made by: what is declared, and tenure in service."""
    tenure = (TENURE,) if module.is_service_module else ()
    return tuple(dict.fromkeys((*module.design.split_by, *tenure)))


def _places(
    connection: "duckdb.DuckDBPyConnection", part: Slice, module: Module, units: Sequence[str]
) -> Sequence[str]:
    """Per unit, the key of its go-live date."""
    if module.rollout.go_live_by is None:
        return units
    return _attribute(connection, part, _go_live_column(module), units)


def _unit_periods(
    connection: "duckdb.DuckDBPyConnection", part: Slice, window: Window, period: PeriodKind
) -> list[tuple[str, date, float, float]]:
    condition, values = part.where()
    metric = part.metric
    return connection.execute(
        f"""
        select
            cast("{part.unit_column}" as varchar) as unit_id,
            cast(date_trunc('{period}', calendar_date) as date) as period_start,
            {_summed(metric)} as numerator,
            cast(sum(cast("{metric.denominator}" as decimal(38, 6))) as double) as denominator
        from {metric.table}
        where calendar_date >= ? and calendar_date < ? and "{part.unit_column}" is not null
            and {condition}
        group by all
        """,
        [window.start, window.end, *values],
    ).fetchall()


def _summed(metric: Metric) -> str:
    """What stands above the line of one unit and period.

    A quantile is no sum: it is read from the facts per unit and period and weighted by the rows it
    stands on, so that the panel's ratio is the quantile itself and longer windows average it.
    """
    if metric.statistic == "quantile":
        of_counted = f'filter (where "{metric.denominator}" > 0)'
        quantile = f'quantile_cont(cast("{metric.numerator}" as double), {metric.quantile})'
        return f'{quantile} {of_counted} * cast(sum("{metric.denominator}") as double)'
    return f'cast(sum(cast("{metric.numerator}" as decimal(38, 6))) as double)'


def _period_starts(window: Window, period: PeriodKind) -> tuple[date, ...]:
    starts, day = list[date](), period_start(window.start, period)
    while day < window.end:
        starts.append(day)
        day = _next_period(day, period)
    return tuple(starts)


def _next_period(start: date, period: PeriodKind) -> date:
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[period]
    return period_start(start + timedelta(days=longest), period)


def _attribute(
    connection: "duckdb.DuckDBPyConnection", part: Slice, column: str, units: Sequence[str]
) -> tuple[str, ...]:
    """The value of `column` each unit has most often (ties: the smallest)."""
    rows = connection.execute(
        f"""
        select unit_id, value
        from (
            select
                cast("{part.unit_column}" as varchar) as unit_id,
                coalesce(cast("{column}" as varchar), '') as value,
                row_number() over (
                    partition by cast("{part.unit_column}" as varchar)
                    order by count(*) desc, coalesce(cast("{column}" as varchar), '')
                ) as rank
            from {part.metric.table}
            group by 1, 2
        )
        where rank = 1
        """
    ).fetchall()
    by_unit = dict(rows)
    return tuple(by_unit.get(unit, "") for unit in units)


def read_volume(
    connection: "duckdb.DuckDBPyConnection", part: Slice, module: Module, window: Window
) -> Volume:
    """Σ numerator and Σ denominator of treated unit-days inside `window`."""
    condition, values = part.where()
    metric = part.metric
    treated, days = _treated(module)
    row = connection.execute(
        f"""
        select
            coalesce(cast(sum(cast("{metric.numerator}" as decimal(38, 6))) as double), 0),
            coalesce(cast(sum(cast("{metric.denominator}" as decimal(38, 6))) as double), 0),
            count(distinct ("{part.unit_column}", calendar_date))
        from {metric.table}
        where calendar_date >= ? and calendar_date < ? and {condition} and {treated}
        """,
        [window.start, window.end, *values, *days],
    ).fetchall()[0]
    return Volume(window, row[0], row[1], row[2])


def _treated(module: Module) -> tuple[str, list[object]]:
    """Condition that keeps the unit-days on which the module was on."""
    parts, values = list[str](), list[object]()
    if module.randomisation is not None:
        marks = ", ".join("?" for _ in module.randomisation.treated)
        parts.append(f'cast("{module.randomisation.arm_column}" as varchar) in ({marks})')
        values.extend(module.randomisation.treated)
    rollout = module.rollout
    if rollout.go_live:
        one = f'(cast("{_go_live_column(module)}" as varchar) = ? and calendar_date >= ?)'
        parts.append("(" + " or ".join(one for _ in rollout.go_live) + ")")
        for place, day in sorted(rollout.go_live.items()):
            values.extend((place, day))
    elif rollout.everywhere_from is not None:
        parts.append("calendar_date >= ?")
        values.append(rollout.everywhere_from)
    return " and ".join(parts) or "true", values


@dataclass(frozen=True, slots=True)
class ArmQuestion:
    """What the two arms of a randomised comparison are counted over."""

    post: Window
    baseline: Window | None
    randomisation: Randomisation


def read_arm_samples(
    connection: "duckdb.DuckDBPyConnection", part: Slice, question: ArmQuestion
) -> ArmSamples | None:
    """Moments of per-unit sums in each arm; None when either arm has fewer than two units."""
    arms = question.randomisation
    unit = f'"{arms.cluster}_id"' if arms.cluster else f'"{part.unit_column}"'
    connection.execute("set threads = 1")
    try:
        connection.execute("drop table if exists _arm_units")
        connection.execute(*_arm_units_query(part, question, unit)).fetchall()
        both, seen_before = connection.execute(
            "select count(*) filter (where is_treated and is_comparison), "
            "count(*) filter (where denominator_baseline <> 0) from _arm_units"
        ).fetchall()[0]
        baseline = ("numerator_baseline", "denominator_baseline") if seen_before else ()
        names = ("numerator", "denominator", *baseline, *_known_before(arms))
        treated = moments(connection, "_arm_units", names, "is_treated and not is_comparison")
        comparison = moments(connection, "_arm_units", names, "is_comparison and not is_treated")
    finally:
        connection.execute("drop table if exists _arm_units")
        connection.execute("reset threads")
    if treated is None or comparison is None:
        return None
    return ArmSamples(
        treated,
        comparison,
        planned_share=arms.planned_share,
        assigned_to_both=both,
        clusters=(treated.n, comparison.n) if arms.cluster else None,
    )


def _known_before(arms: Randomisation) -> tuple[str, ...]:
    """Columns known of a unit before the lot was drawn."""
    return tuple(dict.fromkeys((*arms.covariates, *arms.balance)))


def named_condition(part: Slice) -> tuple[str, dict[str, object]]:
    """The condition on filter columns with named parameters, and their values."""
    condition, values = part.where()
    named: dict[str, object] = {f"value_{index}": value for index, value in enumerate(values)}
    for name in named:
        condition = condition.replace("?", f"${name}", 1)
    return condition, named


def _arm_units_query(
    part: Slice, question: ArmQuestion, unit: str
) -> tuple[str, dict[str, object]]:
    """One row per unit: which arms it was seen in, its sums in each window, its covariates."""
    arms, metric = question.randomisation, part.metric
    condition, named = named_condition(part)
    baseline = question.baseline or Window(question.post.start, question.post.start)
    covariates = "".join(
        f', avg(cast("{name}" as double)) as "{name}"' for name in _known_before(arms)
    )
    in_post = "calendar_date >= $post_start and calendar_date < $post_end"
    in_baseline = "calendar_date >= $baseline_start and calendar_date < $baseline_end"
    arm = f'list_contains($NAME, cast("{arms.arm_column}" as varchar))'
    query = f"""
        create temp table _arm_units as
        select
            cast({unit} as varchar) as unit_id,
            coalesce(bool_or({arm.replace("NAME", "treated")}), false) as is_treated,
            coalesce(bool_or({arm.replace("NAME", "comparison")}), false) as is_comparison,
            coalesce(sum("{metric.numerator}") filter (where {in_post}), 0)::double as numerator,
            coalesce(sum("{metric.denominator}") filter (where {in_post}), 0)::double
                as denominator,
            coalesce(sum("{metric.numerator}") filter (where {in_baseline}), 0)::double
                as numerator_baseline,
            coalesce(sum("{metric.denominator}") filter (where {in_baseline}), 0)::double
                as denominator_baseline
            {covariates}
        from {metric.table}
        where {unit} is not null and {condition}
            and (({in_post}) or ({in_baseline}))
        group by 1
        order by 1
    """
    return query, {
        "post_start": question.post.start,
        "post_end": question.post.end,
        "baseline_start": baseline.start,
        "baseline_end": baseline.end,
        "treated": list(arms.treated),
        "comparison": list(arms.comparison),
        **named,
    }

"""Reads one quantile per arm of a hold-out, with what its interval needs, straight from the facts.

The facts hold one row per event (a chat, a call). The quantile and the two order statistics around it
are positions in the sorted events of an arm; how much events of one unit resemble each other shows in
the units' shares of events at or below the quantile. `domain.samples.QuantileSample` says it exactly.
"""

from typing import TYPE_CHECKING

from roi_pipeline.domain.samples import QuantileArms, QuantileSample
from roi_pipeline.engines.questions.moments import moments
from roi_pipeline.engines.questions.panels import ArmQuestion, Slice, named_condition

if TYPE_CHECKING:
    import duckdb

NORMAL = 1.959963984540054
EVENTS, UNITS = "_arm_events", "_arm_event_units"


def read_quantile_arms(
    connection: "duckdb.DuckDBPyConnection", part: Slice, question: ArmQuestion
) -> QuantileArms | None:
    """Both arms of a quantile; None when either arm has fewer than two events or units."""
    level = part.metric.quantile
    if level is None:
        return None
    connection.execute("set threads = 1")
    try:
        connection.execute(*_events_query(part, question)).fetchall()
        units: dict[str, int] = dict(
            connection.execute(
                f"select arm, count(distinct unit_id) from {EVENTS} group by arm"
            ).fetchall()
        )
        treated = _sample(connection, "treated", level)
        comparison = _sample(connection, "comparison", level)
    finally:
        connection.execute(f"drop table if exists {EVENTS}")
        connection.execute(f"drop table if exists {UNITS}")
        connection.execute("reset threads")
    if treated is None or comparison is None:
        return None
    return QuantileArms(
        treated,
        comparison,
        (units["treated"], units["comparison"]),
        planned_share=question.randomisation.planned_share,
        assigned_to_both=units.get("both", 0),
    )


def _events_query(part: Slice, question: ArmQuestion) -> tuple[str, dict[str, object]]:
    """One row per event of a unit in an arm; events without a value count for nobody's quantile."""
    arms, metric = question.randomisation, part.metric
    condition, values = named_condition(part)
    unit = f'"{arms.cluster}_id"' if arms.cluster else f'"{part.unit_column}"'
    arm = f'cast("{arms.arm_column}" as varchar)'
    query = f"""
        create or replace temp table {EVENTS} as
        with seen as (
            select
                cast({unit} as varchar) as unit_id,
                coalesce(list_contains($treated, {arm}), false) as is_treated,
                coalesce(list_contains($comparison, {arm}), false) as is_comparison,
                case when "{metric.denominator}" > 0
                    then cast("{metric.numerator}" as double) end as value
            from {metric.table}
            where {unit} is not null and {condition}
                and calendar_date >= $post_start and calendar_date < $post_end
        ),
        units as (
            select unit_id, bool_or(is_treated) as is_treated, bool_or(is_comparison) as is_comparison
            from seen
            group by unit_id
        )
        select
            seen.unit_id,
            case
                when units.is_treated and units.is_comparison then 'both'
                when units.is_treated then 'treated'
                else 'comparison'
            end as arm,
            seen.value
        from seen
        inner join units on seen.unit_id = units.unit_id
        where units.is_treated or units.is_comparison
    """
    return query, {
        "post_start": question.post.start,
        "post_end": question.post.end,
        "treated": list(arms.treated),
        "comparison": list(arms.comparison),
        **values,
    }


def _sample(
    connection: "duckdb.DuckDBPyConnection", arm: str, level: float
) -> QuantileSample | None:
    found = connection.execute(
        f"""
        with ordered as (
            select
                value,
                row_number() over (order by value) as position,
                count(*) over () as n,
                $z * sqrt($level * (1 - $level) / count(*) over ()) as margin
            from {EVENTS}
            where arm = $arm and value is not null
        )
        select
            max(n),
            max(value) filter (where position = greatest(1, ceil(n * $level - 1e-9))),
            max(value) filter (where position = greatest(1, floor(n * ($level - margin)))),
            max(value) filter (where position = least(n, ceil(n * ($level + margin))))
        from ordered
        """,
        {"arm": arm, "level": level, "z": NORMAL},
    ).fetchall()[0]
    if found[0] is None or found[0] < 2:  # noqa: PLR2004  (a spread needs two)
        return None
    n, value, lower, upper = found
    connection.execute(
        f"""
        create or replace temp table {UNITS} as
        select
            unit_id,
            cast(count(*) filter (where value <= $value) as double) as numerator,
            cast(count(*) as double) as denominator
        from {EVENTS}
        where arm = $arm and value is not null
        group by unit_id
        order by unit_id
        """,
        {"arm": arm, "value": value},
    )
    indicator = moments(connection, UNITS, ("numerator", "denominator"), "true")
    if indicator is None:
        return None
    return QuantileSample(n, level, value, lower, upper, z=NORMAL, indicator=indicator)

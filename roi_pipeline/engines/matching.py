"""Customers a module did not contact, matched to those it did, where nobody was held out by lot.

Matched on the same stretch of days, how long ago and how often the customer last did the same, and
the membership level, all as known a window *before* the contact, so that the placebo window in
between is not matched on and can show that contacted customers were others to begin with.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.moments import read_moments
from roi_pipeline.engines.warehouse import table_exists

if TYPE_CHECKING:
    import duckdb

NAMES = ("numerator", "denominator", "numerator_baseline")
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Matched:
    """Contacted customers with a counterpart, and the counterparts weighted to resemble them.

    Attributes:
        unmatched_actions: actions left out of both, because nobody alike was left alone.
    """

    contacted: Sample
    comparison: Sample
    unmatched_actions: int


def read_matched(
    connection: "duckdb.DuckDBPyConnection",
    module_id: str,
    outcome_type: str,
    window: Window,
    *,
    window_days: int,
) -> Matched | None:
    """Moments per customer on both sides; None where customers are unknown or nobody is alike."""
    if not table_exists(connection, "facts.customers"):
        return None
    values = {
        "module": module_id, "outcome": outcome_type, "start": window.start, "end": window.end,
        "reach": window_days, "bucket": max(WEEK_DAYS, window_days),
    }  # fmt: skip
    try:
        for query in (_OCCURRED, _MOMENTS, _CELLS, _PEOPLE):
            names = {name: value for name, value in values.items() if f"${name}" in query}
            connection.execute(query, names).fetchall()
        contacted = read_moments(connection, "_people", NAMES, "is_contacted")
        comparison = read_moments(connection, "_people", NAMES, "not is_contacted")
        left_out = connection.execute(
            "select coalesce(sum(contacted_count), 0) from _cells where alone_count = 0"
        ).fetchall()[0][0]
    finally:
        for table in ("_occurred", "_moments", "_cells", "_people"):
            connection.execute(f"drop table if exists {table}")
    if contacted is None or comparison is None:
        return None
    return Matched(contacted, comparison, int(left_out))


_OCCURRED = """
    create or replace temp table _occurred as
    select customer_id, occurred_at from facts.customer_events where event_type = $outcome
    union all
    select customer_id, ordered_at from facts.orders where $outcome = 'order'
"""

# One row per matured contact, and per stretch of days and customer who was left alone around it.
_MOMENTS = """
    create or replace temp table _moments as
    with contacts as (
        select customer_id, acted_at, is_matured, (calendar_date - $start) // $bucket as stretch
        from facts.action_windows
        where module_id = $module and arm_name <> 'held_out'
            and calendar_date >= $start and calendar_date < $end
    ),
    stretches as (
        select stretch, make_timestamp(cast(avg(epoch_us(acted_at)) as bigint)) as moment_at
        from contacts where is_matured group by stretch
    ),
    alone as (
        select customers.customer_id, stretch, moment_at
        from facts.customers as customers cross join stretches
        where (customers.registered_at is null or customers.registered_at <= moment_at)
            and coalesce(customers.is_marketing_allowed, true)
            and not exists (
                select 1 from facts.action_windows as near
                where near.customer_id = customers.customer_id and near.module_id = $module
                    and near.acted_at > moment_at - $reach * interval 1 day
                    and near.acted_at < moment_at + $reach * interval 1 day
            )
    ),
    both_sides as (
        select customer_id, stretch, acted_at as moment_at, true as is_contacted
        from contacts where is_matured
        union all
        select customer_id, stretch, moment_at, false from alone
    )
    select row_number() over (order by customer_id, moment_at, is_contacted) as moment_id, *
    from both_sides
"""

_CELLS = """
    create or replace temp table _cells as
    with counted as (
        select moment_id,
            count(*) filter (where occurred_at > moment_at) as after_count,
            count(*) filter (where occurred_at < moment_at
                and occurred_at >= moment_at - $reach * interval 1 day) as before_count,
            count(*) filter (where occurred_at < moment_at - $reach * interval 1 day
                and occurred_at >= moment_at - ($reach + 90) * interval 1 day) as earlier_count,
            max(case when occurred_at < moment_at - $reach * interval 1 day then occurred_at end)
                as last_at
        from _moments inner join _occurred using (customer_id)
        where occurred_at < moment_at + $reach * interval 1 day
        group by moment_id
    ),
    placed as (
        select moments.*, coalesce(after_count, 0) as after_count,
            coalesce(before_count, 0) as before_count, coalesce(level_code, '') as stage,
            case when coalesce(earlier_count, 0) < 4 then coalesce(earlier_count, 0)
                when earlier_count < 6 then 4 when earlier_count < 10 then 5 else 6
            end as frequency,
            case when last_at is null then 4
                when last_at >= moment_at - ($reach + 14) * interval 1 day then 0
                when last_at >= moment_at - ($reach + 45) * interval 1 day then 1
                when last_at >= moment_at - ($reach + 120) * interval 1 day then 2 else 3
            end as recency
        from _moments as moments
        left join counted using (moment_id)
        left join facts.customers using (customer_id)
    )
    select stretch, recency, frequency, stage,
        count(*) filter (where is_contacted) as contacted_count,
        count(*) filter (where not is_contacted) as alone_count,
        list(struct_pack(customer_id, is_contacted, after_count, before_count) order by moment_id)
            as members
    from placed
    group by stretch, recency, frequency, stage
"""

_PEOPLE = """
    create or replace temp table _people as
    with members as (
        select contacted_count, alone_count, unnest(members, recursive := true)
        from _cells where contacted_count > 0 and alone_count > 0
    ),
    weighted as (
        select *, case when is_contacted then 1.0 else contacted_count / alone_count end as weight
        from members
    )
    select customer_id, is_contacted, sum(weight * after_count) as numerator,
        sum(weight)::double as denominator, sum(weight * before_count) as numerator_baseline
    from (select * from weighted order by customer_id, is_contacted, weight, after_count, before_count)
    group by customer_id, is_contacted
    order by customer_id, is_contacted
"""

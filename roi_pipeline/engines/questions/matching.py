"""Customers a module did not contact, matched to those it did, where nobody was held out by lot.

Matched on the same stretch of days, how long ago and how often the customer last did the same, and
the membership level, all as known a window *before* the first contact of a chain of contacts whose
windows touch, so that the placebo window in between is not matched on and can show that contacted
customers were others to begin with, and so that a first contact cannot recommend a customer for the
second. What an action claims is what it claims everywhere (`facts.action_credits`); an action that
claims for part of its window counts as that part.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.moments import read_moments
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb

NAMES = ("numerator", "denominator", "numerator_baseline")
NEEDED = ("facts.customers", "facts.ai_actions", "facts.customer_events", "facts.orders")
TABLES = ("_occurred", "_moments", "_placed", "_cells", "_people")
WEEK_DAYS = 7
EARLIER_DAYS = 90  # in which "how often" is counted
CHAIN_WINDOWS = 4  # what was known longer ago than this many windows says little of today
MOST_STOOD_FOR = 20  # contacted moments one moment of a customer left alone may stand for
MOST_ALONE = 2_000_000  # moments of customers left alone; beyond, customers are drawn


@dataclass(frozen=True, slots=True)
class Matched:
    """Contacted customers with a counterpart, and the counterparts weighted to resemble them.

    Attributes:
        unmatched_actions: actions left out of both, because too few alike were left alone or their
            chain of contacts began too long ago.
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
    most_alone: int = MOST_ALONE,
) -> Matched | None:
    """Moments per customer on both sides; None where customers are unknown or nobody is alike."""
    if not all(table_exists(connection, table) for table in NEEDED):
        return None
    values = {
        "module": module_id, "outcome": outcome_type, "start": window.start, "end": window.end,
        "reach": window_days, "bucket": max(WEEK_DAYS, window_days), "most_alone": most_alone,
        "earlier": EARLIER_DAYS, "chain": CHAIN_WINDOWS, "most_stood_for": MOST_STOOD_FOR,
    }  # fmt: skip
    moments = _moments_query("opted_out_at" in column_names(connection, "facts.ai_actions"))
    try:
        for query in (_OCCURRED, moments, _PLACED, _CELLS, _PEOPLE):
            names = {name: value for name, value in values.items() if f"${name}" in query}
            connection.execute(query, names).fetchall()
        contacted = read_moments(connection, "_people", NAMES, "is_contacted")
        comparison = read_moments(connection, "_people", NAMES, "not is_contacted")
        left_out = _left_out(connection)
    finally:
        for table in TABLES:
            connection.execute(f"drop table if exists {table}")
    if contacted is None or comparison is None:
        return None
    return Matched(contacted, comparison, left_out)


def _left_out(connection: "duckdb.DuckDBPyConnection") -> int:
    """Contacts that stand in no cell with enough customers left alone."""
    rows = connection.execute(
        """
        select count(*) from _placed left join _cells using (stretch, recency, frequency, stage)
        where is_contacted and not (is_fresh and coalesce(is_kept, false))
        """
    ).fetchall()
    return int(rows[0][0])


_OCCURRED = """
    create or replace temp table _occurred as
    select customer_id, occurred_at from facts.customer_events where event_type = $outcome
    union all
    select customer_id, ordered_at from facts.orders where $outcome = 'order'
"""


def _moments_query(knows_opt_outs: bool) -> str:  # noqa: FBT001
    """One row per matured contact, and per stretch of days and customer left alone around it."""
    said_no = "or near.opted_out_at <= moment_at" if knows_opt_outs else ""
    return _MOMENTS.replace("-- or said no --", said_no)


# `known_at` is when the chain of contacts began; customers are drawn by a digest of their name.
_MOMENTS = """
    create or replace temp table _moments as
    with chained as (
        select *, max(case when is_stretch_start then acted_at end) over (
            partition by customer_id, arm_name, is_matured order by acted_at, action_id
        ) as known_at
        from facts.action_windows
        where module_id = $module and arm_name <> 'held_out' and is_matured
    ),
    credits as (
        select action_id, count(*) filter (where not is_placebo) as claimed_count
        from facts.action_credits
        where module_id = $module and outcome_type = $outcome
        group by action_id
    ),
    contacts as (
        select customer_id, acted_at, known_at, (calendar_date - $start) // $bucket as stretch,
            coalesce(claimed_count, 0) as claimed_count,
            cast(greatest(epoch(claims_until_at) - epoch(claims_from_at), 0) / ($reach * 86400)
                as decimal(18, 6)) as part
        from chained left join credits using (action_id)
        where calendar_date >= $start and calendar_date < $end
    ),
    stretches as (
        select stretch, make_timestamp(cast(avg(epoch_us(acted_at)) as bigint)) as moment_at
        from contacts group by stretch
    ),
    willing as (
        select customer_id, registered_at from facts.customers
        where coalesce(is_marketing_allowed, true)
    ),
    drawn as (
        select customer_id, registered_at from willing
        where md5_number_lower(customer_id) % 1000000 < 1000000.0 * $most_alone
            / greatest((select count(*) from willing) * (select count(*) from stretches), 1)
    ),
    alone as (
        select customer_id, stretch, moment_at
        from drawn cross join stretches
        where (registered_at is null or registered_at <= moment_at)
            and not exists (
                select 1 from facts.ai_actions as near
                where near.customer_id = drawn.customer_id and near.module_id = $module and (
                    (near.acted_at >= moment_at - $reach * interval 1 day
                        and near.acted_at < moment_at + $reach * interval 1 day)
                    -- or said no --
                )
            )
    ),
    both_sides as (
        select customer_id, stretch, acted_at as moment_at, known_at, true as is_contacted, part,
            claimed_count
        from contacts
        union all
        select customer_id, stretch, moment_at, moment_at, false, 1, null from alone
    )
    select row_number() over () as moment_id, * from both_sides
"""

_PLACED = """
    create or replace temp table _placed as
    with counted as (
        select moment_id,
            count(*) filter (where occurred_at > moment_at) as after_count,
            count(*) filter (where occurred_at < known_at
                and occurred_at >= known_at - $reach * interval 1 day) as before_count,
            count(*) filter (where occurred_at < known_at - $reach * interval 1 day
                and occurred_at >= known_at - ($reach + $earlier) * interval 1 day) as earlier_count,
            max(case when occurred_at < known_at - $reach * interval 1 day then occurred_at end)
                as last_at
        from _moments inner join _occurred using (customer_id)
        where occurred_at < moment_at + $reach * interval 1 day
        group by moment_id
    )
    select stretch, is_contacted, customer_id, part,
        known_at >= moment_at - $chain * $reach * interval 1 day as is_fresh,
        coalesce(claimed_count, after_count, 0) as after_count,
        coalesce(before_count, 0) as before_count, coalesce(level_code, '') as stage,
        case when coalesce(earlier_count, 0) < 4 then coalesce(earlier_count, 0)
            when earlier_count < 6 then 4 when earlier_count < 10 then 5 else 6
        end as frequency,
        case when last_at is null then 4
            when last_at >= known_at - ($reach + 14) * interval 1 day then 0
            when last_at >= known_at - ($reach + 45) * interval 1 day then 1
            when last_at >= known_at - ($reach + 120) * interval 1 day then 2 else 3
        end as recency
    from _moments
    left join counted using (moment_id)
    left join facts.customers using (customer_id)
"""

_CELLS = """
    create or replace temp table _cells as
    select stretch, recency, frequency, stage,
        sum(part) filter (where is_contacted) as contacted_part,
        count(*) filter (where not is_contacted) as alone_count,
        contacted_part > 0 and contacted_part <= $most_stood_for * alone_count as is_kept
    from _placed where is_fresh
    group by stretch, recency, frequency, stage
"""

# Weights are decimals, so that the order of summation leaves no trace.
_PEOPLE = """
    create or replace temp table _people as
    with weighted as (
        select customer_id, is_contacted, after_count, before_count,
            case when is_contacted then part else cast(contacted_part / alone_count as decimal(18, 9))
            end as weight
        from _placed inner join _cells using (stretch, recency, frequency, stage)
        where is_fresh and is_kept
    )
    select customer_id, is_contacted,
        cast(sum(case when is_contacted then 1 else weight end
            * cast(after_count as decimal(9, 0))) as double) as numerator,
        cast(sum(weight) as double) as denominator,
        cast(sum(weight * cast(before_count as decimal(9, 0))) as double) as numerator_baseline
    from weighted
    group by customer_id, is_contacted
    having sum(weight) > 0
    order by customer_id, is_contacted
"""

"""Reads which module claims which outcome; how shared outcomes were credited is kept by `credits`.

The counting stands in SQL, over tables that hold one row per action and outcome:
`facts.attribution_rules` (made here from the modules' declarations), `facts.action_windows`,
`facts.action_credits` and `facts.touch_spells`. What crosses to `stats` is counts and moments.

Who touched whom is counted in customer windows: a customer who was in reach of exactly one set of
modules for 14 days of a 7-day window counts as two. Outcomes are counted by the modules whose
windows held them, so that an action can never share in what happened outside its window.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from roi_pipeline.domain.attribution import ContactSamples, ExposureCount, InteractionSamples
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import AttributionRule, Module
from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.matching import read_matched
from roi_pipeline.engines.questions.moments import read_moments

if TYPE_CHECKING:
    import duckdb
    import polars as pl

RULES = "facts.attribution_rules"
SOURCES = ("facts.action_windows", "facts.action_credits", "facts.touch_spells", "facts.outcomes")
OUTCOMES = ("visit", "consult", "order")
MOST_MODULES = 60  # one bit each in a mask of 64
CONTACT_NAMES = ("numerator", "denominator", "numerator_baseline")


def rules_frame(modules: Sequence[Module]) -> "pl.DataFrame":
    """Which module may claim which outcomes for how long: its declaration, else the default rule.

    Every module may claim visits, consultations, orders and whatever another module declares, within
    its own window (7 days unless it says otherwise), so that an outcome two modules brought about is
    not one module's alone because the other forgot to say so.
    """
    import polars as pl

    if len(modules) > MOST_MODULES:
        raise NeedsAHuman(
            f"the study has {len(modules)} modules; credit is shared among {MOST_MODULES} at most. "
            "Split the study"
        )
    declared = {module.attribution.outcome for module in modules if module.attribution}
    rows = [
        (
            module.id, 2**number, outcome, rule.window_days, rule.ingest_lag_days, rule.credit,
            module.attribution is not None and rule.outcome == outcome,
        )
        for number, module in enumerate(sorted(modules, key=lambda module: module.id))
        for rule in (module.attribution or AttributionRule(""),)
        for outcome in sorted(declared | set(OUTCOMES))
    ]  # fmt: skip
    return pl.DataFrame(
        rows,
        schema={
            "module_id": pl.String, "module_bit": pl.Int64, "outcome_type": pl.String,
            "window_days": pl.Int32, "ingest_lag_days": pl.Int32, "credit_rule": pl.String,
            "is_declared": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip


def acting_modules(connection: "duckdb.DuckDBPyConnection", window: Window) -> tuple[str, ...]:
    """Modules with a matured action on a customer in the window, held-out ones not counted."""
    rows = connection.execute(
        "select distinct module_id from facts.action_windows "
        "where is_matured and arm_name <> 'held_out' and calendar_date >= ? and calendar_date < ? "
        "order by 1",
        [window.start, window.end],
    ).fetchall()
    return tuple(row[0] for row in rows)


def outcome_types(connection: "duckdb.DuckDBPyConnection") -> tuple[str, ...]:
    """Kinds of outcome that some module may claim and that occurred."""
    rows = connection.execute(
        "select distinct outcome_type from facts.outcomes order by 1"
    ).fetchall()
    return tuple(row[0] for row in rows)


def instants(window: Window, timezone: str) -> tuple[datetime, datetime]:
    """A window of local days as UTC timestamps without zone, as the database holds them."""

    def utc(day: date) -> datetime:
        local = datetime.combine(day, time(), ZoneInfo(timezone))
        return local.astimezone(UTC).replace(tzinfo=None)

    return utc(window.start), utc(window.end)


def read_exposures(
    connection: "duckdb.DuckDBPyConnection", outcome_type: str, window: Window, *, timezone: str
) -> tuple[ExposureCount, ...]:
    """Customer windows and distinct outcomes per exact set of modules in reach.

    The empty set is customers held out by lot, while no module was in reach of them.
    """
    start, end = instants(window, timezone)
    modules = _modules_by_bit(connection)
    spent = dict(
        connection.execute(
            f"""
            select touched_mask, cast(ceil(sum(epoch(
                least(spell_end_at, $end) - greatest(spell_start_at, $start)
            )) / (86400 * (select max(window_days) from {RULES}))) as bigint)
            from facts.touch_spells
            where spell_start_at < $end and spell_end_at > $start
            group by touched_mask
            """,
            {"start": start, "end": end},
        ).fetchall()
    )
    brought = dict(
        connection.execute(
            f"""
            select touched_mask, count(*)
            from ({_touching_sets()})
            group by touched_mask
            """,
            {"outcome": outcome_type, "start": start, "end": end},
        ).fetchall()
    )
    return tuple(
        ExposureCount(
            tuple(name for bit, name in modules if mask & bit),
            max(spent.get(mask, 0), 1),
            brought.get(mask, 0),
        )
        for mask in sorted({*spent, *brought})
    )


def _modules_by_bit(connection: "duckdb.DuckDBPyConnection") -> list[tuple[int, str]]:
    return connection.execute(
        f"select distinct module_bit, module_id from {RULES} order by 2"
    ).fetchall()


def _touching_sets() -> str:
    """Every outcome of a kind in a stretch of time, with the mask of the modules it belongs to."""
    return """
        select outcome_id, bit_or(case when arm_name = 'held_out' then 0 else module_bit end)
            as touched_mask
        from facts.action_credits
        where not is_placebo and outcome_type = $outcome
            and occurred_at >= $start and occurred_at < $end
        group by outcome_id
    """


def count_observed(
    connection: "duckdb.DuckDBPyConnection", outcome_type: str, window: Window, *, timezone: str
) -> int:
    """Outcomes inside at least one window, counted from windows and outcomes themselves.

    What is credited is held against this number, which does not go through the ledger of claims.
    """
    start, end = instants(window, timezone)
    rows = connection.execute(
        """
        select count(*) from facts.outcomes as outcomes
        where outcome_type = $outcome and occurred_at >= $start and occurred_at < $end
            and exists (
                select 1 from facts.action_windows as windows
                where windows.customer_id = outcomes.customer_id
                    and windows.is_matured and windows.arm_name <> 'held_out'
                    and windows.acted_at < outcomes.occurred_at
                    and windows.window_end_at > outcomes.occurred_at
            )
        """,
        {"outcome": outcome_type, "start": start, "end": end},
    ).fetchall()
    return int(rows[0][0])


def read_contacts(
    connection: "duckdb.DuckDBPyConnection", module_id: str, outcome_type: str, window: Window
) -> ContactSamples | None:
    """Moments per customer of matured actions and what they claimed; None below two customers.

    Customers seen in both arms are left out: the lot was not kept for them. Where nobody was held
    out, customers who were left alone are matched; where there are none alike, nothing is compared.
    """
    values = {
        "module": module_id, "outcome": outcome_type, "start": window.start, "end": window.end,
    }  # fmt: skip
    connection.execute(_CONTACTS, values).fetchall()
    try:
        contacted = read_moments(connection, "_contacts", CONTACT_NAMES, "is_treated")
        held_out = read_moments(connection, "_contacts", CONTACT_NAMES, "not is_treated")
    finally:
        connection.execute("drop table if exists _contacts")
    counted = connection.execute(
        """
        select count(*) filter (where is_matured and is_overlapping),
            count(*) filter (where not is_matured)
        from facts.action_windows
        where module_id = $module and arm_name <> 'held_out'
            and calendar_date >= $start and calendar_date < $end
        """,
        {name: value for name, value in values.items() if name != "outcome"},
    ).fetchall()[0]
    if contacted is None:
        return None
    if held_out is None:
        matched = read_matched(
            connection, module_id, outcome_type, window, window_days=_days(connection, module_id)
        )
        if matched is not None:
            return ContactSamples(
                matched.contacted,
                matched.comparison,
                kind="matched",
                overlapping_actions=counted[0],
                immature_actions=counted[1],
                unmatched_actions=matched.unmatched_actions,
            )
    return ContactSamples(
        contacted,
        held_out,
        kind="none" if held_out is None else "holdout",
        overlapping_actions=counted[0],
        immature_actions=counted[1],
    )


def _days(connection: "duckdb.DuckDBPyConnection", module_id: str) -> int:
    query = f"select max(window_days) from {RULES} where module_id = ?"
    return int(connection.execute(query, [module_id]).fetchall()[0][0])


_CONTACTS = """
    create or replace temp table _contacts as
    with credits as (
        select action_id, count(*) filter (where not is_placebo) as claimed,
            count(*) filter (where is_placebo) as placebo
        from facts.action_credits
        where module_id = $module and outcome_type = $outcome
        group by action_id
    )
    select customer_id, bool_and(arm_name <> 'held_out') as is_treated,
        coalesce(sum(claimed), 0)::double as numerator, count(*)::double as denominator,
        coalesce(sum(placebo), 0)::double as numerator_baseline
    from facts.action_windows left join credits using (action_id)
    where module_id = $module and is_matured
        and calendar_date >= $start and calendar_date < $end
    group by customer_id
    having count(distinct arm_name = 'held_out') = 1
    order by customer_id
"""


def read_interaction(
    connection: "duckdb.DuckDBPyConnection",
    outcome_type: str,
    modules: tuple[str, str],
    window: Window,
    *,
    timezone: str,
) -> InteractionSamples | None:
    """Outcomes per customer window by exposure to two modules; None when a cell has no customers.

    A customer belongs to the cell of the modules that ever reached it in the window.
    """
    bits = {name: bit for bit, name in _modules_by_bit(connection)}
    start, end = instants(window, timezone)
    connection.execute(
        _INTERACTION,
        {
            "outcome": outcome_type, "start": start, "end": end,
            "first": bits[modules[0]], "second": bits[modules[1]],
        },
    ).fetchall()  # fmt: skip
    names = ("numerator", "denominator")
    cells = list[Sample]()
    try:
        for condition in ("{0} and {1}", "{0} and not {1}", "not {0} and {1}", "not ({0} or {1})"):
            where = condition.format("has_first", "has_second")
            cell = read_moments(connection, "_reached", names, where)
            if cell is None:
                return None
            cells.append(cell)
    finally:
        connection.execute("drop table if exists _reached")
    return InteractionSamples(*cells)


_INTERACTION = """
    create or replace temp table _reached as
    with brought as (
        select customer_id, count(distinct outcome_id) as n
        from facts.action_credits
        where not is_placebo and outcome_type = $outcome
            and occurred_at >= $start and occurred_at < $end
        group by customer_id
    )
    select customer_id, bool_or(touched_mask & $first > 0) as has_first,
        bool_or(touched_mask & $second > 0) as has_second,
        coalesce(max(n), 0)::double as numerator,
        sum(epoch(least(spell_end_at, $end) - greatest(spell_start_at, $start))) / 604800.0
            as denominator
    from facts.touch_spells left join brought using (customer_id)
    where spell_start_at < $end and spell_end_at > $start
    group by customer_id
    order by customer_id
"""

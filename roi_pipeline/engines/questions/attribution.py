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
from roi_pipeline.engines.queries import drop_kept, keep_rows, read_row, read_rows
from roi_pipeline.engines.questions.matching import read_matched
from roi_pipeline.engines.questions.moments import read_moments

if TYPE_CHECKING:
    import duckdb
    import polars as pl

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
            rule.days == "calendar",
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
            "is_declared": pl.Boolean, "are_days_calendar": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip


def acting_modules(connection: "duckdb.DuckDBPyConnection", window: Window) -> tuple[str, ...]:
    """Modules with a matured action on a customer in the window, held-out ones not counted."""
    rows = read_rows(connection, "attribution.acting_modules", start=window.start, end=window.end)
    return tuple(row[0] for row in rows)


def outcome_types(
    connection: "duckdb.DuckDBPyConnection", window: Window, *, timezone: str
) -> tuple[str, ...]:
    """Kinds of outcome that some module may claim and that occurred before the window ended."""
    _, end = instants(window, timezone)
    rows = read_rows(connection, "attribution.outcome_types", end=end)
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

    The empty set is customers in the randomised holdout, while no module was in reach of them.
    """
    start, end = instants(window, timezone)
    modules = _modules_by_bit(connection)
    spent = dict(read_rows(connection, "attribution.exposures", start=start, end=end))
    brought = dict(
        read_rows(connection, "attribution.brought", outcome=outcome_type, start=start, end=end)
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
    rows = read_rows(connection, "attribution.module_bits")
    return [(bit, module_id) for module_id, bit in rows]


def count_observed(
    connection: "duckdb.DuckDBPyConnection", outcome_type: str, window: Window, *, timezone: str
) -> int:
    """Outcomes inside at least one window, counted from windows and outcomes themselves.

    What is credited is held against this number, which does not go through the ledger of claims.
    """
    start, end = instants(window, timezone)
    (count,) = read_row(
        connection, "attribution.observed", outcome=outcome_type, start=start, end=end
    )
    return int(count)


def read_contacts(
    connection: "duckdb.DuckDBPyConnection", module_id: str, outcome_type: str, window: Window
) -> ContactSamples | None:
    """Moments per customer of matured actions and what they claimed; None below two customers.

    Customers seen in both arms are left out: the random assignment was not kept for them. Where nobody was held
    out, untreated customers are matched; where none are similar, nothing is compared.
    """
    values = {
        "module": module_id, "outcome": outcome_type, "start": window.start, "end": window.end,
    }  # fmt: skip
    try:
        people = keep_rows(connection, "attribution.contacts", **values)
        contacted = read_moments(connection, people, CONTACT_NAMES, arm="contacted")
        held_out = read_moments(connection, people, CONTACT_NAMES, arm="held_out")
    finally:
        drop_kept(connection, "attribution.contacts")
    counted = read_row(connection, "attribution.contact_counts", **values)
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
    _, days = read_row(connection, "attribution.window_days", module=module_id)
    return int(days)


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
    names = ("numerator", "denominator")
    cells = list[Sample]()
    try:
        people = keep_rows(
            connection, "attribution.reached", outcome=outcome_type, start=start, end=end,
            first=bits[modules[0]], second=bits[modules[1]],
        )  # fmt: skip
        for exposed_to in ("both", "first", "second", "neither"):
            cell = read_moments(connection, people, names, arm=exposed_to)
            if cell is None:
                return None
            cells.append(cell)
    finally:
        drop_kept(connection, "attribution.reached")
    return InteractionSamples(*cells)

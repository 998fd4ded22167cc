"""Customers a module did not contact, matched to those it did, where nobody was held out at random.

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
from roi_pipeline.engines.queries import (
    drop_kept,
    keep_rows,
    keep_rows_in_any_order,
    keep_view,
    read_row,
)
from roi_pipeline.engines.questions.moments import read_moments
from roi_pipeline.engines.sql_expressions import renamed_columns
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb

NAMES = ("numerator", "denominator", "numerator_baseline")
NEEDED = ("facts.customers", "facts.ai_actions", "facts.customer_events", "facts.orders")
STEPS = (
    "matching.occurred", "matching.contacts", "matching.moments", "matching.placed",
    "matching.cells",
)  # fmt: skip
WEEK_DAYS = 7
EARLIER_DAYS = 90  # in which "how often" is counted
CHAIN_WINDOWS = 4  # what was known longer ago than this many windows says little of today
MOST_STOOD_FOR = 20  # contacted moments one moment of an untreated customer may be matched to
MOST_ALONE = 2_000_000  # moments of untreated customers; beyond, customers are sampled


@dataclass(frozen=True, slots=True)
class Matched:
    """Contacted customers with a counterpart, and the counterparts weighted to resemble them.

    Attributes:
        unmatched_actions: actions left out of both, because too few similar customers were untreated or their
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
    _view_actions(connection)
    try:
        for step in STEPS:
            keep_rows_in_any_order(connection, step, **values)
        people = keep_rows(connection, "matching.people")
        contacted = read_moments(connection, people, NAMES, arm="contacted")
        comparison = read_moments(connection, people, NAMES, arm="alone")
        (left_out,) = read_row(connection, "matching.unmatched")
    finally:
        drop_kept(connection, *STEPS, "matching.people")
    if contacted is None or comparison is None:
        return None
    return Matched(contacted, comparison, left_out)


def _view_actions(connection: "duckdb.DuckDBPyConnection") -> None:
    """Let query files read the actions; where opting out is not recorded, nobody has."""
    names = ("module_id", "customer_id", "acted_at")
    knows_opt_outs = "opted_out_at" in column_names(connection, "facts.ai_actions")
    columns = {
        **{name: name for name in names},
        "opted_out_at": "opted_out_at" if knows_opt_outs else None,
    }
    keep_view(connection, "_module_actions", renamed_columns("facts.ai_actions", columns))

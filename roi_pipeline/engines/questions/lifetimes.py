"""Reads the purchase histories behind customer lifetime value, cut at the end of a cycle.

A purchase after the cycle's last observed day is not seen, so that a cycle evaluated again later
finds the same customers.
"""

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.samples import CustomerHistories, PurchaseHistories, Volume
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.queries import keep_view, read_row, read_rows
from roi_pipeline.engines.sql_expressions import renamed_columns
from roi_pipeline.engines.warehouse import column_names

if TYPE_CHECKING:
    from datetime import date

    import duckdb

ALL_HISTORY = ""
COLUMNS = (
    "module_id", "customer_id", "calendar_date", "arm_name", "watched_from_date", "is_repeat",
    "margin_amount_rc",
)  # fmt: skip


def read_histories(
    connection: "duckdb.DuckDBPyConnection", metric: Metric, module: Module, end: "date"
) -> CustomerHistories | None:
    """Histories of everybody and of both arms before `end`; None when nobody bought."""
    _view_purchases(connection, metric, module)
    everybody = _histories(connection, ALL_HISTORY, None, end)
    if everybody is None:
        return None
    arms = module.randomisation
    if arms is None or arms.arm_column not in column_names(connection, metric.table):
        return CustomerHistories(everybody)
    (both,) = read_row(connection, "lifetimes.in_both_arms", module=module.id, end=end)
    return CustomerHistories(
        everybody,
        treated=_histories(connection, module.id, arms.treated, end),
        comparison=_histories(connection, module.id, arms.comparison, end),
        planned_share=arms.planned_share,
        assigned_to_both=both,
    )


def _histories(
    connection: "duckdb.DuckDBPyConnection", module_id: str, arms: Sequence[str] | None, end: "date"
) -> PurchaseHistories | None:
    """One history per customer, times in weeks up to the last day before `end`."""
    rows = read_rows(
        connection, "lifetimes.histories", module=module_id, end=end,
        arms=None if arms is None else list(arms),
    )  # fmt: skip
    if not rows:
        return None
    _, *columns = zip(*rows, strict=True)
    return PurchaseHistories(*(array("d", map(float, column)) for column in columns))


def read_customers(
    connection: "duckdb.DuckDBPyConnection", metric: Metric, module: Module, window: Window
) -> Volume | None:
    """Customers assigned to the module inside `window`; None without a random assignment.

    A lifetime value is earned once, so a customer counts in the window of the assignment and in no other.
    """
    arms = module.randomisation
    if arms is None or arms.arm_column not in column_names(connection, metric.table):
        return None
    _view_purchases(connection, metric, module)
    row = read_row(
        connection, "lifetimes.customers", module=module.id, start=window.start, end=window.end,
        arms=list(arms.treated),
    )  # fmt: skip
    return Volume(window, *row)


def _view_purchases(
    connection: "duckdb.DuckDBPyConnection", metric: Metric, module: Module
) -> None:
    """Let query files read the table of purchase days as `_purchase_rows`."""
    arms = module.randomisation
    known = column_names(connection, metric.table)
    columns = {
        **{name: name for name in COLUMNS},
        "arm_column": arms.arm_column if arms and arms.arm_column in known else None,
        "numerator": metric.numerator,
        "denominator": metric.denominator,
    }
    keep_view(connection, "_purchase_rows", renamed_columns(metric.table, columns))

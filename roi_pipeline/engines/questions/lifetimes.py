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
from roi_pipeline.engines.warehouse import column_names

if TYPE_CHECKING:
    from datetime import date

    import duckdb

ALL_HISTORY = ""


def read_histories(
    connection: "duckdb.DuckDBPyConnection", metric: Metric, module: Module, end: "date"
) -> CustomerHistories | None:
    """Histories of everybody and of both arms before `end`; None when nobody bought."""
    everybody = _histories(connection, metric.table, ALL_HISTORY, None, end)
    if everybody is None:
        return None
    arms = module.randomisation
    if arms is None or arms.arm_column not in column_names(connection, metric.table):
        return CustomerHistories(everybody)
    both = connection.execute(
        f"select count(distinct customer_id) from {metric.table} "
        f"where module_id = ? and {arms.arm_column} = 'both' and calendar_date < ?",
        [module.id, end],
    ).fetchall()[0][0]
    return CustomerHistories(
        everybody,
        treated=_histories(connection, metric.table, module.id, arms.treated, end),
        comparison=_histories(connection, metric.table, module.id, arms.comparison, end),
        planned_share=arms.planned_share,
        assigned_to_both=both,
    )


def _histories(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    module_id: str,
    arms: Sequence[str] | None,
    end: "date",
) -> PurchaseHistories | None:
    """One history per customer, times in weeks up to the last day before `end`."""
    rows = connection.execute(
        f"""
        select
            cast(count(*) filter (where is_repeat) as double) as frequency,
            coalesce(
                max(calendar_date) filter (where is_repeat) - min(watched_from_date), 0
            ) / 7.0 as recency,
            (cast(? as date) - 1 - min(watched_from_date)) / 7.0 as age,
            coalesce(
                cast(
                    sum(cast(margin_amount_rc as decimal(38, 6))) filter (where is_repeat) as double
                ) / count(*) filter (where is_repeat), 0
            ) as mean_value
        from {table}
        where module_id = ? and calendar_date < ?
            and (? is null or list_contains(?, arm_name))
        group by customer_id
        order by customer_id
        """,
        [end, module_id, end, None if arms is None else 1, list(arms or ())],
    ).fetchall()
    if not rows:
        return None
    columns = zip(*rows, strict=True)
    return PurchaseHistories(*(array("d", map(float, column)) for column in columns))


def read_customers(
    connection: "duckdb.DuckDBPyConnection", metric: Metric, module: Module, window: Window
) -> Volume | None:
    """Customers the lot gave to the module inside `window`; None without a lot.

    A lifetime value is earned once, so a customer counts in the window of the draw and in no other.
    """
    arms = module.randomisation
    if arms is None or arms.arm_column not in column_names(connection, metric.table):
        return None
    row = connection.execute(
        f"""
        select
            coalesce(cast(sum(cast("{metric.numerator}" as decimal(38, 6))) as double), 0),
            coalesce(cast(sum("{metric.denominator}") as double), 0),
            count(*)
        from {metric.table}
        where module_id = ? and calendar_date >= ? and calendar_date < ?
            and list_contains(?, arm_name)
        """,
        [module.id, window.start, window.end, list(arms.treated)],
    ).fetchall()[0]
    return Volume(window, row[0], row[1], row[2])

"""Of which days an export has rows, of which categories, and on which days something new of it arrived."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.day_expressions import categories_by_day, days_with_rows
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb


def read_days_with_rows(
    connection: "duckdb.DuckDBPyConnection",
    contract: Contract,
    column: str,
    *,
    as_of: date,
    timezone: str,
) -> frozenset[date]:
    """Days before `as_of` of which rows are loaded; a timestamp counts on its local day."""
    table = f"exports.{contract.table}"
    if not table_exists(connection, table) or column not in column_names(connection, table):
        return frozenset()
    is_moment = contract.column(column).type == "timestamp"
    query = days_with_rows(table, column, zone=timezone if is_moment else None)
    rows = connection.execute(query, {"as_of": as_of}).fetchall()
    return frozenset(day for (day,) in rows if day is not None)


def read_categories(
    connection: "duckdb.DuckDBPyConnection",
    contract: Contract,
    column: str,
    date_column: str,
    *,
    window: Window,
    timezone: str,
) -> tuple[tuple[date, str, int], ...]:
    """(day, category, rows) of an export within a window; nothing where a column is not loaded yet."""
    table = f"exports.{contract.table}"
    if not table_exists(connection, table):
        return ()
    if not {column, date_column} <= set(column_names(connection, table)):
        return ()
    is_moment = contract.column(date_column).type == "timestamp"
    query = categories_by_day(table, column, date_column, zone=timezone if is_moment else None)
    values = {"start": window.start, "as_of": window.end}
    return tuple(connection.execute(query, values).fetchall())


def read_days_of_deliveries(
    connection: "duckdb.DuckDBPyConnection", table: str, *, as_of: date
) -> frozenset[date]:
    """The last day seen by each run up to `as_of` that found something new of an export."""
    if not table_exists(connection, "quality.validations"):
        return frozenset()
    rows = read_rows(connection, "store.days_of_deliveries", table=table, as_of=as_of)
    return frozenset(day - timedelta(days=1) for (day,) in rows)

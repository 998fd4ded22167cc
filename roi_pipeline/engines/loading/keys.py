"""A key delivered again: the later row wins, the others are kept aside as superseded.

Later means the larger value of the contract's ordering column; equal ones, and contracts without
one, go by file name and row number. A superseded row returns when the row that beat it goes.
"""

from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.engines.loading.account import export_table, incoming_table, superseded_table
from roi_pipeline.engines.loading.duplicates import view_rows
from roi_pipeline.engines.queries import has_rows, keep_rows

if TYPE_CHECKING:
    import duckdb

RETURNING = "_returning_rows"


def note_freed_keys(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Remember the keys of rows about to be removed: a superseded row may return for them."""
    if not contract.key:
        return
    view_rows(connection, contract, "_active_rows", export_table(contract))
    keep_rows(connection, "loading.freed_keys")


def settle_keys(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Let one row per key stand in the export table; superseded incoming rows are recorded as such."""
    if not contract.key:
        return
    incoming, active = incoming_table(contract), export_table(contract)
    superseded = superseded_table(contract)
    view_rows(connection, contract, "_incoming_rows", incoming)
    view_rows(connection, contract, "_active_rows", active)
    view_rows(connection, contract, "_superseded_rows", superseded)
    keep_rows(connection, "loading.contested_keys", table=contract.table)
    keep_rows(connection, "loading.ranked_rows")
    _move(connection, incoming, superseded, place="incoming", stands=False)
    returning = keep_rows(connection, "loading.standing_rows", place="superseded", stands=True)
    connection.execute(
        f"create or replace temp table {RETURNING} as {_rows_of(superseded, returning)}"
    ).fetchall()
    _delete(connection, superseded, returning)
    _move(connection, active, superseded, place="active", stands=False)
    if has_rows(connection, RETURNING):
        connection.execute(f"insert into {active} from {RETURNING}").fetchall()
    connection.execute(f"drop table temp.{RETURNING}")


def _move(
    connection: "duckdb.DuckDBPyConnection", source: str, target: str, *, place: str, stands: bool
) -> None:
    moved = keep_rows(connection, "loading.standing_rows", place=place, stands=stands)
    if has_rows(connection, moved):
        connection.execute(f"insert into {target} {_rows_of(source, moved)}").fetchall()
        _delete(connection, source, moved)


def _rows_of(table: str, places: str) -> str:
    return f"from {table} semi join {places} using (source_file_id, source_row_number)"


def _delete(connection: "duckdb.DuckDBPyConnection", table: str, places: str) -> None:
    connection.execute(
        f"delete from {table} as gone using {places} as places "
        "where gone.source_file_id = places.source_file_id "
        "and gone.source_row_number = places.source_row_number"
    ).fetchall()

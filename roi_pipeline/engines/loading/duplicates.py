"""Exact duplicates: the same values in every column, in whatever files they stand.

One of the copies is kept: a loaded one before a new one, else the first by file and row. Where the
file of a kept copy is replaced, its copy in another file takes its place, so nothing is lost and
the order in which files arrive does not matter.

Rows of a contract without a key have no identity: equal rows of one file are as many real things,
and only what another file holds as well is a copy. The n-th of them in one file repeats the n-th in
another.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.engines.loading.account import (
    export_table,
    incoming_table,
    literal,
    quoted,
    superseded_table,
    table_columns,
)
from roi_pipeline.engines.queries import (
    insert_rows,
    insert_values,
    keep_query_as_view,
    keep_rows,
    keep_view,
    read_rows,
    temporary_table,
)
from roi_pipeline.engines.sql_expressions import cast_columns, rows_as_values, shares_its_digest

if TYPE_CHECKING:
    import duckdb

REPLACED, MOVES = "_replaced_files", temporary_table("loading.moved_copies")


def create_tables(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Make the export table and the one of superseded rows, with the contract's columns."""
    for table in (export_table(contract), superseded_table(contract)):
        _create(connection, contract, table)


def _create(connection: "duckdb.DuckDBPyConnection", contract: Contract, table: str) -> None:
    """Make a table; one whose columns the contract has changed is carried over."""
    schema, name = table.split(".", 1)
    found = _columns(connection, schema, name.strip('"'))
    if not found:
        connection.execute(f"create table {table} ({table_columns(contract)})")
        return
    fresh = f"{schema}.{quoted('_fresh__' + contract.table)}"
    connection.execute(f"create or replace table {fresh} ({table_columns(contract)})")
    wanted = _columns(connection, schema, "_fresh__" + contract.table)
    if list(found.items()) == list(wanted.items()):
        connection.execute(f"drop table {fresh}")
        return
    values = cast_columns(table, wanted, known=found)
    connection.execute(f"insert into {fresh} {values}").fetchall()
    connection.execute(f"drop table {table}")
    connection.execute(f"alter table {fresh} rename to {name}")


def _columns(connection: "duckdb.DuckDBPyConnection", schema: str, name: str) -> dict[str, str]:
    """Column → type, in order; nothing when there is no such table."""
    rows = read_rows(connection, "loading.columns_of", schema=schema, name=name)
    return {column: kind for _, column, kind in rows}


def find_moves(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, replaced: Sequence[str]
) -> None:
    """Note where a kept copy goes when its file is replaced: to its first copy in another file."""
    connection.execute(f"create or replace temp table {REPLACED} (file_id varchar)")
    insert_values(connection, REPLACED, [[file] for file in replaced])
    keep_rows(connection, "loading.moved_copies", table=contract.table)


def row_digest_columns(contract: Contract) -> tuple[str, ...]:
    """What tells rows apart: the key, where there is one, which is cheaper than the row."""
    return contract.key or tuple(column.name for column in contract.columns)


def may_repeat(contract: Contract) -> str:
    """SQL condition true of every staged row whose key, or content, another row has as well."""
    return shares_its_digest(contract.table, row_digest_columns(contract))


def view_rows(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, name: str, *tables: str
) -> None:
    """Let queries read the rows of export tables as values under fixed names."""
    columns = [column.name for column in contract.columns]
    rows = rows_as_values(tables, columns, key=contract.key, ordering=contract.ordering)
    keep_view(connection, name, rows)


def set_duplicates_aside(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, fresh: Sequence[str]
) -> None:
    """Take exact duplicates out of the incoming table and note which copy each repeats.

    New rows without a key are counted within their file. Loaded ones are counted all together: they
    are already as many as the file that holds most of them.
    """
    create_tables(connection, contract)
    find_moves(connection, contract, fresh)
    incoming = incoming_table(contract)
    view_rows(connection, contract, "_incoming_rows", incoming)
    kept = (export_table(contract), superseded_table(contract))
    view_rows(connection, contract, "_kept_rows", *kept)
    keep_query_as_view(connection, "loading.surviving_rows")
    own = {"table": contract.table}
    insert_rows(connection, "quality._staged_repeated", "loading.repeated_digests", **own)
    insert_rows(
        connection, "quality._staged_duplicates", "loading.exact_duplicates",
        has_key=bool(contract.key), **own,
    )  # fmt: skip
    connection.execute(
        f"delete from {incoming} using quality._staged_duplicates as copies "
        f"where copies.table_name = {literal(contract.table)} "
        f"and {incoming}.source_file_id = copies.source_file_id "
        f"and {incoming}.source_row_number = copies.source_row_number"
    ).fetchall()


def remove_replaced(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Take the replaced files' rows out of the exports; kept copies move to where they also stand."""
    insert_rows(connection, "quality.quarantine", "loading.moved_quarantine", table=contract.table)
    for table in (export_table(contract), superseded_table(contract)):
        connection.execute(
            f"update {table} as kept set source_file_id = moved.new_file_id, "
            f"source_row_number = moved.new_row_number from {MOVES} as moved "
            "where kept.source_file_id = moved.kept_file_id "
            "and kept.source_row_number = moved.kept_row_number"
        ).fetchall()
        connection.execute(
            f"delete from {table} where source_file_id in (from {REPLACED})"
        ).fetchall()
    own = f"copies.table_name = {literal(contract.table)}"
    connection.execute(
        f"delete from quality.duplicates as copies where {own} "
        f"and copies.source_file_id in (from {REPLACED})"
    ).fetchall()
    connection.execute(
        f"delete from quality.duplicates as copies using {MOVES} as moved where {own} "
        "and copies.source_file_id = moved.new_file_id "
        "and copies.source_row_number = moved.new_row_number"
    ).fetchall()
    connection.execute(
        "update quality.duplicates as copies set kept_file_id = moved.new_file_id, "
        f"kept_row_number = moved.new_row_number from {MOVES} as moved where {own} "
        "and copies.kept_file_id = moved.kept_file_id "
        "and copies.kept_row_number = moved.kept_row_number"
    ).fetchall()

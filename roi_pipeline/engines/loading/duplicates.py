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
    column_list,
    export_table,
    incoming_table,
    superseded_table,
    table_columns,
)
from roi_pipeline.engines.loading.casts import literal, quoted

if TYPE_CHECKING:
    import duckdb

REPLACED, MOVES = "_roi_replaced", "_roi_moves"


def create_tables(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Make the export table and the one of superseded rows, with the contract's columns."""
    for table in (export_table(contract), superseded_table(contract)):
        _create(connection, contract, table)


def _create(connection: "duckdb.DuckDBPyConnection", contract: Contract, table: str) -> None:
    """Make a table; one whose columns the contract has changed is carried over."""
    schema, name = table.split(".", 1)
    found = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name = ? and table_name = ? order by column_index",
        [schema, name.strip('"')],
    ).fetchall()
    if not found:
        connection.execute(f"create table {table} ({table_columns(contract)})")
        return
    fresh = f"{schema}.{quoted('_fresh__' + contract.table)}"
    connection.execute(f"create or replace table {fresh} ({table_columns(contract)})")
    wanted = connection.execute(f"select * from {fresh} limit 0").description
    names = [column[0] for column in wanted]
    types = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() "
            "where schema_name = ? and table_name = ?",
            [schema, "_fresh__" + contract.table],
        ).fetchall()
    )
    if found == [(each, types[each]) for each in names]:
        connection.execute(f"drop table {fresh}")
        return
    old = {column for column, _ in found}
    values = ", ".join(
        f"try_cast({quoted(each)} as {types[each]})" if each in old else "null" for each in names
    )
    connection.execute(f"insert into {fresh} select {values} from {table}").fetchall()
    connection.execute(f"drop table {table}")
    connection.execute(f"alter table {fresh} rename to {name}")


def find_moves(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, replaced: Sequence[str]
) -> None:
    """Write where a kept copy goes when its file is replaced: to its first copy in another file."""
    connection.execute(f"create or replace temp table {REPLACED} (file_id varchar)")
    if replaced:
        connection.executemany(f"insert into {REPLACED} values (?)", [[file] for file in replaced])
    connection.execute(
        f"create or replace temp table {MOVES} as "
        "select kept_file_id, kept_row_number, place.file_id as new_file_id, "
        "place.row_number as new_row_number from ("
        "select kept_file_id, kept_row_number, min({'file_id': source_file_id, "
        "'row_number': source_row_number}) as place from quality.duplicates "
        f"where table_name = {literal(contract.table)} "
        f"and kept_file_id in (from {REPLACED}) and source_file_id not in (from {REPLACED}) "
        "group by kept_file_id, kept_row_number)"
    ).fetchall()


def surviving_rows(contract: Contract) -> str:
    """SQL of the loaded rows that stay when the replaced files' rows are gone, in their new place."""
    both = " union all ".join(
        f"select * from {table}" for table in (export_table(contract), superseded_table(contract))
    )
    return (
        f"select {column_list(contract, 'kept.')}, "
        "coalesce(moved.new_file_id, kept.source_file_id) as source_file_id, "
        "coalesce(moved.new_row_number, kept.source_row_number) as source_row_number "
        f"from ({both}) as kept left join {MOVES} as moved "
        "on kept.source_file_id = moved.kept_file_id "
        "and kept.source_row_number = moved.kept_row_number "
        "where moved.new_file_id is not null "
        f"or kept.source_file_id not in (from {REPLACED})"
    )


def row_digest(contract: Contract) -> str:
    """SQL equal for equal rows: of the key, where there is one, which is cheaper than the row."""
    names = contract.key or tuple(column.name for column in contract.columns)
    return f"hash({', '.join(quoted(name) for name in names)})"


def repeated_digests(contract: Contract) -> str:
    """SQL of the digests that more than one row has."""
    return (
        f"select digest from quality._staged_repeated where table_name = {literal(contract.table)}"
    )


def may_repeat(contract: Contract) -> str:
    """SQL condition true of every staged row whose key, or content, another row has as well."""
    return f"{row_digest(contract)} in ({repeated_digests(contract)})"


def set_duplicates_aside(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, fresh: Sequence[str]
) -> None:
    """Take exact duplicates out of the incoming table and note which copy each repeats."""
    create_tables(connection, contract)
    find_moves(connection, contract, fresh)
    incoming, columns = incoming_table(contract), column_list(contract)
    digest = row_digest(contract)
    connection.execute(
        f"insert into quality._staged_repeated select {literal(contract.table)}, * from ("
        f"select {digest} as digest from {incoming} group by 1 having count(*) > 1 "
        f"union select {digest} from ({surviving_rows(contract)}) "
        f"where {digest} in (select {digest} from {incoming}))"
    ).fetchall()
    repeats = may_repeat(contract)
    connection.execute(
        "insert into quality._staged_duplicates "
        f"select {literal(contract.table)}, source_file_id, source_row_number, "
        "_roi_kept.file_id, _roi_kept.row_number from ("
        "select _roi_new, source_file_id, source_row_number, "
        f"first_value({{'file_id': source_file_id, 'row_number': source_row_number}}) over same as _roi_kept, "
        "row_number() over same as _roi_copy from ("
        f"select *, {_number_among_equals(contract)} as _roi_number from ("
        f"select {columns}, source_file_id, source_row_number, true as _roi_new from {incoming} "
        f"where {repeats} union all "
        f"select {columns}, source_file_id, source_row_number, false from "
        f"({surviving_rows(contract)}) where {repeats})) "
        f"window same as (partition by {columns}, _roi_number "
        "order by _roi_new, source_file_id, source_row_number)) where _roi_copy > 1 and _roi_new"
    ).fetchall()
    connection.execute(
        f"delete from {incoming} using quality._staged_duplicates as copies "
        f"where copies.table_name = {literal(contract.table)} "
        f"and {incoming}.source_file_id = copies.source_file_id "
        f"and {incoming}.source_row_number = copies.source_row_number"
    ).fetchall()


def _number_among_equals(contract: Contract) -> str:
    """SQL of a row's number among its equals; with a key there is one real thing, number 1.

    New rows are counted within their file. Loaded ones are counted all together: they are already
    as many as the file that holds most of them.
    """
    if contract.key:
        return "1"
    return (
        f"row_number() over (partition by {column_list(contract)}, _roi_new, "
        "case when _roi_new then source_file_id end order by source_file_id, source_row_number)"
    )


def remove_replaced(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Take the replaced files' rows out of the exports; kept copies move to where they also stand."""
    _move_quarantined(connection, contract)
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
    own = f"table_name = {literal(contract.table)}"
    connection.execute(
        f"delete from quality.duplicates where {own} and ("
        f"source_file_id in (from {REPLACED}) or (source_file_id, source_row_number) in "
        f"(select (new_file_id, new_row_number) from {MOVES}))"
    ).fetchall()
    connection.execute(
        "update quality.duplicates as copies set kept_file_id = moved.new_file_id, "
        f"kept_row_number = moved.new_row_number from {MOVES} as moved where {own} "
        "and copies.kept_file_id = moved.kept_file_id "
        "and copies.kept_row_number = moved.kept_row_number"
    ).fetchall()


def _move_quarantined(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """A kept copy that broke a rule stands in quarantine; its next copy broke the same."""
    connection.execute(
        "insert into quality.quarantine "
        "select kept.* replace (moved.new_file_id as source_file_id, "
        "moved.new_row_number as source_row_number) "
        f"from quality.quarantine as kept join {MOVES} as moved "
        "on kept.source_file_id = moved.kept_file_id "
        "and kept.source_row_number = moved.kept_row_number "
        f"where kept.table_name = {literal(contract.table)} and not kept.is_refused"
    ).fetchall()

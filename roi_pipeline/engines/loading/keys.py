"""A key delivered again: the later row wins, the others are kept aside as superseded.

Later means the larger value of the contract's ordering column; equal ones, and contracts without
one, go by file name and row number. A superseded row returns when the row that beat it goes.
"""

from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.engines.loading.account import export_table, incoming_table, superseded_table
from roi_pipeline.engines.loading.casts import quoted
from roi_pipeline.engines.loading.duplicates import REPLACED, may_repeat

if TYPE_CHECKING:
    import duckdb

FREED, RANKED = "_roi_freed_keys", "_roi_ranked"


def note_freed_keys(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Remember the keys of rows about to be removed: a superseded row may return for them."""
    if not contract.key:
        return
    key = ", ".join(quoted(name) for name in contract.key)
    connection.execute(
        f"create or replace temp table {FREED} as select distinct {key} "
        f"from {export_table(contract)} where source_file_id in (from {REPLACED})"
    ).fetchall()


def settle_keys(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Let one row per key stand in the export table; superseded incoming rows are recorded as such."""
    if not contract.key:
        return
    _rank(connection, contract)
    incoming, active = incoming_table(contract), export_table(contract)
    superseded = superseded_table(contract)
    _move(connection, incoming, superseded, "_roi_place = 'incoming' and _roi_standing > 1")
    connection.execute(
        f"create or replace temp table _roi_returning as select * from {superseded} "
        f"where (source_file_id, source_row_number) in "
        f"(select (source_file_id, source_row_number) from {RANKED} "
        "where _roi_place = 'superseded' and _roi_standing = 1)"
    ).fetchall()
    _delete(connection, superseded, "_roi_place = 'superseded' and _roi_standing = 1")
    _move(connection, active, superseded, "_roi_place = 'active' and _roi_standing > 1")
    connection.execute(f"insert into {active} from _roi_returning").fetchall()
    connection.execute("drop table temp._roi_returning")


def _rank(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """Rank the rows of every key that more than one row, or none but superseded ones, claim."""
    names = [quoted(name) for name in contract.key]
    key, present = ", ".join(names), " and ".join(f"{name} is not null" for name in names)
    incoming, active = incoming_table(contract), export_table(contract)
    superseded = superseded_table(contract)
    repeated = f"{present} and {may_repeat(contract)}"
    connection.execute(
        "create or replace temp table _roi_contested as "
        f"select {key} from {incoming} where {repeated} "
        f"union select {key} from {active} where {repeated} "
        f"union select {key} from {superseded} where {repeated} "
        f"or ({key}) in (select ({key}) from {FREED})"
    ).fetchall()
    ordering = f"{quoted(contract.ordering)} desc nulls last, " if contract.ordering else ""
    places = " union all ".join(
        f"select {key}, {quoted(contract.ordering) + ', ' if contract.ordering and contract.ordering not in contract.key else ''}"
        f"source_file_id, source_row_number, '{place}' as _roi_place from {table} "
        f"where ({key}) in (select ({key}) from _roi_contested)"
        for place, table in (("incoming", incoming), ("active", active), ("superseded", superseded))
    )
    connection.execute(
        f"create or replace temp table {RANKED} as select _roi_place, source_file_id, "
        f"source_row_number, row_number() over (partition by {key} order by {ordering}"
        f"source_file_id desc, source_row_number desc) as _roi_standing from ({places})"
    ).fetchall()


def _move(connection: "duckdb.DuckDBPyConnection", source: str, target: str, which: str) -> None:
    connection.execute(
        f"insert into {target} select rows.* from {source} as rows "
        f"where (rows.source_file_id, rows.source_row_number) in "
        f"(select (source_file_id, source_row_number) from {RANKED} where {which})"
    ).fetchall()
    _delete(connection, source, which)


def _delete(connection: "duckdb.DuckDBPyConnection", source: str, which: str) -> None:
    connection.execute(
        f"delete from {source} where (source_file_id, source_row_number) in "
        f"(select (source_file_id, source_row_number) from {RANKED} where {which})"
    ).fetchall()

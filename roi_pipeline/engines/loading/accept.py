"""Merges a validated delivery into its export table, or refuses it and changes nothing.

One transaction: broken rows go to quarantine, replaced files' rows leave, one row per key stands,
and the load log must reconcile before anything is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import PERSON_TYPES, Contract
from roi_pipeline.domain.errors import RoiError
from roi_pipeline.domain.loads import NEWS, FileLoad, RuleResult, Validation
from roi_pipeline.domain.personal import MASK
from roi_pipeline.engines.loading.account import (
    export_table,
    incoming_table,
    literal,
    open_books,
    quoted,
    read_loads,
    superseded_table,
    write_loads,
)
from roi_pipeline.engines.loading.duplicates import create_tables, find_moves, remove_replaced
from roi_pipeline.engines.loading.expressions import (
    LONGEST_VALUE,
    call,
    cast,
    name,
    null,
    shown,
    shown_start,
    text,
)
from roi_pipeline.engines.loading.keys import note_freed_keys, settle_keys
from roi_pipeline.engines.loading.type import rows_with
from roi_pipeline.engines.queries import has_rows, insert_rows, keep_view, read_rows
from roi_pipeline.engines.sql_expressions import rows_per_file

if TYPE_CHECKING:
    import duckdb
    from sqlglot import exp

BROKEN = "_broken_rows"


class UnbalancedBooksError(RoiError):
    """Rows were read that stand nowhere: a fault of this product; nothing was changed."""

    def __init__(self, load: FileLoad) -> None:
        super().__init__(
            f"{load.path}: {load.rows_read} rows were read, but {load.rows_loaded} loaded, "
            f"{load.rows_quarantined} quarantined and {load.rows_duplicate} duplicate; "
            "nothing was changed: report this with the file's name"
        )


def accept_incoming(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, validation: Validation | None
) -> tuple[FileLoad, ...]:
    """Merge what `stage_export` staged into `exports.<table>`, all of it or nothing.

    Args:
        connection: the warehouse, read-write, outside a transaction.
        contract: the contract the delivery was staged with.
        validation: what the rules found; None when there was nothing new to validate. When it stops,
            the new files are recorded as refused and the previous state stays.

    Returns:
        Every file of the export as this run left it, in the order of their ids.
    """
    open_books(connection)
    connection.begin()
    try:
        loads = _accept(connection, contract, validation)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
    return loads


def _accept(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, validation: Validation | None
) -> tuple[FileLoad, ...]:
    staged = read_loads(connection, "_staged_files", table=contract.table)
    fresh = [load for load in staged if load.status in NEWS]
    others = [load for load in staged if load.status not in NEWS]
    reading, as_of = _staged_marks(connection, contract)
    if fresh:
        _write_broken_rows(connection, contract, validation.results if validation else ())
    if validation is not None and validation.stops:
        fresh = [_refused(load) for load in fresh]
        _record_quarantine(connection, contract, fresh)
    elif fresh:
        _merge(connection, contract, fresh)
        _record_quarantine(connection, contract, fresh)
        fresh = _loaded(connection, contract, fresh, reading=reading, as_of=as_of)
    loads = [*fresh, *others]
    attempts = [load for load in loads if load.status != "unchanged"]
    write_loads(connection, "files", attempts, reading=reading, as_of=as_of)
    _restore(connection, [load.file_id for load in loads if load.status == "unchanged"])
    _restore(connection, _unread_and_gone(connection, contract, {load.file_id for load in staged}))
    return tuple(sorted(loads, key=lambda load: load.file_id))


def _staged_marks(
    connection: "duckdb.DuckDBPyConnection", contract: Contract
) -> tuple[str, date | None]:
    rows = read_rows(connection, "loading.staged_marks", table=contract.table)
    return rows[0] if rows else ("", None)


def _refused(load: FileLoad) -> FileLoad:
    """All of a refused file's rows are kept out."""
    kept_out = load.rows_read - load.rows_duplicate
    return replace(load, status="refused", rows_loaded=0, rows_quarantined=kept_out)


def _write_broken_rows(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, results: Sequence[RuleResult]
) -> None:
    """List the rows that break a row rule, once per rule."""
    connection.execute(
        f"create or replace temp table {BROKEN} (source_file_id varchar, "
        "source_row_number bigint, column_name varchar, value varchar, rule varchar)"
    )
    for result in results:
        if not (result.is_row_rule and result.n_unexpected and result.failing_rows_sql):
            continue
        keep_view(connection, "_failing_rows", result.failing_rows_sql)
        shown = rows_with(incoming_table(contract), shown_value=_shown(contract, result))
        keep_view(connection, "_shown_rows", shown)
        insert_rows(
            connection, BROKEN, "loading.broken_rows",
            broken_column=result.column, rule=result.rule,
        )  # fmt: skip


def _shown(contract: Contract, result: RuleResult) -> "exp.Expr":
    """The value that broke the rule; for rules about whole rows, all but people's."""
    if result.column is not None:
        if contract.column(result.column).type in PERSON_TYPES:
            return text(MASK)
        return shown_start(_written(result.column))
    open_columns = [c.name for c in contract.columns if c.type not in PERSON_TYPES]
    named = [each for each in open_columns if each in result.expected] or open_columns[:6]
    if not named:
        return null("varchar")
    cells = (
        call("concat", f"{each}=", call("coalesce", shown(_written(each)), "null"))
        for each in named
    )
    return call("left", call("concat_ws", ", ", *cells), LONGEST_VALUE)


def _written(column: str) -> "exp.Expr":
    return cast(name(column, quoted=True), "varchar")


def _merge(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, fresh: Sequence[FileLoad]
) -> None:
    incoming, active = incoming_table(contract), export_table(contract)
    create_tables(connection, contract)
    find_moves(connection, contract, [load.file_id for load in fresh])
    connection.execute(
        f"delete from {incoming} as gone using {BROKEN} as broken "
        "where gone.source_file_id = broken.source_file_id "
        "and gone.source_row_number = broken.source_row_number"
    ).fetchall()
    note_freed_keys(connection, contract)
    remove_replaced(connection, contract)
    settle_keys(connection, contract)
    if has_rows(connection, active):
        connection.execute(f"insert into {active} by name from {incoming}").fetchall()
        connection.execute(f"drop table {incoming}")
    else:
        connection.execute(f"drop table {active}")
        connection.execute(f"alter table {incoming} rename to {quoted(contract.table)}")
    own = literal(contract.table)
    connection.execute(
        f"insert into quality.duplicates from quality._staged_duplicates where table_name = {own}"
    ).fetchall()


def _record_quarantine(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, fresh: Sequence[FileLoad]
) -> None:
    """Record what was quarantined; what an earlier delivery left goes when it is replaced."""
    for load in fresh:
        values = {"file": load.file_id, "refused": load.status == "refused"}
        connection.execute(
            "delete from quality.quarantine "
            "where source_file_id = $file and (is_refused or not $refused)",
            values,
        )
        insert_rows(
            connection, "quality.quarantine", "loading.quarantined_by_rules",
            table=contract.table, **values,
        )  # fmt: skip
        insert_rows(connection, "quality.quarantine", "loading.quarantined_by_types", **values)


def _loaded(
    connection: "duckdb.DuckDBPyConnection",
    contract: Contract,
    fresh: Sequence[FileLoad],
    *,
    reading: str,
    as_of: date | None,
) -> list[FileLoad]:
    """Count every loaded file of the table where its rows now are, and reconcile the load log."""
    fresh_ids = {load.file_id for load in fresh}
    earlier = [
        load
        for load in read_loads(connection, "loaded_files", table=contract.table)
        if load.file_id not in fresh_ids
    ]
    counts = _counts(connection, contract)
    counted = [_counted(load, counts) for load in (*fresh, *earlier)]
    for load in counted:
        if not load.is_balanced:
            raise UnbalancedBooksError(load)
    _write_counts(connection, contract, counted[len(fresh) :])
    result = counted[: len(fresh)]
    write_loads(connection, "loaded_files", result, reading=reading, as_of=as_of)
    return result


def _counts(
    connection: "duckdb.DuckDBPyConnection", contract: Contract
) -> dict[str, dict[str, int]]:
    own, counts = {"table": contract.table}, dict[str, dict[str, int]]()
    for count, table in (("active", export_table), ("rows_superseded", superseded_table)):
        rows = connection.execute(rows_per_file(table(contract))).fetchall()
        counts[count] = dict(rows)
    duplicates = read_rows(connection, "loading.duplicates_per_file", **own)
    quarantined = read_rows(connection, "loading.quarantined_per_file", **own)
    return counts | {"rows_duplicate": dict(duplicates), "rows_quarantined": dict(quarantined)}


def _counted(load: FileLoad, counts: dict[str, dict[str, int]]) -> FileLoad:
    superseded = counts["rows_superseded"].get(load.file_id, 0)
    return replace(
        load,
        rows_loaded=counts["active"].get(load.file_id, 0) + superseded,
        rows_superseded=superseded,
        rows_duplicate=counts["rows_duplicate"].get(load.file_id, 0),
        rows_quarantined=counts["rows_quarantined"].get(load.file_id, 0),
    )


def _write_counts(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, loads: Sequence[FileLoad]
) -> None:
    """Earlier files lose rows to later deliveries and gain copies that move to them; most stay as they are."""
    for book in ("loaded_files", "files"):
        held = {
            load.file_id: _counts_of(load)
            for load in read_loads(connection, book, table=contract.table)
        }
        for load in loads:
            if held.get(load.file_id) == _counts_of(load):
                continue
            connection.execute(
                f"update quality.{book} set rows_loaded = ?, rows_superseded = ?, "
                "rows_duplicate = ?, rows_quarantined = ? where file_id = ? and sha256 = ? "
                "and status in ('loaded', 'replaced')",
                [*_counts_of(load), load.file_id, load.sha256],
            )


def _counts_of(load: FileLoad) -> tuple[int, int, int, int]:
    return load.rows_loaded, load.rows_superseded, load.rows_duplicate, load.rows_quarantined


def _unread_and_gone(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, delivered: set[str]
) -> list[str]:
    """Files nobody could read that are no longer delivered: withdrawn, or delivered by another name."""
    return [
        load.file_id
        for load in read_loads(connection, "files", table=contract.table)
        if load.status == "unreadable" and load.file_id not in delivered
    ]


def _restore(connection: "duckdb.DuckDBPyConnection", file_ids: Iterable[str]) -> None:
    """What is loaded of a file is again its last state; an attempt that led to nothing is forgotten."""
    stale = read_rows(connection, "loading.stale_attempts", files=list(file_ids))
    if not stale:
        return
    values = {"files": [file_id for (file_id,) in stale]}
    stood = "where list_contains($files, file_id)"
    connection.execute(f"delete from quality.files {stood}", values).fetchall()
    connection.execute(
        f"insert into quality.files by name (from quality.loaded_files {stood})", values
    ).fetchall()

"""Brings what is new of one export into its incoming table: read, cast, cleared of duplicates.

The exports themselves are not touched; that is `accept`'s business once the delivery
has been validated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract, FileLocation
from roi_pipeline.domain.deliveries import Delivery, HashPeople, Staging
from roi_pipeline.domain.errors import DiskIsFull, NeedsAHuman, RoiError, TryAgain
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import NEWS, FileLoad, LoadStatus
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.disk import blames_full_disk
from roi_pipeline.engines.loading.account import (
    incoming_name,
    incoming_table,
    known_fingerprints,
    open_books,
    read_loads,
    reading_fingerprint,
    table_columns,
    write_loads,
)
from roi_pipeline.engines.loading.casts import Notation
from roi_pipeline.engines.loading.duplicates import set_duplicates_aside
from roi_pipeline.engines.loading.headers import header_findings, match_headers
from roi_pipeline.engines.loading.read import FileRows, read_file
from roi_pipeline.engines.loading.rejects import RejectedLine
from roi_pipeline.engines.loading.type import FAILURE_TYPE, FAILURES, Reading
from roi_pipeline.engines.queries import insert_rows, insert_values, keep_view, read_rows
from roi_pipeline.engines.sql_expressions import renamed_columns, rows_per_file

if TYPE_CHECKING:
    import duckdb


def stage_export(
    connection: "duckdb.DuckDBPyConnection",
    contract: Contract,
    deliveries: Sequence[Delivery],
    *,
    study: Study,
    hash_people: HashPeople | None = None,
    as_of: date | None = None,
) -> Staging:
    """Put the rows of new and changed files, typed, into `exports._incoming__<table>`.

    Rows with a value that is none of its type and lines that are no rows are quarantined for
    quarantine; exact duplicates are dropped and counted. What was staged before and never accepted
    is forgotten. Nothing else changes, so calling it again is harmless.

    Args:
        connection: the warehouse, read-write, outside a transaction.
        contract: what the export has to look like.
        deliveries: every file of the export, new or not, in any order.
        study: gives the time zone and what the loaded fingerprints depend on.
        hash_people: replaces raw values of people by keyed hashes; needed where a column holds any.
        as_of: day the run is evaluated as of, kept in the load log.
    """
    open_books(connection)
    known = known_fingerprints(connection, contract, study=study)
    _forget_staged(connection, contract)
    stage = _Stage(connection, contract, study, hash_people)
    for delivery in sorted(deliveries, key=lambda each: each.file_id):
        stage.take(delivery, known)
    if stage.fresh or not stage.stands_as_loaded(known):
        stage.set_failures_aside()
        set_duplicates_aside(connection, contract, [load.file_id for load in stage.fresh])
    else:
        stage.drop_failures()
    loads = stage.counted()
    fresh = [load for load in loads if load.status in NEWS]
    write_loads(
        connection,
        "_staged_files",
        loads,
        reading=reading_fingerprint(contract, study),
        as_of=as_of,
    )
    return Staging(
        table=contract.table,
        incoming_table=incoming_name(contract),
        files=tuple(loads),
        rows_read=sum(load.rows_read for load in fresh),
        rows_staged=sum(load.rows_loaded for load in fresh),
        rows_quarantined=sum(load.rows_quarantined for load in fresh),
        rows_duplicate=sum(load.rows_duplicate for load in fresh),
        findings=tuple(stage.findings),
    )


def notation_of(contract: Contract, delivery: Delivery, study: Study) -> Notation:
    """How texts of the delivery are to be taken where the contract leaves it open."""
    location = contract.location
    mark = location.decimal_mark if isinstance(location, FileLocation) else "."
    return Notation(study.timezone, mark, delivery.is_typed)


def _forget_staged(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    connection.execute("set preserve_insertion_order = true")
    for book in ("_staged_files", "_staged_quarantine", "_staged_duplicates", "_staged_repeated"):
        connection.execute(f"delete from quality.{book} where table_name = ?", [contract.table])
    empty_incoming(connection, contract)


def empty_incoming(connection: "duckdb.DuckDBPyConnection", contract: Contract) -> None:
    """The incoming table without a row; each staged row has room for what is wrong with it."""
    connection.execute(
        f"create or replace table {incoming_table(contract)} "
        f"({table_columns(contract)}, {FAILURES} {FAILURE_TYPE})"
    )


class _Stage:
    """The files of one staging as they come in."""

    def __init__(
        self,
        connection: "duckdb.DuckDBPyConnection",
        contract: Contract,
        study: Study,
        hash_people: HashPeople | None,
    ) -> None:
        self.connection, self.contract, self.study = connection, contract, study
        self.hash_people = hash_people
        self.fresh: list[FileLoad] = []
        self.others: list[FileLoad] = []
        self.findings: list[Finding] = []
        self._loaded = {
            load.file_id: load
            for load in read_loads(connection, "loaded_files", table=contract.table)
        }

    def take(self, delivery: Delivery, known: Mapping[str, str]) -> None:
        """Stage one file, or note why there is nothing to stage of it."""
        if delivery.error:
            self._note_unreadable(delivery, delivery.error)
        elif known.get(delivery.file_id) == delivery.sha256:
            self.others.append(replace(self._loaded[delivery.file_id], status="unchanged"))
        else:
            try:
                self._read(delivery)
            except RoiError as error:
                if not blames_full_disk(str(error)):
                    self._drop(delivery)
                self._note_unreadable(delivery, str(error))

    def _read(self, delivery: Delivery) -> None:
        if delivery.readable is None:
            raise NeedsAHuman(
                f"{delivery.path} was not made readable although it is not loaded; "
                "deliver it with the fingerprints that known_fingerprints gives"
            )
        match = match_headers(self.contract, delivery)
        reading = Reading(
            self.contract,
            delivery,
            str(delivery.readable),
            match,
            notation_of(self.contract, delivery, self.study),
        )
        rows = read_file(self.connection, reading, hash_people=self.hash_people)
        _refuse_changed(delivery)
        _refuse_miscounted(delivery, rows)
        self._quarantine_lines(delivery, rows.rejects)
        self.findings += [*delivery.findings, *header_findings(self.contract, delivery, match)]
        status: LoadStatus = "replaced" if delivery.file_id in self._loaded else "loaded"
        self.fresh.append(replace(_load(delivery, status), rows_read=rows.rows_read))

    def _drop(self, delivery: Delivery) -> None:
        """Take back what a file left behind before it turned out to be unreadable."""
        self.connection.execute(
            f"delete from {incoming_table(self.contract)} "
            "where source_row_number is null or source_file_id = $file",
            {"file": delivery.file_id},
        )

    def _note_unreadable(self, delivery: Delivery, error: str) -> None:
        """Record what is wrong with a file; a full disk is nothing wrong with it, and ends the loading."""
        if blames_full_disk(error):
            raise DiskIsFull(StudyPaths(Path(self.study.folder)).out, error)
        self.others.append(replace(_load(delivery, "unreadable"), error=error))
        message = Message("file_unreadable", {"file": delivery.path, "error": error})
        self.findings.append(
            Finding(
                "file_can_be_read", delivery.file_id, passed=False, severity="warn", message=message
            )
        )

    def _quarantine_lines(self, delivery: Delivery, rejects: Sequence[RejectedLine]) -> None:
        rows = [
            [
                self.contract.table, delivery.file_id, reject.number + offset, None, reject.shown,
                reject.rule, reject.reason, False,
            ]
            for reject in rejects
            for offset in range(reject.lines)
        ]  # fmt: skip
        insert_values(self.connection, "quality._staged_quarantine", rows)

    def set_failures_aside(self) -> None:
        """Move rows that carry failures to the staged quarantine, one entry per failure.

        What stays is healthy, and no longer has the column.
        """
        table = incoming_table(self.contract)
        places = {name: name for name in ("source_file_id", "source_row_number")}
        rows = renamed_columns(table, {**places, "failures": FAILURES})
        keep_view(self.connection, "_failed_rows", rows)
        own = {"table": self.contract.table}
        insert_rows(self.connection, "quality._staged_quarantine", "loading.failed_cells", **own)
        self.connection.execute(f"delete from {table} where {FAILURES} is not null").fetchall()
        self.drop_failures()

    def drop_failures(self) -> None:
        """Give the incoming table the columns of the export."""
        table = incoming_table(self.contract)
        self.connection.execute(f"alter table {table} drop column {FAILURES}")

    def stands_as_loaded(self, known: Mapping[str, str]) -> bool:
        """Whether there is an export, and all that was loaded into it was read by this contract."""
        return bool(self._loaded) and self._loaded.keys() == known.keys()

    def counted(self) -> list[FileLoad]:
        """Every file with its rows counted where they now stand."""
        if not self.fresh:
            return sorted(self.others, key=lambda load: load.file_id)
        own = {"table": self.contract.table}
        rows = self.connection.execute(rows_per_file(incoming_table(self.contract))).fetchall()
        staged: dict[str, int] = dict(rows)
        quarantined = dict(read_rows(self.connection, "loading.staged_quarantined_per_file", **own))
        duplicate = dict(read_rows(self.connection, "loading.staged_duplicates_per_file", **own))
        loads = list(self.others)
        for load in self.fresh:
            parts = [counts.get(load.file_id, 0) for counts in (staged, quarantined, duplicate)]
            loads.append(
                replace(
                    load, rows_loaded=parts[0], rows_quarantined=parts[1], rows_duplicate=parts[2]
                )
            )
            if not load.rows_read:
                self._note_empty(load)
        return sorted(loads, key=lambda load: load.file_id)

    def _note_empty(self, load: FileLoad) -> None:
        message = Message("delivery_without_rows", {"file": load.path})
        self.findings.append(
            Finding(
                "delivery_has_rows", load.file_id, passed=False, severity="warn", message=message
            )
        )


def _refuse_changed(delivery: Delivery) -> None:
    """Take no row of a file that is not any more what was fingerprinted."""
    if delivery.original is None:
        return
    try:
        found = delivery.original.stat()
    except OSError as error:
        raise TryAgain(f"{delivery.path} vanished while it was read; it is tried again") from error
    if (found.st_size, found.st_mtime_ns) != delivery.stamp:
        raise TryAgain(f"{delivery.path} changed while it was read; it is tried again")


def _refuse_miscounted(delivery: Delivery, rows: FileRows) -> None:
    """Take no row of a file from which other rows were read than it holds."""
    if delivery.records is None or rows.rows_read == delivery.records:
        return
    first = f", the first in record {rows.rejects[0].number:,}" if rows.rejects else ""
    raise NeedsAHuman(
        f"{delivery.path} holds {delivery.records:,} records, but {rows.rows_read:,} were read, "
        f"{len(rows.rejects):,} of them broken{first}; a quotation mark or line end stands where "
        "none may: correct it, or have the file delivered anew"
    )


def _load(delivery: Delivery, status: LoadStatus) -> FileLoad:
    return FileLoad(
        file_id=delivery.file_id,
        table=delivery.table,
        path=delivery.path,
        sha256=delivery.sha256,
        bytes=delivery.bytes,
        status=status,
        encoding=delivery.encoding,
    )

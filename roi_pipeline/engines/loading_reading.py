"""Runs the reading of one file: typed rows into the incoming table, people hashed, rows numbered.

The numbers come from the order in which DuckDB stores the rows, which is the file's; asking for
them while reading would make it read with one thread.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Column
from roi_pipeline.domain.deliveries import HashPeople
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.casts import quoted
from roi_pipeline.engines.loading_records import incoming_table
from roi_pipeline.engines.loading_rejects import RejectedLine, read_rejects, shifts
from roi_pipeline.engines.loading_sql import (
    PEOPLE_ROWS,
    REJECTS,
    SCANS,
    Reading,
    carrying,
    person_failure,
    raw_rows,
    typed_rows,
)

if TYPE_CHECKING:
    import duckdb

SHIFTS = "_roi_row_shifts"


@dataclass(frozen=True, slots=True)
class FileRows:
    """What one file brought: rows put into the incoming table, and lines that are no rows."""

    inserted: int
    rejects: tuple[RejectedLine, ...]

    @property
    def rows_read(self) -> int:
        """Rows and rejected lines together."""
        return self.inserted + sum(reject.lines for reject in self.rejects)


def read_file(
    connection: "duckdb.DuckDBPyConnection", reading: Reading, *, hash_people: HashPeople | None
) -> FileRows:
    """Append the file's rows to the incoming table; tell how many, and the lines that are none.

    Raises:
        NeedsAHuman: the file is not what its kind says, or there is no key to hash people with.
    """
    import duckdb

    if reading.people and hash_people is None:
        raise NeedsAHuman(
            f"{reading.contract.table} holds columns about people, but no key to hash them with; "
            "set the environment variable that people_key_variable in study.toml names"
        )
    try:
        return _read(connection, reading, hash_people)
    except duckdb.InvalidInputException as error:
        if reading.delivery.kind == "parquet" or "state machine" not in str(error):
            raise _unreadable(reading, error) from error
    except (duckdb.IOException, duckdb.ConversionException) as error:
        raise _unreadable(reading, error) from error
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.txt"
        _write_with_one_line_end(Path(reading.path), plain)
        try:
            return _read(connection, replace(reading, path=str(plain)), hash_people)
        except duckdb.InvalidInputException as error:
            raise _unreadable(reading, error) from error


def _unreadable(reading: Reading, error: Exception) -> NeedsAHuman:
    first = str(error).strip().splitlines()[0][:300]
    return NeedsAHuman(
        f"{reading.delivery.path} cannot be read as {reading.delivery.kind} ({first}); "
        "have it delivered anew, or correct [location]"
    )


def _write_with_one_line_end(path: Path, target: Path) -> None:
    """DuckDB refuses texts whose line ends are mixed."""
    with (
        path.open(encoding="utf-8", errors="surrogateescape", newline=None) as file,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as plain,
    ):
        while text := file.read(1 << 22):
            plain.write(text)


def _read(
    connection: "duckdb.DuckDBPyConnection", reading: Reading, hash_people: HashPeople | None
) -> FileRows:
    for table in (REJECTS, SCANS):
        connection.execute(f"drop table if exists temp.{table}")
    if reading.people and hash_people is not None:
        _keep_people_rows(connection, reading)
        rejects = read_rejects(connection, reading)
        _write_shifts(connection, rejects)
        inserted = _insert_hashed(connection, reading, hash_people)
    else:
        inserted = _insert(connection, reading)
        rejects = read_rejects(connection, reading)
        _write_shifts(connection, rejects)
        _number_rows(connection, reading, has_rejects=bool(rejects))
    return FileRows(inserted, rejects)


def _write_shifts(connection: "duckdb.DuckDBPyConnection", rejects: Sequence[RejectedLine]) -> None:
    import polars as pl

    frame = pl.DataFrame(
        shifts(rejects), schema={"rows_before": pl.Int64, "shift": pl.Int64}, orient="row"
    )
    connection.register("_roi_frame", frame.to_arrow())
    connection.execute(f"create or replace temp table {SHIFTS} as from _roi_frame").fetchall()
    connection.unregister("_roi_frame")


def _insert(connection: "duckdb.DuckDBPyConnection", reading: Reading) -> int:
    return connection.execute(
        f"insert into {incoming_table(reading.contract)} "
        f"select {typed_rows(reading)}, null from ({raw_rows(reading)})"
    ).fetchall()[0][0]


def _number_rows(
    connection: "duckdb.DuckDBPyConnection", reading: Reading, *, has_rejects: bool
) -> None:
    """Number the rows just inserted, which are the only ones without a number."""
    table = incoming_table(reading.contract)
    base = connection.execute(
        f"select min(rowid) from {table} where source_row_number is null"
    ).fetchall()[0][0]
    if base is None:
        return
    if not has_rejects:
        connection.execute(
            f"update {table} set source_row_number = rowid - {base} + 1 "
            "where source_row_number is null"
        ).fetchall()
        return
    connection.execute(
        f"update {table} as t set source_row_number = numbers.number from ("
        f"select fresh.id, fresh.id - {base} + 1 + coalesce(moved.shift, 0) as number "
        f"from (select rowid as id from {table} where source_row_number is null) as fresh "
        f"asof left join {SHIFTS} as moved on fresh.id - {base} >= moved.rows_before"
        ") as numbers where t.rowid = numbers.id"
    ).fetchall()


def _keep_people_rows(connection: "duckdb.DuckDBPyConnection", reading: Reading) -> None:
    """Rows with raw values of people live in a temporary table, never in the warehouse file."""
    names = [quoted(column.name) for column in reading.contract.columns]
    connection.execute(f"drop table if exists {PEOPLE_ROWS}")
    connection.execute(
        f"create temp table {PEOPLE_ROWS.removeprefix('temp.')}"
        f"({', '.join(names)}, source_file_id) as "
        f"select {typed_rows(reading)} from ({raw_rows(reading)})"
    ).fetchall()


def _insert_hashed(
    connection: "duckdb.DuckDBPyConnection", reading: Reading, hash_people: HashPeople
) -> int:
    joins, values, failures = [], {}, []
    for number, column in reading.people:
        mapping, name = f"_roi_people_{number}", f"kept.{quoted(column.name)}"
        _hash_distinct(connection, column, mapping, hash_people)
        joins.append(f"left join {mapping} on {name} = {mapping}.raw")
        values[column.name] = f"{mapping}.hashed"
        condition = f"{name} is not null and {mapping}.hashed is null"
        failures.append(person_failure(column, condition))
    selected = ", ".join(
        values.get(column.name, f"kept.{quoted(column.name)}")
        for column in reading.contract.columns
    )
    inserted = connection.execute(
        f"insert into {incoming_table(reading.contract)} "
        f"select {selected}, {carrying('kept.source_file_id', failures)}, "
        "kept._roi_row + 1 + coalesce(moved.shift, 0) "
        f"from (select rowid as _roi_row, * from {PEOPLE_ROWS}) as kept {' '.join(joins)} "
        f"asof left join {SHIFTS} as moved on kept._roi_row >= moved.rows_before"
    ).fetchall()[0][0]
    for table in (PEOPLE_ROWS, *(f"temp._roi_people_{number}" for number, _ in reading.people)):
        connection.execute(f"drop table {table}")
    return inserted


def _hash_distinct(
    connection: "duckdb.DuckDBPyConnection", column: Column, mapping: str, hash_people: HashPeople
) -> None:
    import polars as pl

    name = quoted(column.name)
    rows = connection.execute(
        f"select distinct {name} from {PEOPLE_ROWS} where {name} is not null"
    ).fetchall()
    raw = [row[0] for row in rows]
    frame = pl.DataFrame(
        {"raw": raw, "hashed": hash_people(column.type, raw)},
        schema={"raw": pl.String, "hashed": pl.String},
    )
    connection.register("_roi_frame", frame.to_arrow())
    connection.execute(f"create or replace temp table {mapping} as from _roi_frame").fetchall()
    connection.unregister("_roi_frame")

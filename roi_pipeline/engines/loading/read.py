"""Runs the reading of one file: typed rows into the incoming table, people hashed, rows numbered.

The numbers come from the order in which DuckDB stores the rows, which is the file's; asking for
them while reading would make it read with one thread.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from roi_pipeline.domain.contracts import STORED_TYPES, Column
from roi_pipeline.domain.deliveries import HashPeople
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.personal import MASK, shown_text
from roi_pipeline.engines.loading.account import column_list, incoming_table, quoted
from roi_pipeline.engines.loading.casts import native_type
from roi_pipeline.engines.loading.expressions import name, number, sql_of
from roi_pipeline.engines.loading.rejects import (
    RejectedLine,
    can_be_reread,
    read_rejects,
    row_number,
)
from roi_pipeline.engines.loading.type import (
    FAILURE_TYPE,
    FAILURES,
    PEOPLE_ROWS,
    REJECTS,
    SCANS,
    Reading,
    cells_counted,
    file_rows,
    fits_natively,
    hashed_rows,
)
from roi_pipeline.engines.queries import read_row
from roi_pipeline.engines.sql_expressions import different_texts, first_free_rowid

if TYPE_CHECKING:
    import duckdb

# Below this reading the file twice costs more than it saves.
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
LARGE_FILE = 8 << 20
SAMPLE_ROWS = 2_000


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
    if reading.delivery.kind == "parquet":
        _try_apart(reading)
    try:
        return _read(connection, reading, hash_people)
    except (duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InternalException):
        raise
    except duckdb.Error as error:
        is_mixed = isinstance(error, duckdb.InvalidInputException) and "state machine" in str(error)
        if reading.delivery.kind == "parquet" or not is_mixed:
            raise _unreadable(reading, error) from None
    with tempfile.TemporaryDirectory(dir=_own_folder(connection)) as folder:
        plain = Path(folder) / "plain.txt"
        _write_with_one_line_end(Path(reading.path), plain)
        try:
            return _read(connection, replace(reading, path=str(plain)), hash_people)
        except (duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InternalException):
            raise
        except duckdb.Error as error:
            raise _unreadable(reading, error) from None


def _own_folder(connection: "duckdb.DuckDBPyConnection") -> str | None:
    """The study's scratch folder beside the warehouse, for rows as delivered; swept after a kill."""
    (path,) = read_row(connection, "loading.own_path")
    folder = Path(path or "").parent / "scratch"
    return str(folder) if path and folder.is_dir() else None


def _try_apart(reading: Reading) -> None:
    """Read a Parquet file to its end in a database of its own first.

    Some damage ends in an internal error of DuckDB, after which that database serves nobody.

    Raises:
        NeedsAHuman: it cannot be read.
    """
    import duckdb

    with duckdb.connect() as apart:
        try:
            apart.execute(cells_counted(reading)).fetchall()
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            raise _unreadable(reading, error) from error


def _unreadable(reading: Reading, error: Exception) -> NeedsAHuman:
    """That DuckDB cannot read the file; what it quotes from the file may be a person's."""
    first = shown_text(str(error).strip().splitlines()[0])[:300]
    if reading.people:
        first = QUOTED.sub(MASK, first)
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
    """Read with DuckDB's own numbers where that is quicker, else every column as text."""
    reading = replace(reading, natives=_native_columns(connection, reading))
    store = _store_people_rows if reading.people else _store_rows
    base = _prepare(connection, reading)
    rows = store(connection, reading)
    rejects = read_rejects(connection, reading)
    if reading.natives and not can_be_reread(rejects):
        connection.execute(
            f"delete from {incoming_table(reading.contract)} where source_row_number is null"
        ).fetchall()
        reading = replace(reading, natives={})
        base = _prepare(connection, reading)
        rows = store(connection, reading)
        rejects = read_rejects(connection, reading)
    again = _read_again(connection, reading, rejects)
    if reading.people and hash_people is not None:
        _insert_hashed(
            connection,
            reading,
            hash_people,
            row_number(rejects, name("_roi_place", of="kept"), rows=rows),
        )
    else:
        place = exp.paren(exp.Sub(this=name("rowid"), expression=number(base)))
        numbered = sql_of(row_number(rejects, place, rows=rows))
        connection.execute(
            f"update {incoming_table(reading.contract)} set source_row_number = {numbered} "
            "where source_row_number is null"
        ).fetchall()
    return FileRows(rows + again, tuple(reject for reject in rejects if not reject.is_row))


def _native_columns(connection: "duckdb.DuckDBPyConnection", reading: Reading) -> dict[int, str]:
    """Columns of numbers, in a large file, whose first rows DuckDB reads by itself."""
    delivery = reading.delivery
    if delivery.kind != "csv" or delivery.has_nul_bytes or delivery.bytes < LARGE_FILE:
        return {}
    kinds = {
        number: kind
        for number in reading.places
        if (kind := native_type(reading.contract.columns[number], reading.notation))
    }
    if not kinds:
        return {}
    query = fits_natively(reading, kinds, first=SAMPLE_ROWS)
    fits = connection.execute(query).fetchall()[0]
    return {number: kind for (number, kind), fit in zip(kinds.items(), fits, strict=True) if fit}


def _prepare(connection: "duckdb.DuckDBPyConnection", reading: Reading) -> int:
    """Forget earlier rejects; return the number the next stored row will have."""
    for table in (REJECTS, SCANS):
        connection.execute(f"drop table if exists temp.{table}")
    connection.execute(f"drop table if exists {PEOPLE_ROWS}")
    if reading.people:
        return 0
    return connection.execute(first_free_rowid(incoming_table(reading.contract))).fetchall()[0][0]


def _store_rows(connection: "duckdb.DuckDBPyConnection", reading: Reading) -> int:
    own = column_list(reading.contract)
    return connection.execute(
        f"insert into {incoming_table(reading.contract)} "
        f"({own}, source_file_id, {FAILURES}) {file_rows(reading)}"
    ).fetchall()[0][0]


def _store_people_rows(connection: "duckdb.DuckDBPyConnection", reading: Reading) -> int:
    """Rows with raw values of people live in a temporary table, never in the warehouse file."""
    columns = ", ".join(
        f"{quoted(column.name)} {STORED_TYPES[column.type]}" for column in reading.contract.columns
    )
    connection.execute(
        f"create temp table if not exists {PEOPLE_ROWS.removeprefix('temp.')} "
        f"({columns}, source_file_id varchar, {FAILURES} {FAILURE_TYPE})"
    )
    return connection.execute(f"insert into {PEOPLE_ROWS} {file_rows(reading)}").fetchall()[0][0]


def _read_again(
    connection: "duckdb.DuckDBPyConnection", reading: Reading, rejects: Sequence[RejectedLine]
) -> int:
    """Read lines with unusual numbers a second time, every column as text."""
    lines = [reject.text.rstrip("\r\n") for reject in rejects if reject.is_row]
    if not lines:
        return 0
    header = reading.delivery.delimiter.join("c" for _ in reading.delivery.headers)
    with tempfile.TemporaryDirectory(dir=_own_folder(connection)) as folder:
        path = Path(folder) / "again.csv"
        path.write_text("\n".join((header, *lines, "")), "utf-8", newline="")
        delivery = replace(reading.delivery, skipped_lines=0)
        alone = replace(reading, path=str(path), delivery=delivery, natives={})
        store = _store_people_rows if reading.people else _store_rows
        return store(connection, alone)


def _insert_hashed(
    connection: "duckdb.DuckDBPyConnection",
    reading: Reading,
    hash_people: HashPeople,
    numbered: exp.Expr,
) -> None:
    for place, column in reading.people:
        _hash_distinct(connection, column, f"_roi_people_{place}", hash_people)
    connection.execute(
        f"insert into {incoming_table(reading.contract)} {hashed_rows(reading, numbered)}"
    ).fetchall()
    for table in (PEOPLE_ROWS, *(f"temp._roi_people_{place}" for place, _ in reading.people)):
        connection.execute(f"drop table {table}")


def _hash_distinct(
    connection: "duckdb.DuckDBPyConnection", column: Column, mapping: str, hash_people: HashPeople
) -> None:
    import polars as pl

    rows = connection.execute(different_texts(PEOPLE_ROWS, column.name)).fetchall()
    raw = [row[0] for row in rows]
    frame = pl.DataFrame(
        {"raw": raw, "hashed": hash_people(column.type, raw)},
        schema={"raw": pl.String, "hashed": pl.String},
    )
    connection.register("_roi_frame", frame.to_arrow())
    connection.execute(f"create or replace temp table {mapping} as from _roi_frame").fetchall()
    connection.unregister("_roi_frame")

"""The folder of Spark's tables: copies of what the loader made, and the tables Spark makes.

A copy is one Parquet file a month (small tables: one file), named by a fingerprint of its rows, so
that a night copies the months that changed. A table of Spark's is a folder that is read only once
the database names it: what a broken run left behind is never seen, and removed by the next.
"""

import hashlib
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.disk import is_name_of_full_disk
from roi_pipeline.engines.sql_expressions import copied_rows, fingerprints_by_month

if TYPE_CHECKING:
    import duckdb

SMALL_TABLE = 200_000  # rows below which a table is one file
DATED = ("DATE", "TIMESTAMP")
COPIES, TABLES = "copies", "tables"
PLAIN = frozenset({"BIGINT", "INTEGER", "DOUBLE", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP"})


@dataclass(frozen=True, slots=True)
class Lake:
    """The folder, which the driver and every worker see under the same path."""

    folder: Path

    def prepare(self) -> None:
        """Make the folder, and find out that it can be written before anything is computed.

        Raises:
            NeedsAHuman: it cannot be.
        """
        probe = self.folder / ".writable"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe.write_text("", "utf-8")
            probe.unlink()
        except OSError as error:
            raise NeedsAHuman(
                f"{self.folder}: Spark's tables cannot be written there ({error.strerror}); "
                "make the folder writable, or name another one in study.toml: engine.warehouse"
            ) from error

    def copy(self, connection: "duckdb.DuckDBPyConnection", table: str) -> list[str]:
        """Copy what has changed of a table; returns the files that now hold all its rows."""
        import duckdb

        columns = columns_of(connection, table)
        _refuse_other_types(table, columns)
        folder = self.folder / COPIES / table
        folder.mkdir(parents=True, exist_ok=True)
        dated = next((name for name, kind in columns.items() if kind in DATED), None)
        rows = connection.execute(fingerprints_by_month(table, columns, None)).fetchall()
        if dated and rows and rows[0][1] > SMALL_TABLE:
            rows = connection.execute(fingerprints_by_month(table, columns, dated)).fetchall()
        else:
            dated = None
        paths = {
            folder / f"{month or 'none'}-{_short(count, digest)}.parquet": month
            for month, count, digest in sorted(rows, key=lambda row: str(row[0]))
        }
        for path, month in paths.items():
            if path.exists():
                continue
            being_written = path.with_suffix(".tmp")
            text = copied_rows(table, dated, month)
            try:
                connection.execute(f"copy ({text}) to '{being_written}' (format parquet)")
            except duckdb.Error as error:
                being_written.unlink(missing_ok=True)
                if is_name_of_full_disk(str(error)):
                    raise
                raise NeedsAHuman(f"{folder}: {table} cannot be copied: {error}") from error
            being_written.replace(path)
        _remove(set(folder.iterdir()) - set(paths))
        return [str(path) for path in paths]

    def new_table(self, table: str) -> Path:
        """A folder for a table that Spark is about to make; it does not exist yet."""
        folder = self.folder / TABLES / table
        folder.mkdir(parents=True, exist_ok=True)
        numbers = (int(path.name) for path in folder.iterdir() if path.name.isdigit())
        return folder / str(max(numbers, default=0) + 1)

    def tables(self) -> tuple[str, ...]:
        """Tables that Spark ever made."""
        folder = self.folder / TABLES
        return tuple(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else ()

    def named_in(self, definition: str, table: str) -> Path | None:
        """The folder of a table that a view's definition names.

        Raises:
            NeedsAHuman: the folder is gone.
        """
        place = f"{self.folder / TABLES / table}/"
        if place not in definition:
            return None
        number = definition.partition(place)[2].partition("/")[0]
        folder = self.folder / TABLES / table / number
        if not folder.is_dir():
            raise NeedsAHuman(f"{folder}: the folder that holds {table} is gone; run it again")
        return folder

    def forget_tables(self, table: str, *, but: Path | None) -> None:
        """Remove the folders of a table but that one."""
        _remove(set((self.folder / TABLES / table).iterdir()) - {but})


def lake_of(engine: Engine, *, study: str, database: Path) -> Lake:
    """The lake that belongs to a database.

    A stated absolute folder may serve several: a study computed anew in a folder of its own must not
    write over the tables of the first.
    """
    folder = database.parent.parent
    if not engine.warehouse:
        return Lake(StudyPaths(folder).lake.resolve())
    if not Path(engine.warehouse).is_absolute():
        return Lake((folder / engine.warehouse).resolve())
    digest = hashlib.sha256(str(database.resolve()).encode()).hexdigest()[:12]
    return Lake(Path(engine.warehouse) / f"{study}-{digest}")


@contextmanager
def own_lake(engine: Engine, *, study: str, database: Path) -> Iterator[None]:
    """Leave nothing in a shared folder of a database that is gone after the block."""
    try:
        yield
    finally:
        if engine.is_spark:
            shutil.rmtree(
                lake_of(engine, study=study, database=database).folder, ignore_errors=True
            )


def columns_of(connection: "duckdb.DuckDBPyConnection", table: str) -> dict[str, str]:
    """Columns of a table and DuckDB's types of them."""
    return {row[0]: row[1] for row in connection.execute(f"describe {table}").fetchall()}


def _refuse_other_types(table: str, columns: Mapping[str, str]) -> None:
    for name, kind in columns.items():
        if kind not in PLAIN and not kind.startswith("DECIMAL"):
            raise NeedsAHuman(f"{table}.{name} is of type {kind}, which Spark does not keep alike")


def _short(count: int, digest: int) -> str:
    return hashlib.sha256(f"{count} {digest}".encode()).hexdigest()[:16]


def _remove(paths: Collection[Path | None]) -> None:
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

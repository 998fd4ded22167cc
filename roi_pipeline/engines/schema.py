"""Which shape the tables of a warehouse have: the version in the file, and the way forward to today's.

A migration is a file of `sql/migrations/` with its number and a sentence; the highest number is the
version this product knows. A warehouse without a version was written before there were any: version 0.
Whether a backup is made first is the caller's affair.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline import __version__
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.resources import shipped_folder

if TYPE_CHECKING:
    import duckdb

SCHEMAS = ("exports", "quality", "facts", "metrics", "effects", "roi")
VERSIONS = "quality.schema_versions"
TABLE = f"""create table if not exists {VERSIONS} (
    version integer primary key, description varchar, product varchar)"""
HEADER = re.compile(r"-- migration (\d+) — (.+)")
NAME = re.compile(r"(\d{4})_[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward: the statements that make the tables of `version - 1` those of `version`."""

    version: int
    description: str
    sql: str


class OlderWarehouse(NeedsAHuman):
    """The tables have the shape an earlier version of the product gave them."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.found, self.known = found, known
        super().__init__(
            f"{path}: found schema version {found}; this roi_pipeline ({__version__}) reads and writes "
            f"version {known}. Run `roi upgrade {path.parent.parent}`, which makes a backup first; "
            "the next run does the same by itself"
        )


class NewerWarehouse(NeedsAHuman):
    """A later version of the product wrote the tables; this one would misread them."""

    def __init__(self, path: Path, found: int, product: str, known: int) -> None:
        self.found, self.known = found, known
        super().__init__(
            f"{path}: found schema version {found}, written by roi_pipeline {product}; this one "
            f"({__version__}) knows versions up to {known}. Nothing was changed. Install roi_pipeline "
            f"{product} or later, or restore the backup made before the upgrade (`roi restore`)"
        )


@cache
def migrations() -> tuple[Migration, ...]:
    """Every migration, the first one first.

    Raises:
        NeedsAHuman: a file's name or header is wrong, or a number is missing or there twice.
    """
    return read_migrations(shipped_folder("sql") / "migrations")


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """The migrations of a folder, numbered from 1 without a gap."""
    found = [_read(path) for path in sorted(folder.glob("*.sql"))]
    numbers = [each.version for each in found]
    expected = [*range(1, len(found) + 1)]
    if numbers != expected:
        raise NeedsAHuman(
            f"{folder}: found migrations {numbers}; expected {expected}; number them so"
        )
    return tuple(found)


def _read(path: Path) -> Migration:
    sql = path.read_text("utf-8")
    header, name = HEADER.match(sql), NAME.fullmatch(path.stem)
    if header is None or name is None or int(name[1]) != int(header[1]):
        raise NeedsAHuman(
            f"{path}: found the first line {sql.partition(chr(10))[0]!r}; expected "
            "'-- migration <number> — <sentence>' in a file <number, four digits>_<what>.sql"
        )
    return Migration(int(header[1]), header[2].strip(), sql)


def known_version() -> int:
    """The version this product reads and writes."""
    return len(migrations())


def found_version(connection: "duckdb.DuckDBPyConnection") -> tuple[int, str] | None:
    """Version of the tables and the product that gave it to them; None where there are no tables.

    A warehouse with tables and no version is of version 0.
    """
    tables = read_rows(connection, "store.kept_tables", schemas=list(SCHEMAS))
    if not tables:
        return None
    if ("quality", "schema_versions") not in tables:
        return 0, ""
    rows = read_rows(connection, "store.schema_versions")
    return rows[-1] if rows else (0, "")


def require_known_version(connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    """Refuse tables of another version; give an empty warehouse the present one.

    Raises:
        OlderWarehouse: it has to be upgraded.
        NewerWarehouse: a later product wrote it.
    """
    found, known = found_version(connection), known_version()
    if found is None:
        connection.execute("begin transaction")
        _note(connection, migrations())
        connection.execute("commit")
    elif found[0] > known:
        raise NewerWarehouse(path, *found, known)
    elif found[0] < known:
        raise OlderWarehouse(path, found[0], known)


def migrate(connection: "duckdb.DuckDBPyConnection") -> tuple[Migration, ...]:
    """Bring the tables to the present version: every step or none.

    Raises:
        NeedsAHuman: a statement cannot run; the tables are as they were.
    """
    import duckdb

    found = found_version(connection)
    due = migrations()[found[0] if found else 0 :]
    connection.execute("begin transaction")
    try:
        for each in due:
            connection.execute(each.sql).fetchall()
        _note(connection, due)
    except duckdb.Error as error:
        connection.execute("rollback")
        first = str(error).partition("\n")[0]
        raise NeedsAHuman(
            f"the warehouse cannot be upgraded ({first}); it is as it was. Run the version of "
            "roi_pipeline that wrote it, or move the file away: the next run builds it anew"
        ) from error
    connection.execute("commit")
    return due


def _note(connection: "duckdb.DuckDBPyConnection", done: tuple[Migration, ...]) -> None:
    connection.execute(TABLE)
    for each in done:
        connection.execute(
            f"insert into {VERSIONS} values (?, ?, ?)",
            [each.version, each.description, __version__],
        )

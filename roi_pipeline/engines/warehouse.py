"""The DuckDB file of a study: opened by one writer, read by everyone through a published copy.

`Warehouse.open()` yields a plain connection; every other module of this room takes one. Tables are
made whole (`create or replace table`), commented from the SQL catalogue and checked for their grain.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from roi_pipeline.domain.contracts import STORED_TYPES, Column, Contract
from roi_pipeline.domain.errors import NeedsAHuman, TryAgain
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.schema import SCHEMAS, migrate, require_known_version
from roi_pipeline.engines.sql_catalogue import SqlCatalogue, SqlFile
from roi_pipeline.engines.sql_expressions import all_rows, repeated_keys, row_count
from roi_pipeline.engines.steps import forget_step

if TYPE_CHECKING:
    import duckdb
    import polars as pl

MAY_REACH_OUTSIDE = "select current_setting('enable_external_access')"
Parameter = str | int | float | date
# What `Warehouse.open` yields, for rooms that pass it on without importing the database.
Connection: TypeAlias = "duckdb.DuckDBPyConnection"
# Files to keep open, each with the connection that does so once it was first wanted.
_kept_open = dict[Path, "duckdb.DuckDBPyConnection | None"]()


@dataclass(frozen=True, slots=True)
class BuiltTable:
    """Result of one SQL file in one run."""

    table: str
    rows: int
    columns: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Warehouse:
    """The database file of a study.

    Attributes:
        path: the file that one process at a time writes.
        published: the read-only copy that analysts keep open.
        threads: worker threads; results do not depend on it.
    """

    path: Path
    published: Path
    threads: int | None = None
    memory_limit: str | None = None

    @contextmanager
    def open(self, *, reaches_outside: bool = False) -> Iterator["duckdb.DuckDBPyConnection"]:
        """A read-write connection with every schema in place, closed whatever happens.

        Args:
            reaches_outside: files are read through it, which one kept open may not be allowed any more.

        Raises:
            OlderWarehouse: its tables have an earlier shape, and `upgrade` was not called.
            NewerWarehouse: a later version of the product wrote it.
            TryAgain: another process has it open.
        """
        if self.path not in _kept_open:
            with self._connected() as connection:
                yield connection
            return
        if reaches_outside and _is_shut(self._kept()):
            self._let_go()
        connection = self._kept().cursor()
        try:
            yield connection
        except BaseException:
            if _is_lost(connection):
                self._let_go()
            raise
        finally:
            connection.close()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Let `open` find the file open for as long as the block lasts: each time costs 35 ms otherwise.

        Other processes can open it when the block has ended.
        """
        if self.path in _kept_open:
            yield
            return
        _kept_open[self.path] = None
        try:
            yield
        finally:
            try:
                self._let_go()
            finally:
                del _kept_open[self.path]

    def settle(self) -> None:
        """Bring what a killed run left in the write-ahead log into the file, whatever its version."""
        self._connect(is_checked=False).close()

    def upgrade(self) -> None:
        """Bring tables of an earlier shape to the present one; back the study up before.

        Raises:
            NeedsAHuman: a migration cannot run; the tables are as they were.
        """
        connection = self._connect(is_checked=False)
        try:
            migrate(connection)
            require_known_version(connection, self.path)
        finally:
            connection.close()

    def _kept(self) -> "duckdb.DuckDBPyConnection":
        kept = _kept_open[self.path]
        if kept is None:
            kept = _kept_open[self.path] = self._connect()
        return kept

    def _let_go(self) -> None:
        kept, _kept_open[self.path] = _kept_open[self.path], None
        if kept is not None:
            kept.close()

    @contextmanager
    def _connected(self) -> Iterator["duckdb.DuckDBPyConnection"]:
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self, *, is_checked: bool = True) -> "duckdb.DuckDBPyConnection":
        import duckdb

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = duckdb.connect(str(self.path), config=self.config())
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise
            raise TryAgain(
                f"the warehouse {self.path.name} is open in another process; "
                "let that run finish, or read the published copy beside it"
            ) from error
        try:
            for schema in SCHEMAS:
                connection.execute(f"create schema if not exists {schema}")
            if is_checked:
                require_known_version(connection, self.path)
        except BaseException:
            connection.close()
            raise
        return connection

    def config(self) -> dict[str, str | bool | int | float | list[str]]:
        """What the file is opened with; a second connection must use the same."""
        config: dict[str, str | bool | int | float | list[str]] = {}
        if self.threads is not None:
            config["threads"] = self.threads
        if self.memory_limit is not None:
            config["memory_limit"] = self.memory_limit
        return config

    def publish(self) -> Path:
        """Replace the published copy by the present state, atomically.

        The file itself is copied, everything in it: writing every table anew takes ten times as long.
        """
        temporary = self.published.with_suffix(".tmp")
        with self.open() as connection:
            connection.execute("force checkpoint")
        try:
            shutil.copyfile(self.path, temporary)
            temporary.replace(self.published)
        finally:
            temporary.unlink(missing_ok=True)
        return self.published


def shut_outside(connection: "duckdb.DuckDBPyConnection") -> None:
    """Let nothing that runs on this database reach a file or the network any more.

    What a study brings as SQL runs behind this. DuckDB knows no way back before the last connection
    to the database is closed, so whatever reads exports comes first.
    """
    connection.execute("set enable_external_access = false")


def _is_shut(connection: "duckdb.DuckDBPyConnection") -> bool:
    ((may_reach,),) = connection.execute(MAY_REACH_OUTSIDE).fetchall()
    return not may_reach


def _is_lost(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Whether DuckDB gave the database up, as it does when a commit finds the disk full."""
    import duckdb

    try:
        connection.execute("select 1").fetchall()
    except duckdb.Error:
        return True
    return False


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def create_macros(connection: "duckdb.DuckDBPyConnection", catalogue: SqlCatalogue) -> None:
    """Define the shared SQL expressions of `sql/macros/`."""
    for macro in catalogue.macros:
        connection.execute(macro)


def supply_missing_exports(
    connection: "duckdb.DuckDBPyConnection",
    *,
    needed: Iterable[str],
    standard_contracts: Mapping[str, Contract],
) -> None:
    """Create optional export tables that this study lacks, empty and typed, so that SQL can run."""
    for name in sorted(needed):
        contract = standard_contracts.get(name.removeprefix("exports."))
        if contract is not None:
            columns = ", ".join(_declared(column) for column in contract.columns)
            connection.execute(
                f"create table if not exists {name} "
                f"({columns}, source_file_id varchar, source_row_number bigint)"
            )


def add_standard_columns(connection: "duckdb.DuckDBPyConnection", standard: Contract) -> None:
    """Add the columns of the standard contract that the study's own contract does not have."""
    for column in standard.columns:
        connection.execute(
            f"alter table exports.{standard.table} add column if not exists {_declared(column)}"
        )


def _declared(column: Column) -> str:
    return f'"{column.name}" {STORED_TYPES[column.type]}'


def build_table(
    connection: "duckdb.DuckDBPyConnection", file: SqlFile, parameters: Mapping[str, Parameter]
) -> BuiltTable:
    """Run one SQL file and make its table; refuse it when its grain is not unique.

    Raises:
        NeedsAHuman: the SQL cannot run, a parameter is unknown, or the grain repeats.
    """
    import duckdb

    given = {name: parameters[name] for name in file.parameters if name in parameters}
    shut_outside(connection)
    forget_step(connection, file.table)
    try:
        connection.execute(f"create or replace table {file.table} as\n{file.sql}", given).fetchall()
    except duckdb.Error as error:
        raise NeedsAHuman(f"sql/{file.path} cannot run: {error}") from error
    _refuse_repeated_grain(connection, file)
    comment_table(connection, file)
    return describe_table(connection, file.table, file.columns)


def comment_table(
    connection: "duckdb.DuckDBPyConnection", file: SqlFile, *, kind: str = "table"
) -> None:
    """Put the header and the comments of a file on its table, or on the view in its place."""
    connection.execute(f"comment on {kind} {file.table} is '{_quoted(file.description)}'")
    for name, comment in file.columns.items():
        connection.execute(f"comment on column {file.table}.\"{name}\" is '{_quoted(comment)}'")


def describe_table(
    connection: "duckdb.DuckDBPyConnection", table: str, comments: Mapping[str, str] | None = None
) -> BuiltTable:
    """Row count and columns (name, type, comment) of a table."""
    described = connection.execute(f"describe {table}").fetchall()
    comments = comments or {}
    columns = tuple((row[0], row[1], comments.get(row[0], "")) for row in described)
    return BuiltTable(table, count_rows(connection, table), columns)


def offending_rows(
    connection: "duckdb.DuckDBPyConnection",
    file: SqlFile,
    parameters: Mapping[str, Parameter],
    *,
    limit: int = 10,
) -> tuple[tuple[str, ...], Sequence[tuple[object, ...]], int]:
    """Run a check: column names, its first rows and how many there are; none means healthy."""
    given = {name: parameters[name] for name in file.parameters if name in parameters}
    connection.execute(f"create or replace temp table _offending as\n{file.sql}", given).fetchall()
    names, rows = preview(connection, "_offending", limit=limit)
    return names, rows, count_rows(connection, "_offending")


def _refuse_repeated_grain(connection: "duckdb.DuckDBPyConnection", file: SqlFile) -> None:
    repeated = connection.execute(repeated_keys(file.table, file.grain)).fetchall()[0]
    if repeated[0]:
        raise NeedsAHuman(
            f"{file.table}: {repeated[0]} values of its grain ({', '.join(file.grain)}) repeat, "
            f"{repeated[1]} rows too many; correct sql/{file.path} or the key of its exports"
        )


def write_frame(connection: "duckdb.DuckDBPyConnection", table: str, frame: "pl.DataFrame") -> int:
    """Make `table` from a Polars frame; returns the number of rows."""
    forget_step(connection, table)
    connection.register("_incoming_frame", frame.to_arrow())
    connection.execute(f"create or replace table {table} as {all_rows('_incoming_frame')}")
    connection.unregister("_incoming_frame")
    return frame.height


def count_rows(connection: "duckdb.DuckDBPyConnection", table: str) -> int:
    """Number of rows of a table."""
    return int(connection.execute(row_count(table)).fetchall()[0][0])


def preview(
    connection: "duckdb.DuckDBPyConnection", table: str, *, limit: int = 5
) -> tuple[tuple[str, ...], Sequence[tuple[object, ...]]]:
    """Column names and the first rows of a table, for people to look at."""
    cursor = connection.execute(all_rows(table, limit=limit))
    names = tuple(column[0] for column in cursor.description or ())
    return names, cursor.fetchall()


def table_exists(connection: "duckdb.DuckDBPyConnection", table: str) -> bool:
    """Whether `schema.name` exists."""
    schema, name = table.split(".", 1)
    return name in table_names(connection, schema)


def table_names(connection: "duckdb.DuckDBPyConnection", schema: str) -> frozenset[str]:
    """Names of the tables of a schema."""
    return frozenset(row[0] for row in read_rows(connection, "store.tables", schema=schema))


def column_names(connection: "duckdb.DuckDBPyConnection", table: str) -> tuple[str, ...]:
    """Names of the columns of a table."""
    return tuple(row[0] for row in connection.execute(f"describe {table}").fetchall())

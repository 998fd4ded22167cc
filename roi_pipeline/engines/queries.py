"""Runs the files of `sql/` that ask something instead of making a table that stays.

`sql/panels/volume.sql` is the query `panels.volume`. Its rows come back in the order of its grain;
kept for the next query, they stand in the temporary table `_panels_volume`. A file takes of the
values given those whose `$parameters` it names.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.engines.sql_catalogue import SqlFile, read_query_files
from roi_pipeline.engines.sql_expressions import all_rows
from roi_pipeline.resources import shipped_folder

if TYPE_CHECKING:
    import duckdb


ROWS_A_STATEMENT = 500


@cache
def _files() -> dict[str, SqlFile]:
    return read_query_files(shipped_folder("sql"))


def query_file(name: str) -> SqlFile:
    """The file of a query."""
    files = _files()
    if name not in files:
        raise UnknownName("query", name, files)
    return files[name]


def read_rows(
    connection: "duckdb.DuckDBPyConnection", name: str, /, **values: object
) -> list[tuple[Any, ...]]:
    """Every row of a query, in the order of its grain."""
    file = query_file(name)
    return connection.execute(in_order(file), _wanted(file, values)).fetchall()


def read_row(
    connection: "duckdb.DuckDBPyConnection", name: str, /, **values: object
) -> tuple[Any, ...]:
    """The row of a query that always has exactly one."""
    (row,) = read_rows(connection, name, **values)
    return row


def keep_rows(connection: "duckdb.DuckDBPyConnection", name: str, /, **values: object) -> str:
    """Keep the rows of a query in its temporary table, in the order of its grain; returns its name."""
    return _kept(connection, query_file(name), in_order(query_file(name)), values)


def keep_rows_in_any_order(
    connection: "duckdb.DuckDBPyConnection", name: str, /, **values: object
) -> str:
    """Keep many rows that only exact sums are taken of; returns the table's name."""
    return _kept(connection, query_file(name), query_file(name).sql, values)


def _kept(
    connection: "duckdb.DuckDBPyConnection", file: SqlFile, sql: str, values: dict[str, object]
) -> str:
    table = temporary_table(file.table)
    statement = f"create or replace temp table {table} as\n{sql}"
    connection.execute(statement, _wanted(file, values)).fetchall()
    return table


def insert_rows(
    connection: "duckdb.DuckDBPyConnection", table: str, name: str, /, **values: object
) -> None:
    """Append the rows of a query to a table whose columns are those of the query, in their order."""
    kept = keep_rows(connection, name, **values)
    if has_rows(connection, kept):
        connection.execute(f"insert into {table} from {kept}").fetchall()
    drop_kept(connection, name)


def insert_values(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    rows: Sequence[Sequence[object]],
    *,
    columns: Sequence[str] = (),
    replaces: bool = False,
) -> None:
    """Append rows of values, many to a statement.

    One statement a row commits, and waits for the disk, a row: 1,000 rows take eighteen times as long.

    Args:
        connection: the database.
        table: its name as SQL reads it.
        rows: as many values each as the table, or `columns`, has.
        columns: in the order of the values, where they are not all of the table's.
        replaces: whether a row takes the place of the one with its primary key.
    """
    verb = "insert or replace" if replaces else "insert"
    into = f"{verb} into {table} ({', '.join(columns)})" if columns else f"{verb} into {table}"
    for start in range(0, len(rows), ROWS_A_STATEMENT):
        part = rows[start : start + ROWS_A_STATEMENT]
        marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in part)
        values = [value for row in part for value in row]
        connection.execute(f"{into} values {marks}", values).fetchall()


def has_rows(connection: "duckdb.DuckDBPyConnection", table: str) -> bool:
    """Whether a table has a row; ask it of the rows before they are inserted.

    In DuckDB 2.0.0 an INSERT of no rows, followed in the same transaction by one of 122,880 rows or
    more into the same table with several threads, makes the latter's rows vanish without an error
    (tests/unit/engines/test_queries.py shows it).
    """
    return bool(connection.execute(all_rows(table, limit=1)).fetchall())


def keep_query_as_view(connection: "duckdb.DuckDBPyConnection", name: str) -> None:
    """Let the next queries read one without parameters as `_<folder>_<name>`, without keeping its rows."""
    file = query_file(name)
    keep_view(connection, temporary_table(file.table), file.sql)


def keep_view(connection: "duckdb.DuckDBPyConnection", name: str, sql: str) -> None:
    """Give a generated SELECT the name that query files read it by."""
    connection.execute(f"create or replace temp view {name} as {sql}")


def drop_kept(connection: "duckdb.DuckDBPyConnection", *names: str) -> None:
    """Forget what `keep_rows` kept."""
    for name in names:
        connection.execute(f"drop table if exists {temporary_table(name)}")


def temporary_table(name: str) -> str:
    """The temporary table a query is kept in.

    >>> temporary_table("matching.cells")
    '_matching_cells'
    """
    return f"_{name.replace('.', '_')}"


def in_order(file: SqlFile) -> str:
    """The text of a query whose rows come in the order of its grain."""
    order = ", ".join(f'"{column}"' for column in file.grain)
    return f"{file.sql}\norder by {order}" if order else file.sql


def _wanted(file: SqlFile, values: dict[str, object]) -> dict[str, object]:
    missing = sorted(set(file.parameters) - set(values))
    if missing:
        raise UnknownName(f"value for sql/{file.path}", missing[0], values)
    return {name: values[name] for name in file.parameters}

"""Runs one case of a SQL file on tables in memory: rows given, rows that must come out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.warehouse import Parameter, column_names

if TYPE_CHECKING:
    import duckdb

Row = Mapping[str, object]


def case_fault(
    connection: "duckdb.DuckDBPyConnection",
    file: SqlFile,
    given: Mapping[str, Sequence[Row]],
    expect: Sequence[Row],
    parameters: Mapping[str, Parameter],
) -> str | None:
    """What differs from what is expected; None when nothing does. The tables are as before after it."""
    import duckdb

    connection.execute("begin")
    try:
        for table, rows in given.items():
            _fill(connection, table, rows)
        needed = {name: parameters[name] for name in file.parameters if name in parameters}
        cursor = connection.execute(file.sql, needed)
        names = [column[0] for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    finally:
        connection.execute("rollback")
    return _difference(found, expect, names)


def _fill(connection: "duckdb.DuckDBPyConnection", table: str, rows: Sequence[Row]) -> None:
    from sqlglot import exp

    connection.execute(exp.delete(exp.to_table(table)).sql(dialect="duckdb"))
    known = set(column_names(connection, table))
    for row in rows:
        columns = [exp.to_identifier(name, quoted=True) for name in row if name in known]
        values = exp.Tuple(expressions=[exp.Placeholder() for _ in columns])
        statement = exp.insert(
            exp.Values(expressions=[values]), exp.to_table(table), columns=columns
        )
        connection.execute(
            statement.sql(dialect="duckdb"), [row[name] for name in row if name in known]
        )


def _difference(found: Sequence[Row], expect: Sequence[Row], names: Sequence[str]) -> str | None:
    """Rows compared as text, by the columns the case names."""
    columns = list(dict.fromkeys(name for row in expect for name in row))
    if absent := [name for name in columns if name not in names]:
        return f"no column {', '.join(absent)}; the file makes {', '.join(names)}"
    ours, theirs = (
        sorted(tuple(_plain(row.get(name)) for name in columns) for row in rows)
        for rows in (found, expect)
    )
    if ours == theirs:
        return None
    shown = "; ".join(", ".join(row) for row in ours[:3]) or "no row"
    wanted = "; ".join(", ".join(row) for row in theirs[:3]) or "no row"
    return f"{', '.join(columns)}: found {shown}; expected {wanted}"


def _plain(value: object) -> str:
    """1, 1.0 and a decimal 1.0000 are the same number."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{float(value):.9g}"
    return str(value)

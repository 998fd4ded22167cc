"""Tries SQL on empty tables in memory: what cannot be bound or run there cannot run on the exports.

Nothing here touches a study's own database.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from roi_pipeline.engines.schema import SCHEMAS
from roi_pipeline.engines.sql_catalogue import ANSI, SqlFile
from roi_pipeline.engines.warehouse import Parameter, shut_outside

if TYPE_CHECKING:
    import duckdb

LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)
NAME = re.compile(
    r'(?:Referenced column|have a column named) "([^"]+)"|with name (\S+) does not exist'
)
NEAR = re.compile(r"(?:Candidate bindings:|Did you mean)(.*)")
QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class SqlFault:
    """Why a SQL file cannot run.

    Attributes:
        line: of the file; 0 when the database names none.
        name: the column or table nothing answers to; empty for other faults.
        near: names the database takes for what was meant.
    """

    message: str
    line: int = 0
    name: str = ""
    near: tuple[str, ...] = ()


@contextmanager
def empty_warehouse() -> Iterator["duckdb.DuckDBPyConnection"]:
    """A database in memory with the schemas of a warehouse and no table."""
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        for schema in SCHEMAS:
            connection.execute(f"create schema {schema}")
        yield connection
    finally:
        connection.close()


def rehearse(
    connection: "duckdb.DuckDBPyConnection", file: SqlFile, parameters: Mapping[str, Parameter]
) -> SqlFault | None:
    """Make the file's table (a check's among the others) on what is there; None when it runs."""
    import duckdb

    given = {name: parameters[name] for name in file.parameters if name in parameters}
    shut_outside(connection)
    table = "_rehearsed_check" if file.is_check else file.table
    try:
        connection.execute(f"create or replace table {table} as\n{file.sql}", given).fetchall()
    except duckdb.Error as error:
        return _fault(str(error))
    return None


def rehearse_condition(
    connection: "duckdb.DuckDBPyConnection", table: str, sql: str
) -> SqlFault | None:
    """Read a text as one condition on a row of the table, and bind it there; None when it is one."""
    import duckdb
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(sql, read="duckdb")
    except SqlglotError as error:
        return SqlFault(ANSI.sub("", str(error)).partition("\n")[0])
    (tree, *more) = trees
    if more or not isinstance(tree, exp.Condition):
        return SqlFault("It is more than a condition, or none")
    if tree.find(exp.Query, exp.Table):
        return SqlFault("It reads rows of its own")
    shut_outside(connection)
    query = exp.select(tree).from_(table).where(tree)  # neither an aggregate nor a window is let in
    try:
        (kind,) = connection.sql(query.sql("duckdb")).types
    except duckdb.Error as error:
        return replace(_fault(str(error)), line=0)
    return None if kind == "BOOLEAN" else SqlFault(f"Its type is {kind}")


def _fault(text: str) -> SqlFault:
    line, name, near = LINE.search(text), NAME.search(text), NEAR.search(text)
    return SqlFault(
        message=text.partition("\n")[0],
        line=int(line[1]) - 1 if line else 0,  # the statement begins a line above the file
        name=(name[1] or name[2]) if name else "",
        near=tuple(each.rpartition(".")[2] for each in QUOTED.findall(near[1])) if near else (),
    )

"""Makes one table of the warehouse by Spark: copies what it reads, translates its file, names the result.

Facts stay where Spark wrote them and are views of the database; the daily tables, which everything
from effects on reads over and over, come back whole. Nothing names a table before it is written and
its grain was found unique, so that a run that fails leaves the tables of the one before.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import DiskIsFull, NeedsAHuman, RoiError, TryAgain
from roi_pipeline.engines.disk import is_name_of_full_disk
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.spark.constructs import refuse_constructs
from roi_pipeline.engines.spark.dialect import Macro, read_macros, spark_type, to_spark, view_name
from roi_pipeline.engines.spark.lake import Lake, columns_of
from roi_pipeline.engines.spark.session import first_sentence, session_of
from roi_pipeline.engines.sql_catalogue import SqlCatalogue, SqlFile
from roi_pipeline.engines.sql_expressions import columns_as, files_of_folder, repeated_keys
from roi_pipeline.engines.warehouse import (
    BuiltTable,
    Parameter,
    comment_table,
    describe_table,
    shut_outside,
)

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import DataFrame, SparkSession  # pyright: ignore[reportMissingImports] - an extra

KEPT_HERE = "metrics."  # small enough to come back
FAILED_TASKS = ("executor", "task", "lost", "connection", "network", "heartbeat", "stopped")


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Spark for one study: its settings, its folder of tables, its shared expressions."""

    engine: Engine
    lake: Lake
    macros: Mapping[str, Macro]

    @classmethod
    def of(cls, engine: Engine, lake: Lake, catalogue: SqlCatalogue) -> "SparkEngine":
        """With the macros of a catalogue."""
        return cls(engine, lake, read_macros(catalogue.macros))


def let_read(connection: "duckdb.DuckDBPyConnection", lake: Lake) -> None:
    """Let the database read the lake, and nothing else outside, before its doors are shut."""
    (is_open,) = connection.execute("select current_setting('enable_external_access')").fetchall()[
        0
    ]
    if is_open:
        connection.execute("set allowed_directories = [$lake]", {"lake": f"{lake.folder}/"})
    shut_outside(connection)


def build_on_spark(
    connection: "duckdb.DuckDBPyConnection",
    file: SqlFile,
    parameters: Mapping[str, Parameter],
    spark: SparkEngine,
) -> BuiltTable:
    """Run one SQL file on Spark and make its table; refuse it when its grain is not unique.

    Raises:
        NeedsAHuman: a construct has no place on Spark, the SQL cannot run, or the grain repeats.
        TryAgain: the cluster was lost.
    """
    refuse_constructs(file, frozenset(spark.macros))
    given = {name: parameters[name] for name in file.parameters if name in parameters}
    types = {table: columns_of(connection, table) for table in file.inputs}
    result = _result_types(connection, file, given)
    text = to_spark(file, spark.macros, types=types, result=result)
    session = session_of(spark.engine, spark.lake.folder)
    place = spark.lake.new_table(file.table)
    try:
        for table, columns in types.items():
            _read(session, spark.lake, connection, table, columns)
        session.sql(text, args=given).write.parquet(str(place))
        written = _frame(session, [str(place)], result)
        written.createOrReplaceTempView(view_name(file.table))
        _refuse_repeated_grain(session, file)
    except RoiError:
        raise
    except Exception as error:
        raise _named(error, file, spark) from error
    _name_table(connection, file.table, place, result)
    comment_table(connection, file, kind="table" if _comes_back(file.table) else "view")
    return describe_table(connection, file.table, file.columns)


def _result_types(
    connection: "duckdb.DuckDBPyConnection", file: SqlFile, given: Mapping[str, Parameter]
) -> dict[str, str]:
    """Names and types of the file's columns as DuckDB has them, without running it."""
    import duckdb

    try:
        rows = connection.execute(f"describe {file.sql}", dict(given)).fetchall()
    except duckdb.Error as error:
        raise NeedsAHuman(f"sql/{file.path} cannot run: {error}") from error
    return {row[0]: row[1] for row in rows}


def _read(
    session: "SparkSession",
    lake: Lake,
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    columns: Mapping[str, str],
) -> None:
    """Let Spark read a table by its name: as Spark made it, else a copy of what DuckDB holds."""
    view = views_of(connection, table.partition(".")[0]).get(table)
    made = lake.named_in(view, table) if view else None
    paths = [str(made)] if made else lake.copy(connection, table)
    _frame(session, paths, columns).createOrReplaceTempView(view_name(table))


def _frame(session: "SparkSession", paths: list[str], columns: Mapping[str, str]) -> "DataFrame":
    schema = ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in columns.items())
    return session.read.schema(schema).parquet(*paths)


def views_of(connection: "duckdb.DuckDBPyConnection", schema: str) -> dict[str, str]:
    """Tables of a schema that the database sees through a view, with what makes the view."""
    rows = read_rows(connection, "store.views", schema=schema)
    return {f"{schema}.{name}": definition for name, definition in rows}


def forget_unnamed_tables(connection: "duckdb.DuckDBPyConnection", lake: Lake) -> None:
    """Remove what Spark wrote and no view names any more; the published copy is of this state."""
    views = {**views_of(connection, "facts"), **views_of(connection, "metrics")}
    for table in lake.tables():
        lake.forget_tables(table, but=lake.named_in(views.get(table, ""), table))


def _refuse_repeated_grain(session: "SparkSession", file: SqlFile) -> None:
    import sqlglot

    text = repeated_keys(view_name(file.table), file.grain)
    (row,) = session.sql(sqlglot.transpile(text, read="duckdb", write="spark")[0]).collect()
    if row[0]:
        raise NeedsAHuman(
            f"{file.table}: {row[0]} values of its grain ({', '.join(file.grain)}) repeat, "
            f"{row[1]} rows too many; correct sql/{file.path} or the key of its exports"
        )


def _comes_back(table: str) -> bool:
    return table.startswith(KEPT_HERE)


def _name_table(
    connection: "duckdb.DuckDBPyConnection", table: str, place: Path, result: Mapping[str, str]
) -> None:
    """Let the database know the table under its name: whole, or as a view of what Spark wrote."""
    text = columns_as(result, files_of_folder(str(place)))
    kind = "table" if _comes_back(table) else "view"
    forget_table(connection, table, kind="view" if kind == "table" else "table")
    connection.execute(f"create or replace {kind} {table} as {text}")


def forget_table(connection: "duckdb.DuckDBPyConnection", table: str, *, kind: str) -> None:
    """Drop what stands under a name if it is of that kind: the other engine made it."""
    import duckdb

    with suppress(duckdb.CatalogException):
        connection.execute(f"drop {kind} if exists {table}")


def _named(error: Exception, file: SqlFile, spark: SparkEngine) -> RoiError:
    """What to do about an error of Spark's."""
    from py4j.protocol import Py4JNetworkError  # pyright: ignore[reportMissingImports] - an extra
    from pyspark.errors import AnalysisException, ParseException  # pyright: ignore[reportMissingImports] - an extra

    said = first_sentence(error)
    if is_name_of_full_disk(str(error)):
        return DiskIsFull(spark.lake.folder, said)
    if isinstance(error, (AnalysisException, ParseException)):
        return NeedsAHuman(f"sql/{file.path} cannot run on Spark: {said}")
    if isinstance(error, (Py4JNetworkError, ConnectionError)):
        return TryAgain(f"Spark was lost while it made {file.table}; start the run again")
    if any(word in said.lower() for word in ("permission denied", "mkdirs failed", "filenotfound")):
        return NeedsAHuman(
            f"{spark.lake.folder}: Spark cannot use it for {file.table} ({said}); every worker has "
            "to see and write this folder (study.toml: engine.warehouse)"
        )
    if any(word in said.lower() for word in FAILED_TASKS):
        return TryAgain(f"Spark could not finish {file.table}: {said}")
    return NeedsAHuman(f"sql/{file.path} cannot run on Spark: {said}")

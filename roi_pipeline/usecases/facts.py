"""Facts and metrics: which SQL files a study can build, and building one of them with what it lacks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.declared_tables import declared_files
from roi_pipeline.engines.queries import read_row
from roi_pipeline.engines.questions.attribution import rules_frame
from roi_pipeline.engines.spark.building import (
    SparkEngine,
    build_on_spark,
    forget_table,
    forget_unnamed_tables,
    let_read,
)
from roi_pipeline.engines.spark.lake import lake_of
from roi_pipeline.engines.sql_catalogue import SqlCatalogue, SqlFile, read_sql_catalogue
from roi_pipeline.engines.steps import Step, keep_step
from roi_pipeline.engines.warehouse import (
    BuiltTable,
    Connection,
    Warehouse,
    add_standard_columns,
    build_table,
    create_macros,
    describe_table,
    offending_rows,
    preview,
    supply_missing_exports,
    table_exists,
    write_frame,
)
from roi_pipeline.resources import shipped_folder
from roi_pipeline.usecases.sql_readings import recall_readings
from roi_pipeline.usecases.studies import STUDIES_KEPT, Stamp, stamp_of
from roi_pipeline.usecases.unchanged import (
    base_of,
    fingerprint,
    keep_value,
    result_that_stands,
    sql_step,
    table_steps,
    value_that_stands,
)

if TYPE_CHECKING:
    import polars as pl


FrameMaker = Callable[[Study, Window], "pl.DataFrame"]


def _calendar(study: Study, window: Window) -> "pl.DataFrame":
    from roi_pipeline.transforms.calendar import build_calendar

    return build_calendar(window, country=study.country)


def _exchange_rates(study: Study, window: Window) -> "pl.DataFrame":
    from roi_pipeline.transforms.currency import build_exchange_rates

    return build_exchange_rates(study.rates, window)


def _exchange_rate_findings(frame: "pl.DataFrame") -> tuple[Finding, ...]:
    from roi_pipeline.transforms.currency import exchange_rate_findings

    return exchange_rate_findings(frame)


def _attribution_rules(study: Study, _: Window) -> "pl.DataFrame":
    return rules_frame(study.modules)


# Findings on a table that Polars made, as a check of its asset.
FINDINGS: Mapping[str, tuple[str, Callable[["pl.DataFrame"], tuple[Finding, ...]]]] = {
    "facts.exchange_rates": ("every_day_has_its_own_exchange_rate", _exchange_rate_findings)
}


FRAMES: Mapping[str, tuple[str, FrameMaker]] = {
    "facts.attribution_rules": ("one row per module and outcome its actions may claim", _attribution_rules),
    "facts.calendar": ("one row per day, with weekends, holidays and shopping festivals", _calendar),
    "facts.exchange_rates": ("one row per currency and day, to the study's currency", _exchange_rates),
}  # fmt: skip


def catalogue_of(study: Study) -> SqlCatalogue:
    """The product's SQL and the study's own beside it, read again when the study has changed."""
    declared = declared_files(study.metrics.values(), study.contracts)
    return _catalogue_as_of(str(study.folder), stamp_of(str(study.folder)), tuple(declared))


@lru_cache(maxsize=STUDIES_KEPT)
def _catalogue_as_of(folder: str, _: Stamp, declared: tuple[SqlFile, ...]) -> SqlCatalogue:
    written = read_sql_catalogue([shipped_folder("sql"), Path(folder) / "sql"])
    if declared:
        files = {**written.files, **{file.table: file for file in declared}}
        written = replace(written, files=files)
    recall_readings(Path(folder), written)
    return written


def buildable_files(study: Study) -> tuple[SqlFile, ...]:
    """SQL files whose inputs this study can supply, in an order they can run in."""
    declared = tuple(declared_files(study.metrics.values(), study.contracts))
    exports = frozenset(f"exports.{contract.table}" for contract in study.contracts)
    folder = str(study.folder)
    return _buildable_as_of(folder, stamp_of(folder), declared, exports)


@lru_cache(maxsize=STUDIES_KEPT)
def _buildable_as_of(
    folder: str, stamp: Stamp, declared: tuple[SqlFile, ...], exports: frozenset[str]
) -> tuple[SqlFile, ...]:
    return _catalogue_as_of(folder, stamp, declared).buildable(exports | set(FRAMES))


def checks_of(study: Study) -> tuple[SqlFile, ...]:
    """Files of `sql/checks/` whose tables this study has."""
    built = {file.table for file in buildable_files(study)} | set(FRAMES)
    files = (file for file in catalogue_of(study).files.values() if file.is_check)
    return tuple(file for file in files if set(file.inputs) <= built)


@dataclass(frozen=True, slots=True)
class Built:
    """A table that was made, with its first rows for people to look at."""

    table: BuiltTable
    names: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Offending:
    """Rows that a check found, the first of them listed."""

    names: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    count: int


def build_frame(study: Study, warehouse: Warehouse, table: str, *, as_of: date) -> Built:
    """Make one of the tables that Polars makes, from the study alone."""
    _, make = FRAMES[table]
    with warehouse.open() as connection:
        step = steps_of_tables(connection, study, as_of=as_of)[table]
        findings = value_that_stands(connection, step, tuple[Finding, ...])
        if findings is None or not table_exists(connection, table):
            frame = make(study, Window(study.history.start, as_of))
            write_frame(connection, table, frame)
            check = FINDINGS.get(table)
            findings = check[1](frame) if check else ()
            keep_value(connection, step, findings)
        names, rows = preview(connection, table)
        built = describe_table(connection, table)
    return Built(built, tuple(names), tuple(rows), findings)


def build_file(study: Study, warehouse: Warehouse, file: SqlFile, *, as_of: date) -> Built:
    """Make the table of one SQL file."""
    with warehouse.open() as connection:
        step = steps_of_tables(connection, study, as_of=as_of)[file.table]
        stands = result_that_stands(connection, step) is not None
        if not (stands and table_exists(connection, file.table)):
            built = build_sql_table(connection, file, study=study, as_of=as_of)
            keep_step(connection, step)
        else:
            built = describe_table(connection, file.table, file.columns)
        names, rows = preview(connection, file.table)
    return Built(built, tuple(names), tuple(rows))


def run_check(study: Study, warehouse: Warehouse, file: SqlFile, *, as_of: date) -> Offending:
    """Run one file of `sql/checks/`; healthy when it lists nothing."""
    with warehouse.open() as connection:
        step = _step_of_check(connection, study, file, as_of=as_of)
        names = value_that_stands(connection, step, tuple[str, ...])
        if names is not None:
            return Offending(names, (), 0)
        create_macros(connection, catalogue_of(study))
        names, rows, count = offending_rows(connection, file, sql_parameters(study, as_of))
        if not count:
            keep_value(connection, step, names)
    return Offending(tuple(names), tuple(rows), count)


def steps_of_tables(connection: Connection, study: Study, *, as_of: date) -> dict[str, Step]:
    """Every table a study can have → what it depends on, seen from a day."""
    return table_steps(
        connection,
        study,
        files=buildable_files(study),
        frames=tuple(FRAMES),
        macros=catalogue_of(study).macros,
        parameters=sql_parameters(study, as_of),
    )


def _step_of_check(connection: Connection, study: Study, file: SqlFile, *, as_of: date) -> Step:
    tables = steps_of_tables(connection, study, as_of=as_of)
    base = fingerprint(base_of(study), catalogue_of(study).macros)
    return sql_step(file, tables, base=base, parameters=sql_parameters(study, as_of))


def build_sql_table(
    connection: Connection, file: SqlFile, *, study: Study, as_of: date
) -> BuiltTable:
    """Supply what the file may lack, then build its table."""
    parameters = sql_parameters(study, as_of)
    spark = _spark_of(connection, study)
    if spark is None:
        supply_inputs(connection, file, study=study)
        forget_table(connection, file.table, kind="view")
        return build_table(connection, file, parameters)
    spark.lake.prepare()
    let_read(connection, spark.lake)
    supply_inputs(connection, file, study=study)
    return build_on_spark(connection, file, parameters, spark)


def _spark_of(connection: Connection, study: Study) -> SparkEngine | None:
    """Spark, where the study says so and the database lies in a file."""
    if not study.engine.is_spark:
        return None
    (path,) = read_row(connection, "loading.own_path")
    if path is None:
        return None
    lake = lake_of(study.engine, study=study.id, database=Path(path))
    return SparkEngine.of(study.engine, lake, catalogue_of(study))


def publish_warehouse(study: Study, warehouse: Warehouse) -> Path:
    """Replace the published copy by the present state; what neither names of Spark's tables goes."""
    path = warehouse.publish()
    with warehouse.open() as connection:
        spark = _spark_of(connection, study)
        if spark is not None:
            forget_unnamed_tables(connection, spark.lake)
    return path


def supply_inputs(connection: Connection, file: SqlFile, *, study: Study) -> None:
    """Make what the file may lack: macros, optional exports and facts, columns of standard contracts."""
    create_macros(connection, catalogue_of(study))
    exports = [table for table in file.inputs if table.startswith("exports.")]
    _complete_exports(connection, exports, _standard_contracts(), study.contracts)
    _supply_missing_facts(connection, file)


def _complete_exports(
    connection: Connection,
    exports: Iterable[str],
    standard: Mapping[str, Contract],
    own: Sequence[Contract],
) -> None:
    given = {f"exports.{contract.table}" for contract in own}
    supply_missing_exports(connection, needed=set(exports) - given, standard_contracts=standard)
    for table in exports:
        contract = standard.get(table.removeprefix("exports."))
        if contract is not None and table_exists(connection, table):
            add_standard_columns(connection, contract)


def _supply_missing_facts(connection: Connection, file: SqlFile) -> None:
    """An optional fact table that this study cannot build is made empty by its own SQL's columns."""
    for table in file.optional_inputs:
        if not table.startswith("exports.") and not table_exists(connection, table):
            supply_empty(connection, table)


def supply_empty(connection: Connection, table: str) -> None:
    """Make a table that no export feeds, empty, by running its SQL over empty inputs."""
    file = _product_catalogue().file(table)
    standard = _standard_contracts()
    exports = [name for name in file.inputs if name.startswith("exports.")]
    missing = [name for name in exports if not table_exists(connection, name)]
    supply_missing_exports(connection, needed=missing, standard_contracts=standard)
    for name in file.inputs:
        if not name.startswith("exports.") and not table_exists(connection, name):
            supply_empty(connection, name)
    values = {
        name: {"as_of": date(2000, 1, 1), "timezone": "UTC"}.get(name, date(2000, 1, 1))
        for name in file.parameters
    }
    build_table(connection, file, values)


@cache
def _product_catalogue() -> SqlCatalogue:
    return read_sql_catalogue([shipped_folder("sql")])


@cache
def _standard_contracts() -> dict[str, Contract]:
    from roi_pipeline.settings import read_standard_contracts

    return {contract.table: contract for contract in read_standard_contracts()}


def sql_parameters(study: Study, as_of: date) -> dict[str, str | int | float | date]:
    """The `$parameters` every SQL file may name."""
    return {
        "as_of": as_of,
        "timezone": study.timezone,
        "history_start": study.history.start,
        "history_end": min(study.history.end, as_of),
    }

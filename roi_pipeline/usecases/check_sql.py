"""Tries the study's SQL before anything runs: every file against empty tables of the contracts' types.

So a misspelt column, an unknown function or a metric's column that its table lacks is a problem of
`roi check`, with the file and the line, and not the end of a run.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from roi_pipeline.domain.errors import Problem, RoiError
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.loading.account import export_table
from roi_pipeline.engines.loading.duplicates import create_tables
from roi_pipeline.engines.rehearsal import SqlFault, empty_warehouse, rehearse, rehearse_condition
from roi_pipeline.engines.spark.constructs import construct_problems
from roi_pipeline.engines.spark.dialect import read_macros
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.warehouse import Connection, column_names, table_exists, write_frame
from roi_pipeline.settings.names import did_you_mean, names_worth_listing
from roi_pipeline.usecases.check_cases import case_problems
from roi_pipeline.usecases.facts import (
    FRAMES,
    buildable_files,
    catalogue_of,
    checks_of,
    sql_parameters,
    supply_inputs,
)


def sql_problems(study: Study) -> list[Problem]:
    """Everything in SQL and metrics that cannot run on exports of the types of the contracts."""
    unread = [*_unread(study)]
    if unread:
        return unread
    if untranslatable := [*_only_on_duckdb(study)]:
        return untranslatable
    with empty_warehouse() as connection:
        for contract in study.contracts:
            create_tables(connection, contract)
        _make_frames(connection, study)
        problems = [
            *_no_conditions(connection, study),
            *_unfed(study),
            *_faults(connection, study),
            *_missing_columns(connection, study),
        ]
        return problems or [*case_problems(connection, study)]


def _unread(study: Study) -> Iterator[Problem]:
    for file in catalogue_of(study).files.values():
        try:
            _ = file.inputs
        except RoiError as error:
            yield Problem(f"sql/{file.path}", "", "", "one SELECT that can be read", str(error))


def _no_conditions(connection: Connection, study: Study) -> Iterator[Problem]:
    """Rules of contracts that are no single condition on one row."""
    for contract in study.contracts:
        for rule in contract.rules:
            fault = rehearse_condition(connection, export_table(contract), rule.sql)
            if fault:
                near = did_you_mean(fault.name, fault.near) if fault.name else ""
                yield Problem(
                    contract.file, f"rule.{rule.name}.sql", fault.name or rule.sql,
                    "one condition, true or false of a row, on the columns of that row",
                    f"{near or fault.message + '. '}Correct the rule.", fault.near,
                )  # fmt: skip


def _only_on_duckdb(study: Study) -> Iterator[Problem]:
    """Constructs that Spark may read differently, where the study is computed there."""
    if study.engine.is_spark:
        macros = frozenset(read_macros(catalogue_of(study).macros))
        for file in buildable_files(study):
            yield from construct_problems(file, macros)


def _make_frames(connection: Connection, study: Study) -> None:
    """The tables that Polars makes, for a first day; one that cannot be made waits for the run."""
    start = study.history.start
    for table, (_, make) in FRAMES.items():
        try:
            write_frame(connection, table, make(study, Window(start, start + timedelta(days=1))))
        except RoiError:
            continue


def _unfed(study: Study) -> Iterator[Problem]:
    """The study's own files whose tables nothing feeds, which would never be built."""
    catalogue, built = catalogue_of(study), {file.table for file in buildable_files(study)}
    known = {f"exports.{contract.table}" for contract in study.contracts} | built | set(FRAMES)
    for file in catalogue.files.values():
        if file.is_check or file.table in built or not _is_own(study, file):
            continue
        for table in (name for name in file.inputs if name not in file.optional_inputs):
            if table not in known and table not in catalogue.files:
                yield Problem(
                    f"sql/{file.path}", "", table, "a table that a source or another SQL file makes",
                    f"{did_you_mean(table, known)}Correct the name, or add the source.",
                    names_worth_listing(table, known), line=_line_of(file, table),
                )  # fmt: skip


def _faults(connection: Connection, study: Study) -> Iterator[Problem]:
    parameters, failed = sql_parameters(study, study.history.start), set[str]()
    for file in (*buildable_files(study), *checks_of(study)):
        needed = [name for name in file.inputs if name not in file.optional_inputs]
        is_fed = all(table_exists(connection, name) for name in needed)
        if not is_fed or failed & set(file.inputs):
            failed.add(file.table)
            continue
        supply_inputs(connection, file, study=study)
        fault = rehearse(connection, file, parameters)
        if fault:
            failed.add(file.table)
            yield _problem(file, fault)


def _problem(file: SqlFile, fault: SqlFault) -> Problem:
    if not fault.name:
        expected, remedy = "SQL that the database can run", f"{fault.message}. Correct the file."
    else:
        expected = "a name that the tables of the query have"
        remedy = f"{did_you_mean(fault.name, fault.near)}Correct the name."
    name = f"sql/{file.path}"
    return Problem(name, "", fault.name, expected, remedy, fault.near, line=fault.line)


def _missing_columns(connection: Connection, study: Study) -> Iterator[Problem]:
    """Numerators and denominators of the study's own metrics that their table does not have."""
    tables: Mapping[str, tuple[str, ...]] = {
        metric.table: column_names(connection, metric.table)
        for metric in study.metrics.values()
        if table_exists(connection, metric.table)
    }
    for metric in study.metrics.values():
        file = f"metrics/{metric.id}.toml"
        columns = tables.get(metric.table)
        if columns is None or not Path(study.folder, file).is_file():
            continue
        for key, name in (("numerator", metric.numerator), ("denominator", metric.denominator)):
            if name not in columns:
                yield Problem(
                    file, key, name, f"a column of {metric.table}",
                    f"{did_you_mean(name, columns)}Correct it, or add the column to the SQL file.",
                    names_worth_listing(name, columns),
                )  # fmt: skip


def _is_own(study: Study, file: SqlFile) -> bool:
    return Path(study.folder, "sql", file.path).is_file()


def _line_of(file: SqlFile, name: str) -> int:
    lines = file.sql.splitlines()
    return next((number for number, line in enumerate(lines, 1) if name in line), 0)

"""Runs `tests/sql/<layer>/<table>.toml`: what is given, what must come out of one SQL file.

A table that is not given is there and empty; an absent key is NULL; only the columns named in
`expect` (and in `columns`, for those that are null in every row) are compared. Whatever a case is
about, its result must keep the grain the file's header promises.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.loading import open_books
from roi_pipeline.engines.loading.account import FILE_COLUMNS
from roi_pipeline.engines.loading.type import FAILURE_TYPE
from roi_pipeline.engines.queries import keep_rows, read_rows
from roi_pipeline.engines.questions.attribution import rules_frame
from roi_pipeline.engines.schema import SCHEMAS, TABLE
from roi_pipeline.engines.sql_catalogue import (
    QUERY_FOLDERS,
    SqlFile,
    read_query_files,
    read_sql_catalogue,
)
from roi_pipeline.engines.steps import STEPS
from roi_pipeline.engines.store.baseline_locks import read_locks
from roi_pipeline.engines.store.credit import read_credit, read_lifts
from roi_pipeline.engines.store.rule_runs import write_rule_results
from roi_pipeline.engines.store.selftest import read_selftest
from roi_pipeline.engines.store.values import create_result_tables
from roi_pipeline.engines.warehouse import (
    build_table,
    column_names,
    create_macros,
    offending_rows,
    supply_missing_exports,
    write_frame,
)
from roi_pipeline.quality.records import RULE_RESULT_COLUMNS
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import read_standard_contracts
from roi_pipeline.transforms.calendar import build_calendar
from roi_pipeline.transforms.currency import build_exchange_rates

CASES = Path(__file__).parent
CATALOGUE = read_sql_catalogue([shipped_folder("sql")])
QUERIES = read_query_files(shipped_folder("sql"))
DEFAULTS = {
    "as_of": date(2026, 5, 1),
    "timezone": "Asia/Shanghai",
    "history_start": date(2025, 1, 1),
    "history_end": date(2026, 5, 1),
}
PLACE = "source_file_id varchar, source_row_number bigint"
STAGED = (
    f"{PLACE}, digest ubigint, content varchar, row_key varchar, has_key boolean, ordering integer"
)
# What Python gives query files to read: views under fixed names, with the types of the example studies.
VIEWS = {
    "_used_rows": "member_id varchar, calendar_date date, used double, adoption_type varchar",
    "_metric_rows": "unit_id varchar, member_id varchar, place_id varchar, arm_name varchar, trait varchar, "
    "calendar_date date, numerator decimal(18, 4), denominator bigint",
    "_unit_rows": "unit_id varchar, trait varchar, calendar_date date",
    "_module_actions": "place_id varchar, module_id varchar, customer_id varchar, staff_id varchar, "
    "acted_at timestamp, calendar_date date, arm_name varchar, is_eligible boolean, "
    "adoption_type varchar, opted_out_at timestamp",
    "_replaced_files": "file_id varchar",
    **dict.fromkeys(("_incoming_rows", "_active_rows", "_superseded_rows", "_kept_rows"), STAGED),
    "_failed_rows": f"{PLACE}, failures {FAILURE_TYPE}",
    "_shown_rows": f"{PLACE}, shown_value varchar",
    "_failing_rows": f"{PLACE}, value varchar",
    "_broken_rows": f"{PLACE}, column_name varchar, value varchar, rule varchar",
    "_load_log": FILE_COLUMNS,
    "_roi_rejects": "line ubigint, column_idx ubigint, error_type varchar, csv_line varchar, "
    "error_message varchar",
    "_purchase_rows": "module_id varchar, customer_id varchar, calendar_date date, arm_name varchar, "
    "arm_column varchar, watched_from_date date, is_repeat boolean, "
    "margin_amount_rc decimal(18, 4), numerator decimal(18, 4), denominator integer",
}
# Queries that another one reads, in the order they are kept in, with values to run them with once.
SOME_DAY, SOME_MOMENT = date(2026, 1, 1), datetime(2026, 1, 1)  # noqa: DTZ001
KEPT = {
    "loading.moved_copies": {"table": ""},
    "loading.surviving_rows": {},
    "loading.freed_keys": {},
    "loading.contested_keys": {"table": ""},
    "loading.ranked_rows": {},
    "panels.arm_units": {
        "post_start": SOME_DAY, "post_end": SOME_DAY, "baseline_start": SOME_DAY,
        "baseline_end": SOME_DAY, "treated": [""], "comparison": [""],
    },
    "panels.arm_use": {"post_start": SOME_DAY, "post_end": SOME_DAY},
    "quantiles.arm_events": {
        "post_start": SOME_DAY, "post_end": SOME_DAY, "treated": [""], "comparison": [""],
    },
    "matching.occurred": {"outcome": ""},
    "matching.contacts": {
        "module": "", "outcome": "", "start": SOME_DAY, "end": SOME_DAY, "bucket": 7, "reach": 7,
    },
    "matching.moments": {"module": "", "reach": 7, "most_alone": 1},
    "matching.placed": {"reach": 7, "earlier": 90, "chain": 4},
    "matching.cells": {"most_stood_for": 20},
}  # fmt: skip
Row = dict[str, Any]


def read_cases() -> list[Any]:
    return [
        pytest.param(f"{path.parent.name}.{path.stem}", case, id=_sentence(path, case))
        for layer in ("facts", "metrics", "checks", *QUERY_FOLDERS)
        for path in sorted((CASES / layer).glob("*.toml"))
        for case in tomllib.loads(path.read_text("utf-8"))["case"]
    ]


def test_cases_are_found() -> None:
    assert len(read_cases()) > 100


def _sentence(path: Path, case: Row) -> str:
    return f"{path.parent.name}.{path.stem}: {case['name']}"


@pytest.fixture(scope="session")
def empty_tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every export, fact and daily table, typed and without a row."""
    connection = duckdb.connect(config={"threads": 1})
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    contracts = {contract.table: contract for contract in read_standard_contracts()}
    tables = {f"exports.{table}" for table in contracts}
    supply_missing_exports(connection, needed=tables, standard_contracts=contracts)
    nothing = Window(DEFAULTS["history_start"], DEFAULTS["history_start"])
    write_frame(connection, "facts.calendar", build_calendar(nothing))
    rates = build_exchange_rates(ExchangeRates("CNY"), nothing)
    write_frame(connection, "facts.exchange_rates", rates)
    write_frame(connection, "facts.attribution_rules", rules_frame([]))
    create_macros(connection, CATALOGUE)
    frames = {"facts.calendar", "facts.exchange_rates", "facts.attribution_rules"}
    for file in CATALOGUE.buildable({*tables, *frames}):
        build_table(connection, file, DEFAULTS)
    _make_what_queries_read(connection)
    yield connection
    connection.close()


def _make_what_queries_read(connection: duckdb.DuckDBPyConnection) -> None:
    open_books(connection)
    for name, columns in VIEWS.items():
        connection.execute(f"create temp table {name} ({columns})")
    for name, values in KEPT.items():
        keep_rows(connection, name, **values)
    create_result_tables(connection)
    connection.execute(STEPS)
    connection.execute(TABLE)
    read_locks(connection)
    read_credit(connection, "")
    read_lifts(connection, "")
    read_selftest(connection)
    write_rule_results(connection, [], columns=RULE_RESULT_COLUMNS)


@pytest.fixture
def warehouse(empty_tables: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The empty tables, put back after the case."""
    empty_tables.execute("begin")
    yield empty_tables
    empty_tables.execute("rollback")


@pytest.mark.parametrize(("table", "case"), read_cases())
def test_case(warehouse: duckdb.DuckDBPyConnection, table: str, case: Row) -> None:
    file = QUERIES.get(table) or CATALOGUE.file(table)
    known = dict.fromkeys(file.parameters) if table in QUERIES else DEFAULTS
    parameters = {**known, **case.get("params", {})}
    assert set(parameters) == set(known), "a case names a parameter the file cannot use"
    for name, rows in case.get("given", {}).items():
        give(warehouse, name, rows)
    result = run(warehouse, file, parameters)
    expected = case["expect"]
    columns = list(
        dict.fromkeys([*case.get("columns", []), *(key for row in expected for key in row)])
    )
    assert all(set(columns) <= set(row) for row in result), "a case names a column there is not"
    assert picked(result, columns) == picked(expected, columns)


def give(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    """Put rows into a table; a column it does not have is a mistake in the case."""
    unknown = {key for row in rows for key in row} - set(column_names(connection, table))
    assert not unknown, f"{table} has no column {sorted(unknown)}"
    connection.execute(f"delete from {table}")
    for row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


def run(connection: duckdb.DuckDBPyConnection, file: SqlFile, parameters: Row) -> list[Row]:
    """The rows of the table the file makes, of the query, or of the check's findings."""
    if file.table in QUERIES:
        rows = read_rows(connection, file.table, **parameters)
        found = [dict(zip(file.columns, row, strict=True)) for row in rows]
        keys = [tuple(row[column] for column in file.grain) for row in found]
        assert len(keys) == (len(set(keys)) if file.grain else 1), "the grain repeats"
        return found
    if file.is_check:
        names, rows, _ = offending_rows(connection, file, parameters, limit=100)
        return [dict(zip(names, row, strict=True)) for row in rows]
    build_table(connection, file, parameters)
    cursor = connection.execute(f"select * from {file.table}")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def picked(rows: list[Row], columns: list[str]) -> list[tuple[str, ...]]:
    """The compared columns as sorted text: 1, 1.0 and Decimal('1.0000') are the same number."""
    return sorted(tuple(_plain(row.get(column)) for column in columns) for row in rows)


def _plain(value: object) -> str:
    match value:
        case bool() | None | str():
            return str(value)
        case int() | float() | Decimal():
            return f"{float(value):.9g}"
        case _:
            return str(value)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(case["sql"], id=case["name"])
        for case in tomllib.loads((CASES / "macros.toml").read_text("utf-8"))["case"]
    ],
)
def test_macro(empty_tables: duckdb.DuckDBPyConnection, expression: str) -> None:
    assert empty_tables.execute(f"select {expression}").fetchall() == [(True,)]


def test_every_table_and_check_has_cases() -> None:
    named = {f"{path.parent.name}.{path.stem}" for path in CASES.glob("*/*.toml")}
    roi = {table for table in CATALOGUE.files if table.startswith("roi.")}
    assert set(CATALOGUE.files) - roi <= named


def test_every_query_has_cases() -> None:
    assert len(QUERIES) > 40
    named = {
        f"{path.parent.name}.{path.stem}"
        for folder in QUERY_FOLDERS
        for path in (CASES / folder).glob("*.toml")
    }
    assert set(QUERIES) == named

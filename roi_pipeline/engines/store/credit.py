"""Keeps, by cycle, how shared outcomes were credited and what each module's actions added."""

from collections.abc import Iterable
from dataclasses import astuple, fields
from typing import TYPE_CHECKING

from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.engines.queries import read_rows

if TYPE_CHECKING:
    import duckdb

CREDIT_TABLE = """create table if not exists effects.credit (
    cycle_key varchar, outcome_type varchar, module_id varchar, touched bigint, credited bigint,
    incremental decimal(24, 6), observed bigint, untouched bigint, base_rate double,
    is_equal_split boolean, primary key (cycle_key, outcome_type, module_id))"""
LIFT_TABLE = """create table if not exists effects.lifts (
    cycle_key varchar, module_id varchar, outcome_type varchar, kind varchar, grade varchar,
    is_money_allowed boolean, actions double, gross_outcomes double, change double,
    change_lower double, change_upper double, incremental_outcomes double,
    incremental_lower double, incremental_upper double, placebo double, placebo_lower double,
    placebo_upper double, overlapping_actions bigint, immature_actions bigint,
    unmatched_actions bigint, e_value double,
    primary key (cycle_key, module_id, outcome_type))"""
CREDIT_COLUMNS = tuple(field.name for field in fields(SharedCredit))
LIFT_COLUMNS = tuple(field.name for field in fields(ActionLift))


def write_credit(
    connection: "duckdb.DuckDBPyConnection", cycle_key: str, lines: Iterable[SharedCredit]
) -> None:
    """Store the shared credit of a cycle, replacing what was there."""
    rows = [astuple(line) for line in lines]
    connection.execute(CREDIT_TABLE)
    _replace(connection, "effects.credit", cycle_key, CREDIT_COLUMNS, rows)


def read_credit(
    connection: "duckdb.DuckDBPyConnection", cycle_key: str
) -> tuple[SharedCredit, ...]:
    """The shared credit of a cycle, by outcome and module; empty when none was computed."""
    connection.execute(CREDIT_TABLE)
    rows = read_rows(connection, "store.credit", cycle_key=cycle_key)
    return tuple(SharedCredit(*row) for row in rows)


def write_lifts(
    connection: "duckdb.DuckDBPyConnection", cycle_key: str, lifts: Iterable[ActionLift]
) -> None:
    """Store what the modules' actions added since go-live, as seen in a cycle, replacing all."""
    rows = [astuple(lift) for lift in lifts]
    connection.execute(LIFT_TABLE)
    _replace(connection, "effects.lifts", cycle_key, LIFT_COLUMNS, rows)


def read_lifts(connection: "duckdb.DuckDBPyConnection", cycle_key: str) -> dict[str, ActionLift]:
    """Module → what its actions added; empty when no module says what its actions are for."""
    connection.execute(LIFT_TABLE)
    rows = read_rows(connection, "store.lifts", cycle_key=cycle_key)
    return {row[0]: ActionLift(*row) for row in rows}


def _replace(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    cycle_key: str,
    columns: tuple[str, ...],
    rows: list[tuple[object, ...]],
) -> None:
    connection.execute(f"delete from {table} where cycle_key = ?", [cycle_key])
    marks = ", ".join("?" for _ in ("cycle_key", *columns))
    for row in rows:
        connection.execute(
            f"insert into {table} (cycle_key, {', '.join(columns)}) values ({marks})",
            [cycle_key, *row],
        )

"""Keeps what the later layers found: effects, values and rule results, by cycle and module.

Each value is stored whole, as JSON made by cattrs from the domain's own dataclasses, beside a few
flat columns for analysts. Writing a cycle again replaces it.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from roi_pipeline.domain.effects import Effect, Inconclusive, ModuleEffects
from roi_pipeline.domain.former_names import MESSAGE_CODES, TRIAL_SHAPES
from roi_pipeline.domain.loads import Validation
from roi_pipeline.domain.selftests import SHAPES, TrialShape
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.engines.queries import insert_values, read_rows
from roi_pipeline.engines.steps import forget_step

if TYPE_CHECKING:
    import duckdb
    from cattrs.preconf.json import JsonConverter

Value = TypeVar("Value")

TABLES = (
    """create table if not exists effects.module_effects (
        cycle_key varchar, module_id varchar, metric_id varchar, status varchar, grade varchar,
        design varchar, estimate double, lower double, upper double, standard_error double,
        relative double, baseline_value double, post_value double, counterfactual_value double,
        reason varchar, primary key (cycle_key, module_id, metric_id))""",
    """create table if not exists effects.module_payloads (
        cycle_key varchar, module_id varchar, payload varchar, primary key (cycle_key, module_id))""",
    """create table if not exists roi.module_values (
        cycle_key varchar, module_id varchar, rating_status varchar, rating_grade varchar,
        action varchar, currency varchar, benefits decimal(18, 4), costs decimal(18, 4),
        net decimal(18, 4), roi double, roi_lower double, roi_upper double, payload varchar,
        primary key (cycle_key, module_id))""",
    """create table if not exists roi.lines (
        cycle_key varchar, module_id varchar, period_name varchar, line_id varchar, kind varchar,
        category varchar, destination varchar, ledger varchar, grade varchar,
        amount decimal(18, 4), is_counted boolean,
        primary key (cycle_key, module_id, period_name, line_id))""",
    """create table if not exists quality.validations (
        table_name varchar, as_of date, payload varchar, primary key (table_name, as_of))""",
)


def create_result_tables(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make the result tables where they do not exist yet."""
    for statement in TABLES:
        connection.execute(statement)


@cache
def _converter() -> "JsonConverter":
    from cattrs.preconf.json import make_converter

    converter = make_converter()
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    converter.register_unstructure_hook(Message, _message_to_json)
    converter.register_structure_hook(Message, _message_from_json)
    converter.register_structure_hook_func(lambda kind: kind == TrialShape, _shape_from_json)
    return converter


def _message_to_json(message: Message) -> dict[str, Any]:
    values = {
        key: {"date": value.isoformat()} if isinstance(value, date) else value
        for key, value in message.values.items()
    }
    return {"code": message.code, "values": values}


def _message_from_json(data: dict[str, Any], _: type) -> Message:
    values: dict[str, MessageValue] = {
        key: date.fromisoformat(value["date"]) if isinstance(value, dict) else value
        for key, value in data["values"].items()
    }
    return Message(MESSAGE_CODES.get(data["code"], data["code"]), values)


def _shape_from_json(name: str, _: type) -> TrialShape:
    for shape in SHAPES:
        if shape == TRIAL_SHAPES.get(name, name):
            return shape
    msg = f"a stored self-test has the shape {name!r}; expected one of {', '.join(SHAPES)}"
    raise ValueError(msg)


def to_json(value: object) -> str:
    """Any domain value as JSON with sorted keys; Decimals and dates as text."""
    return json.dumps(_converter().unstructure(value), ensure_ascii=False, sort_keys=True)


def from_json(text: str, kind: type[Value]) -> Value:
    """The domain value a JSON text was made from."""
    return _converter().structure(json.loads(text), kind)


def write_effects(connection: "duckdb.DuckDBPyConnection", effects: ModuleEffects) -> None:
    """Store one module's effects in one cycle, replacing what was there."""
    create_result_tables(connection)
    forget_step(connection, f"effects/{effects.module_id}", effects.cycle_key)
    key = [effects.cycle_key, effects.module_id]
    for table in ("module_effects", "module_payloads"):
        connection.execute(
            f"delete from effects.{table} where cycle_key = ? and module_id = ?", key
        )
    for metric_id, outcome in effects.outcomes.items():
        match outcome:
            case Effect():
                figures = [
                    "effect", outcome.grade, outcome.design, outcome.estimate, outcome.lower,
                    outcome.upper, outcome.standard_error, outcome.relative,
                    outcome.baseline_value, outcome.post_value, outcome.counterfactual_value, None,
                ]  # fmt: skip
            case Inconclusive():
                figures = ["inconclusive", *[None] * 7, outcome.baseline_value,
                           outcome.post_value, None, str(outcome.reason)]  # fmt: skip
        marks = ", ".join("?" for _ in range(15))
        connection.execute(
            f"insert into effects.module_effects values ({marks})", [*key, metric_id, *figures]
        )
    connection.execute(
        "insert into effects.module_payloads values (?, ?, ?)", [*key, to_json(effects)]
    )


def read_effects(
    connection: "duckdb.DuckDBPyConnection", cycle_key: str, module_id: str
) -> ModuleEffects | None:
    """The stored effects of one module in one cycle."""
    create_result_tables(connection)
    rows = read_rows(connection, "store.effects", cycle_key=cycle_key, module=module_id)
    return from_json(rows[0][-1], ModuleEffects) if rows else None


def write_value(connection: "duckdb.DuckDBPyConnection", value: ModuleValue) -> None:
    """Store one module's money in one cycle, replacing what was there."""
    create_result_tables(connection)
    forget_step(connection, f"roi/{value.module_id}", value.cycle_key)
    key = [value.cycle_key, value.module_id]
    for table in ("module_values", "lines"):
        connection.execute(f"delete from roi.{table} where cycle_key = ? and module_id = ?", key)
    returns = value.rated.returns
    connection.execute(
        f"insert into roi.module_values values ({', '.join('?' for _ in range(13))})",
        [
            *key, value.rating.status, value.rating.grade, value.decision.action,
            value.rated.currency, returns.benefits, returns.costs, returns.net, returns.roi,
            returns.roi_lower, returns.roi_upper, to_json(value),
        ],
    )  # fmt: skip
    insert_values(connection, "roi.lines", list(_lines(value)))


def _lines(value: ModuleValue) -> Iterable[list[object]]:
    key = [value.cycle_key, value.module_id]
    periods = (
        ("cycle", value.cycle), ("since_go_live", value.since_go_live), ("rated", value.rated),
    )  # fmt: skip
    for name, statement in periods:
        for cost in statement.costs:
            yield [*key, name, f"{cost.module_id}/cost/{cost.id}", "cost", cost.category, None, None,
                   None, cost.amount, cost.is_counted]  # fmt: skip
        for line in statement.benefits:
            yield [*key, name, f"{line.module_id}/benefit/{line.id}", "benefit", line.category,
                   line.destination, line.ledger, line.grade, line.amount, line.is_in_rating]  # fmt: skip


def read_value(
    connection: "duckdb.DuckDBPyConnection", cycle_key: str, module_id: str
) -> ModuleValue | None:
    """The stored money of one module in one cycle."""
    create_result_tables(connection)
    rows = read_rows(connection, "store.value", cycle_key=cycle_key, module=module_id)
    return from_json(rows[0][-1], ModuleValue) if rows else None


def read_values_before(
    connection: "duckdb.DuckDBPyConnection", module_id: str, *, cycle_key: str
) -> tuple[ModuleValue, ...]:
    """The stored money of a module in every earlier cycle, oldest first."""
    create_result_tables(connection)
    rows = read_rows(connection, "store.earlier_values", cycle_key=cycle_key, module=module_id)
    return tuple(from_json(row[-1], ModuleValue) for row in rows)


def write_validation(
    connection: "duckdb.DuckDBPyConnection", validation: Validation, *, as_of: date
) -> None:
    """Store the rule results of one export in one run."""
    create_result_tables(connection)
    connection.execute(
        "insert or replace into quality.validations values (?, ?, ?)",
        [validation.table, as_of, to_json(validation)],
    )


def read_validations(
    connection: "duckdb.DuckDBPyConnection", tables: Sequence[str], *, as_of: date
) -> tuple[Validation, ...]:
    """The latest rule results of each table not later than `as_of`."""
    create_result_tables(connection)
    rows = read_rows(connection, "store.validations", as_of=as_of)
    wanted = set(tables)
    found = (from_json(row[-1], Validation) for row in rows)
    return tuple(validation for validation in found if validation.table in wanted)

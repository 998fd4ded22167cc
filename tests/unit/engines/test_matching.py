"""Matched customers undo that a module contacted those who would have come anyway."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import duckdb
import pytest

from roi_pipeline.domain.attribution import ContactSamples
from roi_pipeline.domain.modules import AttributionRule, Module, Rollout
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.attribution import read_contacts, rules_frame
from roi_pipeline.engines.matching import read_matched
from roi_pipeline.engines.sql_catalogue import read_sql_catalogue
from roi_pipeline.engines.warehouse import build_table, create_macros, write_frame
from roi_pipeline.resources import shipped_folder
from roi_pipeline.stats.lift import Lift, incremental_lift

NAME = Text({"en": "x"})
CATALOGUE = read_sql_catalogue([shipped_folder("sql")])
MODULE = Module("m", NAME, NAME, "o", Rollout("customer"), (), attribution=AttributionRule("visit"))
START = datetime(2026, 1, 5)  # noqa: DTZ001  (UTC without a zone, as the database has it)
SPRING = Window(date(2026, 1, 5), date(2026, 3, 2))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create schema facts")
        opened.execute(
            "create table facts.customers (customer_id varchar, level_code varchar, "
            "registered_at timestamp, is_marketing_allowed boolean)"
        )
        opened.execute(
            "create table facts.ai_actions (action_id varchar, module_id varchar, customer_id "
            "varchar, arm_name varchar, acted_at timestamp, calendar_date date, is_eligible boolean)"
        )
        opened.execute(
            "create table facts.customer_events (event_type varchar, event_id varchar, customer_id "
            "varchar, occurred_at timestamp, calendar_date date)"
        )
        opened.execute(
            "create table facts.orders (order_id varchar, customer_id varchar, ordered_at "
            "timestamp, calendar_date date, order_amount_rc decimal(18, 4), refund_amount_rc "
            "decimal(18, 4))"
        )
        yield opened


def fill(
    connection: duckdb.DuckDBPyConnection,
    *,
    effect: float,
    is_level_known: bool = True,
    seed: int = 3,
) -> None:
    """Frequent visitors are contacted more often than others; contact adds `effect` a week."""
    chance = random.Random(seed)  # noqa: S311
    actions, events = list[list[object]](), list[list[object]]()
    for number in range(1500):
        customer, weekly = f"K{number:04}", 0.30 if number % 2 else 0.05
        level = "gold" if number % 2 and is_level_known else "basic"
        connection.execute(
            "insert into facts.customers values (?, ?, null, true)", [customer, level]
        )
        for week in range(-20, 8):
            moment = START + timedelta(weeks=week, hours=12)
            is_contacted = week >= 0 and chance.random() < (0.6 if number % 2 else 0.2)
            if is_contacted:
                name = f"A{len(actions)}"
                actions.append([name, "m", customer, "treated", moment, moment.date(), True])
            if chance.random() < weekly + effect * is_contacted:
                came = moment + timedelta(days=chance.uniform(0.1, 6.5))
                events.append(["visit", f"V{len(events)}", customer, came, came.date()])
    connection.executemany("insert into facts.ai_actions values (?, ?, ?, ?, ?, ?, ?)", actions)
    connection.executemany("insert into facts.customer_events values (?, ?, ?, ?, ?)", events)
    create_macros(connection, CATALOGUE)
    write_frame(connection, "facts.attribution_rules", rules_frame([MODULE]))
    for table in ("outcomes", "action_windows", "action_credits"):
        build_table(connection, CATALOGUE.file(f"facts.{table}"), {"as_of": date(2026, 4, 1)})


def lift(samples: ContactSamples | None) -> Lift:
    assert samples is not None
    found = incremental_lift(samples, subject="m.visit")
    assert isinstance(found, Lift), found
    return found


@pytest.mark.parametrize("effect", [0.0, 0.15])
def test_customers_alike_in_what_decided_the_contact_show_the_effect_alone(
    connection, effect: float
) -> None:
    fill(connection, effect=effect, is_level_known=True)
    samples = read_contacts(connection, "m", "visit", SPRING)
    found = lift(samples)
    assert found.kind == "matched"
    assert found.rate > 0.2 + effect  # gross: frequent visitors were contacted more often
    assert found.change is not None
    assert found.change.lower < effect < found.change.upper
    assert abs(found.change.estimate - effect) < 0.02
    assert found.placebo is not None
    assert found.placebo.lower < 0 < found.placebo.upper
    assert (found.grade, found.is_money_allowed) == ("C", True)


def test_what_matching_cannot_see_shows_in_the_placebo_window_and_takes_the_money(
    connection,
) -> None:
    fill(connection, effect=0.0, is_level_known=False)
    found = lift(read_contacts(connection, "m", "visit", SPRING))
    raw = 0.2375 - 0.1333  # contacted less left alone, had nobody been matched
    assert found.change is not None
    assert 0 < found.change.estimate < raw / 2
    assert found.placebo is not None
    assert found.placebo.lower > 0
    assert (found.grade, found.is_money_allowed) == ("D", False)


def test_actions_without_anybody_alike_are_counted_and_left_out(connection) -> None:
    fill(connection, effect=0.0)
    connection.execute(
        "update facts.customers set level_code = customer_id where customer_id = 'K0001'"
    )
    matched = read_matched(connection, "m", "visit", SPRING, window_days=7)
    assert matched is not None
    contacts = connection.execute(
        "select count(*) from facts.action_windows where customer_id = 'K0001' and is_matured"
    ).fetchall()[0][0]
    assert contacts > 0
    assert matched.unmatched_actions >= contacts
    total = connection.execute("select count(*) from facts.action_windows").fetchall()[0][0]
    kept = matched.contacted.n * matched.contacted.mean("denominator")
    assert kept == pytest.approx(total - matched.unmatched_actions)
    weights = matched.comparison.n * matched.comparison.mean("denominator")
    assert weights == pytest.approx(
        kept
    )  # the left alone are weighted to as many as were contacted


def test_where_everybody_was_contacted_or_nobody_is_known_the_outcomes_are_gross(
    connection,
) -> None:
    fill(connection, effect=0.0)
    connection.execute("delete from facts.customers")
    found = lift(read_contacts(connection, "m", "visit", SPRING))
    assert (found.kind, found.grade, found.is_money_allowed) == ("none", "E", False)
    connection.execute("drop table facts.customers")
    assert lift(read_contacts(connection, "m", "visit", SPRING)).kind == "none"

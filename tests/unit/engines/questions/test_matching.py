"""Matched customers undo that a module contacted those who would have come anyway."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import duckdb
import polars as pl
import pytest

from roi_pipeline.domain.attribution import ContactSamples
from roi_pipeline.domain.modules import AttributionRule, CreditRule, Module, Rollout
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.attribution import read_contacts, rules_frame
from roi_pipeline.engines.questions.matching import read_matched
from roi_pipeline.engines.sql_catalogue import read_sql_catalogue
from roi_pipeline.engines.warehouse import build_table, column_names, create_macros, write_frame
from roi_pipeline.resources import shipped_folder
from roi_pipeline.stats.lift import Lift, incremental_lift

NAME = Text({"en": "x"})
CATALOGUE = read_sql_catalogue([shipped_folder("sql")])
MODULE = Module("m", NAME, NAME, "o", Rollout("customer"), (), attribution=AttributionRule("visit"))
START = datetime(2026, 1, 5)  # noqa: DTZ001  (UTC without a zone, as the database has it)
SPRING = Window(date(2026, 1, 5), date(2026, 3, 2))


@contextmanager
def opened_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create schema facts")
        opened.execute(
            "create table facts.customers (customer_id varchar, level_code varchar, "
            "registered_at timestamp, is_marketing_allowed boolean)"
        )
        opened.execute(
            "create table facts.ai_actions (action_id varchar, module_id varchar, customer_id "
            "varchar, arm_name varchar, acted_at timestamp, calendar_date date, is_eligible boolean, "
            "opted_out_at timestamp)"
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


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with opened_warehouse() as opened:
        yield opened


def fill(
    connection: duckdb.DuckDBPyConnection,
    *,
    effect: float,
    is_level_known: bool = True,
    seed: int = 3,
    n: int = 1500,
    spread_days: float = 0.0,
    credit: CreditRule = "last",
) -> None:
    """Frequent visitors are contacted more often than others; contact adds `effect` a week.

    With `spread_days`, contacts lie anywhere in the week and windows of one customer overlap.
    """
    chance = random.Random(seed)  # noqa: S311
    people, actions, events = list[list[object]](), list[list[object]](), list[list[object]]()
    for number in range(n):
        customer, weekly = f"K{number:04}", 0.30 if number % 2 else 0.05
        level = "gold" if number % 2 and is_level_known else "basic"
        people.append([customer, level, None, True])
        for week in range(-20, 8):
            monday = START + timedelta(weeks=week, hours=12)
            moment = monday + timedelta(days=chance.uniform(0, spread_days))
            is_contacted = week >= 0 and chance.random() < (0.6 if number % 2 else 0.2)
            if is_contacted:
                name = f"A{len(actions)}"
                actions.append([name, "m", customer, "treated", moment, moment.date(), True, None])
            came = [monday + timedelta(days=chance.uniform(0.1, 6.5))] * (chance.random() < weekly)
            brought = is_contacted and chance.random() < effect
            came += [moment + timedelta(days=chance.uniform(0.1, 6.5))] * brought
            events += [["visit", f"V{len(events)}-{i}", customer, day, day.date()]
                       for i, day in enumerate(came)]  # fmt: skip
    for table, rows in (
        ("customers", people),
        ("ai_actions", actions),
        ("customer_events", events),
    ):
        insert(connection, f"facts.{table}", rows)
    build(connection, credit=credit)


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]
) -> None:
    names = column_names(connection, table)
    frame = pl.DataFrame(rows, schema=list(names), orient="row", infer_schema_length=None)
    connection.register("_rows", frame.to_arrow())
    connection.execute(f"insert into {table} select * from _rows")
    connection.unregister("_rows")


def build(connection: duckdb.DuckDBPyConnection, *, credit: CreditRule = "last") -> None:
    """The product's SQL over what was inserted."""
    rule = AttributionRule("visit", credit=credit)
    create_macros(connection, CATALOGUE)
    write_frame(
        connection, "facts.attribution_rules", rules_frame([replace(MODULE, attribution=rule)])
    )
    for table in ("outcomes", "action_windows", "action_credits"):
        build_table(
            connection,
            CATALOGUE.file(f"facts.{table}"),
            {"as_of": date(2026, 4, 1), "timezone": "UTC"},
        )


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


@pytest.mark.parametrize("credit", ["last", "first"])
def test_contacts_whose_windows_overlap_claim_each_outcome_once_and_keep_the_effect(
    connection, credit: CreditRule
) -> None:
    fill(connection, effect=0.3, n=2500, spread_days=6.5, credit=credit)
    samples = read_contacts(connection, "m", "visit", SPRING)
    found = lift(samples)
    assert samples is not None
    assert samples.overlapping_actions > 1000
    observed = connection.execute(
        """
        select count(*) from facts.outcomes where exists (
            select 1 from facts.action_windows as near
            where near.customer_id = outcomes.customer_id and near.acted_at < occurred_at
                and near.window_end_at > occurred_at)
        """
    ).fetchall()[0][0]
    assert found.gross_outcomes <= observed
    contacts = connection.execute("select count(*) from facts.action_windows").fetchall()[0][0]
    kept = found.actions / count_windows(connection)  # of the windows, those with a counterpart
    assert 0.8 < kept <= 1
    assert found.incremental_lower is not None
    assert found.incremental_upper is not None
    assert found.incremental_lower < 0.3 * contacts * kept < found.incremental_upper
    assert found.placebo is not None
    assert found.placebo.lower < 0 < found.placebo.upper  # no contact recommends for the next one


def count_windows(connection: duckdb.DuckDBPyConnection) -> float:
    """Windows of seven days the claims of all contacts come to."""
    return connection.execute(
        "select sum(epoch(claims_until_at) - epoch(claims_from_at)) / 604800 "
        "from facts.action_windows"
    ).fetchall()[0][0]


def test_without_an_effect_matching_calls_one_about_as_seldom_as_it_says() -> None:
    called, suspected = 0, 0
    for seed in range(30):
        with opened_warehouse() as connection:
            fill(connection, effect=0.0, seed=seed, n=300, spread_days=6.5)
            found = lift(read_contacts(connection, "m", "visit", SPRING))
        assert found.change is not None
        assert found.placebo is not None
        called += not found.change.lower < 0 < found.change.upper
        suspected += not found.placebo.lower < 0 < found.placebo.upper
    assert called <= 4  # of thirty at 5 %; five or more are seen once in two hundred
    assert suspected <= 4


def test_who_was_contacted_without_qualifying_or_asked_for_no_more_was_not_left_alone(
    connection,
) -> None:
    fill(connection, effect=0.0, n=200)
    before = read_matched(connection, "m", "visit", SPRING, window_days=7)
    assert before is not None
    assert before.comparison.n > 150
    names = [f"K{number:04}" for number in range(200)]
    strangers = [
        [f"N{name}{week}", "m", name, "treated", day, day.date(), False, None]
        for name in names[:100]
        for week in range(8)
        for day in [START + timedelta(weeks=week, days=2)]
    ]
    long_ago = START - timedelta(weeks=30)
    refused = [
        [f"R{name}", "m", name, "treated", long_ago, long_ago.date(), True, long_ago]
        for name in names[100:]
    ]
    insert(connection, "facts.ai_actions", strangers)
    one_half = read_matched(connection, "m", "visit", SPRING, window_days=7)
    assert one_half is not None
    assert 50 < one_half.comparison.n <= 100
    insert(connection, "facts.ai_actions", refused)
    assert read_matched(connection, "m", "visit", SPRING, window_days=7) is None


def test_of_very_many_customers_some_are_drawn_always_the_same_and_the_effect_stays(
    connection,
) -> None:
    fill(connection, effect=0.15, n=3000)
    drawn = [
        read_matched(connection, "m", "visit", SPRING, window_days=7, most_alone=8000)
        for _ in range(2)
    ]
    whole = read_matched(connection, "m", "visit", SPRING, window_days=7)
    assert drawn[0] is not None
    assert whole is not None
    assert drawn[0] == drawn[1]
    assert 800 < drawn[0].comparison.n < 1100  # a third of those with a quiet week
    assert whole.comparison.n > 2500
    found = lift(ContactSamples(drawn[0].contacted, drawn[0].comparison, kind="matched"))
    assert found.change is not None
    assert found.change.lower < 0.15 < found.change.upper


def test_a_hold_out_goes_before_matching_and_matching_before_gross(connection) -> None:
    fill(connection, effect=0.0, n=400)
    assert lift(read_contacts(connection, "m", "visit", SPRING)).kind == "matched"
    held_out = [
        [f"H{number}", "m", f"H{number}", "held_out", START, START.date(), True, None]
        for number in range(50)
    ]
    insert(connection, "facts.ai_actions", held_out)
    build(connection)
    found = lift(read_contacts(connection, "m", "visit", SPRING))
    assert (found.kind, found.grade) == ("holdout", "A")
    connection.execute("delete from facts.ai_actions where arm_name = 'held_out'")
    connection.execute("delete from facts.customers")
    build(connection)
    found = lift(read_contacts(connection, "m", "visit", SPRING))
    assert (found.kind, found.grade, found.is_money_allowed) == ("none", "E", False)

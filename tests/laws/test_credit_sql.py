"""Laws of credit through the product's own SQL, whatever was done to whom and whatever followed."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roi_pipeline.domain.modules import AttributionRule, CreditRule, Module, Rollout
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.attribution import (
    acting_modules,
    count_observed,
    read_contacts,
    read_exposures,
    rules_frame,
)
from roi_pipeline.engines.sql_catalogue import read_sql_catalogue
from roi_pipeline.engines.warehouse import build_table, create_macros, write_frame
from roi_pipeline.resources import shipped_folder
from roi_pipeline.stats.attribution import share_credit
from roi_pipeline.stats.lift import incremental_lift

NAME = Text({"en": "x"})
CATALOGUE = read_sql_catalogue([shipped_folder("sql")])
JANUARY = Window(date(2026, 1, 1), date(2026, 2, 1))
MIDNIGHT = datetime(2026, 1, 1)  # noqa: DTZ001  (UTC without a zone, as the database has it)
KINDS, NAMES = ("visit", "order"), ("a", "b", "c")
Row = tuple[object, ...]

# Moments on a coarse grid, so that actions and outcomes often fall on one another and on window ends.
moments = st.integers(-40, 170).map(lambda sixths: MIDNIGHT + timedelta(hours=6 * sixths))
customers = st.sampled_from(["K", "L", "M"])
rules = st.builds(
    AttributionRule,
    st.sampled_from(KINDS),
    window_days=st.integers(1, 9),
    ingest_lag_days=st.integers(0, 2),
    credit=st.sampled_from(["last", "first", "any"]),
)
worlds = st.fixed_dictionaries(
    {
        "rules": st.tuples(rules, rules, rules),
        "actions": st.lists(
            st.tuples(
                st.sampled_from(NAMES), customers, moments,
                st.sampled_from(["treated", "treated", "held_out"]), st.sampled_from([True] * 5 + [False]),
            ),
            max_size=14,
        ),
        "events": st.lists(st.tuples(st.sampled_from(KINDS), customers, moments), max_size=14),
        "as_of": st.integers(0, 50).map(lambda days: date(2026, 1, 1) + timedelta(days=days)),
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        opened.execute("create schema facts")
        opened.execute(
            "create table facts.ai_actions (action_id varchar, module_id varchar, customer_id "
            "varchar, acted_at timestamp, arm_name varchar, is_eligible boolean, calendar_date date)"
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
        create_macros(opened, CATALOGUE)
        yield opened


def build(connection: duckdb.DuckDBPyConnection, world: dict) -> None:
    """The rows of a world through the product's SQL."""
    modules = [
        Module(name, NAME, NAME, "o", Rollout("customer"), (), attribution=rule)
        for name, rule in zip(NAMES, world["rules"], strict=True)
    ]
    actions = [
        (f"A{n}", *row, row[2].date()) for n, row in enumerate(world["actions"])
    ]  # fmt: skip
    events = [
        (kind, f"E{n}", who, when, when.date())
        for n, (kind, who, when) in enumerate(world["events"])
    ]
    for table, rows in (("ai_actions", actions), ("customer_events", events)):
        connection.execute(f"delete from facts.{table}")
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"insert into facts.{table} values ({marks})", rows)
    write_frame(connection, "facts.attribution_rules", rules_frame(modules))
    for table in ("outcomes", "action_windows", "action_credits", "touch_spells"):
        parameters = {"as_of": world["as_of"], "timezone": "UTC"}
        build_table(connection, CATALOGUE.file(f"facts.{table}"), parameters)


through_sql = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@through_sql
@given(world=worlds)
def test_what_is_credited_is_what_was_observed_in_reach_and_no_more_than_happened(
    connection, world: dict
) -> None:
    build(connection, world)
    for kind in KINDS:
        observed = count_observed(connection, kind, JANUARY, timezone="UTC")
        happened = sum(
            event == kind and date(2026, 1, 1) <= when.date() < date(2026, 2, 1)
            for event, _, when in world["events"]
        )
        assert observed <= happened
        credit = share_credit(read_exposures(connection, kind, JANUARY, timezone="UTC"))
        if isinstance(credit, Message):
            assert observed == 0
            continue
        assert credit.observed == observed
        assert sum(module.credited for module in credit.modules) == observed
        assert credit.observed + credit.untouched <= happened
        assert all(0 <= module.credited <= module.touched <= observed for module in credit.modules)


@through_sql
@given(world=worlds)
def test_claims_are_of_matured_eligible_actions_inside_their_windows_and_once_unless_any(
    connection, world: dict
) -> None:
    build(connection, world)
    claims = connection.execute(
        "select action_id, outcome_type, outcome_id, is_placebo from facts.action_credits"
    ).fetchall()
    once = set[Row]()
    for action_id, kind, outcome_id, is_placebo in claims:
        name, customer, acted, arm, is_eligible = world["actions"][int(action_id[1:])]
        event, who, when = world["events"][int(outcome_id[1:])]
        rule = world["rules"][NAMES.index(name)]
        reach = timedelta(days=rule.window_days)
        assert is_eligible
        assert (event, who) == (kind, customer)
        matures = acted.date() + timedelta(days=rule.window_days + rule.ingest_lag_days)
        assert matures <= world["as_of"]
        assert acted - reach <= when < acted if is_placebo else acted < when < acted + reach
        claim = (name, arm, outcome_id, is_placebo)
        assert rule.credit == "any" or claim not in once
        once.add(claim)


@through_sql
@given(world=worlds)
def test_no_module_s_lift_exceeds_what_followed_its_actions(connection, world: dict) -> None:
    build(connection, world)
    for name in acting_modules(connection, JANUARY):
        samples = read_contacts(connection, name, "visit", JANUARY)
        lift = None if samples is None else incremental_lift(samples, subject=name)
        if lift is None or isinstance(lift, Message):
            continue
        rule: CreditRule = world["rules"][NAMES.index(name)].credit
        visits = sum(event == "visit" for event, _, _ in world["events"])
        assert rule == "any" or lift.gross_outcomes <= visits + 1e-9
        if lift.incremental_outcomes is None:
            assert (lift.kind, lift.grade, lift.is_money_allowed) == ("none", "E", False)
        else:
            assert lift.incremental_outcomes <= lift.gross_outcomes

"""What is credited to modules is counted from rows by hand, and never more than was observed."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from roi_pipeline.domain.attribution import ActionLift, ExposureCount, SharedCredit
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import AttributionRule, CreditRule, Module, Rollout
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.attribution import (
    acting_modules,
    count_observed,
    instants,
    outcome_types,
    read_contacts,
    read_exposures,
    read_interaction,
    rules_frame,
)
from roi_pipeline.engines.sql_catalogue import read_sql_catalogue
from roi_pipeline.engines.store.credit import read_credit, read_lifts, write_credit, write_lifts
from roi_pipeline.engines.warehouse import build_table, create_macros, write_frame
from roi_pipeline.resources import shipped_folder

NAME = Text({"en": "x"})
CATALOGUE = read_sql_catalogue([shipped_folder("sql")])
JANUARY = Window(date(2026, 1, 1), date(2026, 2, 1))
MIDNIGHT = datetime(2026, 1, 1)  # noqa: DTZ001  (UTC without a zone, as the database has it)
Action = tuple[str, str, str, str, float]  # id, module, customer, arm, day of January from 0
Event = tuple[str, str, str, float]


def module(name: str, *, credit: CreditRule = "last", window_days: int = 7) -> Module:
    rule = AttributionRule("visit", window_days=window_days, credit=credit)
    return Module(name, NAME, NAME, "o", Rollout("customer"), (), attribution=rule)


def at(day: float) -> datetime:
    return MIDNIGHT + timedelta(days=day)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        for schema in ("facts", "effects"):
            opened.execute(f"create schema {schema}")
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


def build(
    connection: duckdb.DuckDBPyConnection,
    modules: Sequence[Module],
    actions: Sequence[Action],
    events: Sequence[Event],
    *,
    as_of: date = date(2026, 3, 1),
) -> None:
    """The rows through the product's SQL."""
    for name, who, customer, arm, day in actions:
        connection.execute(
            "insert into facts.ai_actions values (?, ?, ?, ?, ?, ?, true)",
            [name, who, customer, arm, at(day), at(day).date()],
        )
    for kind, name, customer, day in events:
        connection.execute(
            "insert into facts.customer_events values (?, ?, ?, ?, ?)",
            [kind, name, customer, at(day), at(day).date()],
        )
    create_macros(connection, CATALOGUE)
    write_frame(connection, "facts.attribution_rules", rules_frame(modules))
    for table in ("outcomes", "action_windows", "action_credits", "touch_spells"):
        build_table(
            connection, CATALOGUE.file(f"facts.{table}"), {"as_of": as_of, "timezone": "UTC"}
        )


def exposures(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, ...], tuple[int, int]]:
    counts = read_exposures(connection, "visit", JANUARY, timezone="UTC")
    return {count.modules: (count.customers, count.outcomes) for count in counts}


def test_customer_windows_and_outcomes_are_counted_by_the_modules_in_reach(connection) -> None:
    build(
        connection,
        [module("a"), module("b")],
        [
            ("1", "a", "K", "treated", 0), ("2", "b", "K", "treated", 3),
            ("3", "a", "L", "held_out", 0), ("4", "b", "M", "treated", 0),
            ("5", "b", "M", "treated", 7),
        ],
        [
            ("visit", "only a", "K", 1), ("visit", "both", "K", 4), ("visit", "only b", "K", 8),
            ("visit", "too late", "K", 11), ("visit", "held out", "L", 2),
            ("visit", "two in one stretch", "M", 6), ("visit", "stranger", "N", 1),
            ("consult", "another kind", "K", 1),
        ],
    )  # fmt: skip
    assert exposures(connection) == {
        (): (1, 1),
        ("a",): (1, 1),  # 3 of 7 days, rounded up
        ("b",): (3, 2),  # 3 days of K, 14 of M
        ("a", "b"): (1, 1),  # 4 days
    }
    assert count_observed(connection, "visit", JANUARY, timezone="UTC") == 4
    assert acting_modules(connection, JANUARY) == ("a", "b")
    assert outcome_types(connection, JANUARY, timezone="UTC") == ("consult", "visit")
    december = Window(date(2025, 12, 1), date(2026, 1, 1))
    assert outcome_types(connection, december, timezone="UTC") == ()


def test_an_action_outside_its_window_shares_in_nothing(connection) -> None:
    build(
        connection,
        [module("a"), module("b")],
        [("1", "a", "K", "treated", 0), ("2", "b", "K", "treated", 20)],
        [("visit", "v", "K", 21)],
    )
    assert exposures(connection)[("b",)] == (1, 1)
    assert ("a", "b") not in exposures(connection)


def test_only_matured_actions_count_and_a_later_day_lets_them(connection) -> None:
    actions = [("1", "a", "K", "treated", 10.0)]
    events = [("visit", "v", "K", 11.0)]
    build(connection, [module("a")], actions, events, as_of=date(2026, 1, 18))
    assert exposures(connection) == {}
    samples = read_contacts(connection, "a", "visit", JANUARY)
    assert samples is None
    build(connection, [module("a")], [], [], as_of=date(2026, 1, 19))
    assert exposures(connection) == {("a",): (1, 1)}


INSTANT = 1e-6 / 86_400 * 2  # two microseconds, in days


@pytest.mark.parametrize(
    ("day", "is_claimed", "is_before"),
    [
        (10 - 7 - INSTANT, False, False),
        (10 - 7, False, True),  # the days before begin with the same moment a week earlier
        (10 - INSTANT, False, True),
        (10, False, False),  # what happens in the moment of the action is nobody's
        (10 + INSTANT, True, False),
        (17 - INSTANT, True, False),
        (17, False, False),  # the window ends before the same moment a week later
    ],
    ids=["too early", "a week before", "just before", "same moment", "just after", "last", "late"],
)
def test_a_window_opens_after_the_action_and_ends_before_the_same_moment_a_week_later(
    connection,
    day: float,
    is_claimed: bool,  # noqa: FBT001
    is_before: bool,  # noqa: FBT001
) -> None:
    build(connection, [module("a")], [("1", "a", "K", "treated", 10)], [("visit", "v", "K", day)])
    claimed = connection.execute("select is_placebo from facts.action_credits").fetchall()
    assert claimed == [(False,)] * is_claimed + [(True,)] * is_before
    assert count_observed(connection, "visit", JANUARY, timezone="UTC") == is_claimed
    assert exposures(connection)[("a",)][1] == is_claimed


def test_of_two_actions_at_one_moment_one_claims_and_both_are_counted(connection) -> None:
    build(
        connection,
        [module("a")],
        [("1", "a", "K", "treated", 3), ("2", "a", "K", "treated", 3),
         ("3", "a", "L", "treated", 3)],
        [("visit", "v", "K", 4), ("visit", "before", "K", 2)],
    )  # fmt: skip
    rows = connection.execute(
        "select is_placebo, action_id, outcome_id from facts.action_credits order by all"
    ).fetchall()
    assert [(placebo, outcome) for placebo, _, outcome in rows] == [(False, "v"), (True, "before")]
    samples = read_contacts(connection, "a", "visit", JANUARY)
    assert samples is not None
    assert samples.contacted.mean("denominator") * 2 == 3
    assert samples.contacted.mean("numerator") * 2 == 1
    assert exposures(connection)[("a",)][1] == 1


def test_the_day_of_an_outcome_and_of_maturity_is_the_study_s_own_not_greenwich_s(
    connection,
) -> None:
    """The last evening of January in Greenwich is the first of February in Shanghai."""
    build(
        connection,
        [module("a")],
        [("1", "a", "K", "treated", 29), ("2", "a", "L", "treated", 29)],
        [("visit", "january in both", "K", 30.6), ("visit", "february in Shanghai", "L", 30.7)],
    )
    assert count_observed(connection, "visit", JANUARY, timezone="UTC") == 2
    assert count_observed(connection, "visit", JANUARY, timezone="Asia/Shanghai") == 1
    brought = read_exposures(connection, "visit", JANUARY, timezone="Asia/Shanghai")
    assert sum(count.outcomes for count in brought) == 1


def test_moments_of_a_hold_out_are_taken_per_customer(connection) -> None:
    build(
        connection,
        [module("a")],
        [
            ("1", "a", "K", "treated", 8), ("2", "a", "K", "treated", 20),
            ("3", "a", "L", "treated", 8), ("4", "a", "M", "held_out", 8),
            ("5", "a", "N", "held_out", 8), ("6", "a", "torn", "held_out", 8),
            ("7", "a", "torn", "treated", 9), ("8", "a", "O", "treated", 29),
        ],
        [
            ("visit", "after 1", "K", 9), ("visit", "after 2", "K", 21),
            ("visit", "also after 2", "K", 22), ("visit", "before 3", "L", 7),
            ("visit", "after 4", "M", 9),
        ],
        as_of=date(2026, 2, 5),
    )  # fmt: skip
    samples = read_contacts(connection, "a", "visit", JANUARY)
    assert samples is not None
    assert samples.comparison is not None
    assert samples.kind == "holdout"
    assert (samples.contacted.n, samples.comparison.n) == (2, 2)
    assert samples.contacted.mean("numerator") == 1.5  # three claimed by K, none by L
    assert samples.contacted.mean("denominator") == 1.5
    assert samples.contacted.mean("numerator_baseline") == 0.5
    assert samples.contacted.covariance("numerator", "numerator") == 4.5
    assert samples.comparison.mean("numerator") == 0.5
    assert samples.immature_actions == 1
    assert samples.overlapping_actions == 1  # of the torn customer, whose windows overlap


@pytest.mark.parametrize(("credit", "claimed"), [("last", 1), ("first", 1), ("any", 2)])
def test_each_outcome_is_claimed_once_unless_the_rule_is_any(
    connection, credit: CreditRule, claimed: int
) -> None:
    build(
        connection,
        [module("a", credit=credit)],
        [
            ("1", "a", "K", "treated", 0),
            ("2", "a", "K", "treated", 2),
            ("3", "a", "L", "treated", 0),
        ],
        [("visit", "v", "K", 3)],
    )
    samples = read_contacts(connection, "a", "visit", JANUARY)
    assert samples is not None
    assert samples.contacted.mean("numerator") * samples.contacted.n == claimed
    assert samples.kind == "none"
    assert samples.overlapping_actions == 2
    whole = read_exposures(connection, "visit", JANUARY, timezone="UTC")
    assert sum(count.outcomes for count in whole) == 1  # shared credit counts outcomes, not claims


def test_a_module_may_claim_every_known_outcome_within_its_own_window_else_within_seven_days() -> (
    None
):
    silent = Module("silent", NAME, NAME, "o", Rollout("customer"), ())
    own = AttributionRule("repeat", window_days=30, ingest_lag_days=3, credit="first")
    loud = Module("loud", NAME, NAME, "o", Rollout("customer"), (), attribution=own)
    rows = {
        (row["module_id"], row["outcome_type"]): row
        for row in rules_frame([silent, loud]).to_dicts()
    }
    assert {kind for _, kind in rows} == {"visit", "consult", "order", "repeat"}
    assert rows["loud", "repeat"]["window_days"] == 30
    assert rows["loud", "repeat"]["is_declared"]
    assert rows["loud", "visit"]["window_days"] == 30
    assert rows["silent", "repeat"]["window_days"] == 7
    assert not rows["silent", "repeat"]["is_declared"]
    assert {row["module_bit"] for row in rows.values()} == {1, 2}
    with pytest.raises(NeedsAHuman, match="61 modules"):
        rules_frame([module(f"m{number}") for number in range(61)])


def test_the_days_of_a_window_are_the_study_s_own() -> None:
    start, end = instants(JANUARY, "Asia/Shanghai")
    assert start.isoformat() == "2025-12-31T16:00:00"
    assert end.isoformat() == "2026-01-31T16:00:00"


def test_two_modules_touch_a_customer_alone_together_or_not_at_all(connection) -> None:
    actions, events = list[Action](), list[Event]()
    for number in range(12):
        customer, cell = f"K{number}", number % 4
        actions += [(f"a{number}", "a", customer, "treated" if cell in {0, 1} else "held_out", 1)]
        actions += [(f"b{number}", "b", customer, "treated" if cell in {0, 2} else "held_out", 1)]
        events += [("visit", f"v{number}", customer, 2.0)] if number < 4 else []
    build(connection, [module("a"), module("b")], actions, events)
    samples = read_interaction(connection, "visit", ("a", "b"), JANUARY, timezone="UTC")
    assert samples is not None
    cells = (samples.both, samples.first_only, samples.second_only, samples.neither)
    assert [cell.n for cell in cells] == [3, 3, 3, 3]
    assert [round(cell.mean("numerator") * 3) for cell in cells] == [1, 1, 1, 1]
    assert samples.both.mean("denominator") == pytest.approx(1)


def test_an_interaction_needs_customers_in_every_cell(connection) -> None:
    build(
        connection,
        [module("a"), module("b")],
        [("1", "a", "K", "treated", 0)],
        [("visit", "v", "K", 1)],
    )
    assert read_interaction(connection, "visit", ("a", "b"), JANUARY, timezone="UTC") is None


def test_credit_is_stored_by_cycle_and_replaced_when_computed_again(connection) -> None:
    line = SharedCredit("visit", "a", 5, 4, Decimal("2.500000"), 7, 1, 0.25, is_equal_split=True)
    other = SharedCredit("visit", "b", 3, 3, None, 7, 1, None, is_equal_split=False)
    assert read_credit(connection, "2026-Q1") == ()
    write_credit(connection, "2026-Q1", [other, line])
    write_credit(connection, "2026-Q2", [line])
    assert read_credit(connection, "2026-Q1") == (line, other)
    write_credit(connection, "2026-Q1", [other])
    assert read_credit(connection, "2026-Q1") == (other,)
    assert read_credit(connection, "2026-Q2") == (line,)


def test_lifts_are_stored_by_cycle_and_those_no_longer_found_go(connection) -> None:
    empty = dict.fromkeys(
        f"{name}{end}"
        for name in ("change", "placebo", "incremental")
        for end in ("_lower", "_upper", "")
    )
    empty["incremental_outcomes"] = empty.pop("incremental")
    counts = {"overlapping_actions": 1, "immature_actions": 2, "unmatched_actions": 0}
    gross = ActionLift(
        "a", "visit", "none", "E", is_money_allowed=False, actions=5.0, gross_outcomes=2.0,
        **empty, **counts,
    )  # fmt: skip
    assert read_lifts(connection, "2026-Q1") == {}
    write_lifts(connection, "2026-Q1", [gross])
    assert read_lifts(connection, "2026-Q1") == {"a": gross}
    write_lifts(connection, "2026-Q1", [])
    assert read_lifts(connection, "2026-Q1") == {}


@pytest.mark.parametrize("seed", range(8))
def test_sets_of_modules_agree_with_counting_by_hand_and_never_exceed_what_was_observed(
    connection, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    names = ["a", "b", "c"]
    modules = [module(name, window_days=chance.choice([2, 5, 7])) for name in names]
    windows = {each.id: each.attribution.window_days for each in modules if each.attribution}
    actions = [
        (f"{number}", chance.choice(names), f"K{chance.randrange(12)}",
         chance.choice(["treated", "treated", "held_out"]), round(chance.uniform(-8, 35), 3))
        for number in range(90)
    ]  # fmt: skip
    events = [
        ("visit", f"{number}", f"K{chance.randrange(14)}", round(chance.uniform(-8, 40), 3))
        for number in range(150)
    ]
    build(connection, modules, actions, events)
    expected, spent = dict[tuple[str, ...], int](), set[tuple[str, ...]]()
    for _, _, customer, day in events:
        reach = [a for a in actions if a[2] == customer and a[4] < day < a[4] + windows[a[1]]]
        touched = tuple(sorted({a[1] for a in reach if a[3] == "treated"}))
        if reach and 0 <= day < 31:
            expected[touched] = expected.get(touched, 0) + 1
            spent.add(touched)
    found = exposures(connection)
    assert {key: outcomes for key, (_, outcomes) in found.items() if outcomes} == expected
    observed = count_observed(connection, "visit", JANUARY, timezone="UTC")
    assert observed == sum(n for key, n in expected.items() if key)
    counts = read_exposures(connection, "visit", JANUARY, timezone="UTC")
    assert all(isinstance(count, ExposureCount) and count.customers > 0 for count in counts)
    assert spent <= set(found)


@pytest.mark.parametrize("credit", ["last", "first", "any"])
@pytest.mark.parametrize("seed", range(4))
def test_claims_before_and_after_agree_with_choosing_by_hand(
    connection, seed: int, credit: CreditRule
) -> None:
    chance = random.Random(100 + seed)  # noqa: S311
    modules = [module("a", credit=credit, window_days=4), module("b", credit=credit)]
    lengths = {"a": 4, "b": 7}
    actions = [
        (f"{number:02}", chance.choice("ab"), f"K{chance.randrange(4)}",
         chance.choice(["treated", "held_out"]), float(chance.randrange(0, 30)))
        for number in range(60)
    ]  # fmt: skip
    events = [
        ("visit", f"{number}", f"K{chance.randrange(4)}", chance.randrange(0, 60) / 2)
        for number in range(80)
    ]
    build(connection, modules, actions, events)
    expected = set[tuple[bool, str, str]]()
    for name, arm in (("a", "treated"), ("a", "held_out"), ("b", "treated"), ("b", "held_out")):
        mine = [action for action in actions if (action[1], action[3]) == (name, arm)]
        for _, outcome, customer, day in events:
            near = [action for action in mine if action[2] == customer]
            after = [action for action in near if action[4] < day < action[4] + lengths[name]]
            before = [action for action in near if action[4] - lengths[name] <= day < action[4]]
            latest = credit == "last"
            expected |= {(False, each[0], outcome) for each in chosen(after, credit, latest=latest)}
            expected |= {
                (True, each[0], outcome) for each in chosen(before, credit, latest=not latest)
            }
    rows = connection.execute(
        "select is_placebo, action_id, outcome_id from facts.action_credits"
    ).fetchall()
    assert set(rows) == expected
    assert len(rows) == len(expected)


def chosen(actions: Sequence[Action], credit: CreditRule, *, latest: bool) -> Sequence[Action]:
    """The action that claims, the later number among those of one moment where the later claims."""
    if credit == "any" or not actions:
        return actions
    ordered = sorted(actions, key=lambda action: (action[4], action[0]))
    return [ordered[-1 if latest else 0]]

"""Which days of a source have arrived, are late or are missing, as seen on one day."""

from datetime import date, time, timedelta

import pytest

from roi_pipeline.domain.feeds import Feed, feed_on
from roi_pipeline.domain.operations import Expectation
from roi_pipeline.domain.windows import Window

NIGHT = time(2, 30)
START = date(2026, 3, 1)
DAILY = Expectation("erp__orders", tolerance_days=2)


def days(count: int, *, but: frozenset[int] = frozenset()) -> set[date]:
    return {START + timedelta(days=number) for number in range(count) if number not in but}


def look(expectation: Expectation, seen: set[date], as_of: date) -> Feed:
    return feed_on(expectation, seen, as_of=as_of, since=START, nightly_at=NIGHT)


@pytest.mark.parametrize(
    ("waits", "state"), [(0, "arrived"), (1, "late"), (2, "late"), (3, "missing"), (10, "missing")]
)
def test_a_daily_source_is_late_within_its_tolerance_and_missing_after_it(
    waits: int, state: str
) -> None:
    feed = look(DAILY, days(10), START + timedelta(days=10 + waits))
    assert feed.state == state
    assert feed.newest == date(2026, 3, 10)
    assert feed.n_expected - feed.n_arrived == waits


def test_freshness_days_of_a_contract_say_the_same_as_the_rule_on_a_delivery() -> None:
    """The rule `data_are_fresh` holds while as_of − newest ≤ freshness_days."""
    for freshness_days in (1, 3, 7):
        tolerated = Expectation("t", tolerance_days=freshness_days - 1)
        last = date(2026, 3, 10) + timedelta(days=freshness_days)
        assert look(tolerated, days(10), last).state != "missing"
        assert look(tolerated, days(10), last + timedelta(days=1)).state == "missing"


def test_days_missing_before_later_ones_are_gaps_beyond_the_tolerance_only() -> None:
    short, long = frozenset({3, 4}), frozenset({3, 4, 5})
    as_of = START + timedelta(days=10)
    assert look(DAILY, days(10, but=short), as_of).state == "arrived"
    feed = look(DAILY, days(10, but=long), as_of)
    assert (feed.state, feed.missing) == ("gaps", (Window(date(2026, 3, 4), date(2026, 3, 7)),))
    unreported = Expectation("t", tolerance_days=2, are_gaps_reported=False)
    assert look(unreported, days(10, but=long), as_of).state == "arrived"


def test_nothing_is_due_on_closed_days() -> None:
    closed = Window(date(2026, 3, 11), date(2026, 3, 21))
    holiday = Expectation("t", tolerance_days=2, closed=(closed,))
    assert look(holiday, days(10), date(2026, 3, 21)).state == "arrived"
    assert look(holiday, days(10), date(2026, 3, 23)).state == "late"
    assert look(holiday, days(10), date(2026, 3, 24)).state == "missing"


def test_what_arrives_after_the_night_run_is_looked_for_a_day_later() -> None:
    early, late = Expectation("t", by=time(2, 0)), Expectation("t", by=time(6, 0))
    as_of = START + timedelta(days=11)
    assert look(early, days(10), as_of).state == "missing"
    assert look(late, days(10), as_of).state == "arrived"
    assert look(late, days(10), as_of).next_due == date(2026, 3, 13)


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        (date(2026, 3, 16), "arrived"),  # the second week ends with the 15th
        (date(2026, 3, 23), "late"),
        (date(2026, 3, 26), "missing"),
    ],
)
def test_a_weekly_source_is_due_when_its_week_has_ended(as_of: date, state: str) -> None:
    weekly = Expectation("t", every="week", tolerance_days=3)
    assert look(weekly, {date(2026, 3, 4), date(2026, 3, 12)}, as_of).state == state


def test_a_month_without_rows_between_others_is_a_gap() -> None:
    monthly = Expectation("t", every="month", tolerance_days=10)
    feed = look(monthly, {date(2026, 1, 5), date(2026, 3, 9)}, date(2026, 4, 2))
    assert (feed.state, feed.n_expected, feed.n_arrived) == ("gaps", 3, 2)
    assert feed.missing == (Window(date(2026, 2, 1), date(2026, 3, 1)),)


def test_a_source_that_never_delivered_is_missing_from_its_first_day() -> None:
    feed = look(DAILY, set(), date(2026, 3, 20))
    assert (feed.state, feed.newest, feed.age_days) == ("missing", None, None)
    assert feed.missing == (Window(START, date(2026, 3, 20)),)


def test_what_lies_after_the_day_of_the_run_is_not_seen() -> None:
    assert look(DAILY, days(30), date(2026, 3, 5)).newest == date(2026, 3, 4)

"""How a source stands on a day: what is due, what is late, what is missing, by hand."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from roi_pipeline.domain.feeds import Feed, feed_on
from roi_pipeline.domain.operations import Expectation, Operations
from roi_pipeline.domain.windows import Window

TODAY = date(2026, 3, 11)
NIGHT = time(2, 30)


def days_ago(*numbers: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in numbers]


def feed(days: list[date], *, since: date = date(2026, 3, 2), **expected: Any) -> Feed:
    wanted = Expectation("crm__orders", **expected)
    return feed_on(wanted, days, as_of=TODAY, since=since, nightly_at=NIGHT)


def test_a_source_with_rows_of_every_due_day_has_arrived() -> None:
    found = feed(days_ago(1, 2, 3))
    assert (found.state, found.n_expected, found.n_arrived) == ("arrived", 3, 3)
    assert (found.late, found.missing, found.next_due) == (None, (), date(2026, 3, 12))
    assert (found.age_days, found.is_stale) == (1, False)


@pytest.mark.parametrize(
    ("tolerance", "state", "late", "missing"),
    [
        (2, "late", (date(2026, 3, 9), TODAY), ()),
        (1, "missing", None, ((date(2026, 3, 9), TODAY),)),
        (0, "missing", None, ((date(2026, 3, 9), TODAY),)),
    ],
)
def test_two_days_without_rows_are_late_within_the_tolerance_and_missing_beyond(
    tolerance: int, state: str, late: Any, missing: Any
) -> None:
    found = feed(days_ago(3, 4), tolerance_days=tolerance)
    assert found.state == state
    assert found.late == (late and Window(*late))
    assert found.missing == tuple(Window(*each) for each in missing)
    assert found.is_stale == (state == "missing")
    assert found.age_days == 3


def test_a_hole_between_days_is_a_gap_only_where_it_is_to_be_reported() -> None:
    holed = days_ago(1, 2, 5)
    found = feed(holed)
    assert (found.state, found.n_arrived, found.n_expected) == ("gaps", 3, 5)
    assert found.missing == (Window(date(2026, 3, 7), date(2026, 3, 9)),)
    assert feed(holed, tolerance_days=2).state == "arrived"
    assert feed(holed, are_gaps_reported=False).state == "arrived"
    closed = (Window(date(2026, 3, 7), date(2026, 3, 9)),)
    assert (feed(holed, closed=closed).state, feed(holed, closed=closed).n_expected) == (
        "arrived",
        3,
    )


def test_a_source_that_never_delivered_is_missing_from_the_day_it_was_expected() -> None:
    found = feed([], since=date(2026, 3, 9))
    assert (found.state, found.newest, found.age_days) == ("missing", None, None)
    assert found.missing == (Window(date(2026, 3, 9), TODAY),)
    assert feed([], since=TODAY).state == "arrived"  # nothing is due on the first day


def test_rows_of_the_day_itself_and_later_are_not_seen() -> None:
    assert feed([*days_ago(1), TODAY, date(2026, 4, 1)]).newest == date(2026, 3, 10)


def test_what_arrives_after_the_nightly_run_is_looked_for_a_day_later() -> None:
    evening = feed(days_ago(2), by=time(9))
    assert (evening.state, evening.n_expected, evening.next_due) == (
        "arrived",
        1,
        date(2026, 3, 12),
    )
    assert feed(days_ago(2), by=NIGHT).state == "missing"


def test_a_weekly_source_is_due_when_the_week_is_over() -> None:
    found = feed([date(2026, 2, 24), date(2026, 3, 3)], every="week")
    assert (found.state, found.n_expected, found.next_due) == ("arrived", 2, date(2026, 3, 16))


def test_what_is_declared_of_a_source_is_found_by_its_table() -> None:
    wanted = Expectation("crm__orders", every="week")
    operations = Operations(expected=(Expectation("other"), wanted))
    assert operations.expectation("crm__orders") == wanted
    assert operations.expectation("nobody") is None

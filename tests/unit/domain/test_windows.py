"""Windows, periods and cycles: no gap, no overlap, and keys that find their own days."""

from datetime import date, timedelta
from typing import get_args

import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.windows import (
    CycleKind,
    PeriodKind,
    Window,
    cycle_from_key,
    cycle_holding,
    cycle_key,
    period_end,
    period_start,
    previous_cycle,
)

DAYS = [date(2023, 12, 1) + timedelta(days=number) for number in range(500)]


@pytest.mark.parametrize("kind", get_args(PeriodKind))
def test_every_day_lies_in_one_period_and_the_next_begins_where_it_ends(kind: PeriodKind) -> None:
    assert len(get_args(PeriodKind)) == 5
    for day in DAYS:
        start = period_start(day, kind)
        end = period_end(start, kind)
        assert start <= day < end
        assert period_start(end, kind) == end
        assert period_start(end - timedelta(days=1), kind) == start


@pytest.mark.parametrize("kind", get_args(CycleKind))
def test_the_key_of_a_day_names_the_cycle_that_holds_it(kind: CycleKind) -> None:
    assert len(get_args(CycleKind)) == 4
    for day in DAYS:
        cycle = cycle_holding(kind, day, as_of=day)
        assert day in cycle.window
        assert cycle_key(kind, cycle.window.start) == cycle.key
        before = previous_cycle(cycle, kind)
        assert before.window.end == before.as_of == cycle.window.start


@pytest.mark.parametrize("key", ["2026-13", "2026-Q5", "2026-H3", "26-01", "2026-W01"])
def test_a_key_of_no_cycle_is_refused_with_the_keys_there_are(key: str) -> None:
    with pytest.raises(NeedsAHuman, match=f"no cycle is called '{key}'; write 2026-03, 2026-Q1"):
        cycle_from_key(key, as_of=date(2026, 1, 1))


def test_a_window_does_not_end_before_it_starts() -> None:
    with pytest.raises(NeedsAHuman, match=r"\(2025-12-31\) before it starts \(2026-01-01\); swap"):
        Window(date(2026, 1, 1), date(2025, 12, 31))


def test_a_cycle_is_open_until_its_last_day_was_seen() -> None:
    assert cycle_from_key("2026-01", as_of=date(2026, 1, 31)).is_open
    assert not cycle_from_key("2026-01", as_of=date(2026, 2, 1)).is_open


def test_of_a_cycle_one_sees_what_the_day_and_the_exports_allow() -> None:
    cycle = cycle_from_key("2026-01", as_of=date(2026, 1, 20))
    assert str(cycle.observed) == "[2026-01-01, 2026-01-20)"
    early = cycle_from_key("2026-02", as_of=date(2026, 1, 20))
    assert early.observed.days == 0

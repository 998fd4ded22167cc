"""Whether the rows of every day have arrived: what one source is expected to deliver, and what it did.

Pure bookkeeping over days: which days have rows is handed in, and the day of the run is an argument.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import groupby
from typing import Literal

from roi_pipeline.domain.operations import Expectation, Rhythm, period_of
from roi_pipeline.domain.windows import Window

FeedState = Literal["arrived", "late", "gaps", "missing"]


@dataclass(frozen=True, slots=True)
class Feed:
    """One source as seen on the day of a run.

    Attributes:
        newest: last day with rows; None when there never were any.
        state: `missing` when the newest periods are overdue beyond the tolerance, `late` when they are
            within it, `gaps` when only earlier periods are missing.
        n_expected: periods that are due.
        n_arrived: of these, with rows.
        late: the newest periods that are due and may still come.
        missing: runs of due periods without rows, longer than the tolerance, as days.
        next_due: first day on which the next period will be due.
    """

    source: str
    every: Rhythm
    tolerance_days: int
    as_of: date
    newest: date | None
    state: FeedState
    n_expected: int
    n_arrived: int
    late: Window | None
    missing: tuple[Window, ...]
    next_due: date

    @property
    def is_stale(self) -> bool:
        """Whether the newest rows are older than was declared."""
        return self.state == "missing"

    @property
    def age_days(self) -> int | None:
        """Days from the newest row to the day of the run; 1 is yesterday."""
        return None if self.newest is None else (self.as_of - self.newest).days


def feed_on(
    expectation: Expectation, days: Collection[date], *, as_of: date, since: date, nightly_at: time
) -> Feed:
    """How a source stands on a day.

    Args:
        expectation: when it delivers.
        days: days with rows.
        as_of: first day not yet seen.
        since: first day it is expected from while it never delivered.
        nightly_at: what arrives later than this in the night is looked for a day later.
    """
    waits = timedelta(days=1 if expectation.by > nightly_at else 0)
    seen = sorted(day for day in days if day < as_of)
    due, following = _due_periods(expectation, seen[0] if seen else since, as_of, waits)
    arrived = {period_of(day, expectation.every).start for day in seen}
    runs = [
        (has_rows, tuple(group))
        for has_rows, group in groupby(due, key=lambda period: period.start in arrived)
    ]
    tolerated = timedelta(days=expectation.tolerance_days)
    gaps = tuple(
        Window(group[0].start, group[-1].end)
        for place, (has_rows, group) in enumerate(runs[:-1])
        if not has_rows and group[0].end + tolerated < runs[place + 1][1][0].end
    )
    tail = runs[-1][1] if runs and not runs[-1][0] else ()
    is_missing = bool(tail) and tail[0].end + waits + tolerated <= as_of
    open_end = (Window(tail[0].start, tail[-1].end),) if tail else ()
    reported = gaps if expectation.are_gaps_reported else ()
    return Feed(
        source=expectation.source,
        every=expectation.every,
        tolerance_days=expectation.tolerance_days,
        as_of=as_of,
        newest=seen[-1] if seen else None,
        state=_state(tail, is_missing=is_missing, gaps=reported),
        n_expected=len(due),
        n_arrived=sum(period.start in arrived for period in due),
        late=open_end[0] if open_end and not is_missing else None,
        missing=(*reported, *(open_end if is_missing else ())),
        next_due=following.end + waits,
    )


def _state(tail: Sequence[Window], *, is_missing: bool, gaps: Sequence[Window]) -> FeedState:
    if is_missing:
        return "missing"
    if gaps:
        return "gaps"
    return "late" if tail else "arrived"


def _due_periods(
    expectation: Expectation, first: date, as_of: date, waits: timedelta
) -> tuple[list[Window], Window]:
    """Periods due by the day of the run, closed ones left out, and the one that is due next."""
    due = list[Window]()
    for period in _periods(first, expectation.every):
        if period.end + waits > as_of:
            return due, period
        if not any(
            closed.start <= period.start and period.end <= closed.end
            for closed in expectation.closed
        ):
            due.append(period)
    raise AssertionError("periods never end")


def _periods(first: date, every: Rhythm) -> Iterator[Window]:
    period = period_of(first, every)
    while True:
        yield period
        period = period_of(period.end, every)

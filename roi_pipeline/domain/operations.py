"""How a study is run as a service: when its runs start, when each source is expected."""

from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from roi_pipeline.domain.alerts import AlertSettings
from roi_pipeline.domain.windows import Window, period_end, period_start

Rhythm = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """When a source delivers the rows of each day, week or month.

    Attributes:
        source: export table, `<system>__<entity>`.
        by: local time by which a period's rows are there, on the day after its end.
        tolerance_days: days after that before what is late counts as missing.
        column: date or timestamp column that says which day a row is about; None: the contract's
            freshness column, and without one the days on which something new was loaded.
        closed: days on which nothing is due.
        are_gaps_reported: whether periods missing before a later one count, not the newest only.
    """

    source: str
    every: Rhythm = "day"
    by: time = time.min
    tolerance_days: int = 0
    column: str | None = None
    closed: tuple[Window, ...] = ()
    are_gaps_reported: bool = True


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """A column whose mix of categories is compared from period to period.

    Attributes:
        source: export table, `<system>__<entity>`.
        column: the categories: a closing reason, a code, who counted the event.
        date_column: date or timestamp column that says which period a row is of; None: the column by which
            the source's freshness is judged.
        periods: how many whole periods before the newest one say what is usual.
        minimum_count: a period with fewer rows is not judged and says nothing of what is usual.
        smallest_shift: share of rows that must be in another category before it counts (total variation).
    """

    source: str
    column: str
    date_column: str | None = None
    every: Rhythm = "week"
    periods: int = 8
    minimum_count: int = 100
    smallest_shift: float = 0.1


@dataclass(frozen=True, slots=True)
class Operations:
    """The settings of operation of a study.

    Attributes:
        nightly_at: local time of the nightly run.
        close_at: local time at which matured cycles are closed.
        selftest_trials: simulated modules of each shape, with and without an effect, tried in every
            night that saw new days; 0: by `roi selftest` alone.
    """

    nightly_at: time = time(2, 30)
    close_at: time = time(4, 30)
    expected: tuple[Expectation, ...] = ()
    drift: tuple[DriftWatch, ...] = ()
    alerts: AlertSettings = field(default_factory=AlertSettings)
    selftest_trials: int = 0

    def expectation(self, source: str) -> Expectation | None:
        """What is declared of a source."""
        return next((each for each in self.expected if each.source == source), None)


def period_of(day: date, every: Rhythm) -> Window:
    """The day, week (from Monday) or month a day belongs to.

    >>> period_of(date(2026, 2, 18), "week")
    Window(start=datetime.date(2026, 2, 16), end=datetime.date(2026, 2, 23))
    """
    start = period_start(day, every)
    return Window(start, period_end(start, every))

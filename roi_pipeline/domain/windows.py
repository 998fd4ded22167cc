"""Half-open stretches of days, and the evaluation cycles cut from the calendar.

Nothing here knows today's date: a cycle carries the `as_of` it is read at.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from roi_pipeline.domain.errors import NeedsAHuman

CycleKind = Literal["month", "quarter", "half_year", "year"]
PeriodKind = Literal["day", "week", "month", "quarter", "year"]
MONTHS_IN: dict[CycleKind, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
OPEN_END = date.max  # the end of a window that has none; cut it with `until(as_of)` before use
KEY_PATTERN = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>\d{2})))?"
)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Days from `start` up to, not including, `end`.

    >>> Window(date(2026, 1, 1), date(2026, 2, 1)).days
    31
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            msg = (
                f"a window cannot end ({self.end}) before it starts ({self.start}); swap the dates"
            )
            raise NeedsAHuman(msg)

    @property
    def days(self) -> int:
        """Number of days inside."""
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"

    def overlap(self, other: "Window") -> "Window | None":
        """The days in both, or None when there are none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None

    def until(self, day: date) -> "Window":
        """The part before `day`; empty when `day` comes first."""
        return Window(self.start, max(self.start, min(self.end, day)))

    def each_day(self) -> Iterator[date]:
        """Every day inside, in order."""
        return (self.start + timedelta(days=number) for number in range(self.days))


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day.

    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (following - first).days) - 1)


def period_start(day: date, kind: PeriodKind) -> date:
    """First day of the day, ISO week (Monday), month, quarter or year `day` falls in."""
    match kind:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case _:
            return date(day.year, 1, 1)


def period_end(start: date, kind: PeriodKind) -> date:
    """First day after the period that starts on `start`."""
    if kind in MONTHS_IN:
        return add_months(start, MONTHS_IN[kind])
    return start + timedelta(days=7 if kind == "week" else 1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """One evaluation period of a study, as seen on the day `as_of`.

    Attributes:
        key: sortable name: `2026-03`, `2026-Q1`, `2026-H1` or `2026`.
        window: the days of the period.
        as_of: the first day *not* yet seen; everything dated before it may be used.
        data_end: first day the study's exports do not cover; None: they go on.
    """

    key: str
    window: Window
    as_of: date
    data_end: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether days of the cycle are still to come."""
        return self.as_of < self.window.end

    @property
    def observed(self) -> Window:
        """The part of the window that `as_of` lets us see and the exports cover."""
        return self.window.until(min(self.as_of, self.data_end or self.as_of))

    def seed(self, *parts: str) -> int:
        """A 63-bit seed from the cycle's key and `parts`; never from a clock."""
        text = "\x1f".join((self.key, *parts)).encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1


def cycle_from_key(key: str, *, as_of: date) -> Cycle:
    """Read `2026-Q1` and its like.

    >>> cycle_from_key("2026-Q1", as_of=date(2026, 2, 1)).window.end
    datetime.date(2026, 4, 1)
    """
    found = KEY_PATTERN.fullmatch(key)
    if found is None or not 1 <= int(found["month"] or 1) <= MONTHS_IN["year"]:
        msg = f"no cycle is called {key!r}; write 2026-03, 2026-Q1, 2026-H1 or 2026"
        raise NeedsAHuman(msg)
    kind, first = _kind_and_month(found)
    start = date(int(found["year"]), first, 1)
    return Cycle(key, Window(start, add_months(start, MONTHS_IN[kind])), as_of)


def _kind_and_month(found: re.Match[str]) -> tuple[CycleKind, int]:
    if found["quarter"]:
        return "quarter", int(found["quarter"]) * 3 - 2
    if found["half"]:
        return "half_year", int(found["half"]) * 6 - 5
    if found["month"]:
        return "month", int(found["month"])
    return "year", 1


def cycle_key(kind: CycleKind, day: date) -> str:
    """Key of the cycle of `kind` that holds `day`."""
    match kind:
        case "month":
            return f"{day.year:04}-{day.month:02}"
        case "quarter":
            return f"{day.year:04}-Q{(day.month - 1) // 3 + 1}"
        case "half_year":
            return f"{day.year:04}-H{(day.month - 1) // 6 + 1}"
        case _:
            return f"{day.year:04}"


def cycle_holding(kind: CycleKind, day: date, *, as_of: date) -> Cycle:
    """The cycle of `kind` that holds `day`."""
    return cycle_from_key(cycle_key(kind, day), as_of=as_of)


def previous_cycle(cycle: Cycle, kind: CycleKind) -> Cycle:
    """The cycle just before, read at its own end."""
    day = cycle.window.start - timedelta(days=1)
    return cycle_holding(kind, day, as_of=cycle.window.start)

"""Weeks, quarters and fiscal periods as exports write them, and the day each is dated by.

A panel is cut by ISO weeks, months and quarters. What an export cuts otherwise is dated by the calendar's
own week, month or quarter that holds its middle, so that two never fall into one and none is skipped.
The same rules as SQL are in `engines/loading/named_dates`; tests hold the two together cell by cell.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, get_args

from roi_pipeline.domain.windows import period_start

NamedPeriod = Literal[
    "iso week", "january week", "quarter", "fiscal week", "fiscal quarter",
    "4-4-5", "4-5-4", "5-4-4",
]  # fmt: skip
NAMED_PERIODS: tuple[NamedPeriod, ...] = get_args(NamedPeriod)
FISCAL: tuple[NamedPeriod, ...] = NAMED_PERIODS[3:]
WEEK = re.compile(r"(?P<year>\d{4})-?W(?P<number>\d{1,2})")
QUARTER = re.compile(r"(?P<year>\d{4})-?Q(?P<number>[1-4])|Q(?P<number2>[1-4])-?(?P<year2>\d{4})")
FISCAL_PERIOD = re.compile(r"(?:FY)?(?P<year>\d{4})-?[WPQ](?P<number>\d{1,2})")
SIGNS: Mapping[str, str] = {"fiscal week": "W", "fiscal quarter": "Q"}
SHORT_YEAR, LONG_YEAR = 364, 371
WEEKS, LAST_WEEK, QUARTERS, PERIODS, QUARTER_WEEKS = 52, 53, 4, 12, 13
HALF_A_WEEK = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class PeriodFormat:
    """How a column writes its periods.

    Attributes:
        fiscal_years: number of a fiscal year → its first day; of fiscal periods alone.
    """

    name: NamedPeriod
    fiscal_years: Mapping[int, date] = field(default_factory=dict[int, date])

    def day(self, cell: str) -> date | None:
        """The day the cell is dated by; None when it names no period of this calendar.

        >>> PeriodFormat("iso week").day("2020W53"), PeriodFormat("iso week").day("2024W53")
        (datetime.date(2020, 12, 28), None)
        >>> PeriodFormat("january week").day("2024W53"), PeriodFormat("quarter").day("Q42023")
        (datetime.date(2024, 12, 30), datetime.date(2023, 10, 1))
        >>> PeriodFormat("4-4-5", {2024: date(2024, 1, 29)}).day("FY2024P03")
        datetime.date(2024, 4, 1)
        """
        try:
            return _day(self, cell.strip())
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        """As it is written out: the name, then each fiscal year with its first day."""
        years = (f"{number}:{day}" for number, day in sorted(self.fiscal_years.items()))
        return " ".join((self.name, *years))


def period_format(text: str) -> PeriodFormat | None:
    """The format of that name, as `PeriodFormat` writes it; None when it is no named one.

    >>> period_format("4-4-5 2024:2024-01-29"), period_format("%Y-%m-%d")
    (PeriodFormat(name='4-4-5', fiscal_years={2024: datetime.date(2024, 1, 29)}), None)
    """
    for name in NAMED_PERIODS:
        if text == name or text.startswith(f"{name} "):
            pairs = (part.split(":") for part in text.removeprefix(name).split())
            return PeriodFormat(
                name, {int(number): date.fromisoformat(day) for number, day in pairs}
            )
    return None


def _day(form: PeriodFormat, cell: str) -> date | None:
    match form.name:
        case "iso week":
            found = WEEK.fullmatch(cell)
            return _iso_week(found) if found else None
        case "january week":
            found = WEEK.fullmatch(cell)
            return _january_week(found) if found else None
        case "quarter":
            found = QUARTER.fullmatch(cell)
            if not found:
                return None
            number = int(found["number"] or found["number2"])
            return date(int(found["year"] or found["year2"]), 3 * number - 2, 1)
        case _:
            return _fiscal(form, cell)


def _iso_week(found: re.Match[str]) -> date:
    return date.fromisocalendar(int(found["year"]), int(found["number"]), 1)


def _january_week(found: re.Match[str]) -> date | None:
    number = int(found["number"])
    if not 1 <= number <= LAST_WEEK:
        return None
    return _week_of(date(int(found["year"]), 1, 1) + timedelta(days=7 * (number - 1)))


def _week_of(first: date) -> date:
    """Monday of the ISO week that holds the middle of the week from `first` on."""
    return period_start(first + HALF_A_WEEK, "week")


def weeks_before(name: NamedPeriod) -> tuple[int, ...]:
    """Weeks of the fiscal year before each of its twelve periods.

    >>> weeks_before("4-4-5")
    (0, 4, 8, 13, 17, 21, 26, 30, 34, 39, 43, 47)
    """
    lengths = [int(part) for part in name.split("-")]
    return tuple(
        QUARTER_WEEKS * (number // 3) + sum(lengths[: number % 3]) for number in range(PERIODS)
    )


def middles(name: NamedPeriod) -> tuple[int, ...]:
    """Days from the first of the fiscal year to the middle of each of its twelve periods."""
    lengths = [int(part) for part in name.split("-")]
    starts = weeks_before(name)
    return tuple(7 * before + 7 * lengths[n % 3] // 2 for n, before in enumerate(starts))


def has_long_year(fiscal_years: Mapping[int, date], number: int) -> bool:
    """Whether a fiscal year is known to have 53 weeks: the first day of the next one says so."""
    following = fiscal_years.get(number + 1)
    return following is not None and (following - fiscal_years[number]).days == LONG_YEAR


def _fiscal(form: PeriodFormat, cell: str) -> date | None:
    found = FISCAL_PERIOD.fullmatch(cell)
    if not found or SIGNS.get(form.name, "P") not in cell:
        return None
    year, number = int(found["year"]), int(found["number"])
    first = form.fiscal_years.get(year)
    if first is None or number < 1:
        return None
    match form.name:
        case "fiscal week":
            last = LAST_WEEK if has_long_year(form.fiscal_years, year) else WEEKS
            return _week_of(first + timedelta(days=7 * (number - 1))) if number <= last else None
        case "fiscal quarter" if number <= QUARTERS:
            middle = 7 * QUARTER_WEEKS * (number - 1) + 7 * QUARTER_WEEKS // 2
            return period_start(first + timedelta(days=middle), "quarter")
        case "4-4-5" | "4-5-4" | "5-4-4" if number <= PERIODS:
            return period_start(first + timedelta(days=middles(form.name)[number - 1]), "month")
        case _:
            return None

"""How the dates of a column are written, found from the cells: days, months, weeks, quarters, years.

A column is read in one way only, the first that reads every cell; two ways that disagree are a problem.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Literal

from roi_pipeline.domain.calendars import period_format
from roi_pipeline.domain.windows import PeriodKind

Form = Literal["day", "time", "month", "year", "week", "quarter"]
DAY_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%Y年%m月%d日")
# Day first or month first: one of a pair, whichever reads every cell and the other does not.
EITHER_FIRST: tuple[tuple[str, str], ...] = (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"))
CLOCKS = ("", " %H:%M", " %H:%M:%S")
MONTH_FORMATS = ("%Y-%m", "%Y/%m", "%Y年%m月")
YEAR = re.compile(r"(1[6-9]|2[01])\d\d")
NEVER = frozenset({"0", "inf", "never", "nan", "na", "none", "null", "-"})


@dataclass(frozen=True, slots=True)
class DateForm:
    """How one column's dates are written.

    Attributes:
        format: strptime of a day, month or time, name of a week's or quarter's calendar; empty when ISO or no
            day at all.
    """

    form: Form
    format: str = ""

    def day(self, cell: str) -> date | None:
        """First day of what the cell names; None when it is not written so.

        >>> DateForm("quarter", "quarter").day("Q42023"), DateForm("week", "iso week").day("2024W53")
        (datetime.date(2023, 10, 1), None)
        """
        try:
            return _day(self, cell)
        except ValueError:
            return None


def _day(form: DateForm, cell: str) -> date | None:
    match form.form:
        case "time" if not form.format:
            return datetime.fromisoformat(cell).date()
        case "year":
            found = YEAR.fullmatch(cell)
            return date(int(cell), 1, 1) if found else None
        case "week" | "quarter":
            named = period_format(form.format)
            return named.day(cell) if named else None
        case "day" | "month" | "time":
            return datetime.strptime(cell, form.format).date()  # noqa: DTZ007 - a day has no zone


FORMS: tuple[DateForm, ...] = (
    *(DateForm("day", each) for each in DAY_FORMATS),
    DateForm("year"),
    *(DateForm("month", each) for each in MONTH_FORMATS),
    DateForm("week", "iso week"),
    DateForm("week", "january week"),
    DateForm("quarter", "quarter"),
    DateForm("time"),
)


def form_of(cells: Iterable[str]) -> DateForm | None:
    """The one way in which every cell can be read; None when there is none.

    >>> form_of(["1989", "1990"]).form, form_of(["13/02/2024", "01/03/2024"]).format
    ('year', '%d/%m/%Y')
    >>> form_of(["01/02/2024", "03/04/2024"]) is None
    True
    >>> form_of(["29-02-2016 01:16", "01-03-2016 10:00"])
    DateForm(form='time', format='%d-%m-%Y %H:%M')
    """
    seen = list(dict.fromkeys(cells))
    if not seen:
        return None
    for form in FORMS:
        if all(form.day(cell) is not None for cell in seen):
            return form
    for both in _either_first():
        fitting = [form for form in both if all(form.day(cell) is not None for cell in seen)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _either_first() -> list[tuple[DateForm, DateForm]]:
    """Forms that differ in whether the day or the month comes first, pair by pair."""
    return [
        (
            DateForm("time" if clock else "day", day + clock),
            DateForm("time" if clock else "day", month + clock),
        )
        for clock in CLOCKS
        for day, month in EITHER_FIRST
    ]


def unreadable_cells(cells: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Cells that the form of most others does not read, a few of them."""
    seen = list(dict.fromkeys(cells))
    forms = [*FORMS, *(form for both in _either_first() for form in both)]
    missed = [[cell for cell in seen if form.day(cell) is None] for form in forms]
    fewest = min(missed, key=len)
    return tuple((fewest or seen)[:most])


def period_of(days: Sequence[date], form: DateForm) -> PeriodKind:
    """The period a panel of these days is cut into: that of the dates, of daily ones the week.

    >>> period_of([date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)], DateForm("day", ""))
    'month'
    """
    match form.form:
        case "year" | "quarter" | "month" | "week":
            return form.form
        case "day" | "time":
            return _period_of_days(sorted(set(days)))


def _period_of_days(days: Sequence[date]) -> PeriodKind:
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if not gaps:
        return "day"
    if len({day.day for day in days}) == 1 and min(gaps) >= 28:  # noqa: PLR2004 - a February
        months = {day.month for day in days}
        if len(months) == 1:
            return "year"
        return "quarter" if min(gaps) > 88 else "month"  # noqa: PLR2004 - two months are 62
    if all(gap % 7 == 0 for gap in gaps):
        return "week"
    return "week" if (days[-1] - days[0]).days >= 7 * 8 else "day"

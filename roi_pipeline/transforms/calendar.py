"""The calendar every study shares: weeks, months, public holidays, festivals that move demand.

Lunar New Year wanders between 21 January and 20 February, so last year's same date is no comparison;
the signed distance to the nearest one is. Public holidays come from the `holidays` library, which
ships them with its releases: nothing is fetched. Years a government has not announced yet are the
library's own reckoning, without the working weekends that are announced with them.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.windows import Window, period_start

if TYPE_CHECKING:
    import polars as pl

FIRST_LUNAR_YEAR, LAST_LUNAR_YEAR = 1901, 2099
SATURDAY = 5
ORDINARY = "ordinary"
LUNAR_NEW_YEAR = "lunar_new_year"
DAYS_BEFORE_NEW_YEAR, DAYS_AFTER_NEW_YEAR = 7, 14
CHINESE_MARKETS = frozenset({"CN", "TW", "HK", "MO"})


class Festival(NamedTuple):
    """A shopping festival, with the weeks in which it pulls demand to itself."""

    name: str
    first: tuple[int, int]
    last: tuple[int, int]


FESTIVALS = (
    Festival("618", (6, 1), (6, 20)),
    Festival("double_11", (10, 24), (11, 11)),
    Festival("double_12", (12, 5), (12, 12)),
)


def build_calendar(
    window: Window, *, country: str = "CN", own_holidays: Mapping[date, str] | None = None
) -> "pl.DataFrame":
    """One row per day of the window, for `facts.calendar`.

    Args:
        window: the days wanted.
        country: ISO code of the country whose public holidays count.
        own_holidays: the company's own days off, by name; they win over public ones.
    """
    import polars as pl

    _refuse_unreckoned_years(window)
    public, working_weekends = _public_holidays(window, country)
    names = {**public, **(own_holidays or {})}
    days = list(window.each_day())
    has_festivals = country.upper() in CHINESE_MARKETS
    seasons = [_season(day, has_festivals=has_festivals) for day in days]
    return pl.DataFrame(
        {
            "calendar_date": days,
            "week_start_date": [period_start(day, "week") for day in days],
            "month_start_date": [period_start(day, "month") for day in days],
            "is_weekend": [day.weekday() >= SATURDAY for day in days],
            "is_holiday": [day in names for day in days],
            "holiday_name": [names.get(day) for day in days],
            "is_working_day": [
                day not in names and (day.weekday() < SATURDAY or day in working_weekends)
                for day in days
            ],
            "is_shopping_festival": [
                season not in (ORDINARY, LUNAR_NEW_YEAR) for season in seasons
            ],
            "season_name": seasons,
            "lunar_new_year_offset_days": [lunar_new_year_offset(day) for day in days],
        },
        schema={
            "calendar_date": pl.Date,
            "week_start_date": pl.Date,
            "month_start_date": pl.Date,
            "is_weekend": pl.Boolean,
            "is_holiday": pl.Boolean,
            "holiday_name": pl.String,
            "is_working_day": pl.Boolean,
            "is_shopping_festival": pl.Boolean,
            "season_name": pl.String,
            "lunar_new_year_offset_days": pl.Int64,
        },
    )


def lunar_new_year(year: int) -> date:
    """First day of the lunar year that begins in `year`.

    >>> lunar_new_year(2026)
    datetime.date(2026, 2, 17)
    """
    from lunardate import LunarDate

    first: date = LunarDate(year, 1, 1).toSolarDate()
    return first


def lunar_new_year_offset(day: date) -> int:
    """Days since the nearest Lunar New Year; negative before it, 0 on it.

    >>> lunar_new_year_offset(date(2026, 2, 16)), lunar_new_year_offset(date(2025, 2, 1))
    (-1, 3)
    """
    offsets = [(day - lunar_new_year(year)).days for year in (day.year - 1, day.year, day.year + 1)]
    return min(offsets, key=lambda offset: (abs(offset), offset))


def _season(day: date, *, has_festivals: bool) -> str:
    """What moves demand on a day: Lunar New Year, a shopping festival, or nothing."""
    if not has_festivals:
        return ORDINARY
    if -DAYS_BEFORE_NEW_YEAR <= lunar_new_year_offset(day) <= DAYS_AFTER_NEW_YEAR:
        return LUNAR_NEW_YEAR
    for festival in FESTIVALS:
        if festival.first <= (day.month, day.day) <= festival.last:
            return festival.name
    return ORDINARY


def _public_holidays(window: Window, country: str) -> tuple[dict[date, str], frozenset[date]]:
    """Names of public holidays by day, and weekend days that were made working days."""
    from holidays import country_holidays, list_supported_countries

    code = country.upper()
    known = list_supported_countries()
    if code not in known:
        raise UnknownName("country with public holidays", country, known)
    last = window.end - timedelta(days=1)
    years = range(window.start.year, max(window.start, last).year + 1)
    found = country_holidays(code, years=years)
    names = {day: name for day, name in found.items() if day in window}
    return names, frozenset(found.weekend_workdays)


def _refuse_unreckoned_years(window: Window) -> None:
    if window.start.year < FIRST_LUNAR_YEAR or window.end.year > LAST_LUNAR_YEAR:
        raise NeedsAHuman(
            f"the calendar cannot be made for {window}; the lunar calendar is reckoned from "
            f"{FIRST_LUNAR_YEAR} to {LAST_LUNAR_YEAR}. Check the study's history dates"
        )

from datetime import date, timedelta

import polars as pl
import pytest

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.windows import Window
from roi_pipeline.transforms.calendar import build_calendar, lunar_new_year, lunar_new_year_offset


def day(calendar: pl.DataFrame, wanted: date) -> dict[str, object]:
    return calendar.row(by_predicate=pl.col("calendar_date") == wanted, named=True)


@pytest.fixture(scope="module")
def calendar() -> pl.DataFrame:
    return build_calendar(Window(date(2025, 1, 1), date(2026, 5, 1)))


def test_every_day_of_the_window_is_there_once(calendar: pl.DataFrame) -> None:
    days = calendar["calendar_date"].to_list()
    assert days == [date(2025, 1, 1) + timedelta(days=number) for number in range(485)]


def test_weeks_begin_on_monday_and_months_on_the_first(calendar: pl.DataFrame) -> None:
    first = day(calendar, date(2025, 1, 1))
    assert first["week_start_date"] == date(2024, 12, 30)
    assert first["month_start_date"] == date(2025, 1, 1)
    assert all(start.weekday() == 0 for start in calendar["week_start_date"].unique())


@pytest.mark.parametrize(
    ("year", "first"),
    [
        (2020, date(2020, 1, 25)),
        (2023, date(2023, 1, 22)),
        (2024, date(2024, 2, 10)),
        (2025, date(2025, 1, 29)),
        (2026, date(2026, 2, 17)),
        (2033, date(2033, 1, 31)),
    ],
)
def test_lunar_new_year_is_where_almanacs_have_it(year: int, first: date) -> None:
    assert lunar_new_year(year) == first
    assert lunar_new_year_offset(first) == 0
    assert lunar_new_year_offset(first - timedelta(days=8)) == -8
    assert lunar_new_year_offset(first + timedelta(days=100)) == 100


def test_the_offset_turns_to_the_next_new_year_halfway() -> None:
    between = [lunar_new_year_offset(date(2025, 1, 29) + timedelta(days=n)) for n in range(385)]
    turn = next(n for n in range(1, 385) if between[n] < 0)
    assert between[turn - 1] == turn - 1
    assert between[turn] == turn - 384
    assert abs(between[turn]) <= turn


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (date(2025, 1, 29), "lunar_new_year"),
        (date(2025, 1, 22), "lunar_new_year"),
        (date(2025, 1, 21), "ordinary"),
        (date(2025, 2, 12), "lunar_new_year"),
        (date(2025, 2, 13), "ordinary"),
        (date(2025, 5, 31), "ordinary"),
        (date(2025, 6, 1), "618"),
        (date(2025, 6, 20), "618"),
        (date(2025, 6, 21), "ordinary"),
        (date(2025, 10, 24), "double_11"),
        (date(2025, 11, 11), "double_11"),
        (date(2025, 11, 12), "ordinary"),
        (date(2025, 12, 12), "double_12"),
    ],
)
def test_seasons_begin_and_end_on_their_days(
    calendar: pl.DataFrame, wanted: date, name: str
) -> None:
    row = day(calendar, wanted)
    assert row["season_name"] == name
    assert row["is_shopping_festival"] == (name in {"618", "double_11", "double_12"})


def test_a_working_sunday_is_a_weekend_that_is_worked(calendar: pl.DataFrame) -> None:
    row = day(calendar, date(2025, 1, 26))
    assert (row["is_weekend"], row["is_holiday"], row["is_working_day"]) == (True, False, True)
    row = day(calendar, date(2025, 1, 29))
    assert (row["is_weekend"], row["is_holiday"], row["is_working_day"]) == (False, True, False)
    row = day(calendar, date(2025, 3, 8))
    assert (row["is_weekend"], row["is_working_day"]) == (True, False)


def test_holidays_have_names_and_other_days_none(calendar: pl.DataFrame) -> None:
    unnamed = calendar.filter(pl.col("is_holiday") != pl.col("holiday_name").is_not_null())
    assert unnamed.is_empty()
    assert calendar["is_holiday"].sum() > 20


def test_the_companys_own_days_off_win() -> None:
    window = Window(date(2025, 1, 1), date(2025, 1, 4))
    own = {date(2025, 1, 1): "周年庆", date(2025, 1, 3): "盘点"}
    calendar = build_calendar(window, own_holidays=own)
    assert calendar["holiday_name"].to_list() == ["周年庆", None, "盘点"]
    assert calendar["is_working_day"].to_list() == [False, True, False]


def test_another_country_has_its_own_holidays_and_no_618() -> None:
    calendar = build_calendar(Window(date(2025, 6, 1), date(2025, 12, 31)), country="us")
    assert day(calendar, date(2025, 7, 4))["is_holiday"]
    assert calendar["season_name"].unique().to_list() == ["ordinary"]


def test_an_empty_window_keeps_the_columns() -> None:
    empty = build_calendar(Window(date(2025, 1, 1), date(2025, 1, 1)))
    assert empty.height == 0
    assert empty.schema == build_calendar(Window(date(2025, 1, 1), date(2025, 1, 2))).schema


def test_an_unknown_country_is_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="no country with public holidays called 'XX'"):
        build_calendar(Window(date(2025, 1, 1), date(2025, 1, 2)), country="XX")


def test_years_the_lunar_calendar_is_not_reckoned_for_are_refused() -> None:
    with pytest.raises(NeedsAHuman, match=r"1901 to 2099.*history dates"):
        build_calendar(Window(date(2099, 1, 1), date(2100, 6, 1)))

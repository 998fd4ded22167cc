"""Weeks, quarters and fiscal periods: SQL and Python date every cell alike, and known cells right."""

from datetime import date, timedelta
from itertools import pairwise

import duckdb
import pytest

from roi_pipeline.domain.calendars import NAMED_PERIODS, NamedPeriod, PeriodFormat, period_format
from roi_pipeline.engines.loading.expressions import name as name_of
from roi_pipeline.engines.loading.expressions import sql_of
from roi_pipeline.engines.loading.named_dates import named_date

# A retailer's years, from the Monday nearest to 1 February; 2023 has 53 weeks.
YEARS = {2022: date(2022, 1, 31), 2023: date(2023, 1, 30), 2024: date(2024, 2, 5)}
CELLS = [
    *(f"{year}{dash}W{week}" for year in (2019, 2020, 2024) for dash in ("", "-") for week in range(55)),
    *(f"FY{year}W{week:02d}" for year in (2021, 2022, 2023, 2024) for week in range(55)),
    *(f"{lead}{year}P{number:02d}" for lead in ("FY", "") for year in YEARS for number in range(15)),
    *(f"{year}Q{number}" for year in YEARS for number in range(6)),
    *(f"Q{number}{dash}{year}" for dash in ("", "-") for year in YEARS for number in range(6)),
    "", " ", "2024", "2024W", "W53", "x2024W01", "2024W001", " 2024W05 ", "FY2024Q1", "9999Q4",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMED_PERIODS)
def test_sql_dates_every_cell_as_python_does(name: NamedPeriod) -> None:
    form = PeriodFormat(name, YEARS if name not in NAMED_PERIODS[:3] else {})
    with duckdb.connect() as connection:
        connection.execute("create table cells (cell varchar)")
        connection.executemany("insert into cells values (?)", [[cell] for cell in CELLS])
        rows = connection.execute(
            f"select cell, {sql_of(named_date(form, name_of('cell')))} from cells"
        ).fetchall()
    expected = {cell: form.day(cell) for cell in CELLS}
    assert dict(rows) == expected
    assert sum(day is not None for day in expected.values()) >= 8


@pytest.mark.parametrize(
    ("name", "cell", "day"),
    [
        ("iso week", "2020W53", date(2020, 12, 28)),
        ("iso week", "2024W53", None),
        ("january week", "2024W53", date(2024, 12, 30)),
        ("january week", "2024W54", None),
        ("quarter", "Q42023", date(2023, 10, 1)),
        ("fiscal week", "FY2023W53", date(2024, 1, 29)),
        ("fiscal week", "FY2022W53", None),
        ("fiscal week", "2024W01", date(2024, 2, 5)),
        ("fiscal quarter", "FY2022Q4", date(2022, 10, 1)),
        ("4-4-5", "FY2022P01", date(2022, 2, 1)),
        ("4-4-5", "FY2022P12", date(2023, 1, 1)),
        ("4-4-5", "FY2021P01", None),
        ("4-4-5", "FY2022P13", None),
    ],
)
def test_known_cells(name: NamedPeriod, cell: str, day: date | None) -> None:
    years = YEARS if name not in NAMED_PERIODS[:3] else {}
    assert PeriodFormat(name, years).day(cell) == day


@pytest.mark.parametrize("name", ["4-4-5", "4-5-4", "5-4-4"])
def test_twelve_periods_lie_in_twelve_months_one_after_the_other(name: NamedPeriod) -> None:
    form = PeriodFormat(name, YEARS)
    days = [form.day(f"{year}P{number}") for year in YEARS for number in range(1, 13)]
    months = [each.year * 12 + each.month for each in days if each]
    assert months == [*range(months[0], months[0] + 36)]


def test_weeks_of_a_fiscal_year_follow_each_other_through_the_53rd() -> None:
    form = PeriodFormat("fiscal week", YEARS)
    cells = [*(f"2023W{week}" for week in range(1, 54)), "2024W01"]
    days = [form.day(cell) for cell in cells]
    assert [later - earlier for earlier, later in pairwise(days) if later and earlier] == [
        timedelta(weeks=1)
    ] * 53


def test_a_format_is_read_as_it_is_written_out() -> None:
    for name in NAMED_PERIODS:
        form = PeriodFormat(name, YEARS if name not in NAMED_PERIODS[:3] else {})
        assert period_format(str(form)) == form
    assert period_format("%Y-%m-%d") is None

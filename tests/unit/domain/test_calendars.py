"""Named periods: the day each stands for, counted by hand, and cells that name none."""

from datetime import date

import pytest

from roi_pipeline.domain.calendars import NamedPeriod, PeriodFormat

# 2023 has 52 weeks and 2024 has 53; what follows 2025 is not known.
YEARS = {2023: date(2023, 1, 30), 2024: date(2024, 1, 29), 2025: date(2025, 2, 3)}


@pytest.mark.parametrize(
    ("name", "cell", "day"),
    [
        ("fiscal week", "2024-W01", date(2024, 1, 29)),
        ("fiscal week", "FY2024W53", date(2025, 1, 27)),  # 52 weeks after the first
        ("fiscal week", "2023-W52", date(2024, 1, 22)),
        ("fiscal quarter", "2024-Q1", date(2024, 1, 1)),  # its middle is 14 March
        ("fiscal quarter", "2024-Q2", date(2024, 4, 1)),  # its middle is 13 June
        ("4-4-5", "2024-P01", date(2024, 2, 1)),  # its middle is 12 February
        ("4-4-5", "2024-P03", date(2024, 4, 1)),  # eight weeks and 17 days on: 10 April
        ("5-4-4", "2024-P01", date(2024, 2, 1)),
        ("january week", "2025-W01", date(2024, 12, 30)),
        ("january week", "2025-W53", date(2025, 12, 29)),
        ("quarter", "2025-Q3", date(2025, 7, 1)),
        ("quarter", "Q4-2025", date(2025, 10, 1)),
        ("iso week", "2025-W01", date(2024, 12, 30)),
    ],
)
def test_a_period_stands_for_a_day_of_the_calendar(name: NamedPeriod, cell: str, day: date) -> None:
    assert PeriodFormat(name, YEARS).day(cell) == day


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("fiscal week", "2023-W53"),  # the year after it begins 52 weeks later
        ("fiscal week", "2025-W53"),  # the year after it is not known to be later
        ("fiscal week", "2024-W00"),
        ("fiscal week", "2024-Q1"),
        ("fiscal week", "2022-W01"),
        ("fiscal quarter", "2024-Q5"),
        ("4-4-5", "2024-P13"),
        ("4-4-5", "2024-W01"),
        ("4-4-5", "spring"),
        ("january week", "2025-W54"),
        ("january week", "2025-W00"),
        ("quarter", "2025-Q5"),
        ("iso week", "2025"),
    ],
)
def test_a_cell_that_names_no_period_is_no_day(name: NamedPeriod, cell: str) -> None:
    assert PeriodFormat(name, YEARS).day(cell) is None

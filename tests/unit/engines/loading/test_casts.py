"""Each type of column: the spellings it takes, and the texts it refuses."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from roi_pipeline.domain.contracts import Column, ColumnType
from roi_pipeline.engines.loading.casts import (
    Notation,
    native_type,
    native_value,
    present_text,
    typed_value,
)
from roi_pipeline.engines.loading.expressions import name, sql_of

CHINA = Notation("Asia/Shanghai")


def cast(texts: list[str], column: Column, notation: Notation = CHINA) -> dict[str, Any]:
    value = sql_of(typed_value(column, name("text"), notation))
    present = sql_of(present_text(column, name("raw")))
    return dict(
        duckdb.connect()
        .execute(
            f"select raw, {value} from ("
            f"select raw, {present} as text from (select unnest($1::varchar[]) as raw))",
            [texts],
        )
        .fetchall()
    )


def is_as_expected(kind: ColumnType, expected: Mapping[str, Any], **options: Any) -> None:
    notation = options.pop("notation", CHINA)
    assert cast([*expected], Column("c", kind, ("c",), **options), notation) == expected


def test_integers_are_never_rounded_into_being() -> None:
    is_as_expected("integer", {
        "5": 5, " 7 ": 7, "-3": -3, "+4": 4, "5.0": 5, "1,234": 1234, "１２": 12, "1e3": 1000,
        "99999999999999999": 99999999999999999, "": None, "5.5": None, "0x10": None, "abc": None,
        "9223372036854775808": None, "1,23": None, "nan": None,
    })  # fmt: skip


def test_numbers_take_separators_and_refuse_what_is_not_finite() -> None:
    is_as_expected("decimal", {
        "1.5": 1.5, "1,234.5": 1234.5, "1e3": 1000.0, ".5": 0.5, "1.": 1.0, "１．５": 1.5, "-2": -2.0,
        "nan": None, "inf": None, "-inf": None, "1e400": None, "1,23": None, "--2": None, "5 only": None,
    })  # fmt: skip
    continental = Notation("UTC", ",")
    is_as_expected(
        "decimal", {"1,5": 1.5, "1.234,5": 1234.5, "12": 12.0, "1.5": None}, notation=continental
    )


def test_blanks_part_thousands_and_nothing_else() -> None:
    is_as_expected("decimal", {
        "12 34": None, "1\n234": None, "12\t345": None, "1 . 5": None, "1 2345": None, "12 345 6": None,
        "1 234 567.5": 1234567.5, "12 345": 12345.0, "12\u00a0345": 12345.0, "12\u202f345": 12345.0,
        "- 5": -5.0, "５ ": 5.0, "1 234,5": None,
    })  # fmt: skip
    is_as_expected("integer", {"12 34": None, "12\n34": None, "12 345": 12345})
    is_as_expected("money", {"¥ 1 234": Decimal(1234), "12 34 元": None, "5 元": Decimal(5)})
    continental = Notation("UTC", ",")
    is_as_expected("decimal", {"1 234,5": 1234.5, "12 34,5": None}, notation=continental)


def test_money_knows_its_signs() -> None:
    amounts = {
        "¥1,234.50": "1234.5", "￥ 12": "12", "$5": "5", "€7.25": "7.25", "5元": "5", "8元整": "8",
        "1.2万元": "12000", "3亿": "300000000", "(¥1,000.00)": "-1000", "-¥5": "-5", "¥-5": "-5",
        "1000-": "-1000", "人民币 12元": "12", "NT$30": "30", "12.34567": "12.3457", "1e3": "1000",
        "（１２）": "-12",
    }  # fmt: skip
    is_as_expected("money", {text: Decimal(amount) for text, amount in amounts.items()})
    refused = ["=SUM(A1:A9)", "(5", "abc", "¥", "5 apples", "1,2,3", "nan", "999999999999999"]
    is_as_expected("money", dict.fromkeys(refused))


def test_units_scale_what_is_read() -> None:
    cents = Decimal("0.01")
    is_as_expected("money", {"12345": Decimal("123.45"), "-50": Decimal("-0.5")}, unit_scale=cents)
    is_as_expected("integer", {"500": 5, "550": None}, unit_scale=cents)
    is_as_expected("rate", {"12": 0.12, "12%": 0.12, "0.5": 0.005}, unit_scale=cents)


def test_rates_are_fractions() -> None:
    is_as_expected("rate", {
        "12%": 0.12, "0.12": 0.12, "1.5％": 0.015, "5‰": 0.005, "150%": 1.5, "-3%": -0.03, "12": 12.0,
        "x%": None, "%": None,
    })  # fmt: skip


def test_yes_and_no_in_two_languages() -> None:
    is_as_expected("boolean", {
        "是": True, "Y": True, "TRUE": True, "1": True, "yes": True, "否": False, "n": False,
        "False": False, "0": False, "2": None, "maybe": None,
    })  # fmt: skip


def test_dates_without_formats_are_iso() -> None:
    day = date(2026, 1, 5)
    is_as_expected("date", {
        "2026-01-05": day, "2026-1-5": day, "2026/01/05": day, "2026-01-05 10:00:00": day,
        "2026-02-30": None, "infinity": None, "epoch": None, "20260105": None, "05/01/2026": None,
    })  # fmt: skip


def test_timestamps_end_in_utc_whatever_their_offset() -> None:
    two = datetime(2026, 1, 5, 2)  # noqa: DTZ001 - UTC without a zone, as stored
    is_as_expected("timestamp", {
        "2026-01-05 10:00:00": two, "2026-01-05T10:00": two, "2026-01-05T02:00:00Z": two,
        "2026-01-05T10:00:00+08:00": two, "2026-01-04T21:00:00-0500": two, "2026-01-05 10:00+08": two,
        "2026-01-05T10:00:00.000+08": two, "2026-01-05": datetime(2026, 1, 4, 16),  # noqa: DTZ001
        "1988-07-01 10:00:00": datetime(1988, 7, 1, 1),  # noqa: DTZ001 - summer time in China
        "0000-00-00 00:00:00": None, "epoch": None, "昨天": None, "2026-01-05 25:00:00": None,
    })  # fmt: skip


def test_a_columns_own_zone_wins_and_summer_time_counts() -> None:
    is_as_expected("timestamp", {
        "2026-07-05 10:00:00": datetime(2026, 7, 5, 14),  # noqa: DTZ001
        "2026-01-05 10:00:00": datetime(2026, 1, 5, 15),  # noqa: DTZ001
    }, timezone="America/New_York")  # fmt: skip


def test_formats_with_and_without_offset_are_tried_in_order() -> None:
    is_as_expected("timestamp", {
        "29-02-2016 01:16": datetime(2016, 2, 28, 17, 16),  # noqa: DTZ001
        "2016-02-29T01:16:00+0900": datetime(2016, 2, 28, 16, 16),  # noqa: DTZ001
        "2016-02-29": None,
    }, formats=("%d-%m-%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z"))  # fmt: skip


def test_durations_are_seconds() -> None:
    is_as_expected("duration", {
        "12": 12.0, "00:02:35": 155.0, "1:2:3": 3723.0, "00：02：35": 155.0, "-00:01:30": -90.0,
        "PT1H2M3S": 3723.0, "P1D": 86400.0, "26:61:00": None, "02:35": None, "P": None, "PT": None,
    })  # fmt: skip
    is_as_expected(
        "duration", {"02:35": 155.0, "75:30": 4530.0, "3": 180.0}, formats=("mm:ss", "minutes")
    )


def test_words_are_mapped_and_a_closed_list_refuses_others() -> None:
    values = {"接通": "connected", "未接": "missed"}
    is_as_expected("text", {"接通": "connected", " 未接 ": "missed", "占线": "占线"}, values=values)
    is_as_expected("text", {"接通": "connected", "占线": None}, values=values, is_closed=True)
    is_as_expected(
        "boolean", {"赢单": True, "丢单": False, "1": True}, values={"赢单": "是", "丢单": "否"}
    )


def test_null_markers_and_blanks_are_no_values() -> None:
    is_as_expected("text", {"?": None, " ? ": None, "  ": None, "x ?": "x ?"}, nulls=("", "?"))
    is_as_expected("integer", {"999": None, "998": 998}, nulls=("999",))


@pytest.mark.parametrize("kind", ["integer", "decimal", "money", "rate", "duration"])
def test_what_duckdb_reads_by_itself_means_the_same(kind: ColumnType) -> None:
    column = Column("c", kind, ("c",), formats=("seconds",) if kind == "duration" else ())
    native = native_type(column, CHINA)
    assert native is not None
    texts = [
        "5", "5.5", "1e3", "0x10", "1_000", "nan", "inf", "-inf", "+4", ".5", "5.", " 7", "7 ", "1e400",
        "12345.6789", "1E-2", "-0.0001", "12345678901234", "x", "1,5", "--4", "0",
    ]  # fmt: skip
    connection = duckdb.connect()
    read = connection.execute(
        f"select raw, number is not null, {sql_of(native_value(column, name('number')))} from ("
        f"select raw, try_cast(raw as {native}) as number from (select unnest($1::varchar[]) as raw))",
        [texts],
    ).fetchall()
    as_text = cast(texts, column)
    assert [(raw, value) for raw, taken, value in read if taken] == [
        (raw, as_text[raw]) for raw, taken, _ in read if taken
    ]


def test_columns_with_words_or_markers_are_left_to_the_expressions() -> None:
    assert native_type(Column("c", "integer", ("c",), nulls=("", "999")), CHINA) is None
    assert native_type(Column("c", "decimal", ("c",)), Notation("UTC", ",")) is None
    assert native_type(Column("c", "money", ("c",), unit_scale=Decimal("0.01")), CHINA) is None
    assert native_type(Column("c", "text", ("c",)), CHINA) is None

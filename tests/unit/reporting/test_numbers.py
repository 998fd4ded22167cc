"""Figures are rounded once, and the unit and kind of every change is said."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi_pipeline.domain.rounding import rounded, total_of_rounded
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.messages import numbers_in
from roi_pipeline.reporting.numbers import NONE, Numbers


def numbers(language: Language, currency: str = "CNY") -> Numbers:
    return numbers_in(language, currency)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh-CN", "+26.0 个百分点（相对 +123.8%）"),
        ("zh-TW", "+26.0 個百分點（相對 +123.8%）"),
        ("en", "+26.0 points (+123.8% relative)"),
    ],
)
def test_a_rate_change_says_points_and_relative_percent(language: Language, expected: str) -> None:
    assert numbers(language).change_both(0.26, 0.47 / 0.21 - 1, "rate") == expected


def test_a_change_in_seconds_is_not_in_points() -> None:
    say = numbers("en")
    assert say.value(36.0, "seconds") == "36.0 s"
    assert say.change(-31.2, "seconds") == "−31.2 s"
    assert say.change_both(-31.2, -0.8667, "seconds") == "−31.2 s (−86.7% relative)"


def test_an_interval_says_its_unit_once() -> None:
    assert numbers("zh-CN").interval(0.2237, 0.2963, "rate") == "+22.4 至 +29.6 个百分点"
    assert numbers("en").interval(-0.0012, 0.0006, "rate") == "−0.12 to +0.06 points"
    assert numbers("en").interval(5.766, 90.832, "money") == "+CN¥5.77 to +CN¥90.83"


def test_a_change_and_its_interval_have_the_same_digits() -> None:
    say, ends = numbers("zh-CN"), (0.695, 1.551)
    assert say.change(1.14, "ratio", ends=ends) == "+1.14"
    assert say.interval(*ends, "ratio", beside=1.14) == "+0.70 至 +1.55"
    ends = (-0.0178, 0.0021)
    assert say.change(-0.0073, "rate", ends=ends) == "−0.7 个百分点"
    assert say.interval(*ends, "rate", beside=-0.0073) == "−1.8 至 +0.2 个百分点"
    assert numbers("en").interval(0.0312, 0.00042, "rate") == "+3.12 to +0.04 points"


@given(
    st.floats(-500, 500).filter(lambda x: abs(x) > 0.01),
    st.floats(-500, 500).filter(lambda x: abs(x) > 0.01),
)
def test_an_end_that_is_not_zero_does_not_read_as_zero(low: float, high: float) -> None:
    for unit in ("rate", "seconds", "ratio"):
        written = numbers("en").interval(low, high, unit)
        ends = [part.split()[0].lstrip("+−") for part in written.split(" to ")]
        assert all(float(end.replace(",", "")) > 0 for end in ends), written
        assert len({len(end.partition(".")[2]) for end in ends}) == 1, written


def test_both_ends_of_an_roi_have_the_same_digits() -> None:
    say = numbers("en")
    assert say.roi_span(Decimal("-0.026"), Decimal("1.862")) == "−3% to 186%"
    assert say.roi_span(Decimal("0.003"), Decimal("1.872")) == "0.3% to 187.2%"
    assert say.roi_span(Decimal("0.527"), Decimal("0.618")) == "52.7% to 61.8%"
    assert say.roi_span(None, Decimal("0.618")) == NONE


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_not_a_figure_is_a_dash_and_never_a_zero(nothing: float | None) -> None:
    say = numbers("en")
    written = [
        say.number(nothing), say.percent(nothing), say.points(nothing), say.money(nothing),
        say.roi(nothing), say.value(nothing, "rate"), say.change(nothing, "seconds"),
        say.relative(nothing), say.money_short(nothing), say.price(nothing),
    ]  # fmt: skip
    assert set(written) == {NONE}


@pytest.mark.parametrize(
    ("roi", "expected"),
    [
        ("1.4996", "149.96%"),
        ("1.5", "150%"),
        ("1.499", "149.9%"),
        ("0.9999", "99.99%"),
        ("1.99999", "199.999%"),
        ("-0.0004", "−0.04%"),
        ("0", "0%"),
    ],
)
def test_roi_is_never_rounded_across_its_bar(roi: str, expected: str) -> None:
    bar = {"1.4996": "1.5", "1.499": "1.5", "1.5": "1.5", "0.9999": "1", "1.99999": "2"}.get(
        roi, "0"
    )
    assert numbers("en").roi(Decimal(roi), bar=Decimal(bar)) == expected


@given(st.decimals(min_value=-5, max_value=50, places=6), st.sampled_from(["0", "1", "1.5", "2"]))
def test_a_printed_roi_stands_on_its_own_side_of_the_bar(roi: Decimal, bar: str) -> None:
    written = numbers("en").roi(roi, bar=Decimal(bar)).replace(",", "").replace("−", "-")
    assert (Decimal(written[:-1]) / 100 >= Decimal(bar)) == (roi >= Decimal(bar))


def test_amounts_have_the_readers_currency_sign_and_grouping() -> None:
    assert numbers("zh-CN").money(Decimal("-1234567.5")) == "−¥1,234,568"
    assert numbers("zh-TW", "TWD").money(Decimal("1234567.4")) == "$1,234,567"
    assert numbers("en", "USD").money(Decimal(1200), signed=True) == "+$1,200"


def test_headline_amounts_are_short_in_the_readers_own_steps() -> None:
    assert numbers("zh-CN").money_short(Decimal(1286000)) == "¥128.6万"
    assert numbers("zh-TW").money_short(Decimal(250000000)) == "CN¥2.5億"
    assert numbers("en").money_short(Decimal(1286000), signed=True) == "+CN¥1.3m"
    assert numbers("en").money_short(Decimal(999)) == "CN¥999"


def test_a_small_price_keeps_its_digits() -> None:
    assert numbers("zh-CN").price(Decimal("0.045")) == "¥0.0450"
    assert numbers("zh-CN").price(Decimal("48.5")) == "¥48.50"


def test_windows_are_written_with_their_last_day() -> None:
    window = Window(date(2026, 1, 1), date(2026, 4, 1))
    assert numbers("zh-CN").window(window) == "2026年1月1日 至 2026年3月31日"
    assert numbers("en").window(window) == "1 Jan 2026 to 31 Mar 2026"


def test_a_probability_is_never_certain() -> None:
    say = numbers("en")
    assert [say.probability(p) for p in (0.0, 0.5, 0.873, 1.0)] == ["<1%", "50%", "87%", ">99%"]


@given(st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=4), max_size=30))
def test_a_printed_total_is_the_sum_of_the_printed_lines(amounts: list[Decimal]) -> None:
    say = numbers("en")

    def read(text: str) -> int:
        return int(text.replace("CN¥", "").replace(",", "").replace("−", "-"))

    assert sum(read(say.money(amount)) for amount in amounts) == total_of_rounded(amounts)


def test_half_rounds_away_from_zero_and_zero_has_no_sign() -> None:
    assert [str(rounded(Decimal(x))) for x in ("2.5", "-2.5", "-0.4", "3.49")] == [
        "3",
        "-3",
        "0",
        "3",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_words_in_every_language(language: Language) -> None:
    say = numbers(language)
    units = ("rate", "seconds", "hours", "days", "count", "money", "score", "ratio")
    assert all(say.value(1.5, unit) and say.change(1.5, unit) for unit in units)

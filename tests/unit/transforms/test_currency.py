from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.windows import Window
from roi_pipeline.transforms.currency import build_exchange_rates, exchange_rate_findings

JANUARY = Window(date(2026, 1, 1), date(2026, 2, 1))


def rates_of(frame: pl.DataFrame, currency: str) -> dict[date, Decimal]:
    rows = frame.filter(pl.col("currency_code") == currency)
    return dict(zip(rows["calendar_date"], rows["exchange_rate"], strict=True))


def test_the_reporting_currency_is_worth_one_every_day() -> None:
    rates = rates_of(build_exchange_rates(ExchangeRates("CNY"), JANUARY), "CNY")
    assert len(rates) == 31
    assert set(rates.values()) == {Decimal(1)}


def test_a_rate_holds_until_the_next_one() -> None:
    stated = {
        ("USD", date(2026, 1, 1)): Decimal("7.10"),
        ("USD", date(2026, 1, 10)): Decimal("7.20"),
    }
    rates = rates_of(build_exchange_rates(ExchangeRates("CNY", stated), JANUARY), "USD")
    assert rates[date(2026, 1, 9)] == Decimal("7.10")
    assert rates[date(2026, 1, 10)] == Decimal("7.20")
    assert rates[date(2026, 1, 31)] == Decimal("7.20")


def test_a_rate_stated_before_the_window_holds_inside_it() -> None:
    stated = {("USD", date(2025, 12, 20)): Decimal("7.10")}
    rates = rates_of(build_exchange_rates(ExchangeRates("CNY", stated), JANUARY), "USD")
    assert max(rates) == date(2026, 1, 20)
    assert min(rates) == date(2026, 1, 1)


def test_a_rate_is_carried_forward_for_a_limited_time_only() -> None:
    stated = {("USD", date(2026, 1, 1)): Decimal("7.10")}
    frame = build_exchange_rates(ExchangeRates("CNY", stated, 5), JANUARY)
    assert max(rates_of(frame, "USD")) == date(2026, 1, 6)


def test_no_day_before_the_first_rate_gets_one() -> None:
    stated = {("USD", date(2026, 1, 15)): Decimal("7.10")}
    rates = rates_of(build_exchange_rates(ExchangeRates("CNY", stated), JANUARY), "USD")
    assert min(rates) == date(2026, 1, 15)


@pytest.mark.parametrize("rate", ["0", "-7.1", "NaN", "Infinity"])
def test_an_impossible_rate_is_refused(rate: str) -> None:
    stated = {("USD", date(2026, 1, 1)): Decimal(rate)}
    with pytest.raises(NeedsAHuman, match=r"USD on 2026-01-01 is .* above 0"):
        build_exchange_rates(ExchangeRates("CNY", stated), JANUARY)


def test_a_rate_of_the_studys_own_currency_other_than_one_is_refused() -> None:
    stated = {("CNY", date(2026, 1, 1)): Decimal("1.1")}
    with pytest.raises(NeedsAHuman, match="own currency; expected 1"):
        build_exchange_rates(ExchangeRates("CNY", stated), JANUARY)


def test_the_order_rates_are_stated_in_does_not_matter() -> None:
    stated = {
        ("USD", date(2026, 1, 1)): Decimal("7.10"),
        ("EUR", date(2026, 1, 3)): Decimal("8.10"),
        ("USD", date(2026, 1, 10)): Decimal("7.20"),
    }
    backwards = dict(reversed(stated.items()))
    one = build_exchange_rates(ExchangeRates("CNY", stated), JANUARY)
    other = build_exchange_rates(ExchangeRates("CNY", backwards), JANUARY)
    assert one.equals(other)


def test_findings_say_how_long_old_rates_served() -> None:
    stated = {("USD", date(2026, 1, 1)): Decimal("7.10")}
    frame = build_exchange_rates(ExchangeRates("CNY", stated, 5), JANUARY)
    own, dollar = exchange_rate_findings(frame)
    assert own.passed
    assert not dollar.passed
    assert dollar.severity == "note"
    assert dollar.message.values == {"currency": "USD", "n": 5, "days": 6, "oldest": 5}

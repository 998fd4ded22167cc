"""Exchange rates by day. A day before the first known rate is refused, never taken as 1."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.amounts import ONE, total


class ExchangeRateMissing(NeedsAHuman):
    """An amount in another currency on a day no rate is known for."""

    def __init__(self, currency: str, day: date, reporting: str) -> None:
        self.currency, self.day, self.reporting = currency, day, reporting
        super().__init__(
            f"study.toml: exchange_rate: no rate from {currency!r} to {reporting!r} is known for "
            f"{day}; expected one stated on or before that day. Add [[exchange_rate]] with "
            f'currency = "{currency}", day = {day} and its rate'
        )


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates to the study's currency; a rate holds until the next one is stated."""

    reporting: str
    days: Mapping[str, tuple[date, ...]]
    rates: Mapping[tuple[str, date], Decimal]

    def on(self, currency: str | None, day: date) -> Decimal:
        """The rate of a day: the latest stated on or before it."""
        if currency is None or currency == self.reporting:
            return ONE
        days = self.days.get(currency, ())
        place = bisect_right(days, day)
        if place == 0:
            raise ExchangeRateMissing(currency, day, self.reporting)
        return self.rates[currency, days[place - 1]]

    def sum_over(self, currency: str | None, window: Window) -> Decimal:
        """Sum of the daily rates of a window."""
        if currency is None or currency == self.reporting:
            return Decimal(window.days)
        return total(self.on(currency, day) for day in window.each_day())


def read_rates(reporting: str, rates: Mapping[tuple[str, date], Decimal]) -> Rates:
    """Arrange the study's rates for look-up by day."""
    days: dict[str, list[date]] = {}
    for currency, day in sorted(rates):
        days.setdefault(currency, []).append(day)
    return Rates(reporting, {name: tuple(found) for name, found in days.items()}, rates)

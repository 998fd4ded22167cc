"""Exchange rates by day: the one rule that loading and money share.

A stated rate holds until the next one, for at most `max_age_days` days. A day beyond has no rate,
and the one missing is named: an amount is never converted at a rate nobody stands behind.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.windows import Window

MAX_RATE_AGE_DAYS = 31
StatedRates = Mapping[tuple[str, date], Decimal]


class ExchangeRateMissing(NeedsAHuman):
    """Money of a day cannot be converted: no rate that still holds was stated."""

    def __init__(self, currency: str, day: date, *, to: str, max_age_days: int) -> None:
        self.currency, self.day, self.to, self.max_age_days = currency, day, to, max_age_days
        super().__init__(
            f"study.toml: exchange_rate: no rate from {currency!r} to {to!r} holds on {day}; "
            f"expected one stated on that day or at most {max_age_days} days before it. "
            f'Add [[exchange_rate]] with currency = "{currency}", day = {day} and its rate'
        )


@dataclass(frozen=True, slots=True)
class ExchangeRates:
    """Stated rates to one currency, and for how long each may be carried forward.

    Attributes:
        currency: the currency amounts are converted to; it is always worth 1.
        stated: (currency, day) → units of `currency` for one unit.
        max_age_days: a rate holds on its day and on so many days after it.

    >>> rates = ExchangeRates("CNY", {("USD", date(2026, 1, 1)): Decimal("7.1")}, max_age_days=5)
    >>> rates.on("USD", date(2026, 1, 6)), rates.stated_day("USD", date(2026, 1, 7))
    (Decimal('7.1'), None)
    """

    currency: str
    stated: StatedRates = field(default_factory=dict[tuple[str, date], Decimal])
    max_age_days: int = MAX_RATE_AGE_DAYS
    _days: Mapping[str, tuple[date, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _refuse_impossible(self.stated, self.currency)
        days = dict[str, tuple[date, ...]]()
        for currency, day in sorted(self.stated):
            days[currency] = (*days.get(currency, ()), day)
        object.__setattr__(self, "_days", days)

    @property
    def currencies(self) -> tuple[str, ...]:
        """Other currencies that have any rate, in order."""
        return tuple(sorted(set(self._days) - {self.currency}))

    def stated_day(self, currency: str, day: date) -> date | None:
        """The day whose stated rate holds on `day`; None when none does."""
        days = self._days.get(currency, ())
        place = bisect_right(days, day)
        if place == 0 or (day - days[place - 1]).days > self.max_age_days:
            return None
        return days[place - 1]

    def on(self, currency: str | None, day: date) -> Decimal:
        """The rate of a day; `None` is the currency amounts are converted to."""
        if currency is None or currency == self.currency:
            return Decimal(1)
        stated = self.stated_day(currency, day)
        if stated is None:
            raise ExchangeRateMissing(
                currency, day, to=self.currency, max_age_days=self.max_age_days
            )
        return self.stated[currency, stated]

    def sum_over(self, currency: str | None, window: Window) -> Decimal:
        """Sum of the daily rates of a window."""
        if currency is None or currency == self.currency:
            return Decimal(window.days)
        return sum((self.on(currency, day) for day in window.each_day()), Decimal(0))


def _refuse_impossible(rates: StatedRates, reporting_currency: str) -> None:
    for (currency, day), rate in sorted(rates.items()):
        if not rate.is_finite() or rate <= 0:
            raise NeedsAHuman(
                f"the exchange rate of {currency} on {day} is {rate}; expected a number above 0. "
                f"Correct the [[exchange_rate]] in study.toml"
            )
        if currency == reporting_currency and rate != 1:
            raise NeedsAHuman(
                f"the exchange rate of {currency} on {day} is {rate}, but {currency} is the "
                f"study's own currency; expected 1. Remove the [[exchange_rate]] from study.toml"
            )

"""Exchange rates by day, from the few days a study states: yesterday's rate holds until the next.

A rate is carried forward for a limited number of days only, and a day on which money has to be
converted without a rate is an error that names the day: never yesterday's world for a whole year.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window

if TYPE_CHECKING:
    import polars as pl

LONGEST_GAP_DAYS = 31
SHOWN_DAYS = 3
Rates = Mapping[tuple[str, date], Decimal]


class ExchangeRateMissing(NeedsAHuman):
    """Money of a day cannot be converted: nobody stated a rate that still holds."""

    def __init__(self, currency: str, days: Collection[date], *, to: str, longest_gap: int) -> None:
        self.currency, self.days = currency, tuple(sorted(days))
        shown = ", ".join(str(day) for day in self.days[:SHOWN_DAYS])
        more = f" and {len(self.days) - SHOWN_DAYS} more" if len(self.days) > SHOWN_DAYS else ""
        super().__init__(
            f"no exchange rate from {currency} to {to} for {shown}{more}; expected one stated on "
            f"the day or at most {longest_gap} days before it. Add an [[exchange_rate]] with "
            f'currency = "{currency}" and day = {self.days[0]} to study.toml'
        )


def build_exchange_rates(
    rates: Rates,
    *,
    currency: str,
    window: Window,
    needed: Mapping[str, Collection[date]] | None = None,
    longest_gap_days: int = LONGEST_GAP_DAYS,
) -> "pl.DataFrame":
    """One row per day and currency that has a rate, for `facts.exchange_rates`.

    Args:
        rates: (currency, day) → units of the reporting currency for one of the currency's.
        currency: the reporting currency; it always has the rate 1.
        window: the days wanted.
        needed: currency → days on which money has to be converted; one without a rate is an error.
        longest_gap_days: how many days a rate may be carried forward.
    """
    import polars as pl

    _refuse_impossible(rates, currency)
    rows = [(day, currency, Decimal(1), day) for day in window.each_day()]
    for other in sorted({code for code, _ in rates} - {currency}):
        stated = {day: rate for (code, day), rate in rates.items() if code == other}
        rows += _carried_forward(window, other, stated, longest_gap_days)
    known = {(code, day) for day, code, _, _ in rows}
    for other, days in sorted((needed or {}).items()):
        if missing := [day for day in days if (other, day) not in known]:
            raise ExchangeRateMissing(other, missing, to=currency, longest_gap=longest_gap_days)
    return pl.DataFrame(
        rows,
        schema={
            "calendar_date": pl.Date,
            "currency_code": pl.String,
            "exchange_rate": pl.Decimal(18, 8),
            "stated_date": pl.Date,
        },
        orient="row",
    ).sort("currency_code", "calendar_date")


def exchange_rate_findings(exchange_rates: "pl.DataFrame") -> tuple[Finding, ...]:
    """One finding per currency: on how many days an older rate had to serve."""
    import polars as pl

    counts = (
        exchange_rates.with_columns(
            age=(pl.col("calendar_date") - pl.col("stated_date")).dt.total_days()
        )
        .group_by("currency_code")
        .agg(days=pl.len(), carried=(pl.col("age") > 0).sum(), oldest=pl.col("age").max())
        .sort("currency_code")
    )
    return tuple(
        Finding(
            check="every_day_has_its_own_exchange_rate",
            subject=f"facts.exchange_rates.{currency}",
            passed=carried == 0,
            severity="note",
            message=Message(
                "exchange_rates_carried_forward" if carried else "exchange_rates_are_complete",
                {"currency": currency, "n": carried, "days": days, "oldest": oldest},
            ),
        )
        for currency, days, carried, oldest in counts.iter_rows()
    )


def _carried_forward(
    window: Window, currency: str, stated: Mapping[date, Decimal], longest_gap_days: int
) -> list[tuple[date, str, Decimal, date]]:
    """Each day of the window with the latest rate stated on or before it, if recent enough."""
    rows = list[tuple[date, str, Decimal, date]]()
    earliest = window.start - timedelta(days=longest_gap_days)
    latest: date | None = None
    for day in Window(earliest, window.end).each_day():
        latest = day if day in stated else latest
        if day >= window.start and latest and (day - latest).days <= longest_gap_days:
            rows.append((day, currency, stated[latest], latest))
    return rows


def _refuse_impossible(rates: Rates, reporting_currency: str) -> None:
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

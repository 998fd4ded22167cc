"""Exchange rates by day, from the few days a study states, as a table the SQL can join.

Which rate holds on which day is decided by `domain.exchange`, for loading and for money alike.
"""

from typing import TYPE_CHECKING

from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window

if TYPE_CHECKING:
    import polars as pl


def build_exchange_rates(rates: ExchangeRates, window: Window) -> "pl.DataFrame":
    """One row per day and currency that has a rate, for `facts.exchange_rates`."""
    import polars as pl

    rows = [
        (day, currency, rates.on(currency, day), stated)
        for currency in (rates.currency, *rates.currencies)
        for day in window.each_day()
        if (stated := day if currency == rates.currency else rates.stated_day(currency, day))
    ]
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

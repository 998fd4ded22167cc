"""Days on which no exchange rate holds are named in the report."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.sources import data_section, unconverted_days
from roi_pipeline.reporting.view import voice_for


def with_rate_of(edition: EditionInputs, *days: date) -> EditionInputs:
    stated = {("USD", day): Decimal("7.1") for day in days}
    return replace(edition, study=replace(edition.study, exchange_rates=stated))


def test_a_currency_without_a_valid_rate_is_named(edition: EditionInputs) -> None:
    early = with_rate_of(edition, date(2025, 12, 15))
    (message,) = unconverted_days(early)
    assert message.values == {
        "currency": "USD", "n": 75, "days": 90, "from": date(2026, 1, 16), "max_age": 31,
    }  # fmt: skip
    context = EditionContext(early, voice_for(early, "en", shipped_sentences()))
    assert "USD: on 75 of 90 days" in str(data_section(context))


def test_nothing_is_said_while_every_day_has_a_rate(edition: EditionInputs) -> None:
    monthly = [date(2025, 12, 15), *(date(2026, month, 10) for month in (1, 2, 3))]
    assert unconverted_days(with_rate_of(edition, *monthly)) == ()
    assert unconverted_days(edition) == ()

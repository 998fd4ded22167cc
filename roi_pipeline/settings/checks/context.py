"""What one file's checks may know of the other files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.exchange import MAX_RATE_AGE_DAYS, ExchangeRates
from roi_pipeline.settings.entries.metric import MetricEntry
from roi_pipeline.settings.entries.study import AssumptionEntry, ExchangeRateEntry, StudyEntry
from roi_pipeline.settings.names import currency_codes


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The study and the catalogue as far as they could be read.

    Attributes:
        study: None when study.toml could not be read.
        assumptions: the study's own; None when it is not known which there are.
        rates: the study's exchange rates; None when it is not known which there are.
        metrics: metric id → entry, None where the file could not be read.
        modules: every module id.
        environment: variables that are set.
        standard_days: first day of each standard that could be read.
    """

    study: StudyEntry | None
    assumptions: tuple[AssumptionEntry, ...] | None
    rates: tuple[ExchangeRateEntry, ...] | None
    metrics: Mapping[str, MetricEntry | None]
    modules: frozenset[str]
    environment: Mapping[str, str] = field(repr=False)
    standard_days: tuple[date, ...] = ()
    are_standards_complete: bool = True

    @property
    def currency(self) -> str | None:
        """The study's currency, if it could be read."""
        return self.study.currency if self.study else None

    @property
    def exchange_rates(self) -> ExchangeRates | None:
        """On which days a rate holds, if all of that could be read; the rates themselves play no part."""
        if self.study is None or self.rates is None:
            return None
        if any(rate.day is None or rate.currency not in currency_codes() for rate in self.rates):
            return None
        stated = {(rate.currency, rate.day): Decimal(1) for rate in self.rates}
        age = self.study.max_rate_age_days
        longest = MAX_RATE_AGE_DAYS if age is None else age
        return ExchangeRates(self.study.currency, stated, longest)

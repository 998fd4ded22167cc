"""A study: one company's folder, read and found free of problems.

Only `settings` makes one; every room takes the parts it needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Literal

from roi_pipeline.domain.business_cases import PlannedModule
from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.exchange import MAX_RATE_AGE_DAYS, ExchangeRates
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption
from roi_pipeline.domain.operations import Operations
from roi_pipeline.domain.outlook import Scenario
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.texts import Language, Text
from roi_pipeline.domain.windows import (
    OPEN_END,
    Cycle,
    CycleKind,
    Window,
    cycle_from_key,
    cycle_key,
)

Paper = Literal["A4", "Letter"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets reports by e-mail.

    Attributes:
        digest: how often the draft comes as five lines, besides the editions; None is never.
    """

    address: str
    language: Language
    modules: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    digest: Literal["weekly"] | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """One company's installation.

    Attributes:
        folder: where the study lies.
        headcount: people of the company until the first of `headcount_changes`.
        headcount_changes: (first day, people from then on).
        history: days the exports are expected to cover; the end is open.
        maturity_days: days after a cycle's end before its edition is final.
        people_key: secret for the keyed hash of people, from the environment variable named in
            `study.toml`.
        sql_folder: the study's own SQL beside the product's, if any.
        fingerprint: hash over all configuration files.
        exchange_rates: (currency, day) → rate to the study's currency.
        max_rate_age_days: days a stated rate is carried forward at most.
        operations: how it is run as a service; no figure depends on it.
        engine: what computes facts and metrics; no figure depends on it.
        paper: what reports are printed on.
        terms: names as the files write them (owners, sources) → the same in the readers' languages.
        planned: modules that are not live yet, each with what is expected of it.
        scenarios: changes of inputs whose result stands beside things as they are.
    """

    id: str
    folder: PurePath
    company: Text
    headcount: int
    currency: str
    languages: tuple[Language, ...]
    timezone: str
    cycle_kind: CycleKind
    history: Window
    modules: tuple[Module, ...]
    contracts: tuple[Contract, ...]
    metrics: Mapping[str, Metric]
    standards: tuple[Standard, ...]
    assumptions: tuple[Assumption, ...] = ()
    readers: tuple[Reader, ...] = ()
    maturity_days: int = 7
    people_key: str = field(default="", repr=False)
    country: str = "CN"
    fingerprint: str = ""
    exchange_rates: Mapping[tuple[str, date], Decimal] = field(
        default_factory=dict[tuple[str, date], Decimal]
    )
    max_rate_age_days: int = MAX_RATE_AGE_DAYS
    operations: Operations = field(default_factory=Operations)
    headcount_changes: tuple[tuple[date, int], ...] = ()
    engine: Engine = field(default_factory=Engine)
    paper: Paper = "A4"
    terms: Mapping[str, Text] = field(default_factory=dict[str, Text])
    planned: tuple[PlannedModule, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    def headcount_in(self, cycle: Cycle) -> int:
        """People on the cycle's last day: a company that grew later does not re-judge the past."""
        known = [change for change in self.headcount_changes if change[0] < cycle.window.end]
        return max(known)[1] if known else self.headcount

    @property
    def rates(self) -> ExchangeRates:
        """The study's exchange rates with the rule of how long one holds."""
        return ExchangeRates(self.currency, self.exchange_rates, self.max_rate_age_days)

    def module(self, module_id: str) -> Module:
        """The module of that id."""
        for module in self.modules:
            if module.id == module_id:
                return module
        raise UnknownName("module", module_id, (module.id for module in self.modules))

    def live_or_planned(self, module_id: str) -> Module:
        """The module of that id, live or planned."""
        planned = {plan.module.id: plan.module for plan in self.planned}
        return planned[module_id] if module_id in planned else self.module(module_id)

    def metric(self, metric_id: str) -> Metric:
        """The metric of that id."""
        if metric_id not in self.metrics:
            raise UnknownName("metric", metric_id, self.metrics)
        return self.metrics[metric_id]

    def cycle(self, key: str, *, as_of: date) -> Cycle:
        """The cycle of that key; it must be of the study's own kind."""
        cycle = cycle_from_key(key, as_of=as_of)
        expected = cycle_key(self.cycle_kind, cycle.window.start)
        if expected != key:
            raise UnknownName(f"{self.cycle_kind} cycle", key, [expected])
        return cycle if self.history.end == OPEN_END else replace(cycle, data_end=self.history.end)

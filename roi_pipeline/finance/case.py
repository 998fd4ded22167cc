"""Everything one module is valued from, bundled once so that the steps can pass it on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from roi_pipeline.domain.effects import Design, ModuleEffects
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import LedgerFacts
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.standards import Standard, Tier
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.finance.register import Register

# Designs that compare units over whole windows: no period can be left out of them.
WITHOUT_PERIODS: frozenset[Design] = frozenset(
    ("randomised", "matched_comparison", "vendor_counter")
)


@dataclass(frozen=True, slots=True)
class Case:
    """One module in one cycle under one standard.

    Attributes:
        volumes: period name → metric id → volume.
        periods: period name → its days.
        go_live: first day of the module.
        role_claims: role → benefits of all modules that claim its hours; they share what fell.
    """

    module: Module
    effects: ModuleEffects
    metrics: Mapping[str, Metric]
    cycle: Cycle
    currency: str
    standard: Standard
    tier: Tier
    register: Register
    volumes: Mapping[str, Mapping[str, Volume]]
    periods: Mapping[str, Window]
    rates: ExchangeRates
    facts: LedgerFacts
    go_live: date
    role_claims: Mapping[str, int] = field(default_factory=dict[str, int])

    def volume(self, period_name: str, metric_id: str) -> Volume | None:
        """How much of a metric's base its effect holds for, if it was counted.

        Periods the owner declared unusable are in no comparison of periods, so they carry no money.
        """
        volume, effect = self.usage(period_name, metric_id), self.effects.effect(metric_id)
        if volume is None or (effect is not None and effect.design in WITHOUT_PERIODS):
            return volume
        return volume.usable

    def usage(self, period_name: str, metric_id: str) -> Volume | None:
        """All of it, dropped periods included: what is billed by use was used in them too."""
        return self.volumes.get(period_name, {}).get(metric_id)

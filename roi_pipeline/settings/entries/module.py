"""modules/<id>.toml: what was declared about one module before anybody looked at results."""

from datetime import date
from typing import Annotated

from annotated_types import Ge, Gt, Len, Lt
from pydantic import BeforeValidator, Field

from roi_pipeline.domain.advice import DecisionTaken
from roi_pipeline.domain.effects import Design, IntervalMethod
from roi_pipeline.domain.modules import (
    Aggregate,
    AttributionRule,
    Base,
    ChangeKind,
    Claim,
    ControlGroup,
    CovariateUse,
    CreditRule,
    DayConvention,
    DesignChoice,
    Module,
    PoolMetric,
    PoolRole,
    Randomisation,
    Rollout,
    Target,
    VarianceRule,
    VendorContract,
)
from roi_pipeline.domain.standards import Action
from roi_pipeline.domain.windows import PeriodKind, Window
from roi_pipeline.settings.entries.entry import (
    AtLeastZero,
    Days,
    Entry,
    Filters,
    Name,
    Number,
    Translations,
    WindowEntry,
    Words,
    build,
    text,
)
from roi_pipeline.settings.entries.money import BenefitEntry, CostEntry
from roi_pipeline.settings.entries.study import AssumptionEntry

AtLeastOne = Annotated[int, Gt(0)]


class RolloutEntry(Entry):
    """Where and when the module went live."""

    unit: Name
    go_live: dict[str, date] | None = None
    everywhere_from: date | None = None
    is_randomised: bool | None = None
    cluster: Name | None = None
    go_live_by: Name | None = None
    end: date | None = None
    spend_amount: AtLeastZero | None = None

    @property
    def first_day(self) -> date | None:
        """The earliest go-live."""
        days = [*(self.go_live or {}).values(), self.everywhere_from]
        return min((day for day in days if day), default=None)


class RandomisationEntry(Entry):
    """A randomised holdout."""

    arm_column: Name
    treated: Annotated[list[Words], Len(1)]
    comparison: Annotated[list[Words], Len(1)]
    planned_share: Annotated[float, Gt(0), Lt(1)] | None = None
    covariates: list[Name] | None = None
    cluster: Name | None = None
    balance: list[Name] | None = None
    used: Name | None = None


class DesignEntry(Entry):
    """What the owner declared about how the module may be evaluated."""

    period: PeriodKind | None = None
    design: Design | None = None
    dropped_periods: list[date] | None = None
    control_units: list[Words] | None = None
    control_metrics: list[str] | None = None
    anticipation_periods: Days | None = None
    ramp_days: Days | None = None
    novelty_days: Days | None = None
    counter_value: float | None = None
    split_by: list[Name] | None = None
    variance: VarianceRule | None = None
    base: Base | None = None
    control_group: ControlGroup | None = None
    aggregate: Aggregate | None = None
    counted_cool_down_days: Days | None = None
    intervals: list[IntervalMethod] | None = None
    covariates: list[Name] | None = None
    covariate_use: CovariateUse | None = None


class TargetEntry(Entry):
    """Where a metric should get to."""

    kind: ChangeKind
    value: float
    deadline: date | None = None
    owner: str | None = None


class PoolEntry(Entry):
    """One metric of the pool."""

    metric: str
    role: PoolRole
    target: TargetEntry | None = None
    filters: Filters | None = None
    weight: Annotated[float, Ge(0)] | None = None
    intervals: list[IntervalMethod] | None = None

    def to_domain(self) -> PoolMetric:
        """The pool's metric."""
        target = build(Target, self.target) if self.target else None
        return build(PoolMetric, self, metric_id=self.metric, target=target)


class AttributionEntry(Entry):
    """How outcomes are credited to the module's actions."""

    outcome: Name
    window_days: AtLeastOne | None = None
    ingest_lag_days: Days | None = None
    credit: CreditRule | None = None
    days: DayConvention | None = None


class ClaimEntry(Entry):
    """What the vendor promised."""

    id: Name
    metric: str
    kind: ChangeKind
    value: float
    source: Words
    stated_on: date | None = None


class VendorContractEntry(Entry):
    """From when to when the contract with the vendor runs."""

    start: date
    end: date
    notice_days: Days | None = None
    auto_renews: bool | None = None
    renewal_price_rise: Annotated[Number, Gt(-1)] | None = None
    minimum_months: AtLeastOne | None = None
    exit_amount: AtLeastZero | None = None


class DecisionEntry(Entry):
    """A decision that was taken, as `roi decide` writes it."""

    action: Action
    by: Words
    on: date
    because: Words
    cycle: Words | None = None
    advised: Action | None = None


def _listed(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class ModuleEntry(Entry):
    """The whole file."""

    id: Name
    name: Translations
    scene: Translations
    owner: Words
    rollout: RolloutEntry
    pool: Annotated[list[PoolEntry], Len(1)]
    link: str | None = None
    kind: str | None = None
    selection_window: WindowEntry | None = None
    selection_reason: str | None = None
    baseline: WindowEntry | None = None
    randomisation: RandomisationEntry | None = None
    design: DesignEntry | None = None
    filters: Filters | None = None
    attribution: AttributionEntry | None = None
    cost: list[CostEntry] = Field(default_factory=list[CostEntry])
    benefit: list[BenefitEntry] = Field(default_factory=list[BenefitEntry])
    assumption: list[AssumptionEntry] = Field(default_factory=list[AssumptionEntry])
    claim: list[ClaimEntry] = Field(default_factory=list[ClaimEntry])
    vendor_contract: Annotated[list[VendorContractEntry], BeforeValidator(_listed)] = Field(
        default_factory=list[VendorContractEntry]
    )
    decision: list[DecisionEntry] = Field(default_factory=list[DecisionEntry])

    def to_domain(self, file: str) -> Module:
        """The module."""
        attribution, randomisation = self.attribution, self.randomisation
        contracts = sorted(self.vendor_contract, key=lambda entry: entry.start)
        dated = tuple(build(VendorContract, entry) for entry in contracts)
        return build(
            Module,
            self,
            name=text(self.name),
            scene=text(self.scene),
            rollout=build(Rollout, self.rollout),
            pool=tuple(entry.to_domain() for entry in self.pool),
            selection_window=_window(self.selection_window),
            baseline=_window(self.baseline),
            randomisation=build(Randomisation, randomisation) if randomisation else None,
            design=build(DesignChoice, self.design) if self.design else DesignChoice(),
            attribution=build(AttributionRule, attribution) if attribution else None,
            costs=tuple(entry.to_domain() for entry in self.cost),
            benefits=tuple(entry.to_domain() for entry in self.benefit),
            assumptions=tuple(entry.to_domain() for entry in self.assumption),
            claims=tuple(build(Claim, entry, metric_id=entry.metric) for entry in self.claim),
            vendor_contract=dated[-1] if dated else None,
            earlier_contracts=dated[:-1],
            decisions=tuple(build(DecisionTaken, entry) for entry in self.decision),
            file=file,
        )


def _window(entry: WindowEntry | None) -> Window | None:
    return Window(entry.start, entry.end) if entry else None

"""A module: one AI capability in one business scene, judged on its own.

Holds what was declared about it before looking at results: where and when it went live, the metric
pool, how outcomes are credited, what it costs and what its vendor promised. Money declarations live
in `domain.money`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.advice import DecisionTaken
from roi_pipeline.domain.effects import Design, IntervalMethod
from roi_pipeline.domain.money import Assumption, BenefitRule, CostRule
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import PeriodKind, Window

PoolRole = Literal["goal", "secondary", "guardrail"]
ChangeKind = Literal["relative", "absolute", "level"]
CreditRule = Literal["last", "first", "any"]
DayConvention = Literal["24 hours", "calendar"]
VarianceRule = Literal["unequal", "pooled"]
Base = Literal["window", "last_period"]
ControlGroup = Literal["not_yet_treated", "never_treated"]
Aggregate = Literal["simple", "group", "calendar", "event"]
CovariateUse = Literal["regression", "weighting", "doubly_robust"]

DEFAULT_WINDOW_DAYS = 7


@dataclass(frozen=True, slots=True)
class Target:
    """Where a metric should get to: +15 % (relative), +0.05 (absolute) or 0.70 (level)."""

    kind: ChangeKind
    value: float
    deadline: date | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class PoolMetric:
    """One metric of a module's pool.

    Attributes:
        filters: column of the daily table → accepted values; adds to the module's own filters.
        weight: share in the efficiency score.
        intervals: asked for beside the one the product takes; None: as in the module's [design].
    """

    metric_id: str
    role: PoolRole
    target: Target | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    weight: float = 1.0
    intervals: tuple[IntervalMethod, ...] | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """Where and when the module went live.

    Attributes:
        unit: what is compared, the name before `_id`: `clinic` means column `clinic_id`.
        go_live: unit id → first day with the module. Units not named were never treated, unless
            `everywhere_from` is set.
        everywhere_from: one day for all units.
        is_randomised: the order of go-live dates was randomised.
        cluster: wider group of units for standard errors, such as `region`.
        go_live_by: the keys of `go_live` are ids of this wider place and not of units: agents
            compared, stores switched on. None: they are units.
        end: of an experiment: the first day without it again. None: it goes on.
        spend_amount: what an experiment spent in all, in the study's currency, for its
            incremental return.
    """

    unit: str
    go_live: Mapping[str, date] = field(default_factory=dict[str, date])
    everywhere_from: date | None = None
    is_randomised: bool = False
    cluster: str | None = None
    go_live_by: str | None = None
    end: date | None = None
    spend_amount: Decimal | None = None

    @property
    def first_day(self) -> date | None:
        """The earliest go-live."""
        days = [*self.go_live.values(), *([self.everywhere_from] if self.everywhere_from else [])]
        return min(days, default=None)


@dataclass(frozen=True, slots=True)
class Randomisation:
    """A randomised holdout.

    Attributes:
        arm_column: column of the daily table that says which arm a unit is in.
        treated: values of it that mean "has the module".
        comparison: values of it that mean "held out".
        planned_share: planned share of treated among both arms.
        covariates: columns of the daily table used for regression adjustment and balance.
        cluster: assignment was by this wider unit.
        balance: further columns the arms must resemble each other in, not adjusted on.
        used: column of the daily table above 0 where the unit used what it was offered, or
            `ai_actions`: the module acted for it, and what staff had to decide on was taken.
            None: use is not known.
    """

    arm_column: str
    treated: tuple[str, ...]
    comparison: tuple[str, ...]
    planned_share: float | None = None
    covariates: tuple[str, ...] = ()
    cluster: str | None = None
    balance: tuple[str, ...] = ()
    used: str | None = None


@dataclass(frozen=True, slots=True)
class AttributionRule:
    """How outcomes are credited to this module's AI actions.

    Attributes:
        outcome: kind of customer event that counts: `visit`, `consult`, `order`.
        window_days: days after the action in which an outcome counts.
        ingest_lag_days: days until an event is surely in the exports.
        credit: which eligible action claims an outcome.
        days: whether a day of the window is 24 hours from the action, or ends at local midnight.
    """

    outcome: str
    window_days: int = DEFAULT_WINDOW_DAYS
    ingest_lag_days: int = 1
    credit: CreditRule = "last"
    days: DayConvention = "24 hours"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the vendor promised, to be tested: +20 % on a metric."""

    id: str
    metric_id: str
    kind: ChangeKind
    value: float
    source: str
    stated_on: date | None = None


@dataclass(frozen=True, slots=True)
class VendorContract:
    """When the vendor contract ends, how early notice must be given, and what leaving costs.

    Attributes:
        renewal_price_rise: by how much the fee rises in the term after this one, as a fraction.
        minimum_months: months from the start after which it may be left on notice at any time;
            None: only at its end.
        exit_amount: what leaving at once costs, in the study's currency; None: it cannot be left.
    """

    start: date
    end: date
    notice_days: int = 30
    auto_renews: bool = False
    renewal_price_rise: Decimal = Decimal(0)
    minimum_months: int | None = None
    exit_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DesignChoice:
    """What the module's owner declared about how it may be evaluated.

    Attributes:
        period: length of the periods a panel is cut into.
        design: use this design only; None lets the product choose the strongest.
        dropped_periods: periods declared unusable beforehand, each with the reason in the file.
        control_units: units usable as controls; empty: all untreated ones.
        control_metrics: metrics whose series the module cannot move, for time-based regression.
        ramp_days: days after go-live left out of post (learning, cool-down).
        novelty_days: days after go-live after which the effect counts as steady.
        counter_value: a vendor's own counter (grade E), when nothing else can be had.
        variance: `unequal` lets each arm or cell have its own spread; `pooled` is ordinary least
            squares, as textbooks print it. For comparisons of units seen once and of two series.
        base: what a staggered roll-out is compared with: the whole baseline window, or each
            cohort's last period before its go-live (Callaway & Sant'Anna 2021).
        control_group: with `base = "last_period"`: units not yet treated, or never treated alone.
        aggregate: with `base = "last_period"`: which aggregate is the headline.
        counted_cool_down_days: days after an experiment's end whose outcome still counts as its
            effect; what follows the end is otherwise in neither effect nor money.
        intervals: computed and named beside the one the product takes, for every metric.
        covariates: with `base = "last_period"`: columns of the daily table whose mean before the
            first go-live units are made alike in.
        covariate_use: regression of the controls, weighting by the propensity score, or both.
    """

    period: PeriodKind = "week"
    design: Design | None = None
    dropped_periods: tuple[date, ...] = ()
    control_units: tuple[str, ...] = ()
    control_metrics: tuple[str, ...] = ()
    anticipation_periods: int = 0
    ramp_days: int = 0
    novelty_days: int = 28
    counter_value: float | None = None
    split_by: tuple[str, ...] = ()
    variance: VarianceRule = "unequal"
    base: Base = "window"
    control_group: ControlGroup = "not_yet_treated"
    aggregate: Aggregate = "group"
    counted_cool_down_days: int = 0
    intervals: tuple[IntervalMethod, ...] = ()
    covariates: tuple[str, ...] = ()
    covariate_use: CovariateUse = "doubly_robust"


@dataclass(frozen=True, slots=True)
class Module:
    """One AI capability in one business scene.

    Attributes:
        selection_window: the weeks on which units were chosen for roll-out; the baseline must end
            before it.
        baseline: declared baseline window; None: everything before the selection window or the
            first go-live.
        filters: column of the daily tables → accepted values, for every metric of the pool.
        vendor_contract: the newest contract.
        earlier_contracts: those it follows, oldest first.
        decisions: what was decided about it, in the order recorded.
    """

    id: str
    name: Text
    scene: Text
    owner: str
    rollout: Rollout
    pool: tuple[PoolMetric, ...]
    link: str = ""
    kind: str = ""
    selection_window: Window | None = None
    selection_reason: str = ""
    baseline: Window | None = None
    randomisation: Randomisation | None = None
    design: DesignChoice = field(default_factory=DesignChoice)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    attribution: AttributionRule | None = None
    costs: tuple[CostRule, ...] = ()
    benefits: tuple[BenefitRule, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    claims: tuple[Claim, ...] = ()
    vendor_contract: VendorContract | None = None
    file: str = ""
    earlier_contracts: tuple[VendorContract, ...] = ()
    decisions: tuple[DecisionTaken, ...] = ()

    @property
    def goals(self) -> tuple[PoolMetric, ...]:
        """The goal metrics of the pool."""
        return tuple(metric for metric in self.pool if metric.role == "goal")

    def intervals_of(self, entry: PoolMetric) -> tuple[IntervalMethod, ...]:
        """The intervals asked for of one metric, each once."""
        asked = self.design.intervals if entry.intervals is None else entry.intervals
        return tuple(dict.fromkeys(asked))

    @property
    def counted_until(self) -> date | None:
        """First day that no longer counts as post; None without an end."""
        end = self.rollout.end
        return None if end is None else end + timedelta(days=self.design.counted_cool_down_days)

    @property
    def is_service_module(self) -> bool:
        """Whether staff tenure splits are mandatory."""
        return self.kind == "service"

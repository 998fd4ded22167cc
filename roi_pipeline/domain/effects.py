"""A change with its interval, or the stated reason why there is none.

`Effect | Inconclusive` is the result of every design; a caller matches on it and cannot forget the
second case. Grades A to E say what kind of evidence stands behind the number (see `Grade`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window

Grade = Literal["A", "B", "C", "D", "E"]
GRADES: tuple[Grade, ...] = ("A", "B", "C", "D", "E")
Design = Literal[
    "randomised",
    "staggered",
    "difference_in_differences",
    "two_way_fixed_effects",
    "synthetic_difference_in_differences",
    "synthetic_control",
    "time_based_regression",
    "structural_series",
    "matched_comparison",
    "seasonal_before_after",
    "before_after",
    "vendor_counter",
]
CohortKind = Literal[
    "group_time", "group", "calendar", "event",
    "overall_simple", "overall_group", "overall_calendar", "overall_event",
]  # fmt: skip
SelfSelectedKind = Literal["per_protocol", "users_against_non_users"]
IntervalKind = Literal["fixed", "sequential", "permutation", "bootstrap"]
IntervalMethod = Literal["clustered", "wild_bootstrap", "permutation"]


@dataclass(frozen=True, slots=True)
class Consideration:
    """One design the plan looked at, and why it was chosen or refused."""

    design: Design
    is_chosen: bool
    reason: Message


@dataclass(frozen=True, slots=True)
class Plan:
    """Which design answers the question, what else was considered, and what would raise the grade.

    Attributes:
        design: the strongest design the data allow; None when none does.
        considered: every design in order of strength, each with its reason.
        raise_grade: one sentence saying what to do for better evidence next cycle.
    """

    design: Design | None
    considered: tuple[Consideration, ...]
    raise_grade: Message | None = None


@dataclass(frozen=True, slots=True)
class EventTimePoint:
    """Effect at one distance from go-live, in periods; negative distances are placebo."""

    periods_since_go_live: int
    estimate: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class CohortEffect:
    """One figure of a staggered roll-out: a group-time effect or one of their aggregates.

    Attributes:
        kind: what it is the effect of; the `overall_` ones are one figure each.
        lower: of the pointwise interval, as is `upper`.
        band_lower: of the band that covers all figures of its kind at once, as is `band_upper`.
        cohort: first day of the period the cohort went live in.
        period: first day of the period the effect is of.
        periods_since_go_live: negative before go-live, where the effect should be zero.
    """

    kind: CohortKind
    estimate: float
    standard_error: float
    lower: float
    upper: float
    band_lower: float
    band_upper: float
    cohort: date | None = None
    period: date | None = None
    periods_since_go_live: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One period of the treated units' metric beside what it would have been without the module."""

    period_start: date
    observed: float | None
    counterfactual: float | None
    counterfactual_lower: float | None = None
    counterfactual_upper: float | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """The effect inside one group of units; `outcome` is None when suppressed for smallness."""

    attribute: str
    group: str
    n_units: int
    estimate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class LifetimeFit:
    """Lifetime value of one group of customers with the two models it comes from.

    Attributes:
        group: `everybody` who bought, or a randomised arm: `treated`, `comparison`.
        weeks_ahead: the value is what is expected of a customer over these weeks.
        value: mean over the customers, with its interval at `confidence`.
        r: with `alpha`, `a`, `b`: BG/NBD, how often customers buy and when they stop; times in weeks.
        p: with `q`, `v`: gamma–gamma, what a purchase is worth.
        correlation: between frequency and mean value, which the models take to be zero.
    """

    group: str
    n_customers: int
    n_repeat_buyers: int
    weeks_ahead: int
    value: float
    lower: float
    upper: float
    confidence: float
    r: float
    alpha: float
    a: float
    b: float
    purchases_log_likelihood: float
    p: float
    q: float
    v: float
    values_log_likelihood: float
    correlation: float


@dataclass(frozen=True, slots=True)
class IncrementalReturn:
    """What an experiment with an end brought in all.

    Attributes:
        volume: Σ denominator of the treated units in post.
        outcome: effect × volume, with its interval at `confidence`.
        at_least: one-sided lower bound at `confidence`; None where the interval is not Student's.
        at_most: one-sided upper bound.
        spend: what it spent; None: not known.
    """

    volume: float
    outcome: float
    lower: float
    upper: float
    at_least: float | None
    at_most: float | None
    confidence: float
    spend: float | None = None

    def per_spend(self, outcome: float | None) -> float | None:
        """Outcome ÷ spend (incremental ROAS), of the outcome or any bound of it."""
        return None if outcome is None or not self.spend else outcome / self.spend

    def cost_of_one(self, outcome: float | None) -> float | None:
        """Spend ÷ outcome, of the outcome or any bound of it; None where that may be zero or less."""
        if outcome is None or self.spend is None or outcome <= 0:
            return None
        return self.spend / outcome


@dataclass(frozen=True, slots=True)
class NamedInterval:
    """An interval the module's owner asked for, beside the one the effect is judged by.

    Attributes:
        estimate: what it is an interval of; of randomised units the plain difference, without
            baseline or covariates. None with a `reason`, as are the figures after it.
        standard_error: None where the method has none of its own.
        degrees_of_freedom: of Student's distribution; None where draws stand in for it.
        n_clusters: independent groups it rests on.
        n_draws: at most so many; 0 without resampling.
        reason: why there is none.
    """

    method: IntervalMethod
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    standard_error: float | None = None
    degrees_of_freedom: float | None = None
    n_clusters: int | None = None
    n_draws: int = 0
    reason: Message | None = None


@dataclass(frozen=True, slots=True)
class EffectCounts:
    """How much an effect rests on.

    Attributes:
        rows: rows of the metric's daily table in the windows compared; None where not counted.
        clusters: independent groups that noise is judged by; equal to `units` where every unit is one.
        baseline_periods: periods with data; None where arms are compared and not periods, as
            `post_periods`.
    """

    rows: int | None
    units: int
    treated: int
    clusters: int
    baseline_periods: int | None = None
    post_periods: int | None = None


@dataclass(frozen=True, slots=True)
class SelfSelected:
    """Users against non-users, who chose themselves: grade D at most, and never in money.

    Attributes:
        kind: `per_protocol` compares those offered who used it with those held out who did not,
            `users_against_non_users` all of either.
    """

    kind: SelfSelectedKind
    n_users: int
    n_others: int
    estimate: float
    lower: float
    upper: float
    grade: Grade
    reason: Message


@dataclass(frozen=True, slots=True)
class OfferAndUse:
    """What partial use adds to a randomised offer: first stage, take-up, effect on compliers.

    Imbens & Angrist (1994). The `Effect` beside it is that of the offer (intention to treat), and
    money rests on that one alone.

    Attributes:
        take_up: share of use among those offered less that among those held out (first stage).
        first_stage_f: squared t of `take_up`; None when it has no noise.
        estimate: effect on those who used it because it was offered (two-stage least squares).
        lower: None where the interval is open, as is `upper`.
        shape: `outside`: the interval is everything but what lies between `upper` and `lower`.
        is_one_sided: nobody held out used it, so that the estimate is of all users.
        reason: why there is no estimate.
    """

    n_offered: int
    n_offered_users: int
    n_held_out: int
    n_held_out_users: int
    take_up: float
    take_up_lower: float
    take_up_upper: float
    first_stage_f: float | None
    is_one_sided: bool
    estimate: float | None = None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    confidence: float = 0.95
    interval_method: Literal["two_stage_least_squares", "anderson_rubin"] = (
        "two_stage_least_squares"
    )
    shape: Literal["bounded", "outside", "unbounded"] = "bounded"
    reason: Message | None = None
    self_selected: tuple[SelfSelected, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """A change of one metric of one module from baseline to post.

    Attributes:
        estimate: absolute change in the metric's own unit (a rate: a fraction, not points).
        lower: lower end of the interval at `confidence`.
        upper: upper end of the interval at `confidence`.
        standard_error: standard error of `estimate`.
        relative: change relative to the counterfactual level; 0.165 is +16.5 %.
        baseline_value: the metric for the treated units in the baseline window.
        post_value: the metric for the treated units in the post window.
        counterfactual_value: what the post value would have been without the module.
        method: name of the function that computed it.
        p_value: two-sided, against no change.
        smallest_detectable: absolute change the design would have found with 80 % power.
        steady_state: the change once early weeks are over; used to annualise. None: use `estimate`.
        adjusted_p_value: after the multiplicity rule of the pool; None outside the family.
        is_money_allowed: grade and diagnostics permit it to enter money.
        lifetimes: the models behind a lifetime value; empty for other metrics.
        cohort_effects: of a staggered roll-out by `base = "last_period"`, else empty.
        use: where use of a randomised offer is known; None elsewhere.
        incremental: of an experiment with an end; None elsewhere.
        intervals: asked for by `intervals` in the module's file, beside `lower` and `upper`.
        counts: rows, units, clusters and periods it rests on.
    """

    module_id: str
    metric_id: str
    estimate: float
    lower: float
    upper: float
    standard_error: float
    relative: float | None
    relative_lower: float | None
    relative_upper: float | None
    confidence: float
    baseline_value: float | None
    post_value: float | None
    counterfactual_value: float | None
    design: Design
    method: str
    grade: Grade
    n_units: int
    n_treated: int
    baseline: Window | None
    post: Window
    plan: Plan
    p_value: float | None = None
    adjusted_p_value: float | None = None
    degrees_of_freedom: float | None = None
    n_clusters: int | None = None
    interval_kind: IntervalKind = "fixed"
    smallest_detectable: float | None = None
    steady_state: float | None = None
    is_money_allowed: bool = True
    findings: tuple[Finding, ...] = ()
    event_study: tuple[EventTimePoint, ...] = ()
    series: tuple[SeriesPoint, ...] = ()
    splits: tuple[Split, ...] = ()
    details: Mapping[str, float | int | str | None] = field(
        default_factory=dict[str, float | int | str | None]
    )
    lifetimes: tuple[LifetimeFit, ...] = ()
    cohort_effects: tuple[CohortEffect, ...] = ()
    use: OfferAndUse | None = None
    incremental: IncrementalReturn | None = None
    intervals: tuple[NamedInterval, ...] = ()
    counts: EffectCounts | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes no change."""
        return self.lower > 0 or self.upper < 0


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """No honest answer, and why. Never a zero."""

    module_id: str
    metric_id: str
    reason: Message
    plan: Plan | None = None
    findings: tuple[Finding, ...] = ()
    baseline_value: float | None = None
    post_value: float | None = None
    series: tuple[SeriesPoint, ...] = ()
    lifetimes: tuple[LifetimeFit, ...] = ()


Outcome = Effect | Inconclusive


@dataclass(frozen=True, slots=True)
class BaselineVersion:
    """What a metric shows under one version of its baseline, when there are several.

    Attributes:
        version: 1 is the baseline first used.
        locked_on: the day it was first used.
        changed: parts in which it differs from the version in force.
        baseline: its window, as locked.
        outcome: without charts, findings and splits.
    """

    metric_id: str
    version: int
    is_in_force: bool
    locked_on: date
    changed: tuple[str, ...]
    baseline: Window | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ModuleEffects:
    """Everything one module changed in one cycle.

    Attributes:
        baselines: both results of every metric whose baseline changed after its first use.
    """

    module_id: str
    cycle_key: str
    outcomes: Mapping[str, Outcome]
    findings: tuple[Finding, ...] = ()
    notes: tuple[Message, ...] = ()
    baselines: tuple[BaselineVersion, ...] = ()

    def effect(self, metric_id: str) -> Effect | None:
        """The effect on a metric, or None when it is inconclusive or unknown."""
        outcome = self.outcomes.get(metric_id)
        return outcome if isinstance(outcome, Effect) else None

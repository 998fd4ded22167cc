"""From the kernel's `Comparison` to the domain's `Effect` or `Inconclusive`: the one way out.

`Question` says what was asked, `Standing` what is said of the answer besides its figures; `Case` is
one metric of one module in one cycle, from which both are made.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from roi_pipeline.domain.effects import (
    CohortEffect,
    Consideration,
    Design,
    Effect,
    EventTimePoint,
    Grade,
    Inconclusive,
    Outcome,
    Plan,
    SeriesPoint,
    Split,
)
from roi_pipeline.domain.findings import Finding, Severity
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.stats.inference import CONFIDENCE, Comparison, Details, Scale
from roi_pipeline.stats.panels import Cut, observed_series

RANDOMISED_PLAN = Plan(
    "randomised",
    (Consideration("randomised", is_chosen=True, reason=Message("arms_were_randomised")),),
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a design.

    Attributes:
        post: the window the effect is measured in.
        baseline: the window before it, if any: that of the adjustment, or that of the panel.
        scale: `log` for metrics whose arms are compared as a ratio of means.
        plan: how the design was chosen.
    """

    module_id: str
    metric_id: str
    post: Window
    baseline: Window | None = None
    confidence: float = CONFIDENCE
    scale: Scale = "linear"
    plan: Plan = RANDOMISED_PLAN

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"{self.module_id}.{self.metric_id}"


@dataclass(frozen=True, slots=True)
class Case:
    """One metric of one module in one cycle, with its panel already cut.

    Attributes:
        cut: None when the panel allows no comparison; `no_cut` then says why.
    """

    module: Module
    cycle: Cycle
    question: MetricQuestion
    cut: Cut | None
    no_cut: Message | None

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"{self.module.id}.{self.question.metric.id}"

    @property
    def post(self) -> Window:
        """The post window: from go-live to what the cycle lets us see."""
        if self.cut is not None:
            return self.cut.post
        end = min(self.cycle.observed.end, self.module.counted_until or date.max)
        start = self.module.rollout.first_day or self.question.history.start
        return Window(min(start, end), end)

    def asked(self, plan: Plan) -> Question:
        """What is asked of the design of the plan."""
        baseline = None if self.cut is None else self.cut.baseline
        subject = (self.module.id, self.question.metric.id)
        return Question(*subject, self.post, baseline, plan=plan)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an effect was obtained and what is said of it, beside its figures."""

    design: Design
    method: str
    grade: Grade
    is_money_allowed: bool = True
    n_clusters: int | None = None
    baseline_value: float | None = None
    findings: tuple[Finding, ...] = ()
    steady_state: float | None = None
    event_study: tuple[EventTimePoint, ...] = ()
    series: tuple[SeriesPoint, ...] = ()
    splits: tuple[Split, ...] = ()
    details: Details | None = None
    cohort_effects: tuple[CohortEffect, ...] = ()


def failed_finding(check: str, subject: str, severity: Severity, message: Message) -> Finding:
    """A check whose sentence did not hold, or could not be looked at."""
    return Finding(check, subject, passed=False, severity=severity, message=message)


def inconclusive(
    question: Question, reason: Message, findings: tuple[Finding, ...] = ()
) -> Inconclusive:
    """No answer to the question, and why."""
    return Inconclusive(question.module_id, question.metric_id, reason, question.plan, findings)


def to_inconclusive(
    case: Case, plan: Plan, reason: Message, findings: tuple[Finding, ...]
) -> Inconclusive:
    """No answer, with what could still be counted."""
    found, cut = inconclusive(case.asked(plan), reason, findings), case.cut
    if cut is None:
        return found
    return replace(
        found,
        baseline_value=cut.baseline_value(),
        post_value=cut.post_value(),
        series=observed_series(cut, None),
    )


def effect_of(comparison: Comparison, question: Question, standing: Standing) -> Effect:
    """The comparison as an effect of the module."""
    df = comparison.degrees_of_freedom
    sample_details: Mapping[str, float | int | str | None] = {
        "scale": comparison.scale,
        "adjusted_on": ", ".join(comparison.adjusted_on) or None,
    }
    return Effect(
        module_id=question.module_id,
        metric_id=question.metric_id,
        estimate=comparison.estimate,
        lower=comparison.lower,
        upper=comparison.upper,
        standard_error=comparison.standard_error,
        relative=comparison.relative,
        relative_lower=comparison.relative_lower,
        relative_upper=comparison.relative_upper,
        confidence=comparison.confidence,
        baseline_value=standing.baseline_value,
        post_value=comparison.treated,
        counterfactual_value=comparison.counterfactual,
        design=standing.design,
        method=standing.method,
        grade=standing.grade,
        n_units=sum(comparison.n),
        n_treated=comparison.n[0],
        baseline=question.baseline,
        post=question.post,
        plan=question.plan,
        p_value=comparison.p_value,
        degrees_of_freedom=df if math.isfinite(df) else None,
        n_clusters=standing.n_clusters,
        interval_kind=comparison.kind,
        smallest_detectable=comparison.minimum_detectable_effect,
        steady_state=standing.steady_state,
        is_money_allowed=standing.is_money_allowed,
        findings=standing.findings,
        event_study=tuple(point for point in standing.event_study if _is_finite(point)),
        series=tuple(
            point if _is_finite(point) else SeriesPoint(point.period_start, None, None)
            for point in standing.series
        ),
        splits=standing.splits,
        details=sample_details if standing.details is None else standing.details,
        cohort_effects=tuple(each for each in standing.cohort_effects if _is_finite(each)),
    )


def _is_finite(point: EventTimePoint | SeriesPoint | CohortEffect) -> bool:
    """Whether every figure of a point may be shown."""
    values = (getattr(point, name) for name in point.__dataclass_fields__)
    return all(math.isfinite(value) for value in values if isinstance(value, float))


def by_counter(outcome: Outcome, metric: Metric) -> Outcome:
    """Grade E, whatever the design, where a vendor counts what its own product is credited with."""
    if not metric.is_vendor_counted or not isinstance(outcome, Effect):
        return outcome
    values = {"metric": metric.id, "grade": outcome.grade}
    finding = failed_finding(
        "outcomes_are_counted_in_own_systems",
        f"{outcome.module_id}.{metric.id}",
        "warn",
        Message("vendor_counts_its_own_outcomes", values),
    )
    plan = replace(outcome.plan, raise_grade=Message("count_in_own_system", values))
    return replace(
        outcome, grade="E", is_money_allowed=False, plan=plan, findings=(*outcome.findings, finding)
    )


def counter_effect(case: Case, plan: Plan) -> Effect:
    """A vendor's own counter: shown between nothing and what it says, never in money."""
    value = float(case.module.design.counter_value or 0.0)
    return Effect(
        module_id=case.module.id,
        metric_id=case.question.metric.id,
        estimate=value,
        lower=min(0.0, value),
        upper=max(0.0, value),
        standard_error=0.0,
        relative=None,
        relative_lower=None,
        relative_upper=None,
        confidence=CONFIDENCE,
        baseline_value=None if case.cut is None else case.cut.baseline_value(),
        post_value=None if case.cut is None else case.cut.post_value(),
        counterfactual_value=None,
        design="vendor_counter",
        method="vendor_counter",
        grade="E",
        n_units=0,
        n_treated=0,
        baseline=None,
        post=case.post,
        plan=plan,
        is_money_allowed=False,
    )

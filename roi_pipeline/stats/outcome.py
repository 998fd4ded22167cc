"""From a design's estimate to the domain's `Effect`: relative change, plan, grade, findings.

Also the two outcomes that need no panel: the randomised comparison and a vendor's own counter.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from roi_pipeline.domain.effects import (
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
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.stats.designs.before_after import observed_series
from roi_pipeline.stats.designs.randomised import Adjustment, randomised
from roi_pipeline.stats.estimate import Estimate
from roi_pipeline.stats.intervals import Scale
from roi_pipeline.stats.panels import Cut, baseline_bounds
from roi_pipeline.stats.quantiles import randomised_quantile
from roi_pipeline.stats.question import Question
from roi_pipeline.stats.ratio import BASELINE_RATIO
from roi_pipeline.stats.sequential import with_sequential_interval

CONFIDENCE = 0.95


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
        end = self.cycle.observed.end
        start = self.module.rollout.first_day or self.question.history.start
        return Window(min(start, end), end)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of an estimate besides its figures."""

    plan: Plan
    grade: Grade
    findings: tuple[Finding, ...] = ()
    steady_state: float | None = None
    smallest_detectable: float | None = None
    splits: tuple[Split, ...] = ()


def to_effect(case: Case, design: Design, estimate: Estimate, verdict: Verdict) -> Effect:
    """The estimate as an effect; relative figures are against the counterfactual level."""
    level = estimate.counterfactual_value
    scale = abs(level) if level else None
    interval = estimate.interval
    return Effect(
        module_id=case.module.id,
        metric_id=case.question.metric.id,
        estimate=estimate.estimate,
        lower=interval.lower,
        upper=interval.upper,
        standard_error=estimate.standard_error,
        relative=estimate.estimate / scale if scale else None,
        relative_lower=interval.lower / scale if scale else None,
        relative_upper=interval.upper / scale if scale else None,
        confidence=CONFIDENCE,
        baseline_value=estimate.baseline_value,
        post_value=estimate.post_value,
        counterfactual_value=level,
        design=design,
        method=estimate.method,
        grade=verdict.grade,
        n_units=estimate.n_units,
        n_treated=estimate.n_treated,
        baseline=None if case.cut is None else case.cut.baseline,
        post=case.post,
        plan=verdict.plan,
        p_value=interval.p_value,
        degrees_of_freedom=estimate.degrees_of_freedom,
        n_clusters=estimate.n_clusters,
        interval_kind=interval.kind,
        smallest_detectable=verdict.smallest_detectable,
        steady_state=verdict.steady_state,
        is_money_allowed=verdict.grade != "E"
        and not any(finding.stops for finding in verdict.findings),
        findings=verdict.findings,
        event_study=tuple(point for point in estimate.event_study if _is_finite(point)),
        series=tuple(
            point if _is_finite(point) else SeriesPoint(point.period_start, None, None)
            for point in estimate.series
            if point.period_start < case.cycle.observed.end
        ),
        splits=verdict.splits,
        details=estimate.details,
    )


def _is_finite(point: EventTimePoint | SeriesPoint) -> bool:
    """Whether every figure of a point may be shown."""
    values = (getattr(point, name) for name in point.__dataclass_fields__)
    return all(math.isfinite(value) for value in values if isinstance(value, float))


def to_inconclusive(
    case: Case, plan: Plan, reason: Message, findings: tuple[Finding, ...]
) -> Inconclusive:
    """No answer, with what could still be counted."""
    cut = case.cut
    return Inconclusive(
        case.module.id,
        case.question.metric.id,
        reason,
        plan,
        findings=findings,
        baseline_value=None if cut is None else cut.baseline_value(),
        post_value=None if cut is None else cut.post_value(),
        series=() if cut is None else observed_series(cut, None),
    )


def randomised_outcome(case: Case, plan: Plan) -> Outcome:
    """The comparison of the two arms drawn by lot, adjusted as the module declares."""
    arms, quantiles, post = case.question.arms, case.question.quantile_arms, case.post
    scale: Scale = "log" if case.question.metric.is_log_scale else "linear"
    subject = (case.module.id, case.question.metric.id)
    if quantiles is not None:
        plain = Question(*subject, post, confidence=CONFIDENCE, scale=scale, plan=plan)
        return randomised_quantile(quantiles, plain)
    assert arms is not None  # noqa: S101 - `choice` allows the design only with arms
    bounds = baseline_bounds(case.module, post.start)
    start = max(case.question.history.start, bounds.start) if bounds else post.start
    has_baseline = set(BASELINE_RATIO) <= set(arms.treated.names) & set(arms.comparison.names)
    baseline = Window(start, bounds.end) if bounds and start < bounds.end and has_baseline else None
    question = Question(*subject, post, baseline, CONFIDENCE, scale, plan)
    declared = case.module.randomisation.covariates if case.module.randomisation else ()
    covariates = tuple(name for name in declared if name in arms.treated.names)
    adjustment = Adjustment(
        use_baseline=has_baseline, covariates=covariates, variance=case.module.design.variance
    )
    outcome = randomised(arms, question, adjustment=adjustment)
    if not isinstance(outcome, Effect):
        return outcome
    pooled = randomised(arms, question, adjustment=replace(adjustment, variance="pooled"))
    if isinstance(pooled, Effect):
        extra: Mapping[str, float | str] = {
            "classical_standard_error": pooled.standard_error,
            "variance": adjustment.variance,
        }
        outcome = replace(outcome, details={**outcome.details, **extra})
    return outcome


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


def for_open_cycle(case: Case, effect: Effect) -> Effect:
    """The sequential interval while the cycle is open, tuned for the information at its end."""
    if not case.cycle.is_open or not effect.standard_error > 0:
        return effect
    seen = max(1, (case.cycle.observed.end - effect.post.start).days)
    planned = max(seen, (case.cycle.window.end - effect.post.start).days)
    n = float(max(effect.n_units, 2))
    widened = with_sequential_interval(effect, n=n, tuned_for=round(n * planned / seen))
    return widened if isinstance(widened, Effect) else effect

"""Who asks: the module, metric and windows an estimate is made for, and how it becomes an outcome.

Turns a bare `Comparison` into the domain's `Effect`, and a bare reason into `Inconclusive`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from roi_pipeline.domain.effects import (
    Consideration,
    Design,
    Effect,
    Grade,
    Inconclusive,
    IntervalKind,
    Plan,
)
from roi_pipeline.domain.findings import Finding, Severity
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.intervals import Comparison, Scale
from roi_pipeline.stats.power import smallest_detectable

RANDOMISED_PLAN = Plan(
    "randomised",
    (Consideration("randomised", is_chosen=True, reason=Message("arms_were_drawn_by_lot")),),
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a design.

    Attributes:
        post: the window the effect is measured in.
        baseline: the window the adjustment is measured in, if any.
        scale: `log` for metrics whose arms are compared as a ratio of means.
        plan: how the design was chosen.
    """

    module_id: str
    metric_id: str
    post: Window
    baseline: Window | None = None
    confidence: float = 0.95
    scale: Scale = "linear"
    plan: Plan = RANDOMISED_PLAN

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"{self.module_id}.{self.metric_id}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an effect was obtained, beside its figures."""

    design: Design
    method: str
    grade: Grade
    is_money_allowed: bool = True
    n_clusters: int | None = None
    baseline_value: float | None = None
    interval_kind: IntervalKind = "fixed"


def failed_finding(check: str, subject: str, severity: Severity, message: Message) -> Finding:
    """A check whose sentence did not hold, or could not be looked at."""
    return Finding(check, subject, passed=False, severity=severity, message=message)


def inconclusive(
    question: Question, reason: Message, findings: tuple[Finding, ...] = ()
) -> Inconclusive:
    """No answer to the question, and why."""
    return Inconclusive(question.module_id, question.metric_id, reason, question.plan, findings)


def effect_of(
    comparison: Comparison,
    question: Question,
    standing: Standing,
    *,
    findings: tuple[Finding, ...] = (),
    details: Mapping[str, float | int | str | None] | None = None,
) -> Effect:
    """The comparison as an effect of the module."""
    df = comparison.degrees_of_freedom
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
        degrees_of_freedom=None if math.isinf(df) else df,
        n_clusters=standing.n_clusters,
        interval_kind=standing.interval_kind,
        smallest_detectable=smallest_detectable(
            comparison.standard_error, confidence=comparison.confidence
        ),
        is_money_allowed=standing.is_money_allowed,
        findings=findings,
        details={
            "scale": comparison.scale,
            "adjusted_on": ", ".join(comparison.adjusted_on) or None,
            **(details or {}),
        },
    )

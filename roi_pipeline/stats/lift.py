"""What contacting customers changed: incremental lift, placebo window, interaction, durability.

Gross is not incremental. Without a comparison the outcomes are printed as gross and carry no money.
Customers are the clusters of every standard error.
"""

import math
from dataclasses import dataclass

from roi_pipeline.domain.attribution import ComparisonKind, ContactSamples, InteractionSamples
from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.e_value import EValue, e_value
from roi_pipeline.stats.effect import failed_finding
from roi_pipeline.stats.inference import Comparison, Difference, infer
from roi_pipeline.stats.ratio import RATIO, Level, level_of
from roi_pipeline.stats.sample_ratio import check_sample_ratio
from roi_pipeline.stats.two_sample import compare_samples

PLACEBO_P = 0.05
INTERACTION_P = 0.05
PLACEBO = ("numerator_baseline", "denominator")


@dataclass(frozen=True, slots=True)
class Lift:
    """Outcomes per matured action, and how many the actions added.

    Attributes:
        gross_outcomes: outcomes claimed by the actions.
        rate: outcomes per action.
        change: rate of the contacted minus rate of the comparison; None when gross only.
        incremental_outcomes: `change` × actions, never above the gross; with its interval.
        placebo: the same comparison in the days before the action; should show nothing.
        hidden_difference: E-value of a matched comparison.
        is_money_allowed: incremental; the randomisation held, or the placebo of a matched comparison showed
            nothing.
    """

    kind: ComparisonKind
    grade: Grade
    actions: float
    gross_outcomes: float
    rate: float
    change: Comparison | None
    incremental_outcomes: float | None
    incremental_lower: float | None
    incremental_upper: float | None
    placebo: Comparison | None
    hidden_difference: EValue | None
    is_money_allowed: bool
    findings: tuple[Finding, ...]


def incremental_lift(
    samples: ContactSamples,
    *,
    subject: str,
    planned_share: float | None = None,
    confidence: float = 0.95,
) -> Lift | Message:
    """Outcomes the actions added over those that would have come anyway.

    Grade A against a randomised holdout (D, without money, when its arms are not of the sizes
    drawn), C against matched customers whose placebo window shows nothing (D when it does), E when
    there is nothing to compare to.
    """
    contacted = level_of(samples.contacted, arm="treated")
    if isinstance(contacted, Message):
        return contacted
    if samples.comparison is None or samples.kind == "none":
        return _gross(samples, contacted, subject)
    change = compare_samples(samples.contacted, samples.comparison, confidence=confidence)
    if isinstance(change, Message):
        return change
    placebo = compare_samples(
        samples.contacted, samples.comparison, names=PLACEBO, confidence=confidence
    )
    findings = (
        *_randomisation_findings(samples, planned_share, subject),
        _placebo_finding(placebo, samples.kind, subject),
    )
    grade, is_allowed = _standing(samples.kind, findings)
    actions, outcomes = _totals(samples)
    return Lift(
        kind=samples.kind,
        grade=grade,
        actions=actions,
        gross_outcomes=outcomes,
        rate=contacted.value,
        change=change,
        incremental_outcomes=min(change.estimate * actions, outcomes),
        incremental_lower=min(change.lower * actions, outcomes),
        incremental_upper=min(change.upper * actions, outcomes),
        placebo=None if isinstance(placebo, Message) else placebo,
        hidden_difference=_hidden_difference(change, samples.kind),
        is_money_allowed=is_allowed,
        findings=(*findings, _overlap_finding(samples, subject)),
    )


def _randomisation_findings(
    samples: ContactSamples, planned_share: float | None, subject: str
) -> tuple[Finding, ...]:
    """Whether a holdout has its planned size; matched customers have none."""
    if samples.comparison is None or samples.kind != "holdout":
        return ()
    arms = (samples.contacted.n, samples.comparison.n)
    return (check_sample_ratio(*arms, planned_share=planned_share, subject=subject),)


def _gross(samples: ContactSamples, contacted: Level, subject: str) -> Lift:
    """Outcomes without a comparison: shown, labelled, worth nothing."""
    actions, outcomes = _totals(samples)
    message = Message("gross_not_incremental", {"outcomes": outcomes})
    finding = failed_finding("outcomes_have_a_comparison", subject, "warn", message)
    return Lift(
        kind="none",
        grade="E",
        actions=actions,
        gross_outcomes=outcomes,
        rate=contacted.value,
        change=None,
        incremental_outcomes=None,
        incremental_lower=None,
        incremental_upper=None,
        placebo=None,
        hidden_difference=None,
        is_money_allowed=False,
        findings=(finding, _overlap_finding(samples, subject)),
    )


def _totals(samples: ContactSamples) -> tuple[float, float]:
    """Matured actions and the outcomes they claimed."""
    sample = samples.contacted
    return sample.n * sample.mean(RATIO[1]), sample.n * sample.mean(RATIO[0])


def _placebo_finding(placebo: Comparison | Message, kind: ComparisonKind, subject: str) -> Finding:
    """Whether the arms already differed before the action."""
    check = "placebo_window_shows_nothing"
    if isinstance(placebo, Message):
        message = Message("placebo_window_is_missing", {"reason": placebo.code})
        return failed_finding(check, subject, "warn" if kind == "matched" else "note", message)
    values = {
        "estimate": placebo.estimate,
        "lower": placebo.lower,
        "upper": placebo.upper,
        "p_value": placebo.p_value,
    }
    passed = placebo.p_value >= PLACEBO_P
    code = "placebo_window_is_quiet" if passed else "placebo_window_differs"
    return Finding(check, subject, passed, "warn", Message(code, values))


def _standing(kind: ComparisonKind, findings: tuple[Finding, ...]) -> tuple[Grade, bool]:
    """Grade of the comparison, and whether it may enter money."""
    if kind == "holdout":
        is_kept = not any(finding.stops for finding in findings)
        return ("A", True) if is_kept else ("D", False)
    return ("C", True) if all(finding.passed for finding in findings) else ("D", False)


def _hidden_difference(change: Comparison, kind: ComparisonKind) -> EValue | None:
    """How strong an unseen difference between matched customers would have to be."""
    limits = (change.relative, change.relative_lower, change.relative_upper)
    if kind != "matched" or change.counterfactual <= 0 or None in limits:
        return None
    ratios = [1 + limit for limit in limits if limit is not None]
    found = e_value(ratios[0], ratios[1], ratios[2])
    return None if isinstance(found, Message) else found


def _overlap_finding(samples: ContactSamples, subject: str) -> Finding:
    """How many actions shared a window, and how many are too young to count."""
    values = {"overlapping": samples.overlapping_actions, "immature": samples.immature_actions}
    is_clean = samples.overlapping_actions == 0
    message = Message("actions_counted", values)
    return Finding("each_window_holds_one_action", subject, is_clean, "note", message)


def interaction(samples: InteractionSamples, *, confidence: float = 0.95) -> Comparison | Message:
    """`(Y₁₁ − Y₁₀) − (Y₀₁ − Y₀₀)`: does one module change what the other one does?"""
    cells = (samples.both, samples.first_only, samples.second_only, samples.neither)
    levels: list[Level] = []
    for cell in cells:
        level = level_of(cell)
        if isinstance(level, Message):
            return level
        levels.append(level)
    both, first, second, neither = levels
    variance = math.fsum(level.variance for level in levels)
    squares = math.fsum(level.variance * level.variance / (level.size - 1) for level in levels)
    return infer(
        Difference(
            both.value - first.value,
            second.value - neither.value,
            variance,
            None,
            variance * variance / squares if squares > 0 else math.inf,
            (both.n + first.n, second.n + neither.n),
        ),
        confidence=confidence,
    )


def check_interaction(samples: InteractionSamples, *, first: str, second: str) -> Finding:
    """Finding on whether two modules' effects add up."""
    check, subject = "effects_of_two_modules_add_up", f"{first} × {second}"
    result = interaction(samples)
    if isinstance(result, Message):
        return failed_finding(check, subject, "note", result)
    passed = result.p_value >= INTERACTION_P
    values = {"first": first, "second": second, "estimate": result.estimate}
    values |= {"p_value": result.p_value}
    code = "modules_do_not_interact" if passed else "modules_interact"
    return Finding(check, subject, passed, "warn", Message(code, values))

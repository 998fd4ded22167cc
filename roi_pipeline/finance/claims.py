"""Vendors' claims and the study's own targets, each beside what was measured.

Both are turned so that up is better: a claimed fall of handling time by 20 % counts as +20 %.
"""

from dataclasses import dataclass

from roi_pipeline.domain.effects import Effect, Inconclusive, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import ChangeKind, Claim
from roi_pipeline.domain.statements import ClaimAudit, ClaimVerdict
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.finance.amounts import NORMAL


@dataclass(frozen=True, slots=True)
class Measured:
    """A change or level in the terms of a claim or target."""

    value: float
    lower: float
    upper: float
    standard_error: float
    smallest_detectable: float | None


def measured(effect: Effect, kind: ChangeKind) -> Measured | None:
    """The effect as a relative change, an absolute change or the level reached."""
    smallest = effect.smallest_detectable
    match kind:
        case "absolute":
            return Measured(
                effect.estimate, effect.lower, effect.upper, effect.standard_error, smallest
            )
        case "relative":
            return _relative(effect)
        case _:
            if effect.post_value is None:
                return None
            shift = effect.post_value - effect.estimate
            return Measured(
                effect.post_value,
                effect.lower + shift,
                effect.upper + shift,
                effect.standard_error,
                smallest,
            )


def _relative(effect: Effect) -> Measured | None:
    value, lower, upper = effect.relative, effect.relative_lower, effect.relative_upper
    if value is None or lower is None or upper is None:
        return None
    base = effect.counterfactual_value or effect.baseline_value
    smallest = effect.smallest_detectable
    detectable = abs(smallest / base) if smallest is not None and base else None
    z = NORMAL.inv_cdf((1 + effect.confidence) / 2)
    return Measured(value, lower, upper, (upper - lower) / (2 * z), detectable)


def wanted_change(value: float, metric: Metric) -> float:
    """A stated change as a signed one: "-20 %" and "20 % less" both mean less where less is better."""
    return -abs(value) if metric.direction == "down" else value


def audit_claim(claim: Claim, metric: Metric, outcome: Outcome | None) -> ClaimAudit:
    """Compare one claim with its measurement."""
    if outcome is None or isinstance(outcome, Inconclusive):
        missing = Message("no_effect_was_estimated", {"metric": claim.metric_id})
        return _untestable(claim, outcome.reason if outcome else missing)
    found = measured(outcome, claim.kind)
    if outcome.grade == "E" or found is None:
        values: dict[str, MessageValue] = {"metric": claim.metric_id, "grade": outcome.grade}
        return _untestable(claim, Message("claim_lacks_a_measurement", values), found)
    verdict = _verdict(claim, metric, outcome, found)
    values = {
        "metric": claim.metric_id,
        "claimed": claim.value,
        "measured": found.value,
        "smallest": found.smallest_detectable,
    }
    return ClaimAudit(
        claim_id=claim.id,
        metric_id=claim.metric_id,
        claimed=claim.value,
        kind=claim.kind,
        measured=found.value,
        measured_lower=found.lower,
        measured_upper=found.upper,
        smallest_detectable=found.smallest_detectable,
        verdict=verdict,
        reason=Message(f"claim_is_{verdict}", values),
    )


def _verdict(claim: Claim, metric: Metric, effect: Effect, found: Measured) -> ClaimVerdict:
    sign = -1.0 if metric.direction == "down" else 1.0
    if claim.kind == "level":
        return _level_verdict(sign, claim.value, effect, found)
    claimed = sign * wanted_change(claim.value, metric)
    low, high = sorted((sign * found.lower, sign * found.upper))
    if claimed < 0:
        claimed, low, high = -claimed, -high, -low
    return verdict_on(claimed, low, high)


def _level_verdict(sign: float, level: float, effect: Effect, found: Measured) -> ClaimVerdict:
    """A claimed level is judged by the change it would have been from the counterfactual."""
    claimed = sign * (level - (found.value - effect.estimate))
    low, high = sorted((sign * effect.lower, sign * effect.upper))
    if claimed <= 0:  # the level was passed before the module came
        return "at_least" if low >= claimed else "contradicted" if high < claimed else "cannot_tell"
    return verdict_on(claimed, low, high)


def verdict_on(claimed: float, low: float, high: float) -> ClaimVerdict:
    """Place a claimed gain against the interval of the measured gain (METHODS 6.2).

    An interval that holds the claim speaks for it only where it is narrow enough to exclude half the
    claim; a wide one supports nothing.

    >>> verdict_on(0.90, 0.01, 0.99), verdict_on(0.90, 0.45, 0.99), verdict_on(0.90, 0.90, 0.99)
    ('cannot_tell', 'consistent', 'at_least')
    """
    if high < 0:
        return "contradicted"
    if low >= claimed:
        return "at_least"
    if high < claimed:
        return "smaller" if low > 0 else "no_effect"
    return "consistent" if low >= claimed / 2 else "cannot_tell"


def _untestable(claim: Claim, reason: Message, found: Measured | None = None) -> ClaimAudit:
    return ClaimAudit(
        claim_id=claim.id,
        metric_id=claim.metric_id,
        claimed=claim.value,
        kind=claim.kind,
        measured=found.value if found else None,
        measured_lower=found.lower if found else None,
        measured_upper=found.upper if found else None,
        smallest_detectable=found.smallest_detectable if found else None,
        verdict="cannot_tell",
        reason=reason,
    )

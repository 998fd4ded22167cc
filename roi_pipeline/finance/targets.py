"""KPI targets, judged on data up to their deadline, each with the probability of being reached.

Reached from 90 % on, missed up to 10 % once the deadline is over, not decided between (METHODS 6.3).
Later editions add the result since: reached late, lost again.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import sqrt

from roi_pipeline.domain.effects import Effect, Outcome, SeriesPoint
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import PoolMetric, Target
from roi_pipeline.domain.statements import TargetAudit, TargetVerdict
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.amounts import NORMAL
from roi_pipeline.finance.claims import Measured, measured, wanted_change

REACHED, LIKELY, MISSED = 0.9, 0.5, 0.1


def audit_target(
    pooled: PoolMetric,
    target: Target,
    metric: Metric,
    outcome: Outcome | None,
    *,
    today: date,
    earlier: Sequence[TargetAudit] = (),
) -> TargetAudit:
    """Judge a target on what was measured up to its deadline.

    Args:
        pooled: the metric as it stands in the module's pool.
        target: the target to judge.
        metric: its definition.
        outcome: what was measured up to `today`.
        today: end of the observed days.
        earlier: what earlier editions said of the module's targets.
    """
    wanted = _wanted(pooled, target, metric)
    now = _found(outcome, target)
    if now is None:
        reason = _reason(target, metric, "target_is_not_measurable", None, None)
        return _audit(
            target, metric, now, probability=None, verdict="not_measurable", reason=reason
        )
    chance = _chance(now, wanted, metric)
    found, shown, is_known = now, chance, True
    if target.deadline is None or today <= target.deadline:
        verdict = _while_open(chance)
    else:
        then = _found_by(outcome, target, target.deadline)
        at_deadline = None if then is None else _chance(then, wanted, metric)
        held = any(_is_same(each, target, metric) and each.verdict == "reached" for each in earlier)
        verdict = _once_over(at_deadline, chance, was_reached=held)
        is_known = verdict != "undecided" or at_deadline is not None
        if verdict in ("reached", "missed", "undecided") and then and at_deadline is not None:
            found, shown = then, at_deadline
    probability = shown if is_known and found.standard_error > 0 else None
    reason = _reason(target, metric, f"target_is_{verdict}", found.value, probability)
    return _audit(target, metric, found, probability=probability, verdict=verdict, reason=reason)


def until(effect: Effect, deadline: date) -> Effect | None:
    """The effect on the whole periods up to a deadline; None when they cannot be told apart.

    The average gap between the observed series and its counterfactual takes the place of that of
    all periods; fewer periods widen the interval by the root of their number.
    """
    end = deadline + timedelta(days=1)
    if effect.post.end <= end:
        return effect
    after = [
        point
        for point in effect.series
        if point.period_start >= effect.post.start
        and point.observed is not None
        and point.counterfactual is not None
    ]
    following = [*(point.period_start for point in after[1:]), effect.post.end]
    inside = [point for point, start in zip(after, following, strict=False) if start <= end]
    if not inside or effect.post.start >= end:
        return None
    estimate = effect.estimate + _mean_gap(inside) - _mean_gap(after)
    wider = sqrt(len(after) / len(inside))
    ratio = estimate / effect.estimate if effect.estimate else None
    relative = effect.relative * ratio if effect.relative is not None and ratio else None
    return replace(
        effect,
        estimate=estimate,
        standard_error=effect.standard_error * wider,
        lower=estimate - (effect.estimate - effect.lower) * wider,
        upper=estimate + (effect.upper - effect.estimate) * wider,
        relative=relative,
        relative_lower=_end(relative, effect.relative, effect.relative_lower, wider),
        relative_upper=_end(relative, effect.relative, effect.relative_upper, wider),
        post_value=None
        if effect.post_value is None
        else effect.post_value + _mean_observed(inside) - _mean_observed(after),
        post=Window(effect.post.start, end),
    )


def _end(
    value: float | None, whole: float | None, whole_end: float | None, wider: float
) -> float | None:
    if value is None or whole is None or whole_end is None:
        return None
    return value + (whole_end - whole) * wider


def _mean_gap(points: Sequence[SeriesPoint]) -> float:
    gaps = [(p.observed or 0.0) - (p.counterfactual or 0.0) for p in points]
    return sum(gaps) / len(gaps)


def _mean_observed(points: Sequence[SeriesPoint]) -> float:
    return sum(p.observed or 0.0 for p in points) / len(points)


def _wanted(pooled: PoolMetric, target: Target, metric: Metric) -> float:
    """The value to reach; a guardrail's limit keeps its sign, a goal's change means better."""
    if target.kind == "level" or pooled.role == "guardrail":
        return target.value
    return wanted_change(target.value, metric)


def _found(outcome: Outcome | None, target: Target) -> Measured | None:
    """What was reached, in the target's own terms."""
    if isinstance(outcome, Effect):
        return measured(outcome, target.kind)
    if outcome is not None and target.kind == "level" and outcome.post_value is not None:
        level = outcome.post_value
        return Measured(level, level, level, 0.0, None)
    return None


def _found_by(outcome: Outcome | None, target: Target, deadline: date) -> Measured | None:
    """The same on data up to the deadline; a level without an effect knows no days."""
    if not isinstance(outcome, Effect):
        return None
    effect = until(outcome, deadline)
    return None if effect is None else measured(effect, target.kind)


def _chance(found: Measured, wanted: float, metric: Metric) -> float:
    """P(the target is reached); sure where what was found has no error."""
    distance = wanted - found.value if metric.direction == "down" else found.value - wanted
    if found.standard_error <= 0:
        return 1.0 if distance >= 0 else 0.0
    return NORMAL.cdf(distance / found.standard_error)


def _while_open(chance: float) -> TargetVerdict:
    if chance >= REACHED:
        return "reached"
    return "likely" if chance >= LIKELY else "open"


def _once_over(at_deadline: float | None, now: float, *, was_reached: bool) -> TargetVerdict:
    if was_reached or (at_deadline is not None and at_deadline >= REACHED):
        return "lost_again" if now <= MISSED else "reached"
    if at_deadline is None:
        return "undecided"
    if now >= REACHED:
        return "reached_late"
    return "missed" if at_deadline <= MISSED else "undecided"


def _is_same(audit: TargetAudit, target: Target, metric: Metric) -> bool:
    return (audit.metric_id, audit.target, audit.kind) == (metric.id, target.value, target.kind)


def _reason(
    target: Target, metric: Metric, code: str, reached: float | None, probability: float | None
) -> Message:
    values: dict[str, MessageValue] = {
        "metric": metric.id,
        "target": target.value,
        "reached": reached,
        "probability": probability,
        "deadline": target.deadline,
    }
    return Message(code, values)


def _audit(
    target: Target,
    metric: Metric,
    found: Measured | None,
    *,
    probability: float | None,
    verdict: TargetVerdict,
    reason: Message,
) -> TargetAudit:
    return TargetAudit(
        metric_id=metric.id,
        target=target.value,
        kind=target.kind,
        reached=found.value if found else None,
        probability=probability,
        verdict=verdict,
        reason=reason,
    )

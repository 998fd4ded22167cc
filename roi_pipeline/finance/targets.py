"""KPI targets: reached, on track, behind or missed, each with the probability of being reached."""

from datetime import date

from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import PoolMetric, Target
from roi_pipeline.domain.statements import TargetAudit, TargetVerdict
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.finance.amounts import NORMAL
from roi_pipeline.finance.claims import Measured, elapsed_share, measured, wanted_change

EVEN_ODDS = 0.5


def audit_target(
    pooled: PoolMetric,
    target: Target,
    metric: Metric,
    outcome: Outcome | None,
    *,
    go_live: date,
    today: date,
    sure: float,
) -> TargetAudit:
    """Compare a target with what was reached by `today`.

    Args:
        pooled: the metric as it stands in the module's pool.
        target: the target to judge.
        metric: its definition.
        outcome: what was measured.
        go_live: day progress is counted from.
        today: end of the observed days.
        sure: probability from which a target counts as reached before its deadline.
    """
    wanted = _wanted(pooled, target, metric)
    found, start = _found(outcome, target)
    if found is None:
        reason = _reason(target, metric, "target_is_not_measurable", None, None)
        return _audit(
            target, metric, found, probability=None, verdict="not_measurable", reason=reason
        )
    probability = _probability(found, wanted, is_less_better=metric.direction == "down")
    is_met = found.value <= wanted if metric.direction == "down" else found.value >= wanted
    verdict = _verdict(
        target,
        is_met=is_met,
        probability=probability,
        progress=_progress(found.value, wanted, start),
        go_live=go_live,
        today=today,
        sure=sure,
    )
    reason = _reason(target, metric, f"target_is_{verdict}", found.value, probability)
    return _audit(target, metric, found, probability=probability, verdict=verdict, reason=reason)


def _wanted(pooled: PoolMetric, target: Target, metric: Metric) -> float:
    """The value to reach; a guardrail's limit keeps its sign, a goal's change means better."""
    if target.kind == "level" or pooled.role == "guardrail":
        return target.value
    return wanted_change(target.value, metric)


def _found(outcome: Outcome | None, target: Target) -> tuple[Measured | None, float]:
    """What was reached, and the value progress starts from."""
    if outcome is None:
        return None, 0.0
    if isinstance(outcome, Effect):
        start = outcome.baseline_value if target.kind == "level" else 0.0
        return measured(outcome, target.kind), start or 0.0
    if target.kind == "level" and outcome.post_value is not None:
        level = outcome.post_value
        return Measured(level, level, level, 0.0, None), outcome.baseline_value or 0.0
    return None, 0.0


def _probability(found: Measured, wanted: float, *, is_less_better: bool) -> float | None:
    if found.standard_error <= 0:
        return None
    distance = (found.value - wanted) / found.standard_error
    return NORMAL.cdf(-distance if is_less_better else distance)


def _progress(value: float, wanted: float, start: float) -> float:
    way = wanted - start
    return (value - start) / way if way else 1.0


def _verdict(
    target: Target,
    *,
    is_met: bool,
    probability: float | None,
    progress: float,
    go_live: date,
    today: date,
    sure: float,
) -> TargetVerdict:
    is_sure = probability is None or probability >= sure
    if is_met and is_sure:
        return "reached"
    if target.deadline is not None and today >= target.deadline:
        return "reached" if is_met else "missed"
    if is_met:
        return "on_track"
    if target.deadline is None:
        return "behind"
    return "on_track" if progress >= elapsed_share(go_live, target.deadline, today) else "behind"


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

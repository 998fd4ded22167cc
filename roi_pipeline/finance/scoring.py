"""Efficiency scores from 0 to 100: how far each measured change went towards its declared target.

A score says nothing that the pool does not say; it sums it up, weighted as declared, and every
point leads back to one metric. Metrics without an answer carry no points and no weight: what they
could still change is stated as the lowest and the highest score. Money never looks at a score.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from roi_pipeline.domain.effects import Effect, ModuleEffects, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Target
from roi_pipeline.domain.scores import Contribution, FollowUp, Score, ScoreKind
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.finance.amounts import ZERO, decimal_of
from roi_pipeline.finance.claims import measured, wanted_change
from roi_pipeline.finance.soft import theme_of

# Scores and their lines stand on tenths of a point, so that printed lines add up to the score.
STEP = Decimal("0.1")
FULL = Decimal(100)
Ends = tuple[float, float, float]


def score_module(
    module: Module, effects: ModuleEffects, metrics: Mapping[str, Metric]
) -> tuple[Score, tuple[Score, ...]]:
    """The module's score, and one for each dimension its targets belong to."""
    lines = [
        _contribution(module, pooled, pooled.target, metrics[pooled.metric_id], effects)
        for pooled in module.pool
        if pooled.target is not None and pooled.weight > 0 and pooled.metric_id in metrics
    ]
    return score_of("module", module.id, lines), scores_by("dimension", lines)


def scores_by(kind: ScoreKind, lines: Iterable[Contribution]) -> tuple[Score, ...]:
    """One score per link or dimension, over the lines of one module or of many; unnamed ones last."""
    keys: dict[ScoreKind, Callable[[Contribution], str]] = {
        "module": lambda line: line.module_id,
        "dimension": lambda line: line.dimension or "",
        "link": lambda line: line.link,
    }
    groups: dict[str, list[Contribution]] = {}
    for line in lines:
        groups.setdefault(keys[kind](line), []).append(line)
    ordered = sorted(groups, key=lambda key: (not key, key))
    return tuple(score_of(kind, key, groups[key]) for key in ordered)


def score_of(kind: ScoreKind, key: str, lines: Sequence[Contribution]) -> Score:
    """The weighted mean of the attainments, times 100, with points that add up to it exactly."""
    weights = [decimal_of(line.weight) for line in lines]
    reached = [
        ZERO if line.attainment is None else weight * decimal_of(line.attainment)
        for line, weight in zip(lines, weights, strict=True)
    ]
    answered = sum(
        (
            weight
            for line, weight in zip(lines, weights, strict=True)
            if line.attainment is not None
        ),
        ZERO,
    )
    declared = sum(weights, ZERO)
    if declared == 0:
        return Score(kind, key, None, ZERO, FULL, 0.0, tuple(lines))
    lowest = FULL * sum(reached, ZERO) / declared
    points = _apportioned([FULL * part / answered for part in reached]) if answered else []
    remaining = iter(points)
    parts = [next(remaining, ZERO) for _ in lines]
    return Score(
        kind=kind,
        key=key,
        points=sum(points, ZERO) if answered else None,
        lowest=_on_step(lowest),
        highest=_on_step(lowest + FULL * (declared - answered) / declared),
        answered_share=float(answered / declared),
        lines=tuple(
            replace(line, points=None if line.attainment is None else part)
            for line, part in zip(lines, parts, strict=True)
        ),
    )


def _on_step(points: Decimal) -> Decimal:
    return points.quantize(STEP, rounding=ROUND_HALF_UP)


def _apportioned(parts: Sequence[Decimal]) -> list[Decimal]:
    """The parts on tenths, adding up to their sum on tenths (largest remainders get the rest).

    >>> [str(part) for part in _apportioned([Decimal(100) / 3] * 3)]
    ['33.4', '33.3', '33.3']
    """
    floors = [part.quantize(STEP, rounding=ROUND_FLOOR) for part in parts]
    left = int((_on_step(sum(parts, ZERO)) - sum(floors, ZERO)) / STEP)
    by_remainder = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for index in by_remainder[:left]:
        floors[index] += STEP
    return floors


def _contribution(
    module: Module, pooled: PoolMetric, target: Target, metric: Metric, effects: ModuleEffects
) -> Contribution:
    outcome = effects.outcomes.get(metric.id)
    found = _attainment(pooled, target, metric, outcome)
    share, lower, upper = (None, None, None) if isinstance(found, Message) else found
    if isinstance(found, Message):
        reason = found
    else:
        values: dict[str, MessageValue] = {"metric": metric.id, "share": share}
        is_limit = pooled.role == "guardrail"
        code = "score_limit_kept" if share == 1.0 else "score_limit_broken"
        reason = Message(code if is_limit else _way_code(outcome, share), values)
    return Contribution(
        module_id=module.id,
        metric_id=metric.id,
        role=pooled.role,
        dimension=metric.dimension,
        link=module.link,
        weight=pooled.weight,
        attainment=share,
        attainment_lower=lower,
        attainment_upper=upper,
        points=None,
        reason=reason,
    )


def _way_code(outcome: Outcome | None, share: float | None) -> str:
    if isinstance(outcome, Effect) and not outcome.is_clear:
        return "score_way_unclear"
    return "score_way_gone" if share else "score_no_way_gone"


def _attainment(
    pooled: PoolMetric, target: Target, metric: Metric, outcome: Outcome | None
) -> Ends | Message:
    """Share of the way at the estimate, at the worse and at the better end; or why there is none."""
    if outcome is None:
        return Message("score_metric_not_measured", {"metric": metric.id})
    if not isinstance(outcome, Effect):
        return outcome.reason
    if outcome.grade == "E":
        return Message("score_takes_no_vendor_counter", {"metric": metric.id})
    found = measured(outcome, target.kind)
    if found is None:
        return Message("score_has_no_measure", {"metric": metric.id})
    is_less_better = metric.direction == "down"
    if pooled.role == "guardrail":
        shares = [
            float(value <= target.value if is_less_better else value >= target.value)
            for value in (found.value, found.lower, found.upper)
        ]
    else:
        start = _start(outcome, target)
        wanted = target.value if target.kind == "level" else wanted_change(target.value, metric)
        shares = [
            way_gone(value, wanted, start, is_less_better=is_less_better)
            for value in (found.value, found.lower, found.upper)
        ]
    if not all(math.isfinite(share) for share in shares):
        return Message("score_has_no_measure", {"metric": metric.id})
    return shares[0], min(shares[1:]), max(shares[1:])


def _start(effect: Effect, target: Target) -> float:
    """Where the way begins: at no change, or at the level there would have been without it."""
    if target.kind != "level":
        return 0.0
    if effect.counterfactual_value is not None:
        return effect.counterfactual_value
    return (effect.post_value or 0.0) - effect.estimate


def way_gone(value: float, wanted: float, start: float, *, is_less_better: bool) -> float:
    """Share of the way from `start` to `wanted` that `value` has gone, from 0 to 1.

    Where the start was already at the target there is no way to go: what counts is staying there.

    >>> way_gone(0.12, 0.15, 0.0, is_less_better=False)
    0.8
    >>> way_gone(4.0, 5.0, 30.0, is_less_better=True)
    1.0
    """
    way = start - wanted if is_less_better else wanted - start
    if way <= 0:
        return float(value <= wanted if is_less_better else value >= wanted)
    gone = start - value if is_less_better else value - start
    return min(1.0, max(0.0, gone / way)) if math.isfinite(gone) else math.nan


def feedback_metrics(module: Module, metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    """Metrics of the pool in which customers or staff answer back, in the pool's order."""
    known = [metrics[pooled.metric_id] for pooled in module.pool if pooled.metric_id in metrics]
    return tuple(metric.id for metric in known if theme_of(metric) == "satisfaction")


def follow_up(earlier: ModuleValue | None, now: ModuleValue) -> FollowUp | None:
    """Change of ROI since the last cycle's advice; None for the first cycle."""
    if earlier is None:
        return None
    then_roi, now_roi = earlier.cycle.returns.roi, now.cycle.returns.roi
    if then_roi is None or now_roi is None:
        verdict = Message("advice_roi_unknown", {})
    elif now_roi > then_roi:
        verdict = Message("advice_roi_rose", {})
    elif now_roi < then_roi:
        verdict = Message("advice_roi_fell", {})
    else:
        verdict = Message("advice_roi_stayed", {})
    return FollowUp(
        cycle_key=earlier.cycle_key,
        decided_on=earlier.cycle.period.end,
        action=earlier.decision.action,
        roi_then=then_roi,
        roi_now=now_roi,
        action_now=now.decision.action,
        verdict=verdict,
    )

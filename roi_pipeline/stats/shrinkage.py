"""Second thoughts about single estimates: shrinking many together, and hidden differences.

James–Stein pulls a family of effects towards zero by as much as their noise explains; the E-value
says how strong an unseen difference between matched groups would have to be to explain an effect.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from roi_pipeline.domain.texts import Message

MIN_EXPERIMENTS = 6
ROBUST, MODERATE = 2.0, 1.5
Robustness = Literal["very_robust", "moderate", "fragile"]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Effects after positive-part James–Stein.

    Attributes:
        factor: what each effect was multiplied by, between 0 and 1.
        estimates: the effects, in the order given.
        total: their sum. It corrects for selection, not for modules that depend on each other.
    """

    factor: float
    estimates: tuple[float, ...]
    total: float


@dataclass(frozen=True, slots=True)
class EValue:
    """Strength of an unseen difference that would explain an effect away.

    Attributes:
        estimate: on the risk-ratio scale, for the point estimate.
        limit: for the interval end nearer to no effect; 1 when the interval includes it.
    """

    estimate: float
    limit: float
    robustness: Robustness


def shrink_together(
    estimates: Sequence[float], standard_errors: float | Sequence[float]
) -> Shrunk | Message:
    """`1 − clip((K−2)·SE² ÷ Σx², 0, 1)` times each effect; unequal errors enter by mean square.

    >>> shrunk = shrink_together([120, 90, -20, 300, 40, 10], 80)
    >>> round(shrunk.factor, 6), round(shrunk.total, 2)
    (0.776614, 419.37)
    """
    count = len(estimates)
    if count < MIN_EXPERIMENTS:
        return Message("too_few_effects_to_shrink", {"n": count, "needed": MIN_EXPERIMENTS})
    errors = (
        [standard_errors] * count
        if isinstance(standard_errors, int | float)
        else list(standard_errors)
    )
    if len(errors) != count or not all(map(math.isfinite, [*estimates, *errors])):
        return Message("values_not_finite", {"arm": ""})
    squares = math.fsum(estimate * estimate for estimate in estimates)
    noise = math.fsum(error * error for error in errors) / count
    share = 1.0 if squares == 0 else min((count - 2) * noise / squares, 1.0)
    factor = 1 - share
    shrunk = tuple(factor * estimate for estimate in estimates)
    return Shrunk(factor, shrunk, math.fsum(shrunk))


def e_value(
    risk_ratio: float, lower: float | None = None, upper: float | None = None
) -> EValue | Message:
    """`RR + √(RR·(RR−1))`; VanderWeele & Ding (2017), https://doi.org/10.7326/M16-2607.

    Bands on the point estimate: from 2 very robust, from 1.5 moderate, else fragile.

    >>> round(e_value(2.0).estimate, 4)
    3.4142
    """
    figures = [value for value in (risk_ratio, lower, upper) if value is not None]
    if not all(math.isfinite(value) for value in figures) or risk_ratio <= 0:
        return Message("risk_ratio_must_be_positive", {"risk_ratio": risk_ratio})
    estimate = _bound(risk_ratio)
    nearer = lower if risk_ratio >= 1 else upper
    limit = estimate
    if nearer is not None:
        crosses = nearer <= 1 if risk_ratio >= 1 else nearer >= 1
        limit = 1.0 if crosses or nearer <= 0 else _bound(nearer)
    robustness: Robustness = "fragile"
    if estimate >= ROBUST:
        robustness = "very_robust"
    elif estimate >= MODERATE:
        robustness = "moderate"
    return EValue(estimate, limit, robustness)


def _bound(risk_ratio: float) -> float:
    """The E-value of one ratio; below 1 it is turned over first."""
    ratio = risk_ratio if risk_ratio >= 1 else 1 / risk_ratio
    return ratio + math.sqrt(ratio * (ratio - 1))

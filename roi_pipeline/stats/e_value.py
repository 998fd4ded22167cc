"""The E-value: how strong an unseen difference between matched groups would have to be.

Shrinkage of many effects towards zero is `finance.shrinkage`.
"""

import math
from dataclasses import dataclass
from typing import Literal

from roi_pipeline.domain.texts import Message

ROBUST, MODERATE = 2.0, 1.5
Robustness = Literal["very_robust", "moderate", "fragile"]


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

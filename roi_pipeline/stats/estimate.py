"""What a design hands to `evaluate`: a number with its noise, before grades and findings.

`Estimate` never leaves the room; a design that has no honest answer returns a `Message` instead.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import Design, EventTimePoint, IntervalKind, SeriesPoint
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message, MessageValue

Array = NDArray[np.float64]
POWER = 0.8


@dataclass(frozen=True, slots=True)
class Interval:
    """Interval and two-sided p-value of one estimate."""

    lower: float
    upper: float
    p_value: float
    kind: IntervalKind = "fixed"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A design's result.

    Attributes:
        estimate: absolute change in the metric's own unit.
        degrees_of_freedom: of the reference t distribution.
        n_treated: treated units that entered.
        post_value: pooled metric of the treated units in post; `estimate` below it is the
            counterfactual.
        shares: per unit of the panel, its share of `estimate` (they add up to it), for splits.
    """

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    interval: Interval
    design: Design
    method: str
    n_units: int
    n_treated: int
    n_clusters: int | None
    baseline_value: float | None
    post_value: float | None
    event_study: tuple[EventTimePoint, ...] = ()
    series: tuple[SeriesPoint, ...] = ()
    findings: tuple[Finding, ...] = ()
    details: Mapping[str, float | int | str | None] = field(
        default_factory=dict[str, float | int | str | None]
    )

    @property
    def counterfactual_value(self) -> float | None:
        """What the post value would have been without the module."""
        return None if self.post_value is None else self.post_value - self.estimate


def t_interval(estimate: float, standard_error: float, df: float, confidence: float) -> Interval:
    """Student's interval around an estimate.

    >>> interval = t_interval(2.0, 1.0, 10, 0.95)
    >>> f"{interval.lower:.3f} {interval.upper:.3f} {interval.p_value:.4f}"
    '-0.228 4.228 0.0734'
    """
    margin = t_quantile((1 + confidence) / 2, df) * standard_error
    return Interval(estimate - margin, estimate + margin, two_sided(estimate / standard_error, df))


def t_quantile(level: float, df: float) -> float:
    """Quantile of Student's t; a non-finite `df` is the normal."""
    from scipy import special

    return float(special.ndtri(level) if not math.isfinite(df) else special.stdtrit(df, level))


def two_sided(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic."""
    from scipy import special

    if not math.isfinite(df):
        return float(2 * special.ndtr(-abs(statistic)))
    return float(2 * special.stdtr(df, -abs(statistic)))


def smallest_detectable(standard_error: float, df: float, confidence: float) -> float:
    """Change that would have been found with 80 % power.

    >>> round(smallest_detectable(1.0, math.inf, 0.95), 3)
    2.802
    """
    return standard_error * (t_quantile((1 + confidence) / 2, df) + t_quantile(POWER, df))


def refusal(code: str, **values: MessageValue) -> Message:
    """The reason a design has no answer."""
    return Message(code, values)


def too_few_units(n: int) -> Message:
    """Why noise cannot be seen: nobody, or one unit alone, has data in both windows."""
    return refusal("one_unit", n=n) if n else refusal("no_unit_in_both_windows")

"""The one kernel: from an estimate, its standard error and degrees of freedom to all that follows.

Interval, p-value, relative change with its interval and minimum detectable effect of every design
come from `infer`. A resampled interval (bootstrap, permutation) enters as the interval of the
absolute change; what is relative to it follows the same rule as Student's.

The relative change is effect ÷ |counterfactual|, and the counterfactual is estimated too. With P the
level seen, C the counterfactual and r = P ÷ C the delta method gives
`Var(r) = (Var P − 2r·Cov(P, C) + r²·Var C) ÷ C²` (`relative_variance`). A design that cannot say how
its noise divides between P and C gets the larger of both extremes (`widest_relative_variance`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special  # pyright: ignore[reportMissingTypeStubs] - SciPy ships none

from roi_pipeline.domain.effects import (
    CohortEffect,
    Design,
    EventTimePoint,
    IntervalKind,
    SeriesPoint,
)
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.stats.library_calls import normal_below, t_below

Array = NDArray[np.float64]
Details = Mapping[str, float | int | str | None]
Scale = Literal["linear", "log"]
CONFIDENCE = 0.95
POWER = 0.8
NOISE = 1e-12  # a variance below this share of its terms is what subtraction leaves of zero
LEAST_RATIO = 1e-9  # beyond this a ratio is lost in its relative change: sixteen digits beside 1


@dataclass(frozen=True, slots=True)
class Interval:
    """Interval and two-sided p-value of one estimate."""

    lower: float
    upper: float
    p_value: float
    kind: IntervalKind = "fixed"


@dataclass(frozen=True, slots=True)
class Difference:
    """Two levels and the variance of what is between them, before any distribution is assumed.

    Attributes:
        variance: of treated minus counterfactual.
        relative_variance: of treated ÷ counterfactual; None when undefined.
        estimated: treated minus counterfactual where the design estimates that and derives the
            counterfactual from it; None: the two levels are what is measured.
    """

    treated: float
    counterfactual: float
    variance: float
    relative_variance: float | None
    degrees_of_freedom: float
    n: tuple[int, int]
    adjusted_on: tuple[str, ...] = ()
    estimated: float | None = None

    @property
    def estimate(self) -> float:
        """Treated minus counterfactual."""
        difference = self.treated - self.counterfactual
        return difference if self.estimated is None else self.estimated


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference between two levels with its intervals.

    Attributes:
        estimate: treated minus counterfactual, in the metric's own unit.
        relative: `estimate` ÷ |counterfactual|; None when that is zero.
        degrees_of_freedom: of the t distribution used; infinite for the normal one.
        adjusted_on: covariates the comparison was adjusted on.
    """

    treated: float
    counterfactual: float
    estimate: float
    lower: float
    upper: float
    standard_error: float
    relative: float | None
    relative_lower: float | None
    relative_upper: float | None
    p_value: float
    degrees_of_freedom: float
    confidence: float
    scale: Scale
    n: tuple[int, int]
    adjusted_on: tuple[str, ...] = ()
    kind: IntervalKind = "fixed"

    @property
    def minimum_detectable_effect(self) -> float:
        """Absolute change that would have been found with 80 % power."""
        return minimum_detectable_effect(
            self.standard_error, self.degrees_of_freedom, confidence=self.confidence
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """A panel design's result, before grades and findings; it never leaves the room.

    Attributes:
        estimate: absolute change in the metric's own unit.
        degrees_of_freedom: of the reference t distribution.
        interval: of `estimate`: Student's or resampled.
        n_treated: treated units that entered.
        post_value: pooled metric of the treated units in post; `estimate` below it is the
            counterfactual.
        relative_variance: of post value ÷ counterfactual, where the design can tell the noise of the
            one from that of the other; None: `widest_relative_variance`.
        scores: per cluster, what it adds to the error; their squares add up to the variance. None
            where noise is not judged by cluster.
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
    post_value: float
    event_study: tuple[EventTimePoint, ...] = ()
    series: tuple[SeriesPoint, ...] = ()
    findings: tuple[Finding, ...] = ()
    details: Details = field(default_factory=dict[str, float | int | str | None])
    relative_variance: float | None = None
    cohort_effects: tuple[CohortEffect, ...] = ()
    scores: Array | None = None

    @property
    def counterfactual_value(self) -> float:
        """What the post value would have been without the module."""
        return self.post_value - self.estimate

    def difference(self) -> Difference:
        """What the kernel is asked."""
        levels, variance = (self.post_value, self.counterfactual_value), self.standard_error**2
        relative = self.relative_variance
        return Difference(
            *levels,
            variance,
            widest_relative_variance(levels, variance) if relative is None else relative,
            self.degrees_of_freedom,
            (self.n_treated, self.n_units - self.n_treated),
            estimated=self.estimate,
        )


def refusal(code: str, **values: MessageValue) -> Message:
    """The reason a design has no answer."""
    return Message(code, values)


def too_few_units(n: int) -> Message:
    """Why noise cannot be seen: nobody, or one unit alone, has data in both windows."""
    return refusal("one_unit", n=n) if n else refusal("no_unit_in_both_windows")


def critical_value(confidence: float, df: float = math.inf) -> float:
    """Standard errors from an estimate to either end of its two-sided interval.

    >>> round(critical_value(0.95), 4), round(critical_value(0.95, 10), 4)
    (1.96, 2.2281)
    """
    return _quantile((1 + confidence) / 2, df)


def _quantile(level: float, df: float) -> float:
    """Quantile of Student's t; a non-finite `df` is the normal."""
    return float(special.stdtrit(df, level) if math.isfinite(df) else special.ndtri(level))


def two_sided_p(statistic: float, df: float = math.inf) -> float:
    """Probability of a statistic at least this far from zero when nothing changed.

    >>> round(two_sided_p(-1.959964), 4)
    0.05
    """
    distance = -abs(statistic)
    tail = t_below(distance, df) if math.isfinite(df) else normal_below(distance)
    return min(1.0, 2 * tail)


def minimum_detectable_effect(
    standard_error: float, df: float, *, confidence: float = CONFIDENCE, power: float = POWER
) -> float:
    """Absolute change a design with this standard error finds with the given power.

    An estimate has degrees of freedom; a plan that cannot know them yet passes infinity.

    >>> round(minimum_detectable_effect(1.0, math.inf), 4)
    2.8016
    >>> round(minimum_detectable_effect(1.0, 10), 4)
    3.1072
    """
    return standard_error * (critical_value(confidence, df) + _quantile(power, df))


def t_interval(estimate: float, standard_error: float, df: float, confidence: float) -> Interval:
    """Student's interval around an estimate.

    >>> interval = t_interval(2.0, 1.0, 10, 0.95)
    >>> f"{interval.lower:.3f} {interval.upper:.3f} {interval.p_value:.4f}"
    '-0.228 4.228 0.0734'
    """
    margin = critical_value(confidence, df) * standard_error
    distance = abs(estimate) / standard_error if standard_error else math.inf if estimate else 0.0
    return Interval(estimate - margin, estimate + margin, two_sided_p(distance, df))


def positive_part(variance: float, terms: float) -> float:
    """The variance, or 0 when it is no more than rounding noise of the terms it came from.

    >>> positive_part(-1e-18, 1.0), positive_part(0.5, 1.0)
    (0.0, 0.5)
    """
    return variance if variance > NOISE * terms else 0.0


def relative_variance(
    levels: tuple[float, float], variances: tuple[float, float], covariance: float = 0.0
) -> float | None:
    """Variance of the first level ÷ the second by the delta method; None when that one is zero.

    >>> round(relative_variance((1.2, 1.0), (0.01, 0.01)), 6)
    0.0244
    """
    square = levels[1] * levels[1]
    if square == 0:
        return None
    ratio = levels[0] / levels[1]
    terms = variances[0] + ratio * ratio * variances[1]
    return positive_part(terms - 2 * ratio * covariance, terms) / square


def widest_relative_variance(levels: tuple[float, float], variance: float) -> float | None:
    """The same when only the variance of the difference is known: `max(1, r²)·variance ÷ C²`.

    r² is exact when all noise is in the counterfactual, 1 when all of it is in the level seen;
    independent errors lie between. For a rise it is wider than limits divided by the
    counterfactual, which would take that as known; for a fall it is those.

    >>> widest_relative_variance((1.5, 1.0), 0.01), widest_relative_variance((0.5, 1.0), 0.01)
    (0.0225, 0.01)
    """
    ends = [relative_variance(levels, parts) for parts in ((variance, 0.0), (0.0, variance))]
    return max((end for end in ends if end is not None), default=None)


def infer(
    difference: Difference,
    *,
    confidence: float = CONFIDENCE,
    scale: Scale = "linear",
    interval: Interval | None = None,
) -> Comparison | Message:
    """Intervals and p-value of a difference, or why there are none.

    On the log scale the relative interval is that of the ratio of means; see `log_limits` for the
    absolute one. `interval` is the absolute one where resampling found it.
    """
    if not difference.variance > 0:
        if math.isnan(difference.variance):
            return Message("values_not_finite")
        return Message("metric_is_constant", {"value": difference.treated})
    try:
        if scale == "log":
            result = _log(difference, confidence)
        else:
            result = _linear(difference, confidence, interval)
    except (OverflowError, ZeroDivisionError):
        return Message("values_out_of_range")
    if isinstance(result, Comparison) and not _is_finite(result):
        return Message("values_out_of_range")
    return result


def _linear(difference: Difference, confidence: float, interval: Interval | None) -> Comparison:
    """The absolute interval, and the relative one of the same shape."""
    standard_error, df = math.sqrt(difference.variance), difference.degrees_of_freedom
    estimate = difference.estimate
    found = interval or t_interval(estimate, standard_error, df, confidence)
    limits = (found.lower, found.upper)
    relative: tuple[float | None, float | None, float | None] = (None, None, None)
    if difference.counterfactual != 0 and difference.relative_variance is not None:
        level = abs(difference.counterfactual)
        stretch = math.sqrt(difference.relative_variance) / standard_error
        relative = (estimate / level, *relative_limits(estimate, limits, level, stretch))
    return _comparison(difference, limits, relative, found, confidence=confidence, scale="linear")


def relative_limits(
    estimate: float, limits: tuple[float, float], level: float, stretch: float
) -> tuple[float, float]:
    """Limits of estimate ÷ level whose distances are `stretch` times those of the absolute ones.

    At no change both changes are the same question; an end that by its stretch would answer it
    otherwise than the absolute one stays at absolute end ÷ level, where Fieller's interval has it.

    >>> tuple(round(end, 3) for end in relative_limits(2.0, (1.0, 3.0), 10.0, 0.12))
    (0.08, 0.32)
    """
    lower, upper = (
        found if (found := estimate / level + stretch * (end - estimate)) * end > 0 else end / level
        for end in limits
    )
    return lower, upper


def _log(difference: Difference, confidence: float) -> Comparison | Message:
    """Interval of ln(treated ÷ counterfactual), printed as a ratio of means."""
    level, variance = difference.counterfactual, difference.relative_variance
    if not (difference.treated > 0 and level > 0) or variance is None:
        return Message(
            "log_scale_needs_positive_values", {"treated": difference.treated, "comparison": level}
        )
    ratio = difference.treated / level
    if not LEAST_RATIO < ratio < 1 / LEAST_RATIO:
        return Message("values_out_of_range")
    error = math.sqrt(variance) / ratio
    if not error > 0:
        return Message("metric_is_constant", {"value": difference.treated})
    df = difference.degrees_of_freedom
    absolute, relative = log_limits(
        (difference.treated, level),
        standard_error=math.sqrt(difference.variance),
        log_error=error,
        margin=critical_value(confidence, df) * error,
    )
    found = Interval(*absolute, two_sided_p(math.log(ratio) / error, df))
    return _comparison(
        difference, absolute, (ratio - 1, *relative), found, confidence=confidence, scale="log"
    )


def log_limits(
    levels: tuple[float, float], *, standard_error: float, log_error: float, margin: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of treated − level, and of treated ÷ level − 1, with the same shape.

    Ratio limits times `level` would take `level` as known: too wide for a rise, too narrow for a
    fall. They are therefore stretched to the standard error of the difference. An end that crosses
    zero by that keeps the ratio's value, so that both intervals exclude zero together.
    """
    treated, level = levels
    ratio = treated / level
    low, high = (math.expm1(math.log(ratio) + side) for side in (-margin, margin))
    estimate = treated - level
    stretch = standard_error / (treated * log_error)
    lower, upper = (
        found if ((found := estimate + stretch * (level * end - estimate)) > 0) == (end > 0)
        else level * end
        for end in (low, high)
    )  # fmt: skip
    return (lower, upper), (low, high)


def _comparison(
    difference: Difference,
    limits: tuple[float, float],
    relative: tuple[float | None, float | None, float | None],
    found: Interval,
    *,
    confidence: float,
    scale: Scale,
) -> Comparison:
    return Comparison(
        difference.treated,
        difference.counterfactual,
        difference.estimate,
        *limits,
        math.sqrt(difference.variance),
        *relative,
        found.p_value,
        difference.degrees_of_freedom,
        confidence,
        scale,
        difference.n,
        difference.adjusted_on,
        found.kind,
    )


def _is_finite(result: Comparison) -> bool:
    """Whether every printed figure is a number."""
    figures = (
        result.estimate, result.lower, result.upper, result.standard_error, result.p_value,
        result.relative, result.relative_lower, result.relative_upper,
    )  # fmt: skip
    return all(math.isfinite(figure) for figure in figures if figure is not None)

"""Quantiles and tail probabilities of the t and normal distributions, and the result of inference.

Everything that turns an estimate and its variance into an interval passes through `infer`, so that
an impossible interval can be refused in one place. What the estimate means is left to the callers.
"""

import math
from dataclasses import dataclass
from typing import Literal

from scipy import special

from roi_pipeline.domain.texts import Message

Scale = Literal["linear", "log"]
NOISE = 1e-12  # a variance below this share of its terms is what subtraction leaves of zero


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


@dataclass(frozen=True, slots=True)
class Difference:
    """Two levels and the variance of what is between them, before any distribution is assumed.

    Attributes:
        variance: of treated minus counterfactual.
        relative_variance: of treated ÷ counterfactual, by the delta method; None when undefined.
    """

    treated: float
    counterfactual: float
    variance: float
    relative_variance: float | None
    degrees_of_freedom: float
    n: tuple[int, int]
    adjusted_on: tuple[str, ...] = ()


def t_quantile(confidence: float, df: float = math.inf) -> float:
    """Half-width of a two-sided interval in standard errors.

    >>> round(t_quantile(0.95), 4), round(t_quantile(0.95, 10), 4)
    (1.96, 2.2281)
    """
    level = (1 + confidence) / 2
    return float(special.ndtri(level) if math.isinf(df) else special.stdtrit(df, level))


def two_sided_p(statistic: float, df: float = math.inf) -> float:
    """Probability of a statistic at least this far from zero when nothing changed.

    >>> round(two_sided_p(-1.959964), 4)
    0.05
    """
    distance = -abs(statistic)
    tail = special.ndtr(distance) if math.isinf(df) else special.stdtr(df, distance)
    return float(min(1.0, 2 * tail))


def positive_part(variance: float, terms: float) -> float:
    """The variance, or 0 when it is no more than rounding noise of the terms it came from.

    >>> positive_part(-1e-18, 1.0), positive_part(0.5, 1.0)
    (0.0, 0.5)
    """
    return variance if variance > NOISE * terms else 0.0


# Beyond this a ratio is lost in its relative change, which holds sixteen digits beside 1.
LEAST_RATIO = 1e-9


def infer(
    difference: Difference, *, confidence: float = 0.95, scale: Scale = "linear"
) -> Comparison | Message:
    """Intervals and p-value of a difference, or why there are none.

    On the log scale the relative interval is that of the ratio of means; see `log_limits` for the
    absolute one.
    """
    if not difference.variance > 0:
        if math.isnan(difference.variance):
            return Message("values_not_finite")
        return Message("metric_is_constant", {"value": difference.treated})
    try:
        result = _log(difference, confidence) if scale == "log" else _linear(difference, confidence)
    except (OverflowError, ZeroDivisionError):
        return Message("values_out_of_range")
    if isinstance(result, Comparison) and not _is_finite(result):
        return Message("values_out_of_range")
    return result


def _linear(difference: Difference, confidence: float) -> Comparison:
    """Symmetric t intervals for the difference and, by the delta method, the relative change."""
    standard_error = math.sqrt(difference.variance)
    width = t_quantile(confidence, difference.degrees_of_freedom)
    estimate = difference.treated - difference.counterfactual
    relative, lower, upper = None, None, None
    if difference.counterfactual != 0 and difference.relative_variance is not None:
        relative = estimate / abs(difference.counterfactual)
        margin = width * math.sqrt(difference.relative_variance)
        lower, upper = relative - margin, relative + margin
    return Comparison(
        treated=difference.treated,
        counterfactual=difference.counterfactual,
        estimate=estimate,
        lower=estimate - width * standard_error,
        upper=estimate + width * standard_error,
        standard_error=standard_error,
        relative=relative,
        relative_lower=lower,
        relative_upper=upper,
        p_value=two_sided_p(estimate / standard_error, difference.degrees_of_freedom),
        degrees_of_freedom=difference.degrees_of_freedom,
        confidence=confidence,
        scale="linear",
        n=difference.n,
        adjusted_on=difference.adjusted_on,
    )


def _log(difference: Difference, confidence: float) -> Comparison | Message:
    """Interval of ln(treated ÷ counterfactual), printed as a ratio of means."""
    level, relative_variance = difference.counterfactual, difference.relative_variance
    if not (difference.treated > 0 and level > 0) or relative_variance is None:
        return Message(
            "log_scale_needs_positive_values", {"treated": difference.treated, "comparison": level}
        )
    ratio = difference.treated / level
    if not LEAST_RATIO < ratio < 1 / LEAST_RATIO:
        return Message("values_out_of_range")
    error = math.sqrt(relative_variance) / ratio
    if not error > 0:
        return Message("metric_is_constant", {"value": difference.treated})
    margin = t_quantile(confidence, difference.degrees_of_freedom) * error
    limits = log_limits(
        difference.treated,
        level,
        standard_error=math.sqrt(difference.variance),
        log_error=error,
        margin=margin,
    )
    return Comparison(
        treated=difference.treated,
        counterfactual=level,
        estimate=difference.treated - level,
        lower=limits.lower,
        upper=limits.upper,
        standard_error=math.sqrt(difference.variance),
        relative=ratio - 1,
        relative_lower=limits.relative_lower,
        relative_upper=limits.relative_upper,
        p_value=two_sided_p(math.log(ratio) / error, difference.degrees_of_freedom),
        degrees_of_freedom=difference.degrees_of_freedom,
        confidence=confidence,
        scale="log",
        n=difference.n,
        adjusted_on=difference.adjusted_on,
    )


@dataclass(frozen=True, slots=True)
class LogLimits:
    """Both intervals of a comparison on the log scale."""

    lower: float
    upper: float
    relative_lower: float
    relative_upper: float


def log_limits(
    treated: float, level: float, *, standard_error: float, log_error: float, margin: float
) -> LogLimits:
    """Limits of treated ÷ level − 1, and of treated − level with the same shape.

    Ratio limits times `level` would take `level` as known: too wide for a rise, too narrow for a
    fall. They are therefore stretched to the standard error of the difference. An end that crosses
    zero by that keeps the ratio's value, so that both intervals exclude zero together.
    """
    ratio = treated / level
    ends = tuple(math.expm1(math.log(ratio) + side) for side in (-margin, margin))
    estimate = treated - level
    stretch = standard_error / (treated * log_error)
    absolute = [estimate + stretch * (level * end - estimate) for end in ends]
    lower, upper = (
        stretched if (stretched > 0) == (end > 0) else level * end
        for stretched, end in zip(absolute, ends, strict=True)
    )
    return LogLimits(lower, upper, *ends)


def _is_finite(result: Comparison) -> bool:
    """Whether every printed figure is a number."""
    figures = (
        result.estimate,
        result.lower,
        result.upper,
        result.standard_error,
        result.p_value,
        *(
            value
            for value in (result.relative, result.relative_lower, result.relative_upper)
            if value is not None
        ),
    )
    return all(math.isfinite(figure) for figure in figures)

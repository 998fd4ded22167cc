"""Intervals that stay honest when results are read every night.

Asymptotic confidence sequences: the interval covers the truth at all reading dates together, so an
open cycle can be looked at as often as one likes. A closed cycle keeps the fixed interval.
"""

import math
from dataclasses import replace

from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.stats.effect import Case
from roi_pipeline.stats.inference import (
    critical_value,
    log_limits,
    minimum_detectable_effect,
    relative_limits,
)

Limits = tuple[float, float, float | None, float | None]
TUNED_FOR = 5_000
LARGEST_LOG = 300.0  # a ratio beyond its exponential is no answer, and soon no float


def tuning(alpha: float, *, tuned_for: float = TUNED_FOR) -> float:
    """The ρ that makes the sequence tightest at `tuned_for` units.

    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, https://arxiv.org/abs/2103.06476.

    >>> round(tuning(0.05), 7)
    0.0398401
    """
    evidence = -2 * math.log(alpha)
    return math.sqrt((evidence + math.log(evidence + 1)) / tuned_for)


def sequential_half_width(
    standard_error: float, n: float, *, alpha: float = 0.05, tuned_for: float = TUNED_FOR
) -> float:
    """Half-width of the confidence sequence after `n` units.

    >>> round(sequential_half_width(0.02, 2000), 7)
    0.0624756
    """
    rho = tuning(alpha, tuned_for=tuned_for)
    grown = n * rho * rho + 1
    inner = 2 * grown / (n * n * rho * rho) * math.log(math.sqrt(grown) / alpha)
    return standard_error * math.sqrt(n) * math.sqrt(inner)


def sequential_p_value(
    estimate: float,
    standard_error: float,
    n: float,
    *,
    alpha: float = 0.05,
    tuned_for: float = TUNED_FOR,
) -> float:
    """Always-valid p-value: the reciprocal of the mixture e-value, at most 1."""
    rho = tuning(alpha, tuned_for=tuned_for)
    grown = n * rho * rho + 1
    distance = estimate / standard_error
    exponent = rho * rho * distance * distance * n / (2 * grown)
    return min(1.0, math.exp(-exponent + math.log(grown) / 2))


def with_sequential_interval(
    outcome: Outcome, *, n: float | None = None, tuned_for: float = TUNED_FOR
) -> Outcome:
    """The outcome with the interval for an open cycle; an inconclusive one stays as it is.

    Args:
        outcome: of any design with a standard error.
        n: units observed; the outcome's own number when None.
        tuned_for: units at which the sequence is tightest.
    """
    if not isinstance(outcome, Effect) or not outcome.standard_error > 0:
        return outcome
    size = float(outcome.n_units if n is None else n)
    alpha = 1 - outcome.confidence
    df = outcome.degrees_of_freedom or math.inf
    fixed = critical_value(outcome.confidence, df)
    # a t quantile wider than the sequence's own normal one carries over: few units stay few
    stretch = fixed / critical_value(outcome.confidence)
    wide = sequential_half_width(1.0, size, alpha=alpha, tuned_for=tuned_for) * stretch
    limits = _log_limits(outcome, wide, fixed) or _linear_limits(outcome, wide / fixed)
    found = minimum_detectable_effect(outcome.standard_error, df, confidence=outcome.confidence)
    return replace(
        outcome,
        lower=limits[0],
        upper=limits[1],
        relative_lower=limits[2],
        relative_upper=limits[3],
        p_value=sequential_p_value(
            _distance(outcome, fixed) / stretch, 1.0, size, alpha=alpha, tuned_for=tuned_for
        ),
        interval_kind="sequential",
        smallest_detectable=found + (wide - fixed) * outcome.standard_error,
    )


def _linear_limits(effect: Effect, factor: float) -> Limits:
    """Both intervals, each side `factor` times as wide."""
    lower, upper = (
        effect.estimate + factor * (end - effect.estimate) for end in (effect.lower, effect.upper)
    )
    centre, low, high = effect.relative, effect.relative_lower, effect.relative_upper
    level = effect.counterfactual_value
    if centre is None or low is None or high is None or not level:
        return lower, upper, None, None
    # the end away from zero is never constrained, so it shows the stretch of the relative interval
    is_rise = effect.estimate >= 0
    far, relative_far = (effect.upper, high) if is_rise else (effect.lower, low)
    if far == effect.estimate:  # an error below the digits of the estimate
        return lower, upper, centre + factor * (low - centre), centre + factor * (high - centre)
    stretch = (relative_far - centre) / (far - effect.estimate)
    limits = relative_limits(effect.estimate, (lower, upper), abs(level), stretch)
    return lower, upper, *limits


def _log_limits(effect: Effect, wide: float, fixed: float) -> Limits | None:
    """Both intervals on the log scale; None when the effect is not on it."""
    error = _log_error(effect, fixed)
    if error is None or effect.post_value is None or effect.counterfactual_value is None:
        return None
    room = LARGEST_LOG - abs(math.log(effect.post_value / effect.counterfactual_value))
    absolute, relative = log_limits(
        (effect.post_value, effect.counterfactual_value),
        standard_error=effect.standard_error,
        log_error=error,
        margin=min(wide * error, max(room, fixed * error)),
    )
    return *absolute, *relative


def _log_error(effect: Effect, fixed: float) -> float | None:
    """Standard error of the logarithm of the ratio of means; None where it is below all digits."""
    if effect.details.get("scale") != "log":
        return None
    if effect.relative is None or effect.relative_upper is None:
        return None
    error = (math.log1p(effect.relative_upper) - math.log1p(effect.relative)) / fixed
    return error if error > 0 else None


def _distance(effect: Effect, fixed: float) -> float:
    """Standard errors between the estimate and no change, on the scale of the test."""
    error = _log_error(effect, fixed)
    if error is None:
        return effect.estimate / effect.standard_error
    return math.log1p(effect.relative or 0.0) / error


def for_open_cycle(case: Case, effect: Effect) -> Effect:
    """The sequential interval while the cycle is open, tuned for the information at its end."""
    if not case.cycle.is_open or not effect.standard_error > 0:
        return effect
    seen = max(1, (case.cycle.observed.end - effect.post.start).days)
    planned = max(seen, (case.cycle.window.end - effect.post.start).days)
    n = float(max(effect.n_units, 2))
    widened = with_sequential_interval(effect, n=n, tuned_for=round(n * planned / seen))
    return widened if isinstance(widened, Effect) else effect

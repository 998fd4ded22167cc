"""Intervals that stay honest when results are read every night.

Asymptotic confidence sequences: the interval covers the truth at all reading dates together, so an
open cycle can be looked at as often as one likes. A closed cycle keeps the fixed interval.
"""

import math
from dataclasses import replace

from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.stats.intervals import t_quantile
from roi_pipeline.stats.power import smallest_detectable

TUNED_FOR = 5_000
LARGEST_LOG = 700.0  # the exponential of more is beyond a float


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
    fixed = t_quantile(outcome.confidence, outcome.degrees_of_freedom or math.inf)
    # a t quantile wider than the sequence's own normal one carries over: few units stay few
    stretch = fixed / t_quantile(outcome.confidence)
    wide = sequential_half_width(1.0, size, alpha=alpha, tuned_for=tuned_for) * stretch
    lower, upper = _stretched(outcome, wide / fixed)
    relative_lower, relative_upper = _stretched_relative(outcome, wide / fixed)
    if outcome.details.get("scale") == "log" and relative_lower is not None:
        level = outcome.counterfactual_value or 0.0
        lower, upper = level * relative_lower, level * (relative_upper or 0.0)
    extra = (wide - t_quantile(outcome.confidence)) * outcome.standard_error
    found = smallest_detectable(outcome.standard_error, confidence=outcome.confidence)
    return replace(
        outcome,
        lower=lower,
        upper=upper,
        relative_lower=relative_lower,
        relative_upper=relative_upper,
        p_value=sequential_p_value(
            _distance(outcome, fixed) / stretch, 1.0, size, alpha=alpha, tuned_for=tuned_for
        ),
        interval_kind="sequential",
        smallest_detectable=found + extra,
    )


def _stretched(effect: Effect, factor: float) -> tuple[float, float]:
    """The absolute interval, each side `factor` times as wide."""
    below, above = effect.estimate - effect.lower, effect.upper - effect.estimate
    return effect.estimate - factor * below, effect.estimate + factor * above


def _stretched_relative(effect: Effect, factor: float) -> tuple[float | None, float | None]:
    """The relative interval, widened on the scale it was computed on."""
    centre, lower, upper = effect.relative, effect.relative_lower, effect.relative_upper
    if centre is None or lower is None or upper is None:
        return None, None
    if effect.details.get("scale") != "log":
        return centre - factor * (centre - lower), centre + factor * (upper - centre)
    middle = math.log1p(centre)
    half = factor * (math.log1p(upper) - middle)
    return math.expm1(middle - half), math.expm1(min(middle + half, LARGEST_LOG))


def _distance(effect: Effect, fixed: float) -> float:
    """Standard errors between the estimate and no change, on the scale of the test."""
    if effect.details.get("scale") == "log" and effect.relative_upper is not None:
        middle = math.log1p(effect.relative or 0.0)
        return middle / ((math.log1p(effect.relative_upper) - middle) / fixed)
    return effect.estimate / effect.standard_error

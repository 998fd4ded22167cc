"""Treated against comparison: Welch's or the pooled t test on two levels.

Absolute and relative intervals by the delta method, or a ratio of means on the log scale. Nothing
here knows whether the units were randomised; that is `randomised`.
"""

import math
from typing import Literal

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import Comparison, Difference, Scale, infer, relative_variance
from roi_pipeline.stats.ratio import RATIO, Level, level_of

VarianceRule = Literal["unequal", "pooled"]


def compare_samples(
    treated: Sample,
    comparison: Sample,
    *,
    names: tuple[str, str] = RATIO,
    confidence: float = 0.95,
    variance: VarianceRule = "unequal",
    scale: Scale = "linear",
) -> Comparison | Message:
    """Difference of the same metric between two sets of units.

    >>> columns = ("numerator", "denominator")
    >>> treated = Sample(50, columns, (9.0, 1.0), ((4.0, 0.0), (0.0, 0.0)))
    >>> comparison = Sample(50, columns, (10.0, 1.0), ((4.0, 0.0), (0.0, 0.0)))
    >>> change = compare_samples(treated, comparison)
    >>> f"{change.estimate:.2f} [{change.lower:.2f}, {change.upper:.2f}]"
    '-1.00 [-1.79, -0.21]'
    """
    first = level_of(treated, names=names, arm="treated")
    if isinstance(first, Message):
        return first
    second = level_of(comparison, names=names, arm="comparison")
    if isinstance(second, Message):
        return second
    return compare_levels(first, second, confidence=confidence, variance=variance, scale=scale)


def compare_levels(
    treated: Level,
    comparison: Level,
    *,
    confidence: float = 0.95,
    variance: VarianceRule = "unequal",
    scale: Scale = "linear",
) -> Comparison | Message:
    """Difference of two independent levels with its interval."""
    if variance == "pooled":
        treated, comparison, df = _pool(treated, comparison)
    else:
        df = welch_df((treated.variance, comparison.variance), (treated.size, comparison.size))
    return infer(
        Difference(
            treated.value,
            comparison.value,
            treated.variance + comparison.variance,
            relative_variance(
                (treated.value, comparison.value), (treated.variance, comparison.variance)
            ),
            df,
            (treated.n, comparison.n),
        ),
        confidence=confidence,
        scale=scale,
    )


def welch_df(variances: tuple[float, float], n: tuple[float, float]) -> float:
    """Welch–Satterthwaite degrees of freedom; https://doi.org/10.1093/biomet/34.1-2.28.

    Computed from the shares of the total, so that no square can overflow.

    >>> round(welch_df((4 / 50, 4 / 50), (50, 50)), 6)
    98.0
    """
    total = variances[0] + variances[1]
    if not total > 0 or not math.isfinite(total):
        return min(n) - 1
    shares = (variances[0] / total, variances[1] / total)
    return 1 / sum(share * share / (size - 1) for share, size in zip(shares, n, strict=True))


def _pool(treated: Level, comparison: Level) -> tuple[Level, Level, float]:
    """Both levels with one variance per unit, as ordinary least squares has it."""
    df = treated.n + comparison.n - 2
    squares = sum(level.variance * level.n * (level.n - 1) for level in (treated, comparison))
    per_unit = squares / df
    first, second = (
        Level(level.value, per_unit / level.n, level.n) for level in (treated, comparison)
    )
    return first, second, float(df)

"""The level of a metric, Σ numerator ÷ Σ denominator, with its variance by the delta method.

The unit of the sample is the cluster, so the variance is right when rows of one unit resemble each
other. A mean is the ratio whose denominator is 1 for every unit. Comparing levels is left to
`two_sample`, adjusting them to `adjustment`.
"""

import math
from dataclasses import dataclass

import numpy as np

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import (
    Comparison,
    Difference,
    Scale,
    infer,
    positive_part,
    relative_variance,
)

MIN_UNITS = 2
RATIO = ("numerator", "denominator")
BASELINE_RATIO = ("numerator_baseline", "denominator_baseline")


@dataclass(frozen=True, slots=True)
class Level:
    """One level and how surely it is known.

    Attributes:
        value: the ratio of the sums.
        variance: of `value` itself: the squared standard error.
        n: number of units, the clusters of the variance.
        effective_n: `n ÷ (1 + cv²)` of the denominators (Kish): units of unequal size carry fewer
            degrees of freedom. None: units weigh the same.
    """

    value: float
    variance: float
    n: int
    effective_n: float | None = None

    @property
    def size(self) -> float:
        """Units that count for degrees of freedom."""
        return self.n if self.effective_n is None else self.effective_n

    @property
    def standard_error(self) -> float:
        """Square root of the variance."""
        return math.sqrt(self.variance)


def check_sample(sample: Sample, arm: str = "") -> Message | None:
    """Why nothing can be computed from the sample, or None when something can."""
    if sample.n < MIN_UNITS:
        return Message("too_few_units", {"n": sample.n, "needed": MIN_UNITS, "arm": arm})
    figures = [*sample.means, *(value for row in sample.covariances for value in row)]
    if not all(math.isfinite(figure) for figure in figures):
        return Message("values_not_finite", {"arm": arm})
    return None


def level_of(sample: Sample, *, names: tuple[str, str] = RATIO, arm: str = "") -> Level | Message:
    """Ratio of two sums and the variance of that ratio over units.

    `Var(R) = (σ²M − 2R·σMD + R²·σ²D) ÷ (n·μ²D)`; Deng, Knoblich & Lu (2018),
    https://arxiv.org/abs/1803.06336.

    >>> sample = Sample(6, RATIO, (2.0, 22 / 6), ((2.0, 2.6), (2.6, 52 / 15)))
    >>> round(level_of(sample).value, 6), round(level_of(sample).standard_error, 6)
    (0.545455, 0.049172)
    """
    problem = check_sample(sample, arm)
    if problem is not None:
        return problem
    numerator, denominator = names
    if denominator not in sample.names or numerator not in sample.names:
        return Message("sample_columns_missing", {"columns": ", ".join(names), "arm": arm})
    below = sample.mean(denominator)
    square = below * below
    if square == 0 or not math.isfinite(square):
        return Message("denominator_is_zero", {"arm": arm})
    value = sample.mean(numerator) / below
    above, shared = sample.covariance(numerator, numerator), sample.covariance(*names)
    spread = sample.covariance(denominator, denominator)
    terms = abs(above) + value * value * abs(spread)
    variance = positive_part(above - 2 * value * shared + value * value * spread, terms)
    variance = variance / square / sample.n
    if not (math.isfinite(value) and math.isfinite(variance)):
        return Message("values_out_of_range", {"arm": arm})
    return Level(value, variance, sample.n, effective_size(sample, denominator))


def effective_size(sample: Sample, denominator: str = RATIO[1]) -> float:
    """Kish's number of equal units that know as much: `n ÷ (1 + cv²)` of the denominators."""
    below = sample.mean(denominator)
    spread = max(sample.covariance(denominator, denominator), 0.0)
    return max(sample.n / (1 + spread / (below * below)), float(MIN_UNITS))


def ratio_gradient(sample: Sample, names: tuple[str, str]) -> np.ndarray:
    """Derivative of numerator ÷ denominator by each position of the sample's mean vector."""
    gradient = np.zeros(len(sample.names))
    below = sample.mean(names[1])
    gradient[sample.names.index(names[0])] = 1 / below
    gradient[sample.names.index(names[1])] -= sample.mean(names[0]) / (below * below)
    return gradient


def paired_change(
    sample: Sample, *, confidence: float = 0.95, scale: Scale = "linear"
) -> Comparison | Message:
    """Change of a ratio from baseline to post in the same units.

    The two windows of one unit are correlated; the delta method over the four moments uses that.
    It says what changed, not why: without a comparison the calendar is part of it.
    """
    post = level_of(sample, arm="post")
    if isinstance(post, Message):
        return post
    baseline = level_of(sample, names=BASELINE_RATIO, arm="baseline")
    if isinstance(baseline, Message):
        return baseline
    covariances = np.asarray(sample.covariances)
    after = ratio_gradient(sample, RATIO)
    before = ratio_gradient(sample, BASELINE_RATIO)
    with np.errstate(over="ignore", invalid="ignore"):
        shared = float(after @ covariances @ before) / sample.n
    variance = positive_part(
        post.variance + baseline.variance - 2 * shared, post.variance + baseline.variance
    )
    return infer(
        Difference(
            post.value,
            baseline.value,
            variance,
            relative_variance(
                (post.value, baseline.value), (post.variance, baseline.variance), shared
            ),
            min(post.size, baseline.size) - 1,
            (sample.n, sample.n),
        ),
        confidence=confidence,
        scale=scale,
    )

"""Treated against comparison, adjusted on what was known before: CUPED and regression adjustment.

The covariates are the same metric in the baseline window (CUPED) and any declared column. The
comparison arm is moved to where it would be had it had the treated arm's covariates, so the treated
level stays as observed. Works on moments only: the slope is solved from covariance matrices.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import NOISE, Comparison, Difference, Scale, infer, positive_part
from roi_pipeline.stats.ratio import BASELINE_RATIO, RATIO, effective_size, level_of, ratio_gradient
from roi_pipeline.stats.two_sample import VarianceRule, compare_samples, welch_df

BASELINE_METRIC = "baseline_metric"
SlopeRule = Literal["optimal", "pooled"]


@dataclass(frozen=True, slots=True)
class _Arm:
    """Linearised moments of one arm: the metric first, the covariates behind it."""

    n: int
    size: float
    values: np.ndarray
    covariances: np.ndarray


@dataclass(frozen=True, slots=True)
class _Fit:
    """Slopes of the metric on the covariates, and the spread of what they leave."""

    slopes: np.ndarray
    gap: np.ndarray
    slope_variance: float
    inflation: float


def compare_adjusted(
    treated: Sample,
    comparison: Sample,
    *,
    covariates: tuple[str, ...] = (BASELINE_METRIC,),
    confidence: float = 0.95,
    variance: VarianceRule = "unequal",
    scale: Scale = "linear",
    slope: SlopeRule = "optimal",
) -> Comparison | Message:
    """Difference between the arms after adjustment; unadjusted when no covariate varies.

    Args:
        treated: moments of the treated arm.
        comparison: moments of the comparison arm.
        covariates: `baseline_metric` for CUPED (Deng et al. 2013,
            https://doi.org/10.1145/2433396.2433413), and names of declared columns.
        confidence: of the interval.
        variance: `pooled` with `slope="pooled"` is ordinary least squares on an arm indicator and
            the covariates.
        scale: `log` compares the ratio of the adjusted levels.
        slope: `optimal` minimises the variance of the difference, `Σ cov_g/n_g ÷ Σ var_g/n_g`,
            which is Lin's interacted regression (2013, https://doi.org/10.1214/12-AOAS583) when
            covariates spread alike; `pooled` is the common slope of analysis of covariance.
    """
    plain = compare_samples(
        treated, comparison, confidence=confidence, variance=variance, scale=scale
    )
    if isinstance(plain, Message):
        return plain
    usable = _usable(treated, comparison, covariates)
    if not usable or treated.n + comparison.n - 3 - len(usable) < 1:
        return plain
    with np.errstate(over="ignore", invalid="ignore"):
        arms = (_linearise(treated, usable), _linearise(comparison, usable))
        if not all(np.isfinite(arm.covariances).all() for arm in arms):
            return plain
        if variance == "pooled":
            arms = _with_pooled_covariances(arms)
        difference = _difference(arms, _fit(arms, slope), usable, variance=variance)
    adjusted = infer(difference, confidence=confidence, scale=scale)
    return plain if isinstance(adjusted, Message) else adjusted


def _usable(treated: Sample, comparison: Sample, covariates: tuple[str, ...]) -> tuple[str, ...]:
    """Covariates both arms report and that vary between units."""
    return tuple(
        name
        for name in dict.fromkeys(covariates)
        if all(_has(sample, name) for sample in (treated, comparison))
        and any(_varies(sample, name) for sample in (treated, comparison))
    )


def _has(sample: Sample, name: str) -> bool:
    """Whether the sample holds the covariate as a finite number."""
    if name == BASELINE_METRIC:
        return not isinstance(level_of(sample, names=BASELINE_RATIO), Message)
    return name in sample.names


def _varies(sample: Sample, name: str) -> bool:
    """Whether the covariate differs between units."""
    if name == BASELINE_METRIC:
        level = level_of(sample, names=BASELINE_RATIO)
        return not isinstance(level, Message) and level.variance > 0
    mean = sample.mean(name)
    return sample.covariance(name, name) > NOISE * mean * mean


def _linearise(sample: Sample, covariates: tuple[str, ...]) -> _Arm:
    """Metric and covariates as linear combinations of the sample's positions."""
    rows = [ratio_gradient(sample, RATIO)]
    values = [sample.mean(RATIO[0]) / sample.mean(RATIO[1])]
    for name in covariates:
        if name == BASELINE_METRIC:
            rows.append(ratio_gradient(sample, BASELINE_RATIO))
            values.append(sample.mean(BASELINE_RATIO[0]) / sample.mean(BASELINE_RATIO[1]))
        else:
            rows.append(np.eye(len(sample.names))[sample.names.index(name)])
            values.append(sample.mean(name))
    weights = np.asarray(rows)
    return _Arm(
        sample.n,
        effective_size(sample),
        np.asarray(values),
        weights @ np.asarray(sample.covariances) @ weights.T,
    )


def _with_pooled_covariances(arms: tuple[_Arm, _Arm]) -> tuple[_Arm, _Arm]:
    """Both arms with the within-arm covariance they have in common."""
    df = arms[0].n + arms[1].n - 2
    first, second = ((arm.n - 1) / df * arm.covariances for arm in arms)
    treated, comparison = (replace(arm, covariances=first + second) for arm in arms)
    return treated, comparison


def _fit(arms: tuple[_Arm, _Arm], slope: SlopeRule) -> _Fit:
    """Slopes by least squares; collinear covariates share one, as the minimum norm has it."""
    count = len(arms[0].values) - 1
    total = arms[0].n + arms[1].n
    first, second = arms
    squares = (first.n - 1) * first.covariances + (second.n - 1) * second.covariances
    weighted = squares
    if slope == "optimal":
        weighted = first.covariances / first.n + second.covariances / second.n
    scales = np.sqrt(np.diag(squares)[1:])
    scales[scales == 0] = 1.0
    inverse = np.linalg.pinv(weighted[1:, 1:] / np.outer(scales, scales), hermitian=True)
    slopes = (inverse @ (weighted[1:, 0] / scales)) / scales
    gap = second.values[1:] - first.values[1:]
    residual = squares[0, 0] - 2 * slopes @ squares[1:, 0] + slopes @ squares[1:, 1:] @ slopes
    spread = np.linalg.pinv(squares[1:, 1:] / np.outer(scales, scales), hermitian=True)
    leverage = float((gap / scales) @ spread @ (gap / scales))
    df = total - 2 - count
    return _Fit(slopes, gap, max(float(residual), 0.0) / df * leverage, (total - 2) / df)


def _difference(
    arms: tuple[_Arm, _Arm], fit: _Fit, covariates: tuple[str, ...], *, variance: VarianceRule
) -> Difference:
    """Adjusted levels and the variance between them, absolute and as a ratio.

    With `k` = treated ÷ counterfactual the ratio's variance is that of `Y_T − k·(counterfactual)`,
    in which the treated arm's covariates appear too; `k` = 1 gives the absolute difference.
    """
    treated, comparison = arms
    counterfactual = float(comparison.values[0] - fit.slopes @ fit.gap)
    parts = (_part(treated, fit, 1.0), _part(comparison, fit, 1.0))
    relative = None
    if counterfactual * counterfactual > 0:
        times = float(treated.values[0]) / counterfactual
        total = _part(treated, fit, times) + times * times * _part(comparison, fit, 1.0)
        total += times * times * fit.slope_variance
        relative = total / (counterfactual * counterfactual)
    n = (treated.n, comparison.n)
    lost = len(covariates)
    df = float(sum(n) - 2 - lost)
    if variance == "unequal":
        df = max(welch_df(parts, (treated.size, comparison.size)) - lost, 1.0)
    absolute = sum(parts) + fit.slope_variance
    return Difference(
        float(treated.values[0]), counterfactual, absolute, relative, df, n, covariates
    )


def _part(arm: _Arm, fit: _Fit, times: float) -> float:
    """Variance of `Y − times·θX` in one arm's mean, with the lost degrees of freedom put back."""
    own = float(arm.covariances[0, 0])
    shared = times * float(fit.slopes @ arm.covariances[1:, 0])
    explained = times * times * float(fit.slopes @ arm.covariances[1:, 1:] @ fit.slopes)
    variance = positive_part(own - 2 * shared + explained, own + explained)
    return variance * fit.inflation / arm.n

"""Prediction of a series into post from a model of its baseline, with errors that last.

Generalised least squares, because least squares (Kerman, Wang & Vaver 2017) takes weeks that resemble
each other for news. Errors are a slow part that follows AR(1) and the noise of counting in every week:
AR(1) alone, read off neighbouring weeks, takes a slow part under much noise for hardly any.
`autocorrelation=0.0` gives the published least squares.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.stats.inference import Array, relative_variance

HIGHEST_AUTOCORRELATION = 0.9
HIGHEST_READ_OFF = 0.6  # a ratio of two small correlations says no more than this
MIN_FREE = 4


@dataclass(frozen=True, slots=True)
class Persistence:
    """How errors of weeks resemble each other: `slow` · `decay`^distance.

    Attributes:
        slow: share of the slow part in the variance of a week.
        decay: its autocorrelation from one period to the next.
    """

    slow: float
    decay: float

    @property
    def neighbouring(self) -> float:
        """Correlation of two periods that follow each other."""
        return self.slow * self.decay

    @property
    def long_run(self) -> float:
        """Variance of a long mean against what independent periods would have."""
        return 1 + 2 * self.slow * self.decay / (1 - self.decay)

    def matrix(self, index: NDArray[np.intp]) -> Array:
        """Correlation of every pair of periods."""
        if not self.neighbouring:
            return np.eye(len(index))
        apart = np.abs(index[:, None] - index[None, :])
        return np.where(apart == 0, 1.0, self.slow * self.decay**apart)


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean distance of post from its prediction.

    Attributes:
        autocorrelation: of the errors of two periods that follow each other.
        predicted: counterfactual of every period handed in.
        variances: of the mean of post, and of its prediction.
        covariance: of these two; errors that last make it positive.
        spread: standard error of the counterfactual of every period, noise of the period included.
    """

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    autocorrelation: float
    predicted: Array
    spread: Array
    variances: tuple[float, float]
    covariance: float

    def relative_variance(self, post_value: float) -> float | None:
        """Of post ÷ its prediction."""
        levels = (post_value, post_value - self.estimate)
        return relative_variance(levels, self.variances, self.covariance)


def predict_gap(
    outcome: Array,
    design: Array,
    baseline: NDArray[np.intp],
    post: NDArray[np.intp],
    weights: Array,
    *,
    autocorrelation: float | Persistence | None = None,
) -> Gap | None:
    """Fit on baseline rows, predict post rows, weigh the gaps; None when the fit has no freedom.

    `autocorrelation` is read off the residuals when None; a number is that of AR(1).
    """
    x, y = design[baseline], outcome[baseline]
    n, k = x.shape
    if n - k < MIN_FREE or np.linalg.matrix_rank(x) < k:
        return None
    persistence = _persistence(x, y, baseline) if autocorrelation is None else autocorrelation
    if not isinstance(persistence, Persistence):
        persistence = Persistence(1.0, persistence)
    correlation = persistence.matrix(np.concatenate([baseline, post]))
    among, across = correlation[:n, :n], correlation[n:, :n]
    whitened = np.linalg.solve(among, np.column_stack([x, y]))
    inverse = np.linalg.inv(x.T @ whitened[:, :k])
    fitter = inverse @ np.linalg.solve(among, x).T
    beta = fitter @ y
    residual = y - x @ beta
    variance = float(residual @ np.linalg.solve(among, residual)) / (n - k)
    share = weights / weights.sum()
    lever = share @ design[post]
    of_post = variance * float(share @ correlation[n:, n:] @ share)
    of_prediction = variance * float(lever @ inverse @ lever)
    shared = variance * float(share @ across @ fitter.T @ lever)
    predicted = design @ beta
    around = 1 + np.einsum("ij,jk,ik->i", design, inverse, design)
    return Gap(
        float(share @ (outcome[post] - predicted[post])),
        math.sqrt(max(0.0, of_post + of_prediction - 2 * shared)),
        float(max(MIN_FREE, n / persistence.long_run - k)),
        persistence.neighbouring,
        predicted,
        np.sqrt(variance * around),
        (of_post, of_prediction),
        shared,
    )


def _persistence(x: Array, y: Array, index: NDArray[np.intp]) -> Persistence:
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    return residual_persistence(y - x @ beta, index, fitted=x.shape[1])


def residual_persistence(residual: Array, index: NDArray[np.intp], *, fitted: int) -> Persistence:
    """Read off the first two autocorrelations, corrected for the bias of `fitted` coefficients.

    The first is the slow part's share times its decay; how much of it is left one period on tells
    the decay.
    """
    first, second = (_lagged(residual, index, lag) for lag in (1, 2))
    bias = (fitted + (fitted + 2) * first) / len(residual)
    first = float(np.clip(first + bias, 0.0, HIGHEST_AUTOCORRELATION))
    if first == 0:
        return Persistence(0.0, 0.0)
    decay = float(np.clip((second + bias) / first, first, max(first, HIGHEST_READ_OFF)))
    return Persistence(first / decay, decay)


def _lagged(residual: Array, index: NDArray[np.intp], lag: int) -> float:
    """Autocorrelation at a distance, over the pairs of periods that lie so far apart."""
    below = float(residual @ residual)
    apart = index[lag:] - index[:-lag] == lag
    if below <= 0 or not apart.any():
        return 0.0
    return float((residual[lag:] * residual[:-lag])[apart].sum()) / below

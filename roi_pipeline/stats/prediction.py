"""Prediction of a series into post from a model of its baseline, with errors that follow AR(1).

Generalised least squares with a bias-corrected autocorrelation, because least squares (Kerman, Wang &
Vaver 2017) takes weeks that resemble each other for news. `autocorrelation=0.0` gives theirs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.stats.estimate import Array

HIGHEST_AUTOCORRELATION = 0.9
MIN_FREE = 4


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean distance of post from its prediction.

    Attributes:
        predicted: counterfactual of every period handed in.
        spread: standard error of the counterfactual of every period, noise of the period included.
    """

    estimate: float
    standard_error: float
    degrees_of_freedom: float
    autocorrelation: float
    predicted: Array
    spread: Array


def predict_gap(
    outcome: Array,
    design: Array,
    baseline: NDArray[np.intp],
    post: NDArray[np.intp],
    weights: Array,
    *,
    autocorrelation: float | None = None,
) -> Gap | None:
    """Fit on baseline rows, predict post rows, weigh the gaps; None when the fit has no freedom."""
    x, y = design[baseline], outcome[baseline]
    n, k = x.shape
    if n - k < MIN_FREE or np.linalg.matrix_rank(x) < k:
        return None
    rho = least_squares_autocorrelation(x, y, baseline)
    rho = rho if autocorrelation is None else autocorrelation
    both = np.concatenate([baseline, post])
    correlation = rho ** np.abs(both[:, None] - both[None, :]) if rho else np.eye(len(both))
    among, across = correlation[:n, :n], correlation[n:, :n]
    whitened = np.linalg.solve(among, np.column_stack([x, y]))
    inverse = np.linalg.inv(x.T @ whitened[:, :k])
    fitter = inverse @ np.linalg.solve(among, x).T
    beta = fitter @ y
    residual = y - x @ beta
    variance = float(residual @ np.linalg.solve(among, residual)) / (n - k)
    share = weights / weights.sum()
    lever = share @ design[post]
    noise = share @ correlation[n:, n:] @ share + lever @ inverse @ lever
    noise -= 2 * share @ across @ fitter.T @ lever
    predicted = design @ beta
    around = 1 + np.einsum("ij,jk,ik->i", design, inverse, design)
    effective = n * (1 - rho) / (1 + rho) - k if rho > 0 else n - k
    return Gap(
        float(share @ (outcome[post] - predicted[post])),
        float(np.sqrt(max(0.0, variance * noise))),
        float(max(MIN_FREE, effective)),
        float(rho),
        predicted,
        np.sqrt(variance * around),
    )


def least_squares_autocorrelation(x: Array, y: Array, index: NDArray[np.intp]) -> float:
    """Lag-one correlation of least-squares residuals."""
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    return residual_autocorrelation(y - x @ beta, index, fitted=x.shape[1])


def residual_autocorrelation(residual: Array, index: NDArray[np.intp], *, fitted: int) -> float:
    """Lag-one correlation of residuals, corrected for the bias that `fitted` coefficients bring."""
    adjacent = np.diff(index) == 1
    below = float(residual @ residual)
    if below <= 0 or not adjacent.any():
        return 0.0
    raw = float((residual[1:] * residual[:-1])[adjacent].sum()) / below
    corrected = raw + (fitted + (fitted + 2) * raw) / len(residual)
    return float(np.clip(corrected, 0.0, HIGHEST_AUTOCORRELATION))

"""One cohort's change against its controls' given covariates: regression, weighting, doubly robust.

Callaway & Sant'Anna (2021), equations 2.2 to 2.4, with weights that add up to one on either side, and the
influence functions of Sant'Anna & Zhao (2020) as R's `DRDID` has them: estimating the regression and the
propensity score counts as noise. Held to diff-diff and to a sandwich of stacked moments (tests/reference).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.modules import CovariateUse
from roi_pipeline.stats.inference import Array

MAX_STEPS = 50
SETTLED = 1e-12
# `DRDID` drops controls whose propensity is above; nearly certain treatment has no counterpart.
CERTAIN = 0.995
SINGULAR = 1e-10
SPARE = 3  # a constant, and two controls to see noise by
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Adjusted:
    """ATT of a cell, with the influence of each of its units; their mean square ÷ n is the variance."""

    estimate: float
    influence: Array


def adjusted_change(
    change: Array, treated: Mask, covariates: Array, use: CovariateUse
) -> Adjusted | None:
    """Change of the treated units beyond that of like controls; None when there are no like ones.

    `covariates` are units × columns, without the constant.
    """
    if np.count_nonzero(~treated) < covariates.shape[1] + SPARE:
        return None
    x = np.column_stack([np.ones(len(change)), _standardised(covariates)])
    d = treated.astype(np.float64)
    fitted = None if use == "weighting" else _regression(change, 1 - d, x)
    score = None if use == "regression" else _propensity(d, x)
    if (use != "weighting" and fitted is None) or (use != "regression" and score is None):
        return None
    residual, of_fit = (change, None) if fitted is None else fitted
    if score is None:
        weight, of_score = d, None
    else:
        propensity, of_score = score
        trimmed = (1 - d) * (propensity < CERTAIN)
        weight = propensity * trimmed / np.where(trimmed > 0, 1 - propensity, 1.0)
    return _compared(residual, (d, weight), x, (of_fit, of_score))


def _standardised(covariates: Array) -> Array:
    """Columns of like size, so that no unit of measurement decides what is singular."""
    centred = covariates - covariates.mean(axis=0)
    spread = centred.std(axis=0)
    return centred / np.where(spread > 0, spread, 1.0)


def _regression(change: Array, is_control: Array, x: Array) -> tuple[Array, Array] | None:
    """Distance of each change from what the controls' regression expects, and its influence."""
    gram = (x * is_control[:, None]).T @ x / len(change)
    inverse = _inverse(gram)
    if inverse is None:
        return None
    slope = inverse @ (x.T @ (is_control * change)) / len(change)
    residual = change - x @ slope
    return residual, (is_control * residual)[:, None] * x @ inverse


def _propensity(d: Array, x: Array) -> tuple[Array, Array] | None:
    """Logistic propensity of being treated, and its influence; None where it separates the groups."""
    slope = np.zeros(x.shape[1])
    for _ in range(MAX_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ slope, -500, 500)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x / len(d)
        inverse = _inverse(hessian)
        if inverse is None:
            return None
        step = inverse @ (x.T @ (d - p)) / len(d)
        slope = slope + step
        if np.abs(step).max() < SETTLED * max(1.0, np.abs(slope).max()):
            p = 1 / (1 + np.exp(-np.clip(x @ slope, -500, 500)))
            return p, (d - p)[:, None] * x @ inverse
    return None


def _inverse(matrix: Array) -> Array | None:
    values = np.linalg.eigvalsh(matrix)
    if not np.isfinite(values).all() or values[0] <= SINGULAR * max(values[-1], 1e-300):
        return None
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _compared(
    residual: Array,
    weights: tuple[Array, Array],
    x: Array,
    of_models: tuple[Array | None, Array | None],
) -> Adjusted | None:
    """Weighted means of either side, and what estimating the two models adds to their noise.

    With regression alone the controls' side is what their regression expects of the treated: zero in
    residuals, with the regression's own noise.
    """
    (d, weight), (of_fit, of_score) = weights, of_models
    share, total = float(d.mean()), float(weight.mean())
    if not share > 0 or not total > 0:
        return None
    treated = float((d * residual).mean()) / share
    influence = d * (residual - treated) / share
    if of_fit is not None:
        influence = influence - of_fit @ (d[:, None] * x).mean(axis=0) / share
    if of_score is None:
        return Adjusted(treated, influence)
    control = float((weight * residual).mean()) / total
    own = weight * (residual - control)
    own = own + of_score @ ((weight * (residual - control))[:, None] * x).mean(axis=0)
    if of_fit is not None:
        own = own - of_fit @ (weight[:, None] * x).mean(axis=0)
    return Adjusted(treated - control, influence - own / total)

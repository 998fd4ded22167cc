"""Noise when fewer than six units are treated: what the estimator finds when nothing was done.

Roll-out dates are assigned again at random among treated and never-treated units. With enough distinct
assignments the interval inverts the rank of the real effect; with fewer it takes the spread of the placebo
effects with Student's t, as Arkhangelsky et al. (2021) do for one treated unit.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.stats.excess import Excess
from roi_pipeline.stats.inference import Array, Interval, t_interval

N_ASSIGNMENTS = 999
ENOUGH_ASSIGNMENTS = 200
MIN_PLACEBOS = 4


def permute_roll_out(
    data: Excess, estimate: float, *, confidence: float
) -> tuple[Interval, float, float] | None:
    """(interval, standard error, degrees of freedom) from assigning the dates again.

    None when there are too few never-treated units to assign to.
    """
    treated = np.flatnonzero(data.treated)
    never = np.flatnonzero(data.cut.is_never & data.has_baseline)
    if len(never) < MIN_PLACEBOS:
        return None
    pool = np.concatenate([treated, never])
    assignments = _assignments(len(pool), len(treated), data.cut.seed)
    effects, true_shares = _placebo_effects(data, pool, treated, assignments)
    effects, true_shares = effects[np.isfinite(effects)], true_shares[np.isfinite(effects)]
    clean = effects - estimate * true_shares
    standard_error = float(np.sqrt(np.mean(np.square(clean))))
    if not standard_error > 0 or len(effects) < MIN_PLACEBOS:
        return None
    df = float(len(never) - 1)
    if len(effects) < ENOUGH_ASSIGNMENTS:
        spread = t_interval(estimate, standard_error, df, confidence)
        return replace(spread, kind="permutation"), standard_error, df
    interval = inverted(
        estimate, effects, true_shares, standard_error=standard_error, df=df, confidence=confidence
    )
    return interval, standard_error, df


def _assignments(size: int, n_treated: int, seed: int) -> NDArray[np.intp]:
    """Distinct assignments of the dates, the real one excluded."""
    distinct = math.perm(size, n_treated)
    if n_treated == 1:
        return np.arange(1, size)[:, None]
    rng = np.random.default_rng(seed)
    draws = rng.permuted(np.tile(np.arange(size), (2 * N_ASSIGNMENTS, 1)), axis=1)[:, :n_treated]
    unique = np.unique(draws, axis=0)
    unique = unique[(unique != np.arange(n_treated)).any(axis=1)]
    rng.shuffle(unique, axis=0)
    return unique[: min(N_ASSIGNMENTS, distinct - 1)]


def _placebo_effects(
    data: Excess, pool: NDArray[np.intp], treated: NDArray[np.intp], assignments: NDArray[np.intp]
) -> tuple[Array, Array]:
    """Effect under each assignment, and how much of the true effect each carries."""
    x, e, d = data.excess[pool], data.exposure[pool], data.weight[pool]
    post = data.is_post[data.group[treated]].astype(np.float64)
    live = data.cut.is_post[pool] & data.has_baseline[pool][:, None]
    carried = d * live
    is_treated = np.zeros((len(assignments), len(pool)))
    np.put_along_axis(is_treated, assignments, 1.0, axis=1)
    others = 1.0 - is_treated
    control_e = others @ e
    movement = np.divide(others @ x, control_e, out=np.zeros_like(control_e), where=control_e > 0)
    leak = np.divide(others @ carried, control_e, out=np.zeros_like(control_e), where=control_e > 0)
    top, share, volume = (np.zeros(len(assignments)) for _ in range(3))
    for position in range(len(treated)):
        rows, window = assignments[:, position], post[position]
        top += ((x[rows] - movement * e[rows]) * window).sum(axis=1)
        share += ((carried[rows] - leak * e[rows]) * window).sum(axis=1)
        volume += (d[rows] * window).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return top / volume, share / volume


def inverted(
    estimate: float,
    effects: Array,
    shares: Array,
    *,
    standard_error: float,
    df: float,
    confidence: float,
) -> Interval:
    """Every effect that the placebo effects do not refuse, each carrying its share of it."""

    def p_value(supposed: float) -> float:
        null = np.abs(effects - supposed * shares)
        extreme = null >= abs(estimate - supposed) * (1 - 1e-12)
        return float((1 + extreme.sum()) / (len(effects) + 1))

    start = t_interval(estimate, standard_error, df, confidence)
    ends: list[float] = []
    for side in (start.lower, start.upper):
        outside = side
        for _ in range(8):
            if p_value(outside) <= 1 - confidence:
                break
            outside += outside - estimate
        inside = estimate
        for _ in range(24):
            middle = (inside + outside) / 2
            high = p_value(middle) > 1 - confidence
            inside, outside = (middle, outside) if high else (inside, middle)
        ends.append((inside + outside) / 2)
    return Interval(ends[0], ends[1], p_value(0.0), "permutation")

"""Control series of the time-based regression, and how much of what they show is their own noise.

A control read with noise pulls its slope towards zero, and with it the share of a calendar shift that
the regression follows. Where a control is made of several units their disagreement shows the noise,
and the slope is corrected for it (Fuller 1987, Measurement Error Models, section 2.2). A control of
one unit cannot tell noise from movement: its slope is that of least squares, as Kerman, Wang & Vaver
(2017), and what its noise may hide enters the interval. With noise of their own in both series the
slope lies between least squares of the outcome on the control, b, and the inverse of the other one,
b ÷ R² (Frisch 1934; Klepper & Leamer 1984).
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.samples import Panel
from roi_pipeline.stats.inference import Array
from roi_pipeline.stats.panels import Cut
from roi_pipeline.stats.prediction import Gap, predict_gap, residual_persistence


@dataclass(frozen=True, slots=True)
class ControlSeries:
    """One series the module cannot move, on the periods of a cut.

    Attributes:
        values: pooled metric per period; nan without volume.
        noise: variance of the pooled metric around what its units share; 0 when it cannot be seen.
        n_units: units pooled.
        is_untreated: whether they are the untreated units of the comparison itself.
    """

    values: Array
    noise: float = 0.0
    n_units: int = 1
    is_untreated: bool = False


def control_series(cut: Cut, panels: tuple[Panel, ...]) -> tuple[ControlSeries, ...]:
    """The declared series; without any, the pooled units that stay without the module."""
    found = (_of_panel(cut, panel) for panel in panels)
    declared = tuple(series for series in found if series is not None)
    if declared or not cut.is_never.any():
        return declared
    rows = cut.is_never
    pooled = _pooled(cut.numerators[rows], cut.denominators[rows], cut.is_baseline)
    return (replace(pooled, is_untreated=True),)


def _of_panel(cut: Cut, panel: Panel) -> ControlSeries | None:
    """A control panel pooled over its units; None when it never moves."""
    n = np.nan_to_num(np.frombuffer(panel.numerators).reshape(panel.shape))
    d = np.nan_to_num(np.frombuffer(panel.denominators).reshape(panel.shape))
    place = {start: column for column, start in enumerate(panel.period_starts)}
    columns = np.array([place.get(start, -1) for start in cut.starts])
    there = columns >= 0
    numerators, denominators = n[:, columns] * there, d[:, columns] * there
    series = _pooled(numerators, denominators, cut.is_baseline)
    known = series.values[np.isfinite(series.values)]
    return series if len(known) and np.ptp(known) > 0 else None


def _pooled(numerators: Array, denominators: Array, baseline: NDArray[np.bool_]) -> ControlSeries:
    n, d = numerators.sum(axis=0), denominators.sum(axis=0)
    values = np.divide(n, d, out=np.full(len(d), np.nan), where=d > 0)
    seen = baseline & (d > 0)
    n_units = int(np.count_nonzero(denominators[:, seen].sum(axis=1)))
    noise = _own_noise(numerators[:, seen], denominators[:, seen]) if n_units > 1 else 0.0
    return ControlSeries(values, noise, n_units)


def _own_noise(numerators: Array, denominators: Array) -> float:
    """Mean variance of the pooled value, from each unit's distance to what all of them did.

    Every unit has a level of its own; leverage is corrected as for clusters.
    """
    volume = denominators.sum(axis=0)
    shared = numerators.sum(axis=0) / volume
    own = denominators.sum(axis=1)
    above = numerators.sum(axis=1) - denominators @ shared
    level = np.divide(above, own, out=np.zeros_like(own), where=own > 0)
    share = denominators / volume
    parts = numerators / volume - share * (shared + level[:, None])
    left = 1 - share
    corrected = np.divide(np.square(parts), left, out=np.zeros_like(parts), where=left > 0)
    return float(corrected.sum(axis=0).mean())


def reliability(controls: tuple[ControlSeries, ...], baseline: NDArray[np.intp]) -> float:
    """Share of the controls' movement that is not their own noise, in the weakest direction."""
    values, noise = _stacked(controls)
    centred: Array = values[baseline] - values[baseline].mean(axis=0)
    moments: Array = centred.T @ centred
    if np.linalg.matrix_rank(moments) < len(moments):
        return 0.0
    shares = np.linalg.eigvals(np.linalg.solve(moments, np.diag(noise) * len(baseline)))
    return 1.0 - float(shares.real.max())


def corrected_gap(
    outcome: Array,
    controls: tuple[ControlSeries, ...],
    baseline: NDArray[np.intp],
    post: NDArray[np.intp],
    weights: Array,
) -> Gap | None:
    """Distance of post from its prediction by slopes freed of the controls' noise."""
    values, noise = _stacked(controls)
    values = np.where(np.isfinite(values), values, 0.0)  # periods that are neither window
    n, m = len(baseline), len(controls)
    middle: Array = values[baseline].mean(axis=0)
    centred: Array = values[baseline] - middle
    moments: Array = centred.T @ centred - n * np.diag(noise)
    if np.linalg.matrix_rank(moments) < m:
        return None
    slopes: Array = np.asarray(np.linalg.solve(moments, centred.T @ outcome[baseline]), float)
    rest = outcome - values @ slopes
    residual = rest[baseline] - rest[baseline].mean()
    persistence = residual_persistence(residual, baseline, fitted=1 + m)
    level = np.ones((len(outcome), 1))
    gap = predict_gap(rest, level, baseline, post, weights, autocorrelation=persistence)
    if gap is None or n <= m + 2:
        return None
    scores = centred * residual[:, None] + noise * slopes
    spread = scores.T @ scores * persistence.long_run
    spread = spread * (n / (n - m - 2)) + np.diag(_noise_of_noise(controls, slopes, n))
    inverse = np.linalg.inv(moments)
    covariance = inverse @ spread @ inverse
    lever = weights / weights.sum() @ values[post] - middle
    lost, of_slopes = (n - 1) / (n - 1 - m), float(lever @ covariance @ lever)
    away = values - middle
    around = np.square(gap.spread) + np.einsum("ij,jk,ik->i", away, covariance, away)
    return replace(
        gap,
        standard_error=math.sqrt(gap.standard_error**2 * lost + of_slopes),
        predicted=gap.predicted + values @ slopes,
        spread=np.sqrt(around),
        variances=(gap.variances[0] * lost, gap.variances[1] * lost + of_slopes),
        covariance=gap.covariance * lost,
    )


def bounded_gap(
    gap: Gap,
    outcome: Array,
    control: Array,
    rows: tuple[NDArray[np.intp], NDArray[np.intp], Array],
    *,
    least: float,
) -> Gap:
    """The gap of least squares, its error widened by what the noise of one control may hide.

    A slope anywhere between b and b ÷ max(R², `least`) lies (b ÷ R² − b)² ÷ 3 from b on average of
    squares; it counts as far as the control moved between the windows. `rows` are baseline, post
    and the weight of each period of post; `least` is the share of the control's movement that is
    never taken for noise.
    """
    baseline, post, weights = rows
    middle = float(control[baseline].mean())
    x, y = control[baseline] - middle, outcome[baseline] - outcome[baseline].mean()
    below, above = float(x @ x), float(x @ y)
    if not below > 0 or not float(y @ y) > 0:
        return gap
    share = above * above / (below * float(y @ y))
    variance = (above / below * (1 / max(share, least) - 1)) ** 2 / 3
    moved = float(weights / weights.sum() @ control[post]) - middle
    added = variance * moved**2
    return replace(
        gap,
        standard_error=math.sqrt(gap.standard_error**2 + added),
        spread=np.sqrt(np.square(gap.spread) + variance * np.square(control - middle)),
        variances=(gap.variances[0], gap.variances[1] + added),
    )


def _stacked(controls: tuple[ControlSeries, ...]) -> tuple[Array, Array]:
    values = np.column_stack([series.values for series in controls])
    return values, np.array([series.noise for series in controls])


def _noise_of_noise(controls: tuple[ControlSeries, ...], slopes: Array, n: int) -> Array:
    """Variance that estimating each control's noise adds to its score."""
    free = np.array([max(1, series.n_units - 1) for series in controls])
    noise = np.array([series.noise for series in controls])
    return np.asarray(2 * n * np.square(slopes * noise) / free)

"""One interrupted series: regression on control series, or trend, season and holidays when none.

The treated units' pooled metric is modelled on the baseline only and predicted into post; the
effect is the volume-weighted mean gap. Errors follow AR(1): generalised least squares with a
bias-corrected autocorrelation, because least squares (Kerman, Wang & Vaver 2017) takes weeks that
resemble each other for news. Setting `autocorrelation=0.0` gives their published interval.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import Design, SeriesPoint
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.estimate import Array, Estimate, refusal, t_interval, t_quantile
from roi_pipeline.stats.panels import Cut, period_end

HIGHEST_AUTOCORRELATION = 0.9
MIN_FREE = 4
N_PLACEBOS = 8
PERIODS_PER_YEAR = {"day": 365.25, "week": 52.18, "month": 12.0, "quarter": 4.0, "year": 1.0}
MIN_PERIODS_FOR_TREND = 24


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
    rho = _autocorrelation(x, y, baseline) if autocorrelation is None else autocorrelation
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


def _autocorrelation(x: Array, y: Array, index: NDArray[np.intp]) -> float:
    """Lag-one correlation of least-squares residuals, corrected for its downward bias."""
    beta, *_ = np.linalg.lstsq(x, y, rcond=None)
    residual = y - x @ beta
    adjacent = np.diff(index) == 1
    below = float(residual @ residual)
    if below <= 0 or not adjacent.any():
        return 0.0
    raw = float((residual[1:] * residual[:-1])[adjacent].sum()) / below
    n, k = x.shape
    corrected = raw + (k + (k + 2) * raw) / n
    return float(np.clip(corrected, 0.0, HIGHEST_AUTOCORRELATION))


def treated_series(cut: Cut) -> tuple[Array, Array]:
    """Pooled metric of the treated units by period (nan without volume), and its volume."""
    n = cut.numerators[cut.is_treated].sum(axis=0)
    d = cut.denominators[cut.is_treated].sum(axis=0)
    return np.divide(n, d, out=np.full(len(d), np.nan), where=d > 0), d


def time_based_regression(
    cut: Cut,
    controls: tuple[Panel, ...] = (),
    *,
    confidence: float = 0.95,
    autocorrelation: float | None = None,
) -> Estimate | Message:
    """Gap to what control series predict (Kerman, Wang & Vaver 2017), grade C.

    Controls are series the module cannot move; without them, the pooled untreated units.
    """
    columns = [series for panel in controls if (series := _control_series(cut, panel)) is not None]
    if not columns and cut.is_never.any():
        n = cut.numerators[cut.is_never].sum(axis=0)
        d = cut.denominators[cut.is_never].sum(axis=0)
        columns = [np.divide(n, d, out=np.full(len(d), np.nan), where=d > 0)]
    if not columns:
        return refusal("no_control_series")
    design = np.column_stack([np.ones(cut.n_periods), *columns])
    found = _from_design(
        cut, design, "time_based_regression", confidence=confidence, autocorrelation=autocorrelation
    )
    if isinstance(found, Message):
        return found
    return replace(found, details={**found.details, "n_control_series": len(columns)})


def _control_series(cut: Cut, panel: Panel) -> Array | None:
    """A control panel pooled over its units, on the periods of the cut."""
    n = np.nansum(np.frombuffer(panel.numerators).reshape(panel.shape), axis=0)
    d = np.nansum(np.frombuffer(panel.denominators).reshape(panel.shape), axis=0)
    values = np.divide(n, d, out=np.full(len(d), np.nan), where=d > 0)
    by_start = dict(zip(panel.period_starts, values.tolist(), strict=True))
    series = np.array([by_start.get(start, np.nan) for start in cut.starts])
    known = series[np.isfinite(series)]
    return series if len(known) and np.ptp(known) > 0 else None


def structural_series(
    cut: Cut, holidays: tuple[date, ...] = (), *, confidence: float = 0.95
) -> Estimate | Message:
    """Gap to trend, season and holidays of the series itself, grade D: nothing else is compared."""
    design = structural_design(cut, holidays)
    return _from_design(cut, design, "structural_series", confidence=confidence)


def structural_design(cut: Cut, holidays: tuple[date, ...]) -> Array:
    """Level, trend, yearly Fourier terms, weekday and holiday share, as far as history carries."""
    time = np.arange(cut.n_periods, dtype=np.float64)
    usable = np.flatnonzero(cut.is_baseline)
    columns = [np.ones(cut.n_periods)]
    if len(usable) >= MIN_PERIODS_FOR_TREND:
        columns.append((time - usable.mean()) / len(usable))
    per_year = PERIODS_PER_YEAR[cut.period]
    years = len(usable) / per_year
    terms = 0 if years < 1 or per_year < 4 else 1 if years < 1.9 or per_year < 12 else 2  # noqa: PLR2004
    for order in range(1, terms + 1):
        angle = 2 * np.pi * order * time / per_year
        columns += [np.sin(angle), np.cos(angle)]
    if cut.period == "day":
        weekday = np.array([start.weekday() for start in cut.starts])
        columns += [(weekday == day).astype(np.float64) for day in range(6)]
    share = _holiday_share(cut, holidays)
    if share[usable].any() and np.ptp(share[usable]) > 0:
        columns.append(share)
    return np.column_stack(columns)


def _holiday_share(cut: Cut, holidays: tuple[date, ...]) -> Array:
    days = set(holidays)
    shares = []
    for start in cut.starts:
        length = (period_end(start, cut.period) - start).days
        hit = sum(start + timedelta(days=number) in days for number in range(length))
        shares.append(hit / length)
    return np.array(shares)


def _from_design(
    cut: Cut,
    design: Array,
    name: Design,
    *,
    confidence: float,
    autocorrelation: float | None = None,
) -> Estimate | Message:
    outcome, volume = treated_series(cut)
    known = np.isfinite(outcome) & np.isfinite(design).all(axis=1)
    baseline = np.flatnonzero(cut.is_baseline & known)
    post = np.flatnonzero(cut.is_post.any(axis=0) & known)
    if not len(baseline) or not len(post):
        return refusal("no_common_periods")
    outcome, design = np.where(known, outcome, 0.0), np.where(known[:, None], design, 0.0)
    gap = predict_gap(
        outcome, design, baseline, post, volume[post], autocorrelation=autocorrelation
    )
    if gap is None:
        return refusal("baseline_too_short", n=len(baseline), needed=design.shape[1] + MIN_FREE)
    scale = float(np.abs(outcome[baseline]).max()) or 1.0
    if not gap.standard_error > 1e-12 * scale:
        return refusal("metric_is_constant", value=float(outcome[baseline][0]))
    share = volume[post] / volume[post].sum()
    return Estimate(
        gap.estimate,
        gap.standard_error,
        gap.degrees_of_freedom,
        t_interval(gap.estimate, gap.standard_error, gap.degrees_of_freedom, confidence),
        name,
        name,
        int(np.count_nonzero(cut.is_treated)),
        int(np.count_nonzero(cut.is_treated)),
        None,
        cut.baseline_value(),
        float(share @ outcome[post]),
        series=_chart(cut, outcome, known, gap, confidence),
        details={
            "autocorrelation": gap.autocorrelation,
            **_placebo_details(outcome, design, baseline, len(post), confidence),
        },
    )


def _chart(
    cut: Cut, outcome: Array, known: NDArray[np.bool_], gap: Gap, confidence: float
) -> tuple[SeriesPoint, ...]:
    margin = t_quantile((1 + confidence) / 2, gap.degrees_of_freedom) * gap.spread
    return tuple(
        SeriesPoint(start, float(value), float(mean), float(mean - half), float(mean + half))
        if ok
        else SeriesPoint(start, None, None)
        for start, value, mean, half, ok in zip(
            cut.starts, outcome, gap.predicted, margin, known, strict=True
        )
    )


def _placebo_details(
    outcome: Array, design: Array, baseline: NDArray[np.intp], length: int, confidence: float
) -> dict[str, float | int | str | None]:
    """Fake go-live dates in the baseline: how many were tried, how many looked like an effect."""
    first = max(len(baseline) // 2, design.shape[1] + MIN_FREE)
    last = len(baseline) - max(1, min(length, len(baseline) // 6))
    tried, clear, largest = 0, 0, 0.0
    for cut_at in np.unique(np.linspace(first, last, N_PLACEBOS).astype(int)):
        post = baseline[cut_at : cut_at + length]
        if cut_at < first or not len(post):
            continue
        gap = predict_gap(outcome, design, baseline[:cut_at], post, np.ones(len(post)))
        if gap is None or not gap.standard_error > 0:
            continue
        tried += 1
        limit = t_quantile((1 + confidence) / 2, gap.degrees_of_freedom) * gap.standard_error
        clear += abs(gap.estimate) > limit
        largest = max(largest, abs(gap.estimate))
    return {"n_placebo_dates": tried, "n_clear_placebos": int(clear), "largest_placebo": largest}

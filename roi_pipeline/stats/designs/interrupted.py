"""One interrupted series: regression on control series, or trend, season and holidays when none.

The treated units' pooled metric is modelled on the baseline only and predicted into post; the
effect is the volume-weighted mean gap (`prediction`). Slopes on control series are freed of the
controls' own noise where it can be seen, and bounded where one control of one unit cannot show it
(`control_series`). Setting `autocorrelation=0.0` gives the
least-squares interval of Kerman, Wang & Vaver (2017) as published.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import Design, SeriesPoint
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import period_end
from roi_pipeline.stats.control_series import (
    bounded_gap,
    control_series,
    corrected_gap,
    reliability,
)
from roi_pipeline.stats.inference import Array, Estimate, critical_value, refusal, t_interval
from roi_pipeline.stats.panels import Cut
from roi_pipeline.stats.prediction import MIN_FREE, Gap, predict_gap

LEAST_RELIABILITY = 0.3
SEASONS_TO_FIT = 1.5
N_PLACEBOS = 8
PERIODS_PER_YEAR = {"day": 365.25, "week": 52.18, "month": 12.0, "quarter": 4.0, "year": 1.0}
MIN_PERIODS_FOR_TREND = 24
Rows = NDArray[np.intp]
Fit = Callable[[Rows, Rows, Array], Gap | None]


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
    found = control_series(cut, controls)
    if not found:
        return refusal("no_control_series")
    values = np.column_stack([series.values for series in found])
    outcome, _ = treated_series(cut)
    known = np.isfinite(outcome) & np.isfinite(values).all(axis=1)
    design = np.where(known[:, None], np.column_stack([np.ones(cut.n_periods), values]), 0.0)
    outcome = np.where(known, outcome, 0.0)

    is_bounded = autocorrelation is None and [series.n_units for series in found] == [1]

    def least_squares(baseline: Rows, post: Rows, weights: Array) -> Gap | None:
        gap = predict_gap(outcome, design, baseline, post, weights, autocorrelation=autocorrelation)
        if gap is None or not is_bounded:
            return gap
        rows = (baseline, post, weights)
        return bounded_gap(gap, outcome, design[:, 1], rows, least=LEAST_RELIABILITY)

    def freed_of_noise(baseline: Rows, post: Rows, weights: Array) -> Gap | None:
        return corrected_gap(outcome, found, baseline, post, weights)

    rows = np.flatnonzero(cut.is_baseline & known)
    is_noisy = autocorrelation is None and any(series.noise > 0 for series in found)
    share = reliability(found, rows) if is_noisy and len(rows) else 1.0
    if share < LEAST_RELIABILITY:
        return refusal("control_series_is_mostly_noise", share=max(0.0, share))
    result = _predicted(
        cut, known, freed_of_noise if is_noisy else least_squares, "time_based_regression",
        shortest=1 + len(found) + MIN_FREE, confidence=confidence,
    )  # fmt: skip
    if isinstance(result, Message):
        return result
    found_in = {"n_control_series": len(found), "control_reliability": share if is_noisy else None}
    compared = sum(series.n_units for series in found if series.is_untreated)
    return replace(
        result, n_units=result.n_treated + compared, details={**result.details, **found_in}
    )


def structural_series(
    cut: Cut, holidays: tuple[date, ...] = (), *, confidence: float = 0.95
) -> Estimate | Message:
    """Gap to trend, season and holidays of the series itself, grade D: nothing else is compared."""
    design = structural_design(cut, holidays)
    outcome, _ = treated_series(cut)
    known = np.isfinite(outcome)
    outcome = np.where(known, outcome, 0.0)

    def fit(baseline: Rows, post: Rows, weights: Array) -> Gap | None:
        return predict_gap(outcome, design, baseline, post, weights)

    return _predicted(
        cut, known, fit, "structural_series",
        shortest=max(design.shape[1] + MIN_FREE, _whole_season(cut)), confidence=confidence,
    )  # fmt: skip


def _whole_season(cut: Cut) -> int:
    """Periods before the first placebo date, so that a season is not fitted to half a year of it."""
    per_year = PERIODS_PER_YEAR[cut.period]
    has_season = np.count_nonzero(cut.is_baseline) >= per_year
    return math.ceil(SEASONS_TO_FIT * per_year) if has_season else 0


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
    shares: list[float] = []
    for start in cut.starts:
        length = (period_end(start, cut.period) - start).days
        hit = sum(start + timedelta(days=number) in days for number in range(length))
        shares.append(hit / length)
    return np.array(shares)


def _predicted(
    cut: Cut, known: NDArray[np.bool_], fit: Fit, name: Design, *, shortest: int, confidence: float
) -> Estimate | Message:
    """The estimate a fitted series gives, with placebo dates in its own baseline.

    `shortest` is the length of baseline that has to lie before a placebo date.
    """
    outcome, volume = treated_series(cut)
    baseline = np.flatnonzero(cut.is_baseline & known)
    post = np.flatnonzero(cut.is_post.any(axis=0) & known)
    if not len(baseline) or not len(post):
        return refusal("no_common_periods")
    gap = fit(baseline, post, volume[post])
    if gap is None:
        return refusal("baseline_too_short", n=len(baseline), needed=shortest)
    scale = float(np.abs(outcome[baseline]).max()) or 1.0
    if not gap.standard_error > 1e-12 * scale:
        return refusal("metric_is_constant", value=float(outcome[baseline][0]))
    post_value = float(volume[post] @ outcome[post] / volume[post].sum())
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
        post_value,
        series=_chart(cut, outcome, known, gap, confidence),
        relative_variance=gap.relative_variance(post_value),
        details={
            "autocorrelation": gap.autocorrelation,
            **_placebo_details(fit, gap, baseline, (shortest, len(post)), confidence=confidence),
        },
    )


def _chart(
    cut: Cut, outcome: Array, known: NDArray[np.bool_], gap: Gap, confidence: float
) -> tuple[SeriesPoint, ...]:
    margin = critical_value(confidence, gap.degrees_of_freedom) * gap.spread
    return tuple(
        SeriesPoint(start, float(value), float(mean), float(mean - half), float(mean + half))
        if ok
        else SeriesPoint(start, None, None)
        for start, value, mean, half, ok in zip(
            cut.starts, outcome, gap.predicted, margin, known, strict=True
        )
    )


def _placebo_details(
    fit: Fit, real: Gap, baseline: Rows, lengths: tuple[int, int], *, confidence: float
) -> dict[str, float | int | str | None]:
    """Placebo go-live dates in the baseline: how many were tried, how many looked like an effect.

    The limit is one for all dates together: with one per date a healthy series would fail too often.
    The rank is that of the real effect among the placebo ones, each in units of its own noise.
    """
    shortest, length = lengths
    first = max(len(baseline) // 2, shortest)
    last = len(baseline) - max(1, min(length, len(baseline) // 6))
    joint = 1 - (1 - confidence) / N_PLACEBOS
    sizes, clear, largest = list[float](), 0, 0.0
    for cut_at in np.unique(np.linspace(first, last, N_PLACEBOS).astype(int)):
        post = baseline[cut_at : cut_at + length]
        if cut_at < first or not len(post):
            continue
        gap = fit(baseline[:cut_at], post, np.ones(len(post)))
        if gap is None or not gap.standard_error > 0:
            continue
        size = abs(gap.estimate) / gap.standard_error
        sizes.append(size)
        clear += size > critical_value(joint, gap.degrees_of_freedom)
        largest = max(largest, abs(gap.estimate))
    beyond = sum(size >= abs(real.estimate) / real.standard_error for size in sizes)
    return {
        "n_placebo_dates": len(sizes),
        "n_clear_placebos": int(clear),
        "largest_placebo": largest,
        "placebo_rank": (1 + beyond) / (1 + len(sizes)),
    }

"""Effects by time since go-live and by calendar period: what charts and the pre-trend test read.

The pre-trend test uses the baseline only, cut into blocks: with few clusters a Wald test over every
week would have more coefficients than information.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import EventTimePoint, SeriesPoint
from roi_pipeline.stats.excess import CalendarEffects, Excess, average_effect
from roi_pipeline.stats.inference import (
    Array,
    critical_value,
    minimum_detectable_effect,
    two_sided_p,
)
from roi_pipeline.stats.library_calls import f_above

MAX_POINTS = 24
MAX_BLOCKS = 5
MIN_PERIODS = 8


@dataclass(frozen=True, slots=True)
class PreTrend:
    """Joint test that treated and controls moved alike over the baseline.

    Attributes:
        p_value: of the joint F test over blocks of the baseline.
        slope: drift of the difference per period.
        slope_p_value: of the drift alone.
        detectable: drift per period found with 80 % power, carried to the middle of post: the bias
            of the effect that could hide behind a passed test.
        blocks: number of contrasts tested.
        largest_step: largest change of the difference between neighbouring blocks.
    """

    p_value: float
    slope: float
    slope_p_value: float
    detectable: float
    blocks: int
    largest_step: float


def event_study(
    data: Excess, *, df: float, confidence: float, is_few_treated: bool = False
) -> tuple[EventTimePoint, ...]:
    """Effect at each distance from go-live; several periods share a point when there are many.

    With few treated units their own spread says nothing; that of never-treated units stands in.
    """
    index = np.arange(data.cut.n_periods)
    distance = index - data.post_from[:, None]
    possible = (data.control_exposure > 0) & (data.treated_weight > 0)
    possible &= data.cut.is_usable
    if not possible.any():
        return ()
    span = int(distance[possible].max() - distance[possible].min()) + 1
    width = -(-span // MAX_POINTS)
    bins = np.floor_divide(distance, width)
    quantile = critical_value(confidence, df)
    points: list[EventTimePoint] = []
    for number in np.unique(bins[possible]):
        chosen = possible & (bins == number)
        part = average_effect(data, chosen)
        if part is None:
            continue
        noise = never_treated_noise(data, chosen) if is_few_treated else part.standard_error()
        if not noise > 0:
            continue
        margin = quantile * noise
        points.append(
            EventTimePoint(
                int(number) * width, part.estimate, part.estimate - margin, part.estimate + margin
            )
        )
    return tuple(points)


def never_treated_noise(data: Excess, chosen: NDArray[np.bool_]) -> float:
    """Spread that the mean of as many never-treated units shows over the same periods."""
    columns = np.flatnonzero(chosen.any(axis=0))
    rows = np.flatnonzero(data.cut.is_never & data.has_baseline)
    weight = data.weight[np.ix_(rows, columns)].sum(axis=1)
    above = data.excess[np.ix_(rows, columns)]
    above = (
        above - data.movement[data.group[rows]][:, columns] * data.exposure[np.ix_(rows, columns)]
    )
    gaps = above.sum(axis=1)[weight > 0] / weight[weight > 0]
    if len(gaps) < 2:  # noqa: PLR2004 - one unit has no spread
        return 0.0
    n_treated = max(1, np.count_nonzero(data.treated))
    return float(np.std(gaps, ddof=1) * np.sqrt(1 / n_treated + 1 / len(gaps)))


def pre_trend(calendar: CalendarEffects, data: Excess, *, df: float) -> PreTrend | None:
    """Joint test over the baseline; None when it is too short or clusters too few to tell."""
    columns = np.flatnonzero(data.cut.is_baseline & np.isfinite(calendar.effects))
    n_blocks = int(min(MAX_BLOCKS, len(columns) // 2, max(2.0, df // 3)))
    if len(columns) < MIN_PERIODS or df < 4:  # noqa: PLR2004 - an F test needs room below
        return None
    blocks = np.array_split(np.arange(len(columns)), n_blocks)
    mean = np.stack([np.isin(np.arange(len(columns)), b) / len(b) for b in blocks])
    effects = calendar.effects[columns]
    scores = calendar.scores[:, columns]
    block_effects, block_scores = mean @ effects, scores @ mean.T
    contrast = np.diff(np.eye(n_blocks), axis=0)
    steps, covariance = contrast @ block_effects, _gram(block_scores @ contrast.T)
    p_value = _joint_p_value(steps, covariance, df)
    centred = columns - columns.mean()
    slope_weights = centred / (centred @ centred)
    slope = float(slope_weights @ effects)
    slope_error = float(np.sqrt(_gram(scores @ slope_weights[:, None])[0, 0]))
    if p_value is None or slope_error == 0:
        return None
    reach = _post_centre(data) - float(columns.mean())
    return PreTrend(
        p_value,
        slope,
        two_sided_p(slope / slope_error, df),
        minimum_detectable_effect(slope_error, df) * reach,
        n_blocks - 1,
        float(np.abs(steps).max()),
    )


def _gram(scores: Array) -> Array:
    return scores.T @ scores


def _joint_p_value(effects: Array, covariance: Array, df: float) -> float | None:
    """Hotelling's F for a vector of effects with a cluster-robust covariance."""
    size = len(effects)
    if df <= size or np.linalg.matrix_rank(covariance) < size:
        return None
    wald = float(effects @ np.linalg.solve(covariance, effects))
    below = df - size + 1
    return f_above(wald * below / (df * size), (size, below))


def _post_centre(data: Excess) -> float:
    weights = (data.is_post * data.treated_weight).sum(axis=0)
    return float(np.arange(len(weights)) @ weights / weights.sum())


def placebo_dates(
    calendar: CalendarEffects, data: Excess, *, n_dates: int = 10
) -> tuple[tuple[float, float], ...]:
    """(estimate, standard error) at placebo go-live dates spread over the baseline."""
    columns = np.flatnonzero(data.cut.is_baseline & np.isfinite(calendar.effects))
    margin = max(2, len(columns) // 8)
    cuts = np.unique(np.linspace(margin, len(columns) - margin, n_dates).astype(int))
    found: list[tuple[float, float]] = []
    for cut in cuts[(cuts > 0) & (cuts < len(columns))]:
        weights = np.full(len(columns), -1.0 / cut)
        weights[cut:] = 1.0 / (len(columns) - cut)
        error = float(np.sqrt(np.square(calendar.scores[:, columns] @ weights).sum()))
        found.append((float(calendar.effects[columns] @ weights), error))
    return tuple(found)


def series(
    calendar: CalendarEffects,
    data: Excess,
    *,
    df: float,
    confidence: float,
    is_few_treated: bool = False,
) -> tuple[SeriesPoint, ...]:
    """Observed and counterfactual metric of the treated units, period by period."""
    noise = calendar.standard_errors()
    if is_few_treated:
        index = np.arange(data.cut.n_periods)
        noise = np.array([never_treated_noise(data, (index == one)[None, :]) for one in index])
    margin = critical_value(confidence, df) * noise
    expected = calendar.observed - calendar.effects
    known = np.isfinite(expected)
    return tuple(
        SeriesPoint(
            start,
            float(observed) if np.isfinite(observed) else None,
            float(mean) if ok else None,
            float(mean - width) if ok else None,
            float(mean + width) if ok else None,
        )
        for start, observed, mean, width, ok in zip(
            data.cut.starts, calendar.observed, expected, margin, known, strict=True
        )
    )

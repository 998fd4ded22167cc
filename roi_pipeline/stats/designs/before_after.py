"""Before and after without controls: grade D, because the calendar moves too.

Plain: what treated units had beyond their own baseline. Seasonal: the same, minus what the same
weeks did a year earlier. Noise by cluster, over units; what hits all units at once is not in it.
"""

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.clusters import Contributions, clustered_interval, sum_by_cluster
from roi_pipeline.stats.inference import Array, Estimate, refusal, too_few_units
from roi_pipeline.stats.panels import Cut, observed_series

MIN_UNITS = 2
PERIODS_PER_YEAR = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}


def before_after(cut: Cut, *, confidence: float = 0.95) -> Estimate | Message:
    """Change of the treated units against their own baseline."""
    return _own_change(cut, _levels(cut, cut.is_baseline), confidence, "before_after")


def _levels(cut: Cut, mask: np.ndarray) -> tuple[Array, Array]:
    chosen = mask.astype(np.float64)
    return cut.numerators @ chosen, cut.denominators @ chosen


def _own_change(
    cut: Cut, base: tuple[Array, Array], confidence: float, method: str
) -> Estimate | Message:
    base_n, base_d = base
    post = cut.is_post
    n, d = (cut.numerators * post).sum(axis=1), (cut.denominators * post).sum(axis=1)
    known = (base_d > 0) & (d > 0)
    if np.count_nonzero(known) < MIN_UNITS:
        return too_few_units(int(np.count_nonzero(known)))
    level = np.divide(base_n, base_d, out=np.zeros_like(base_n), where=known)
    n, d = n * known, d * known
    return _from_gaps(
        cut,
        n - level * d,
        d,
        post_value=float(n.sum() / d.sum()),
        confidence=confidence,
        method=method,
    )


def _from_gaps(
    cut: Cut, gaps: Array, weights: Array, *, post_value: float, confidence: float, method: str
) -> Estimate | Message:
    """Weighted mean of what units had beyond their expectation, with cluster-robust noise."""
    total = float(weights.sum())
    estimate = float(gaps.sum()) / total
    share = sum_by_cluster(weights / total, cut.clusters)
    parts = Contributions(
        estimate,
        sum_by_cluster((gaps - estimate * weights) / total, cut.clusters),
        np.zeros_like(share),
        share,
        np.zeros_like(share),
        treated_volume=0.0,
    )
    if parts.n_treated < MIN_UNITS:
        return too_few_units(parts.n_treated)
    if not parts.standard_error() > 1e-12 * (abs(post_value) or 1.0):
        return refusal("metric_is_constant", value=cut.baseline_value())
    interval, standard_error, df = clustered_interval(parts, confidence=confidence, seed=cut.seed)
    n_units = int(np.count_nonzero(weights))
    return Estimate(
        estimate,
        standard_error,
        df,
        interval,
        "before_after",
        method,
        n_units,
        n_units,
        parts.n_clusters,
        cut.baseline_value(),
        post_value,
        series=observed_series(cut, post_value - estimate),
    )


def seasonal_before_after(
    cut: Cut, *, confidence: float = 0.95, moving_holidays: frozenset[date] = frozenset()
) -> Estimate | Message:
    """Change of the treated units minus the change over the same weeks a year earlier.

    `moving_holidays` are first days of periods touched by holidays that move (Lunar New Year,
    shopping festivals); a pair of periods a year apart is left out when only one of them is touched.
    """
    lag = PERIODS_PER_YEAR[cut.period]
    touched = np.array([start in moving_holidays for start in cut.starts])
    pairs = _paired_periods(cut, touched, lag)
    if isinstance(pairs, Message):
        return pairs
    base, post = pairs
    known: NDArray[np.bool_] = cut.is_treated.copy()
    sums: dict[str, tuple[Array, Array]] = {}
    for name, columns in (
        ("base", base), ("post", post), ("base_before", base - lag), ("post_before", post - lag),
    ):  # fmt: skip
        sums[name] = (
            cut.numerators[:, columns].sum(axis=1),
            cut.denominators[:, columns].sum(axis=1),
        )
        known &= sums[name][1] > 0
    if np.count_nonzero(known) < MIN_UNITS:
        return too_few_units(int(np.count_nonzero(known)))
    rate: dict[str, Array] = {
        name: np.divide(n, d, out=np.zeros_like(n), where=known) for name, (n, d) in sums.items()
    }
    weight = sums["post"][1] * known
    change = rate["post"] - rate["base"] - rate["post_before"] + rate["base_before"]
    post_value = float((sums["post"][0] * known).sum() / weight.sum())
    found = _from_gaps(
        cut,
        change * weight,
        weight,
        post_value=post_value,
        confidence=confidence,
        method="seasonal_before_after",
    )
    if isinstance(found, Message):
        return found
    return replace(
        found,
        design="seasonal_before_after",
        details={"n_baseline_periods": len(base), "n_post_periods": len(post)},
    )


def _paired_periods(
    cut: Cut, touched: np.ndarray, lag: int
) -> tuple[np.ndarray, np.ndarray] | Message:
    """Baseline and post periods whose counterparts a year earlier were seen and untouched."""
    first_post = int(cut.post_from[cut.is_treated].min())
    index = np.arange(cut.n_periods)
    seen = cut.is_usable & (index >= lag)
    seen[lag:] &= cut.is_usable[:-lag] & (touched[lag:] == touched[:-lag])
    live = (
        cut.is_post.all(axis=0) if cut.is_treated.all() else cut.is_post[cut.is_treated].all(axis=0)
    )
    post = index[seen & live & (index - lag < first_post)]
    base = index[seen & cut.is_baseline]
    if not len(post) or not len(base):
        return refusal("history_too_short", needed_months=13)
    return base, post

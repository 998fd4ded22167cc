"""Two windows, two groups: difference in differences for panels, cross-sections and two series.

Repeated units go through `excess`; units seen in one window only are compared cell by cell; one
series on each side is judged by the spread of their difference over time.
"""

import math

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import SeriesPoint
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.clusters import correct, sum_by_cluster
from roi_pipeline.stats.controlled import Controlled, compare_with_controls
from roi_pipeline.stats.inference import Array, Estimate, refusal, relative_variance, t_interval
from roi_pipeline.stats.panels import Cut
from roi_pipeline.stats.two_sample import VarianceRule

MIN_REPEATED = 0.5


def difference_in_differences(
    cut: Cut,
    *,
    confidence: float = 0.95,
    is_multiplicative: bool = False,
    variance: VarianceRule = "unequal",
) -> Controlled | Estimate | Message:
    """Change of the treated units beyond the change of units without the module.

    `variance` is for units seen once and for two series; repeated units always have their own.
    """
    if has_repeated_units(cut):
        if is_two_series(cut):
            return two_series(cut, confidence=confidence, variance=variance)
        return compare_with_controls(
            cut,
            design="difference_in_differences",
            confidence=confidence,
            is_multiplicative=is_multiplicative,
        )
    return cross_sections(cut, confidence=confidence, variance=variance)


def is_two_series(cut: Cut) -> bool:
    """Whether there is one unit on each side."""
    return np.count_nonzero(cut.is_treated) == 1 and np.count_nonzero(cut.is_never) == 1


def has_repeated_units(cut: Cut) -> bool:
    """Whether at least half the units are seen in both windows."""
    later = np.arange(cut.n_periods) > np.flatnonzero(cut.is_baseline)[-1]
    before = cut.denominators[:, cut.is_baseline].sum(axis=1) > 0
    after = cut.denominators[:, later & cut.is_usable].sum(axis=1) > 0
    seen = np.count_nonzero(before | after)
    return bool(seen > 0 and np.count_nonzero(before & after) >= MIN_REPEATED * seen)


def _post_columns(cut: Cut) -> NDArray[np.bool_]:
    """Periods in which treated units are live and never-treated ones may be compared."""
    return np.asarray(cut.is_post.any(axis=0))


def cross_sections(
    cut: Cut, *, confidence: float = 0.95, variance: VarianceRule = "unequal"
) -> Estimate | Message:
    """Difference of the four cell means when units appear once, clustered by `cut.clusters`.

    The pooled variance takes every unit as one independent observation of equal spread.
    """
    post = _post_columns(cut)
    arms = (cut.is_treated | (cut.touched_from < cut.n_periods), cut.is_never)
    signs = {(0, 1): 1.0, (0, 0): -1.0, (1, 1): -1.0, (1, 0): 1.0}
    windows = (cut.is_baseline, post)
    values: dict[tuple[int, int], float] = {}
    parts: dict[tuple[int, int], Array] = {}
    classical, pairs = _Classical(), list[tuple[float, int]]()
    for (arm, window), sign in signs.items():
        n = cut.numerators[:, windows[window]].sum(axis=1) * arms[arm]
        d = cut.denominators[:, windows[window]].sum(axis=1) * arms[arm]
        if np.count_nonzero(d) < 2:  # noqa: PLR2004 - one unit has no spread
            return refusal("too_few_units_in_cell", n=int(np.count_nonzero(d)), needed=2)
        share = sum_by_cluster(d / d.sum(), cut.clusters)
        values[arm, window] = float(n.sum() / d.sum())
        residual = sum_by_cluster((n - values[arm, window] * d) / d.sum(), cut.clusters)
        parts[arm, window] = sign * correct(residual, share)
        pairs.append((float(np.square(parts[arm, window]).sum()), int(np.count_nonzero(share)) - 1))
        classical.add(n, d, values[arm, window])
    estimate = sum(sign * values[cell] for cell, sign in signs.items())
    scores = sum(parts.values(), np.zeros(cut.n_clusters))
    standard_error = float(np.sqrt(np.square(scores).sum()))
    if not standard_error > 0:
        return refusal("metric_is_constant", value=cut.baseline_value())
    seen, expected = parts[0, 1], parts[0, 1] - scores
    relative = relative_variance(
        (values[0, 1], values[0, 1] - estimate),
        (float(seen @ seen), float(expected @ expected)),
        float(seen @ expected),
    )
    df = float(sum(v for v, _ in pairs) ** 2 / sum(v**2 / n for v, n in pairs))
    pooled = classical.standard_error()
    if variance == "pooled" and pooled is not None:
        standard_error, df, relative = pooled, float(classical.free), None
    return _plain(
        cut,
        (estimate, standard_error, df),
        (values[0, 0], values[0, 1]),
        confidence=confidence,
        method="repeated_cross_sections",
        relative=relative,
        scores=scores if variance == "unequal" else None,
        details={"classical_standard_error": pooled, "variance": variance},
    )


class _Classical:
    """Pooled-variance standard error of the saturated regression, as textbooks print it."""

    def __init__(self) -> None:
        self.squares, self.n, self.inverse = 0.0, 0, 0.0

    def add(self, n: Array, d: Array, level: float) -> None:
        seen = d > 0
        self.squares += float((np.square(n[seen] / d[seen] - level) * d[seen]).sum())
        self.n += int(np.count_nonzero(seen))
        self.inverse += 1.0 / float(d.sum())

    @property
    def free(self) -> int:
        return self.n - 4

    def standard_error(self) -> float | None:
        return math.sqrt(self.squares / self.free * self.inverse) if self.free > 0 else None


def two_series(
    cut: Cut, *, confidence: float = 0.95, variance: VarianceRule = "unequal"
) -> Estimate | Message:
    """One series on each side: the step in their difference, judged by its spread over time.

    The pooled regression's standard error, which takes every period of either series as one
    independent observation, stands in `details`, and is the one used where declared.
    """
    treated, control = int(np.argmax(cut.is_treated)), int(np.argmax(cut.is_never))
    post = _post_columns(cut)
    both = (cut.denominators[treated] > 0) & (cut.denominators[control] > 0)
    before, after = cut.is_baseline & both, post & both
    with np.errstate(invalid="ignore", divide="ignore"):
        levels = cut.numerators[[treated, control]] / cut.denominators[[treated, control]]
    if not before.any() or not after.any():
        return refusal("no_common_periods")
    gap = levels[0] - levels[1]
    estimate = float(gap[after].mean() - gap[before].mean())
    n, m = np.count_nonzero(before), np.count_nonzero(after)
    if n + m < 4 or min(n, m) < 1:  # noqa: PLR2004 - two means and a spread
        return refusal("did_without_replication", estimate=estimate)
    spread = _within(gap, before) + _within(gap, after)
    pooled = sum(_within(levels[i], mask) for i in (0, 1) for mask in (before, after))
    inverse = 1 / n + 1 / m
    standard_error = math.sqrt(spread / (n + m - 2) * inverse)
    if not standard_error > 0:
        return refusal("metric_is_constant", value=cut.baseline_value())
    free = 2 * (n + m) - 4
    classical, df = math.sqrt(pooled / free * 2 * inverse), float(n + m - 2)
    if variance == "pooled":
        standard_error, df = classical, float(free)
    return _plain(
        cut,
        (estimate, standard_error, df),
        (float(levels[0][before].mean()), float(levels[0][after].mean())),
        confidence=confidence,
        method="two_series",
        series=_two_lines(cut, levels, float(gap[before].mean())),
        details={"classical_standard_error": classical, "variance": variance},
    )


def _two_lines(cut: Cut, levels: Array, apart: float) -> tuple[SeriesPoint, ...]:
    """The treated series beside the control moved by what lay between them before go-live."""
    return tuple(
        SeriesPoint(start, _known(value), _known(other + apart))
        for start, value, other in zip(cut.starts, *levels, strict=True)
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _within(values: Array, mask: np.ndarray) -> float:
    chosen = values[mask]
    return float(np.square(chosen - chosen.mean()).sum())


def _plain(
    cut: Cut,
    numbers: tuple[float, float, float],
    levels: tuple[float, float],
    *,
    confidence: float,
    method: str,
    relative: float | None = None,
    scores: Array | None = None,
    series: tuple[SeriesPoint, ...] = (),
    details: dict[str, float | int | str | None],
) -> Estimate:
    estimate, standard_error, df = numbers
    n_treated = int(np.count_nonzero(cut.is_treated | (cut.touched_from < cut.n_periods)))
    return Estimate(
        estimate,
        standard_error,
        df,
        t_interval(estimate, standard_error, df, confidence),
        "difference_in_differences",
        method,
        n_treated + int(np.count_nonzero(cut.is_never)),
        n_treated,
        cut.n_clusters,
        levels[0],
        levels[1],
        series=series,
        details=details,
        relative_variance=relative,
        scores=scores,
    )

"""From `domain.samples.Panel` to arrays: which periods are baseline, which are post, who is control.

Nothing is estimated here. A missing unit-period is zero in numerator and denominator and so carries no
weight anywhere; `Message` is returned when no honest comparison can be cut from the panel.

The estimand for every panel design is denominator-weighted: an effect times the Σ denominators of
the treated units in post is the quantity the module added, however unequal the units are.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import SeriesPoint
from roi_pipeline.domain.modules import DesignChoice, Module
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, PeriodKind, Window, period_end
from roi_pipeline.stats.inference import Array, refusal

MIN_POST_DAYS = 14
FAR = date.max


@dataclass(frozen=True, slots=True)
class Cut:
    """A panel with its windows: everything a design needs, nothing it must look up.

    Attributes:
        numerators: units × periods, zero where there is no row.
        denominators: units × periods, zero where there is no row.
        starts: first day of each period.
        post_from: per unit, index of its first post period; the number of periods when it has none.
        touched_from: per unit, index of the first period the module may have touched.
        is_baseline: per period.
        is_usable: per period: wholly seen, not partial, not dropped by declaration.
        is_treated: per unit, whether it has a post period.
        is_control: per unit, whether it may serve as control before it is touched.
        clusters: per unit, number of its cluster.
        left_out: units treated before any baseline could be seen.
        seed: for resampling.
        declared: what the module's owner declared about designs.
        rows: units × periods, rows of the daily table; None where they were not counted.
        covariates: units × declared covariates the daily table has, `nan` where unknown.
        counterparts: number of clusters.
    """

    numerators: Array
    denominators: Array
    starts: tuple[date, ...]
    period: PeriodKind
    unit_ids: tuple[str, ...]
    post_from: NDArray[np.intp]
    touched_from: NDArray[np.intp]
    is_baseline: NDArray[np.bool_]
    is_usable: NDArray[np.bool_]
    is_treated: NDArray[np.bool_]
    is_control: NDArray[np.bool_]
    clusters: NDArray[np.intp]
    baseline: Window
    post: Window
    go_live: date
    left_out: int = 0
    seed: int = 0
    declared: DesignChoice = field(default_factory=DesignChoice)
    rows: NDArray[np.int64] | None = None
    covariates: Array | None = None

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.unit_ids)

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return len(self.starts)

    @property
    def is_never(self) -> NDArray[np.bool_]:
        """Per unit: usable as control and untouched in every period seen."""
        return self.is_control & (self.touched_from >= self.n_periods)

    @property
    def is_post(self) -> NDArray[np.bool_]:
        """Units × periods: the unit is live, past its ramp, and the period counts."""
        index = np.arange(self.n_periods)
        live = index[None, :] >= self.post_from[:, None]
        return live & self.is_usable & self.is_treated[:, None]

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(np.unique(self.clusters))

    def baseline_value(self) -> float | None:
        """Pooled metric of the treated units in the baseline window."""
        rows, columns = self.is_treated, self.is_baseline
        return pooled(
            float(self.numerators[rows][:, columns].sum()),
            float(self.denominators[rows][:, columns].sum()),
        )

    def post_value(self) -> float | None:
        """Pooled metric of the treated units in the post window."""
        mask = self.is_post
        return pooled(float(self.numerators[mask].sum()), float(self.denominators[mask].sum()))


def positions(indices: NDArray[np.intp]) -> list[int]:
    """The indices as whole numbers, for what is no array.

    >>> positions(np.flatnonzero([True, False, True]))
    [0, 2]
    """
    return indices.tolist()


def pooled(numerator: float, denominator: float) -> float | None:
    """Ratio of two sums; None when the denominator is zero.

    >>> pooled(1.0, 4.0), pooled(0.0, 0.0)
    (0.25, None)
    """
    return numerator / denominator if denominator else None


def observed_series(cut: Cut, flat: float | None) -> tuple[SeriesPoint, ...]:
    """The treated units' metric by period beside one flat expectation from go-live on."""
    rows = cut.is_treated
    n, d = cut.numerators[rows].sum(axis=0), cut.denominators[rows].sum(axis=0)
    return tuple(
        SeriesPoint(start, pooled(float(a), float(b)), flat)
        for start, a, b in zip(cut.starts, n, d, strict=True)
    )


def cut_panel(panel: Panel, module: Module, cycle: Cycle, *, seed: int = 0) -> Cut | Message:
    """Windows and roles for one metric, or why none can be formed.

    A period belongs to post when it starts on or after go-live plus the ramp and ends within what
    the cycle lets us see; the period in which a unit goes live belongs to neither window.
    """
    if not panel.unit_ids or not panel.period_starts:
        return refusal("no_data")
    numerators, denominators = _arrays(panel)
    if not denominators.any():
        return refusal("denominator_is_zero")
    ends = [period_end(start, panel.period) for start in panel.period_starts]
    usable = _usable(panel, module, cycle, ends)
    if not any(day is not None for day in panel.go_live):
        return refusal("nothing_went_live")
    first_live = _first_go_live(panel, module, ends, usable)
    if isinstance(first_live, Message):
        return first_live
    baseline = _baseline_mask(panel, module, ends, usable, first_live)
    return _assemble(
        panel,
        module,
        (numerators, denominators),
        ends=ends,
        usable=usable,
        baseline=baseline,
        seed=seed,
    )


def _arrays(panel: Panel) -> tuple[Array, Array]:
    numerators = np.frombuffer(panel.numerators, dtype=np.float64).reshape(panel.shape)
    denominators = np.frombuffer(panel.denominators, dtype=np.float64).reshape(panel.shape)
    missing = ~(np.isfinite(numerators) & np.isfinite(denominators) & (denominators > 0))
    if missing.any():
        numerators = np.where(missing, 0.0, numerators)
        denominators = np.where(missing, 0.0, denominators)
    return numerators, denominators


def _usable(panel: Panel, module: Module, cycle: Cycle, ends: list[date]) -> NDArray[np.bool_]:
    dropped = set(panel.partial_periods) | set(module.design.dropped_periods)
    seen = min(cycle.observed.end, module.counted_until or FAR)
    return np.array(
        [
            start not in dropped and end <= seen
            for start, end in zip(panel.period_starts, ends, strict=True)
        ]
    )


def baseline_bounds(module: Module, first_live: date) -> Window | None:
    """The baseline window: declared or open to the past, always before selection and go-live."""
    end = first_live
    if module.selection_window is not None:
        end = min(end, module.selection_window.start)
    start = date.min
    if module.baseline is not None:
        start, end = module.baseline.start, min(end, module.baseline.end)
    return Window(start, end) if start < end else None


def _first_go_live(
    panel: Panel, module: Module, ends: list[date], usable: NDArray[np.bool_]
) -> date | Message:
    """The earliest go-live that leaves a baseline; earlier units are left out."""
    days = sorted({day for day in panel.go_live if day is not None})
    for day in days:
        if _baseline_mask(panel, module, ends, usable, day).any():
            return day
    return refusal("no_baseline", first_day=panel.period_starts[0], go_live=days[0])


def _baseline_mask(
    panel: Panel, module: Module, ends: list[date], usable: NDArray[np.bool_], first_live: date
) -> NDArray[np.bool_]:
    bounds = baseline_bounds(module, first_live)
    if bounds is None:
        return np.zeros(len(ends), dtype=bool)
    inside = np.array(
        [
            start >= bounds.start and end <= bounds.end
            for start, end in zip(panel.period_starts, ends, strict=True)
        ]
    )
    last = module.design.anticipation_periods
    if last:
        before = np.flatnonzero([end <= first_live for end in ends])
        inside[before[-last:]] = False
    return inside & usable


def _assemble(
    panel: Panel,
    module: Module,
    arrays: tuple[Array, Array],
    *,
    ends: list[date],
    usable: NDArray[np.bool_],
    baseline: NDArray[np.bool_],
    seed: int,
) -> Cut | Message:
    numerators, denominators = arrays
    post_from, touched_from = _first_periods(panel, module, ends)
    early = touched_from <= np.flatnonzero(baseline)[-1]
    numerators, denominators, kept = _without(early, numerators, denominators)
    post_from, touched_from = post_from[kept], touched_from[kept]
    index = np.arange(len(ends))
    post_columns = (index[None, :] >= post_from[:, None]) & usable
    treated = np.asarray(post_columns.any(axis=1))
    if not treated.any():
        return refusal(
            "go_live_outside_the_data",
            go_live=min(day for day in panel.go_live if day is not None),
            last_day=panel.period_starts[-1],
        )
    columns = np.flatnonzero(post_columns.any(axis=0))
    post = Window(panel.period_starts[int(columns[0])], ends[int(columns[-1])])
    if post.days < MIN_POST_DAYS:
        return refusal("post_too_short", days=post.days, needed=MIN_POST_DAYS)
    units = tuple(panel.unit_ids[i] for i in positions(kept))
    controls = set(module.design.control_units)
    days = np.flatnonzero(baseline)
    return Cut(
        numerators,
        denominators,
        panel.period_starts,
        panel.period,
        units,
        np.where(treated, post_from, len(ends)),
        touched_from,
        baseline,
        usable,
        treated,
        np.array([not controls or unit in controls for unit in units]),
        _cluster_numbers(panel, kept),
        Window(panel.period_starts[int(days[0])], ends[int(days[-1])]),
        post,
        min(panel.go_live[i] or FAR for i in positions(kept[treated])),
        left_out=int(early.sum()),
        seed=seed,
        declared=module.design,
        rows=None
        if panel.rows is None
        else np.frombuffer(panel.rows, dtype=np.int64).reshape(panel.shape)[kept],
        covariates=_covariates(panel, module, kept),
    )


def _covariates(panel: Panel, module: Module, kept: NDArray[np.intp]) -> Array | None:
    known = [name for name in module.design.covariates if name in panel.covariates]
    if not known:
        return None
    columns = [np.frombuffer(panel.covariates[name], dtype=np.float64) for name in known]
    return np.stack(columns, axis=1)[kept]


def _without(
    early: NDArray[np.bool_], numerators: Array, denominators: Array
) -> tuple[Array, Array, NDArray[np.intp]]:
    kept = np.flatnonzero(~early)
    if len(kept) == len(early):
        return numerators, denominators, kept
    return numerators[kept], denominators[kept], kept


def _first_periods(
    panel: Panel, module: Module, ends: list[date]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Per unit, index of the first post period and of the first period possibly touched."""
    ramp = timedelta(days=module.design.ramp_days)
    last = len(ends)
    by_day: dict[date | None, tuple[int, int]] = {None: (last, last)}
    for day in set(panel.go_live) - {None}:
        assert day is not None  # noqa: S101 - the set difference says so; types cannot
        post = next((i for i, start in enumerate(panel.period_starts) if start >= day + ramp), last)
        touched = next((i for i, end in enumerate(ends) if end > day), last)
        by_day[day] = (post, max(0, touched - module.design.anticipation_periods))
    pairs = np.array([by_day[day] for day in panel.go_live], dtype=np.intp)
    return pairs[:, 0], pairs[:, 1]


def _cluster_numbers(panel: Panel, kept: NDArray[np.intp]) -> NDArray[np.intp]:
    if panel.clusters is None:
        return np.arange(len(kept))
    names = [panel.clusters[i] for i in positions(kept)]
    number = {name: position for position, name in enumerate(sorted(set(names)))}
    return np.array([number[name] for name in names], dtype=np.intp)

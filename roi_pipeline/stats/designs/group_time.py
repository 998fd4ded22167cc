"""Staggered roll-outs as Callaway & Sant'Anna (2021) publish them.

Every cohort has its own base, the last period before its go-live; units count alike. ATT(g, t) of each
cohort and period, the simple, group, calendar and event-time aggregates, their standard errors from
influence functions and simultaneous bands from multipliers: the formulas of R's `did` (`compute.aggte`).
Given declared covariates each cell is adjusted (`covariate_adjustment`). Chosen by `base = "last_period"`
in [design]; `staggered` compares with the whole baseline instead.

Kept beside diff-diff's `CallawaySantAnna`, whose effects, aggregates and errors are these to 1e-6
(tests/reference): loading it and pandas takes 2.2 s of processor time and a fit of 60 units by 14 weeks
40 ms instead of 15 ms; shares, clusters and degrees of freedom are those of the other designs here.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import CohortEffect, CohortKind, EventTimePoint
from roi_pipeline.domain.modules import Aggregate
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.clusters import sum_by_cluster
from roi_pipeline.stats.designs.covariate_adjustment import adjusted_change
from roi_pipeline.stats.inference import (
    Array,
    Estimate,
    critical_value,
    refusal,
    t_interval,
    two_sided_p,
)
from roi_pipeline.stats.panels import Cut

DRAWS = 999
WIDEST_BAND = 7.0  # `did` falls back to pointwise intervals beyond
MIN_TREATED = 6
MIN_CONTROLS = 2
Mask = NDArray[np.bool_]
Place = tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """ATT of one cohort in one period, with every unit's influence on it.

    Attributes:
        cohort: index of the cohort's first touched period.
        since: periods since the cohort's first post period; negative before its base.
        level: mean of the treated units in the period.
    """

    cohort: int
    period: int
    since: int
    is_post: bool
    estimate: float
    level: float
    influence: Array


@dataclass(frozen=True, slots=True)
class Combined:
    """A weighted mean of cells."""

    estimate: float
    level: float
    influence: Array


def group_time(cut: Cut, *, confidence: float = 0.95) -> Estimate | Message:
    """Average effect of a staggered roll-out, by the aggregate that the module declares."""
    values, seen = _values(cut)
    found = _cells(cut, values, seen)
    cells = [cell for cell in found if cell is not None]
    post = [cell for cell in cells if cell.is_post]
    n_treated = int(np.count_nonzero(cut.is_treated))
    problem = _covariate_problem(cut, is_complete=len(found) == len(cells))
    if problem is not None:
        return problem
    if not post:
        return refusal("all_treated_at_once")
    if n_treated < MIN_TREATED:
        return refusal("too_few_treated_units", n=n_treated, needed=MIN_TREATED)
    n_controls = _n_controls(cut)
    if n_controls < MIN_CONTROLS:
        return refusal("no_untreated_units")
    shares = _Shares.of(cut, cells)
    headline = aggregate(post, shares, cut.declared.aggregate)
    noise = _Noise(cut, confidence, df=_degrees_of_freedom(cut, headline.influence))
    standard_error = noise.standard_error(headline.influence)
    if not standard_error > 0 or not math.isfinite(headline.estimate):
        return refusal("metric_is_constant", value=cut.baseline_value())
    event = _by(cells, shares, lambda cell: cell.since)
    return Estimate(
        headline.estimate,
        standard_error,
        noise.df,
        t_interval(headline.estimate, standard_error, noise.df, confidence),
        "staggered",
        f"group_time_{cut.declared.aggregate}",
        n_treated + n_controls,
        n_treated,
        cut.n_clusters,
        cut.baseline_value(),
        headline.level,
        event_study=tuple(
            EventTimePoint(since, part.estimate, *noise.ends(part)) for since, part in event.items()
        ),
        details={
            "aggregate": cut.declared.aggregate,
            "control_group": cut.declared.control_group,
            **_covariate_details(cut),
            "n_roll_out_dates": len({cell.cohort for cell in cells}),
            "pre_trend_p_value": noise.joint_p_value(
                [part for since, part in event.items() if since < 0]
            ),
            "n_leads": sum(since < 0 for since in event),
        },
        cohort_effects=tuple(_cohort_effects(cut, cells, shares, noise)),
        scores=sum_by_cluster(headline.influence, cut.clusters) / cut.n_units,
    )


def _covariate_problem(cut: Cut, *, is_complete: bool) -> Message | None:
    """Why the declared covariates cannot be used on this metric."""
    declared = cut.declared.covariates
    n_known = 0 if cut.covariates is None else cut.covariates.shape[1]
    if n_known < len(declared):
        return refusal("covariates_not_in_this_table", columns=", ".join(declared))
    if not is_complete:
        return refusal("covariates_leave_no_like_units", columns=", ".join(declared))
    return None


def _has_covariates(cut: Cut) -> Mask:
    if cut.covariates is None:
        return np.ones(cut.n_units, dtype=bool)
    return np.asarray(np.isfinite(cut.covariates).all(axis=1))


def _covariate_details(cut: Cut) -> dict[str, str | int]:
    if not cut.declared.covariates:
        return {}
    return {
        "covariates": ", ".join(cut.declared.covariates),
        "covariate_use": cut.declared.covariate_use,
        "n_without_covariates": int(np.count_nonzero(~_has_covariates(cut))),
    }


def _values(cut: Cut) -> tuple[Array, Mask]:
    seen = (cut.denominators > 0) & cut.is_usable & _has_covariates(cut)[:, None]
    values = np.divide(
        cut.numerators, cut.denominators, out=np.zeros_like(cut.numerators), where=seen
    )
    return values, seen


def _cells(cut: Cut, values: Array, seen: Mask) -> list[Cell | None]:
    """Every group-time effect; None where covariates leave no like units."""
    found: list[Cell | None] = []
    index = np.arange(cut.n_periods)
    first = int(cut.touched_from[cut.is_treated].min())
    # Between baseline and go-live lie the weeks units were selected on; no cohort may start there.
    is_gap = (index > np.flatnonzero(cut.is_baseline)[-1]) & (index < first)
    usable = np.flatnonzero(cut.is_usable & ~is_gap)
    pairs = zip(cut.touched_from[cut.is_treated], cut.post_from[cut.is_treated], strict=True)
    for touched, first_post in sorted({(int(a), int(b)) for a, b in pairs}):
        before = usable[usable < touched]
        if not before.size:
            continue
        base = int(before[-1])
        own = cut.is_treated & (cut.touched_from == touched) & (cut.post_from == first_post)
        for period in usable[(usable < touched) | (usable >= first_post)]:
            if period == base:
                continue
            both = seen[:, period] & seen[:, base]
            control = _controls(cut, int(period), base, touched) & both
            treated = own & both
            if not treated.any() or not control.any():
                continue
            change = values[:, period] - values[:, base]
            found.append(
                _cell(cut, change, values, (treated, control), (touched, int(period), first_post))
            )
    return found


def _cell(
    cut: Cut, change: Array, values: Array, sides: tuple[Mask, Mask], place: tuple[int, int, int]
) -> Cell | None:
    """ψ = 1{G=g}·n/n_g·(ΔY - m_g) - 1{C}·n/n_C·(ΔY - m_C)."""
    (treated, control), (touched, period, first_post) = sides, place
    n = cut.n_units
    influence = np.zeros(n)
    if cut.covariates is None:
        moved, expected = float(change[treated].mean()), float(change[control].mean())
        influence[treated] = (change[treated] - moved) * n / np.count_nonzero(treated)
        influence[control] -= (change[control] - expected) * n / np.count_nonzero(control)
        estimate = moved - expected
    else:
        own = treated | control
        adjusted = adjusted_change(
            change[own], treated[own], cut.covariates[own], cut.declared.covariate_use
        )
        if adjusted is None:
            return None
        estimate = adjusted.estimate
        influence[own] = adjusted.influence * n / np.count_nonzero(own)
    is_post = period >= first_post
    since = period - first_post if is_post else period - touched
    level = float(values[treated, period].mean())
    return Cell(touched, period, since, is_post, estimate, level, influence)


def _controls(cut: Cut, period: int, base: int, touched: int) -> Mask:
    if cut.declared.control_group == "never_treated":
        return cut.is_never
    free = cut.touched_from > max(period, base)
    return np.asarray(cut.is_control & free & (cut.touched_from != touched))


def _n_controls(cut: Cut) -> int:
    if cut.declared.control_group == "never_treated":
        return int(np.count_nonzero(cut.is_never))
    first = int(cut.touched_from[cut.is_treated].min())
    return int(np.count_nonzero(cut.is_control & (cut.touched_from > first)))


def _degrees_of_freedom(cut: Cut, influence: Array) -> float:
    """Welch and Satterthwaite's, over the cohorts and the units never treated.

    Each part of the variance is known as well as its own clusters allow.
    """
    squares = np.square(sum_by_cluster(influence, cut.clusters))
    _, first = np.unique(cut.clusters, return_index=True)
    side = np.minimum(cut.touched_from, cut.n_periods)[first]
    parts = [squares[side == each] for each in np.unique(side)]
    below = sum(float(part.sum()) ** 2 / max(1, len(part) - 1) for part in parts)
    return float(squares.sum()) ** 2 / below if below > 0 else 1.0


def _smallest_cohort(cut: Cut) -> int:
    """Clusters in the smallest cohort, at least two."""
    rows = cut.is_treated
    pairs = set(zip(cut.touched_from[rows].tolist(), cut.clusters[rows].tolist(), strict=True))
    sizes = [sum(own == cohort for own, _ in pairs) for cohort in {own for own, _ in pairs}]
    return max(2, min(sizes, default=2))


@dataclass(frozen=True, slots=True)
class _Shares:
    """Share of each cohort among the units, and which units it holds."""

    n_units: int
    members: dict[int, Mask]

    @classmethod
    def of(cls, cut: Cut, cells: Sequence[Cell]) -> "_Shares":
        cohorts = {cell.cohort for cell in cells}
        return cls(
            cut.n_units,
            {each: np.asarray(cut.is_treated & (cut.touched_from == each)) for each in cohorts},
        )

    def share(self, cohort: int) -> float:
        return float(np.count_nonzero(self.members[cohort])) / self.n_units


def weighted(parts: Sequence[tuple[int, Combined]], shares: _Shares) -> Combined:
    """Mean weighted by the cohorts' shares, with the influence of estimating the shares."""
    weights = np.array([shares.share(cohort) for cohort, _ in parts])
    total = float(weights.sum())
    estimate = float(sum(w * part.estimate for w, (_, part) in zip(weights, parts, strict=True)))
    level = float(sum(w * part.level for w, (_, part) in zip(weights, parts, strict=True)))
    influence = np.zeros(shares.n_units)
    centred = [shares.members[cohort] - w for w, (cohort, _) in zip(weights, parts, strict=True)]
    together = np.asarray(sum(centred, np.zeros(shares.n_units)))
    for weight, own, (_, part) in zip(weights, centred, parts, strict=True):
        influence += weight / total * part.influence
        influence += (own / total - together * weight / total**2) * part.estimate
    return Combined(estimate / total, level / total, influence)


def _mean(parts: Sequence[Combined]) -> Combined:
    n = len(parts)
    return Combined(
        sum(part.estimate for part in parts) / n,
        sum(part.level for part in parts) / n,
        np.asarray(sum((part.influence for part in parts), np.zeros(len(parts[0].influence)))) / n,
    )


def _combined(cell: Cell) -> Combined:
    return Combined(cell.estimate, cell.level, cell.influence)


def _by(cells: Iterable[Cell], shares: _Shares, key: Callable[[Cell], int]) -> dict[int, Combined]:
    groups: dict[int, list[tuple[int, Combined]]] = {}
    for cell in cells:
        groups.setdefault(key(cell), []).append((cell.cohort, _combined(cell)))
    return {name: weighted(groups[name], shares) for name in sorted(groups)}


def _by_cohort(post: Sequence[Cell]) -> dict[int, Combined]:
    groups: dict[int, list[Combined]] = {}
    for cell in post:
        groups.setdefault(cell.cohort, []).append(_combined(cell))
    return {name: _mean(groups[name]) for name in sorted(groups)}


def aggregate(post: Sequence[Cell], shares: _Shares, kind: Aggregate) -> Combined:
    """The one figure of a kind of aggregate."""
    match kind:
        case "simple":
            return weighted([(cell.cohort, _combined(cell)) for cell in post], shares)
        case "group":
            return weighted([*_by_cohort(post).items()], shares)
        case "calendar":
            return _mean([*_by(post, shares, lambda cell: cell.period).values()])
        case "event":
            return _mean([*_by(post, shares, lambda cell: cell.since).values()])


class _Noise:
    """Standard errors, intervals and simultaneous bands of influence functions, by cluster."""

    def __init__(self, cut: Cut, confidence: float, *, df: float) -> None:
        self.df, self.confidence = df, confidence
        self._clusters, self._n = cut.clusters, cut.n_units
        self._quantile = critical_value(confidence, df)
        random = np.random.default_rng(cut.seed)
        self._signs = random.choice(np.array([-1.0, 1.0]), size=(DRAWS, cut.n_clusters))
        few = _smallest_cohort(cut) - 1.0
        # A far lead or late period rests on one cohort alone: its own spread is known no better.
        self._stretch = np.sqrt(few / random.chisquare(few, DRAWS))

    def _sums(self, influence: Array) -> Array:
        return sum_by_cluster(influence, self._clusters)

    def standard_error(self, influence: Array) -> float:
        """√(Σ over clusters of the squared sum of ψ) ÷ n."""
        return float(np.sqrt(np.square(self._sums(influence)).sum())) / self._n

    def ends(self, part: Combined, quantile: float | None = None) -> tuple[float, float]:
        """Both ends of an interval."""
        margin = (quantile or self._quantile) * self.standard_error(part.influence)
        return part.estimate - margin, part.estimate + margin

    def _largest(self, parts: Sequence[Combined]) -> Array | None:
        """Per draw, the largest studentised deviation over all parts."""
        errors = np.array([self.standard_error(part.influence) for part in parts])
        if not len(parts) or not (errors > 0).all():
            return None
        sums = np.stack([self._sums(part.influence) for part in parts], axis=1)
        return np.asarray(np.abs(self._signs @ sums / self._n / errors).max(axis=1)) * self._stretch

    def band(self, parts: Sequence[Combined]) -> float:
        """Critical value that covers all parts at once; pointwise where the draws give none."""
        largest = self._largest(parts)
        found = math.nan if largest is None else float(np.quantile(largest, self.confidence))
        return found if self._quantile <= found < WIDEST_BAND else self._quantile

    def joint_p_value(self, parts: Sequence[Combined]) -> float | None:
        """That all parts are zero, by the largest: every one counts, however many there are.

        The draws know nothing of a handful of clusters, so the result is never below the largest
        one's own Student p-value.
        """
        largest = self._largest(parts)
        if largest is None:
            return None
        errors = [self.standard_error(part.influence) for part in parts]
        found = max(abs(part.estimate) / e for part, e in zip(parts, errors, strict=True))
        share = (1 + int(np.count_nonzero(largest >= found))) / (1 + DRAWS)
        return max(share, two_sided_p(found, self.df))


def _cohort_effects(
    cut: Cut, cells: Sequence[Cell], shares: _Shares, noise: _Noise
) -> Iterable[CohortEffect]:
    """Every group-time effect and every aggregate, each kind with its own band."""
    post = [cell for cell in cells if cell.is_post]
    starts = cut.starts
    kinds: list[tuple[CohortKind, list[tuple[Place, Combined]]]] = [
        ("group_time", [((c.cohort, c.period, c.since), _combined(c)) for c in cells]),
        ("group", [((g, None, None), part) for g, part in _by_cohort(post).items()]),
        (
            "calendar",
            [((None, t, None), p) for t, p in _by(post, shares, lambda c: c.period).items()],
        ),
        ("event", [((None, None, e), p) for e, p in _by(cells, shares, lambda c: c.since).items()]),
    ]
    for kind, parts in kinds:
        quantile = noise.band([part for _, part in parts])
        for (cohort, period, since), part in parts:
            yield CohortEffect(
                kind, part.estimate, noise.standard_error(part.influence), *noise.ends(part),
                *noise.ends(part, quantile),
                cohort=None if cohort is None else starts[cohort],
                period=None if period is None else starts[period], periods_since_go_live=since,
            )  # fmt: skip
    overall: tuple[tuple[CohortKind, Aggregate], ...] = (
        ("overall_simple", "simple"), ("overall_group", "group"),
        ("overall_calendar", "calendar"), ("overall_event", "event"),
    )  # fmt: skip
    for name, kind in overall:
        part = aggregate(post, shares, kind)
        ends = noise.ends(part)
        yield CohortEffect(name, part.estimate, noise.standard_error(part.influence), *ends, *ends)

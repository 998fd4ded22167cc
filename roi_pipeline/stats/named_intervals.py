"""Intervals asked for by name, beside the one an effect is judged by; how much the effect rests on.

Clustered: Student's with the CR2 variance and Satterthwaite's degrees of freedom. Wild bootstrap: by
cluster with the effect imposed (`clusters`); where a design gives influence functions alone, its
multiplier form. Permutation: who was treated when is assigned again at random (`permutation`). None of
them replaces the interval that the grade, the verdict and money rest on: choosing among intervals after
looking would make every one of them too narrow.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import EffectCounts, IntervalMethod, NamedInterval
from roi_pipeline.domain.samples import ArmUnits
from roi_pipeline.stats.clusters import N_DRAWS, WEBB_POINTS, Contributions, wild_interval
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.effect import Case
from roi_pipeline.stats.inference import Array, Estimate, Interval, refusal, t_interval
from roi_pipeline.stats.permutation import N_ASSIGNMENTS, inverted, permute_roll_out

LEAST_CLUSTERS = 2


def of_estimate(
    result: Controlled | Estimate,
    methods: Sequence[IntervalMethod],
    *,
    confidence: float,
    seed: int,
) -> tuple[NamedInterval, ...]:
    """The intervals asked for of a panel design, or why it has none of a kind."""
    if isinstance(result, Controlled):
        return tuple(
            _controlled(result, method, confidence=confidence, seed=seed) for method in methods
        )
    return tuple(_scored(result, method, confidence=confidence, seed=seed) for method in methods)


def of_units(
    units: ArmUnits | None, methods: Sequence[IntervalMethod], *, confidence: float, seed: int
) -> tuple[NamedInterval, ...]:
    """The intervals asked for of randomised units (or clusters, where these were assigned)."""
    if units is None:
        reason = refusal("interval_not_in_this_design")
        return tuple(NamedInterval(method, reason=reason) for method in methods)
    parts = _contributions(units)
    return tuple(
        _permuted_arms(units, parts, confidence=confidence, seed=seed)
        if method == "permutation"
        else _by_cluster(parts, method, confidence=confidence, seed=seed)
        for method in methods
    )


def effect_counts(case: Case, estimate: Estimate) -> EffectCounts:
    """Rows, units, clusters and periods in the windows that were compared."""
    rows, before, after = None, None, None
    cut = case.cut
    if cut is not None:
        columns = cut.is_baseline | cut.is_post.any(axis=0)
        used = cut.is_treated | cut.is_control
        seen = np.asarray((cut.denominators[used] > 0).any(axis=0))
        before = int(np.count_nonzero(cut.is_baseline & seen))
        after = int(np.count_nonzero(cut.is_post.any(axis=0) & seen))
        rows = None if cut.rows is None else int(cut.rows[used][:, columns].sum())
    clusters = estimate.n_clusters or estimate.n_units
    return EffectCounts(rows, estimate.n_units, estimate.n_treated, clusters, before, after)


def _controlled(
    result: Controlled, method: IntervalMethod, *, confidence: float, seed: int
) -> NamedInterval:
    if method != "permutation":
        return _by_cluster(result.parts, method, confidence=confidence, seed=seed)
    found = permute_roll_out(result.data, result.parts.estimate, confidence=confidence)
    if found is None:
        return NamedInterval(method, reason=refusal("interval_needs_untreated_units"))
    interval, standard_error, df = found
    n = result.parts.n_clusters
    return _named(method, result.parts.estimate, interval, (standard_error, df), (n, N_ASSIGNMENTS))


def _by_cluster(
    parts: Contributions, method: IntervalMethod, *, confidence: float, seed: int
) -> NamedInterval:
    if refused := _too_few(method, min(parts.n_treated, parts.n_control)):
        return refused
    noise, df = parts.standard_error(), parts.degrees_of_freedom()
    if not noise > 0:
        return NamedInterval(method, reason=refusal("interval_has_no_noise"))
    if method == "clustered":
        interval = t_interval(parts.estimate, noise, df, confidence)
        return _named(method, parts.estimate, interval, (noise, df), (parts.n_clusters, 0))
    interval = wild_interval(parts, confidence=confidence, seed=seed)
    return _named(method, parts.estimate, interval, (noise, None), (parts.n_clusters, N_DRAWS))


def _too_few(method: IntervalMethod, n: int) -> NamedInterval | None:
    """The refusal of an interval that would rest on so few clusters."""
    if n >= LEAST_CLUSTERS:
        return None
    return NamedInterval(method, reason=refusal("interval_needs_clusters", n=n))


def _scored(
    estimate: Estimate, method: IntervalMethod, *, confidence: float, seed: int
) -> NamedInterval:
    """Of a design whose clusters' scores are known; a permuted one has its own interval already."""
    value, error, df = estimate.estimate, estimate.standard_error, estimate.degrees_of_freedom
    if method == "permutation" and estimate.interval.kind == "permutation":
        counts = (estimate.n_clusters or estimate.n_units, N_ASSIGNMENTS)
        return _named(method, value, estimate.interval, (error, df), counts)
    if method == "permutation" or estimate.scores is None:
        return NamedInterval(method, reason=refusal("interval_not_in_this_design"))
    n = int(np.count_nonzero(estimate.scores))
    if refused := _too_few(method, n):
        return refused
    if method == "clustered":
        interval = t_interval(value, error, df, confidence)
        return _named(method, value, interval, (error, df), (n, 0))
    interval = _multiplied(value, estimate.scores, confidence=confidence, seed=seed)
    return _named(method, value, interval, (error, None), (n, N_DRAWS))


def _multiplied(estimate: float, scores: Array, *, confidence: float, seed: int) -> Interval:
    """Symmetric interval from random multiples of the clusters' scores."""
    noise = float(np.sqrt(np.square(scores).sum()))
    weights = np.random.default_rng(seed).choice(WEBB_POINTS, size=(N_DRAWS, len(scores)))
    distances = np.abs(weights @ scores) / noise
    margin = float(np.quantile(distances, confidence)) * noise
    extreme = int(np.count_nonzero(distances >= abs(estimate) / noise * (1 - 1e-12)))
    p_value = (1 + extreme) / (N_DRAWS + 1)
    return Interval(estimate - margin, estimate + margin, p_value, "bootstrap")


def _contributions(units: ArmUnits) -> Contributions:
    """What every unit adds to the error of the difference between the arms' ratios."""
    treated, numerators, denominators = _arrays(units)
    parts: list[Array] = []
    shares: list[Array] = []
    levels: list[float] = []
    for arm in (treated, ~treated):
        total = float(denominators[arm].sum())
        level = float(numerators[arm].sum()) / total if total else 0.0
        levels.append(level)
        shares.append(denominators * arm / total if total else np.zeros(len(arm)))
        parts.append((numerators - level * denominators) * arm / total if total else shares[-1])
    share = float(np.count_nonzero(treated)) / len(treated)
    return Contributions(levels[0] - levels[1], parts[0], -parts[1], shares[0], shares[1], share)


def _arrays(units: ArmUnits) -> tuple[NDArray[np.bool_], Array, Array]:
    return (
        np.frombuffer(units.is_treated, dtype=np.int64) > 0,
        np.frombuffer(units.numerators, dtype=np.float64),
        np.frombuffer(units.denominators, dtype=np.float64),
    )


def _permuted_arms(
    units: ArmUnits, parts: Contributions, *, confidence: float, seed: int
) -> NamedInterval:
    """Who was treated is drawn again; the interval holds every effect that these draws do not refuse."""
    if refused := _too_few("permutation", min(parts.n_treated, parts.n_control)):
        return refused
    treated, numerators, denominators = _arrays(units)
    values = np.stack([numerators, denominators * treated, denominators])
    effects, shares = _assigned_again(values, int(np.count_nonzero(treated)), seed)
    known = np.isfinite(effects) & np.isfinite(shares)
    effects, shares = effects[known], shares[known]
    standard_error = float(np.sqrt(np.mean(np.square(effects - parts.estimate * shares))))
    if not standard_error > 0:
        return NamedInterval("permutation", reason=refusal("interval_has_no_noise"))
    interval = inverted(
        parts.estimate, effects, shares, standard_error=standard_error,
        df=float(len(treated) - 2), confidence=confidence,
    )  # fmt: skip
    counts = (parts.n_clusters, N_ASSIGNMENTS)
    return _named("permutation", parts.estimate, interval, (standard_error, None), counts)


def _assigned_again(values: Array, n_treated: int, seed: int) -> tuple[Array, Array]:
    """Per draw: the difference between the arms, and how much of the true effect it carries."""
    random, total = np.random.default_rng(seed), values.sum(axis=1)
    chosen = np.empty((N_ASSIGNMENTS, len(values)))
    for draw in range(N_ASSIGNMENTS):
        rows = random.permutation(values.shape[1])[:n_treated]
        chosen[draw] = values[:, rows].sum(axis=1)
    others = total - chosen
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio, rest = chosen[:, :2] / chosen[:, 2:], others[:, :2] / others[:, 2:]
    return ratio[:, 0] - rest[:, 0], ratio[:, 1] - rest[:, 1]


def _named(
    method: IntervalMethod,
    estimate: float,
    interval: Interval,
    noise: tuple[float, float | None],
    counts: tuple[int, int],
) -> NamedInterval:
    return NamedInterval(
        method, estimate, interval.lower, interval.upper, interval.p_value, *noise, *counts
    )

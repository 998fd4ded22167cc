"""The engine of every panel comparison: what treated units had beyond what controls predict.

For unit i let B_i be its own level over the baseline (Σ numerators ÷ Σ denominators, net of what
each week did to everybody) and
X_it = N_it - B_i·D_it its excess over that level. Controls of group g in period t moved by
M_gt = Σ X_jt ÷ Σ E_jt; the effect is Σ(X_it - M_gt·E_it) ÷ Σ D_it over treated unit-periods in post.
With E = D controls and treated share additive changes; with E = B·D proportional ones (log scale).
When every D is 1 this is the group aggregate of Callaway & Sant'Anna (2021) with the mean of the
baseline window as base; with one date it is the 2×2 difference in differences.

Effect × Σ D_it is therefore exactly the numerator the module added, and a unit's size changing does
not move the estimate. Noise is judged by cluster, from each unit's distance to the overall effect
(not to its cohort's): cohorts of one unit then still count as noise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.stats.clusters import Contributions, correct, sum_by_cluster
from roi_pipeline.stats.inference import Array
from roi_pipeline.stats.panels import Cut

MAX_SWEEPS = 200
SETTLED = 1e-13


@dataclass(frozen=True, slots=True)
class Excess:
    """Arrays shared by the estimate, the event study, the placebo dates and the chart.

    Attributes:
        excess: X, units × periods; zero rows for units without a baseline.
        exposure: E, units × periods.
        weight: D, units × periods, zero where the unit has no baseline.
        group: per unit, number of its group: units touched and live from the same periods.
        treated_excess: groups × periods, Σ over the treated units of the group; likewise below.
        is_available: groups × periods, group may serve as control.
        movement: M, groups × periods; zero where there is no control.
        control_exposure: Σ E of the controls of each group and period.
        post_from: per group.
        has_baseline: per unit.
    """

    cut: Cut
    excess: Array
    exposure: Array
    weight: Array
    group: NDArray[np.intp]
    treated_excess: Array
    treated_exposure: Array
    treated_weight: Array
    is_available: NDArray[np.bool_]
    movement: Array
    control_exposure: Array
    post_from: NDArray[np.intp]
    has_baseline: NDArray[np.bool_]

    @property
    def is_post(self) -> NDArray[np.bool_]:
        """Groups × periods that count as post: live, usable, with controls and treated data."""
        index = np.arange(self.cut.n_periods)
        live = (index >= self.post_from[:, None]) & self.cut.is_usable
        return live & (self.control_exposure > 0) & (self.treated_weight > 0)

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Treated units with a baseline."""
        return self.cut.is_treated & self.has_baseline

    @property
    def controls(self) -> NDArray[np.bool_]:
        """Units that serve as control in at least one post period."""
        used = np.asarray((self.is_available & self.is_post.any(axis=0)).any(axis=1))
        return self.cut.is_control & self.has_baseline & used[self.group]


def measure_excess(cut: Cut, *, is_multiplicative: bool = False) -> Excess:
    """Excess of every unit and period over its own baseline, and the movement of its controls."""
    level, known = unit_levels(cut, is_multiplicative=is_multiplicative)
    weight = cut.denominators if known.all() else cut.denominators * known[:, None]
    expected = weight * level[:, None]
    excess = (cut.numerators if known.all() else cut.numerators * known[:, None]) - expected
    exposure = expected if is_multiplicative else weight
    key = cut.touched_from * (cut.n_periods + 1) + cut.post_from
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    treated, control = cut.is_treated[:, None], cut.is_control[:, None]
    available = np.arange(cut.n_periods) < cut.touched_from[first][:, None]
    own_x = available * sum_by_cluster(excess * control, group)
    own_e = available * sum_by_cluster(exposure * control, group)
    others_e = own_e.sum(axis=0) - own_e
    others_e[others_e < 1e-9 * own_e.sum(axis=0)] = 0.0
    others_x = own_x.sum(axis=0) - own_x
    movement = np.divide(others_x, others_e, out=np.zeros_like(others_x), where=others_e > 0)
    return Excess(
        cut,
        excess,
        exposure,
        weight,
        group,
        sum_by_cluster(excess * treated, group),
        sum_by_cluster(exposure * treated, group),
        sum_by_cluster(weight * treated, group),
        available,
        movement,
        others_e,
        cut.post_from[first],
        known,
    )


def unit_levels(cut: Cut, *, is_multiplicative: bool) -> tuple[Array, NDArray[np.bool_]]:
    """Per unit: its level over the baseline net of what each week did to everybody, and if known.

    Unit and period effects fitted to the baseline, weighted by the denominators. Where volumes keep
    their pattern over the weeks this is Σ numerators ÷ Σ denominators; where a unit was closed in a
    holiday week that others worked through, the holiday does not enter its level.
    """
    n, d = cut.numerators[:, cut.is_baseline], cut.denominators[:, cut.is_baseline]
    n_unit, d_unit = n.sum(axis=1), d.sum(axis=1)
    known = d_unit > 0
    level = np.divide(n_unit, d_unit, out=np.zeros_like(n_unit), where=known)
    n_week, d_week = n.sum(axis=0), d.sum(axis=0)
    for _ in range(MAX_SWEEPS):
        before = level
        if is_multiplicative:
            expected = level @ d
            week = np.divide(n_week, expected, out=np.ones_like(n_week), where=expected > 0)
            below = d @ week
            level = np.divide(n_unit, below, out=level.copy(), where=known & (below > 0))
        else:
            above = n_week - level @ d
            week = np.divide(above, d_week, out=np.zeros_like(n_week), where=d_week > 0)
            level = np.divide(n_unit - d @ week, d_unit, out=np.zeros_like(n_unit), where=known)
        if np.abs(level - before).max(initial=0.0) <= SETTLED * np.abs(level).max(initial=0.0):
            break
    return level, known


def average_effect(data: Excess, chosen: NDArray[np.bool_]) -> Contributions | None:
    """Effect averaged over the chosen groups and periods, with every cluster's contribution.

    None when no treated unit-period is left.
    """
    volume = float(data.treated_weight[chosen].sum())
    if volume <= 0:
        return None
    gap = data.treated_excess - data.movement * data.treated_exposure
    estimate = float(gap[chosen].sum()) / volume
    columns = np.flatnonzero(chosen.any(axis=0))
    pick = chosen[:, columns].astype(np.float64)[data.group] * data.treated[:, None]
    moved = data.movement[:, columns][data.group] * pick
    share = np.einsum("it,it->i", pick, data.weight[:, columns]) / volume
    own = np.einsum("it,it->i", pick, data.excess[:, columns])
    own -= np.einsum("it,it->i", moved, data.exposure[:, columns])
    treated = own / volume - estimate * share
    control, control_share = _control_parts(data, chosen, volume)
    number = data.cut.clusters
    return Contributions(
        estimate,
        sum_by_cluster(treated, number),
        sum_by_cluster(control, number),
        sum_by_cluster(share, number),
        sum_by_cluster(control_share, number),
        _volume_share(data, chosen),
    )


def _control_weights(data: Excess, chosen: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Per group as control and period: weight of its excess and of its exposure, not normalised."""
    pull = np.divide(
        data.treated_exposure * chosen,
        data.control_exposure,
        out=np.zeros_like(data.movement),
        where=data.control_exposure > 0,
    )
    moved = pull * data.movement
    return (
        data.is_available * (pull.sum(axis=0) - pull),
        data.is_available * (moved.sum(axis=0) - moved),
    )


def _control_parts(data: Excess, chosen: NDArray[np.bool_], volume: float) -> tuple[Array, Array]:
    on_excess, on_exposure = _control_weights(data, chosen)
    is_control = data.cut.is_control & data.has_baseline
    columns = np.flatnonzero(chosen.any(axis=0))
    on_excess, on_exposure = on_excess[:, columns][data.group], on_exposure[:, columns][data.group]
    moved = np.einsum("it,it->i", on_excess, data.excess[:, columns])
    moved -= np.einsum("it,it->i", on_exposure, data.exposure[:, columns])
    share = np.einsum("it,it->i", on_excess, data.exposure[:, columns]) * is_control
    total = share.sum()
    return -(moved * is_control) / volume, share / total if total > 0 else share


def _volume_share(data: Excess, chosen: NDArray[np.bool_]) -> float:
    """Share of treated units among all, the weight of their mean when no effect is supposed."""
    n_treated = np.count_nonzero(data.treated)
    n_control = np.count_nonzero(data.controls) or 1
    return n_treated / (n_treated + n_control) if chosen.any() else 0.5


@dataclass(frozen=True, slots=True)
class CalendarEffects:
    """Distance between treated units and their counterfactual, period by period.

    Attributes:
        effects: per period; nan where nothing can be compared.
        scores: clusters × periods, leverage-corrected contributions.
        observed: pooled metric of the treated units.
    """

    effects: Array
    scores: Array
    observed: Array

    def standard_errors(self) -> Array:
        """Per period."""
        return np.sqrt(np.square(self.scores).sum(axis=0))


def calendar_effects(data: Excess, shares: Contributions) -> CalendarEffects:
    """Effect in every calendar period, before and after go-live; one pass over the panel."""
    chosen = (data.control_exposure > 0) & (data.treated_weight > 0)
    volume = (data.treated_weight * chosen).sum(axis=0)
    scale = np.divide(1.0, volume, out=np.zeros_like(volume), where=volume > 0)
    gap = (data.treated_excess - data.movement * data.treated_exposure) * chosen
    effects = gap.sum(axis=0) * scale
    on_excess, on_exposure = _control_weights(data, chosen)
    treated = data.excess - data.movement[data.group] * data.exposure - effects * data.weight
    treated *= (chosen[data.group] & data.treated[:, None]) * scale
    control = on_exposure[data.group] * data.exposure - on_excess[data.group] * data.excess
    control *= (data.cut.is_control & data.has_baseline)[:, None] * scale
    number = data.cut.clusters
    scores = correct(sum_by_cluster(treated, number), shares.treated_share)
    scores = scores + correct(sum_by_cluster(control, number), shares.control_share)
    everyone = data.cut.is_treated
    total_d = data.cut.denominators[everyone].sum(axis=0)
    observed = np.divide(
        data.cut.numerators[everyone].sum(axis=0),
        total_d,
        out=np.full(len(total_d), np.nan),
        where=total_d > 0,
    )
    return CalendarEffects(np.where(volume > 0, effects, np.nan), scores, observed)

"""From a cut panel with controls to an estimate: what the 2×2 and the staggered design share.

Few clusters get a wild bootstrap, few treated units a permutation of roll-out dates; the estimate
says which. Whether the comparison is believable is for `diagnostics` to say.
"""

from dataclasses import dataclass, replace

import numpy as np

from roi_pipeline.domain.effects import Design
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats import permutation
from roi_pipeline.stats.clusters import Contributions, clustered_interval
from roi_pipeline.stats.event_study import PreTrend, event_study, pre_trend, series
from roi_pipeline.stats.excess import (
    CalendarEffects,
    Excess,
    average_effect,
    calendar_effects,
    measure_excess,
)
from roi_pipeline.stats.inference import Estimate, Interval, refusal
from roi_pipeline.stats.panels import Cut

FEW_TREATED = 6
MIN_CONTROLS = 2


@dataclass(frozen=True, slots=True)
class Controlled:
    """An estimate with the arrays its diagnostics read.

    Attributes:
        trend: pre-trend test, None when it could not be made.
    """

    estimate: Estimate
    data: Excess
    parts: Contributions
    calendar: CalendarEffects
    trend: PreTrend | None

    def charted(self, *, confidence: float) -> Estimate:
        """The estimate with its event study and its series, on which no interval rests."""
        df, is_few = self.estimate.degrees_of_freedom, self.estimate.interval.kind == "permutation"
        return replace(
            self.estimate,
            event_study=event_study(self.data, df=df, confidence=confidence, is_few_treated=is_few),
            series=series(
                self.calendar, self.data, df=df, confidence=confidence, is_few_treated=is_few
            ),
        )


def compare_with_controls(
    cut: Cut, *, design: Design, confidence: float = 0.95, is_multiplicative: bool = False
) -> Controlled | Message:
    """Effect of the module against untreated and not-yet-treated units."""
    data = measure_excess(cut, is_multiplicative=is_multiplicative)
    reason = _missing_side(data)
    if reason is not None:
        return reason
    parts = average_effect(data, data.is_post)
    if parts is None:
        return refusal("no_post_data")
    noise = parts.standard_error()
    if not noise > 0 or not np.isfinite(parts.estimate):
        return refusal("metric_is_constant", value=cut.baseline_value())
    interval, standard_error, df = _interval(data, parts, confidence)
    if interval is None:
        return refusal("too_few_units_for_noise", n=parts.n_clusters)
    calendar = calendar_effects(data, parts)
    estimate = _estimate(data, parts, interval, standard_error=standard_error, df=df, design=design)
    trend = None if interval.kind == "permutation" else pre_trend(calendar, data, df=df)
    return Controlled(estimate, data, parts, calendar, trend)


def _missing_side(data: Excess) -> Message | None:
    if not data.treated.any():
        return refusal("no_baseline_for_treated")
    if not data.controls.any() or not data.is_post.any():
        return refusal("all_treated_at_once")
    if (
        np.count_nonzero(data.controls) < MIN_CONTROLS
        and np.count_nonzero(data.treated) < MIN_CONTROLS
    ):
        return refusal("one_unit_each_side")
    return None


def _interval(
    data: Excess, parts: Contributions, confidence: float
) -> tuple[Interval | None, float, float]:
    if parts.n_treated >= FEW_TREATED and parts.n_control >= MIN_CONTROLS:
        return clustered_interval(parts, confidence=confidence, seed=data.cut.seed)
    placebo = permutation.permute_roll_out(data, parts.estimate, confidence=confidence)
    if placebo is not None:
        return placebo
    if parts.n_treated >= MIN_CONTROLS and parts.n_control >= MIN_CONTROLS:
        return clustered_interval(parts, confidence=confidence, seed=data.cut.seed)
    return None, float("nan"), float("nan")


def _estimate(
    data: Excess,
    parts: Contributions,
    interval: Interval,
    *,
    standard_error: float,
    df: float,
    design: Design,
) -> Estimate:
    cut = data.cut
    n_treated = int(np.count_nonzero(data.treated))
    return Estimate(
        parts.estimate,
        standard_error,
        df,
        interval,
        design,
        "staggered_excess" if design == "staggered" else "two_by_two_excess",
        n_treated + int(np.count_nonzero(data.controls & ~data.treated)),
        n_treated,
        parts.n_clusters,
        cut.baseline_value(),
        _post_value(data),
        details={
            "n_treated_clusters": parts.n_treated,
            "n_control_clusters": parts.n_control,
            "n_roll_out_dates": len(set(data.post_from[data.group[data.treated]].tolist())),
            "n_without_baseline": int(np.count_nonzero(~data.has_baseline)),
            "n_treated_before_baseline": cut.left_out,
        },
    )


def _post_value(data: Excess) -> float:
    chosen = data.is_post
    volume = float(data.treated_weight[chosen].sum())
    pick = chosen[data.group] & data.treated[:, None]
    return float(data.cut.numerators[pick].sum()) / volume

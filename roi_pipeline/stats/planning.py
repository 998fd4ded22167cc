"""Smallest detectable change from what a study's own units showed, before anything is switched on.

A stretch of as many weeks as are planned is looked at as one long observation of every unit, so that
the resemblance of a unit's weeks, units that come and go and what a baseline explains are all in the
figures and not assumed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import minimum_detectable_effect
from roi_pipeline.stats.power import (
    DetectableChange,
    WeeklyMetric,
    detectable_changes,
    weekly_metric,
)
from roi_pipeline.stats.ratio import BASELINE_RATIO, RATIO, ratio_gradient


@dataclass(frozen=True, slots=True)
class Stretch:
    """Units over one length of time, as several past stretches of that length showed them.

    Attributes:
        weeks: length looked at; shorter than planned when history is.
        baseline_correlation: of a unit's stretch with its baseline, which adjustment removes.
    """

    weeks: int
    metric: WeeklyMetric

    @property
    def baseline_correlation(self) -> float:
        """Correlation with the baseline, 0 where there is none."""
        return self.metric.baseline_correlation


def stretch_of(samples: Sequence[Sample], weeks: int) -> Stretch | Message:
    """The mean over past stretches of level, variance per unit, units and baseline correlation."""
    found, reason = list[WeeklyMetric](), Message("no_data")
    for sample in samples:
        metric = weekly_metric(sample)
        if isinstance(metric, Message):
            reason = metric
            continue
        found.append(replace(metric, baseline_correlation=_baseline_correlation(sample)))
    if not found:
        return reason
    count = len(found)
    return Stretch(
        weeks,
        WeeklyMetric(
            value=math.fsum(each.value for each in found) / count,
            unit_variance=math.fsum(each.unit_variance for each in found) / count,
            n_units=math.fsum(each.n_units for each in found) / count,
            baseline_correlation=math.sqrt(
                math.fsum(each.baseline_correlation**2 for each in found) / count
            ),
        ),
    )


def _baseline_correlation(sample: Sample) -> float:
    """Correlation over units of the linearised metric with its value in the baseline."""
    if not set(BASELINE_RATIO) <= set(sample.names) or sample.mean(BASELINE_RATIO[1]) == 0:
        return 0.0
    import numpy as np

    covariances = np.asarray(sample.covariances)
    after, before = ratio_gradient(sample, RATIO), ratio_gradient(sample, BASELINE_RATIO)
    spread = [float(each @ covariances @ each) for each in (after, before)]
    if not min(spread) > 0:
        return 0.0
    shared = float(after @ covariances @ before) / math.sqrt(spread[0] * spread[1])
    n = sample.n
    left = (1 - shared * shared) * (n - 1) / max(n - 2, 1)  # what a slope fitted to n units leaves
    return math.sqrt(min(max(1 - left, 0.0), 1.0))


def plan_changes(
    stretch: Stretch, *, weeks: int, holdout_shares: Sequence[float], confidence: float = 0.95
) -> tuple[DetectableChange, ...]:
    """Smallest detectable change for each holdout share, with the t distribution of small arms.

    Where history is shorter than the plan, the variance of the longest stretch seen stands: waiting
    longer than anybody has watched is not assumed to help.
    """
    changes = detectable_changes(
        stretch.metric, weeks=(1,), holdout_shares=holdout_shares, confidence=confidence
    )
    found = list[DetectableChange]()
    for change in changes:
        factor = _small_arms(change.n_treated, change.n_comparison, confidence)
        found.append(
            replace(
                change,
                weeks=weeks,
                absolute=change.absolute * factor,
                relative=None if change.relative is None else change.relative * factor,
            )
        )
    return tuple(found)


def _small_arms(treated: float, held_out: float, confidence: float) -> float:
    """How much wider Welch's t makes the distance that the normal distribution gives.

    >>> round(_small_arms(1e6, 1e6, 0.95), 3), round(_small_arms(18, 2, 0.95), 1)
    (1.0, 3.4)
    """
    parts = 1 / treated + 1 / held_out
    below = 1 / (treated**2 * (treated - 1)) + 1 / (held_out**2 * (held_out - 1))
    df = parts * parts / below
    small, large = (
        minimum_detectable_effect(1.0, free, confidence=confidence) for free in (df, math.inf)
    )
    return small / large

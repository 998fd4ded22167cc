"""What a study could find before it is run, and who is held out.

Smallest detectable change by weeks and holdout share, units needed, the price of clusters, and a
seeded stratified holdout list. Used by `roi plan` and by the sentence that says what would raise a
grade.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import POWER, minimum_detectable_effect
from roi_pipeline.stats.ratio import MIN_UNITS, level_of

RESOLUTION = 2**53


@dataclass(frozen=True, slots=True)
class WeeklyMetric:
    """One metric in one week, as history shows it, from which longer studies are projected.

    Attributes:
        value: level of the metric.
        unit_variance: variance per unit of one week's (linearised) value.
        n_units: units seen in one week.
        week_correlation: correlation of one unit's weeks; 1 makes waiting useless.
        new_units_per_week: units each further week adds (customers come and go; agents stay).
        cluster_size: mean units per cluster when whole clusters are assigned.
        cluster_size_variation: coefficient of variation of the cluster sizes.
        cluster_correlation: correlation of units of one cluster.
        baseline_correlation: correlation with the baseline window, used by CUPED.
    """

    value: float
    unit_variance: float
    n_units: float
    week_correlation: float = 0.5
    new_units_per_week: float = 0.0
    cluster_size: float = 1.0
    cluster_size_variation: float = 0.0
    cluster_correlation: float = 0.0
    baseline_correlation: float = 0.0


@dataclass(frozen=True, slots=True)
class DetectableChange:
    """The smallest change one plan would find with 80 % power."""

    weeks: int
    holdout_share: float
    n_treated: float
    n_comparison: float
    absolute: float
    relative: float | None


def units_per_arm(
    unit_variance: float, difference: float, *, confidence: float = 0.95, power: float = POWER
) -> int | Message:
    """Units each of two equal arms needs: `2σ²(z₁₋α/₂ + z₁₋β)² ÷ δ²`, rounded up.

    >>> units_per_arm(1.0, 0.5)
    63
    """
    if not (unit_variance > 0 and math.isfinite(unit_variance)):
        return Message("metric_is_constant", {"value": None})
    if difference == 0 or not math.isfinite(difference):
        return Message("difference_must_not_be_zero", {"difference": difference})
    needed = minimum_detectable_effect(1.0, math.inf, confidence=confidence, power=power)
    needed /= abs(difference)
    return math.ceil(2 * unit_variance * needed * needed)


def design_effect(
    cluster_size: float, cluster_correlation: float, *, size_variation: float = 0.0
) -> float:
    """Factor by which assigning clusters multiplies the variance of assigning units.

    `1 + ((1 + cv²)·m − 1)·ρ`; Eldridge, Ashby & Kerry (2006), https://doi.org/10.1093/ije/dyl129.

    >>> round(design_effect(20, 0.05), 2)
    1.95
    """
    heaviest = (1 + size_variation * size_variation) * cluster_size
    return max(1 + (heaviest - 1) * cluster_correlation, 1.0)


def weekly_metric(sample: Sample) -> WeeklyMetric | Message:
    """Level and variance per unit of one week's sample; the rest keeps its defaults."""
    level = level_of(sample)
    if isinstance(level, Message):
        return level
    if level.variance == 0:
        return Message("metric_is_constant", {"value": level.value})
    return WeeklyMetric(level.value, level.variance * level.n, float(level.n))


def detectable_changes(
    metric: WeeklyMetric,
    *,
    weeks: Sequence[int],
    holdout_shares: Sequence[float],
    confidence: float = 0.95,
    power: float = POWER,
) -> tuple[DetectableChange, ...]:
    """Smallest detectable change for every length and holdout share asked for, in that order.

    Plans that leave an arm without two units or clusters are left out.
    """
    changes: list[DetectableChange] = []
    for length in weeks:
        if length < 1:
            continue
        units = metric.n_units + metric.new_units_per_week * (length - 1)
        variance = _variance_after(metric, length)
        for share in holdout_shares:
            held_out, treated = units * share, units * (1 - share)
            if min(held_out, treated) / metric.cluster_size < MIN_UNITS:
                continue
            error = math.sqrt(variance / held_out + variance / treated)
            change = minimum_detectable_effect(error, math.inf, confidence=confidence, power=power)
            relative = change / abs(metric.value) if metric.value else None
            changes.append(DetectableChange(length, share, treated, held_out, change, relative))
    return tuple(changes)


def _variance_after(metric: WeeklyMetric, weeks: int) -> float:
    """Variance per unit once a unit's weeks, its cluster and its baseline are counted in."""
    correlation = metric.week_correlation
    staying = metric.n_units / (metric.n_units + metric.new_units_per_week * (weeks - 1))
    seen = 1 + (weeks - 1) * staying
    averaged = (1 + (seen - 1) * correlation) / seen
    explained = 1 - metric.baseline_correlation * metric.baseline_correlation
    clustered = design_effect(
        metric.cluster_size,
        metric.cluster_correlation,
        size_variation=metric.cluster_size_variation,
    )
    return metric.unit_variance * averaged * explained * clustered


def draw_holdout(
    unit_ids: Sequence[str], strata: Mapping[str, str] | None = None, *, share: float, seed: int
) -> tuple[str, ...]:
    """Units to hold out, randomised within strata; sorted, and the same for the same seed.

    Each unit has exactly the chance `share`; every stratum and the whole are within one unit of it
    (systematic sampling through the strata from a random start). The order of `unit_ids` does not
    matter.

    >>> len(draw_holdout([f"C{number}" for number in range(40)], share=0.1, seed=7))
    4
    """
    if not 0 < share < 1:
        msg = f"a holdout share of {share} is not between 0 and 1; write 0.05 for 5 %"
        raise NeedsAHuman(msg)
    repeated = [unit_id for unit_id, times in Counter(unit_ids).items() if times > 1]
    if repeated:
        msg = (
            f"units are named twice: {', '.join(sorted(repeated)[:5])}; "
            "a holdout is assigned from one row per unit"
        )
        raise NeedsAHuman(msg)
    return tuple(sorted(_drawn(unit_ids, strata or {}, share, seed)))


def _drawn(
    unit_ids: Sequence[str], strata: Mapping[str, str], share: float, seed: int
) -> Iterator[str]:
    """Walk the shuffled units stratum by stratum, taking one each time a whole unit is due."""
    order = sorted(
        unit_ids,
        key=lambda unit_id: (
            _uniform(seed, "stratum", strata.get(unit_id, "")),
            strata.get(unit_id, ""),
            _uniform(seed, "unit", unit_id),
            unit_id,
        ),
    )
    start = _uniform(seed, "start", "")
    for position, unit_id in enumerate(order):
        if math.floor(share * (position + 1) + start) > math.floor(share * position + start):
            yield unit_id


def _uniform(seed: int, kind: str, name: str) -> float:
    """A number in [0, 1) drawn for a name; the same on every machine."""
    digest = hashlib.sha256("\x1f".join((str(seed), kind, name)).encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / RESOLUTION

"""One sentence per metric: what to do for better evidence next cycle, and what would then be seen.

Counted from this company's own units, volume and noise, and held against what this cycle's design
already sees: a grade that costs sight says so.
"""

import math
from collections.abc import Iterator

import numpy as np

from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import Estimate, minimum_detectable_effect
from roi_pipeline.stats.panels import Cut

HOLD_OUTS = ((0.05, 3), (0.05, 6), (0.05, 13), (0.1, 6), (0.1, 13), (0.2, 13), (0.2, 26))
MIN_KEPT_BACK = 6
DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def raise_grade(
    metric: Metric, grade: Grade, estimate: Estimate | None, cut: Cut | None, *, today: float
) -> Message | None:
    """What would raise the grade; None when it is A already or nothing can be counted.

    `today` is the change this cycle's design would have found.
    """
    if grade == "A" or cut is None:
        return None
    hold_out = next(_hold_outs(metric, cut, today), None)
    if hold_out is not None:
        return hold_out
    return _units_at_random(metric, estimate, cut, today)


def _hold_outs(metric: Metric, cut: Cut, today: float) -> Iterator[Message]:
    """Holdouts of the events in a rate's denominator that see what today's design sees, least first."""
    level = cut.post_value()
    if metric.unit != "rate" or level is None or not 0 < level < 1:
        return
    mask = cut.is_post
    days = int(np.count_nonzero(mask.any(axis=0))) * DAYS[cut.period]
    per_week = float(cut.denominators[mask].sum()) / days * 7
    for share, weeks in HOLD_OUTS:
        volume = per_week * weeks
        if volume * share < MIN_KEPT_BACK:
            continue
        inverse = 1 / (volume * share) + 1 / (volume * (1 - share))
        detectable = minimum_detectable_effect(math.sqrt(level * (1 - level) * inverse), math.inf)
        if detectable < level and detectable <= today:
            yield Message(
                "hold_out_raises_grade",
                {"share": share, "weeks": weeks, "grade": "A", "detectable": detectable,
                 "metric": metric.id},
            )  # fmt: skip


def _units_at_random(
    metric: Metric, estimate: Estimate | None, cut: Cut, today: float
) -> Message | None:
    """Randomise among units still without the module; with too few of these, pause it in some."""
    if estimate is None:
        return None
    left = int(np.count_nonzero(cut.is_never))
    units = max(
        estimate.n_units, estimate.n_treated + left
    )  # a series alone leaves the untreated out
    if units < 2 * MIN_KEPT_BACK:
        return Message(
            "too_few_units_to_randomise",
            {"units": units, "needed": 2 * MIN_KEPT_BACK, "metric": metric.id},
        )
    is_left = left >= 2 * MIN_KEPT_BACK
    kept, rest = (left // 2, left - left // 2) if is_left else _paused(units)
    others = max(1, units - estimate.n_treated)
    spread = estimate.standard_error / math.sqrt(1 / estimate.n_treated + 1 / others)
    detectable = minimum_detectable_effect(spread * math.sqrt(1 / kept + 1 / rest), kept + rest - 2)
    values = {"units": kept, "grade": "A", "detectable": detectable, "metric": metric.id}
    if detectable > today:
        code = "randomisation_sees_less" if is_left else "pausing_sees_less"
        return Message(code, {**values, "today": today})
    return Message("randomisation_raises_grade" if is_left else "pausing_raises_grade", values)


def _paused(units: int) -> tuple[int, int]:
    """Units in which it is paused, and those that keep it."""
    kept = max(MIN_KEPT_BACK, units // 4)
    return kept, max(MIN_KEPT_BACK, units - kept)

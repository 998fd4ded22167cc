"""One sentence per metric: what to do for better evidence next cycle, and what would then be seen.

The figure comes from the noise this cycle showed, so that it is about this company's data.
"""

import math

import numpy as np

from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import Estimate, minimum_detectable_effect
from roi_pipeline.stats.panels import Cut

SHARE = 0.05
WEEKS = 3
MIN_KEPT_BACK = 6
DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def raise_grade(
    metric: Metric, grade: Grade, estimate: Estimate | None, cut: Cut | None
) -> Message | None:
    """What would raise the grade; None when it is A already or nothing can be counted."""
    if grade == "A" or cut is None:
        return None
    hold_out = _hold_out(metric, cut)
    if hold_out is not None:
        return hold_out
    return _units_kept_back(metric, estimate)


def _hold_out(metric: Metric, cut: Cut) -> Message | None:
    """Hold out 5 % of the events in the denominator of a rate for three weeks."""
    level = cut.post_value()
    if metric.unit != "rate" or level is None or not 0 < level < 1:
        return None
    mask = cut.is_post
    days = int(np.count_nonzero(mask.any(axis=0))) * DAYS[cut.period]
    volume = float(cut.denominators[mask].sum()) / days * 7 * WEEKS
    if volume * SHARE < MIN_KEPT_BACK:
        return None
    inverse = 1 / (volume * SHARE) + 1 / (volume * (1 - SHARE))
    detectable = minimum_detectable_effect(math.sqrt(level * (1 - level) * inverse), math.inf)
    if detectable >= level:
        return None  # a change larger than the rate itself would be needed
    return Message(
        "hold_out_raises_grade",
        {"share": SHARE, "weeks": WEEKS, "grade": "A", "detectable": detectable,
         "metric": metric.id},
    )  # fmt: skip


def _units_kept_back(metric: Metric, estimate: Estimate | None) -> Message | None:
    """Randomise which units go live later."""
    if estimate is None or estimate.n_units < 2:  # noqa: PLR2004 - one unit cannot be split
        return None
    if estimate.n_units < 2 * MIN_KEPT_BACK:
        return Message(
            "too_few_units_to_randomise",
            {"units": estimate.n_units, "needed": 2 * MIN_KEPT_BACK, "metric": metric.id},
        )
    kept = max(MIN_KEPT_BACK, estimate.n_units // 4)
    rest = max(MIN_KEPT_BACK, estimate.n_units - kept)
    others = max(1, estimate.n_units - estimate.n_treated)
    spread = estimate.standard_error / math.sqrt(1 / estimate.n_treated + 1 / others)
    noise = spread * math.sqrt(1 / kept + 1 / rest)
    detectable = minimum_detectable_effect(noise, kept + rest - 2)
    return Message(
        "randomisation_raises_grade",
        {"units": kept, "grade": "A", "detectable": detectable, "metric": metric.id},
    )

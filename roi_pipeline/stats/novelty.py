"""Does the effect last: first half of post against the second, and the steady state.

A novelty wears off and a habit grows; what is annualised is the effect once units have been live for
the module's `novelty_days`.
"""

from collections.abc import Iterator

import numpy as np

from roi_pipeline.domain.findings import Finding
from roi_pipeline.stats.clusters import Contributions
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.diagnostics import YOUNG_POST_DAYS, finding
from roi_pipeline.stats.excess import average_effect
from roi_pipeline.stats.inference import two_sided_p

CLEAR_EVIDENCE = 0.05
DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def halves(controlled: Controlled) -> tuple[Contributions, Contributions] | None:
    """Effect in the first and in the second half of post, by time since go-live."""
    data = controlled.data
    distance = np.arange(data.cut.n_periods) - data.post_from[:, None]
    post = data.is_post
    if not post.any():
        return None
    middle = np.median(distance[post])
    early = average_effect(data, post & (distance <= middle - 0.5))
    late = average_effect(data, post & (distance > middle - 0.5))
    return None if early is None or late is None else (early, late)


def novelty_finding(subject: str, controlled: Controlled) -> Iterator[Finding]:
    """Whether the second half of post differs from the first by more than noise."""
    pair = halves(controlled)
    if pair is None:
        return
    early, late = pair
    change = late.estimate - early.estimate
    error = float(np.sqrt(np.square(late.scores() - early.scores()).sum()))
    if not error > 0:
        return
    p_value = two_sided_p(change / error, controlled.estimate.degrees_of_freedom)
    passed = p_value >= CLEAR_EVIDENCE
    yield finding(
        "effect_is_steady", subject, "effect_is_steady" if passed else "effect_changes_with_time",
        passed=passed, early=early.estimate, late=late.estimate, p_value=p_value,
    )  # fmt: skip


def steady_state(controlled: Controlled, novelty_days: int) -> float | None:
    """Effect once units have been live for `novelty_days`; None before that."""
    data = controlled.data
    length = DAYS[data.cut.period]
    skip = -(-novelty_days // length)
    distance = np.arange(data.cut.n_periods) - data.post_from[:, None]
    later = data.is_post & (distance >= skip)
    if np.count_nonzero(later.any(axis=0)) * length < YOUNG_POST_DAYS:
        return None
    part = average_effect(data, later)
    return None if part is None else part.estimate

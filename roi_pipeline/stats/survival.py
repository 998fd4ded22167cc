"""Time to an event with open cases: Kaplan–Meier with its interval, median, restricted mean.

An open case has lasted at least until it was last looked at. Among finished cases alone the short ones
are over-represented, and the more so the later they began; nothing here is computed from those.
"""

import numpy as np
from numpy.typing import ArrayLike

from roi_pipeline.domain.evaluations import SurvivalCurve, SurvivalStep
from roi_pipeline.stats.inference import critical_value

HALF = 0.5


def kaplan_meier(
    group: str, lasted: ArrayLike, was_closed: ArrayLike, *, confidence: float = 0.95
) -> SurvivalCurve | None:
    """Share still open by days since opening; None without a case.

    Greenwood's variance; interval on the scale of log(−log S), which stays between 0 and 1; median by
    Brookmeyer & Crowley (1982). Kaplan & Meier (1958), https://doi.org/10.2307/2281868.

    Args:
        group: whose cases they are.
        lasted: days from opening to closing, or to the last look at an open case.
        was_closed: 1 where the case was closed.
        confidence: of the interval.
    """
    days, is_closed = np.asarray(lasted, dtype=float), np.asarray(was_closed, dtype=float)
    if not len(days):
        return None
    times = np.unique(days[is_closed > 0])
    at_risk = np.array([(days >= time).sum() for time in times], dtype=float)
    closed = np.array([((days == time) & (is_closed > 0)).sum() for time in times], dtype=float)
    share = np.cumprod(1 - closed / at_risk)
    left = np.maximum(at_risk - closed, 1.0)
    greenwood = np.cumsum(np.where(at_risk > closed, closed / (at_risk * left), 0.0))
    steps = tuple(
        _step(*row, z=critical_value(confidence))
        for row in zip(times, at_risk, closed, share, greenwood, strict=True)
    )
    return SurvivalCurve(
        group, len(days), int((is_closed > 0).sum()), steps,
        median=_first_at_half(steps, "share"),
        median_lower=_first_at_half(steps, "lower"),
        median_upper=_first_at_half(steps, "upper"),
        confidence=confidence,
    )  # fmt: skip


def _step(
    time: float, at_risk: float, closed: float, share: float, greenwood: float, *, z: float
) -> SurvivalStep:
    lower = upper = float(share)
    if 0 < share < 1:
        spread = z * np.sqrt(greenwood) / abs(np.log(share))
        lower, upper = float(share ** np.exp(spread)), float(share ** np.exp(-spread))
    return SurvivalStep(float(time), int(at_risk), int(closed), float(share), lower, upper)


def _first_at_half(steps: tuple[SurvivalStep, ...], name: str) -> float | None:
    return next((step.days for step in steps if getattr(step, name) <= HALF), None)


def restricted_mean(curve: SurvivalCurve, horizon: float) -> float:
    """Mean days until closed or until `horizon`, whichever comes first: the area below the curve.

    >>> one = kaplan_meier("", [1, 3, 5], [1, 1, 0])
    >>> round(restricted_mean(one, 4), 6) == round((1 + 3 + 4) / 3, 6)
    True
    """
    inside = [step for step in curve.steps if step.days < horizon]
    times = [0.0, *(step.days for step in inside), horizon]
    shares = [1.0, *(step.share for step in inside)]
    return float(np.diff(times) @ np.array(shares))

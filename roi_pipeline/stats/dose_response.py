"""How the change of a metric goes with adoption across places: ordinary least squares.

Places chose how much to use a module, so the slope mixes what use does with what kind of place uses
it. It is shown with that caveat and enters no money and no score.
"""

import math
from collections.abc import Sequence

import numpy as np

from roi_pipeline.domain.scores import DoseResponse
from roi_pipeline.stats.inference import t_interval

FEWEST_PLACES = 6  # four degrees of freedom; below that the interval says nothing
LEAST_SPREAD = 1e-9


def dose_response(
    metric_id: str, adoption: Sequence[float], change: Sequence[float], *, confidence: float = 0.95
) -> DoseResponse | None:
    """Slope of change on adoption with its t interval; None with few places or equal adoption.

    >>> found = dose_response("m", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [1.1, 1.9, 3.2, 3.8, 5.1, 6.0])
    >>> found and (round(found.slope, 3), round(found.correlation, 3))
    (9.914, 0.997)
    """
    x, y = np.asarray(adoption, dtype=float), np.asarray(change, dtype=float)
    is_known = np.isfinite(x) & np.isfinite(y)
    x, y = x[is_known], y[is_known]
    if len(x) < FEWEST_PLACES or np.ptp(x) < LEAST_SPREAD or np.ptp(y) < LEAST_SPREAD:
        return None
    from_mean = x - x.mean()
    spread = float(from_mean @ from_mean)
    slope = float(from_mean @ y) / spread
    residuals = y - y.mean() - slope * from_mean
    degrees = len(x) - 2
    standard_error = math.sqrt(float(residuals @ residuals) / degrees / spread)
    interval = t_interval(slope, standard_error, degrees, confidence)
    return DoseResponse(
        metric_id=metric_id,
        n_places=len(x),
        slope=slope,
        lower=interval.lower,
        upper=interval.upper,
        confidence=confidence,
        correlation=slope * math.sqrt(spread) / float(np.linalg.norm(y - y.mean())),
        adoption_mean=float(x.mean()),
        adoption_deviation=float(x.std(ddof=1)),
    )

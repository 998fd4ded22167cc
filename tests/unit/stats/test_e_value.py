"""E-values."""

import math

import pytest

from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.e_value import EValue, e_value


@pytest.mark.parametrize(
    ("ratio", "lower", "upper", "estimate", "limit", "robustness"),
    [
        (3.9, 1.8, 8.7, 7.26, 3.0, "very_robust"),  # VanderWeele & Ding (2017), their example
        (1.2, 0.9, 1.6, 1.69, 1.0, "moderate"),
        (1.05, 1.01, 1.09, 1.279, 1.1105, "fragile"),
        (0.5, 0.3, 0.8, 3.414, 1.809, "very_robust"),
        (0.9, 0.7, 1.1, 1.462, 1.0, "fragile"),
        (2.0, None, None, 3.414, 3.414, "very_robust"),
        (0.8, -0.1, 0.9, 1.809, 1.462, "moderate"),
        (1.5, -0.1, 3.0, 2.366, 1.0, "very_robust"),
    ],
)
def test_e_values(
    ratio: float,
    lower: float | None,
    upper: float | None,
    estimate: float,
    limit: float,
    robustness: str,
) -> None:
    found = e_value(ratio, lower, upper)
    assert isinstance(found, EValue)
    assert found.estimate == pytest.approx(estimate, abs=0.006)
    assert found.limit == pytest.approx(limit, abs=0.006)
    assert found.robustness == robustness


@pytest.mark.parametrize("ratio", [0.0, -1.0, math.nan])
def test_a_ratio_that_is_none_has_no_e_value(ratio: float) -> None:
    assert isinstance(e_value(ratio), Message)

"""James–Stein and E-values."""

import math

import pytest

from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.shrinkage import EValue, Shrunk, e_value, shrink_together

GOLDEN = [120.0, 90.0, -20.0, 300.0, 40.0, 10.0]


def test_the_golden_vector_of_james_and_stein() -> None:
    shrunk = shrink_together(GOLDEN, 80.0)
    assert isinstance(shrunk, Shrunk)
    assert shrunk.factor == pytest.approx(0.776614, abs=1e-6)
    assert shrunk.total == pytest.approx(419.37, abs=0.005)
    assert shrunk.estimates[3] == pytest.approx(300 * shrunk.factor)


def test_unequal_errors_enter_by_their_mean_square() -> None:
    equal = shrink_together(GOLDEN, [80.0] * 6)
    assert equal == shrink_together(GOLDEN, 80.0)
    unequal = shrink_together(GOLDEN, [0.0, 80 * math.sqrt(2)] * 3)
    assert isinstance(unequal, Shrunk)
    assert unequal.factor == pytest.approx(0.776614, abs=1e-6)


def test_noise_alone_is_shrunk_to_nothing() -> None:
    shrunk = shrink_together([1.0, -1.0, 0.5, 0.2, -0.4, 0.1], 5.0)
    assert isinstance(shrunk, Shrunk)
    assert shrunk.total == 0.0
    nothing = shrink_together([0.0] * 6, 5.0)
    assert isinstance(nothing, Shrunk)
    assert nothing.factor == 0.0


@pytest.mark.parametrize(
    ("estimates", "errors", "code"),
    [
        (GOLDEN[:5], 80.0, "too_few_effects_to_shrink"),
        ([*GOLDEN[:5], math.nan], 80.0, "values_not_finite"),
        (GOLDEN, [80.0] * 5, "values_not_finite"),
    ],
)
def test_what_cannot_be_shrunk_gives_its_reason(
    estimates: list[float], errors: float | list[float], code: str
) -> None:
    found = shrink_together(estimates, errors)
    assert isinstance(found, Message)
    assert found.code == code


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

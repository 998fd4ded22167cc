"""Treated against comparison without any adjustment."""

import math

import pytest

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import (
    Comparison,
    Difference,
    critical_value,
    infer,
    positive_part,
    two_sided_p,
)
from roi_pipeline.stats.ratio import Level
from roi_pipeline.stats.two_sample import compare_levels, compare_samples, welch_df


def mean_sample(n: int, mean: float, variance: float) -> Sample:
    return Sample(n, ("numerator", "denominator"), (mean, 1.0), ((variance, 0.0), (0.0, 0.0)))


def done(result: Comparison | Message) -> Comparison:
    assert isinstance(result, Comparison), result
    return result


def code(result: object) -> str:
    assert isinstance(result, Message), result
    return result.code


def test_the_relative_interval_follows_the_delta_method() -> None:
    change = done(compare_samples(mean_sample(400, 12.0, 9.0), mean_sample(400, 10.0, 4.0)))
    variance = 9 / (400 * 100) + 4 * 144 / (400 * 10_000)
    assert change.relative == pytest.approx(0.2)
    assert change.relative_lower is not None
    assert change.relative_upper is not None
    half = critical_value(0.95, change.degrees_of_freedom) * math.sqrt(variance)
    assert change.relative_upper - 0.2 == pytest.approx(half)
    assert 0.2 - change.relative_lower == pytest.approx(half)


def test_pooled_variance_has_the_degrees_of_freedom_of_least_squares() -> None:
    change = done(
        compare_samples(mean_sample(30, 5.0, 4.0), mean_sample(20, 4.0, 9.0), variance="pooled")
    )
    pooled = (29 * 4 + 19 * 9) / 48
    assert change.degrees_of_freedom == 48
    assert change.standard_error == pytest.approx(math.sqrt(pooled * (1 / 30 + 1 / 20)))


def test_a_fall_from_a_negative_level_is_a_negative_relative_change() -> None:
    change = done(compare_samples(mean_sample(50, -3.0, 1.0), mean_sample(50, -2.0, 1.0)))
    assert change.relative == pytest.approx(-0.5)


def test_the_log_scale_reports_a_ratio_of_means_on_both_scales() -> None:
    change = done(
        compare_samples(mean_sample(100, 20.0, 16.0), mean_sample(100, 10.0, 9.0), scale="log")
    )
    error = math.sqrt(16 / (100 * 400) + 9 / (100 * 100))
    margin = critical_value(0.95, change.degrees_of_freedom) * error
    assert change.relative == pytest.approx(1.0)
    assert change.relative_lower == pytest.approx(2 * math.exp(-margin) - 1)
    stretch = 0.5 / (20 * error)
    assert change.upper == pytest.approx(10 + stretch * (10 * (2 * math.exp(margin) - 1) - 10))
    assert change.estimate == 10.0
    assert change.standard_error == pytest.approx(0.5)


@pytest.mark.parametrize("level", [5.0, 20.0], ids=["a fall", "a rise"])
def test_the_absolute_interval_on_the_log_scale_knows_that_both_levels_are_noisy(
    level: float,
) -> None:
    arms = (mean_sample(40_000, level, 16.0), mean_sample(40_000, 10.0, 16.0))
    linear, log = done(compare_samples(*arms)), done(compare_samples(*arms, scale="log"))
    assert (log.lower, log.upper) == pytest.approx((linear.lower, linear.upper), rel=1e-3)


@pytest.mark.parametrize("level", [10.0 + step / 100 for step in range(-40, 41)])
def test_both_intervals_of_the_log_scale_exclude_zero_together(level: float) -> None:
    change = done(
        compare_samples(mean_sample(30, level, 0.2), mean_sample(60, 10.0, 0.2), scale="log")
    )
    assert change.relative_lower is not None
    assert change.relative_upper is not None
    assert (
        (change.lower > 0)
        == (change.relative_lower > 0)
        == (level - 10 > 0 and change.p_value < 0.05)
    )
    assert (change.upper < 0) == (change.relative_upper < 0)


def test_an_empty_comparison_level_has_no_relative_change() -> None:
    change = done(compare_samples(mean_sample(50, 3.0, 1.0), mean_sample(50, 0.0, 0.0)))
    assert change.relative is None
    assert change.estimate == 3.0


@pytest.mark.parametrize(
    ("treated", "comparison", "scale", "reason"),
    [
        (mean_sample(1, 3, 0), mean_sample(9, 2, 1), "linear", "too_few_units"),
        (mean_sample(9, 3, 1), mean_sample(1, 2, 0), "linear", "too_few_units"),
        (mean_sample(9, 3, 0), mean_sample(9, 2, 0), "linear", "metric_is_constant"),
        (mean_sample(9, math.nan, 1), mean_sample(9, 2, 1), "linear", "values_not_finite"),
        (mean_sample(9, 3, 1), mean_sample(9, 2, math.nan), "linear", "values_not_finite"),
        (mean_sample(9, -3, 1), mean_sample(9, 2, 1), "log", "log_scale_needs_positive_values"),
        (mean_sample(9, 3, 1), mean_sample(9, 0, 1), "log", "log_scale_needs_positive_values"),
        (mean_sample(9, 1e-150, 1), mean_sample(9, 1e-150, 1), "log", "values_out_of_range"),
        (mean_sample(9, 1e160, 1), mean_sample(9, 1e-160, 1), "linear", "values_out_of_range"),
    ],
)
def test_an_impossible_comparison_gives_its_reason(
    treated: Sample, comparison: Sample, scale: str, reason: str
) -> None:
    found = compare_samples(treated, comparison, scale=scale)  # type: ignore[arg-type]
    assert code(found) == reason


def test_the_message_names_the_arm_that_is_too_small() -> None:
    found = compare_samples(mean_sample(9, 3, 1), mean_sample(1, 2, 0))
    assert isinstance(found, Message)
    assert found.values["arm"] == "comparison"


def test_one_constant_arm_leaves_the_other_arms_degrees_of_freedom() -> None:
    change = done(compare_levels(Level(3.0, 0.0, 12), Level(2.0, 0.5, 8)))
    assert change.degrees_of_freedom == pytest.approx(7)


def test_without_variance_the_smaller_arm_gives_the_degrees_of_freedom() -> None:
    assert welch_df((0.0, 0.0), (12, 8)) == 7.0


def test_a_difference_that_is_not_a_number_is_refused() -> None:
    assert code(infer(Difference(1.0, 2.0, math.nan, None, 9.0, (5, 5)))) == "values_not_finite"


def test_a_ratio_without_variance_is_constant_on_the_log_scale() -> None:
    found = infer(Difference(1.0, 2.0, 1.0, 0.0, 9.0, (5, 5)), scale="log")
    assert code(found) == "metric_is_constant"


def test_rounding_noise_is_no_variance() -> None:
    assert positive_part(1e-14, 1.0) == 0.0
    assert positive_part(1e-10, 1.0) == 1e-10


def tescritical_values_and_tails_belong_together() -> None:
    assert two_sided_p(critical_value(0.9, 7), 7) == pytest.approx(0.1)
    assert two_sided_p(critical_value(0.99)) == pytest.approx(0.01)
    assert two_sided_p(0.0, 5) == 1.0

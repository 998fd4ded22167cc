"""CUPED and regression adjustment from moments."""

import numpy as np
import pytest

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.adjustment import BASELINE_METRIC, compare_adjusted
from roi_pipeline.stats.inference import Comparison
from roi_pipeline.stats.two_sample import compare_samples

NAMES = ("numerator", "denominator", "numerator_baseline", "denominator_baseline", "age")


def sample_of(*columns: np.ndarray) -> Sample:
    values = np.array(columns, dtype=float)
    names = NAMES[: len(columns)]
    return Sample(
        values.shape[1],
        names,
        tuple(values.mean(axis=1)),
        tuple(tuple(row) for row in np.cov(values)),
    )


def arm(seed: int, n: int, *, effect: float = 0.0, ratio: bool = False) -> Sample:
    random = np.random.default_rng(seed)
    age = random.normal(40, 10, n)
    before = random.normal(5, 2, n) + age / 10
    after = before + random.normal(effect, 1, n)
    if not ratio:
        return sample_of(after, np.ones(n), before, np.ones(n), age)
    size, earlier = random.poisson(20, n) + 1.0, random.poisson(20, n) + 1.0
    return sample_of(after * size, size, before * earlier, earlier, age)


def done(result: Comparison | Message) -> Comparison:
    assert isinstance(result, Comparison), result
    return result


@pytest.mark.parametrize("ratio", [False, True], ids=["mean", "ratio"])
def test_the_baseline_takes_most_of_the_noise_away(*, ratio: bool) -> None:
    treated, comparison = arm(1, 400, effect=0.3, ratio=ratio), arm(2, 400, ratio=ratio)
    plain = done(compare_samples(treated, comparison))
    adjusted = done(compare_adjusted(treated, comparison))
    assert adjusted.adjusted_on == (BASELINE_METRIC,)
    assert adjusted.standard_error < 0.6 * plain.standard_error
    assert adjusted.lower < 0.3 < adjusted.upper


def test_a_mean_of_ones_and_a_ratio_of_equal_sizes_are_adjusted_alike() -> None:
    treated, comparison = arm(3, 90, effect=1.0), arm(4, 110)

    def rescaled(sample: Sample, factor: float) -> Sample:
        by = np.array([factor, factor, factor, factor, 1.0])
        return Sample(
            sample.n,
            sample.names,
            tuple(by * sample.means),
            tuple(tuple(row) for row in np.asarray(sample.covariances) * np.outer(by, by)),
        )

    first = done(compare_adjusted(treated, comparison))
    second = done(compare_adjusted(rescaled(treated, 7.0), rescaled(comparison, 7.0)))
    assert second.estimate == pytest.approx(first.estimate)
    assert second.standard_error == pytest.approx(first.standard_error)


def test_the_treated_level_stays_as_observed_and_the_counterfactual_moves() -> None:
    treated, comparison = arm(5, 60, effect=1.0), arm(6, 60)
    adjusted = done(compare_adjusted(treated, comparison, covariates=(BASELINE_METRIC, "age")))
    assert adjusted.treated == treated.mean("numerator")
    assert adjusted.estimate == pytest.approx(adjusted.treated - adjusted.counterfactual)
    assert adjusted.counterfactual != comparison.mean("numerator")


def test_the_relative_interval_agrees_with_the_log_scale_for_small_errors() -> None:
    treated, comparison = arm(7, 5000, effect=0.5), arm(8, 5000)
    linear = done(compare_adjusted(treated, comparison))
    log = done(compare_adjusted(treated, comparison, scale="log"))
    assert linear.relative == pytest.approx(log.relative)
    assert linear.relative_lower == pytest.approx(log.relative_lower, abs=1e-4)
    assert linear.relative_upper == pytest.approx(log.relative_upper, abs=1e-4)


def test_collinear_covariates_change_nothing() -> None:
    random = np.random.default_rng(9)

    def doubled(n: int) -> Sample:
        age = random.normal(40, 10, n)
        values = np.array([age / 10 + random.normal(0, 1, n), np.ones(n), age, 2 * age])
        return Sample(
            n,
            ("numerator", "denominator", "age", "twice"),
            tuple(values.mean(axis=1)),
            tuple(tuple(row) for row in np.cov(values)),
        )

    treated, comparison = doubled(500), doubled(500)
    one = done(compare_adjusted(treated, comparison, covariates=("age",)))
    both = done(compare_adjusted(treated, comparison, covariates=("age", "twice")))
    assert both.estimate == pytest.approx(one.estimate, rel=1e-6)
    assert both.standard_error == pytest.approx(one.standard_error, rel=2e-3)


@pytest.mark.parametrize(
    ("treated", "comparison", "covariates"),
    [
        (sample_of(*np.random.default_rng(1).normal(5, 1, (2, 50))), None, (BASELINE_METRIC,)),
        (arm(1, 50), arm(2, 50), ("unknown",)),
        (arm(1, 50), arm(2, 50), ()),
        (arm(1, 2), arm(2, 2), (BASELINE_METRIC,)),
    ],
    ids=["no baseline", "unknown column", "nothing declared", "four units"],
)
def test_without_anything_to_adjust_on_the_plain_difference_stands(
    treated: Sample, comparison: Sample | None, covariates: tuple[str, ...]
) -> None:
    comparison = comparison or treated
    adjusted = done(compare_adjusted(treated, comparison, covariates=covariates))
    assert adjusted == done(compare_samples(treated, comparison))


def test_a_baseline_that_does_not_vary_is_left_out() -> None:
    random = np.random.default_rng(10)
    ones = np.ones(40)
    samples = [sample_of(random.normal(5, 1, 40), ones, ones * 0.3, ones) for _ in range(2)]
    assert done(compare_adjusted(*samples)).adjusted_on == ()


def test_a_covariate_that_does_not_vary_is_left_out() -> None:
    random = np.random.default_rng(10)
    ones = np.ones(40)
    samples = [
        sample_of(random.normal(5, 1, 40), ones, ones * 0.3, ones, ones * 30) for _ in range(2)
    ]
    assert done(compare_adjusted(*samples, covariates=("age",))).adjusted_on == ()


def test_a_baseline_that_explains_everything_leaves_the_plain_difference() -> None:
    random = np.random.default_rng(11)

    def exact() -> Sample:
        before = random.normal(5, 1, 40)
        return sample_of(before, np.ones(40), before, np.ones(40))

    treated, comparison = exact(), exact()
    assert done(compare_adjusted(treated, comparison)) == done(compare_samples(treated, comparison))


def test_a_reason_of_the_plain_comparison_is_handed_on() -> None:
    constant = sample_of(np.ones(5), np.ones(5), np.arange(5), np.ones(5))
    found = compare_adjusted(constant, constant)
    assert isinstance(found, Message)
    assert found.code == "metric_is_constant"


def test_covariates_beyond_the_range_of_numbers_leave_the_plain_difference() -> None:
    treated, comparison = arm(1, 50), arm(2, 50)
    vast = ((1.0, 0.0, 0.0, 0.0),) * 2 + ((0.0, 0.0, 1e308, 0.0), (0.0, 0.0, 0.0, 0.0))
    treated = Sample(50, NAMES[:4], (5.0, 1.0, 1e150, 1e-150), vast)
    result = done(compare_adjusted(treated, comparison))
    assert result.adjusted_on == ()


def test_a_counterfactual_of_zero_has_no_relative_change() -> None:
    random = np.random.default_rng(12)
    x = random.normal(0, 1, 50)
    y = x + random.normal(0, 1, 50)
    treated = sample_of(y + 1, np.ones(50), x, np.ones(50))
    sample = sample_of(y, np.ones(50), x, np.ones(50))
    mean = sample.mean("numerator")
    comparison = Sample(50, sample.names, (0.0, *sample.means[1:]), sample.covariances)
    result = done(compare_adjusted(treated, comparison))
    assert mean != 0
    assert result.counterfactual == 0.0
    assert result.relative is None

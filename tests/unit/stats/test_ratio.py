"""Levels of ratios and the paired change of one."""

import math

import numpy as np
import pytest

from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import Comparison
from roi_pipeline.stats.ratio import Level, level_of, paired_change

FOUR = ("numerator", "denominator", "numerator_baseline", "denominator_baseline")


def sample_of(names: tuple[str, ...], *columns: object) -> Sample:
    values = np.array(columns, dtype=float)
    spread = np.cov(values)
    return Sample(
        values.shape[1],
        names,
        tuple(values.mean(axis=1)),
        tuple(tuple(row) for row in np.atleast_2d(spread)),
    )


def change_of(sample: Sample, **options: object) -> Comparison:
    change = paired_change(sample, **options)  # type: ignore[arg-type]
    assert isinstance(change, Comparison), change
    return change


def reason_of(result: object) -> str:
    assert isinstance(result, Message), result
    return result.code


def test_a_ratio_and_its_error_match_the_golden_vector() -> None:
    level = level_of(sample_of(FOUR[:2], [2, 0, 3, 1, 4, 2], [4, 1, 5, 2, 6, 4]))
    assert isinstance(level, Level)
    assert level.value == pytest.approx(0.545455, abs=1e-6)
    assert level.variance * 6 == pytest.approx(0.0145072, abs=1e-7)
    assert level.standard_error == pytest.approx(0.0491718, abs=1e-7)


def test_a_mean_is_the_ratio_with_ones_below() -> None:
    values = [3.0, 5.0, 4.0, 8.0]
    level = level_of(sample_of(FOUR[:2], values, np.ones(4)))
    assert isinstance(level, Level)
    assert level.value == 5.0
    assert level.variance == pytest.approx(np.var(values, ddof=1) / 4)


def test_a_proportion_has_the_variance_of_its_ones_and_zeros() -> None:
    hits = np.repeat([1.0, 0.0], [300, 700])
    level = level_of(sample_of(FOUR[:2], hits, np.ones(1000)))
    assert isinstance(level, Level)
    assert level.variance == pytest.approx(0.3 * 0.7 / 999)


def test_units_with_the_same_ratio_have_no_variance_left_from_rounding() -> None:
    below = np.arange(1, 8) * 1e7 / 3
    level = level_of(sample_of(FOUR[:2], below * 0.1, below))
    assert isinstance(level, Level)
    assert level.variance == 0.0


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        (Sample(1, FOUR[:2], (1.0, 1.0), ((0.0, 0.0), (0.0, 0.0))), "too_few_units"),
        (Sample(0, FOUR[:2], (math.nan, math.nan), ((math.nan,) * 2,) * 2), "too_few_units"),
        (Sample(9, FOUR[:2], (math.nan, 1.0), ((1.0, 0.0), (0.0, 0.0))), "values_not_finite"),
        (Sample(9, FOUR[:2], (1.0, 1.0), ((math.inf, 0.0), (0.0, 0.0))), "values_not_finite"),
        (Sample(9, FOUR[:2], (1.0, 0.0), ((1.0, 0.0), (0.0, 0.0))), "denominator_is_zero"),
        (Sample(9, FOUR[:2], (1.0, 1e-300), ((1.0, 0.0), (0.0, 0.0))), "denominator_is_zero"),
        (Sample(9, FOUR[:2], (1e300, 1e-100), ((1.0, 0.0), (0.0, 0.0))), "values_out_of_range"),
        (Sample(9, ("numerator",), (1.0,), ((1.0,),)), "sample_columns_missing"),
    ],
    ids=["one", "none", "nan", "inf", "zero", "nearly zero", "overflow", "missing"],
)
def test_an_impossible_sample_gives_its_reason(sample: Sample, code: str) -> None:
    assert reason_of(level_of(sample)) == code


def test_response_time_fell_by_the_figure_of_the_case() -> None:
    before = np.array([30.0, 42.0, 36.0, 36.0])
    after = np.array([4.0, 5.6, 5.0, 4.6])
    change = change_of(sample_of(FOUR, after, np.ones(4), before, np.ones(4)))
    assert change.treated == pytest.approx(4.8)
    assert change.counterfactual == pytest.approx(36.0)
    assert change.relative == pytest.approx(-0.8667, abs=5e-5)


def test_hit_rate_rose_by_points_and_by_percent() -> None:
    pushes = np.array([100.0, 200.0, 150.0, 50.0])
    change = change_of(
        sample_of(
            FOUR, pushes * 0.47 + [1, -2, 0.5, 0.5], pushes, pushes * 0.21 + [-1, 1, 1, -1], pushes
        )
    )
    assert change.estimate == pytest.approx(0.26)
    assert change.relative == pytest.approx(1.2381, abs=5e-5)


def test_a_paired_mean_is_the_paired_t_test() -> None:
    from scipy import stats

    random = np.random.default_rng(5)
    before = random.normal(10, 3, 40)
    after = before + random.normal(0.5, 1, 40)
    change = change_of(sample_of(FOUR, after, np.ones(40), before, np.ones(40)))
    reference = stats.ttest_rel(after, before)
    assert change.p_value == pytest.approx(reference.pvalue, rel=1e-9)
    interval = reference.confidence_interval()
    assert (change.lower, change.upper) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_the_paired_log_change_is_positive_where_the_ratio_rose() -> None:
    random = np.random.default_rng(6)
    before = random.gamma(5, 2, 60)
    after = before * random.normal(1.3, 0.1, 60)
    change = change_of(sample_of(FOUR, after, np.ones(60), before, np.ones(60)), scale="log")
    assert change.relative is not None
    assert change.relative_lower is not None
    assert change.relative == pytest.approx(after.mean() / before.mean() - 1)
    assert 0 < change.relative_lower < change.relative
    assert 0 < change.lower < change.estimate < change.upper


def test_windows_that_changed_alike_in_every_unit_are_inconclusive() -> None:
    before = np.array([1.0, 2.0, 3.0])
    sample = sample_of(FOUR, before + 1, np.ones(3), before, np.ones(3))
    assert reason_of(paired_change(sample)) == "metric_is_constant"


def test_a_window_without_denominator_is_inconclusive() -> None:
    ones = np.ones(4)
    values = np.array([1.0, 2.0, 3.0, 5.0])
    no_baseline = sample_of(FOUR, values, ones, values, ones * 0)
    no_post = sample_of(FOUR, values, ones * 0, values, ones)
    assert reason_of(paired_change(no_baseline)) == "denominator_is_zero"
    assert reason_of(paired_change(no_post)) == "denominator_is_zero"


def test_a_baseline_of_zero_has_no_relative_change() -> None:
    sample = sample_of(FOUR, [1.0, 2.0, 4.0], np.ones(3), np.zeros(3), np.ones(3))
    change = change_of(sample)
    assert change.relative is None
    assert change.relative_lower is None
    assert reason_of(paired_change(sample, scale="log")) == "log_scale_needs_positive_values"

"""Noise of panel designs, and designs without controls, against a second library or by brute force."""

from itertools import permutations

import numpy as np
import pytest
from library_panels import SAME, cut_of, long_frame, units_by_week
from scipy import stats

from roi_pipeline.stats.clusters import Contributions, clustered_interval
from roi_pipeline.stats.control_series import ControlSeries, corrected_gap
from roi_pipeline.stats.designs.before_after import before_after, seasonal_before_after
from roi_pipeline.stats.designs.synthetic import synthetic_control
from roi_pipeline.stats.excess import average_effect, measure_excess
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.permutation import permute_roll_out
from roi_pipeline.stats.prediction import predict_gap

pytestmark = pytest.mark.filterwarnings("ignore")
DRAWS = 0.02  # two bootstraps of 999 and of 20,000 draws differ by about this much


def test_before_and_after_of_equal_units_is_the_paired_t_test_of_scipy() -> None:
    values, _ = units_by_week(n=60, weeks=30)
    found = before_after(cut_of(values, np.full(60, 20)))
    assert isinstance(found, Estimate)
    change = values[:, 20:].mean(axis=1) - values[:, :20].mean(axis=1)
    theirs = stats.ttest_1samp(change, 0.0)
    low, high = theirs.confidence_interval(0.95)
    assert found.estimate == pytest.approx(change.mean(), abs=SAME)
    assert found.standard_error == pytest.approx(stats.sem(change), rel=SAME)
    assert (found.interval.lower, found.interval.upper) == pytest.approx((low, high), rel=1e-6)
    assert found.interval.p_value == pytest.approx(theirs.pvalue, rel=1e-6)


def test_the_seasonal_comparison_is_the_paired_t_test_of_the_change_of_changes() -> None:
    values, _ = units_by_week(n=60, weeks=100)
    found = seasonal_before_after(cut_of(values, np.full(60, 90)))
    assert isinstance(found, Estimate)
    post, base = values[:, 90:].mean(axis=1), values[:, 52:90].mean(axis=1)
    year_before = values[:, 38:48].mean(axis=1) - values[:, 0:38].mean(axis=1)
    change = post - base - year_before
    assert found.estimate == pytest.approx(change.mean(), abs=SAME)
    assert found.standard_error == pytest.approx(stats.sem(change), rel=SAME)
    assert found.interval.p_value == pytest.approx(stats.ttest_1samp(change, 0).pvalue, rel=1e-6)


def test_the_wild_bootstrap_agrees_with_diff_diffs() -> None:
    from diff_diff import wild_bootstrap_se

    rng = np.random.default_rng(11)
    for shift in (0.0, 0.5, 0.8):
        change = rng.normal(0, 1, 24)
        is_treated = np.arange(24) < 12
        change[is_treated] += shift
        share = [is_treated / 12, ~is_treated / 12]
        means = [float(change @ part) for part in share]
        parts = Contributions(
            means[0] - means[1],
            share[0] * (change - means[0]),
            -share[1] * (change - means[1]),
            *share,
        )
        interval, _, _ = clustered_interval(parts, confidence=0.95, seed=3)
        design = np.column_stack([np.ones(24), is_treated.astype(float)])
        theirs = wild_bootstrap_se(
            design, change, change - np.where(is_treated, *means), np.arange(24), 1,
            n_bootstrap=19_999, weight_type="webb", seed=5,
        )  # fmt: skip
        assert interval.kind == "bootstrap"
        assert interval.p_value == pytest.approx(theirs.p_value, abs=DRAWS + theirs.p_value / 10)
        assert interval.lower == pytest.approx(theirs.ci_lower, abs=0.1)
        assert interval.upper == pytest.approx(theirs.ci_upper, abs=0.1)


def test_dealing_dates_out_again_is_every_deal_by_brute_force() -> None:
    values, _ = units_by_week(n=12, weeks=20, seed=9)
    first = np.array([12, 12, *[20] * 10])
    cut = cut_of(values, first)
    data = measure_excess(cut)
    real = average_effect(data, data.is_post)
    assert real is not None
    found = permute_roll_out(data, real.estimate, confidence=0.95)
    assert found is not None
    change = values[:, 12:].mean(axis=1) - values[:, :12].mean(axis=1)
    change[[0, 1]] -= real.estimate  # as if nothing had been done
    effects = [
        change[list(pair)].mean() - np.delete(change, pair).mean()
        for pair in permutations(range(12), 2)
        if pair != (0, 1)
    ]
    assert found[1] == pytest.approx(np.sqrt(np.mean(np.square(effects))), rel=0.02)


def test_synthetic_control_agrees_with_diff_diff() -> None:
    from diff_diff import SyntheticControl

    values, _ = units_by_week(n=12, weeks=40, starts=(30,), seed=12)
    values[0, :30] = values[1:5, :30].mean(axis=0) + np.random.default_rng(2).normal(0, 0.2, 30)
    first = np.array([30, *[40] * 11])
    frame = long_frame(values, first)
    frame["live"] = frame["live"].astype(int)
    periods = 30
    theirs = SyntheticControl(
        v_method="custom", custom_v=np.ones(periods), standardize="none", seed=1
    ).fit(
        frame, outcome="y", treatment="live", unit="unit", time="week",
        treated_unit=0, post_periods=list(range(31, 41)),
        pre_period_outcomes=list(range(1, 31)),
    )  # fmt: skip
    ours = synthetic_control(cut_of(values, first))
    assert isinstance(ours, Estimate)
    assert ours.estimate == pytest.approx(theirs.att, abs=1e-6)


def noisy_controls(seed: int, *, noise: float, n: int = 4_000) -> tuple[np.ndarray, np.ndarray]:
    """(outcome, control): both follow one series, which the control shows with noise."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 1, n)
    return 2 + 0.8 * shared + rng.normal(0, 0.5, n), shared + rng.normal(0, noise, n)


def test_without_noise_of_its_own_a_control_gets_the_slope_of_least_squares() -> None:
    outcome, control = noisy_controls(1, noise=0.0, n=60)
    rows = (np.arange(50), np.arange(50, 60), np.ones(10))
    freed = corrected_gap(outcome, (ControlSeries(control),), *rows)
    design = np.column_stack([np.ones(60), control])
    plain = predict_gap(outcome, design, *rows, autocorrelation=0.0)
    assert freed is not None
    assert plain is not None
    slope = np.polyfit(control[:50], outcome[:50], 1)[0]
    assert (freed.predicted[3] - freed.predicted[7]) / (control[3] - control[7]) == pytest.approx(
        slope, rel=SAME
    )
    assert plain.estimate == pytest.approx(freed.estimate, abs=0.02)  # the level follows AR(1)


def test_a_slope_freed_of_known_noise_is_fullers() -> None:
    """Fuller (1987), equation 2.2.11: Sxy ÷ (Sxx - noise); least squares finds 0.8 ÷ 1.5 instead."""
    outcome, control = noisy_controls(2, noise=np.sqrt(0.5))
    rows = (np.arange(3_900), np.arange(3_900, 4_000), np.ones(100))
    gap = corrected_gap(outcome, (ControlSeries(control, 0.5, 50),), *rows)
    assert gap is not None
    slope = (gap.predicted[1] - gap.predicted[0]) / (control[1] - control[0])
    moments = np.cov(control[:3_900], outcome[:3_900], bias=True)
    assert slope == pytest.approx(moments[0, 1] / (moments[0, 0] - 0.5), rel=1e-9)
    assert slope == pytest.approx(0.8, abs=0.05)
    assert moments[0, 1] / moments[0, 0] == pytest.approx(0.8 / 1.5, abs=0.03)

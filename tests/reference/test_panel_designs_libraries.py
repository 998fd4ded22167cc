"""Panel designs against second libraries: diff-diff, pyfixest, statsmodels, scipy."""

from array import array
from datetime import timedelta

import numpy as np
import pytest
from library_panels import CYCLE, FIRST, NAME, SAME, cut_of, long_frame, units_by_week

from roi_pipeline.domain.modules import DesignChoice, Module, PoolMetric, Rollout
from roi_pipeline.domain.samples import Panel
from roi_pipeline.stats.clusters import Contributions, _arm_df
from roi_pipeline.stats.comparison_checks import drift_bound
from roi_pipeline.stats.designs.difference_in_differences import difference_in_differences
from roi_pipeline.stats.designs.staggered import staggered
from roi_pipeline.stats.designs.two_way_fixed_effects import two_way_fixed_effects
from roi_pipeline.stats.panels import cut_panel
from roi_pipeline.stats.prediction import predict_gap

pytestmark = pytest.mark.filterwarnings("ignore")


def test_the_staggered_headline_is_the_group_aggregate_of_callaway_and_sant_anna() -> None:
    from diff_diff import CallawaySantAnna

    values, first = units_by_week(starts=(20,))
    result = CallawaySantAnna(control_group="never_treated", base_period="universal").fit(
        long_frame(values, first), outcome="y", unit="unit", time="week", first_treat="first"
    )
    ours = staggered(cut_of(values, first, baseline=(19, 20)))
    assert ours.estimate.estimate == pytest.approx(result.overall_att, abs=SAME)
    assert ours.estimate.standard_error == pytest.approx(result.overall_se, rel=0.05)


def test_every_distance_from_go_live_agrees_with_diff_diff_for_one_date() -> None:
    from diff_diff import CallawaySantAnna

    values, first = units_by_week(starts=(20,), weeks=30)
    result = CallawaySantAnna(control_group="never_treated", base_period="universal").fit(
        long_frame(values, first), outcome="y", unit="unit", time="week", first_treat="first"
    )
    by_distance = {
        int(cell[1] - cell[0]): effect["effect"]
        for cell, effect in result.group_time_effects.items()
    }
    ours = staggered(cut_of(values, first, baseline=(19, 20)))
    effects = ours.calendar.effects
    for distance in range(10):
        assert effects[20 + distance] == pytest.approx(by_distance[distance], abs=SAME)


def test_several_dates_agree_with_diff_diff_cell_by_cell_against_never_treated_units() -> None:
    from diff_diff import CallawaySantAnna

    values, first = units_by_week()
    result = CallawaySantAnna(control_group="never_treated", base_period="universal").fit(
        long_frame(values, first), outcome="y", unit="unit", time="week", first_treat="first"
    )
    groups = [group for group in np.unique(first) if group < values.shape[1]]
    assert groups
    for group in groups:
        keep = (first == group) | (first == values.shape[1])
        part = staggered(cut_of(values[keep], first[keep], baseline=(group - 1, group)))
        cells = [
            effect["effect"]
            for (cohort, week), effect in result.group_time_effects.items()
            if cohort == group + 1 and week >= cohort
        ]
        assert part.estimate.estimate == pytest.approx(np.mean(cells), abs=SAME)


def test_not_yet_treated_controls_are_used_by_brute_force() -> None:
    values, first = units_by_week(n=12, weeks=24, starts=(10, 14, 18))
    ours = staggered(cut_of(values, first))
    base = values[:, :10].mean(axis=1)
    gaps = []
    for unit in range(12):
        for week in range(first[unit], 24):
            others = first > week
            moved = (values[others, week] - base[others]).mean()
            gaps.append(values[unit, week] - base[unit] - moved)
    assert ours.estimate.estimate == pytest.approx(np.mean(gaps), abs=SAME)


def test_ratios_are_weighted_by_their_denominators_by_brute_force() -> None:
    values, first = units_by_week(n=20, weeks=24, starts=(12,))
    weights = np.random.default_rng(2).poisson(30, values.shape) + 1.0
    ours = difference_in_differences(cut_of(values, first, weights=weights))
    treated, control = first == 12, first == 24
    base = np.zeros(20)
    for _ in range(200):
        gap = (values[:, :12] - base[:, None]) * weights[:, :12]
        week_effect = gap.sum(axis=0) / weights[:, :12].sum(axis=0)
        own = (values[:, :12] - week_effect) * weights[:, :12]
        base = own.sum(axis=1) / weights[:, :12].sum(axis=1)
    above = (values - base[:, None]) * weights
    total = 0.0
    for week in range(12, 24):
        moved = above[control, week].sum() / weights[control, week].sum()
        total += (above[treated, week] - moved * weights[treated, week]).sum()
    expected = total / weights[treated, 12:].sum()
    assert ours.estimate.estimate == pytest.approx(expected, abs=SAME)


def test_cluster_robust_errors_agree_with_statsmodels_hc2_on_long_differences() -> None:
    import statsmodels.api as sm

    values, first = units_by_week(n=120, weeks=24, starts=(12,))
    ours = difference_in_differences(cut_of(values, first))
    change = values[:, 12:].mean(axis=1) - values[:, :12].mean(axis=1)
    treated = (first == 12).astype(float)
    fit = sm.OLS(change, sm.add_constant(treated)).fit(cov_type="HC2")
    assert ours.estimate.estimate == pytest.approx(fit.params[1], abs=SAME)
    assert ours.estimate.standard_error == pytest.approx(fit.bse[1], rel=1e-9)
    assert ours.estimate.interval.kind == "fixed"


def test_degrees_of_freedom_of_unequal_arms_are_bell_and_mccaffreys() -> None:
    shares = np.array([0.4, 0.2, 0.2, 0.1, 0.1])
    weight = np.diag(shares**2 / (1 - shares))
    maker = np.eye(5) - np.outer(np.ones(5), shares)
    spread = maker.T @ weight @ maker
    expected = np.trace(spread) ** 2 / np.trace(spread @ spread)
    assert _arm_df(shares) == pytest.approx(expected, rel=1e-12)


def test_two_way_fixed_effects_agree_with_pyfixest() -> None:
    import pyfixest as pf

    values, first = units_by_week()
    frame = long_frame(values, first)
    fit = pf.feols("y ~ live | unit + week", frame, vcov={"CRV1": "unit"})
    ours = two_way_fixed_effects(cut_of(values, first))
    assert ours.estimate == pytest.approx(fit.coef()["live"], abs=SAME)
    assert ours.standard_error == pytest.approx(fit.se()["live"], rel=1e-6)


def test_weighted_two_way_fixed_effects_agree_with_pyfixest() -> None:
    import pyfixest as pf

    values, first = units_by_week()
    weights = np.random.default_rng(3).poisson(20, values.shape) + 1.0
    frame = long_frame(values, first).assign(weight=weights.ravel())
    fit = pf.feols("y ~ live | unit + week", frame, vcov={"CRV1": "unit"}, weights="weight")
    ours = two_way_fixed_effects(cut_of(values, first, weights=weights))
    assert ours.estimate == pytest.approx(fit.coef()["live"], abs=1e-8)
    assert ours.standard_error == pytest.approx(fit.se()["live"], rel=1e-6)


def test_regression_on_controls_has_the_prediction_interval_of_least_squares() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(6)
    control = rng.normal(10, 2, 50)
    outcome = 3 + 0.8 * control + rng.normal(0, 1, 50)
    design = sm.add_constant(control)
    gap = predict_gap(
        outcome, design, np.arange(40), np.arange(40, 50), np.ones(10), autocorrelation=0.0
    )
    fit = sm.OLS(outcome[:40], design[:40]).fit()
    mean = design[40:].mean(axis=0)
    variance = mean @ fit.cov_params() @ mean + fit.mse_resid / 10
    assert gap.estimate == pytest.approx((outcome[40:] - fit.predict(design[40:])).mean(), abs=SAME)
    assert gap.standard_error == pytest.approx(np.sqrt(variance), rel=SAME)
    assert gap.degrees_of_freedom == 38


def test_autocorrelated_errors_agree_with_generalised_least_squares() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(7)
    design = np.column_stack([np.ones(60), np.arange(60) / 60])
    outcome = design @ [2.0, 1.0] + rng.normal(0, 1, 60)
    gap = predict_gap(
        outcome, design, np.arange(50), np.arange(50, 60), np.ones(10), autocorrelation=0.5
    )
    spread = 0.5 ** np.abs(np.subtract.outer(np.arange(50), np.arange(50)))
    fit = sm.GLS(outcome[:50], design[:50], sigma=spread).fit()
    expected = (outcome[50:] - fit.predict(design[50:])).mean()
    assert gap.estimate == pytest.approx(expected, abs=SAME)


def test_synthetic_did_agrees_with_diff_diff() -> None:
    import pandas as pd
    from diff_diff import SyntheticDiD

    from roi_pipeline.stats.designs.synthetic import synthetic_difference_in_differences

    values, _ = units_by_week(n=20, weeks=30, starts=(20,))
    first = np.array([20, *[30] * 19])
    frame = long_frame(values, first)
    frame["treated"] = (frame["unit"] == 0).astype(int)
    theirs = SyntheticDiD(variance_method="placebo", seed=1).fit(
        pd.DataFrame(frame), outcome="y", treatment="treated", unit="unit", time="week",
        post_periods=list(range(21, 31)),
    )  # fmt: skip
    ours = synthetic_difference_in_differences(cut_of(values, first))
    # Its Frank–Wolfe steps stop at a decrease of 1e-5 of the noise; the next test lets them go on.
    assert ours.estimate == pytest.approx(theirs.att, abs=1e-3)


def test_synthetic_did_is_diff_diffs_once_its_solver_has_converged() -> None:
    from diff_diff import utils

    from roi_pipeline.stats.designs.synthetic import synthetic_difference_in_differences

    values, _ = units_by_week(n=20, weeks=30, starts=(20,), seed=3)
    donors, treated = values[1:].T, values[0]
    noise = np.std(np.diff(donors[:20], axis=0), ddof=1)
    steps = {"min_decrease": 1e-14, "max_iter": 100_000, "max_iter_pre_sparsify": 100_000}
    units = utils.compute_sdid_unit_weights(
        donors[:20], treated[:20], zeta_omega=10**0.25 * noise, **steps
    )
    weeks = utils.compute_time_weights(donors[:20], donors[20:], zeta_lambda=1e-6 * noise, **steps)
    theirs = utils.compute_sdid_estimator(
        donors[:20], donors[20:], treated[:20], treated[20:], units, weeks
    )
    ours = synthetic_difference_in_differences(cut_of(values, np.array([20, *[30] * 19])))
    assert ours.estimate == pytest.approx(theirs, abs=1e-6)


def test_the_variance_of_one_weighted_mean_is_unbiased_for_equal_weights() -> None:
    rng = np.random.default_rng(8)
    shares = np.full(10, 0.1)
    squares = []
    for _ in range(4000):
        values = rng.normal(0, 1, 10)
        parts = Contributions(
            values.mean(), shares * (values - values.mean()), np.zeros(10), shares, np.zeros(10)
        )
        squares.append(parts.standard_error() ** 2)
    assert np.mean(squares) == pytest.approx(0.1, rel=0.03)


def test_declared_weeks_are_dropped_as_if_they_had_never_been() -> None:
    import pyfixest as pf

    values, first = units_by_week()
    frame = long_frame(values, first)
    starts = [FIRST + timedelta(weeks=week) for week in range(40)]
    panel_cut = cut_of(values, first)
    module = Module(
        "reference", NAME, NAME, "ops", Rollout("unit"), (PoolMetric("m", "goal"),),
        design=DesignChoice(dropped_periods=(starts[5], starts[30])),
    )  # fmt: skip
    panel = Panel(
        panel_cut.unit_ids, panel_cut.starts, "week", array("d", values.ravel()),
        array("d", np.ones(values.size)),
        tuple(starts[week] if week < 40 else None for week in first),
    )  # fmt: skip
    kept = frame[~frame["week"].isin([6, 31])]
    fit = pf.feols("y ~ live | unit + week", kept, vcov={"CRV1": "unit"})
    ours = two_way_fixed_effects(cut_panel(panel, module, CYCLE))
    assert ours.estimate == pytest.approx(fit.coef()["live"], abs=SAME)


def test_the_bound_on_drifts_is_honest_dids_with_relative_magnitude_one() -> None:
    from diff_diff import CallawaySantAnna, HonestDiD

    values, first = units_by_week(n=80, weeks=30, starts=(20,))
    ours = difference_in_differences(cut_of(values, first))
    assert ours.trend.blocks == 4
    blocks = values[:, :28].reshape(80, 7, 4).mean(axis=2)
    result = CallawaySantAnna(control_group="never_treated", base_period="universal").fit(
        long_frame(blocks, np.where(first == 20, 5, 7)),
        outcome="y", unit="unit", time="week", first_treat="first",
    )  # fmt: skip
    honest = HonestDiD(method="relative_magnitude", M=1.0).fit(result.aggregate("event_study"))
    per_block = (honest.ub - honest.lb) / (2 + 1)
    assert drift_bound(ours) == pytest.approx(per_block * (10 / 4 + 1) / 2, rel=1e-9)

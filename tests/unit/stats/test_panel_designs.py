"""The narrow designs on panels small enough to think about."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from small_panels import CYCLE, clinics, module_of, panel_of, week

from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, cycle_from_key
from roi_pipeline.stats.clusters import Contributions, clustered_interval
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.designs.before_after import before_after, seasonal_before_after
from roi_pipeline.stats.designs.difference_in_differences import difference_in_differences
from roi_pipeline.stats.designs.interrupted import structural_series, time_based_regression
from roi_pipeline.stats.designs.staggered import staggered
from roi_pipeline.stats.designs.synthetic import (
    simplex_weights,
    synthetic_control,
    synthetic_difference_in_differences,
)
from roi_pipeline.stats.designs.two_way_fixed_effects import two_way_fixed_effects
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.panels import Cut, cut_panel

LATE = cycle_from_key("2027", as_of=date(2028, 2, 1))


def cut_of(panel: Panel, cycle: Cycle = CYCLE, **module: Any) -> Cut:
    cut = cut_panel(panel, module_of(panel, **module), cycle, seed=1)
    assert isinstance(cut, Cut)
    return cut


@pytest.mark.parametrize(
    "design",
    [difference_in_differences, staggered, two_way_fixed_effects],
    ids=lambda design: design.__name__,
)
def test_all_treated_at_once_leaves_nothing_to_compare_with(design) -> None:
    reason = design(cut_of(clinics(go_live=[30] * 20)))
    assert isinstance(reason, Message)
    assert reason.code == "all_treated_at_once"


def test_one_unit_has_no_noise_to_judge_by() -> None:
    reason = before_after(cut_of(clinics(n=1, go_live=[30])))
    assert (reason.code, reason.values["n"]) == ("one_unit", 1)


@pytest.mark.parametrize("design", [before_after, difference_in_differences])
def test_a_constant_metric_has_no_interval(design) -> None:
    go_live = [10] * 8 if design is before_after else [None] * 4 + [10] * 4
    reason = design(cut_of(panel_of(np.full((8, 20), 2.0), 10.0, go_live)))
    assert reason.code == "metric_is_constant"


def test_a_roll_out_to_everybody_in_steps_uses_those_not_yet_live() -> None:
    panel = clinics(n=24, go_live=[20 + 8 * (unit % 3) for unit in range(24)], noise=0.005)
    result = staggered(cut_of(panel))
    assert isinstance(result, Controlled)
    assert result.estimate.estimate == pytest.approx(0.05, abs=0.005)
    assert not result.data.is_post[:, 36:].any()


def test_units_without_a_baseline_carry_no_weight() -> None:
    panel = clinics(n=30, go_live=[None] * 15 + [30] * 15)
    weights = np.frombuffer(panel.denominators).reshape(panel.shape).copy()
    weights[29, :30] = np.nan
    opened = replace(panel, denominators=type(panel.denominators)("d", weights.ravel()))
    result = difference_in_differences(cut_of(opened))
    assert result.estimate.details["n_without_baseline"] == 1
    assert result.estimate.n_treated == 14


def test_a_holiday_that_only_some_worked_through_stays_out_of_their_level() -> None:
    panel = clinics(n=30, go_live=[None] * 15 + [30] * 15, effect=0.0, noise=0.0, sizes=0.0)
    weights = np.frombuffer(panel.denominators).reshape(panel.shape).copy()
    weights[:10, 3:5] = np.nan
    closed = replace(panel, denominators=type(panel.denominators)("d", weights.ravel()))
    reason = difference_in_differences(cut_of(closed))
    estimate = 0.0 if isinstance(reason, Message) else reason.estimate.estimate
    assert estimate == pytest.approx(0.0, abs=1e-9)


def test_clusters_wider_than_the_unit_are_counted_and_widen_the_interval() -> None:
    panel = clinics(n=80, go_live=[None] * 40 + [30] * 40, effect=0.0)
    rng = np.random.default_rng(2)
    regions = np.repeat(np.arange(20), 4)
    shared = rng.normal(0, 0.02, (20, 60))[regions]
    values = np.frombuffer(panel.numerators).reshape(panel.shape)
    moved = values + shared * np.frombuffer(panel.denominators).reshape(panel.shape)
    panel = replace(panel, numerators=type(panel.numerators)("d", moved.ravel()))
    by_unit = difference_in_differences(cut_of(panel)).estimate
    named = replace(panel, clusters=tuple(f"R{region:02}" for region in regions))
    by_region = difference_in_differences(cut_of(named)).estimate
    assert (by_unit.n_clusters, by_region.n_clusters) == (80, 20)
    assert by_region.standard_error > 1.2 * by_unit.standard_error
    assert by_region.estimate == pytest.approx(by_unit.estimate)


def test_few_clusters_get_the_bootstrap_and_the_same_seed_the_same_ends() -> None:
    rng = np.random.default_rng(1)
    share = np.full(12, 1 / 6) * (np.arange(12) < 6)
    other = np.full(12, 1 / 6) * (np.arange(12) >= 6)
    noise = rng.normal(0, 1, 12)
    parts = Contributions(
        0.5, share * (noise - noise[:6].mean()), other * (noise[6:].mean() - noise), share, other
    )
    first, *_ = clustered_interval(parts, confidence=0.95, seed=3)
    again, *_ = clustered_interval(parts, confidence=0.95, seed=3)
    assert first == again
    assert first.kind == "bootstrap"
    assert first.lower < 0.5 < first.upper


def test_dates_dealt_out_again_find_a_large_effect_on_two_units_and_not_a_small_one() -> None:
    go_live = [30, 30, *[None] * 30]
    large = difference_in_differences(cut_of(clinics(n=32, go_live=go_live, effect=0.1))).estimate
    none = difference_in_differences(cut_of(clinics(n=32, go_live=go_live, effect=0.0))).estimate
    assert large.interval.kind == none.interval.kind == "permutation"
    assert large.interval.lower > 0
    assert none.interval.lower < 0 < none.interval.upper
    assert large.interval.p_value < 0.01


def test_the_season_of_last_year_is_taken_out() -> None:
    weeks = 100
    season = 0.05 * np.sin(np.arange(weeks) * 2 * np.pi / 52)
    rng = np.random.default_rng(4)
    rate = 0.4 + season + rng.normal(0, 0.004, (12, weeks)) + rng.normal(0, 0.05, 12)[:, None]
    rate[:, 80:] += 0.03
    cut = cut_of(panel_of(rate * 100, 100.0, [80] * 12), LATE)
    assert seasonal_before_after(cut).estimate == pytest.approx(0.03, abs=0.004)
    assert abs(before_after(cut).estimate - 0.03) > 0.01


def test_a_holiday_that_moved_is_left_out_of_the_yearly_comparison() -> None:
    weeks = 100
    rng = np.random.default_rng(5)
    rate = 0.4 + rng.normal(0, 0.004, (12, weeks))
    rate[:, [25, 84]] -= 0.2
    cut = cut_of(panel_of(rate * 100, 100.0, [80] * 12), LATE)
    moved = frozenset({week(25), week(84)})
    assert abs(seasonal_before_after(cut).estimate) > 0.005
    assert seasonal_before_after(cut, moving_holidays=moved).estimate == pytest.approx(0, abs=0.005)


def test_less_than_thirteen_months_have_no_year_to_compare_with() -> None:
    assert seasonal_before_after(cut_of(clinics(go_live=[30] * 20))).code == "history_too_short"


def test_a_control_series_that_moves_along_explains_a_common_shock() -> None:
    rng = np.random.default_rng(6)
    common = rng.normal(0, 5, 80).cumsum()
    treated = 200 + common + rng.normal(0, 1, 80)
    treated[60:] += 15
    control = 100 + 0.5 * common + rng.normal(0, 0.5, 80)
    cut = cut_of(panel_of(treated[None, :], 1.0, [60]), LATE)
    found = time_based_regression(cut, (panel_of(control[None, :], 1.0, [None]),))
    assert isinstance(found, Estimate)
    assert found.interval.lower < 15 < found.interval.upper
    assert found.details["n_control_series"] == 1


def test_without_any_other_series_there_is_no_regression_on_controls() -> None:
    cut = cut_of(panel_of(np.arange(80.0)[None, :], 1.0, [60]), LATE)
    assert time_based_regression(cut).code == "no_control_series"


def test_trend_and_season_are_not_taken_for_an_effect() -> None:
    weeks = 150
    rng = np.random.default_rng(7)
    values = 50 + 0.1 * np.arange(weeks) + 6 * np.sin(np.arange(weeks) * 2 * np.pi / 52.18)
    values = values + rng.normal(0, 1, weeks)
    values[130:] += 5
    found = structural_series(cut_of(panel_of(values[None, :], 1.0, [130]), LATE))
    assert found.estimate == pytest.approx(5, abs=1.5)
    assert found.interval.lower < 5 < found.interval.upper


def test_a_baseline_shorter_than_the_model_is_refused() -> None:
    found = structural_series(cut_of(panel_of(np.arange(10.0)[None, :], 1.0, [4])))
    assert found.code == "baseline_too_short"


def test_weights_of_a_mix_are_a_mix() -> None:
    rng = np.random.default_rng(8)
    donors = rng.normal(0, 1, (30, 6))
    target = donors @ [0.5, 0.3, 0.2, 0, 0, 0]
    weights = simplex_weights(donors, target, penalty=0.0)
    assert weights.sum() == pytest.approx(1)
    assert weights == pytest.approx([0.5, 0.3, 0.2, 0, 0, 0], abs=1e-4)


@pytest.mark.parametrize("design", [synthetic_control, synthetic_difference_in_differences])
def test_a_single_treated_unit_is_recovered_from_a_mix(design) -> None:
    panel = clinics(n=25, go_live=[30, *[None] * 24], effect=0.1, sizes=0.2)
    found = design(cut_of(panel))
    assert found.estimate == pytest.approx(0.1, abs=0.02)
    assert found.n_treated == 1
    assert found.interval.lower > 0


def test_four_donors_are_too_few_for_a_mix() -> None:
    found = synthetic_control(cut_of(clinics(n=5, go_live=[30, *[None] * 4])))
    assert found.code == "too_few_donors"


def test_daily_and_monthly_panels_are_cut_like_weekly_ones() -> None:
    rng = np.random.default_rng(9)
    for period, step in (("day", timedelta(days=1)), ("month", None)):
        starts = [
            date(2024 + number // 12, number % 12 + 1, 1)
            if step is None
            else date(2025, 1, 1) + number * step
            for number in range(30)
        ]
        rate = 0.3 + rng.normal(0, 0.01, (20, 30))
        rate[10:, 15:] += 0.05
        panel = replace(
            panel_of(rate * 50, 50.0, [None] * 20),
            period=period,
            period_starts=tuple(starts),
            go_live=tuple([None] * 10 + [starts[15]] * 10),
        )
        cycle = cycle_from_key("2026", as_of=date(2027, 1, 31))
        effect = difference_in_differences(cut_of(panel, cycle)).estimate
        assert effect.estimate == pytest.approx(0.05, abs=0.01)

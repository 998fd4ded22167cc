from dataclasses import replace

import numpy as np
import pytest
from small_panels import COUNT, CYCLE, METRIC, ask, clinics, module_of, panel_of, week

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import AttributionRule, DesignChoice, Module
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats.evaluate import evaluate_metric

ONE_DATE = [None] * 20 + [30] * 20


def effect_of(panel: Panel, module: Module | None = None, *, metric: Metric = METRIC) -> Effect:
    module = module or module_of(panel, metric=metric)
    outcome = evaluate_metric(module, CYCLE, ask(panel, module, metric=metric))
    assert isinstance(outcome, Effect)
    return outcome


def check_of(effect: Effect, check: str) -> Finding:
    return next(finding for finding in effect.findings if finding.check == check)


def with_change(panel: Panel, change: np.ndarray) -> Panel:
    """The panel with `change` added to every unit-week's rate."""
    values = np.frombuffer(panel.numerators).reshape(panel.shape)
    weights = np.frombuffer(panel.denominators).reshape(panel.shape)
    changed = values + change * weights
    return replace(panel, numerators=type(panel.numerators)("d", changed.ravel()))


def test_a_drift_before_go_live_is_seen_and_lowers_the_grade() -> None:
    panel = clinics(n=40, go_live=ONE_DATE)
    drift = np.zeros(panel.shape)
    drift[20:] = 0.004 * np.arange(60)
    effect = effect_of(with_change(panel, drift))
    found = check_of(effect, "treated_and_controls_moved_alike_in_the_baseline")
    assert found.message.code == "pre_trend_clear_violation"
    assert effect.grade == "D"
    assert effect_of(panel).grade == "B"


def test_a_passed_pre_trend_test_says_how_much_could_have_stayed_hidden() -> None:
    effect = effect_of(clinics(n=40, go_live=ONE_DATE))
    found = check_of(effect, "treated_and_controls_moved_alike_in_the_baseline")
    assert found.passed
    assert found.message.values["power"] in {"well_powered", "moderate", "underpowered"}
    assert found.message.values["detectable"] > 0


def test_at_least_eight_placebo_dates_are_tried() -> None:
    found = check_of(effect_of(clinics(n=40, go_live=ONE_DATE)), "placebo_dates_show_no_effect")
    assert found.passed
    assert found.message.values["n"] >= 8


def test_a_step_in_the_baseline_makes_placebo_dates_speak() -> None:
    panel = clinics(n=40, go_live=ONE_DATE)
    step = np.zeros(panel.shape)
    step[20:, 15:] = 0.05
    found = check_of(effect_of(with_change(panel, step)), "placebo_dates_show_no_effect")
    assert not found.passed


def test_units_chosen_on_bad_weeks_are_noticed_unless_the_window_is_declared() -> None:
    panel = clinics(n=40, go_live=ONE_DATE)
    dip = np.zeros(panel.shape)
    dip[20:, 26:30] = -0.04
    chosen = with_change(panel, dip)
    found = check_of(effect_of(chosen), "units_were_not_chosen_on_their_last_weeks")
    assert found.message.code == "last_weeks_were_unusual_in_points"
    module = module_of(chosen, selection_window=Window(week(26), week(30)))
    declared = effect_of(chosen, module)
    assert declared.estimate == pytest.approx(effect_of(panel, module).estimate, abs=1e-9)


def test_units_growing_unequally_are_a_composition_shift_and_do_not_move_the_effect() -> None:
    panel = clinics(n=40, go_live=ONE_DATE, effect=0.02, sizes=0.0, noise=0.002)
    factor = np.ones(panel.shape)
    level = np.frombuffer(panel.numerators).reshape(panel.shape)[:, :30].mean(axis=1)
    strong = np.argsort(level[20:])[10:] + 20
    factor[strong, 30:] = 6.0
    grown = replace(
        panel,
        numerators=type(panel.numerators)("d", np.frombuffer(panel.numerators) * factor.ravel()),
        denominators=type(panel.numerators)(
            "d", np.frombuffer(panel.denominators) * factor.ravel()
        ),
    )
    effect = effect_of(grown)
    assert effect.estimate == pytest.approx(0.02, abs=0.005)
    assert not check_of(effect, "the_same_units_carry_both_windows").passed
    assert not check_of(effect, "denominators_did_not_move").passed


def test_an_effect_that_wears_off_is_said_to_change_and_its_steady_state_is_lower() -> None:
    panel = clinics(n=40, go_live=ONE_DATE, effect=0.0, noise=0.004)
    fading = np.zeros(panel.shape)
    fading[20:, 30:] = np.linspace(0.1, 0.0, 30)
    effect = effect_of(with_change(panel, fading))
    assert check_of(effect, "effect_is_steady").message.code == "effect_changes_with_time_in_points"
    assert effect.steady_state < effect.estimate


def test_a_change_beyond_half_the_level_asks_for_a_second_look() -> None:
    found = check_of(effect_of(clinics(effect=0.25)), "change_is_plausible")
    assert (found.passed, found.message.code) == (False, "change_is_suspicious")
    assert check_of(effect_of(clinics(effect=0.02)), "change_is_plausible").passed


def test_no_clear_change_comes_with_the_smallest_detectable_one() -> None:
    effect = effect_of(clinics(seed=2, effect=0.0, noise=0.02))
    found = check_of(effect, "change_is_significant")
    assert found.message.values["detectable"] == effect.smallest_detectable


def test_outcomes_that_are_still_coming_make_post_immature() -> None:
    panel = clinics()
    module = module_of(panel, attribution=AttributionRule("visit", window_days=7))
    end = panel.period_starts[-1]
    early = cycle_from_key("2026-Q1", as_of=end)
    outcome = evaluate_metric(module, early, ask(panel, module))
    assert check_of(outcome, "post_is_mature").message.code == "post_is_immature"
    later = evaluate_metric(module, CYCLE, ask(panel, module))
    assert check_of(later, "post_is_mature").passed


def test_periods_left_out_are_counted() -> None:
    panel = replace(clinics(), partial_periods=(week(59),))
    module = module_of(panel, design=DesignChoice(dropped_periods=(week(4), week(5))))
    found = check_of(effect_of(panel, module), "every_period_is_whole")
    assert found.message.values == {"partial": 1, "dropped": 2}


@pytest.mark.parametrize(("partial", "dropped", "code"), [
    (1, 0, "incomplete_periods_left_out"),
    (0, 1, "declared_periods_left_out"),
    (1, 2, "periods_left_out"),
    (0, 0, "no_period_left_out"),
])  # fmt: skip
def test_kinds_of_periods_that_are_not_left_out_are_not_mentioned(
    partial: int, dropped: int, code: str
) -> None:
    panel = replace(clinics(), partial_periods=tuple(week(59 - n) for n in range(partial)))
    module = module_of(
        panel, design=DesignChoice(dropped_periods=tuple(week(4 + n) for n in range(dropped)))
    )
    assert check_of(effect_of(panel, module), "every_period_is_whole").message.code == code


def test_units_of_unlike_size_are_told_that_the_scale_decides() -> None:
    rng = np.random.default_rng(3)
    level = np.where(np.arange(40) < 20, 10.0, 100.0)[:, None]
    values = level * (1 + 0.3 * (np.arange(60) >= 30)) * rng.normal(1, 0.02, (40, 60))
    panel = panel_of(values, 1.0, ONE_DATE)
    additive = effect_of(panel, metric=COUNT)
    assert check_of(additive, "the_scale_does_not_decide").message.code == "scale_decides"
    proportional = effect_of(panel, metric=replace(COUNT, is_log_scale=True))
    assert proportional.lower < 0 < proportional.upper
    assert additive.estimate > 20


def test_a_clear_result_says_what_drift_would_undo_it() -> None:
    effect = effect_of(clinics(n=40, go_live=ONE_DATE, effect=0.1, noise=0.005))
    found = check_of(effect, "result_survives_drifts_as_large_as_before")
    assert found.message.values["breakdown"] > 0

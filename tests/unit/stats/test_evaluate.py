import math
from array import array
from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from small_panels import COUNT, CYCLE, METRIC, ask, clinics, module_of, panel_of, week

from roi_pipeline.domain.effects import Effect, Inconclusive, Outcome
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import DesignChoice, Module, PoolMetric, Randomisation, Rollout
from roi_pipeline.domain.samples import ArmSamples, Panel, Sample
from roi_pipeline.domain.windows import Cycle, Window, cycle_from_key
from roi_pipeline.stats import evaluate_module
from roi_pipeline.stats.evaluate import evaluate_metric


def outcome_of(
    panel: Panel | None,
    module: Module | None = None,
    *,
    metric: Metric = METRIC,
    cycle: Cycle = CYCLE,
    **more: Any,
) -> Any:
    module = module or module_of(panel, metric=metric)
    return evaluate_metric(module, cycle, ask(panel, module, metric=metric, **more))


def check_of(outcome: Outcome, check: str) -> Finding:
    return next(finding for finding in outcome.findings if finding.check == check)


def test_a_staggered_roll_out_over_clinics_of_unlike_size_is_recovered_with_grade_b() -> None:
    effect = outcome_of(clinics(seed=2, effect=0.05))
    assert isinstance(effect, Effect)
    assert (effect.design, effect.grade, effect.is_money_allowed) == ("staggered", "B", True)
    assert effect.estimate == pytest.approx(0.05, abs=0.01)
    assert effect.lower < 0.05 < effect.upper
    assert effect.post_value - effect.counterfactual_value == pytest.approx(effect.estimate)
    assert effect.interval_kind == "bootstrap"
    assert effect.n_clusters == 20


def test_a_vendors_own_counter_is_grade_e_whatever_the_design() -> None:
    panel, counted = clinics(seed=2, effect=0.05), replace(METRIC, is_vendor_counted=True)
    own, vendors = outcome_of(panel), outcome_of(panel, metric=counted)
    assert (own.grade, vendors.grade, vendors.is_money_allowed) == ("B", "E", False)
    assert (vendors.estimate, vendors.design) == (own.estimate, own.design)
    assert not check_of(vendors, "outcomes_are_counted_in_own_systems").passed
    assert vendors.plan.raise_grade.code == "count_in_own_system"


def test_one_roll_out_date_is_a_two_by_two_comparison() -> None:
    effect = outcome_of(clinics(go_live=[None] * 8 + [30] * 12))
    assert effect.design == "difference_in_differences"
    assert effect.estimate == pytest.approx(0.05, abs=0.01)


def test_an_order_drawn_at_random_earns_grade_a() -> None:
    panel = clinics()
    rollout = Rollout("clinic", module_of(panel).rollout.go_live, is_randomised=True)
    effect = outcome_of(panel, module_of(panel, rollout=rollout))
    assert effect.grade == "A"
    assert effect.plan.raise_grade is None


def test_everywhere_at_once_falls_to_before_and_after_with_grade_d() -> None:
    effect = outcome_of(clinics(go_live=[30] * 20))
    assert (effect.design, effect.grade) == ("before_after", "D")
    refused = {c.design: c.reason.code for c in effect.plan.considered if not c.is_chosen}
    assert refused["staggered"] == "no_untreated_units"


def test_three_treated_units_are_compared_with_a_mix_of_the_others() -> None:
    effect = outcome_of(clinics(go_live=[30] * 3 + [None] * 17))
    assert effect.design == "synthetic_difference_in_differences"
    assert effect.interval_kind == "permutation"
    assert not check_of(effect, "clusters_are_many").passed
    assert effect.estimate == pytest.approx(0.05, abs=0.01)


def test_a_plan_lists_every_design_with_a_reason_and_one_chosen() -> None:
    plan = outcome_of(clinics()).plan
    assert len(plan.considered) == 12
    assert [c.design for c in plan.considered if c.is_chosen] == ["staggered"]
    assert all(c.reason.code for c in plan.considered)


def test_the_grade_advice_comes_with_a_figure() -> None:
    noisy = outcome_of(clinics(noise=0.08))
    advice = noisy.plan.raise_grade
    assert advice.code == "hold_out_raises_grade"
    assert 0 < advice.values["detectable"] <= noisy.smallest_detectable
    many = clinics(n=40, go_live=[None] * 20 + [30] * 20)
    other = outcome_of(many, metric=COUNT).plan.raise_grade
    assert other.code.startswith("randomisation")


def test_a_declared_design_is_used_alone() -> None:
    panel = clinics(go_live=[None] * 8 + [30] * 12)
    module = module_of(panel, design=DesignChoice(design="two_way_fixed_effects"))
    effect = outcome_of(panel, module)
    assert effect.design == "two_way_fixed_effects"
    assert effect.estimate == pytest.approx(0.05, abs=0.01)


def test_a_vendor_counter_is_shown_as_grade_e_without_money() -> None:
    panel = clinics(go_live=[0] * 20)
    module = module_of(panel, design=DesignChoice(counter_value=0.2))
    effect = outcome_of(panel, module)
    assert (effect.design, effect.grade, effect.is_money_allowed) == ("vendor_counter", "E", False)
    assert not effect.is_clear


@pytest.mark.parametrize(
    ("panel", "code"),
    [
        (clinics(go_live=[0] * 20), "no_baseline"),
        (clinics(n=1, go_live=[5], weeks=40), "one_unit"),
        (panel_of(np.full((8, 40), 3.0), 10.0, [None] * 4 + [20] * 4), "metric_is_constant"),
        (panel_of(np.zeros((8, 40)), 0.0, [None] * 4 + [20] * 4), "denominator_is_zero"),
        (clinics(go_live=[None] * 20), "nothing_went_live"),
        (None, "no_data"),
    ],
    ids=["no baseline", "one unit", "constant", "zero denominators", "never live", "no panel"],
)
def test_impossible_questions_get_a_reason(panel: Panel | None, code: str) -> None:
    module = module_of(panel if panel is not None else clinics())
    outcome = evaluate_metric(module, CYCLE, ask(panel, module))
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == code
    assert outcome.plan is not None


def test_ten_days_after_go_live_there_is_no_answer_yet() -> None:
    outcome = outcome_of(clinics(), cycle=cycle_from_key("2025-Q3", as_of=week(31)))
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "post_too_short"


def test_a_go_live_after_the_data_gives_no_answer() -> None:
    panel = clinics(weeks=30)
    panel = replace(panel, go_live=tuple(day and date(2027, 1, 4) for day in panel.go_live))
    assert outcome_of(panel).reason.code == "go_live_outside_the_data"


def test_no_figure_of_an_effect_is_nan_or_infinite() -> None:
    for panel in (clinics(), clinics(go_live=[30] * 20), clinics(go_live=[30] + [None] * 19)):
        effect = outcome_of(panel)
        for field in fields(effect):
            value = getattr(effect, field.name)
            if isinstance(value, float):
                assert math.isfinite(value), field.name
        for point in (*effect.event_study, *effect.series):
            for field in fields(point):
                value = getattr(point, field.name)
                assert value is None or not isinstance(value, float) or math.isfinite(value)


def test_the_chart_shows_the_gap_that_the_estimate_states() -> None:
    effect = outcome_of(clinics(go_live=[None] * 8 + [30] * 12))
    gaps = [
        point.observed - point.counterfactual
        for point in effect.series
        if point.period_start >= week(30)
    ]
    assert np.mean(gaps) == pytest.approx(effect.estimate, abs=0.002)
    assert max(point.period_start for point in effect.series) < CYCLE.observed.end


def test_an_open_cycle_gets_the_sequential_interval_and_a_closed_one_the_fixed() -> None:
    panel = clinics(n=60, weeks=64)
    opened = outcome_of(panel, cycle=cycle_from_key("2026-Q1", as_of=date(2026, 2, 20)))
    closed = outcome_of(panel, cycle=cycle_from_key("2025-Q4", as_of=date(2026, 2, 20)))
    assert (opened.interval_kind, closed.interval_kind) == ("sequential", "fixed")
    assert opened.upper - opened.lower > closed.upper - closed.lower


def test_a_hold_out_drawn_at_random_comes_first() -> None:
    def arm(mean: float) -> Sample:
        spread = mean * (1 - mean)
        return Sample(900, ("numerator", "denominator"), (mean, 1.0), ((spread, 0.0), (0.0, 0.0)))

    panel = clinics()
    lot = Randomisation("arm", ("treated",), ("held_out",), planned_share=0.5)
    module = module_of(panel, randomisation=lot)
    arms = ArmSamples(arm(0.4), arm(0.3), planned_share=0.5)
    effect = outcome_of(panel, module, arms=arms)
    assert (effect.design, effect.grade) == ("randomised", "A")
    assert effect.estimate == pytest.approx(0.1)
    assert effect.details["classical_standard_error"] > 0


def test_a_broken_lot_falls_to_the_next_design_and_says_so() -> None:
    def arm(n: int, mean: float) -> Sample:
        return Sample(n, ("numerator", "denominator"), (mean, 1.0), ((0.2, 0.0), (0.0, 0.0)))

    panel = clinics()
    lot = Randomisation("arm", ("treated",), ("held_out",), planned_share=0.5)
    module = module_of(panel, randomisation=lot)
    effect = outcome_of(panel, module, arms=ArmSamples(arm(9000, 0.4), arm(7000, 0.3), 0.5))
    assert effect.design == "staggered"
    first = effect.plan.considered[0]
    assert (first.design, first.reason.code) == ("randomised", "refused_for_arm_sizes")


def test_the_pool_is_corrected_for_how_many_questions_were_asked() -> None:
    pool = tuple(PoolMetric(f"metric_{number}", "goal") for number in range(4))
    panel = clinics(effect=0.0)
    module = module_of(panel, pool=pool)
    questions = {
        entry.metric_id: replace(
            ask(clinics(seed=number, effect=0.0), module),
            metric=replace(METRIC, id=entry.metric_id),
            pool_metric=entry,
        )
        for number, entry in enumerate(pool)
    }
    effects = evaluate_module(module, CYCLE, questions)
    assert effects.outcomes
    for outcome in effects.outcomes.values():
        assert outcome.adjusted_p_value >= outcome.p_value


def test_a_goal_bought_with_quality_is_named() -> None:
    pool = (PoolMetric("visit_rate", "goal"), PoolMetric("reopened_rate", "guardrail"))
    panel = clinics(effect=0.05)
    module = module_of(panel, pool=pool)
    worse = replace(METRIC, id="reopened_rate", direction="down")
    questions = {
        "visit_rate": ask(panel, module),
        "reopened_rate": replace(
            ask(clinics(seed=3, effect=0.05), module), metric=worse, pool_metric=pool[1]
        ),
    }
    findings = evaluate_module(module, CYCLE, questions).findings
    assert [finding.message.code for finding in findings] == ["quality_fell"]
    assert findings[0].message.values["metric"] == "reopened_rate"


def test_tenure_splits_of_a_service_module_hide_groups_below_five() -> None:
    panel = clinics(n=40)
    bands = tuple("0-1" if number < 34 else "5+" for number in range(40))
    panel = replace(panel, groups={"tenure_band": bands})
    splits = {
        split.group: split for split in outcome_of(panel, module_of(panel, kind="service")).splits
    }
    assert splits["0-1"].estimate == pytest.approx(0.05, abs=0.01)
    assert splits["5+"].n_units == 4
    assert splits["5+"].estimate is None
    assert outcome_of(panel).splits == ()


def test_holidays_inform_the_structural_series_of_a_single_unit() -> None:
    weeks = 120
    values = 100 + 5 * np.sin(np.arange(weeks) * 2 * np.pi / 52.18)
    values += np.random.default_rng(5).normal(0, 1, weeks)
    values[[4, 56, 108]] -= 40
    values[105:] += 8
    panel = panel_of(values[None, :], 1.0, [105])
    days = tuple(week(number) for number in (4, 56, 108))
    cycle = cycle_from_key("2027-Q1", as_of=date(2027, 5, 1))
    whole = [
        day
        for start in days
        for day in Window(start, date.fromordinal(start.toordinal() + 7)).each_day()
    ]
    effect = outcome_of(panel, metric=COUNT, cycle=cycle, holidays=tuple(whole))
    assert (effect.design, effect.grade) == ("structural_series", "D")
    assert effect.estimate == pytest.approx(8, abs=2)


def test_the_same_question_gives_the_same_bytes() -> None:
    assert repr(outcome_of(clinics())) == repr(outcome_of(clinics()))


def test_periods_nobody_has_a_row_in_are_missing_and_zeros_are_zeros() -> None:
    panel = clinics(go_live=[None] * 10 + [30] * 10)
    values = np.frombuffer(panel.numerators).reshape(20, 60).copy()
    below = np.frombuffer(panel.denominators).reshape(20, 60).copy()
    values[:, 12:14] = below[:, 12:14] = np.nan
    values[3, 5] = 0.0
    gappy = replace(
        panel,
        numerators=array("d", values.ravel().tolist()),
        denominators=array("d", below.ravel().tolist()),
    )

    def said(data: Panel) -> list[Finding]:
        findings = evaluate_metric(module_of(data), CYCLE, ask(data)).findings
        return [each for each in findings if each.check == "every_period_has_rows"]

    assert said(panel) == []
    (found,) = said(gappy)
    assert not found.passed
    values_said = found.message.values
    assert (values_said["n"], values_said["zeros"], values_said["first"]) == (2, 1, week(12))

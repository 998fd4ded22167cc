"""Staggered roll-outs through the one entry point: declared bases, leads, forbidden comparisons, log scale."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_panels import CYCLE, METRIC, ask, clinics, module_of, panel_of

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import DesignChoice, Module
from roi_pipeline.domain.samples import Panel
from roi_pipeline.stats.evaluate import evaluate_metric

WAVES = [None] * 8 + [30] * 6 + [36] * 6
PUBLISHED = DesignChoice(base="last_period")


def outcome_of(panel: Panel, module: Module | None = None, metric: Metric = METRIC) -> Any:
    return evaluate_metric(module or module_of(panel), CYCLE, ask(panel, module, metric=metric))


def _finding(effect: Effect, code: str) -> Finding | None:
    return next((each for each in effect.findings if each.message.code == code), None)


def test_the_base_of_each_cohort_is_used_where_it_is_declared() -> None:
    panel = clinics(go_live=WAVES)
    effect = outcome_of(panel, module_of(panel, design=PUBLISHED))
    assert (effect.design, effect.method) == ("staggered", "group_time_group")
    assert effect.estimate == pytest.approx(0.05, abs=0.02)
    kinds = {each.kind for each in effect.cohort_effects}
    assert {"group_time", "group", "calendar", "event", "overall_simple"} <= kinds
    assert outcome_of(panel).cohort_effects == ()


def test_leads_of_a_short_baseline_are_tested_every_one_of_them() -> None:
    """Four weeks before the first go-live: the blocks of the baseline could not be tested."""
    rng = np.random.default_rng(5)
    go_live = [None] * 12 + [4] * 8 + [6] * 8
    values = 10 + rng.normal(0, 0.3, (28, 12))
    for unit, start in enumerate(go_live):
        if start is not None:
            values[unit] += 0.8 * np.arange(12)
    panel = panel_of(values, 1.0, go_live)
    effect = outcome_of(
        panel, module_of(panel, design=PUBLISHED), metric=replace(METRIC, unit="count")
    )
    found = _finding(effect, "leads_are_not_zero")
    assert found is not None
    assert found.message.values["leads"] == 5
    assert found.message.values["p"] < 0.01
    assert effect.grade in {"C", "D"}


def test_two_way_fixed_effects_on_staggered_dates_are_graded_down_and_say_why() -> None:
    panel = clinics(go_live=WAVES)
    module = module_of(panel, design=DesignChoice(design="two_way_fixed_effects"))
    effect = outcome_of(panel, module)
    found = _finding(effect, "compared_with_units_treated_before")
    assert effect.grade == "D"
    assert found is not None
    assert 0 < found.message.values["share"] < 1
    one_date = clinics(go_live=[None] * 8 + [30] * 12)
    module = module_of(one_date, design=DesignChoice(design="two_way_fixed_effects"))
    assert _finding(outcome_of(one_date, module), "compared_with_units_treated_before") is None


@pytest.mark.parametrize(
    ("go_live", "design"),
    [
        ([None] * 19 + [30], "synthetic_difference_in_differences"),
        ([None] * 8 + [30] * 12, "two_way_fixed_effects"),
        ([30] * 20, "before_after"),
    ],
)
def test_a_log_scale_is_refused_where_it_is_not_computed(go_live, design) -> None:
    panel = clinics(go_live=go_live)
    module = module_of(panel, design=DesignChoice(design=design))
    outcome = outcome_of(panel, module, metric=replace(METRIC, is_log_scale=True))
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "log_scale_not_in_this_design"


def test_a_log_scale_is_computed_against_controls() -> None:
    panel = clinics(go_live=[None] * 8 + [30] * 12)
    outcome = outcome_of(panel, metric=replace(METRIC, is_log_scale=True))
    assert isinstance(outcome, Effect)
    assert outcome.design == "difference_in_differences"


def test_few_units_are_said_to_rest_on_what_their_interval_rests_on() -> None:
    rng = np.random.default_rng(2)
    panel = panel_of(10 + rng.normal(0, 1, (2, 40)), 1.0, [None, 30])
    module = module_of(panel, design=DesignChoice(design="difference_in_differences"))
    effect = outcome_of(panel, module, metric=replace(METRIC, unit="count"))
    assert effect.interval_kind == "fixed"
    assert _finding(effect, "few_treated") is None
    assert _finding(effect, "few_treated_students_interval") is not None
    assert effect.plan.raise_grade.code == "too_few_units_to_randomise"
    synthetic = outcome_of(clinics(go_live=[None] * 19 + [30]))
    assert synthetic.interval_kind == "permutation"
    assert _finding(synthetic, "few_treated") is not None


def test_advice_never_asks_for_more_units_than_there_are() -> None:
    for n in (8, 11, 12, 20):
        panel = clinics(n=n, go_live=[None] * (n // 2) + [30] * (n - n // 2))
        effect = outcome_of(panel, metric=replace(METRIC, unit="count"))
        advice = effect.plan.raise_grade
        asked = advice.values["units"]
        assert (advice.code != "too_few_units_to_randomise") == (n >= 12)
        assert asked <= n

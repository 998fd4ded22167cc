from dataclasses import replace

import pytest

from roi_pipeline.domain.effects import Design
from roi_pipeline.stats.choice import ORDER, Facts, candidates, grade_of, make_plan, refusal_of
from roi_pipeline.stats.event_study import PreTrend

ENOUGH = Facts(
    has_arms=False, has_panel=True, has_counter=False, n_treated=20, n_never=20, n_controls=20,
    n_dates=1, n_baseline=40, n_post=10, before_days=280,
)  # fmt: skip
CLEAN = PreTrend(0.5, 0.0, 0.5, 0.1, 3, 0.01)


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"has_arms": True}, "randomised"),
        ({"n_dates": 3}, "staggered"),
        ({}, "difference_in_differences"),
        ({"n_treated": 2}, "synthetic_difference_in_differences"),
        ({"n_treated": 2, "n_never": 3, "n_controls": 3}, "difference_in_differences"),
        ({"n_never": 0, "n_controls": 0, "n_control_series": 1}, "time_based_regression"),
        ({"n_never": 0, "n_controls": 0, "before_days": 730}, "structural_series"),
        ({"n_never": 0, "n_controls": 0, "before_days": 400}, "seasonal_before_after"),
        ({"n_never": 0, "n_controls": 0}, "before_after"),
        ({"n_never": 0, "n_controls": 0, "n_treated": 1}, "structural_series"),
        ({"has_panel": False, "has_counter": True}, "vendor_counter"),
        ({"declared": "two_way_fixed_effects"}, "two_way_fixed_effects"),
    ],
)
def test_the_strongest_design_the_data_allow_comes_first(
    changes: dict[str, object], first: Design
) -> None:
    assert candidates(replace(ENOUGH, **changes))[0] == first


def test_a_declared_design_stands_alone() -> None:
    assert candidates(replace(ENOUGH, declared="synthetic_control")) == ("synthetic_control",)


def test_a_series_with_controls_pays_a_grade_for_a_short_baseline() -> None:
    design = "time_based_regression"
    facts = replace(ENOUGH, n_control_series=1, n_baseline=30)
    assert (facts.n_post, refusal_of(design, facts)) == (10, None)
    assert grade_of(design, facts, None, placebo_passes=True) == "C"
    shorter = replace(facts, n_baseline=29)
    assert refusal_of(design, shorter) is None
    assert grade_of(design, shorter, None, placebo_passes=True) == "D"
    longer = replace(facts, n_baseline=29, n_post=30)
    assert refusal_of(design, longer).code == "baseline_shorter_than_post"
    assert refusal_of(design, replace(longer, declared=design)) is None


def test_every_design_gets_a_reason_in_order_of_strength() -> None:
    plan = make_plan(ENOUGH, "difference_in_differences", failed={})
    assert tuple(entry.design for entry in plan.considered) == ORDER
    assert sum(entry.is_chosen for entry in plan.considered) == 1
    reasons = {entry.design: entry.reason.code for entry in plan.considered}
    assert reasons["randomised"] == "no_hold_out"
    assert reasons["before_after"] == "stronger_design_answers"


@pytest.mark.parametrize(
    ("design", "changes", "trend", "grade"),
    [
        ("randomised", {}, None, "A"),
        ("staggered", {}, CLEAN, "B"),
        ("staggered", {"is_randomised": True}, CLEAN, "A"),
        ("staggered", {"is_randomised": True, "n_treated": 4}, None, "C"),
        ("difference_in_differences", {}, replace(CLEAN, p_value=0.01), "C"),
        ("difference_in_differences", {}, replace(CLEAN, p_value=0.0001), "D"),
        ("difference_in_differences", {}, None, "C"),
        ("difference_in_differences", {"n_baseline": 5}, CLEAN, "C"),
        ("difference_in_differences", {"has_few_control_clusters": True}, CLEAN, "C"),
        ("synthetic_difference_in_differences", {"n_treated": 1}, None, "C"),
        ("time_based_regression", {}, None, "C"),
        ("structural_series", {}, None, "D"),
        ("seasonal_before_after", {}, None, "D"),
        ("before_after", {}, None, "D"),
        ("vendor_counter", {}, None, "E"),
    ],
)
def test_the_grade_is_what_the_design_allows_less_what_its_checks_found(
    design: Design, changes: dict[str, object], trend: PreTrend | None, grade: str
) -> None:
    facts = replace(ENOUGH, **changes)
    assert grade_of(design, facts, trend, placebo_passes=True) == grade


def test_loud_placebo_dates_take_grade_c_from_a_series() -> None:
    assert grade_of("time_based_regression", ENOUGH, None, placebo_passes=False) == "D"


@pytest.mark.parametrize(
    ("p_value", "grade"), [(0.4, "B"), (0.03, "C"), (0.0005, "D"), (None, "C")]
)
def test_a_synthetic_comparison_is_graded_by_its_fit_before_go_live(
    p_value: float | None, grade: str
) -> None:
    facts = replace(ENOUGH, n_treated=1)
    for design in ("synthetic_difference_in_differences", "synthetic_control"):
        found = grade_of(design, facts, None, placebo_passes=True, prefit_p_value=p_value)
        assert found == grade

"""Planning: what can be found, with how many units, and who is held out."""

import math
from dataclasses import replace

import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import minimum_detectable_effect
from roi_pipeline.stats.power import (
    WeeklyMetric,
    design_effect,
    detectable_changes,
    draw_holdout,
    units_per_arm,
    weekly_metric,
)

IDS = [f"C{number:04}" for number in range(1000)]
WEEK = WeeklyMetric(value=0.2, unit_variance=0.16, n_units=4000)


def test_units_per_arm_follows_the_formula() -> None:
    assert units_per_arm(1.0, 0.5) == 63
    assert units_per_arm(4.0, 0.5) == 252


def test_units_and_smallest_detectable_change_are_each_others_inverse() -> None:
    n = units_per_arm(0.16, 0.02)
    assert isinstance(n, int)
    assert minimum_detectable_effect(math.sqrt(2 * 0.16 / n), math.inf) == pytest.approx(
        0.02, rel=1e-3
    )


@pytest.mark.parametrize(
    ("variance", "difference", "code"),
    [
        (0.0, 0.5, "metric_is_constant"),
        (math.nan, 0.5, "metric_is_constant"),
        (1.0, 0.0, "difference_must_not_be_zero"),
        (1.0, math.inf, "difference_must_not_be_zero"),
    ],
)
def test_an_impossible_plan_gives_its_reason(variance: float, difference: float, code: str) -> None:
    found = units_per_arm(variance, difference)
    assert isinstance(found, Message)
    assert found.code == code


def test_equal_halves_find_the_smallest_change() -> None:
    changes = detectable_changes(WEEK, weeks=[1], holdout_shares=[0.05, 0.2, 0.5])
    absolute = [change.absolute for change in changes]
    assert absolute == sorted(absolute, reverse=True)
    expected = minimum_detectable_effect(math.sqrt(0.16 / 2000 * 2), math.inf)
    assert absolute[-1] == pytest.approx(expected)
    assert changes[-1].relative == pytest.approx(expected / 0.2)
    assert changes[0].n_comparison == pytest.approx(200)


def test_longer_studies_find_less_when_weeks_differ_and_new_units_come() -> None:
    stuck = replace(WEEK, week_correlation=1.0)
    coming = replace(WEEK, week_correlation=1.0, new_units_per_week=4000)

    def find(metric: WeeklyMetric) -> list[float]:
        found = detectable_changes(metric, weeks=[1, 4], holdout_shares=[0.5])
        return [change.absolute for change in found]

    assert find(stuck)[0] == pytest.approx(find(stuck)[1])
    assert find(WEEK)[1] == pytest.approx(find(WEEK)[0] * math.sqrt((1 + 3 * 0.5) / 4))
    assert find(coming)[1] == pytest.approx(find(coming)[0] / 2)


def test_clusters_cost_and_baselines_pay() -> None:
    def find(metric: WeeklyMetric) -> float:
        return detectable_changes(metric, weeks=[1], holdout_shares=[0.5])[0].absolute

    clustered = replace(WEEK, cluster_size=20, cluster_correlation=0.05)
    known = replace(WEEK, baseline_correlation=0.8)
    assert find(clustered) == pytest.approx(find(WEEK) * math.sqrt(1.95))
    assert find(known) == pytest.approx(find(WEEK) * 0.6)


def test_unequal_clusters_cost_more() -> None:
    assert design_effect(20, 0.05, size_variation=0.5) == pytest.approx(1 + (25 - 1) * 0.05)
    assert design_effect(1, 0.05) == 1.0
    assert design_effect(20, -0.2) == 1.0


def test_plans_without_two_units_in_each_arm_are_left_out() -> None:
    few = replace(WEEK, n_units=30)
    assert detectable_changes(few, weeks=[0, 1], holdout_shares=[0.05]) == ()
    clustered = replace(WEEK, n_units=100, cluster_size=50)
    assert detectable_changes(clustered, weeks=[1], holdout_shares=[0.5]) == ()


def test_a_metric_at_zero_has_no_relative_change() -> None:
    change = detectable_changes(replace(WEEK, value=0.0), weeks=[1], holdout_shares=[0.5])[0]
    assert change.relative is None


def test_a_week_of_history_gives_the_planning_figures() -> None:
    names = ("numerator", "denominator")
    metric = weekly_metric(Sample(50, names, (4.0, 2.0), ((1.0, 0.0), (0.0, 0.0))))
    assert isinstance(metric, WeeklyMetric)
    assert (metric.value, metric.unit_variance, metric.n_units) == (2.0, 0.25, 50.0)
    constant = weekly_metric(Sample(50, names, (4.0, 2.0), ((0.0, 0.0), (0.0, 0.0))))
    assert isinstance(constant, Message)
    assert constant.code == "metric_is_constant"
    empty = weekly_metric(Sample(0, names, (0.0, 0.0), ((0.0, 0.0), (0.0, 0.0))))
    assert isinstance(empty, Message)


def test_the_holdout_has_the_stated_share_in_every_stratum() -> None:
    strata = {unit_id: f"region {int(unit_id[1:]) % 7}" for unit_id in IDS}
    drawn = draw_holdout(IDS, strata, share=0.05, seed=1)
    assert abs(len(drawn) - 50) <= 1
    for name in set(strata.values()):
        size = sum(stratum == name for stratum in strata.values())
        found = sum(strata[unit_id] == name for unit_id in drawn)
        assert abs(found - 0.05 * size) <= 1


def test_the_same_seed_draws_the_same_units_in_any_order() -> None:
    assert draw_holdout(IDS, share=0.1, seed=3) == draw_holdout(IDS[::-1], share=0.1, seed=3)
    assert draw_holdout(IDS, share=0.1, seed=3) != draw_holdout(IDS, share=0.1, seed=4)


def test_every_unit_has_the_same_chance_also_in_small_strata() -> None:
    ids = [f"U{number}" for number in range(10)]
    strata = dict(zip(ids, ["a", "a", "a", "b", "b", "c", "d", "d", "d", "d"], strict=True))
    drawn = [draw_holdout(ids, strata, share=0.2, seed=seed) for seed in range(2000)]
    assert ids
    for unit_id in ids:
        times = sum(unit_id in chosen for chosen in drawn)
        assert times == pytest.approx(400, abs=80)  # four and a half standard errors


@pytest.mark.parametrize("share", [0.0, 1.0, 5.0])
def test_a_share_outside_zero_and_one_is_refused_with_a_remedy(share: float) -> None:
    with pytest.raises(NeedsAHuman, match=r"write 0\.05 for 5 %"):
        draw_holdout(IDS, share=share, seed=1)


def test_a_unit_named_twice_is_refused_by_name() -> None:
    with pytest.raises(NeedsAHuman, match="C0003"):
        draw_holdout([*IDS, "C0003"], share=0.1, seed=1)

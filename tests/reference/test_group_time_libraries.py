"""Callaway & Sant'Anna as diff-diff computes it: group-time effects, aggregates, errors; Bacon's weights."""

import warnings
from dataclasses import replace
from typing import Any

import diff_diff
import numpy as np
import pytest
from library_panels import cut_of, long_frame, units_by_week

from roi_pipeline.domain.modules import DesignChoice
from roi_pipeline.stats.designs.group_time import group_time
from roi_pipeline.stats.designs.two_way_fixed_effects import two_way_fixed_effects
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.panels import Cut
from roi_pipeline.stats.staggered_checks import goodman_bacon

SAME = 1e-6
WEEKS, STARTS = 14, (6, 8, 10)


def _cut(values, first) -> Cut:
    cut = cut_of(values, first)
    assert isinstance(cut, Cut), cut
    return cut


def _estimate(values, first, **declared: Any) -> Estimate:
    cut = _cut(values, first)
    choice = DesignChoice(base="last_period", **declared)
    found = group_time(replace(cut, declared=choice))
    assert isinstance(found, Estimate), found
    return found


def _library(values, first, control_group) -> Any:
    frame = long_frame(values, first)
    design = diff_diff.CallawaySantAnna(control_group=control_group, base_period="universal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # all aggregates at once, while it is there
        return design.fit(
            frame, outcome="y", unit="unit", time="week", first_treat="first", aggregate="all"
        )


@pytest.fixture(scope="module")
def panel():
    return units_by_week(n=60, weeks=WEEKS, starts=STARTS, seed=9)


@pytest.mark.parametrize("control_group", ["never_treated", "not_yet_treated"])
def test_every_group_time_effect_and_its_error(panel, control_group) -> None:
    values, first = panel
    ours = {
        (each.cohort, each.period): each
        for each in _estimate(values, first, control_group=control_group).cohort_effects
        if each.kind == "group_time"
    }
    cut = _cut(values, first)
    theirs = {
        key: each
        for key, each in _library(values, first, control_group).group_time_effects.items()
        if np.isfinite(each["se"])
    }
    assert len(theirs) == len(ours) == 3 * (WEEKS - 1)
    for (cohort, week), each in theirs.items():
        own = ours[cut.starts[int(cohort) - 1], cut.starts[int(week) - 1]]
        assert own.estimate == pytest.approx(each["effect"], abs=SAME)
        assert own.standard_error == pytest.approx(each["se"], abs=SAME)


@pytest.mark.parametrize("control_group", ["never_treated", "not_yet_treated"])
def test_every_aggregate_and_its_error(panel, control_group) -> None:
    values, first = panel
    ours = _estimate(values, first, control_group=control_group).cohort_effects
    fitted = _library(values, first, control_group)
    by_kind = {each.kind: each for each in ours if each.kind.startswith("overall")}
    assert by_kind["overall_simple"].estimate == pytest.approx(fitted.overall_att, abs=SAME)
    assert by_kind["overall_simple"].standard_error == pytest.approx(fitted.overall_se, abs=SAME)
    event = fitted.event_study_effects
    own = {each.periods_since_go_live: each for each in ours if each.kind == "event"}
    compared = 0
    for since, each in event.items():
        if np.isfinite(each["se"]):
            compared += 1
            assert own[int(since)].estimate == pytest.approx(each["effect"], abs=SAME)
            assert own[int(since)].standard_error == pytest.approx(each["se"], abs=SAME)
    assert compared >= 12
    cut = _cut(values, first)
    groups = {each.cohort: each for each in ours if each.kind == "group"}
    for cohort, each in fitted.group_effects.items():
        own_group = groups[cut.starts[int(cohort) - 1]]
        assert own_group.estimate == pytest.approx(each["effect"], abs=SAME)
        assert own_group.standard_error == pytest.approx(each["se"], abs=SAME)


def test_the_headline_is_the_declared_aggregate(panel) -> None:
    values, first = panel
    for kind in ("simple", "group", "calendar", "event"):
        found = _estimate(values, first, aggregate=kind)
        overall = next(each for each in found.cohort_effects if each.kind == f"overall_{kind}")
        assert (found.estimate, found.standard_error) == (overall.estimate, overall.standard_error)


def test_calendar_and_group_aggregates_are_their_definition(panel) -> None:
    """From the group-time effects alone, with the cohorts' sizes as weights."""
    values, first = panel
    ours = _estimate(values, first).cohort_effects
    cut = _cut(values, first)
    size = {cut.starts[start]: np.count_nonzero(first == start) for start in STARTS}
    cells = [
        each
        for each in ours
        if each.kind == "group_time" and each.period and each.cohort and each.period >= each.cohort
    ]
    by_period = [
        np.average(
            [each.estimate for each in cells if each.period == period],
            weights=[size[each.cohort] for each in cells if each.period == period],
        )
        for period in sorted({each.period for each in cells if each.period})
    ]
    by_cohort = [np.mean([c.estimate for c in cells if c.cohort == g]) for g in sorted(size)]
    found = {each.kind: each.estimate for each in ours}
    assert found["overall_calendar"] == pytest.approx(np.mean(by_period), abs=1e-12)
    weights = [size[g] for g in sorted(size)]
    assert found["overall_group"] == pytest.approx(
        np.average(by_cohort, weights=weights), abs=1e-12
    )


def test_a_band_covers_all_and_is_wider_than_each_interval(panel) -> None:
    values, first = panel
    effects = [e for e in _estimate(values, first).cohort_effects if e.kind == "group_time"]
    assert len(effects) == 3 * (WEEKS - 1)
    assert all(e.band_lower < e.lower < e.upper < e.band_upper for e in effects)


def test_goodman_bacons_weights(panel) -> None:
    values, first = panel
    cut = _cut(values, first)
    fitted = diff_diff.BaconDecomposition().fit(
        long_frame(values, first), outcome="y", unit="unit", time="week", first_treat="first"
    )
    ours = goodman_bacon(cut)
    assert ours["treated_against_never"] == pytest.approx(
        fitted.total_weight_treated_vs_never, abs=SAME
    )
    assert ours["later_against_earlier"] == pytest.approx(
        fitted.total_weight_later_vs_earlier, abs=SAME
    )
    estimate = two_way_fixed_effects(cut)
    assert isinstance(estimate, Estimate)
    assert estimate.estimate == pytest.approx(fitted.twfe_estimate, abs=SAME)

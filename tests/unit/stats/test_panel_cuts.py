import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from small_panels import CYCLE, clinics, module_of, panel_of, week

from roi_pipeline.domain.modules import DesignChoice
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats.panels import Cut, cut_panel


def cut_of(panel, module=None, cycle=CYCLE):
    cut = cut_panel(panel, module or module_of(panel), cycle)
    assert isinstance(cut, Cut)
    return cut


def code_of(panel, module=None, cycle=CYCLE):
    reason = cut_panel(panel, module or module_of(panel), cycle)
    assert isinstance(reason, Message)
    return reason.code


def test_the_baseline_ends_before_the_selection_window() -> None:
    panel = clinics()
    module = module_of(panel, selection_window=Window(week(20), week(24)))
    assert cut_of(panel, module).baseline == Window(week(0), week(20))
    assert cut_of(panel).baseline == Window(week(0), week(30))


def test_a_declared_baseline_is_cut_back_to_before_the_selection_window() -> None:
    panel = clinics()
    module = module_of(
        panel, baseline=Window(week(5), week(25)), selection_window=Window(week(20), week(24))
    )
    assert cut_of(panel, module).baseline == Window(week(5), week(20))


def test_the_week_of_go_live_belongs_to_neither_window() -> None:
    panel = clinics(go_live=[None, None, *[30] * 18])
    midweek = tuple(day and date(day.year, day.month, day.day + 2) for day in panel.go_live)
    panel = replace(panel, go_live=midweek)
    cut = cut_of(panel, module_of(panel))
    assert cut.baseline.end == week(30)
    assert cut.post.start == week(31)
    assert cut.touched_from[2] == 30


def test_ramp_days_delay_post_and_leave_the_baseline_alone() -> None:
    panel = clinics(go_live=[None, None, *[30] * 18])
    cut = cut_of(panel, module_of(panel, design=DesignChoice(ramp_days=14)))
    assert cut.post.start == week(32)
    assert cut.baseline.end == week(30)


def test_anticipation_takes_periods_from_the_end_of_the_baseline() -> None:
    panel = clinics(go_live=[None, None, *[30] * 18])
    cut = cut_of(panel, module_of(panel, design=DesignChoice(anticipation_periods=2)))
    assert cut.baseline.end == week(28)
    assert cut.touched_from[2] == 28


def test_partial_and_declared_periods_are_in_no_window() -> None:
    panel = replace(clinics(), partial_periods=(week(59),))
    module = module_of(panel, design=DesignChoice(dropped_periods=(week(3), week(40))))
    cut = cut_of(panel, module)
    assert not cut.is_baseline[3]
    assert not cut.is_post[:, [40, 59]].any()


def test_nothing_after_what_the_cycle_lets_us_see_is_used() -> None:
    early = cycle_from_key("2025-Q4", as_of=date(2025, 11, 15))
    cut = cut_of(clinics(), cycle=early)
    assert cut.post.end <= date(2025, 11, 15)


def test_missing_unit_weeks_carry_no_weight() -> None:
    numerators, denominators = np.full((6, 20), 3.0), np.full((6, 20), 10.0)
    numerators[0, 4] = denominators[0, 4] = math.nan
    numerators[1, 5], denominators[1, 5] = 7.0, 0.0
    cut = cut_of(panel_of(numerators, denominators, [None, None, None, 10, 10, 10]))
    assert cut.numerators[0, 4] == cut.denominators[0, 4] == 0
    assert cut.numerators[1, 5] == 0


def test_units_treated_before_any_baseline_are_left_out_and_counted() -> None:
    panel = clinics(go_live=[0, None, None, *[30] * 17])
    cut = cut_of(panel)
    assert cut.left_out == 1
    assert "C00" not in cut.unit_ids


def test_only_declared_control_units_are_controls() -> None:
    panel = clinics()
    cut = cut_of(panel, module_of(panel, design=DesignChoice(control_units=("C00", "C03"))))
    assert [cut.unit_ids[i] for i in np.flatnonzero(cut.is_control)] == ["C00", "C03"]


@pytest.mark.parametrize(
    ("panel", "code"),
    [
        (clinics(go_live=[0] * 20), "no_baseline"),
        (clinics(go_live=[None] * 20), "nothing_went_live"),
        (clinics(go_live=[None, *[59] * 19], weeks=60), "post_too_short"),
        (panel_of(np.zeros((4, 20)), 0.0, [None, None, 10, 10]), "denominator_is_zero"),
        (panel_of(np.zeros((0, 0)), 0.0, []), "no_data"),
    ],
    ids=["no baseline", "never live", "one week of post", "zero denominators", "nothing"],
)
def test_a_panel_without_an_honest_comparison_says_why(panel, code) -> None:
    assert code_of(panel) == code


def test_a_go_live_after_the_data_is_outside_them() -> None:
    panel = clinics(weeks=25, go_live=[None] * 10 + [24] * 10)
    late = tuple(day and date(2026, 1, 5) for day in panel.go_live)
    assert code_of(replace(panel, go_live=late)) == "go_live_outside_the_data"


def test_ten_days_since_go_live_are_too_few() -> None:
    panel = clinics(go_live=[None] * 10 + [30] * 10)
    cycle = cycle_from_key("2025-Q3", as_of=week(31))
    assert code_of(panel, cycle=cycle) == "post_too_short"

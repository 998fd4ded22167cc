"""Periods, the standard in force, the assumption register and its versions."""

from dataclasses import replace
from datetime import date

import pytest
from finance_cases import ASSUMPTIONS, LIVE, Q1, STANDARD, assumption, module, valued

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.modules import Rollout
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.finance import assumption_changes, periods, versions
from roi_pipeline.finance.periods import standard_of_cycle, standard_of_cycle_before
from roi_pipeline.finance.register import read_register

SME = STANDARD.tiers[1]


def test_periods_start_at_go_live_and_end_where_the_data_end() -> None:
    later = module(
        rollout=Rollout("clinic", go_live={"A": date(2026, 2, 1), "B": date(2026, 3, 1)})
    )
    cycle = cycle_from_key("2026-Q1", as_of=date(2026, 3, 16))
    window = Window(date(2026, 2, 1), date(2026, 3, 16))
    assert periods(later, cycle, SME) == {"cycle": window, "since_go_live": window, "rated": window}


def test_the_rating_window_trails_at_most_the_tiers_months() -> None:
    old = module(rollout=Rollout("clinic", everywhere_from=date(2024, 5, 1)))
    found = periods(old, Q1, SME)
    assert found["cycle"] == Q1.window
    assert found["since_go_live"] == Window(date(2024, 5, 1), date(2026, 4, 1))
    assert found["rated"] == Window(date(2025, 10, 1), date(2026, 4, 1))


def test_a_module_not_live_yet_has_empty_periods_and_no_figures() -> None:
    future = module(rollout=Rollout("clinic", everywhere_from=date(2026, 5, 1)))
    assert {window.days for window in periods(future, Q1, SME).values()} == {0}
    value = valued(future)
    assert value.rating.status == "too_early"
    assert value.cycle.costs == ()
    assert value.cycle.returns.roi is None


def test_a_hold_out_without_go_live_counts_from_the_contract() -> None:
    drawn = module(rollout=Rollout("customer"))
    assert periods(drawn, Q1, SME)["since_go_live"].start == LIVE
    with pytest.raises(NeedsAHuman, match=r"invite\.toml: rollout\.go_live.*everywhere_from"):
        periods(replace(drawn, vendor_contract=None), Q1, SME)


def test_the_standard_of_a_cycle_is_that_of_its_last_day() -> None:
    late = replace(STANDARD, id="late", valid_from=date(2026, 3, 31))
    later = replace(STANDARD, id="later", valid_from=date(2026, 4, 1))
    assert standard_of_cycle([STANDARD, late, later], Q1).id == "late"
    assert standard_of_cycle_before([late], Q1) is None
    former = standard_of_cycle_before([STANDARD, late], Q1)
    assert former == STANDARD
    with pytest.raises(NeedsAHuman, match=r"no standard is in force on 2026-03-31.*later from"):
        standard_of_cycle([later], Q1)


def test_a_modules_own_assumption_takes_the_place_of_the_studys() -> None:
    own = assumption("visit_value", "300")
    value = valued(module(assumptions=(own,)))
    assert value.cycle.benefits[0].unit_value == 300
    assert own in value.assumptions


def test_the_latest_version_stated_by_the_cycles_end_is_in_force() -> None:
    stated = [
        assumption("visit_value", "200", stated_on=date(2025, 1, 1)),
        assumption("visit_value", "220", stated_on=date(2026, 2, 1)),
        assumption("visit_value", "500", stated_on=date(2026, 5, 1)),
    ]
    register = read_register(stated, (), standard=STANDARD, day=date(2026, 3, 31))
    assert register.find("visit_value").value == 220
    early = read_register(stated, (), standard=STANDARD, day=date(2024, 1, 1))
    assert early.find("visit_value").value == 200
    assert [item.value for item in versions(reversed(stated), "visit_value")] == [200, 220, 500]
    assert register.knows("recapture_rate")
    with pytest.raises(UnknownName, match="visit_value"):
        register.find("visit_valu")


def test_changes_between_two_registers_are_listed() -> None:
    before = (*ASSUMPTIONS, assumption("gone", "1"))
    after = (assumption("visit_value", "250"), *ASSUMPTIONS[1:], assumption("new", "2"))
    found = {change.id: change for change in assumption_changes(before, after)}
    assert set(found) == {"gone", "new", "visit_value"}
    assert found["gone"].after is None
    assert found["new"].before is None
    assert found["visit_value"].after == after[0]

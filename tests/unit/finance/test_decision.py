"""What to do next: actions, guardrails, dates of the contract, cost and value of waiting."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from finance_cases import (
    LIVE,
    STANDARD,
    YEAR,
    D,
    cost,
    effect,
    inconclusive,
    metric,
    module,
    valued,
    with_roi,
)

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import PoolMetric, Rollout, VendorContract
from roi_pipeline.domain.standards import Band
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import cycle_from_key
from roi_pipeline.finance.notice import notice_on
from roi_pipeline.finance.rating import judge
from roi_pipeline.finance.soft import theme_of
from roi_pipeline.finance.uncertainty import Spread

KNOWN = {
    "visit_rate": metric(),
    "complaint_rate": metric("complaint_rate", direction="down", is_hard=False),
}
GUARDED = module(pool=(PoolMetric("visit_rate", "goal"), PoolMetric("complaint_rate", "guardrail")))


def codes(value: Any) -> list[str]:
    return [reason.code for reason in value.decision.reasons]


def test_nothing_that_hurts_a_guardrail_is_simply_continued() -> None:
    harm = effect("complaint_rate", estimate=0.05)
    value = with_roi("4", headcount=50, module_=GUARDED, metrics=KNOWN, outcomes=(harm,))
    assert (value.rating.action, value.decision.action) == ("continue", "optimise")
    assert "guardrail_got_worse" in codes(value)
    noise = effect("complaint_rate", estimate=0.01, standard_error=0.05)
    calm = with_roi("4", headcount=50, module_=GUARDED, metrics=KNOWN, outcomes=(noise,))
    assert calm.decision.action == "continue"


def test_a_module_that_surely_brings_nothing_is_stopped() -> None:
    value = valued(None, effect(estimate=-0.05))
    assert (value.rating.grade, value.decision.action) == ("adjust", "stop")
    assert "decision_is_to_stop" in codes(value)


def test_a_second_verdict_to_change_with_money_lost_is_a_stop() -> None:
    first = valued(per_month=50.0)
    assert first.decision.action == "change"
    second = valued(per_month=50.0, previous=[first])
    assert second.decision.action == "stop"
    recovering = valued(per_month=220.0, previous=[first])
    assert recovering.decision.action == "change"


def test_last_cycles_decision_stands_beside_what_came_of_it() -> None:
    first = valued()
    again = valued(previous=[first])
    last = next(r for r in again.decision.reasons if r.code.startswith("last_decision"))
    assert last == Message(
        "last_decision_and_what_came_of_it",
        {"cycle": "2026-Q1", "action": "change", "roi_then": 0.0, "roi_now": 0.0},
    )
    without = replace(
        first, cycle=replace(first.cycle, returns=replace(first.cycle.returns, roi=None))
    )
    assert "last_decision" in codes(valued(previous=[without]))


def test_notice_decides_until_when_to_decide() -> None:
    def timing(contract: VendorContract | None) -> tuple[str | None, str]:
        value = valued(module(vendor_contract=contract))
        return value.decision.decide_by, codes(value)[-1]

    start = LIVE
    assert timing(VendorContract(start, date(2026, 12, 31), 30)) == ("2026-12-01", "decide_by_day")
    assert timing(VendorContract(start, date(2026, 6, 30), 30)) == (
        "2026-05-31",
        "decide_before_the_next_report",
    )
    assert timing(VendorContract(start, date(2026, 4, 15), 30)) == (None, "notice_day_has_passed")
    assert timing(VendorContract(start, date(2026, 4, 15), 30, auto_renews=True)) == (
        "2026-06-15",
        "notice_day_has_passed_renews",
    )
    assert timing(VendorContract(start, date(2026, 4, 1), 30)) == (None, "contract_has_ended")
    assert timing(None)[0] is None


RENEWING = VendorContract(date(2025, 6, 1), date(2026, 5, 31), 30, auto_renews=True)


@pytest.mark.parametrize(
    ("as_of", "decide_by", "last_code"),
    [
        (date(2026, 4, 15), "2026-05-01", "decide_before_the_next_report"),
        (date(2026, 5, 1), "2026-05-01", "notice_day_is_today"),
        (date(2026, 5, 2), "2027-05-01", "notice_day_has_passed_renews"),
        (date(2026, 6, 1), "2027-05-01", "decide_by_day"),
    ],
)
def test_no_date_of_the_past_stands_as_if_it_lay_ahead(
    as_of: date, decide_by: str, last_code: str
) -> None:
    """An edition of 15 April had said to decide by 14 April."""
    value = valued(module(vendor_contract=RENEWING), cycle=cycle_from_key("2026-Q1", as_of=as_of))
    assert (value.decision.decide_by, codes(value)[-1]) == (decide_by, last_code)
    assert date.fromisoformat(decide_by) >= as_of
    assert ("contract_was_renewed" in codes(value)) is (as_of > RENEWING.end)


@pytest.mark.parametrize("days_ahead", range(0, 900, 37))
def test_the_day_to_decide_by_never_lies_in_the_past(days_ahead: int) -> None:
    today = date(2026, 1, 1) + timedelta(days=days_ahead)
    seen = notice_on(RENEWING, today, next_edition=today + timedelta(days=90))
    assert seen.next_day is not None
    assert seen.next_day >= today
    assert seen.end >= today


LARGE = {"headcount": 860}  # rated after twelve months; Q1 is three months in


def test_a_sure_loss_is_warned_of_before_the_rating() -> None:
    """A module with ROI -86 % whose notice day was near had been told to wait."""
    value = valued(module(vendor_contract=RENEWING), per_month=28.0, **LARGE)  # type: ignore[arg-type]
    assert value.cycle.returns.roi == D("-0.86")
    assert value.rating.status == "too_early"
    assert value.decision.action == "stop"
    assert codes(value)[0] == "early_warning_to_stop"
    assert "decide_before_the_next_report" in codes(value)
    assert value.decision.cost_of_waiting == 2580


def test_a_loss_that_may_be_chance_waits_for_the_rating() -> None:
    vague = valued(None, effect(estimate=0.04, standard_error=0.02), **LARGE)  # type: ignore[arg-type]
    assert (vague.rating.status, vague.decision.action) == ("too_early", "wait")
    # P(benefit > running cost) of .0505 and .0495 with 3,000 of costs: z of 1.64 and 1.65, as far as
    # the loss is believed: .994 of it, with an error of .997 of what was measured
    for distance, action in ((1.645, "wait"), (1.655, "stop")):
        estimate = 0.05 - distance * 0.004
        value = valued(None, effect(estimate=estimate, standard_error=0.004), **LARGE)  # type: ignore[arg-type]
        assert value.decision.action == action, distance


def test_what_is_sunk_does_not_stop_a_module_that_earns_its_running_costs() -> None:
    paid = cost("set_up", basis="once", amount=D(90000), life_months=12)
    value = valued(module(costs=(cost(), paid)), per_month=400.0, **LARGE)  # type: ignore[arg-type]
    assert value.cycle.returns.net < 0
    assert (value.decision.action, value.decision.cost_of_waiting) == ("continue", None)


def test_evidence_the_tier_does_not_count_stops_nothing() -> None:
    value = valued(None, effect(estimate=0.01, grade="D"), **LARGE)  # type: ignore[arg-type]
    assert value.decision.action == "wait"


def test_harm_to_a_guardrail_is_not_waited_out() -> None:
    harm = effect("complaint_rate", estimate=0.05)
    value = valued(GUARDED, effect(), harm, metrics=KNOWN, per_month=400.0, **LARGE)  # type: ignore[arg-type]
    assert (value.rating.status, value.decision.action) == ("too_early", "optimise")
    assert codes(value)[0] == "guardrail_before_the_rating"


def test_waiting_costs_what_another_cycle_is_expected_to_lose() -> None:
    assert valued(per_month=100.0).decision.cost_of_waiting == 1500
    assert valued(per_month=400.0).decision.cost_of_waiting == 0


def test_an_open_cycle_is_scaled_to_a_whole_one() -> None:
    half = cycle_from_key("2026-Q1", as_of=date(2026, 2, 15))
    assert valued(cycle=half, per_month=100.0).decision.cost_of_waiting == 1500


def test_waiting_has_one_value_and_no_cost_beside_the_advice_to_go_on() -> None:
    """Two notions of its value had stood on one page, and a cost beside the advice to continue."""
    vague = valued(None, effect(estimate=0.04, standard_error=0.02), **LARGE).decision  # type: ignore[arg-type]
    waiting = next(option for option in vague.options if option.action == "wait")
    assert (vague.action, vague.value_of_waiting) == ("wait", waiting.learning)
    sure = valued(per_month=400.0, **LARGE).decision  # type: ignore[arg-type]
    assert (sure.action, sure.cost_of_waiting) == ("continue", None)


def test_no_figures_no_cost_of_waiting() -> None:
    value = valued(volumes={})
    assert value.decision.cost_of_waiting is None
    assert value.decision.value_of_waiting is None


def test_a_finding_of_the_soft_panel_makes_a_large_firms_module_valuable() -> None:
    found = Finding(
        "compliance_improved", "recordings", passed=True, severity="note", message=Message("m")
    )
    value = with_roi("-0.2", headcount=400, soft=[found])
    assert value.rating.grade == "valuable"
    assert found in value.findings
    failed = replace(found, passed=False)
    assert with_roi("-0.2", headcount=400, soft=[failed]).rating.grade == "review"


def test_the_soft_panel_shows_every_soft_metric_whatever_its_money() -> None:
    known = KNOWN | {
        "retention_rate": metric("retention_rate", benefit_category="retention"),
        "brand_mentions_per_day": metric("brand_mentions_per_day", is_hard=False),
        "churn_rate": metric("churn_rate", direction="down"),
        "mood": metric("mood", is_hard=False, direction="neutral"),
    }
    value = valued(
        None,
        effect(),
        effect("complaint_rate", estimate=0.05),
        effect("retention_rate", estimate=0.0, standard_error=0.1),
        effect("brand_mentions_per_day", grade="E"),
        effect("mood"),
        inconclusive("churn_rate"),
        metrics=known,
    )
    assert {(figure.metric_id, figure.theme, figure.verdict) for figure in value.soft} == {
        ("complaint_rate", "satisfaction", "worsened"),
        ("retention_rate", "retention", "unchanged"),
        ("brand_mentions_per_day", "brand", "unknown"),
        ("mood", "other", "unchanged"),
        ("churn_rate", "retention", "unknown"),
    }


@pytest.mark.parametrize(
    ("metric_id", "changes", "theme"),
    [
        ("satisfied_rate", {"is_hard": False}, "satisfaction"),
        ("nps_per_answer", {"is_hard": False}, "satisfaction"),
        ("responses_per_day", {}, None),
        ("repurchase_rate", {}, "retention"),
        ("incidents_per_thousand_calls", {"benefit_category": "compliance"}, "compliance"),
        ("forecast_error_rate", {}, None),
        ("reopen_rate", {"benefit_category": "quality"}, "quality"),
        ("team_mood", {"is_hard": False}, "other"),
        ("connect_rate", {}, None),
    ],
)
def test_a_metric_has_its_place_in_the_soft_panel(
    metric_id: str, changes: dict[str, Any], theme: str | None
) -> None:
    assert theme_of(metric(metric_id, **changes)) == theme


def test_a_provisional_qualified_module_is_optimised() -> None:
    value = with_roi("1.05", headcount=50, standard_error=0.01)
    assert (value.rating.status, value.decision.action) == ("provisional", "optimise")


@pytest.mark.parametrize("headcount", [50, 860])
@pytest.mark.parametrize("estimate", [-0.05, 0.05, 0.5])
def test_indicative_money_neither_rates_nor_leans_nor_carries_a_chance(
    headcount: int, estimate: float
) -> None:
    """A module on grade D alone had reached the bar with a chance above 99 % and been continued."""
    weak = effect(estimate=estimate, grade="D")
    value = valued(None, weak, headcount=headcount, cycle=YEAR)
    assert (value.rating.status, value.rating.grade) == ("not_ratable", None)
    assert (value.rating.roi, value.rating.probability) == (None, None)
    assert [reason.code for reason in value.rating.reasons] == ["evidence_is_too_weak_for_the_tier"]
    assert value.probabilities == {}
    assert value.decision.action == "wait"
    assert value.decision.cost_of_waiting is None
    assert value.cycle.returns.indicative_roi is not None
    small = valued(None, weak, headcount=8, cycle=YEAR)
    assert small.rating.status in ("outright", "provisional")
    assert STANDARD.minimum_probability == 0.8


def test_an_excellent_module_of_a_cycle_without_costs_goes_on_and_is_not_expanded() -> None:
    """Paid once and used up before the cycle: nothing to weigh the units left against."""
    second = cycle_from_key("2026-Q2", as_of=date(2026, 7, 8))
    once = cost(basis="once", life_months=3)
    half = Rollout("clinic", go_live={"a": LIVE})
    value = valued(module(costs=(once,), rollout=half), effect(standard_error=0.001), cycle=second)
    assert value.cycle.returns.costs == 0
    assert (value.rating.grade, value.rating.status) == ("excellent", "outright")
    assert value.decision.options == ()
    assert value.decision.action == "continue"


def test_a_rating_scale_that_ends_above_an_roi_is_refused_by_name() -> None:
    tier = STANDARD.tiers[1]
    open_below = replace(tier, bands=tier.bands[:1])
    spread = Spread(D(0), D(100), D(0), D(0))
    with pytest.raises(NeedsAHuman, match=rf"tier {tier.name} has no band for ROI -1; .*from_roi"):
        judge(spread, D(-1), tier=open_below, is_valuable=False)


def test_a_scale_of_one_grade_has_no_bar_to_reach() -> None:
    only = replace(STANDARD.tiers[1], bands=(Band("qualified", None, "continue"),))
    tiers = (STANDARD.tiers[0], only, STANDARD.tiers[2])
    rating = with_roi("0.5", headcount=50, standards=(replace(STANDARD, tiers=tiers),)).rating
    assert (rating.grade, rating.bar, rating.probability) == ("qualified", None, None)
    assert rating.reasons[0] == Message("roi_has_no_bar", {"roi": 0.5, "grade": "qualified"})

"""Benefit lines: direction, gates, destinations, ledgers, payroll, intervals, credit."""

import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from finance_cases import (
    ASSUMPTIONS,
    LIVE,
    D,
    assumption,
    benefit,
    effect,
    inconclusive,
    metric,
    module,
    valued,
)

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.money import BenefitLine, LedgerFacts, PayrollMovement
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import add_months
from roi_pipeline.finance.credit import CreditedTooMuch, check_credit

SECONDS = "response_seconds_per_chat"
LABOUR = benefit(
    "hours", category="labour", metric_id=SECONDS, unit_value="hour_cost", margin=None,
    destination="capacity_freed", unit_factor=D(1) / 3600,
)  # fmt: skip
SLOWER: dict[str, Any] = {"direction": "down", "unit": "seconds"}


def line_of(*outcomes: Any, **more: Any) -> BenefitLine:
    return valued(None, *outcomes, **more).cycle.benefits[0]


def labour_value(rule: Any = LABOUR, seconds: float = -360.0, **more: Any) -> Any:
    measured = effect(SECONDS, estimate=seconds, standard_error=36.0, counterfactual_value=3600.0)
    known = {SECONDS: metric(SECONDS, **SLOWER)}
    return valued(module(benefits=(rule,)), measured, metrics=known, level=3240.0, **more)


def test_an_effect_becomes_money_step_by_step() -> None:
    line = line_of()
    assert (line.quantity, line.amount) == (D("30.00"), D(3000))
    assert line.standard_error == 600
    assert (line.lower, line.upper) == (
        line.amount - D("986.912176171"),
        line.amount + D("986.912176171"),
    )
    assert (line.ledger, line.grade, line.is_in_rating) == ("estimated", "A", True)


def test_a_fall_in_seconds_is_a_positive_quantity() -> None:
    line = labour_value().cycle.benefits[0]
    assert round(line.quantity, 9) == 60  # 600 chats × 360 seconds, in hours
    assert round(line.amount, 6) == 60 * 50 * D("0.3")


def test_saved_time_counts_at_the_standards_recapture_rate_and_says_so() -> None:
    value = labour_value()
    line = value.cycle.benefits[0]
    assert (line.realisation_id, line.realisation) == ("recapture_rate", D("0.30"))
    assert "recapture_rate" in {item.id for item in value.assumptions}
    assert "recapture_rate_applies" in {note.code for note in value.notes}
    stated = (*ASSUMPTIONS, assumption("recapture_rate", "0.5"))
    assert labour_value(assumptions=stated).cycle.benefits[0].realisation == D("0.5")


def test_capacity_freed_is_never_realised_cash() -> None:
    value = labour_value(replace(LABOUR, is_confirmed=True, confirmed_by="CFO"))
    assert value.cycle.benefits[0].ledger == "estimated"
    assert value.cycle.capacity == value.cycle.estimated > 0
    assert value.cycle.realised == 0
    assert "capacity_is_not_cash" in {note.code for note in value.notes}


def test_a_change_for_the_worse_costs_money_in_full() -> None:
    worse = effect(estimate=-0.05)
    risky = module(benefits=(benefit(risk_factor=D("0.8")),))
    line = valued(risky, worse).cycle.benefits[0]
    assert (line.amount, line.risk_factor) == (D(-3000), D(1))
    assert valued(risky).cycle.benefits[0].amount == 2400


def test_an_inconclusive_effect_has_no_money_but_a_reason() -> None:
    value = valued(None, inconclusive())
    line = value.cycle.benefits[0]
    assert (line.amount, line.quantity, line.is_in_rating) == (None, None, False)
    assert line.excluded_because == Message("too_few_units", {"n": 2, "needed": 8})
    assert value.cycle.returns.roi is None
    assert value.rating.status == "not_ratable"
    assert value.decision.action == "wait"
    assert value.tornado == ()


def test_a_metric_nobody_estimated_has_a_reason_too() -> None:
    made = module(benefits=(benefit(metric_id="other"),))
    value = valued(made, metrics={"visit_rate": metric(), "other": metric("other")})
    assert value.cycle.benefits[0].excluded_because == Message(
        "no_effect_was_estimated", {"metric": "other"}
    )


@pytest.mark.parametrize(
    ("grade", "headcount", "has_amount", "counts"),
    [
        ("A", 50, True, True),
        ("B", 50, True, True),
        ("C", 50, True, True),
        ("D", 50, True, False),
        ("D", 8, True, True),
        ("E", 8, False, False),
        ("E", 50, False, False),
    ],
)
def test_the_grade_gates_the_money(
    *, grade: str, headcount: int, has_amount: bool, counts: bool
) -> None:
    line = line_of(effect(grade=grade), headcount=headcount)
    assert (line.amount is not None) is has_amount
    assert line.is_in_rating is counts
    assert (line.excluded_because is None) is counts


@pytest.mark.parametrize(
    ("grade", "stated", "counted"),
    [("A", "1", "1"), ("B", "1", "1"), ("C", "1", "0.9"), ("C", "0.7", "0.7"), ("D", "1", "0.8")],
)
def test_weaker_evidence_is_believed_less(grade: Any, stated: str, counted: str) -> None:
    value = valued(module(benefits=(benefit(risk_factor=D(stated)),)), effect(grade=grade))
    line = value.cycle.benefits[0]
    assert line.risk_factor == D(counted)
    assert line.amount == 3000 * D(counted)
    told = [note for note in value.notes if note.code == "evidence_limits_the_risk_factor"]
    assert bool(told) is (grade in "CD")
    worse = valued(None, effect(estimate=-0.05, grade=grade)).cycle.benefits[0]
    assert worse.amount == -3000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"is_money_allowed": False}, "diagnostics_forbid_money"),
        (
            {
                "findings": (
                    Finding(
                        "trends_agree", "x", passed=False, severity="stop", message=Message("m")
                    ),
                )
            },
            "diagnostics_forbid_money",
        ),
        (
            {"standard_error": math.inf, "lower": -math.inf, "upper": math.inf},
            "effect_has_no_spread",
        ),
        ({"estimate": math.nan, "lower": 0.0, "upper": 0.0}, "effect_has_no_spread"),
    ],
)
def test_an_effect_its_diagnostics_refuse_carries_no_money(
    changes: dict[str, Any], code: str
) -> None:
    reason = line_of(replace(effect(), **changes)).excluded_because
    assert reason is not None
    assert reason.code == code


def test_money_is_never_surer_than_the_effects_own_interval() -> None:
    wide = replace(effect(), lower=-0.05, upper=0.15)
    assert round(line_of(wide).standard_error or 0, 2) == D("3061.28")
    open_ended = replace(effect(), upper=math.inf)
    assert line_of(open_ended).standard_error == 600


def test_a_quantile_cannot_be_multiplied_into_a_total() -> None:
    reason = line_of(metrics={"visit_rate": metric(statistic="quantile", quantile=0.5)})
    assert reason.excluded_because == Message("quantile_cannot_be_summed", {"metric": "visit_rate"})


def test_an_unknown_volume_is_not_a_volume_of_zero() -> None:
    line = line_of(volumes={"cycle": {}})
    assert (line.amount, line.volume) == (None, 0)
    assert line.excluded_because == Message("volume_is_unknown", {"metric": "visit_rate"})


def test_a_tier_leaves_benefits_out_and_says_so() -> None:
    made = module(benefits=(benefit(category="ad_waste", margin=None),))
    line = valued(made, headcount=50).cycle.benefits[0]
    assert line.amount is not None
    assert not line.is_in_rating
    assert line.excluded_because == Message(
        "benefit_left_out_by_tier", {"tier": "sme", "category": "ad_waste"}
    )
    assert valued(made, headcount=500).cycle.benefits[0].is_in_rating


def test_a_confirmed_destination_is_realised() -> None:
    value = valued(module(benefits=(benefit(is_confirmed=True),)))
    assert (value.cycle.realised, value.cycle.estimated) == (3000, 0)
    assert value.cycle.returns.roi_realised == value.cycle.returns.roi


def test_nothing_realised_is_no_loss_of_everything_but_no_figure_with_a_reason() -> None:
    value = valued()
    assert value.cycle.returns.roi is not None
    assert {s.returns.roi_realised for s in (value.cycle, value.since_go_live, value.rated)} == {
        None
    }
    (note,) = [note for note in value.notes if "realised" in note.code]
    assert (note.code, note.values) == ("no_line_is_realised", {"estimated": 3000.0})
    assert {note.code for note in both_ledgers().notes} >= {"ledgers_behind_the_total"}


def both_ledgers() -> ModuleValue:
    half = {"attribution_share": D("0.5")}
    lines = (benefit(is_confirmed=True, **half), benefit("again", **half))
    value = valued(module(benefits=lines))
    assert value.cycle.returns.roi_realised == D("-0.5")
    return value


def test_lines_on_one_effect_move_together_and_others_do_not() -> None:
    half = {"attribution_share": D("0.5")}
    two = module(benefits=(benefit(**half), benefit("again", **half)))
    assert valued(two).cycle.returns.benefits_standard_error == 600
    known = {"visit_rate": metric(), "other_rate": metric("other_rate")}
    apart = module(benefits=(benefit(**half), benefit("again", metric_id="other_rate", **half)))
    value = valued(apart, effect(), effect("other_rate"), metrics=known)
    found = value.cycle.returns.benefits_standard_error
    assert found is not None
    assert round(found, 6) == round(D(180000).sqrt(), 6)


def test_credit_is_cut_to_what_was_observed() -> None:
    line = valued(None, effect(estimate=0.4)).cycle.benefits[0]
    assert line.quantity == 150  # of 600 invited, 25 % came at all
    value = valued(None, effect(estimate=0.4))
    cut = next(found for found in value.findings if found.check == "credited_is_within_observed")
    assert (cut.passed, cut.severity) == (False, "warn")
    assert value.credit[0].credited == value.credit[0].observed == 150


def test_what_should_fall_cannot_fall_below_nothing() -> None:
    value = labour_value(seconds=-7200.0)
    assert round(value.cycle.benefits[0].quantity, 9) == 600  # 600 chats of 3600 seconds
    unknown = replace(effect(SECONDS, estimate=-360.0), counterfactual_value=None)
    known = {SECONDS: metric(SECONDS, **SLOWER)}
    open_line = valued(module(benefits=(LABOUR,)), unknown, metrics=known).cycle
    assert round(open_line.benefits[0].quantity or 0, 9) == 60


def test_the_credit_ledger_refuses_to_credit_too_much() -> None:
    credit = valued().credit[0]
    assert (credit.incremental, credit.credited, credit.amount) == (30, 30, 3000)
    check_credit(credit)
    for wrong in (
        replace(credit, incremental=D(151)),
        replace(credit, credited=D(31)),
        replace(credit, amount=D(3001)),
    ):
        with pytest.raises(CreditedTooMuch, match="lower the attribution_share"):
            check_credit(wrong)


def payroll(hours_now: int, *, agency_now: int = 0, role: str = "agent") -> LedgerFacts:
    """Three months before and after go-live; 1,000 hours a month before."""
    rows = [
        PayrollMovement(
            role, add_months(LIVE, number), D(6), D(40 * hours), D(56 * hours), D(hours), "payroll",
            agency_hours=D(agency),
        )
        for number, hours, agency in [
            *((n, 1000, 0) for n in (-3, -2, -1)),
            *((n, hours_now, agency_now) for n in (0, 1, 2)),
        ]
    ]  # fmt: skip
    return LedgerFacts(payroll=tuple(rows))


CASH = replace(LABOUR, destination="spend_removed", role="agent", is_confirmed=True)


def test_an_hour_is_valued_from_payroll_by_role_and_tier() -> None:
    small = labour_value(CASH, ledger_facts=payroll(1000)).cycle.benefits[0]
    large = labour_value(CASH, ledger_facts=payroll(1000), headcount=500).cycle.benefits[0]
    assert (small.unit_value, large.unit_value) == (40, 56)
    assert small.unit_value_id == "payroll:agent"
    assert "2026-01 to 2026-03" in small.unit_value_source
    unknown = labour_value(CASH, ledger_facts=payroll(1000, role="driver")).cycle.benefits[0]
    assert unknown.unit_value == 50


def test_labour_is_realised_only_as_far_as_payroll_moved() -> None:
    # 60 hours saved × 30 % recapture = 18 hours
    none = labour_value(CASH, ledger_facts=payroll(1000)).cycle
    assert (none.realised, len(none.benefits)) == (0, 1)
    whole = labour_value(CASH, ledger_facts=payroll(990)).cycle
    assert whole.estimated == 0
    assert whole.realised == whole.returns.benefits
    part = labour_value(CASH, ledger_facts=payroll(998)).cycle  # 6 of 18 hours
    assert [line.id for line in part.benefits] == ["hours:realised", "hours:estimated"]
    assert round(part.realised * 2, 6) == round(part.estimated, 6)
    assert round(part.returns.benefits, 6) == round(none.returns.benefits, 6)
    assert part.returns.benefits_standard_error is not None
    assert round(part.returns.benefits_standard_error, 6) == round(
        none.returns.benefits_standard_error or 0, 6
    )


def test_hours_moved_to_an_agency_are_not_saved() -> None:
    moved = labour_value(CASH, ledger_facts=payroll(900, agency_now=100)).cycle
    assert moved.realised == 0


def test_payroll_notes_name_the_role() -> None:
    notes = labour_value(CASH, ledger_facts=payroll(990)).notes
    note = next(note for note in notes if note.code == "hour_is_valued_from_payroll")
    assert note.values["role"] == "agent"
    assert note.values["value"] == 40.0


@pytest.mark.parametrize(("hours", "passed"), [(990, True), (998, False)])
def test_saved_hours_stand_beside_payroll(*, hours: int, passed: bool) -> None:
    findings = labour_value(CASH, ledger_facts=payroll(hours)).findings
    found = next(each for each in findings if each.check == "saved_hours_show_in_payroll")
    assert found.passed is passed
    assert round(float(found.message.values["freed"] or 0), 6) == 18
    assert found.message.values["fallen"] == 3.0 * (1000 - hours)


def test_benefits_that_claim_one_role_share_what_payroll_shows_of_it() -> None:
    # 30 hours fewer on the payroll, 18 freed by each of two modules
    mine = module(benefits=(CASH,))
    other = replace(mine, id="other")
    alone = labour_value(CASH, ledger_facts=payroll(990))
    shared = labour_value(CASH, ledger_facts=payroll(990), modules=(mine, other))
    assert alone.cycle.estimated == 0
    assert round(shared.cycle.realised / shared.cycle.returns.benefits, 9) == round(D(15) / 18, 9)
    hours = sum(
        float(line.quantity or 0) * 0.3
        for line in shared.cycle.benefits
        if line.ledger == "realised"
    )
    assert round(2 * hours, 6) == 30


def test_a_role_payroll_does_not_know_is_said_and_one_it_knows_shows_what_moved() -> None:
    silent = labour_value(CASH, ledger_facts=payroll(990, role="driver")).notes
    note = next(note for note in silent if note.code == "payroll_does_not_show_the_role")
    assert note.values == {"role": "agent", "assumption": "hour_cost", "known": "driver"}
    notes = labour_value(CASH, ledger_facts=payroll(900, agency_now=40)).notes
    moved = next(note for note in notes if note.code == "payroll_movement")
    assert (moved.values["staff_before"], moved.values["staff_now"]) == (6.0, 6.0)
    assert (moved.values["agency_before"], moved.values["agency_now"]) == (0.0, 40.0)


def test_no_payroll_leaves_confirmation_to_finance() -> None:
    assert labour_value(CASH).cycle.benefits[0].ledger == "realised"
    only_after = LedgerFacts(
        payroll=tuple(row for row in payroll(900).payroll if row.month >= date(2026, 1, 1))
    )
    assert labour_value(CASH, ledger_facts=only_after).cycle.benefits[0].ledger == "realised"


@pytest.mark.parametrize(("headcount", "passed"), [(6, True), (5, False)])
def test_a_payroll_of_more_persons_than_the_company_is_noticed(
    headcount: int,
    passed: bool,  # noqa: FBT001
) -> None:
    """A payroll of twice the declared headcount went unnoticed."""
    value = labour_value(CASH, headcount=headcount, ledger_facts=payroll(1000))
    (finding,) = (
        each for each in value.findings
        if each.check == "payroll_has_no_more_persons_than_the_company"
    )  # fmt: skip
    assert finding.passed is passed

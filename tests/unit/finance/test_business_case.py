"""The ex-ante case: its arithmetic by hand, its risk, and the verdict on both sides of its bounds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from finance_cases import ASSUMPTIONS, Q1, STANDARD, benefit, cost, effect, metric, module

from roi_pipeline.domain.business_cases import BusinessCase, ExpectedEffect, PlannedModule
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.modules import Rollout, VendorContract
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.statements import ClaimAudit
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.business_case import Setting, business_case
from roi_pipeline.finance.experiments import Belief, belief_of_case

D = Decimal
LIVE = date(2026, 7, 1)
# 100 invitations a day, a fifth of whom visit; a visit is worth 200 at a margin of one half.
LEVEL = Volume(Window(date(2026, 1, 1), date(2026, 4, 1)), 1800.0, 9000.0, 90)
POINTS = ExpectedEffect(
    "visit_rate", "pilot", "pilot in two clinics", "absolute", 0.01, 0.02, 0.03
)  # fmt: skip


def case_of(
    *expected: ExpectedEffect,
    months: int = 12,
    measured: Any = None,
    claims: tuple[ClaimAudit, ...] = (),
    headcount: int = 50,
    assumptions: Any = ASSUMPTIONS,
    standard: Standard = STANDARD,
    levels: Mapping[str, Volume] | None = None,
    **changes: Any,
) -> BusinessCase:
    planned = module(
        rollout=Rollout("clinic", everywhere_from=LIVE),
        **{"costs": (cost(start=LIVE, amount=D(2000)),), "vendor_contract": None, **changes},
    )
    setting = Setting(
        metrics={"visit_rate": metric()},
        standard=standard,
        headcount=headcount,
        rates=ExchangeRates("CNY"),
        cycle=Q1,
        levels={"visit_rate": LEVEL} if levels is None else levels,
        assumptions=assumptions,
        measured=measured or {},
        claims=claims,
    )
    return business_case(PlannedModule(planned, expected or (POINTS,), months), setting)


def test_the_likely_outcome_is_what_a_reader_multiplies() -> None:
    case = case_of()
    # 365 days × 100 invitations × 0.02 × 200 × 0.5
    assert case.likely.benefits == D(73_000)
    assert case.likely.costs == 12 * D(2000)
    assert case.likely.net == D(49_000)
    assert case.likely.roi == D(49_000) / D(24_000)
    assert (case.worst.benefits, case.best.benefits) == (D(36_500), D(109_500))


def test_a_relative_change_is_of_the_level_seen() -> None:
    relative = ExpectedEffect("visit_rate", "pilot", "pilot", "relative", 0.05, 0.10, 0.15)
    assert case_of(relative).likely.benefits == D(73_000)  # 10 % of 20 % is 2 points


def test_a_gain_is_risk_adjusted_and_a_loss_is_not() -> None:
    careful = (benefit(risk_factor=D("0.5")),)
    may_harm = replace(POINTS, worst=-0.01)
    case = case_of(may_harm, benefits=careful)
    assert case.likely.benefits == D(36_500)
    assert case.worst.benefits == D(-36_500)


def test_the_risk_follows_the_triangle() -> None:
    # Benefits are triangular from 36,500 to 109,500: below the costs of 50,000 a year with
    # (50,000 - 36,500)² / ((109,500 - 36,500) (73,000 - 36,500)) = 6.8 %.
    risk = case_of(costs=(cost(start=LIVE, amount=D(50_000) / 12),)).risk
    assert risk is not None
    assert risk.chance_of_loss == pytest.approx(0.068, abs=0.01)
    assert risk.needed_share == pytest.approx(D(50_000) / D(73_000))
    assert risk.lower < risk.median < risk.upper
    assert risk.bar == 1  # the lowest grade of an SME that goes on


def test_a_range_of_an_assumption_widens_the_risk_and_not_the_likely_value() -> None:
    ranged = tuple(
        replace(each, low=each.value / 2, high=each.value * 3 / 2)
        if each.id == "visit_value"
        else each
        for each in ASSUMPTIONS
    )
    plain, wide = case_of().risk, case_of(assumptions=ranged).risk
    assert plain is not None
    assert wide is not None
    assert wide.upper - wide.lower > plain.upper - plain.lower
    assert case_of(assumptions=ranged).likely == case_of().likely


def test_committed_is_everything_owed_before_one_can_stop() -> None:
    costs = (
        cost(start=LIVE, amount=D(2000)),
        cost(
            "set_up", category="training", basis="once", life_months=24, amount=D(5000), start=LIVE
        ),
    )
    contract = VendorContract(LIVE, date(2027, 6, 30), notice_days=30)
    free, bound = case_of(costs=costs).risk, case_of(costs=costs, vendor_contract=contract).risk
    assert free is not None
    assert bound is not None
    # An SME is first rated after three months; the contract's fee runs for twelve.
    assert (free.committed, free.committed_until) == (D(5000 + 6000), date(2026, 10, 1))
    assert (bound.committed, bound.committed_until) == (D(5000 + 24_000), date(2027, 7, 1))


@pytest.mark.parametrize(
    ("evidence", "amount", "verdict"),
    [
        ("pilot", 1000, "invest"),
        ("vendor_claim", 1000, "pilot"),
        ("judgement", 1000, "pilot"),
        ("pilot", 3000, "pilot"),
        ("pilot", 7000, "not_yet"),
    ],
)
def test_the_verdict_asks_for_measured_evidence_and_a_sure_bar(
    evidence: Any, amount: int, verdict: str
) -> None:
    costs = (cost(start=LIVE, amount=D(amount)),)
    assert case_of(replace(POINTS, evidence=evidence), costs=costs).verdict == verdict


def test_a_worse_price_never_gives_a_better_verdict() -> None:
    ladder = ["not_yet", "pilot", "invest"]
    found = [
        ladder.index(case_of(costs=(cost(start=LIVE, amount=D(amount)),)).verdict)
        for amount in range(500, 9000, 500)
    ]
    assert found == sorted(found, reverse=True)
    assert set(found) == {0, 1, 2}


def test_own_measurement_takes_the_interval_of_the_module_named() -> None:
    own = ExpectedEffect("visit_rate", "own_measurement", "invite", module_id="invite")
    case = case_of(own, measured={("invite", "visit_rate"): effect(estimate=0.02)})
    assert case.expected[0].likely == pytest.approx(0.1)
    assert case.likely.benefits == D(73_000)
    unknown = case_of(own)
    assert unknown.verdict == "no_figures"
    assert "case_has_no_measurement" in [reason.code for reason in unknown.reasons]


def test_a_vendors_claim_stands_beside_what_earlier_claims_delivered() -> None:
    audits = tuple(
        ClaimAudit(
            f"c{number}", "visit_rate", 0.2, "relative", measured, None, None, None, "smaller",
            Message("x"),
        )
        for number, measured in enumerate((0.02, 0.10, 0.18))
    )  # fmt: skip
    stated = replace(POINTS, evidence="vendor_claim")
    assert case_of(stated, claims=audits).claims_held == (3, 0.5)
    codes = [reason.code for reason in case_of(stated).reasons]
    assert "case_rests_on_an_untested_vendor" in codes


def test_a_benefit_nothing_is_expected_of_is_named() -> None:
    case = case_of(benefits=(benefit(), benefit("other", metric_id="visit_rate")))
    assert case.verdict in {"invest", "pilot"}
    other = ExpectedEffect("other_rate", "pilot", "x", "absolute", 0.01, 0.02, 0.03)
    assert [reason.code for reason in case_of(other).reasons] == [
        "case_has_no_figures",
        "case_expects_nothing_of",
    ]


def test_what_the_tier_does_not_count_brings_nothing() -> None:
    only_labour = tuple(
        replace(tier, counted_benefits=("labour",)) if tier.name == "sme" else tier
        for tier in STANDARD.tiers
    )
    case = case_of(standard=replace(STANDARD, tiers=only_labour))
    assert (case.likely.benefits, case.worst.benefits, case.best.benefits) == (0, 0, 0)
    assert case.likely.costs == 24_000


def test_a_benefit_of_which_no_level_was_seen_is_named() -> None:
    reasons = case_of(levels={}).reasons
    assert Message("case_has_no_level", {"metric": "visit_rate"}) in reasons


def test_the_belief_behind_a_case_is_its_likely_day_and_the_width_of_its_risk() -> None:
    case = case_of()
    belief = belief_of_case(case)
    assert isinstance(belief, Belief)
    assert belief.days == 365
    assert belief.benefit == pytest.approx(200)  # 100 invitations × 2 points × 100
    assert belief.prices == {"visit_rate": pytest.approx(100 * 200 * 0.5)}
    # The triangle from 36,500 to 109,500 about its middle: half its width over the root of six.
    assert belief.error == pytest.approx(36_500 / 6**0.5 / 365, rel=0.1)
    assert belief.net == pytest.approx(49_000 / 365, rel=0.02)


def test_a_likely_change_of_nothing_has_no_price_and_a_case_without_risk_no_belief() -> None:
    none_likely = belief_of_case(case_of(replace(POINTS, worst=-0.01, likely=0.0, best=0.01)))
    assert isinstance(none_likely, Belief)
    assert none_likely.prices == {}
    assert belief_of_case(case_of(costs=())) == Message("experiment_has_no_money")

"""Bad declarations are refused with file, key and remedy, all of them at once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from finance_cases import ASSUMPTIONS, D, assumption, benefit, cost, metric, module, valued

from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.modules import (
    Claim,
    Module,
    PoolMetric,
    Randomisation,
    Rollout,
    VendorContract,
)
from roi_pipeline.finance import find_problems, monetised_twice

KNOWN = {
    "visit_rate": metric(quantity="customer_revenue"),
    "lifetime_value": metric("lifetime_value", quantity="customer_revenue"),
    "calls": metric("calls"),
    "mood": metric("mood", direction="neutral"),
}


def problems_of(made: Module, **more: Any) -> list[str]:
    found = find_problems(
        [made], KNOWN, currency="CNY", assumptions=more.pop("assumptions", ASSUMPTIONS), **more
    )
    return [str(problem) for problem in found]


def test_a_sound_module_has_no_problems() -> None:
    assert problems_of(module()) == []


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (cost(amount=D(-5)), "cost licence.amount"),
        (cost(share=D(0)), "cost licence.share"),
        (cost(share=D("1.1")), "cost licence.share"),
        (cost(risk_factor=D("0.9")), "cost licence.risk_factor"),
        (cost(uncertainty=D("-0.1")), "cost licence.uncertainty"),
        (cost(end=date(2026, 1, 1)), "cost licence.end"),
        (cost(basis="once"), "cost licence.life_months"),
        (cost(basis="per_use"), "cost licence.usage_metric"),
        (cost(basis="per_use", usage_metric="tokens"), "cost licence.usage_metric"),
        (cost(currency="USD"), "cost licence.currency"),
    ],
)
def test_a_bad_cost_is_refused(rule: Any, key: str) -> None:
    found = problems_of(module(costs=(rule,)))
    assert len(found) == 1
    assert found[0].startswith(f"modules/invite.toml: {key}: ")


def test_a_rate_stated_in_time_makes_a_foreign_cost_sound() -> None:
    foreign = module(costs=(cost(currency="USD"),))

    def problems_with_rate_of(day: date) -> list[str]:
        return problems_of(foreign, exchange_rates=ExchangeRates("CNY", {("USD", day): D(7)}))

    assert len(problems_with_rate_of(date(2026, 1, 2))) == 1
    assert problems_with_rate_of(date(2026, 1, 1)) == []
    assert problems_with_rate_of(date(2025, 12, 1)) == []
    assert len(problems_with_rate_of(date(2025, 11, 30))) == 1


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (benefit(metric_id="visits"), "benefit visits.metric"),
        (benefit(metric_id="mood"), "benefit visits.metric"),
        (benefit(unit_value="visit_valu"), "benefit visits.unit_value"),
        (benefit(margin="margins"), "benefit visits.margin"),
        (benefit(margin=None), "benefit visits.margin"),
        (benefit(margin="visit_value"), "benefit visits.margin"),
        (benefit(realisation="hour_cost"), "benefit visits.realisation"),
        (benefit(destination=""), "benefit visits.destination"),
        (benefit(unit_factor=D(0)), "benefit visits.unit_factor"),
        (benefit(attribution_share=D(2)), "benefit visits.attribution_share"),
        (benefit(risk_factor=D("1.2")), "benefit visits.risk_factor"),
    ],
)
def test_a_bad_benefit_is_refused(rule: Any, key: str) -> None:
    found = problems_of(module(benefits=(rule,)))
    assert len(found) == 1
    assert found[0].startswith(f"modules/invite.toml: {key}: ")


@pytest.mark.parametrize("unit", ["CNY gross margin/visit", "元毛利/次"])
def test_a_unit_valued_at_its_margin_needs_no_margin(unit: str) -> None:
    stated = (assumption("visit_value", "100", unit=unit),)
    assert problems_of(module(benefits=(benefit(margin=None),)), assumptions=stated) == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"source": " "}, "assumption visit_value.source"),
        ({"owner": ""}, "assumption visit_value.owner"),
        ({"low": D(300)}, "assumption visit_value"),
        ({"high": D(100)}, "assumption visit_value"),
    ],
)
def test_an_assumption_nobody_stands_behind_is_refused(changes: Any, key: str) -> None:
    bad = assumption("visit_value", "200", **changes)
    found = problems_of(module(), assumptions=(bad, *ASSUMPTIONS[1:]))
    assert len(found) == 1
    assert found[0].startswith(f"study.toml: {key}: ")
    own = problems_of(module(assumptions=(bad,)))
    assert own[0].startswith(f"modules/invite.toml: {key}: ")


def test_a_claim_on_an_unknown_metric_is_refused() -> None:
    found = problems_of(module(claims=(Claim("c", "visit_rat", "relative", 0.2, "deck"),)))
    assert "claim c.metric" in found[0]
    assert "Known: calls, lifetime_value, mood, visit_rate" in found[0]


def test_a_contract_that_ends_before_it_starts_is_refused() -> None:
    odd = module(vendor_contract=VendorContract(date(2026, 5, 1), date(2026, 5, 1)))
    assert "vendor_contract.end" in problems_of(odd)[0]


def test_one_contract_may_not_be_billed_twice_on_the_same_days() -> None:
    old = cost("old", name=cost().name, end=date(2026, 3, 1))
    new = cost("new", name=cost().name, start=date(2026, 3, 1), amount=D(1200))
    assert problems_of(module(costs=(old, new))) == []
    overlapping = replace(new, start=date(2026, 2, 20))
    assert "cost new.start" in problems_of(module(costs=(old, overlapping)))[0]
    named = [replace(rule, external_reference="C17", source=rule.id) for rule in (old, overlapping)]
    assert "cost new.start" in problems_of(module(costs=tuple(named)))[0]
    shared = [replace(rule, share=D("0.5")) for rule in named]
    assert problems_of(module(costs=tuple(shared))) == []


def test_an_invoice_shared_by_modules_may_be_charged_once() -> None:
    def pair(share: str) -> list[Module]:
        rule = cost(external_reference="C17", share=D(share))
        other = replace(module(), id="voice", file="modules/voice.toml", costs=(rule,), benefits=())
        return [module(costs=(rule,)), other]

    assert find_problems(pair("0.5"), KNOWN, currency="CNY", assumptions=ASSUMPTIONS) == ()
    found = find_problems(pair("0.6"), KNOWN, currency="CNY", assumptions=ASSUMPTIONS)
    assert "add to 1.2 over invite, voice" in str(found[0])


def test_a_quantity_seen_through_two_metrics_is_monetised_once() -> None:
    both = module(benefits=(benefit(), benefit("loyal", metric_id="lifetime_value")))
    found = monetised_twice([both], KNOWN)
    assert len(found) == 1
    assert "benefit loyal.metric" in str(found[0])
    assert "benefit visits" in str(found[0])


FUNNEL = {
    name: metric(name, quantity=quantity)
    for name, quantity in {
        "visit_rate": "visits",
        "order_rate": "orders",
        "spend": "customer_revenue",
        "basket": "order_value",
        "churn": "retained_customers",
        "talk": "call_hours",
        "dial": "dialling_hours",
        "staff": "paid_hours",
        "typing": "content_hours",
    }.items()
}


@pytest.mark.parametrize(
    ("first", "second", "is_twice"),
    [
        ("visit_rate", "order_rate", True),
        ("order_rate", "spend", True),
        ("churn", "spend", True),
        ("basket", "spend", True),
        ("talk", "dial", True),
        ("typing", "staff", True),
        ("basket", "order_rate", False),
        ("talk", "typing", False),
        ("order_rate", "talk", False),
    ],
)
def test_what_becomes_the_other_is_monetised_once_in_a_module(
    *, first: str, second: str, is_twice: bool
) -> None:
    def declared(share: str) -> Module:
        lines = (benefit(metric_id=first), benefit("later", metric_id=second))
        return module(benefits=tuple(replace(x, attribution_share=D(share)) for x in lines))

    found = [str(problem) for problem in monetised_twice([declared("1")], FUNNEL)]
    assert len(found) == is_twice
    assert all("benefit later.metric" in text and f"through {first}" in text for text in found)
    assert monetised_twice([declared("0.5")], FUNNEL) == []
    one = module(benefits=(benefit(metric_id=first),))
    other = replace(module(benefits=(benefit(metric_id=second),)), id="other")
    assert monetised_twice([one, other], FUNNEL) == []


def test_payroll_prices_hours_only() -> None:
    hours = benefit(
        category="labour", unit_value="hour_cost", margin=None, role="agent",
        destination="spend_removed",
    )  # fmt: skip
    assert problems_of(module(benefits=(hours,))) == []
    for wrong in (replace(hours, unit_value="visit_value"), replace(hours, category="quality")):
        (found,) = problems_of(module(benefits=(wrong,)))
        assert "benefit visits.role" in found
        assert "payroll prices hours" in found


def with_benefit(module_id: str, share: str = "1", **changes: Any) -> Module:
    rule = benefit(attribution_share=D(share))
    made = module(benefits=(rule,), **changes)
    return replace(made, id=module_id, file=f"modules/{module_id}.toml")


def test_modules_may_share_a_quantity_only_up_to_the_whole() -> None:
    assert monetised_twice([with_benefit("a", "0.6"), with_benefit("b", "0.4")], KNOWN) == []
    two = monetised_twice([with_benefit("a", "0.6"), with_benefit("b", "0.5")], KNOWN)
    assert "modules/a.toml" in str(two[0])
    assert "modules/b.toml" in str(two[0])
    three = [with_benefit(name, "0.4") for name in ("a", "b", "c")]
    assert len(monetised_twice(three, KNOWN)) == 1


def test_different_rows_or_units_are_different_quantities() -> None:
    voice, chat = {"channel": ("voice",)}, {"channel": ("chat", "web")}
    apart = [with_benefit("a", filters=voice), with_benefit("b", filters=chat)]
    assert monetised_twice(apart, KNOWN) == []
    pool = (PoolMetric("visit_rate", "goal", filters={"channel": ("voice",)}),)
    meeting = [with_benefit("a", pool=pool), with_benefit("b")]
    assert len(monetised_twice(meeting, KNOWN)) == 1
    some = Rollout("clinic", go_live={"C1": date(2026, 1, 1)})
    agents = Rollout("agent", go_live={"A1": date(2026, 1, 1)})  # who may work in that clinic
    shared = [with_benefit("a", rollout=agents), with_benefit("b", rollout=some)]
    assert len(monetised_twice(shared, KNOWN)) == 1
    units = [
        with_benefit("a", rollout=Rollout("clinic", go_live={"C1": date(2026, 1, 1)})),
        with_benefit("b", rollout=Rollout("clinic", go_live={"C2": date(2026, 1, 1)})),
    ]
    assert monetised_twice(units, KNOWN) == []


def test_arms_of_one_lot_are_different_quantities() -> None:
    men = Randomisation("segment", treated=("mens",), comparison=("none",))
    women = Randomisation("segment", treated=("womens",), comparison=("none",))
    arms = [with_benefit("a", randomisation=men), with_benefit("b", randomisation=women)]
    assert monetised_twice(arms, KNOWN) == []
    same = [with_benefit("a", randomisation=men), with_benefit("b", randomisation=men)]
    assert len(monetised_twice(same, KNOWN)) == 1


def test_value_module_refuses_with_every_problem_at_once() -> None:
    bad = module(costs=(cost(amount=D(-1)),), benefits=(benefit(destination=""),))
    with pytest.raises(StudyHasProblems) as raised:
        valued(bad)
    assert len(raised.value.problems) == 2
    assert all(problem.remedy for problem in raised.value.problems)

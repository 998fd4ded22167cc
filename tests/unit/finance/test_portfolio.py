"""All modules together: lines add up, credit is shared, luck is taken out, the young stay out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from finance_cases import (
    ASSUMPTIONS,
    Q1,
    STANDARD,
    D,
    assumption,
    benefit,
    cost,
    effect,
    inconclusive,
    metric,
    module,
    valued,
    volumes_for,
)

from roi_pipeline.domain.modules import Rollout
from roi_pipeline.domain.money import LedgerFacts, RecordedCost
from roi_pipeline.domain.statements import CreditLine, ModuleValue
from roi_pipeline.finance import value_portfolio
from roi_pipeline.finance.credit import combine_credit
from roi_pipeline.finance.pooling import shared_credit
from roi_pipeline.finance.shrinkage import james_stein


def named(module_id: str, *outcomes: Any, per_month: float = 400.0, **changes: Any) -> ModuleValue:
    more = {
        key: changes.pop(key) for key in ("assumptions", "headcount", "standards") if key in changes
    }
    return valued(replace(module(**changes), id=module_id), *outcomes, per_month=per_month, **more)


def together(*values: ModuleValue, headcount: int = 50, **more: Any) -> ModuleValue:
    return value_portfolio(
        values, cycle=Q1, headcount=headcount, currency="CNY", standards=(STANDARD,), **more
    )


def test_the_portfolio_is_the_sum_of_its_modules() -> None:
    one, two = named("a"), named("b", per_month=200.0)
    both = together(one, two)
    assert both.module_id == "portfolio"
    assert both.cycle.returns.benefits == 9000
    assert both.cycle.returns.costs == 6000
    assert both.cycle.returns.roi == D("0.5")
    assert both.cycle.returns.net_before_risk == both.cycle.returns.net == 3000
    assert both.cycle.returns.npv == one.cycle.returns.npv + two.cycle.returns.npv  # type: ignore[operator]
    assert both.cycle.returns.annualised_net is not None
    assert both.rating.grade == "adjust"
    assert both.cycle.returns.benefits_standard_error == D(1800000).sqrt()
    assert {reason.code for reason in both.decision.reasons} == {"modules_with_this_action"}
    assert both.decision.decide_by == "2026-12-01"
    assert set(both.probabilities) == {"positive", "qualified", "excellent"}


def test_the_portfolio_of_one_module_has_the_intervals_of_the_module() -> None:
    ranged = replace(ASSUMPTIONS[0], low=ASSUMPTIONS[0].value / 2, high=ASSUMPTIONS[0].value * 2)
    only = named("a", assumptions=(ranged, *ASSUMPTIONS[1:]))
    alone = together(only)
    for mine, whole in (
        (only.cycle, alone.cycle), (only.since_go_live, alone.since_go_live), (only.rated, alone.rated),
    ):  # fmt: skip
        assert mine.returns.interval_method == "monte_carlo"
        ends = (mine.returns.roi_lower, mine.returns.roi_upper)
        assert (whole.returns.roi_lower, whole.returns.roi_upper) == ends
    assert alone.rating.probability == only.rating.probability


def test_shared_credit_cuts_units_and_money_to_what_was_observed() -> None:
    # 60 visits each by their own estimate, 90 together
    both = together(named("a"), named("b"), observed={"visit_rate": D(90)})
    assert both.cycle.returns.benefits == 9000
    assert both.credit[0].credited == 90
    assert both.credit[0].amount == 9000
    assert {line.credit_factor for line in both.cycle.benefits} == {D("0.75")}
    assert "credit_was_shared" in {note.code for note in both.notes}
    untouched = together(named("a"), named("b"), observed={"visit_rate": D(500)})
    assert untouched.cycle.returns.benefits == 12000


@pytest.mark.parametrize("observed", ["0", "-5"])
def test_nothing_observed_leaves_nothing_to_credit(observed: str) -> None:
    assert shared_credit({"x": D(5)}, {"x": D(observed)}) == {"x": 0}
    both = together(named("a"), observed={"visit_rate": D(observed)})
    assert both.cycle.returns.benefits == 0


def test_luck_is_taken_out_from_six_modules_up() -> None:
    values = [named(name) for name in "abcdef"]
    five, six = together(*values[:5]), together(*values)
    assert five.cycle.returns.benefits == 30000
    factor = 1 - D(4) * D(1200) ** 2 / (6 * D(6000) ** 2)
    assert round(six.cycle.returns.benefits, 6) == round(36000 * factor, 6)
    assert sum(line.amount or Decimal(0) for line in six.cycle.benefits) == (
        six.cycle.returns.benefits
    )
    note = next(note for note in six.notes if note.code == "selection_was_allowed_for")
    assert round(float(note.values["factor"]), 6) == round(float(factor), 6)  # type: ignore[arg-type]


def test_shrinkage_needs_something_to_shrink() -> None:
    assert james_stein([D(1), D(2)], [D(9), D(9)]) == 1
    assert james_stein([D(0)] * 6, [D(9)] * 6) == 1
    assert james_stein([D(1)] * 6, [D(9)] * 6) == 0


def test_modules_too_young_stay_out_of_the_rating_but_not_of_the_money() -> None:
    young = named("young", rollout=Rollout("clinic", everywhere_from=date(2026, 2, 1)))
    both = together(named("old", per_month=800.0), young)
    assert both.rating.status == "outright"
    assert {line.module_id for line in both.rated.benefits} == {"old"}
    assert {line.module_id for line in both.cycle.benefits} == {"old", "young"}
    note = next(note for note in both.notes if note.code == "portfolio_rates_without")
    assert note.values == {"n": 1, "modules": "young"}
    assert together(young).rating.status == "too_early"


def test_assumptions_only_one_module_states_stay_with_it() -> None:
    own = assumption("visit_value", "300", low=D(100), high=D(400))
    both = together(named("a"), named("b", assumptions=(own, *ASSUMPTIONS[1:])))
    assert "visit_value" not in {item.id for item in both.assumptions}
    assert "gross_margin" in {item.id for item in both.assumptions}
    recapture = next(item for item in both.assumptions if item.id == "recapture_rate")
    assert recapture.name is not None


def test_a_portfolio_without_measured_benefits_has_no_roi() -> None:
    both = together(named("a", effect(grade="E")))
    assert both.cycle.returns.roi is None
    assert both.rating.status == "not_ratable"
    assert both.findings == ()
    assert both.decision.cost_of_waiting is None


def test_unknown_usage_of_one_module_forbids_rating_the_portfolio() -> None:
    rule = cost("minutes", category="usage", basis="per_use", usage_metric="minutes")
    known = {"visit_rate": metric(), "minutes": metric("minutes")}
    made = module(costs=(cost(), rule))
    value = valued(made, metrics=known, volumes=volumes_for(made, Q1))
    assert together(value).rating.reasons[0].code == "usage_is_unknown"


def test_the_portfolio_has_a_tornado_over_all_modules_effects() -> None:
    both = together(named("a"), named("b"), metrics={"visit_rate": metric()})
    assert {swing.input_id for swing in both.tornado} >= {
        "effect:a:visit_rate",
        "effect:b:visit_rate",
        "costs",
        "visit_value",
    }
    assert together(named("a")).tornado == ()


def test_a_loss_stays_with_the_module_that_made_it() -> None:
    bad = named("bad", effect(estimate=-0.05))
    both = together(named("a"), bad, observed={"visit_rate": D(30)})
    amounts = {line.module_id: line.amount for line in both.cycle.benefits}
    assert amounts == {"a": 3000, "bad": -6000}
    assert both.credit[0].credited == -30


def test_what_several_modules_see_on_the_same_rows_was_observed_once() -> None:
    half = (benefit(attribution_share=D("0.5")),)
    one, two = named("a", benefits=half), named("b", benefits=half)
    declared = [replace(module(benefits=half), id=name) for name in "ab"]
    known = {"visit_rate": metric()}
    (line,) = together(one, two, modules=declared, metrics=known).credit
    assert (line.observed, line.incremental, line.credited) == (300, 120, 60)
    assert line.amount == 6000
    apart = [
        replace(declared[0], filters={"x": ("1",)}),
        replace(declared[1], filters={"x": ("2",)}),
    ]
    (summed,) = together(one, two, modules=apart, metrics=known).credit
    assert (summed.observed, summed.credited) == (600, 60)


def test_two_effects_that_exceed_what_happened_are_cut_to_it_in_units_and_money() -> None:
    half = (benefit(attribution_share=D("0.5")),)
    large = effect(estimate=0.2, counterfactual_value=0.05)
    values = [named(name, large, benefits=half) for name in "ab"]
    declared = [replace(module(benefits=half), id=name) for name in "ab"]
    (line,) = together(*values, modules=declared, metrics={"visit_rate": metric()}).credit
    # 240 visits each by their own estimate, 300 seen in all
    assert (line.observed, line.incremental, line.credited) == (300, 300, 240)
    assert (line.incremental_amount, line.amount) == (30000, 24000)


def test_a_changed_standard_rates_the_portfolio_under_both() -> None:
    first, sme, last = STANDARD.tiers
    bands = (replace(sme.bands[0], from_roi=D("0.5")), *sme.bands[1:])
    new = replace(
        STANDARD,
        id="lenient",
        valid_from=date(2026, 3, 1),
        recapture_rate=D("0.6"),
        tiers=(first, replace(sme, bands=bands, counted_costs=("licence",)), last),
    )
    costs = (cost(), cost("course", category="training", amount=D(500)))
    stated = [named(name, costs=costs, standards=(STANDARD, new)) for name in "ab"]
    both = value_portfolio(
        stated, cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD, new)
    )
    assert (both.rating.standard_id, both.rating.roi) == ("lenient", D(1))
    assert both.rating.grade == "excellent"
    before = both.rating_before_change
    assert before is not None
    assert (before.standard_id, before.grade) == ("default", "adjust")
    assert before.roi is not None
    assert round(before.roi, 9) == round(
        D(12000) / 9000 - 1, 9
    )  # training counts under the standard before
    assert "standard_changed" in {note.code for note in both.notes}
    alone = [value.rating_before_change for value in stated]
    assert [(each.roi, each.grade) for each in alone if each] == [(before.roi, "adjust")] * 2
    assert together(named("a")).rating_before_change is None


def test_the_rate_a_former_standard_set_comes_back_in_its_rating() -> None:
    new = replace(STANDARD, id="new", valid_from=date(2026, 3, 1), recapture_rate=D("0.6"))
    hours = benefit(
        category="labour", unit_value="hour_cost", margin=None, destination="spend_removed"
    )
    value = named("a", benefits=(hours,), standards=(STANDARD, new))
    both = value_portfolio(
        [value], cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD, new)
    )
    # 60 hours × 50: 1,800 at a rate of 0.6, 900 at 0.3, against 3,000
    for each in (value, both):
        assert each.rating.roi == D("-0.4")
        assert each.rating_before_change is not None
        assert each.rating_before_change.roi == D("-0.7")


def test_the_portfolios_last_decision_stands_beside_what_came_of_it() -> None:
    then = together(named("a"))
    now = together(named("a", per_month=800.0), previous=(then,))
    told = next(r for r in now.decision.reasons if r.code.startswith("last_decision"))
    assert told.code == "last_decision_and_what_came_of_it"
    assert told.values["roi_then"] == 1.0
    assert told.values["roi_now"] == 3.0


def test_a_year_of_the_portfolio_holds_the_costs_of_modules_nobody_could_measure() -> None:
    blind = named("blind", effect(grade="E"))
    known = together(named("a")).cycle.returns.annualised_net
    both = together(named("a"), blind).cycle.returns.annualised_net
    assert known is not None
    assert both == round(known - D(3000) * 365 / 90, 9)
    assert together(blind).cycle.returns.annualised_net is None


def test_that_effects_are_taken_as_independent_is_said_with_what_it_is_worth() -> None:
    both = together(named("a"), named("b"))
    note = next(n for n in both.notes if n.code == "effects_are_taken_as_independent")
    # two equal errors of 1,200: in quadrature, and added up
    assert note.values == {"n": 2, "apart": float(D(2 * 1200**2).sqrt()), "together": 2400.0}
    assert "effects_are_taken_as_independent" not in {n.code for n in named("a").notes}


def test_the_risk_a_former_standard_left_to_evidence_comes_back_in_its_rating() -> None:
    new = replace(STANDARD, id="new", valid_from=date(2026, 3, 1), risk_factors={"C": D("0.5")})
    more: dict[str, Any] = {"standards": (STANDARD, new)}
    value = named("a", effect(grade="C"), **more)
    both = value_portfolio([value], cycle=Q1, headcount=50, currency="CNY", **more)
    # 6,000 at 0.5 and at 0.9 against 3,000
    for each in (value, both):
        assert each.rating.roi == 0
        assert each.rating_before_change is not None
        assert each.rating_before_change.roi == D("0.8")


def test_costs_that_belong_to_no_module_are_named() -> None:
    def voucher(reference: str, module_id: str | None = None, month: int = 2) -> RecordedCost:
        day = date(2026, month, 3)
        return RecordedCost(reference, day, D(70), "ERP", module_id=module_id)

    facts = LedgerFacts(
        recorded_costs=(
            voucher("named"), voucher("lost"), voucher("typo", "inviet"), voucher("booked", "a"),
            voucher("later", month=5),
        )
    )  # fmt: skip
    declared = replace(module(costs=(cost(external_reference="named"),)), id="a")
    value = valued(declared, ledger_facts=facts)
    both = together(value, modules=[declared], ledger_facts=facts)
    note = next(note for note in both.notes if note.code == "costs_of_no_module")
    assert note.values == {"n": 2, "references": "lost, typo"}
    kept = replace(facts, recorded_costs=facts.recorded_costs[:1])
    clean = together(value, modules=[declared], ledger_facts=kept)
    assert "costs_of_no_module" not in {note.code for note in clean.notes}


def test_a_loss_of_one_module_does_not_make_the_credit_of_another_too_much() -> None:
    most, rest = (benefit(attribution_share=D(x)) for x in ("0.9", "0.1"))
    good = named("good", effect(estimate=0.05), benefits=(most,))
    bad = named("bad", effect(estimate=-0.045), benefits=(rest,))
    declared = [
        replace(module(benefits=(most,)), id="good"), replace(module(benefits=(rest,)), id="bad"),
    ]  # fmt: skip
    (line,) = together(good, bad, modules=declared, metrics={"visit_rate": metric()}).credit
    assert (line.incremental, round(line.credited, 6)) == (6, D("48.6"))
    assert line.observed == 300


def test_a_former_standard_counts_what_it_counted_and_leaves_the_rest_unmeasured() -> None:
    """A category and a grade that only the new standard lets in; an effect nobody could estimate."""
    first, sme, last = STANDARD.tiers
    former = replace(sme, counted_benefits=("revenue",), lowest_grade="B")
    old = replace(STANDARD, tiers=(first, former, last))
    new = replace(STANDARD, id="new", valid_from=date(2026, 3, 1))
    metrics = {name: metric(name) for name in ("visit_rate", "other_rate", "weak", "blind")}
    third = {"attribution_share": D("0.25")}
    rules = (
        benefit("sales", **third),
        benefit("kept", metric_id="other_rate", category="retention", **third),
        benefit("weak", metric_id="weak", **third),
        benefit("blind", metric_id="blind", **third),
    )
    outcomes = (
        effect(), effect("other_rate"), effect("weak", grade="C"), inconclusive("blind"),
    )  # fmt: skip
    more: dict[str, Any] = {"standards": (old, new), "headcount": 50}
    value = valued(module(benefits=rules), *outcomes, metrics=metrics, **more)
    both = value_portfolio([value], cycle=Q1, currency="CNY", metrics=metrics, **more)
    # a quarter of 3,000 each, grade C at 90 %, against 3,000
    assert value.rated.returns.benefits == 750 + 750 + 675
    for each in (value, both):
        assert each.rating_before_change is not None
        assert each.rating_before_change.roi == D("-0.75")


def test_what_one_module_cannot_count_is_counted_for_none_on_the_same_rows() -> None:
    one = CreditLine("visit_rate", ("a",), None, D(300), D(60), D(30), D(3000), D(6000))
    two = replace(one, module_ids=("b",), observed=None)
    alike = frozenset({"visit_rate"})
    (line,) = combine_credit([one, two], {}, alike)
    assert (line.observed, line.incremental, line.credited) == (None, 120, 60)
    (known,) = combine_credit([one, replace(two, observed=D(300))], {}, alike)
    assert known.observed == 300


def test_losses_alone_are_added_and_held_to_nothing_that_was_seen() -> None:
    """What two modules lost together is no credit, so nothing observed bounds it."""
    one = CreditLine("visit_rate", ("a",), None, D(30), D(-60), D(-60), D(-6000), D(-6000))
    two = replace(one, module_ids=("b",))
    (line,) = combine_credit([one, two], {"visit_rate": D("0.5")})
    assert (line.module_ids, line.incremental, line.credited) == (("a", "b"), -120, -120)

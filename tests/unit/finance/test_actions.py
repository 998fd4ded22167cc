"""The actions side by side: hand calculations, each bound from both sides, five different advices."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from finance_cases import D, cost, effect, module, valued

from roi_pipeline.domain.advice import LADDER, Option
from roi_pipeline.domain.modules import Rollout, VendorContract
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.windows import cycle_from_key
from roi_pipeline.finance.actions import (
    Outlook,
    Prospect,
    advise,
    chance_of_going_on,
    charge_of,
    loss_of,
    weigh,
)
from roi_pipeline.finance.amounts import NORMAL
from roi_pipeline.finance.terms import Terms, first_free_day, terms_on
from roi_pipeline.finance.uncertainty import Spread

TODAY, NEXT = date(2026, 4, 15), date(2026, 7, 15)
NEAR = VendorContract(date(2025, 6, 1), date(2026, 5, 31), 30, auto_renews=True)
FAR = VendorContract(date(2026, 1, 1), date(2026, 12, 31), 30, auto_renews=True)


def prospect(benefit: int, error: int = 0, **changes: Any) -> Prospect:
    """A hundred days measured; a day costs 10 of fee and 2 of other running costs."""
    made = Prospect(
        spread=Spread(D(benefit) * 100, D(1200), D(error) * 100, D(0)),
        days=D(100),
        fee=D(10),
        other=D(2),
        error=D(error),
        seen=D(91),
    )
    return replace(made, **changes)


def by_action(seen: Prospect, terms: Terms) -> dict[str, Option]:
    return {option.action: option for option in weigh(seen, terms)}


def advised(seen: Prospect, terms: Terms, **changes: Any) -> str:
    chance, days = chance_of_going_on(seen, terms), D(91)
    outlook = Outlook(chance, loss_of(seen, days), seen.believed, charge_of(seen, days), 0.8, 0.05)
    return advise(weigh(seen, terms), terms, replace(outlook, **changes))


def test_a_contract_near_its_notice_day_by_hand() -> None:
    """47 days until it ends, a term of 365 days that waiting enters, a term of 366 to decide on."""
    found = by_action(prospect(benefit=8), terms_on(NEAR, TODAY, next_edition=NEXT))
    assert {name: option.net for name, option in found.items()} == {
        "stop": D(47 * (8 - 12)),
        "change": None,
        "renegotiate": D(47 * (8 - 12)),
        "optimise": None,
        "wait": D((47 + 365) * (8 - 12)),
        "continue": D((47 + 365 + 366) * (8 - 12)),
        "expand": None,
    }
    assert found["wait"].learning == 0
    assert found["stop"].last_day == date(2026, 5, 1)
    assert found["renegotiate"].reason.values["cut"] == pytest.approx(0.4)
    assert not found["expand"].is_open


def test_a_dearer_term_weighs_by_its_price() -> None:
    dearer = replace(NEAR, renewal_price_rise=D("0.2"))
    found = by_action(prospect(benefit=13), terms_on(dearer, TODAY, next_edition=NEXT))
    assert found["continue"].costs == 47 * 12 + 731 * (12 + 2)
    assert found["continue"].net == 47 * 1 - 731 * 1
    assert found["stop"].net == 47
    assert found["renegotiate"].reason.values["price"] == pytest.approx(11 / 1.2 * 30.4375)


def test_leaving_at_once_is_chosen_where_it_is_cheaper_than_serving() -> None:
    def stopping(exit_amount: str | None, benefit: int = 4) -> Option:
        contract = replace(NEAR, exit_amount=None if exit_amount is None else D(exit_amount))
        terms = terms_on(contract, TODAY, next_edition=NEXT)
        return by_action(prospect(benefit=benefit), terms)["stop"]

    assert (stopping(None).net, stopping(None).once) == (D(-47 * 8), 0)
    assert (stopping("375").net, stopping("375").once) == (-375, 375)
    assert (stopping("376").net, stopping("376").once) == (D(-376), 0)
    unused = stopping(None, benefit=1)
    assert (unused.reason.code, unused.net, unused.benefits) == ("option_ends_unused", -470, 0)


@pytest.mark.parametrize(
    ("contract", "today", "free"),
    [
        (None, TODAY, TODAY),
        (NEAR, date(2026, 5, 1), date(2026, 6, 1)),
        (NEAR, date(2026, 5, 2), date(2027, 6, 1)),
        (replace(NEAR, auto_renews=False), date(2026, 5, 2), date(2026, 6, 1)),
        (replace(NEAR, auto_renews=False), date(2026, 6, 1), date(2026, 6, 1)),
        (replace(FAR, minimum_months=6), TODAY, date(2026, 7, 1)),
        (replace(FAR, minimum_months=6), date(2026, 6, 20), date(2026, 7, 20)),
        (replace(FAR, minimum_months=12), TODAY, date(2027, 1, 1)),
    ],
)
def test_the_first_day_without_the_fee(
    contract: VendorContract | None, today: date, free: date
) -> None:
    assert first_free_day(contract, today) == free


def test_waiting_is_worth_what_a_simulation_of_the_data_to_come_says() -> None:
    """Posterior N(1, 3²) of a day's net over a year, half of its variance resolved in 91 days."""
    terms = terms_on(None, TODAY, next_edition=NEXT)
    waiting = by_action(prospect(benefit=13, error=3), terms)["wait"]
    draws = np.random.default_rng(31).normal(1, 3 * 0.5**0.5, 400_000)
    expected = 365 * np.maximum(draws, 0).mean() + (NEXT - TODAY).days
    assert float(waiting.net or 0) == pytest.approx(expected, abs=2)
    assert waiting.learning > 0


@pytest.mark.parametrize(
    ("benefit", "error", "contract", "action"),
    [
        (13, 1, FAR, "continue"),  # chance .84
        (13, 2, FAR, "wait"),  # chance .69, and deciding later binds no longer
        (13, 2, NEAR, "continue"),  # the same where waiting binds: it earns in expectation
        (10, 2, NEAR, "renegotiate"),  # loses in expectation, a fee lower by 20 % would do
        (7, 4, NEAR, "renegotiate"),  # exactly half of the fee
        (6, 4, NEAR, "change"),  # not even half
        (11, 4, None, "wait"),  # a cycle of waiting costs 91 and teaches 255
        (10, 2, None, "change"),  # costs 182 and teaches 18
    ],
)
def test_the_advice_on_both_sides_of_each_bound(
    benefit: int, error: int, contract: VendorContract | None, action: str
) -> None:
    terms = terms_on(contract, TODAY, next_edition=NEXT)
    assert advised(prospect(benefit, error), terms) == action


def test_leaving_must_gain_the_charge_times_the_chance_of_being_wrong() -> None:
    """10 of benefits, 12 of costs, an error of 2: 36/37 of the loss is counted on."""
    seen, terms = prospect(10, 2), terms_on(None, TODAY, next_edition=NEXT)
    found = by_action(seen, terms)
    waiting = found["wait"]
    loss = -(waiting.net or 0) + waiting.learning
    assert (loss, seen.believed) == (182, D(36) / D(37))
    chance = chance_of_going_on(seen, terms)
    assert chance == pytest.approx(NORMAL.cdf(-((36 / 37) ** 0.5)))
    bound = (loss * seen.believed - waiting.learning) / D(str(chance))
    assert advised(seen, terms, charge=bound + D("0.01")) == "wait"
    assert advised(seen, terms, charge=bound - D("0.01")) == "change"


@pytest.mark.parametrize(
    ("benefit", "error", "believed"),
    [
        (12, 4, D(1)),  # nothing is lost
        (20, 4, D(1)),
        (10, 0, D(1)),  # nothing is open
        (10, 12, D("0.5")),  # as uncertain as the costs are high
        (-88, 12, D("0.8026")),  # 1 - 1.645 * 12 / 100: strong evidence keeps its weight
    ],
)
def test_as_much_of_a_loss_is_counted_on_as_its_error_leaves(
    benefit: int, error: int, believed: Decimal
) -> None:
    assert prospect(benefit, error).believed == believed


def test_use_that_costs_more_than_it_earns_is_given_up_at_the_next_edition() -> None:
    """Waiting had been charged with such use for the whole term that it enters."""
    terms = terms_on(NEAR, TODAY, next_edition=NEXT)
    waiting = by_action(prospect(1, 0), terms)["wait"]
    days = (NEXT - TODAY).days
    bound = (terms.leave_later - TODAY).days
    assert (waiting.benefits, waiting.costs) == (days, 2 * days + 10 * bound)


def test_expanding_needs_units_evidence_and_a_chance_that_holds_the_bound() -> None:
    terms = terms_on(FAR, TODAY, next_edition=NEXT)
    wide = prospect(14, 1, room=D(2))
    assert advised(wide, terms) == "expand"
    expand = by_action(wide, terms)["expand"]
    going = by_action(wide, terms)["continue"]
    assert expand.net == 3 * (going.net or 0)
    assert advised(replace(wide, is_strong=False), terms) == "continue"
    assert advised(replace(wide, room=D(0)), terms) == "continue"
    # what rolling out costs once tips the chance below .8 while going on stays sure
    assert advised(replace(wide, rollout=D(2200)), terms) == "continue"
    assert advised(replace(wide, rollout=D(1100)), terms) == "expand"


def test_harm_closes_everything_that_goes_on_as_it_is() -> None:
    terms = terms_on(FAR, TODAY, next_edition=NEXT)
    harmed = prospect(20, 1, room=D(1), is_harmed=True)
    shut = [option.action for option in weigh(harmed, terms) if not option.is_open]
    assert shut == ["renegotiate", "wait", "continue", "expand"]  # the price already pays
    assert advised(harmed, terms) == "optimise"


def test_every_row_adds_up_and_stands_in_its_order() -> None:
    for contract in (None, NEAR, FAR, replace(FAR, exit_amount=D(100))):
        for benefit in (-3, 1, 9, 15):
            seen = prospect(benefit, 3, room=D(1), rollout=D(50))
            options = weigh(seen, terms_on(contract, TODAY, next_edition=NEXT))
            assert tuple(option.action for option in options) == LADDER
            known = [option for option in options if option.net is not None]
            assert len(known) >= 4
            for option in known:
                assert option.benefits is not None
                assert option.costs is not None
                total = option.benefits - option.costs - option.once + option.learning
                assert total == option.net, option.action


def decided(estimate: float, error: float, contract: VendorContract, **changes: Any) -> ModuleValue:
    cycle = cycle_from_key("2026-Q1", as_of=TODAY)
    rollout = changes.pop("rollout", Rollout("clinic", everywhere_from=date(2026, 1, 1)))
    chosen = module(vendor_contract=contract, rollout=rollout, **changes)
    return valued(
        chosen, effect(estimate=estimate, standard_error=error), cycle=cycle, headcount=860
    )


def test_five_modules_of_one_company_get_five_different_advices() -> None:
    """All too early to rate; break-even is an effect of five points."""
    half = Rollout("clinic", go_live={"a": date(2026, 1, 1)})
    cases = {
        "stop": decided(0.007, 0.004, NEAR),
        "renegotiate": decided(0.04, 0.01, NEAR),
        "wait": decided(0.055, 0.02, FAR),
        "continue": decided(0.09, 0.01, FAR),
        "expand": decided(0.09, 0.01, FAR, rollout=half),
    }
    for action, value in cases.items():
        assert value.rating.status == "too_early"
        assert value.decision.action == action
        assert value.decision.weighed_until is not None
        assert {option.action for option in value.decision.options} == set(LADDER)
    assert cases["stop"].decision.reasons[0].code == "early_warning_to_stop"
    assert cases["wait"].decision.reasons[0].values["next"] == date(2026, 7, 14)


def test_what_the_contract_binds_are_the_vendors_fees_not_use_nor_people() -> None:
    rules = (
        cost("seats", category="seats", amount=D(310)),
        cost("staff", category="operations_staff", amount=D(620)),
        cost("set_up", category="deployment", basis="once", amount=D(900), life_months=3),
    )
    value = decided(0.04, 0.01, NEAR, costs=rules)
    stop = next(option for option in value.decision.options if option.action == "stop")
    going = next(option for option in value.decision.options if option.action == "continue")
    # 2,790 over 90 days are running costs of 31 a day; the 900 of the set-up are sunk
    assert going.costs == D(31) * (47 + 731)
    assert stop.costs == D(31) * 47


def test_no_money_that_counts_no_table() -> None:
    value = valued(None, effect(grade="E"), headcount=860)
    assert value.decision.options == ()
    assert value.decision.action == "wait"


def test_the_chance_over_no_days_is_whether_nothing_is_owed() -> None:
    seen = prospect(8, 1)
    assert (seen.chance(D(0), D(0)), seen.chance(D(0), D(1))) == (1.0, 0.0)


def test_a_hopeless_module_is_stopped_unless_more_data_are_worth_what_they_cost() -> None:
    terms = terms_on(FAR, TODAY, next_edition=NEXT)
    assert advised(prospect(2, 1), terms) == "stop"
    learning = by_action(prospect(2, 4), terms)["wait"].learning
    assert learning > 0
    assert advised(prospect(2, 4), terms, chance=0.01, loss=learning) == "stop"
    assert advised(prospect(2, 4), terms, chance=0.01, loss=learning - 1) == "wait"


def test_where_waiting_brings_no_more_than_going_on_one_goes_on() -> None:
    """No error left to resolve: waiting and going on are worth the same, and the chance is not sure."""
    terms = terms_on(None, TODAY, next_edition=NEXT)
    sure = prospect(13, 0)
    found = by_action(sure, terms)
    assert found["wait"].net == found["continue"].net
    assert advised(sure, terms, chance=0.5) == "continue"

"""Laws of money that no example can show."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "finance"))

from finance_cases import (
    ASSUMPTIONS,
    LIVE,
    Q1,
    STANDARD,
    D,
    assumption,
    benefit,
    cost,
    effect,
    metric,
    module,
    valued,
)

from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.statements import ModuleValue, Statement
from roi_pipeline.domain.windows import cycle_from_key
from roi_pipeline.finance import bridge, find_problems, value_portfolio
from roi_pipeline.finance.uncertainty import Spread, probability_of_bar, simulate_roi

laws = settings(max_examples=60, deadline=None)
money = st.decimals("0.01", "100000", places=2)
estimates = st.floats(-0.15, 0.4).map(lambda x: round(x, 6))
errors = st.floats(0.0001, 0.2).map(lambda x: round(x, 6))
bars = st.decimals("-0.9", "5", places=3)


@laws
@given(amount=money, extra=money, estimate=estimates, error=errors)
def test_more_cost_never_raises_roi(
    amount: Decimal, extra: Decimal, estimate: float, error: float
) -> None:
    measured = effect(estimate=estimate, standard_error=error)
    cheap = valued(module(costs=(cost(amount=amount),)), measured).cycle.returns
    dear = valued(module(costs=(cost(amount=amount), cost("more", amount=extra))), measured)
    assert cheap.roi is not None
    assert dear.cycle.returns.roi is not None
    if cheap.benefits >= 0:  # with negative benefits ROI is below -100 % and tends to it
        assert dear.cycle.returns.roi <= cheap.roi
    assert dear.cycle.returns.net <= cheap.net


@laws
@given(
    amounts=st.lists(money, min_size=1, max_size=4),
    parts=st.lists(st.decimals("0.01", "0.4", places=2), min_size=2, max_size=2),
    estimate=estimates,
)
def test_lines_add_to_totals(amounts: list[Decimal], parts: list[Decimal], estimate: float) -> None:
    costs = tuple(cost(f"c{n}", amount=amount) for n, amount in enumerate(amounts))
    benefits = tuple(
        benefit(f"b{n}", attribution_share=part, is_confirmed=n == 0)
        for n, part in enumerate(parts)
    )
    value = valued(module(costs=costs, benefits=benefits), effect(estimate=estimate))
    for statement in (value.cycle, value.since_go_live, value.rated):
        assert_adds_up(statement)
    both = value_portfolio(
        [value, replace(value, module_id="b")], cycle=Q1, headcount=50, currency="CNY",
        standards=(STANDARD,),
    )  # fmt: skip
    assert_adds_up(both.cycle)
    assert both.cycle.returns.benefits == 2 * value.cycle.returns.benefits


def assert_adds_up(statement: Statement) -> None:
    counted = [line for line in statement.benefits if line.is_in_rating]
    assert sum((line.amount or D(0) for line in counted), D(0)) == statement.returns.benefits
    spent = sum((line.amount for line in statement.costs if line.is_counted), D(0))
    assert spent == statement.returns.costs
    assert statement.realised + statement.estimated == statement.returns.benefits
    assert statement.returns.net == statement.returns.benefits - spent
    for line in counted:
        product = (line.quantity or D(0)) * line.unit_value * line.realisation * line.margin
        product *= line.attribution_share * line.risk_factor * line.credit_factor
        assert abs(product - (line.amount or D(0))) < D("1e-8")


@laws
@given(rate=st.decimals("0.01", "200", places=4), estimate=estimates, amount=money)
def test_another_currency_rescales_money_and_leaves_roi_alone(
    rate: Decimal, estimate: float, amount: Decimal
) -> None:
    measured = effect(estimate=estimate)
    home = valued(module(costs=(cost(amount=amount),)), measured)
    # the same company reporting in a currency of which one unit of home is worth `rate`
    stated = (assumption("visit_value", str(D(200) * rate)), *ASSUMPTIONS[1:])
    abroad = valued(
        module(costs=(cost(amount=amount, currency="CNY"),)),
        measured,
        currency="EUR",
        assumptions=stated,
        exchange_rates=ExchangeRates("EUR", {("CNY", LIVE): rate}, max_age_days=366),
    )
    one, two = home.cycle.returns, abroad.cycle.returns
    assert one.roi is not None
    assert two.roi is not None
    assert abs(two.benefits - one.benefits * rate) <= D("1e-6")
    assert abs(two.costs - one.costs * rate) <= D("1e-6")
    assert abs(two.roi - one.roi) <= D("1e-6") * (1 + abs(one.roi))


@laws
@given(
    benefits=st.decimals("0", "100000", places=2),
    costs=money,
    narrow=st.decimals("0.01", "10000", places=2),
    wider=st.decimals("1", "50", places=2),
    bar=bars,
)
def test_a_wider_interval_never_makes_the_point_estimates_side_surer(
    benefits: Decimal, costs: Decimal, narrow: Decimal, wider: Decimal, bar: Decimal
) -> None:
    def probability(error: Decimal) -> float:
        return probability_of_bar(benefits, costs, benefits_error=error, costs_error=D(0), bar=bar)

    before, after = probability(narrow), probability(narrow * wider)
    if (benefits - costs) / costs >= bar:
        assert before >= after >= 0.5
    else:
        assert before <= after <= 0.5


@laws
@given(
    estimate=st.floats(-0.9, 2.0),
    share=st.decimals("0.01", "1", places=2),
    level=st.floats(0.0, 1.0),
    direction=st.sampled_from(["up", "down"]),
)
def test_credited_never_exceeds_observed(
    estimate: float, share: Decimal, level: float, direction: str
) -> None:
    value = valued(
        module(benefits=(benefit(attribution_share=share),)),
        effect(estimate=round(estimate, 6), counterfactual_value=0.3),
        metrics={"visit_rate": metric(direction=direction)},
        level=level,
    )
    line = value.credit[0]
    assert line.observed is not None
    assert line.incremental <= line.observed
    if line.incremental >= 0:
        assert line.credited <= line.incremental
        assert line.amount <= line.incremental_amount + D("1e-6")
    per_visit = D(100) * share
    assert value.cycle.returns.benefits <= line.observed * per_visit + D("1e-6")


@laws
@given(
    estimates=st.lists(estimates, min_size=2, max_size=7), joint=st.decimals("0", "500", places=2)
)
def test_a_portfolio_never_credits_more_than_all_modules_did_together(
    estimates: list[float], joint: Decimal
) -> None:
    values = [made(f"m{n}", estimate) for n, estimate in enumerate(estimates)]
    both = value_portfolio(
        values, cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD,),
        observed={"visit_rate": joint},
    )  # fmt: skip
    for line in both.credit:
        assert line.credited <= joint + D("1e-6")
        assert line.amount <= joint * 100 + D("1e-6")
    assert both.cycle.returns.benefits <= joint * 100 + D("1e-6")


@laws
@given(
    estimates=st.lists(estimates, min_size=2, max_size=5),
    weights=st.lists(st.integers(1, 9), min_size=5, max_size=5),
)
def test_modules_that_share_an_outcome_are_never_credited_with_more_than_happened(
    estimates: list[float], weights: list[int]
) -> None:
    whole = sum(weights[: len(estimates)])
    declared = [
        replace(
            module(benefits=(benefit(attribution_share=round(D(weight) / whole - D("5e-4"), 3)),)),
            id=f"m{number}",
        )
        for number, weight in enumerate(weights[: len(estimates)])
    ]
    known = {"visit_rate": metric()}
    assert find_problems(declared, known, currency="CNY", assumptions=ASSUMPTIONS) == ()
    values = [
        valued(each, effect(estimate=estimate))
        for each, estimate in zip(declared, estimates, strict=True)
    ]
    both = value_portfolio(
        values, cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD,), modules=declared,
        metrics=known,
    )  # fmt: skip
    (line,) = both.credit
    assert line.observed is not None
    assert line.observed == values[0].credit[0].observed
    gains = [each.credit[0] for each in values if each.credit[0].credited > 0]
    assert sum(gain.credited for gain in gains) <= line.observed
    assert sum(gain.amount for gain in gains) <= line.observed * 100 + D("1e-6")


def made(module_id: str, estimate: float) -> ModuleValue:
    return valued(replace(module(), id=module_id), effect(estimate=estimate))


@laws
@given(
    shares=st.lists(st.decimals("0.05", "0.3", places=2), min_size=3, max_size=3),
    n_modules=st.sampled_from([2, 7]),
    estimate=st.floats(0.01, 0.2).map(lambda x: round(x, 6)),
)
def test_a_benefit_moved_between_modules_leaves_the_portfolio_unchanged(
    shares: list[Decimal], n_modules: int, estimate: float
) -> None:
    rules = tuple(benefit(f"b{n}", attribution_share=share) for n, share in enumerate(shares))

    def portfolio(first: int) -> ModuleValue:
        """The first module gets the first `first` benefits, the second the others."""
        split = [rules[:first], rules[first:], *[()] * (n_modules - 2)]
        values = [
            valued(replace(module(benefits=mine), id=f"m{n}"), effect(estimate=estimate))
            for n, mine in enumerate(split)
        ]
        return value_portfolio(
            values, cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD,)
        )

    one, two = portfolio(1).cycle.returns, portfolio(2).cycle.returns
    assert (one.benefits, one.costs, one.roi) == (two.benefits, two.costs, two.roi)


@laws
@given(
    amount=money,
    other=money,
    one=st.floats(0.01, 0.3).map(lambda x: round(x, 6)),
    two=st.floats(0.01, 0.3).map(lambda x: round(x, 6)),
    value=st.integers(1, 900),
    days=st.integers(0, 40),
    method=st.sampled_from(["two_sample_change", "staggered_change"]),
)
def test_a_bridge_adds_up_exactly(
    amount: Decimal, other: Decimal, one: float, two: float, value: int, days: int, method: str
) -> None:
    stated = (assumption("visit_value", str(value)), *ASSUMPTIONS[1:])
    before = valued(
        module(costs=(cost(amount=amount),)),
        effect(estimate=one),
        cycle=cycle_from_key("2026-Q1", as_of=date(2026, 4, 1) - timedelta(days=days)),
    )
    after = valued(
        module(costs=(cost(amount=other), cost("new", amount=amount))),
        effect(estimate=two, method=method),
        assumptions=stated,
    )
    steps = bridge(before, after)
    start, end = before.cycle.returns.roi, after.cycle.returns.roi
    assert start is not None
    assert end is not None
    assert sum((step.roi_change for step in steps), D(0)) == round(end, 9) - round(start, 9)


@settings(max_examples=8, deadline=None, derandomize=True)  # 3 standard errors, fixed seeds
@given(
    seed=st.integers(0, 2**62),
    error=st.floats(0.002, 0.03).map(lambda x: round(x, 5)),
    costs_error=st.sampled_from([D(0), D(300)]),
    bar=st.decimals("0.5", "1.5", places=2),
)
def test_simulation_agrees_with_the_closed_form(
    seed: int, error: float, costs_error: Decimal, bar: Decimal
) -> None:
    lines = valued(None, effect(standard_error=error), per_month=400.0).cycle.benefits
    draws = simulate_roi(lines, costs=D(3000), costs_error=costs_error, ranges={}, seed=seed)
    again = simulate_roi(lines, costs=D(3000), costs_error=costs_error, ranges={}, seed=seed)
    assert draws == again
    exact = probability_of_bar(
        D(6000), D(3000), benefits_error=lines[0].standard_error or D(0),
        costs_error=costs_error, bar=bar,
    )  # fmt: skip
    found = Spread(D(6000), D(3000), D(0), D(0), draws).probability(bar)
    assert found is not None
    # 3 standard errors, and a floor of one draw in ten thousand where p is 0 or 1
    assert abs(found - exact) <= 3 * sqrt(exact * (1 - exact) / len(draws)) + 1e-4


@laws
@given(amount=money)
def test_months_of_a_quarter_cost_what_the_quarter_costs(amount: Decimal) -> None:
    declared = module(
        costs=(
            cost(amount=amount),
            cost("setup", basis="once", life_months=7, amount=amount),
            cost("year", basis="per_year", amount=amount, start=date(2025, 10, 15)),
        )
    )
    months = [
        valued(declared, cycle=cycle_from_key(f"2026-0{n}", as_of=date(2026, 4, 8)))
        for n in (1, 2, 3)
    ]
    quarter = valued(declared)
    parts = sum((value.cycle.returns.costs for value in months), D(0))
    assert abs(parts - quarter.cycle.returns.costs) <= D("1e-8")

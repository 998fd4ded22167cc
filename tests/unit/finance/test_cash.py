"""The cash table adds up to net present value; what is ahead goes at the cycle's pace to the module's end."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from finance_cases import LIVE, STANDARD, D, cost, effect, inconclusive, module, valued

from roi_pipeline.domain.modules import Module, Rollout, VendorContract
from roi_pipeline.domain.statements import CashPeriod, ModuleValue
from roi_pipeline.domain.windows import cycle_from_key
from roi_pipeline.finance import value_portfolio
from roi_pipeline.finance.portfolio_cash import portfolio_cash

Q3 = cycle_from_key("2026-Q3", as_of=date(2026, 10, 8))
CENT = D("0.01")


def paid_before() -> Module:
    """A fee from December on and an integration paid in November, a module live in January."""
    early = cost(start=date(2025, 12, 1))
    once = cost(
        "integration", category="deployment", basis="once", amount=D(3650), life_months=24,
        start=date(2025, 11, 15),
    )  # fmt: skip
    return module(costs=(early, once))


@pytest.fixture(scope="module")
def value() -> ModuleValue:
    return valued(paid_before(), cycle=Q3)


def past(value: ModuleValue) -> list[CashPeriod]:
    return [row for row in value.cash if not row.is_ahead]


def ahead(value: ModuleValue) -> list[CashPeriod]:
    return [row for row in value.cash if row.is_ahead]


def test_rows_of_the_past_add_up_to_net_present_value_and_to_the_flows(value: ModuleValue) -> None:
    npv = value.since_go_live.returns.npv
    assert npv is not None
    assert abs(sum(row.present_value for row in past(value)) - npv) < CENT
    flows = sum((amount for _, amount in value.flows), Decimal(0))
    assert abs(sum(row.net for row in past(value)) - flows) < CENT
    assert past(value)[-1].cumulative == pytest.approx(flows)


def test_what_was_paid_before_go_live_has_a_row_of_its_own(value: ModuleValue) -> None:
    first = value.cash[0]
    assert first.start == first.end == LIVE
    assert (first.benefits, first.once) == (0, D(3650))
    assert first.running == pytest.approx(D(1000))
    assert [(row.start, row.end) for row in past(value)[1:]] == [
        (date(2026, 1, 1), date(2026, 4, 1)),
        (date(2026, 4, 1), date(2026, 7, 1)),
        (date(2026, 7, 1), date(2026, 10, 1)),
    ]


def test_every_row_adds_up_from_the_one_before(value: ModuleValue) -> None:
    reached = Decimal(0)
    assert len(value.cash) == 5
    for row in value.cash:
        reached += row.benefits - row.running - row.once
        assert row.cumulative == pytest.approx(reached)


def test_what_is_ahead_ends_with_a_contract_that_does_not_renew(value: ModuleValue) -> None:
    assert [(row.start, row.end) for row in ahead(value)] == [(date(2026, 10, 1), date(2027, 1, 1))]
    renewing = VendorContract(LIVE, date(2026, 12, 31), auto_renews=True)
    longer = ahead(valued(module(vendor_contract=renewing), cycle=Q3))
    assert longer[-1].end == date(2029, 1, 1)
    assert {row.once for row in longer} == {0}


def test_three_years_are_those_of_a_total_economic_impact_study(value: ModuleValue) -> None:
    """By hand: 100/1.1 + 100/1.1² + 100/1.1³ = 248.685…"""
    view = value.three_years
    assert view is not None
    factor = sum(1 / (1 + STANDARD.discount_rate) ** year for year in (1, 2, 3))
    assert view.initial == D(3650)
    assert view.yearly_costs == pytest.approx(D(3000) / 92 * 365)
    assert view.benefits == pytest.approx(view.yearly_benefits * factor)
    assert view.costs == pytest.approx(view.initial + view.yearly_costs * factor)
    assert view.net == pytest.approx(view.benefits - view.costs)


def test_without_a_benefit_there_is_no_table() -> None:
    nothing = valued(paid_before(), inconclusive(), cycle=Q3)
    assert (nothing.cash, nothing.three_years) == ((), None)


def test_a_pilot_that_ended_is_counted_to_its_end_and_has_nothing_ahead() -> None:
    """Costs and volume had gone on to the cycle's end, and the years ahead after it."""
    pilot = module(rollout=Rollout("clinic", everywhere_from=LIVE, end=date(2026, 8, 1)))
    ended = valued(pilot, cycle=Q3)
    assert ended.cycle.period.end == date(2026, 8, 1)
    assert ended.cycle.returns.costs == pytest.approx(D(1000))
    assert not ahead(ended)
    later = valued(pilot, cycle=cycle_from_key("2026-Q4", as_of=date(2027, 1, 8)))
    assert later.cycle.returns.costs == 0
    assert later.since_go_live.period.end == date(2026, 8, 1)


def test_the_portfolios_rows_add_up_to_its_present_value_and_to_its_modules() -> None:
    late = module(rollout=Rollout("clinic", everywhere_from=date(2026, 5, 15)))
    parts = [
        replace(valued(each, outcome, cycle=Q3), module_id=name)
        for name, each, outcome in (
            ("early", paid_before(), effect()), ("late", replace(late, costs=(cost(
                "setup", basis="once", amount=D(600), start=date(2026, 5, 1), life_months=12,
            ), *late.costs)), effect()), ("costly", module(), inconclusive()),
        )
    ]  # fmt: skip
    both = value_portfolio(parts, cycle=Q3, headcount=50, currency="CNY", standards=(STANDARD,))
    rows = [row for row in both.cash if not row.is_ahead]
    assert len(rows) >= 3
    assert sum(row.present_value for row in rows) == pytest.approx(both.cycle.returns.npv)
    assert sum(row.net for row in rows) == pytest.approx(sum(a for _, a in both.flows))
    assert rows[-1].cumulative == pytest.approx(sum(row.net for row in rows))
    for kind in ("benefits", "running", "once"):
        of_modules = sum(getattr(r, kind) for x in parts for r in x.cash if not r.is_ahead)
        assert sum(getattr(row, kind) for row in rows) >= of_modules - D("0.001"), kind
    assert sum(r.running for r in rows) > sum(
        r.running for x in parts for r in x.cash if not r.is_ahead
    )
    assert all(row.once == 0 or row.once > 1 for row in rows)
    for kind in ("benefits", "running"):
        found = sum(getattr(row, kind) for row in both.cash if row.is_ahead)
        assert found == sum(getattr(r, kind) for x in parts for r in x.cash if r.is_ahead) > 0


def test_a_portfolio_seen_before_its_first_go_live_has_no_table(value: ModuleValue) -> None:
    first = value.since_go_live.period.start
    assert portfolio_cash([value], value.flows, rate=D("0.1"), until=first) == ()


@pytest.mark.parametrize("n", [2, 6], ids=["shared credit", "shrinkage"])
def test_cut_benefits_are_cut_in_every_period(n: int) -> None:
    """The table was empty, and present value and payback missing, as soon as credit was cut."""
    more: Any = {"cycle": Q3, "headcount": 50, "currency": "CNY", "standards": (STANDARD,)}
    parts = [replace(valued(paid_before(), cycle=Q3), module_id=name) for name in "abcdef"[:n]]
    seen = sum(line.credited for value in parts for line in value.credit)
    whole = value_portfolio(
        parts, **more, observed={"visit_rate": seen * D("0.75")} if n == 2 else {}
    )
    kept = whole.cycle.benefits[0].credit_factor
    assert 0 < kept < 1
    rows = [row for row in whole.cash if not row.is_ahead]
    own = [row for value in parts for row in value.cash]
    assert sum(row.present_value for row in rows) == pytest.approx(whole.cycle.returns.npv)
    for is_ahead in (False, True):
        cut, mine = ([x for x in found if x.is_ahead == is_ahead] for found in (whole.cash, own))
        benefits = sum(x.benefits for x in mine)
        assert benefits > 0
        assert sum(x.benefits for x in cut) == pytest.approx(benefits * kept)
        for kind in ("running", "once"):
            assert sum(getattr(x, kind) for x in cut) == pytest.approx(
                sum(getattr(x, kind) for x in mine)
            )
    assert sum(x.benefits for x in rows) == pytest.approx(whole.since_go_live.returns.benefits)
    years = [value.three_years for value in parts if value.three_years]
    assert whole.three_years is not None
    assert whole.three_years.benefits == pytest.approx(sum(x.benefits for x in years) * kept)
    assert whole.three_years.costs == sum(x.costs for x in years)
    cycle = whole.cycle.returns
    assert cycle.annualised_net == pytest.approx(
        (cycle.benefits - cycle.costs) * 365 / whole.cycle.period.days
    )


def test_three_years_of_the_portfolio_need_those_of_every_module() -> None:
    one, two = (replace(valued(paid_before(), cycle=Q3), module_id=name) for name in "ab")
    nothing = replace(valued(paid_before(), inconclusive(), cycle=Q3), module_id="c")
    more: Any = {"cycle": Q3, "headcount": 50, "currency": "CNY", "standards": (STANDARD,)}
    both, all_three = value_portfolio((one, two), **more), value_portfolio((one, nothing), **more)
    assert one.three_years is not None
    assert both.three_years is not None
    assert both.three_years.net == pytest.approx(2 * one.three_years.net)
    assert both.three_years.roi == pytest.approx(one.three_years.roi)
    assert all_three.three_years is None

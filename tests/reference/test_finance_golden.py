"""Golden vectors of METHODS §5 and published figures, to the cent."""

from decimal import Decimal

import pytest

from roi_pipeline.finance.returns import EconomicImpact, economic_impact, present_value
from roi_pipeline.finance.shrinkage import james_stein
from roi_pipeline.finance.uncertainty import (
    Spread,
    fieller_interval,
    normal_interval,
    probability_of_bar,
)

D = Decimal
B, C, SE_B, SE_C = D(30000), D(12000), D(6000), D(1200)


def test_roi_and_its_interval_when_costs_are_known() -> None:
    assert Spread(B, C, SE_B, D(0)).roi == D("1.5")
    low, high = normal_interval(B, C, benefits_error=SE_B, confidence=0.95)
    assert (round(low, 2), round(high, 2)) == (D("0.52"), D("2.48"))


@pytest.mark.parametrize(("bar", "expected"), [("1", 0.8413), ("1.5", 0.5), ("2", 0.1587)])
def test_probability_of_clearing_a_bar(bar: str, expected: float) -> None:
    found = probability_of_bar(B, C, benefits_error=SE_B, costs_error=D(0), bar=D(bar))
    assert round(found, 4) == expected


def test_fieller_interval_when_costs_are_uncertain_too() -> None:
    ends = fieller_interval(B, C, benefits_error=SE_B, costs_error=SE_C, confidence=0.95)
    assert ends is not None
    assert (round(ends[0], 6), round(ends[1], 6)) == (D("0.478094"), D("2.721652"))


def test_fieller_without_cost_uncertainty_is_the_normal_interval() -> None:
    ends = fieller_interval(B, C, benefits_error=SE_B, costs_error=D(0), confidence=0.9)
    plain = normal_interval(B, C, benefits_error=SE_B, confidence=0.9)
    assert ends is not None
    assert [round(x, 15) for x in ends] == [round(x, 15) for x in plain]


def test_fieller_is_unbounded_when_costs_cannot_be_told_from_zero() -> None:
    assert fieller_interval(B, C, benefits_error=SE_B, costs_error=C, confidence=0.95) is None


def test_total_economic_impact_example() -> None:
    impact = economic_impact(
        initial=D(100_000) * D("1.05"),
        costs=[D(40_000) * D("1.05")] * 3,
        benefits=[D(150_000) * D("0.90")] * 3,
        rate=D("0.10"),
    )
    assert round(impact.benefits, 2) == D("335725.02")
    assert round(impact.costs, 2) == D("209447.78")
    assert round(impact.net, 2) == D("126277.24")
    assert round(impact.roi * 100, 2) == D("60.29")


def test_totals_of_a_published_study() -> None:
    impact = EconomicImpact(D(14_840_638), D(4_057_170))
    assert impact.net == 10_783_468
    assert round(impact.roi * 100, 3) == D("265.788")


def test_present_value_discounts_at_the_end_of_each_year() -> None:
    assert round(present_value([D(110), D(121)], D("0.10")), 10) == 200


def test_james_stein_shrinks_the_sum_of_six_modules() -> None:
    amounts = [D(x) for x in (120, 90, -20, 300, 40, 10)]
    factor = james_stein(amounts, [D(80)] * 6)
    assert round(factor, 6) == D("0.776614")
    assert round(factor * sum(amounts), 2) == D("419.37")

"""NPV, IRR, payback, break-even, annualised net, interval methods, tornado, sanity."""

from dataclasses import replace
from datetime import date

import pytest
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

from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.finance import trend, value_portfolio
from roi_pipeline.finance.amounts import z_value
from roi_pipeline.finance.returns import (
    expected_payback_month,
    internal_rate,
    net_present_value,
    payback_month,
)
from roi_pipeline.finance.sensitivity import flip, possible_effects
from roi_pipeline.finance.uncertainty import Spread, simulate_roi

HALF = cycle_from_key("2026-H1", as_of=date(2026, 7, 8))
INVEST = cost("setup", category="deployment", basis="once", life_months=24, amount=D(2400))


def test_flows_are_dated_and_discounted_by_days() -> None:
    flows = [(LIVE, D(-1000)), (date(2027, 1, 1), D(1100))]
    assert net_present_value(flows, rate=D("0.10"), origin=LIVE) == 0
    rate = internal_rate(flows)
    assert rate is not None
    assert round(rate, 9) == D("0.1")


def test_flows_before_go_live_are_not_discounted() -> None:
    flows = [(date(2024, 1, 1), D(-1000)), (LIVE, D(1000))]
    assert net_present_value(flows, rate=D("0.10"), origin=LIVE) == 0


def test_there_is_no_internal_rate_without_both_signs() -> None:
    assert internal_rate([(LIVE, D(5)), (date(2026, 2, 1), D(5))]) is None


def test_one_offs_are_paid_at_once_though_spread_over_their_life() -> None:
    value = valued(module(costs=(INVEST,)), cycle=HALF)
    assert value.cycle.returns.costs == round(D(2400) * 181 / 730, 9)
    assert value.flows[0] == (LIVE, D(-2400))
    assert sum(amount for _, amount in value.flows) == value.cycle.returns.benefits - 2400


def test_payback_is_the_first_month_the_cumulated_net_is_not_negative() -> None:
    value = valued(module(costs=(INVEST,)), cycle=HALF)  # about 1,000 a month
    assert value.cycle.returns.payback_month == 3
    assert value.cycle.returns.payback_expected_month == 3
    period = Window(LIVE, date(2026, 4, 1))
    assert payback_month([], period) is None


def test_payback_still_to_come_is_projected_from_the_steady_state() -> None:
    dear = replace(INVEST, amount=D(7500), life_months=60)
    value = valued(module(costs=(dear,)), cycle=HALF)
    assert value.cycle.returns.payback_month is None
    assert value.cycle.returns.payback_expected_month == 8
    never = valued(module(costs=(dear, cost(amount=D(5000)))), cycle=HALF)
    assert never.cycle.returns.payback_expected_month is None
    period = Window(LIVE, date(2026, 4, 1))
    assert expected_payback_month([(LIVE, D(-1_000_000))], period, D(1)) is None


def test_break_even_says_how_many_a_week_pay_the_costs() -> None:
    returns = valued().cycle.returns
    # 3,000 of costs at 100 a visit over 90 days
    assert returns.break_even_quantity == D(30) * 7 / 90
    assert returns.break_even_line == "visits"


def test_a_year_is_reckoned_from_the_steady_state() -> None:
    fading = replace(effect(), steady_state=0.025)
    assert valued(None, fading).cycle.returns.annualised_net == D("-6083.333333333")
    assert valued().cycle.returns.annualised_net == 0


def test_ranges_of_assumptions_bring_a_simulation_with_a_fixed_seed() -> None:
    ranged = (assumption("visit_value", "200", low=D(150), high=D(300)), *ASSUMPTIONS[1:])
    one, two = valued(assumptions=ranged), valued(assumptions=ranged)
    assert one == two
    assert one.cycle.returns.interval_method == "monte_carlo"
    plain = valued().cycle.returns
    assert one.cycle.returns.roi == plain.roi
    assert one.cycle.returns.roi_upper > plain.roi_upper  # type: ignore[operator]


def test_another_seed_gives_other_draws() -> None:
    lines = valued().cycle.benefits
    sample = [
        simulate_roi(lines, costs=D(3000), costs_error=D(0), ranges={}, seed=seed, draws=50)
        for seed in (1, 1, 2)
    ]
    assert sample[0] == sample[1] != sample[2]


def test_no_costs_mean_no_roi() -> None:
    spread = Spread(D(5), D(0), D(1), D(0))
    assert (spread.roi, spread.probability(D(1)), spread.interval(0.9)) == (
        None,
        None,
        (None, None, ""),
    )
    value = valued(module(costs=()))
    assert value.cycle.returns.roi is None
    assert value.cycle.returns.net == 3000
    assert value.rating.reasons[0].code == "no_cost_was_counted"
    assert value.tornado == ()


def test_an_unbounded_fieller_interval_has_no_ends() -> None:
    spread = Spread(D(5), D(1), D(1), D(1))
    assert spread.interval(0.9) == (None, None, "fieller")


def test_the_tornado_shows_what_moves_roi_and_where_the_rating_flips() -> None:
    ranged = (assumption("visit_value", "200", low=D(150), high=D(300)), *ASSUMPTIONS[1:])
    swings = {swing.input_id: swing for swing in valued(assumptions=ranged).tornado}
    value = swings["visit_value"]
    assert (value.roi_at_low, value.roi_at_high) == (D("-0.25"), D("0.5"))
    assert value.flips_at == 400  # ROI 100 %, where "qualified" begins
    measured = swings["effect:invite:visit_rate"]
    assert round(measured.flips_at or 0, 9) == D("0.1")
    assert measured.low_value < D("0.05") < measured.high_value
    assert swings["costs"].flips_at == 1500
    widths = [abs(s.roi_at_high - s.roi_at_low) for s in valued(assumptions=ranged).tornado]
    assert widths == sorted(widths, reverse=True)


def test_an_effect_of_nothing_moves_roi_by_its_interval() -> None:
    """600 visits × 1 point × 1.645 × 100 on costs of 3,000, on both sides of -100 %."""
    swings = {swing.input_id: swing for swing in valued(None, effect(estimate=0.0)).tornado}
    measured = swings["effect:invite:visit_rate"]
    assert float(measured.roi_at_low) == pytest.approx(-1.329, abs=0.0005)
    assert float(measured.roi_at_high) == pytest.approx(-0.671, abs=0.0005)


def test_no_rating_flips_at_a_value_that_cannot_be() -> None:
    # 6,000 against 12,000: the margin of 0.5 would have to be 2 for a ROI of 100 %, 2.5 for 150 %
    dear = valued(module(costs=(cost(amount=D(4000)),)), per_month=400.0).tornado
    flips = {swing.input_id: swing.flips_at for swing in dear}
    assert flips["gross_margin"] is None
    assert flips["visit_value"] == 800
    # at 5 % of the costs and with benefits all the same, no price lies below nothing
    cheap = valued(module(costs=(cost(amount=D(50)),)), per_month=400.0).tornado
    assert all((swing.flips_at or 0) >= 0 for swing in cheap if swing.input_id == "visit_value")


def test_an_input_that_moves_nothing_flips_nothing() -> None:
    assert flip(D(1), D(1), D(0), [D(0)], (D(0), D(2))) is None


def test_the_tornado_turns_with_the_direction_of_the_metric() -> None:
    seconds = benefit(
        category="service_cost", margin=None, destination="spend_avoided", metric_id="seconds"
    )
    value = valued(
        module(benefits=(seconds,)),
        effect("seconds", estimate=-0.05),
        metrics={"seconds": metric("seconds", direction="down")},
    )
    swing = next(s for s in value.tornado if s.input_id.startswith("effect"))
    assert swing.low_value < swing.high_value
    assert swing.roi_at_low > swing.roi_at_high


@pytest.mark.parametrize(("relative", "passed"), [(0.5, True), (0.51, False), (-0.87, False)])
def test_large_effects_ask_for_a_second_look(*, relative: float, passed: bool) -> None:
    value = valued(None, replace(effect(), relative=relative))
    found = next(f for f in value.findings if f.check == "effect_is_at_most_50_percent")
    assert (found.passed, found.severity) == (passed, "warn")


def test_huge_roi_asks_for_a_second_look() -> None:
    value = valued(module(costs=(cost(amount=D(40)),)))
    assert value.cycle.returns.roi == 24
    found = next(f for f in value.findings if f.check == "roi_is_at_most_20_times")
    assert not found.passed


def test_probabilities_are_named_after_the_grades_that_begin_there() -> None:
    value = valued(headcount=50)
    assert set(value.probabilities) == {"positive", "qualified", "excellent"}
    assert value.probabilities["positive"] == 0.5
    assert STANDARD.confidence == 0.9


def test_risk_factors_lower_benefits_and_raise_costs() -> None:
    risky = module(costs=(cost(risk_factor=D("1.05")),), benefits=(benefit(risk_factor=D("0.9")),))
    returns = valued(risky, per_month=400.0).cycle.returns
    assert (returns.benefits, returns.costs) == (5400, 3150)
    assert returns.net_before_risk == 3000


def test_flows_on_one_day_have_no_internal_rate() -> None:
    assert internal_rate([(LIVE, D(-5)), (LIVE, D(5))]) is None


def test_the_trend_has_the_roi_of_cycles_that_were_not_rated() -> None:
    rated = valued()
    none = {"grade": None, "roi": None, "bar": None, "probability": None}
    early = replace(rated, rating=replace(rated.rating, status="too_early", **none))
    (key, roi, chance), *_ = trend([early])
    assert (key, chance) == ("2026-Q1", None)
    assert roi == early.rated.returns.roi
    assert roi is not None


def test_the_trend_names_each_cycle_with_its_rated_roi_and_the_chance_of_its_bar() -> None:
    one, two = valued(), valued(cycle=HALF)
    assert trend([one, two]) == (
        ("2026-Q1", one.rating.roi, one.rating.probability),
        ("2026-H1", two.rating.roi, two.rating.probability),
    )
    assert one.rating.roi is not None


def test_a_range_of_a_realisation_moves_every_line_that_rests_on_it() -> None:
    stated = (*ASSUMPTIONS, assumption("used", "0.5", unit="rate", low=D("0.2"), high=D("0.8")))
    half = {"attribution_share": D("0.5"), "realisation": "used"}
    made = module(benefits=(benefit(**half), benefit("again", **half)))
    value = valued(made, effect(standard_error=0.0), assumptions=stated)
    returns = value.cycle.returns
    # one triangular draw on 0.2 .. 0.8 scales both lines: 5 % and 95 % points of the triangle
    assert returns.roi == D("-0.5")
    assert abs((returns.roi_lower or D(0)) - (D("0.2949") * 2 * D("0.5") - 1)) < D("0.01")
    assert abs((returns.roi_upper or D(0)) - (D("0.7051") * 2 * D("0.5") - 1)) < D("0.01")


def test_mixed_evidence_is_simulated_for_both_views() -> None:
    known = {"visit_rate": metric(), "other_rate": metric("other_rate")}
    half = {"attribution_share": D("0.5")}
    made = module(benefits=(benefit(**half), benefit("other", metric_id="other_rate", **half)))
    value = valued(made, effect(), effect("other_rate", grade="D"), metrics=known)
    assert value.cycle.returns.benefits == 1500
    assert value.cycle.returns.indicative_benefits == 2700  # grade D counts at 80 %
    assert value.rating.roi == D("-0.5")


def test_no_rating_flips_at_an_effect_that_cannot_be() -> None:
    """Days cannot fall below nothing and a rate cannot exceed the whole, in a module or all of them."""
    rate_ = metric("visit_rate")
    days = replace(metric("delay"), unit="days", direction="down")
    metrics = {"visit_rate": rate_, "delay": days}
    cases = (
        (benefit("more"), effect(estimate=0.05), D("0.8")),
        (
            benefit("sooner", metric_id="delay"),
            effect("delay", estimate=-2.5, counterfactual_value=6.4),
            None,
        ),
    )
    limits = []
    for line, found, most in cases:
        value = valued(
            module(benefits=(line,), costs=(cost("fee", amount=D(50_000_000)),)),
            found,
            metrics=metrics,
        )
        whole = value_portfolio(
            [value], cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD,), metrics=metrics
        )
        for each in (value, whole):
            (swing,) = (s for s in each.tornado if s.input_id.startswith("effect:"))
            assert swing.flips_at is None
            assert swing.highest == most
            limits.append(swing.lowest)
    assert limits == [D("-0.2"), D("-0.2"), D("-6.4"), D("-6.4")]


def test_a_one_off_flows_on_its_day_only_where_it_counts_and_lies_inside_the_period() -> None:
    """A payment after the data end, and one the tier leaves out, are no flow of the module."""
    paid = INVEST, replace(INVEST, id="late", start=HALF.window.end)
    sme = replace(STANDARD.tiers[1], counted_costs=("deployment",))
    tiers = (STANDARD.tiers[0], sme, STANDARD.tiers[2])
    left_out = cost("course", category="training", basis="once", life_months=24)
    value = valued(
        module(costs=(*paid, left_out)), cycle=HALF, standards=(replace(STANDARD, tiers=tiers),)
    )
    assert sum(amount for _, amount in value.flows) == value.cycle.returns.benefits - 2400


@pytest.mark.parametrize("estimate", [0.0, 1e-9, 0.02])
def test_an_effect_of_nothing_swings_by_its_own_error(estimate: float) -> None:
    """The quantity's error, 24 visits, had stood for that of an effect of exactly 0, 0.02."""
    known = {"visit_rate": metric()}
    value = valued(None, effect(estimate=estimate, standard_error=0.02), metrics=known)
    whole = value_portfolio(
        [value], cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD,), metrics=known
    )
    z = z_value(STANDARD.confidence)
    for each in (value, whole):
        (swing,) = (s for s in each.tornado if s.input_id.startswith("effect:"))
        assert swing.low_value == pytest.approx(D(str(estimate)) - z * D("0.02"))
        assert swing.high_value == pytest.approx(D(str(estimate)) + z * D("0.02"))
        line = each.rated.benefits[0]
        swung = z * (line.standard_error or 0) / each.rated.returns.costs
        assert swing.roi_at_high - (each.rated.returns.roi or 0) == pytest.approx(swung)


def test_an_effect_without_a_level_has_no_limits_of_the_possible() -> None:
    bare = replace(effect(), counterfactual_value=None, baseline_value=None)
    known = {"visit_rate": metric()}
    assert possible_effects([bare], known) == {}
    assert possible_effects([effect()], {}) == {}
    assert set(possible_effects([effect()], known)) == {"effect:invite:visit_rate"}

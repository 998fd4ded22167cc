"""Dated cost lines: every basis, currencies, one-offs, tiers, recorded costs without counting twice."""

from dataclasses import replace
from datetime import date

import pytest
from finance_cases import LIVE, Q1, D, cost, metric, module, valued, volumes_for

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.exchange import ExchangeRateMissing, ExchangeRates
from roi_pipeline.domain.modules import Rollout
from roi_pipeline.domain.money import CostLine, CostRule, LedgerFacts, RecordedCost
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.finance import volume_metrics
from roi_pipeline.finance.costs import life_of


def lines_of(*rules: CostRule, **more: object) -> tuple[CostLine, ...]:
    return valued(module(costs=rules), **more).cycle.costs  # type: ignore[arg-type]


def amount_of(*rules: CostRule, **more: object) -> object:
    return sum(line.amount for line in lines_of(*rules, **more))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"basis": "per_month"}, "3000"),
        ({"basis": "per_quarter"}, "1000"),
        ({"basis": "per_year"}, "246.575342466"),
        ({"basis": "per_seat_month", "quantity": D(4)}, "12000"),
        ({"basis": "per_month", "share": D("0.25")}, "750"),
        ({"basis": "per_month", "risk_factor": D("1.05")}, "3150"),
        ({"basis": "per_month", "start": date(2026, 3, 1)}, "1000"),
        ({"basis": "per_month", "end": date(2026, 2, 15)}, "1500"),
        ({"basis": "once", "life_months": 12}, "246.575342466"),
        ({"basis": "once", "life_months": 3}, "1000"),
        ({"basis": "per_month", "start": date(2026, 4, 1)}, "0"),
    ],
)
def test_every_basis_falls_into_the_quarter_by_days(
    changes: dict[str, object], expected: str
) -> None:
    assert amount_of(cost(**changes)) == D(expected)


def test_usage_is_billed_from_the_metric_that_counts_it() -> None:
    rule = cost(category="usage", basis="per_use", amount=D("0.5"), usage_metric="minutes")
    known = {"visit_rate": metric(), "minutes": metric("minutes")}
    line = lines_of(rule, metrics=known)[0]
    assert (line.quantity, line.amount) == (D(600), D(300))


def test_usage_of_half_a_period_counts_half() -> None:
    rule = cost(
        category="usage", basis="per_use", amount=D(1), usage_metric="minutes",
        end=date(2026, 2, 15),
    )  # fmt: skip
    known = {"visit_rate": metric(), "minutes": metric("minutes")}
    assert amount_of(rule, metrics=known) == D(300)


def test_unknown_usage_forbids_a_rating_instead_of_costing_nothing() -> None:
    rule = cost("minutes", category="usage", basis="per_use", usage_metric="minutes")
    made = module(costs=(cost(), rule))
    known = {"visit_rate": metric(), "minutes": metric("minutes")}
    value = valued(made, metrics=known, volumes=volumes_for(made, Q1))
    assert value.rating.status == "not_ratable"
    assert value.rating.reasons[0].code == "usage_is_unknown"
    stopped = [found for found in value.findings if found.stops]
    assert [found.check for found in stopped] == ["usage_of_every_paid_service_is_known"]


def test_a_one_off_lasts_from_going_into_service_not_from_the_invoice() -> None:
    rule = cost(basis="once", start=date(2025, 11, 15), life_months=6, amount=D(1810))
    assert amount_of(rule) == D(900)  # 90 of the 181 days from January to June


def test_a_one_off_beyond_its_life_costs_nothing() -> None:
    rule = cost(basis="once", start=date(2024, 1, 1), life_months=1)
    cycle = cycle_from_key("2026-Q2", as_of=date(2026, 7, 8))
    assert valued(module(costs=(rule, cost())), cycle=cycle).cycle.returns.costs == 3000


def test_recurring_costs_before_go_live_count_since_go_live() -> None:
    value = valued(module(costs=(cost(start=date(2025, 11, 1)),)))
    assert value.cycle.returns.costs == 3000
    assert value.since_go_live.returns.costs == 5000
    early = next(line for line in value.since_go_live.costs if line.id.endswith("before_go_live"))
    assert early.period == Window(date(2025, 11, 1), LIVE)
    assert value.flows[0] == (LIVE, D(-2000))


def test_costs_of_a_module_not_live_yet_end_where_the_data_end() -> None:
    later = Rollout("clinic", everywhere_from=date(2026, 6, 1))
    started = valued(module(rollout=later, costs=(cost(start=date(2026, 3, 1)),)))
    assert started.since_go_live.returns.costs == 1000
    planned = valued(module(rollout=later, costs=(cost(start=date(2026, 5, 1)),)))
    assert planned.since_go_live.costs == ()


def test_usage_outside_the_contract_is_not_billed() -> None:
    rule = cost(
        basis="per_use", category="usage", usage_metric="visit_rate", start=date(2026, 4, 1)
    )
    assert lines_of(rule) == ()


def test_the_metrics_that_need_volumes_are_known_beforehand() -> None:
    rule = cost(basis="per_use", category="usage", usage_metric="minutes")
    assert volume_metrics(module(costs=(cost(), rule))) == ("minutes", "visit_rate")


def dollars(*stated: tuple[date, str], max_age_days: int = 31) -> ExchangeRates:
    return ExchangeRates("CNY", {("USD", day): D(rate) for day, rate in stated}, max_age_days)


def test_foreign_costs_are_converted_by_day() -> None:
    rates = dollars(
        (date(2025, 12, 1), "7"), (date(2026, 1, 1), "7"), (date(2026, 2, 1), "8"),
        (date(2026, 3, 1), "8"),
    )  # fmt: skip
    line = lines_of(cost(currency="USD"), exchange_rates=rates)[0]
    assert line.amount == D(1000) * 7 + D(1000) * 8 * 2
    assert round(line.exchange_rate, 6) == round(D(23) / 3, 6)


@pytest.mark.parametrize(
    "changes",
    [
        {"basis": "per_month"},
        {"basis": "per_use", "category": "usage", "usage_metric": "visit_rate"},
        {"basis": "per_month", "start": date(2025, 12, 31)},
    ],
)
def test_a_rate_of_long_ago_is_a_named_problem_and_no_amount(changes: dict[str, object]) -> None:
    """Rates carried without a limit had turned a rate of 2020 into costs of 2026."""
    made = module(costs=(cost(), cost("cloud", currency="USD", **changes)))  # type: ignore[arg-type]
    rates = dollars((date(2025, 12, 15), "7.1"))
    value = valued(made, exchange_rates=rates)
    line = next(line for line in value.cycle.costs if line.id == "cloud")
    assert not line.is_counted
    assert line.left_out_because is not None
    assert line.left_out_because.code == "exchange_rate_is_missing"
    assert line.left_out_because.values["day"] == date(2026, 1, 16)
    assert value.cycle.returns.costs == 3000
    assert value.rating.status == "not_ratable"
    assert value.rating.reasons[0].code == "exchange_rate_is_missing"
    stopped = [found.check for found in value.findings if found.stops]
    assert stopped == ["every_cost_has_an_exchange_rate"]


def test_a_declared_policy_carries_a_rate_for_longer() -> None:
    rates = dollars((date(2025, 12, 15), "7"), max_age_days=366)
    assert amount_of(cost(currency="USD"), exchange_rates=rates) == D(21000)


def test_a_recorded_cost_without_a_rate_is_named_too() -> None:
    facts = LedgerFacts((
        RecordedCost("X-1", date(2026, 3, 5), D(100), "ERP", currency="USD", module_id="invite"),
    ))  # fmt: skip
    line = lines_of(cost(), ledger_facts=facts, exchange_rates=dollars((LIVE, "7")))[-1]
    assert (line.id, line.is_counted, line.amount) == ("recorded:X-1:2026-03-05", False, 0)
    assert line.left_out_because is not None
    assert line.left_out_because.values["day"] == date(2026, 3, 5)


def test_a_day_before_the_first_rate_is_refused() -> None:
    rates = dollars((date(2026, 1, 10), "7"))
    with pytest.raises(ExchangeRateMissing, match=r"2026-01-09.*\[\[exchange_rate\]\]"):
        rates.on("USD", date(2026, 1, 9))
    assert rates.on("USD", date(2026, 2, 10)) == 7
    with pytest.raises(ExchangeRateMissing, match=r"2026-02-11.*at most 31 days before"):
        rates.on("USD", date(2026, 2, 11))
    assert rates.sum_over("USD", Window(date(2026, 1, 10), date(2026, 1, 12))) == 14
    assert rates.sum_over("CNY", Window(date(2026, 1, 1), date(2026, 1, 12))) == 11
    assert rates.on(None, date(2026, 1, 1)) == rates.on("CNY", date(2026, 1, 1)) == 1


def test_uncertain_amounts_bring_fieller_intervals() -> None:
    sure, unsure = valued(), valued(module(costs=(cost(uncertainty=D("0.1")),)))
    assert unsure.cycle.costs[0].standard_error == 300
    assert (sure.cycle.returns.interval_method, unsure.cycle.returns.interval_method) == (
        "normal",
        "fieller",
    )
    assert unsure.cycle.returns.roi_upper > sure.cycle.returns.roi_upper  # type: ignore[operator]


def test_the_tier_leaves_costs_out_and_says_so() -> None:
    made = module(costs=(cost(), cost("course", category="training", amount=D(300))))
    value = valued(made, headcount=8)
    out = next(line for line in value.cycle.costs if line.id == "course")
    assert value.cycle.returns.costs == 3000
    assert out.left_out_because is not None
    assert out.left_out_because.values == {"tier": "startup", "category": "training"}
    note = next(note for note in value.notes if note.code == "costs_were_left_out")
    shown = next(line for line in value.rated.costs if line.id == "course")
    assert note.values == {"n": 1, "amount": float(shown.amount), "costs": "course"}
    assert (out.amount, shown.amount) == (900, 600)  # the report shows the rated window
    assert valued(made, headcount=50).cycle.returns.costs == 3900


def recorded(day: date, amount: int, **changes: object) -> RecordedCost:
    stated = {"reference": "C17", "day": day, "amount": D(amount), "source": "ERP"} | changes
    return RecordedCost(**stated)  # type: ignore[arg-type]


def test_recorded_costs_take_the_place_of_declared_ones_day_by_day() -> None:
    facts = LedgerFacts(recorded_costs=(recorded(date(2026, 1, 20), 1100),))
    found = lines_of(cost(external_reference="C17"), ledger_facts=facts)
    assert {line.id: line.amount for line in found} == {
        "licence:recorded": D(1100),
        "licence": D(2000),
    }
    assert [line.is_recorded for line in found] == [True, False]


def test_a_recorded_cost_without_a_rule_becomes_a_line_of_its_module() -> None:
    facts = LedgerFacts(
        recorded_costs=(
            recorded(date(2026, 2, 3), 70, reference="X9", module_id="invite"),
            recorded(date(2026, 2, 3), 99, reference="X8", module_id="other"),
        )
    )
    found = lines_of(cost(), ledger_facts=facts)
    assert [(line.id, line.amount) for line in found] == [
        ("licence", D(3000)),
        ("recorded:X9:2026-02-03", D(70)),
    ]


def test_an_invoice_for_longer_than_the_period_counts_by_days() -> None:
    year = Window(date(2026, 1, 1), date(2027, 1, 1))
    facts = LedgerFacts(recorded_costs=(recorded(date(2026, 1, 5), 36500, period=year),))
    assert amount_of(cost(external_reference="C17"), ledger_facts=facts) == D(9000)


def test_an_invoiced_one_off_is_spread_at_its_invoiced_amount() -> None:
    rule = cost(basis="once", life_months=3, amount=D(900), external_reference="C17")
    facts = LedgerFacts(recorded_costs=(recorded(date(2026, 1, 5), 950),))
    value = valued(module(costs=(rule,)), ledger_facts=facts)
    assert value.cycle.returns.costs == 950
    assert value.cycle.costs[0].is_recorded
    assert min(amount for _, amount in value.flows) == -950


def test_usage_already_invoiced_is_not_billed_again() -> None:
    rule = cost(
        basis="per_use", amount=D(1), usage_metric="visit_rate", external_reference="C17",
        category="usage",
    )  # fmt: skip
    quarter = Window(date(2026, 1, 1), date(2026, 4, 1))
    facts = LedgerFacts(recorded_costs=(recorded(date(2026, 4, 2), 610, period=quarter),))
    found = lines_of(rule, ledger_facts=facts)
    assert [(line.id, line.amount) for line in found] == [("licence:recorded", D(610))]


def test_postings_after_the_as_of_day_are_not_seen() -> None:
    facts = LedgerFacts(recorded_costs=(recorded(date(2026, 4, 20), 1),))
    early = lines_of(cost(external_reference="C17"), ledger_facts=facts)
    assert [line.id for line in early] == ["licence"]


def test_invoices_that_differ_from_the_file_are_noted() -> None:
    rule = cost(external_reference="C17")
    near = LedgerFacts(recorded_costs=(recorded(date(2026, 1, 20), 1050),))
    far = LedgerFacts(recorded_costs=(recorded(date(2026, 1, 20), 1500),))

    def codes(facts: LedgerFacts) -> set[str]:
        return {note.code for note in valued(module(costs=(rule,)), ledger_facts=facts).notes}

    assert "recorded_cost_differs" not in codes(near)
    assert "recorded_cost_differs" in codes(far)


def test_a_line_is_the_product_of_its_factors() -> None:
    rates = dollars((date(2025, 12, 1), "7.1"), max_age_days=366)
    line = lines_of(
        cost(currency="USD", share=D("0.3"), risk_factor=D("1.1"), basis="per_seat_month",
             quantity=D(5)),
        exchange_rates=rates,
    )[0]  # fmt: skip
    assert line.unit_amount is not None
    product = line.quantity * line.unit_amount * line.share * line.exchange_rate * line.risk_factor
    assert abs(product - line.amount) < D("1e-9")


def test_a_one_off_without_a_life_is_refused() -> None:
    assert life_of(LIVE, cost(basis="once", life_months=2), file="m").days == 59
    with pytest.raises(NeedsAHuman, match=r"m: cost licence.life_months.*useful life"):
        life_of(LIVE, cost(basis="once"), file="m")
    with pytest.raises(NeedsAHuman, match=r"invite.toml: cost licence.life_months"):
        valued(module(costs=(cost(basis="once"),)))


def test_a_one_off_invoiced_without_a_rate_is_a_named_problem_and_no_payment() -> None:
    once = cost("setup", basis="once", life_months=12, external_reference="C17")
    facts = LedgerFacts(recorded_costs=(recorded(date(2026, 1, 5), 900, currency="USD"),))
    value = valued(module(costs=(cost(), once)), ledger_facts=facts)
    line = next(line for line in value.cycle.costs if line.id == "setup")
    assert line.left_out_because is not None
    assert line.left_out_because.code == "exchange_rate_is_missing"
    assert value.cycle.returns.costs == 3000
    assert sum(amount for _, amount in value.flows) == value.cycle.returns.benefits - 3000


def test_invoices_without_a_rate_are_compared_with_nothing() -> None:
    rule = cost(external_reference="C17")
    far = LedgerFacts(recorded_costs=(replace(recorded(date(2026, 1, 20), 9000), currency="USD"),))
    value = valued(module(costs=(rule,)), ledger_facts=far)
    assert value.rating.reasons[0].code == "exchange_rate_is_missing"
    assert "recorded_cost_differs" not in {note.code for note in value.notes}

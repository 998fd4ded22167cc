"""Scenarios, next year's bar and experiments: each on both sides of what turns it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from finance_cases import (
    STANDARD,
    assumption,
    cost,
    effect,
    effects_of,
    inconclusive,
    metric,
    module,
    valued,
    with_roi,
)

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.money import LedgerFacts, RecordedCost
from roi_pipeline.domain.outlook import Change, Experiment, change_in
from roi_pipeline.domain.plans import PlannedLine
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance import what_if
from roi_pipeline.finance.bar_proposal import propose_bar
from roi_pipeline.finance.experiments import (
    Belief,
    belief_of,
    best_experiment,
    in_order,
    value_of_information,
)

D = Decimal
DAY = date(2026, 12, 31)


def read(text: str) -> Change:
    found = change_in(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text", ["price=5", "volume=100", "weather=+1%", "price:Lease=1", "", "price:x=-120%"]
)
def test_what_is_no_change_is_refused(text: str) -> None:
    assert change_in(text) is None


def test_a_price_moves_its_cost_its_range_and_what_was_recorded() -> None:
    twice = (read("price:licence=+100%"),)
    priced = module(costs=(cost(external_reference="A-1"), cost("seats")))
    assert [rule.amount for rule in what_if.changed_costs(priced, twice).costs] == [2000, 1000]
    every = what_if.changed_costs(priced, (read("price=-50%"),))
    assert [rule.amount for rule in every.costs] == [500, 500]
    recorded = LedgerFacts(
        (RecordedCost("A-1", DAY, D(900), "erp"), RecordedCost("B", DAY, D(1), "erp"))
    )
    facts = what_if.changed_facts(recorded, priced, twice)
    assert [each.amount for each in facts.recorded_costs] == [1800, 1]
    ranged = assumption("visit_value", "200", low=D(100), high=D(300))
    changed = what_if.changed_assumptions((ranged,), (read("price:visit_value=100"),))[0]
    assert (changed.low, changed.value, changed.high) == (50, 100, 150)


def test_an_effect_moves_with_its_interval_and_keeps_its_error() -> None:
    halved = what_if.changed_effects(effects_of(effect()), (read("effect=-50%"),)).effect(
        "visit_rate"
    )
    assert isinstance(halved, Effect)
    assert halved.estimate == pytest.approx(0.025)
    assert halved.upper - halved.lower == pytest.approx(effect().upper - effect().lower)
    assert halved.relative == pytest.approx(0.125)
    assert halved.standard_error == effect().standard_error


def test_a_volume_moves_both_sums_and_headcount_is_a_number() -> None:
    volume = Volume(Window(date(2026, 1, 1), DAY), 10.0, 40.0, 5, 2.0, 4.0)
    changed = what_if.changed_volumes({"cycle": {"m": volume}}, (read("volume:m=+50%"),))
    assert changed["cycle"]["m"] == replace(
        volume, numerator=15.0, denominator=60.0, dropped_numerator=3.0, dropped_denominator=6.0
    )
    assert what_if.changed_headcount(50, (read("headcount=120"),)) == 120
    assert what_if.changed_headcount(50, (read("headcount=+10%"),)) == 55


def test_a_change_of_another_lever_or_metric_moves_nothing() -> None:
    volume = Volume(Window(date(2026, 1, 1), DAY), 10.0, 40.0, 5, 2.0, 4.0)
    others = (read("price:licence=+100%"), read("volume:other=+50%"), read("effect:other=+50%"))
    measured = effects_of(effect(), inconclusive("other"))
    assert what_if.changed_headcount(50, others) == 50
    assert what_if.changed_volumes({"cycle": {"m": volume}}, others) == {"cycle": {"m": volume}}
    assert what_if.changed_effects(measured, others) == measured
    assert what_if.changed_assumptions((assumption("visit_value", "200"),), others) == (
        assumption("visit_value", "200"),
    )


def test_half_the_effect_is_half_the_benefit() -> None:
    whole = valued()
    halved = what_if.changed_effects(effects_of(effect()), (read("effect=-50%"),))
    half = valued(None, *halved.outcomes.values())
    assert half.rated.returns.benefits * 2 == whole.rated.returns.benefits


HISTORY = ((date(2024, 1, 1), 50),)


def rated_at(*rois: str) -> dict[str, list[object]]:
    return {f"m{number}": [with_roi(roi, headcount=50)] for number, roi in enumerate(rois)}


@pytest.mark.parametrize(
    ("rois", "code", "bars"),
    [
        (("0.2", "0.4"), "bar_has_too_few_modules", []),
        (("0.2", "0.4", "2.5"), "bar_should_rise", ["1.75", "1.25"]),
        (("0.2", "0.4", "1.62"), "bar_should_rise", ["1.60", "1.10"]),
        (("0.2", "0.4", "1.52"), "bar_stays", []),
        (("0.2", "0.4", "0.9"), "bar_should_fall", ["1.25", "0.75"]),
    ],
)
def test_the_bar_moves_towards_the_better_third(
    rois: tuple[str, ...], code: str, bars: list[str]
) -> None:
    found = propose_bar(rated_at(*rois), standard=STANDARD, headcounts=HISTORY, day=DAY)  # type: ignore[arg-type]
    assert found.reasons[0].code == code
    assert [bar.proposed for bar in found.bars] == [D(bar) for bar in bars]
    assert found.valid_from == date(2027, 1, 1)


def test_a_company_that_outgrows_its_tier_reads_it_beforehand() -> None:
    grown = ((date(2024, 1, 1), 40), (date(2026, 6, 1), 70))
    found = propose_bar({}, standard=STANDARD, headcounts=grown, day=DAY)
    assert [reason.code for reason in found.reasons][-1] == "bar_changes_with_size"
    assert found.reasons[-1].values["people"] == 122
    within = ((date(2024, 1, 1), 50), (date(2026, 6, 1), 60))
    found = propose_bar({}, standard=STANDARD, headcounts=within, day=DAY)
    assert [reason.code for reason in found.reasons] == ["bar_has_too_few_modules"]
    steady = propose_bar({}, standard=STANDARD, headcounts=HISTORY, day=DAY)
    assert [reason.code for reason in steady.reasons] == ["bar_has_too_few_modules"]


def line(share: float, weeks: int, smallest: float) -> PlannedLine:
    return PlannedLine(metric(), weeks, share, 90.0, 10.0, 0.2, smallest, None, weeks, 0.0)


BELIEF = Belief(net=0.0, benefit=100.0, error=50.0, days=365.0, prices={"visit_rate": 5000.0})


def test_information_is_worth_most_where_the_decision_hangs() -> None:
    worth = [
        value_of_information(mean=mean, prior=100.0, error=50.0)
        for mean in (-300, -100, 0, 100, 300)
    ]
    assert worth[2] == max(worth)
    assert worth[0] == pytest.approx(worth[4])
    assert worth[0] < worth[1] < worth[2]
    assert value_of_information(mean=0, prior=100, error=10) > value_of_information(
        mean=0, prior=100, error=90
    )


def test_what_is_known_already_is_worth_no_measurement() -> None:
    assert value_of_information(mean=5.0, prior=0.0, error=1.0) == 0
    known = best_experiment(
        "m", replace(BELIEF, error=0.0), [line(0.2, 8, 0.005)], unit="clinic", seed=7
    )
    assert (known.worth, known.reason is None) == (0, False)


def test_the_best_plan_pays_for_its_precision() -> None:
    sharp, blunt = line(0.2, 8, 0.005), line(0.1, 4, 0.05)
    found = best_experiment("m", BELIEF, [sharp, blunt], unit="clinic", seed=7)
    assert (found.share, found.weeks, found.reason) == (0.2, 8, None)
    # 100 a day × 20 % × 56 days
    assert found.cost == pytest.approx(D(1120))
    assert found.net == found.worth - found.cost
    dear = replace(BELIEF, benefit=10_000.0)
    assert best_experiment("m", dear, [sharp], unit="clinic", seed=7).reason is not None


def test_a_plan_that_lacks_a_metric_in_money_is_no_plan() -> None:
    two = replace(BELIEF, prices={"visit_rate": 5000.0, "other": 1.0})
    found = best_experiment("m", two, [line(0.2, 8, 0.005)], unit="clinic", seed=7)
    assert found.reason == Message("experiment_metric_cannot_be_planned")


def test_what_is_randomised_or_without_money_needs_no_experiment() -> None:
    running = belief_of(valued(), STANDARD, days=365)
    assert running == Message("experiment_is_running")
    weaker = belief_of(valued(None, effect(grade="C")), STANDARD, days=365)
    assert isinstance(weaker, Belief)
    stronger = belief_of(valued(None, effect(grade="B")), STANDARD, days=365)
    assert isinstance(stronger, Belief)
    assert weaker.error / weaker.benefit > stronger.error / stronger.benefit
    nothing = belief_of(valued(None, effect(grade="B", estimate=0.0)), STANDARD, days=365)
    assert isinstance(nothing, Belief)
    assert (nothing.benefit, nothing.prices) == (0, {})
    none = belief_of(valued(module(benefits=())), STANDARD, days=365)
    assert none == Message("experiment_has_no_money")


def test_the_most_worth_running_stands_first_whatever_the_order() -> None:
    listed = (
        Experiment("a", worth=D(5), cost=D(1)),
        Experiment("b", worth=D(9), cost=D(1)),
        Experiment("c", reason=Message("experiment_has_no_money")),
    )
    assert [each.module_id for each in in_order(listed)] == ["b", "a", "c"]
    assert in_order(listed) == in_order(listed[::-1])

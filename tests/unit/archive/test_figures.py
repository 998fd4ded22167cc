"""The figures of an edition by name: what the evaluation found, under names that never collide."""

from dataclasses import replace
from decimal import Decimal

from finance_cases import benefit, cost, effect, effects_of, inconclusive, module, valued

from roi_pipeline.archive.figures import figures_of, headline_of
from roi_pipeline.domain.statements import ModuleValue


def two_costs() -> ModuleValue:
    """Two costs beside a benefit of 600 visits × 5 points × 200 × one half."""
    return valued(module(costs=(cost(), cost("training", amount=Decimal(250)))))


def test_money_stands_under_the_period_and_the_line_it_belongs_to() -> None:
    figures = figures_of(two_costs())
    assert Decimal(figures["invite.cycle.cost.invite.licence.amount"]) == Decimal(3000)
    assert Decimal(figures["invite.cycle.cost.invite.training.amount"]) == Decimal(750)
    assert figures["invite.cycle.cost.invite.licence.is_counted"] == "True"
    assert Decimal(figures["invite.cycle.benefits"]) == Decimal(3000)
    assert Decimal(figures["invite.cycle.benefit.invite.visits.amount"]) == Decimal(3000)
    assert Decimal(figures["invite.cycle.benefit.invite.visits.volume"]) == Decimal(600)
    assert Decimal(figures["invite.cycle.net"]) == Decimal(3000) - Decimal(3750)
    assert figures["invite.cycle.period"] == "[2026-01-01, 2026-04-01)"


def test_every_period_has_the_same_figures_and_none_is_left_out() -> None:
    value = two_costs()
    names = {name.removeprefix("invite.") for name in figures_of(value)}
    per_period = [
        {name.partition(".")[2] for name in names if name.startswith(f"{period}.")}
        for period in ("cycle", "since_go_live", "rated")
    ]
    assert per_period[0] == per_period[1] == per_period[2]
    assert len(per_period[0]) == 3 + 8 + 2 * 2 + 4
    assert len(names) == 3 * len(per_period[0]) + 3  # rating, standard, probability


def test_a_line_added_adds_its_figures_and_touches_no_other_name() -> None:
    one, two = figures_of(valued()), figures_of(two_costs())
    added = {name for name in two if name not in one}
    assert {name.split(".")[4] for name in added} == {"training"}
    assert set(one) < set(two)


def test_an_effect_has_its_estimate_interval_and_design() -> None:
    figures = figures_of(valued(), effects_of(effect()))
    own = "invite.metric.visit_rate"
    assert figures[f"{own}.estimate"] == "0.05"
    assert figures[f"{own}.lower"] == f"{0.05 - 1.959963984540054 * 0.01:.12g}"
    assert (figures[f"{own}.design"], figures[f"{own}.grade"]) == ("randomised", "A")
    assert figures[f"{own}.n_units"] == "40"


def test_what_was_not_measured_is_no_number_but_its_reason() -> None:
    figures = figures_of(valued(), effects_of(replace(inconclusive(), baseline_value=0.2)))
    own = "invite.metric.visit_rate"
    assert figures[f"{own}.estimate"] == "none: too_few_units"
    assert figures[f"{own}.baseline_value"] == "0.2"
    assert figures[f"{own}.post_value"] == "none"
    assert f"{own}.lower" not in figures


def test_the_portfolio_has_money_and_no_metric() -> None:
    assert not any(".metric." in name for name in figures_of(valued()))


def test_an_effect_no_money_hangs_on_still_has_its_figures() -> None:
    value = valued(
        module(benefits=(benefit(metric_id="visit_rate"),)), effect(), inconclusive("stay")
    )
    figures = figures_of(value, effects_of(effect(), inconclusive("stay")))
    assert figures["invite.metric.stay.estimate"] == "none: too_few_units"


def test_the_headline_is_the_rated_period_with_its_rating_and_advice() -> None:
    value = two_costs()
    headline = headline_of(value)
    assert (headline.module_id, headline.currency) == ("invite", "CNY")
    assert (headline.benefits, headline.costs) == (
        value.rated.returns.benefits, value.rated.returns.costs)  # fmt: skip
    assert headline.action == value.decision.action
    assert headline.rating_status == value.rating.status
    assert headline.roi == (
        value.rating.roi if value.rating.roi is not None else value.rated.returns.roi
    )
    unrated = replace(value, rating=replace(value.rating, roi=None))
    assert headline_of(unrated).roi == value.rated.returns.roi

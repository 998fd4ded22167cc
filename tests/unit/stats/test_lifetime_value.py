"""Lifetime value from purchase histories."""

import math
from array import array
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from small_histories import TRUTH, histories_of, simulated

from roi_pipeline.domain.effects import Effect, Inconclusive, ModuleEffects, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import CustomerHistories, PurchaseHistories
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.evaluate import evaluate_module
from roi_pipeline.stats.lifetime_level import FittedLifetime, fit_lifetime, lifetime_values
from roi_pipeline.stats.lifetime_outcome import randomised_lifetime_value
from roi_pipeline.stats.lifetime_value import (
    Customers,
    PurchaseFit,
    ValueFit,
    expected_purchases,
    expected_value,
    fit_purchases,
    fit_values,
    probability_alive,
    purchase_scores,
    read_histories,
    value_scores,
)

QUESTION = Question("m", "customer_lifetime_value", Window(date(2026, 1, 1), date(2026, 7, 1)))
HISTORIES = simulated(3, 1500)


def customers_of(histories: PurchaseHistories) -> Customers:
    customers = read_histories(histories)
    assert isinstance(customers, Customers), customers
    return customers


CUSTOMERS = customers_of(HISTORIES)


@pytest.mark.parametrize("scores", [purchase_scores, value_scores])
def test_slopes_of_the_likelihood_are_its_derivatives(scores: object) -> None:
    point = np.array([0.3, 1.2, -0.2, 0.7])[: 4 if scores is purchase_scores else 3]
    _, slopes = scores(CUSTOMERS, point)  # type: ignore[operator]
    assert len(point) > 2
    for axis, step in enumerate(np.eye(len(point)) * 1e-5):
        up, _ = scores(CUSTOMERS, point + step)  # type: ignore[operator]
        down, _ = scores(CUSTOMERS, point - step)  # type: ignore[operator]
        assert slopes[:, axis] == pytest.approx((up - down) / 2e-5, abs=1e-5)


def test_the_fits_find_the_parameters_the_customers_were_made_with() -> None:
    many = customers_of(simulated(5, 6000))
    purchases, values = fit_purchases(many), fit_values(many)
    assert isinstance(purchases, PurchaseFit)
    assert isinstance(values, ValueFit)
    assert (purchases.r, purchases.alpha) == pytest.approx((TRUTH.r, TRUTH.alpha), rel=0.15)
    assert purchases.a / (purchases.a + purchases.b) == pytest.approx(0.9 / 3.4, rel=0.15)
    assert (values.p, values.q, values.v) == pytest.approx((6, 4, 15), rel=0.25)
    assert abs(values.correlation) < 0.1


def test_the_time_unit_does_not_matter() -> None:
    weekly = fit_purchases(CUSTOMERS)
    daily = fit_purchases(replace(CUSTOMERS, recency=CUSTOMERS.recency * 7, age=CUSTOMERS.age * 7))
    assert isinstance(weekly, PurchaseFit)
    assert isinstance(daily, PurchaseFit)
    assert daily.alpha == pytest.approx(7 * weekly.alpha, rel=1e-4)
    assert (daily.r, daily.a, daily.b) == pytest.approx((weekly.r, weekly.a, weekly.b), rel=1e-4)


def test_the_level_is_the_mean_of_the_customers_values() -> None:
    purchases, values = fit_purchases(CUSTOMERS), fit_values(CUSTOMERS)
    assert isinstance(purchases, PurchaseFit)
    assert isinstance(values, ValueFit)
    each = lifetime_values(purchases, values, CUSTOMERS, periods=26, discount_rate=0.002)
    fitted = fit_lifetime(HISTORIES, periods=26, discount_rate=0.002)
    assert isinstance(fitted, FittedLifetime)
    level = fitted.level
    assert level.value == pytest.approx(each.mean())
    assert level.standard_error > each.std() / math.sqrt(len(each))
    discounted = lifetime_values(purchases, values, CUSTOMERS, periods=26, discount_rate=0.05)
    assert (discounted < each)[each > 0].all()


def test_without_discount_the_value_is_purchases_times_value() -> None:
    fit = ValueFit(6.0, 4.0, 15.0, math.nan, 0.0)
    each = lifetime_values(TRUTH, fit, CUSTOMERS, periods=10)
    expected = expected_purchases(TRUTH, CUSTOMERS, time=10) * expected_value(fit, CUSTOMERS)
    assert each == pytest.approx(expected)


def test_a_customer_who_never_returned_is_alive_and_expected_at_the_mean_value() -> None:
    newcomer = Customers(np.zeros(1), np.zeros(1), np.array([30.0]), np.zeros(1))
    assert probability_alive(TRUTH, newcomer) == pytest.approx([1.0])
    value = expected_value(ValueFit(6.0, 4.0, 15.0, math.nan, 0.0), newcomer)
    assert value == pytest.approx([6 * 15 / 3])


def test_the_forecast_is_continuous_where_the_formula_is_singular() -> None:
    near = [replace(TRUTH, a=a) for a in (1 - 1e-5, 1.0, 1 + 1e-5)]
    below, at, above = (expected_purchases(fit, CUSTOMERS, time=20) for fit in near)
    assert at == pytest.approx((below + above) / 2, rel=1e-4, abs=1e-8)


def column(**changes: list[float]) -> PurchaseHistories:
    usual = {"frequency": [1.0], "recency": [2.0], "age": [9.0], "mean_value": [5.0]}
    columns = {**usual, **changes}
    return PurchaseHistories(**{name: array("d", values) for name, values in columns.items()})


@pytest.mark.parametrize(
    ("histories", "code"),
    [
        (column(age=[9.0, 9.0]), "purchase_histories_are_ragged"),
        (column(mean_value=[math.nan]), "values_not_finite"),
        (column(recency=[10.0]), "purchase_histories_are_impossible"),
        (column(recency=[0.0]), "purchase_histories_are_impossible"),
        (column(frequency=[0.0]), "purchase_histories_are_impossible"),
        (column(frequency=[-1.0]), "purchase_histories_are_impossible"),
        (column(frequency=[0.0], recency=[0.0], age=[-1.0]), "purchase_histories_are_impossible"),
        (column(), "too_few_repeat_buyers"),
        (column(frequency=[], recency=[], age=[], mean_value=[]), "too_few_repeat_buyers"),
    ],
)
def test_impossible_histories_give_their_reason(histories: PurchaseHistories, code: str) -> None:
    found = fit_lifetime(histories, periods=10)
    assert isinstance(found, Message)
    assert found.code == code


def test_one_value_for_everybody_is_inconclusive() -> None:
    flat = replace(CUSTOMERS, mean_value=np.where(CUSTOMERS.frequency > 0, 9.0, 0.0))
    found = fit_values(flat)
    assert isinstance(found, Message)
    assert found.code == "metric_is_constant"


def test_purchases_without_value_are_too_few_buyers() -> None:
    free = histories_of(
        CUSTOMERS.frequency, CUSTOMERS.recency, CUSTOMERS.age, np.zeros(len(CUSTOMERS.age))
    )
    found = fit_lifetime(free, periods=10)
    assert isinstance(found, Message)
    assert found.code == "too_few_repeat_buyers"


def test_values_that_follow_no_gamma_are_inconclusive() -> None:
    random = np.random.default_rng(1)
    n = 400
    frequency, ages = np.ones(n), np.full(n, 10.0)
    wild = Customers(frequency, np.full(n, 5.0), ages, np.exp(random.normal(0, 40, n)))
    infinite = fit_values(wild)
    assert isinstance(infinite, Message)
    assert infinite.code in ("mean_value_is_infinite", "value_model_does_not_fit")
    values = random.gamma(6, 1, n) / random.gamma(0.6, 1, n)
    heavy = Customers(frequency, np.full(n, 5.0), ages, values)
    found = fit_values(heavy)
    assert isinstance(found, Message)
    assert found.code == "mean_value_is_infinite"
    equal = Customers(frequency * 3, np.full(n, 5.0), ages, random.normal(9, 1e-4, n))
    stiff = fit_values(equal)
    assert isinstance(stiff, Message)
    assert stiff.code == "value_model_does_not_fit"


def test_purchases_by_the_clock_do_not_fit_and_say_so() -> None:
    n = 300
    regular = histories_of(
        np.full(n, 10.0), np.full(n, 10.0), np.full(n, 10.0), np.linspace(5, 9, n)
    )
    found = fit_lifetime(regular, periods=10)
    assert isinstance(found, Message)
    assert found.code == "purchase_model_does_not_fit"


def test_customers_drawn_at_random_give_a_grade_a_forecast_that_says_it_is_one() -> None:
    outcome = randomised_lifetime_value(
        simulated(7, 1500, value=1.5), HISTORIES, QUESTION, periods=26, planned_share=0.5
    )
    assert isinstance(outcome, Effect)
    assert outcome.grade == "A"
    assert outcome.is_clear
    assert outcome.estimate > 0
    assert "lifetime_value_is_ahead" in [found.message.code for found in outcome.findings]


def test_a_broken_lot_refuses_lifetime_value() -> None:
    outcome = randomised_lifetime_value(
        simulated(7, 500), HISTORIES, QUESTION, periods=26, planned_share=0.5
    )
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "refused_for_arm_sizes"


def test_histories_too_short_to_fit_are_inconclusive() -> None:
    outcome = randomised_lifetime_value(column(), HISTORIES, QUESTION, periods=26)
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "too_few_repeat_buyers"


def test_the_same_customers_in_both_arms_show_no_change() -> None:
    outcome = randomised_lifetime_value(HISTORIES, HISTORIES, QUESTION, periods=26)
    assert isinstance(outcome, Effect)
    assert outcome.estimate == 0.0
    assert not outcome.is_clear


def test_a_forecast_over_no_time_is_inconclusive() -> None:
    outcome = randomised_lifetime_value(HISTORIES, HISTORIES, QUESTION, periods=0)
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "metric_is_constant"


def asked(histories: CustomerHistories | None) -> Outcome:
    """What the pool of a module is told about lifetime value in the first half of 2026."""
    return effects_with(histories).outcomes["clv"]


def effects_with(histories: CustomerHistories | None) -> ModuleEffects:
    window = Window(date(2026, 1, 1), date(2026, 7, 1))
    metric = Metric(
        id="clv", table="facts.purchase_days", numerator="margin_amount_rc",
        denominator="customers_count", direction="up", unit="money", version=1, owner="o",
        name=Text({"en": "CLV"}), sentence=Text({"en": "CLV"}), statistic="lifetime_value",
    )  # fmt: skip
    module = Module(
        id="m", name=Text({"en": "M"}), scene=Text({"en": "S"}), owner="o",
        rollout=Rollout("customer", everywhere_from=date(2026, 1, 1)), pool=(),
    )  # fmt: skip
    question = MetricQuestion(
        metric, PoolMetric("clv", "goal"), panel=None, history=window, histories=histories
    )
    return evaluate_module(module, Cycle("2026-H1", window, date(2026, 7, 1)), {"clv": question})


def test_without_a_lot_the_level_stands_with_its_interval_and_no_effect() -> None:
    outcome = asked(CustomerHistories(HISTORIES))
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "lifetime_value_has_no_comparison"
    (fit,) = outcome.lifetimes
    fitted = fit_lifetime(HISTORIES, periods=52)
    assert isinstance(fitted, FittedLifetime)
    level = fitted.level
    assert outcome.post_value == fit.value == level.value
    assert fit.upper - fit.lower == pytest.approx(2 * 1.959964 * level.standard_error, rel=1e-6)


def test_with_a_lot_both_arms_are_fitted_and_compared() -> None:
    arms = CustomerHistories(HISTORIES, simulated(7, 900, value=1.5), simulated(8, 900))
    outcome = asked(arms)
    assert isinstance(outcome, Effect)
    assert [fit.group for fit in outcome.lifetimes] == ["everybody", "treated", "comparison"]
    assert outcome.post_value == outcome.lifetimes[1].value
    assert outcome.counterfactual_value == outcome.lifetimes[2].value
    assert outcome.relative_lower is not None
    assert outcome.relative_upper is not None
    assert outcome.relative_lower < 0.5 < outcome.relative_upper


@pytest.mark.parametrize(
    ("histories", "code", "groups"),
    [
        (None, "no_data", []),
        (CustomerHistories(column()), "too_few_repeat_buyers", []),
        (CustomerHistories(HISTORIES, column(), column()), "too_few_repeat_buyers", ["everybody"]),
    ],
    ids=["nobody bought", "few bought again", "few were drawn"],
)
def test_where_nothing_can_be_fitted_the_reason_is_given(
    histories: CustomerHistories | None, code: str, groups: list[str]
) -> None:
    outcome = asked(histories)
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == code
    assert [fit.group for fit in outcome.lifetimes] == groups
    assert (outcome.post_value is None) == (not groups)


def test_every_fit_is_told_with_its_models_among_the_caveats() -> None:
    effects = effects_with(CustomerHistories(HISTORIES, simulated(7, 900), simulated(8, 900)))
    assert [note.code for note in effects.notes] == [
        "lifetime_value_of_everybody",
        "lifetime_value_of_treated",
        "lifetime_value_of_comparison",
    ]
    (everybody, *_) = effects.outcomes["clv"].lifetimes
    assert effects.notes[0].values["lower"] == everybody.lower
    assert effects.notes[0].values["alpha"] == everybody.alpha
    assert effects_with(None).notes == ()

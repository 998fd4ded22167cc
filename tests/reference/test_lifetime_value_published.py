"""The CDNOW fits of Fader, Hardie & Lee (2005) and Fader & Hardie (2013), and `lifetimes`' formulas."""

import csv
import os
from array import array
from pathlib import Path

import numpy as np
import pytest

from roi_pipeline.domain.samples import PurchaseHistories
from roi_pipeline.stats.lifetime_level import lifetime_values
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
)

DATA = Path(os.environ.get("ROI_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.exists(), reason=f"the public data sets are not at {DATA}"),
]


@pytest.fixture(scope="module")
def customers() -> Customers:
    file = DATA / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
    with file.open(encoding="utf-8") as rows:
        table = list(csv.DictReader(rows))
    columns = [
        array("d", [float(row[name]) for row in table]) for name in ("x", "t_x", "T", "zbar")
    ]
    found = read_histories(PurchaseHistories(*columns))
    assert isinstance(found, Customers)
    return found


def test_how_often_cdnows_customers_buy_is_reproduced(customers: Customers) -> None:
    fit = fit_purchases(customers)
    assert isinstance(fit, PurchaseFit)
    assert (fit.r, fit.alpha, fit.a, fit.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-9582.43, abs=0.01)


def test_what_cdnows_customers_spend_is_reproduced(customers: Customers) -> None:
    fit = fit_values(customers)
    assert isinstance(fit, ValueFit)
    assert (fit.p, fit.q, fit.v) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)


def test_forecasts_agree_with_lifetimes(customers: Customers) -> None:
    lifetimes = pytest.importorskip("lifetimes")
    fit = PurchaseFit(0.243, 4.414, 0.793, 2.426, 0.0)
    other = lifetimes.BetaGeoFitter()
    pandas = pytest.importorskip("pandas")
    other.params_ = pandas.Series({"r": fit.r, "alpha": fit.alpha, "a": fit.a, "b": fit.b})
    x, recency, age = customers.frequency, customers.recency, customers.age
    expected = other.conditional_expected_number_of_purchases_up_to_time(39.0, x, recency, age)
    assert expected_purchases(fit, customers, time=39.0) == pytest.approx(expected, rel=1e-8)
    alive = other.conditional_probability_alive(x, recency, age)
    assert probability_alive(fit, customers) == pytest.approx(np.asarray(alive), rel=1e-8)
    logs = np.log([fit.r, fit.alpha, fit.a, fit.b])
    value = purchase_scores(customers, logs)[0].mean()
    weights = np.ones(len(x))
    reference = other._negative_log_likelihood(logs, x, recency, age, weights, 0.0)
    assert value == pytest.approx(-reference, rel=1e-10)


def test_values_agree_with_lifetimes(customers: Customers) -> None:
    lifetimes = pytest.importorskip("lifetimes")
    pandas = pytest.importorskip("pandas")
    fit = ValueFit(6.25, 3.74, 15.44, 0.0, 0.0)
    other = lifetimes.GammaGammaFitter()
    other.params_ = pandas.Series({"p": fit.p, "q": fit.q, "v": fit.v})
    expected = other.conditional_expected_average_profit(customers.frequency, customers.mean_value)
    assert expected_value(fit, customers) == pytest.approx(np.asarray(expected), rel=1e-10)


def test_lifetime_values_are_the_discounted_sum_of_lifetimes_forecasts(
    customers: Customers,
) -> None:
    lifetimes = pytest.importorskip("lifetimes")
    pandas = pytest.importorskip("pandas")
    fit = PurchaseFit(0.243, 4.414, 0.793, 2.426, 0.0)
    worth = ValueFit(6.25, 3.74, 15.44, 0.0, 0.0)
    other = lifetimes.BetaGeoFitter()
    other.params_ = pandas.Series({"r": fit.r, "alpha": fit.alpha, "a": fit.a, "b": fit.b})
    history = (customers.frequency, customers.recency, customers.age)
    total, before = np.zeros(len(customers.age)), np.zeros(len(customers.age))
    for week in range(1, 13):
        until = np.asarray(
            other.conditional_expected_number_of_purchases_up_to_time(week, *history)
        )
        total += (until - before) / 1.01**week
        before = until
    found = lifetime_values(fit, worth, customers, periods=12, discount_rate=0.01)
    assert found == pytest.approx(total * expected_value(worth, customers), rel=1e-8)


def test_the_fitted_likelihood_is_no_lower_than_lifetimes(customers: Customers) -> None:
    lifetimes = pytest.importorskip("lifetimes")
    fit = fit_purchases(customers)
    assert isinstance(fit, PurchaseFit)
    other = lifetimes.BetaGeoFitter(penalizer_coef=0.0)
    other.fit(customers.frequency, customers.recency, customers.age)
    logs = np.log([float(other.params_[name]) for name in ("r", "alpha", "a", "b")])
    assert fit.log_likelihood >= purchase_scores(customers, logs)[0].sum() - 1e-6

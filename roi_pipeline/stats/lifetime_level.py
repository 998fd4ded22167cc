"""Customer lifetime value as a level with a standard error, so that arms can be compared.

Fits both models of `lifetime_value` and carries the uncertainty of the parameters into the mean
(sandwich over customers): no resampling, same inputs, same bytes. What is said of a level, and the
comparison of arms, is `lifetime_outcome`.
"""

import math
from dataclasses import dataclass

import numpy as np

from roi_pipeline.domain.samples import PurchaseHistories
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.lifetime_value import (
    Customers,
    PurchaseFit,
    Scores,
    ValueFit,
    expected_purchases,
    expected_value,
    fit_purchases,
    fit_values,
    purchase_scores,
    read_histories,
    value_scores,
)
from roi_pipeline.stats.ratio import Level

STEP = 1e-4


@dataclass(frozen=True, slots=True)
class FittedLifetime:
    """Both models of one group of customers and the mean value that follows from them."""

    purchases: PurchaseFit
    values: ValueFit
    level: Level
    n_repeat_buyers: int


def lifetime_values(
    purchases: PurchaseFit,
    values: ValueFit,
    customers: Customers,
    *,
    periods: int,
    discount_rate: float = 0.0,
) -> np.ndarray:
    """Discounted value expected of each customer over the next `periods`.

    Args:
        purchases: fitted purchase model.
        values: fitted value model.
        customers: whose value is wanted.
        periods: how far to look ahead, in the time unit of the histories.
        discount_rate: per period; the purchases of a period are discounted to its end.
    """
    if discount_rate == 0:
        until = expected_purchases(purchases, customers, time=float(periods))
        return until * expected_value(values, customers)
    total = np.zeros(len(customers.frequency))
    before = total
    for period in range(1, periods + 1):
        until = expected_purchases(purchases, customers, time=float(period))
        total = total + (until - before) / (1 + discount_rate) ** period
        before = until
    return total * expected_value(values, customers)


def fit_lifetime(
    histories: PurchaseHistories, *, periods: int, discount_rate: float = 0.0
) -> FittedLifetime | Message:
    """Both models and the mean lifetime value over the next `periods`, or why there is none."""
    customers = read_histories(histories)
    if isinstance(customers, Message):
        return customers
    purchases = fit_purchases(customers)
    if isinstance(purchases, Message):
        return purchases
    values = fit_values(customers)
    if isinstance(values, Message):
        return values
    level = _level(purchases, values, customers, periods=periods, discount_rate=discount_rate)
    if isinstance(level, Message):
        return level
    return FittedLifetime(purchases, values, level, int((customers.frequency > 0).sum()))


def _level(
    purchases: PurchaseFit,
    values: ValueFit,
    customers: Customers,
    *,
    periods: int,
    discount_rate: float,
) -> Level | Message:
    """The mean over customers; its variance holds what the parameters may be off by."""
    point = np.log(
        [purchases.r, purchases.alpha, purchases.a, purchases.b, values.p, values.q, values.v]
    )

    def value_at(logs: np.ndarray) -> np.ndarray:
        return _values_at(logs, customers, periods=periods, discount_rate=discount_rate)

    each = value_at(point)
    slopes = np.array([(value_at(up) - value_at(down)).mean() for up, down in _steps(point)])
    influence = each - each.mean()
    try:
        influence = influence + _influence(purchase_scores, customers, point[:4], slopes[:4])
        influence = influence + _influence(value_scores, customers, point[4:], slopes[4:])
    except np.linalg.LinAlgError:
        return Message("purchase_model_does_not_fit")
    n = len(each)
    variance = float((influence * influence).sum()) / (n * (n - 1))
    if not (math.isfinite(variance) and math.isfinite(each.mean())):
        return Message("purchase_model_does_not_fit")
    return Level(float(each.mean()), variance, n)


def _values_at(
    logs: np.ndarray, customers: Customers, *, periods: int, discount_rate: float
) -> np.ndarray:
    """Lifetime values under other parameters than the fitted ones."""
    r, alpha, a, b, p, q, v = (float(value) for value in np.exp(logs))
    return lifetime_values(
        PurchaseFit(r, alpha, a, b, math.nan),
        ValueFit(p, q, v, math.nan, math.nan),
        customers,
        periods=periods,
        discount_rate=discount_rate,
    )


def _steps(point: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The point moved up and down along each axis."""
    return [(point + step, point - step) for step in np.eye(len(point)) * STEP]


def _influence(
    scores: Scores, customers: Customers, point: np.ndarray, slopes: np.ndarray
) -> np.ndarray:
    """What each customer moves the mean by through the fitted parameters, times n.

    `slopes` are differences over two steps, as are the rows of the information matrix, so the step
    cancels.
    """
    rows = [
        scores(customers, down)[1].mean(axis=0) - scores(customers, up)[1].mean(axis=0)
        for up, down in _steps(point)
    ]
    information = (np.asarray(rows) + np.asarray(rows).T) / 2
    return scores(customers, point)[1] @ np.linalg.solve(information, slopes)

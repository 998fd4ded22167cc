"""How often customers will buy again and for how much: BG/NBD and gamma–gamma by likelihood.

Fader, Hardie & Lee (2005), https://doi.org/10.1287/mksc.1040.0098, and Fader & Hardie (2013),
http://www.brucehardie.com/notes/025/. Turning two fits into a compared value is `lifetime_level`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roi_pipeline.domain.samples import PurchaseHistories
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import Array
from roi_pipeline.stats.library_calls import (
    digamma,
    hypergeometric_2f1,
    log_gamma,
    logistic,
    minimise,
)

MIN_REPEAT_BUYERS = 50
FARTHEST_LOG = 12.0
STARTS = (0.0, -1.0, 1.0)
SINGULAR = 1e-8
FLAT = 1e-5  # slope of the mean log-likelihood by the logarithm of a parameter


@dataclass(frozen=True, slots=True)
class PurchaseFit:
    """BG/NBD: purchase rates are gamma(r, α), drop-out probabilities beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class ValueFit:
    """Gamma–gamma: a purchase is gamma(p, ν), and ν is gamma(q, v) over customers.

    Attributes:
        correlation: between frequency and mean value, which the model takes to be zero.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Customers:
    """The histories as arrays."""

    frequency: Array
    recency: Array
    age: Array
    mean_value: Array


Scores = Callable[[Customers, Array], tuple[Array, Array]]


def read_histories(histories: PurchaseHistories) -> Customers | Message:
    """The histories as arrays, or what is impossible about them."""
    columns = [
        np.frombuffer(column, dtype=float) if len(column) else np.empty(0)
        for column in (histories.frequency, histories.recency, histories.age, histories.mean_value)
    ]
    if len({len(column) for column in columns}) != 1:
        return Message("purchase_histories_are_ragged")
    frequency, recency, age, value = columns
    if not all(np.isfinite(column).all() for column in columns):
        return Message("values_not_finite", {"arm": ""})
    late = (recency < 0) | (recency > age) | ((frequency > 0) & (recency <= 0))
    wrong = late | (frequency < 0) | ((frequency == 0) & (recency > 0)) | (age < 0)
    if wrong.any():
        return Message("purchase_histories_are_impossible", {"n": int(wrong.sum())})
    buyers = int((frequency > 0).sum())
    if buyers < MIN_REPEAT_BUYERS:
        return Message("too_few_repeat_buyers", {"n": buyers, "needed": MIN_REPEAT_BUYERS})
    return Customers(frequency, recency, age, value)


def purchase_scores(customers: Customers, logs: Array) -> tuple[Array, Array]:
    """BG/NBD log-likelihood per customer, with derivatives by ln r, ln α, ln a, ln b."""
    r, alpha, a, b = np.exp(logs)
    x, again = customers.frequency, customers.frequency > 0
    behind = np.where(again, b + x - 1, 1.0)
    whole, until = np.log(alpha + customers.age), np.log(alpha + customers.recency)
    alive = -(r + x) * whole
    gone = np.where(again, np.log(a) - np.log(behind) - (r + x) * until, -np.inf)
    either = np.logaddexp(alive, gone)
    value = log_gamma(r + x) - log_gamma(r) + r * np.log(alpha) + either
    value += log_gamma(a + b) - log_gamma(b)
    value += log_gamma(b + x) - log_gamma(a + b + x)
    is_alive, is_gone = np.exp(alive - either), np.exp(gone - either)
    by_r = digamma(r + x) - digamma(r) + np.log(alpha) - is_alive * whole - is_gone * until
    by_alpha = r / alpha - (r + x) * (is_alive / np.exp(whole) + is_gone / np.exp(until))
    by_a = digamma(a + b) - digamma(a + b + x) + is_gone / a
    by_b = digamma(a + b) + digamma(b + x) - digamma(b) - digamma(a + b + x)
    by_b -= np.where(again, is_gone / behind, 0.0)
    return value, np.stack([by_r * r, by_alpha * alpha, by_a * a, by_b * b], axis=1)


def value_scores(customers: Customers, logs: Array) -> tuple[Array, Array]:
    """Gamma–gamma log-likelihood per repeat buyer (0 for others), derivatives by ln p, ln q, ln v."""
    p, q, v = np.exp(logs)
    buys = (customers.frequency > 0) & (customers.mean_value > 0)
    x = np.where(buys, customers.frequency, 1.0)
    mean = np.where(buys, customers.mean_value, 1.0)
    spent = np.log(v + x * mean)
    value = log_gamma(p * x + q) - log_gamma(p * x) - log_gamma(q)
    value += q * np.log(v) + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * spent
    by_p = x * (digamma(p * x + q) - digamma(p * x) + np.log(mean) + np.log(x) - spent)
    by_q = digamma(p * x + q) - digamma(q) + np.log(v) - spent
    by_v = q / v - (p * x + q) / np.exp(spent)
    scores = np.stack([by_p * p, by_q * q, by_v * v], axis=1)
    return np.where(buys, value, 0.0), np.where(buys[:, None], scores, 0.0)


def fit_purchases(customers: Customers) -> PurchaseFit | Message:
    """Maximum likelihood of how often customers buy and when they stop."""
    unit = float(customers.age.mean())
    scaled = Customers(
        customers.frequency, customers.recency / unit, customers.age / unit, customers.mean_value
    )
    logs = _maximise(purchase_scores, scaled, 4)
    if logs is None:
        return Message("purchase_model_does_not_fit")
    logs = logs + np.array([0.0, np.log(unit), 0.0, 0.0])
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    return PurchaseFit(r, alpha, a, b, float(purchase_scores(customers, logs)[0].sum()))


def fit_values(customers: Customers) -> ValueFit | Message:
    """Maximum likelihood of what a purchase is worth, over repeat buyers."""
    buys = (customers.frequency > 0) & (customers.mean_value > 0)
    if int(buys.sum()) < MIN_REPEAT_BUYERS:
        return Message("too_few_repeat_buyers", {"n": int(buys.sum()), "needed": MIN_REPEAT_BUYERS})
    frequency, values = customers.frequency[buys], customers.mean_value[buys]
    if values.std() == 0:
        return Message("metric_is_constant", {"value": float(values[0])})
    unit = float(values.mean())
    scaled = Customers(
        customers.frequency, customers.recency, customers.age, customers.mean_value / unit
    )
    logs = _maximise(value_scores, scaled, 3)
    if logs is None:
        return Message("value_model_does_not_fit")
    logs = logs + np.array([0.0, 0.0, np.log(unit)])
    p, q, v = (float(value) for value in np.exp(logs))
    if q <= 1:
        return Message("mean_value_is_infinite", {"q": q})
    together = np.corrcoef(frequency, values)[0, 1] if frequency.std() > 0 else 0.0
    return ValueFit(p, q, v, float(value_scores(customers, logs)[0].sum()), float(together))


def _maximise(scores: Scores, customers: Customers, count: int) -> Array | None:
    """The first of a few fixed starts that ends on level ground; None when each runs off."""

    def objective(point: Array) -> tuple[float, Array]:
        value, slopes = scores(customers, point)
        return -float(value.mean()), -slopes.mean(axis=0)

    for start in STARTS:
        found = minimise(
            objective,
            np.full(count, start),
            bounds=[(-FARTHEST_LOG, FARTHEST_LOG)] * count,
            options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2_000},
        )
        is_inside = bool((np.abs(found.point) < FARTHEST_LOG).all())
        if is_inside and float(np.abs(found.slope).max()) < FLAT:
            return found.point
    return None


def probability_alive(fit: PurchaseFit, customers: Customers) -> Array:
    """Chance that each customer has not yet stopped buying."""
    r, alpha, a, b = fit.r, fit.alpha, fit.a, fit.b
    x, again = customers.frequency, customers.frequency > 0
    odds = np.log((alpha + customers.age) / (alpha + customers.recency)) * (r + x)
    odds += np.log(a) - np.log(np.where(again, b + x - 1, 1.0))
    return np.where(again, logistic(-odds), 1.0)


def expected_purchases(fit: PurchaseFit, customers: Customers, *, time: float) -> Array:
    """Purchases expected of each customer in the next `time`.

    The published ₂F₁ grows without bound; Euler's transformation of it stays near 1:
    `(1−z)^(r+x)·₂F₁(r+x, b+x; c; z) = (1−z)^(a−1)·₂F₁(a+b−1−r, a−1; c; z)`, `c = a+b+x−1`.
    """
    r, alpha, b = fit.r, fit.alpha, fit.b
    a = fit.a if abs(fit.a - 1) > SINGULAR else 1 + SINGULAR
    x = customers.frequency
    past = time / (alpha + customers.age + time)
    c = a + b + x - 1
    tail = (1 - past) ** (a - 1) * hypergeometric_2f1(a + b - 1 - r, a - 1, c, past)
    return c / (a - 1) * (1 - tail) * probability_alive(fit, customers)


def expected_value(fit: ValueFit, customers: Customers) -> Array:
    """Mean value expected of each customer's next purchase, drawn towards everybody's."""
    x = np.where(customers.mean_value > 0, customers.frequency, 0.0)
    return fit.p * (fit.v + x * customers.mean_value) / (fit.p * x + fit.q - 1)

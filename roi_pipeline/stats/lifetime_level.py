"""Customer lifetime value as a level with a standard error, so that arms can be compared.

Fits both models of `lifetime_value` in each arm on its own and carries the uncertainty of the
parameters into the mean (sandwich over customers): no resampling, same inputs, same bytes.
"""

import math

import numpy as np

from roi_pipeline.domain.effects import Outcome
from roi_pipeline.domain.findings import Finding
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
from roi_pipeline.stats.question import Question, Standing, effect_of, failed_finding, inconclusive
from roi_pipeline.stats.randomised import check_change_is_plausible, refusal
from roi_pipeline.stats.ratio import Level
from roi_pipeline.stats.sample_ratio import MIN_UNITS_PER_ARM, check_sample_ratio
from roi_pipeline.stats.two_sample import compare_levels

STEP = 1e-4
MODERATE_CORRELATION = 0.3


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


def lifetime_value_level(
    histories: PurchaseHistories, *, periods: int, discount_rate: float = 0.0
) -> Level | Message:
    """Mean lifetime value over the next `periods` with its variance, or why there is none."""
    customers = read_histories(histories)
    if isinstance(customers, Message):
        return customers
    purchases = fit_purchases(customers)
    if isinstance(purchases, Message):
        return purchases
    values = fit_values(customers)
    if isinstance(values, Message):
        return values
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


def randomised_lifetime_value(
    treated: PurchaseHistories,
    comparison: PurchaseHistories,
    question: Question,
    *,
    periods: int,
    discount_rate: float = 0.0,
    planned_share: float | None = None,
) -> Outcome:
    """Effect on mean lifetime value of customers drawn by lot, grade A.

    It is a forecast from what has been bought so far; the report says so (`lifetime_value_is_ahead`).
    """
    n = (len(treated.frequency), len(comparison.frequency))
    subject = question.subject
    findings = (
        check_sample_ratio(*n, planned_share=planned_share, subject=subject),
        *(_check_independence(arm, subject) for arm in (treated, comparison)),
        Finding(
            check="value_has_been_earned",
            subject=subject,
            passed=False,
            severity="note",
            message=Message("lifetime_value_is_ahead", {"periods": periods}),
        ),
    )
    levels: list[Level] = []
    for histories in (treated, comparison):
        level = lifetime_value_level(histories, periods=periods, discount_rate=discount_rate)
        if isinstance(level, Message):
            return inconclusive(question, level, findings)
        levels.append(level)
    result = compare_levels(*levels, confidence=question.confidence, scale=question.scale)
    if isinstance(result, Message):
        return inconclusive(question, result, findings)
    findings += (check_change_is_plausible(result.relative, subject),)
    stop = next((finding for finding in findings if finding.stops), None)
    if stop is not None:
        return inconclusive(question, refusal(stop, result.estimate), findings)
    standing = Standing(
        design="randomised",
        method="randomised_lifetime_value",
        grade="A",
        is_money_allowed=min(n) >= MIN_UNITS_PER_ARM,
    )
    return effect_of(result, question, standing, findings=findings)


def _check_independence(histories: PurchaseHistories, subject: str) -> Finding:
    """The value model takes frequency and value to be unrelated."""
    check = "value_is_unrelated_to_frequency"
    customers = read_histories(histories)
    values = customers if isinstance(customers, Message) else fit_values(customers)
    if isinstance(values, Message):
        return failed_finding(check, subject, "note", values)
    passed = abs(values.correlation) <= MODERATE_CORRELATION
    code = "value_is_unrelated" if passed else "value_moves_with_frequency"
    message = Message(code, {"correlation": values.correlation})
    return Finding(check, subject, passed, "warn", message)

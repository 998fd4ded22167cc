"""Lifetime value of two arms that behave alike: a difference is called one time in twenty."""

import math
from array import array
from datetime import date

import numpy as np
import pytest

from roi_pipeline.domain.samples import PurchaseHistories
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.lifetime_level import FittedLifetime, fit_lifetime

STUDIES = 500
CUSTOMERS = 600
QUESTION = Question("m", "customer_lifetime_value", Window(date(2026, 1, 1), date(2026, 7, 1)))


def histories(random: np.random.Generator, n: int) -> PurchaseHistories:
    """Customers who buy and stop as the BG/NBD model has it, and spend as gamma–gamma."""
    age = random.uniform(25, 40, n)
    rate, stop = random.gamma(0.8, 1 / 6, n), random.beta(0.9, 2.5, n)
    frequency, recency, now = np.zeros(n), np.zeros(n), np.zeros(n)
    alive = np.ones(n, dtype=bool)
    while alive.any():
        now = now + random.exponential(1, n) / rate
        alive &= now <= age
        frequency += alive
        recency = np.where(alive, now, recency)
        alive &= random.random(n) >= stop
    scale = 15 / random.gamma(4, 1, n)
    times = np.maximum(frequency, 1)
    mean = np.where(frequency > 0, random.gamma(6 * times, scale / times), 0.0)
    columns = (frequency, recency, age, mean)
    return PurchaseHistories(*(array("d", column.tobytes()) for column in columns))


@pytest.mark.soak
def test_lifetime_values_of_like_customers_differ_one_time_in_twenty() -> None:
    levels = []
    for number in range(2 * STUDIES):
        fitted = fit_lifetime(histories(np.random.default_rng([number, 31]), CUSTOMERS), periods=26)
        if isinstance(fitted, FittedLifetime):
            levels.append(fitted.level)
    assert len(levels) >= 0.95 * 2 * STUDIES
    pairs = list(zip(levels[::2], levels[1::2], strict=False))
    called = np.mean(
        [abs(a.value - b.value) > 1.96 * math.sqrt(a.variance + b.variance) for a, b in pairs]
    )
    assert 0.03 <= called <= 0.07, called
    errors = math.sqrt(np.mean([level.variance for level in levels]))
    assert errors == pytest.approx(np.std([level.value for level in levels]), rel=0.1)

"""Customers who behave exactly as the lifetime models assume."""

import math
from array import array

import numpy as np

from roi_pipeline.domain.samples import PurchaseHistories
from roi_pipeline.stats.lifetime_value import PurchaseFit

TRUTH = PurchaseFit(r=0.8, alpha=6.0, a=0.9, b=2.5, log_likelihood=math.nan)


def histories_of(*columns: np.ndarray) -> PurchaseHistories:
    return PurchaseHistories(*(array("d", column.astype(float).tobytes()) for column in columns))


def simulated(seed: int, n: int, *, value: float = 1.0) -> PurchaseHistories:
    """Customers who behave exactly as the models assume."""
    random = np.random.default_rng(seed)
    age = random.uniform(20, 40, n)
    rate = random.gamma(TRUTH.r, 1 / TRUTH.alpha, n)
    stop = random.beta(TRUTH.a, TRUTH.b, n)
    frequency, recency, mean = np.zeros(n), np.zeros(n), np.zeros(n)
    for customer in range(n):
        now = 0.0
        scale = value * 15 / random.gamma(4)
        while True:
            now += random.exponential(1 / rate[customer])
            if now > age[customer]:
                break
            frequency[customer] += 1
            recency[customer] = now
            if random.random() < stop[customer]:
                break
        if frequency[customer]:
            mean[customer] = random.gamma(6 * frequency[customer], scale / frequency[customer])
    return histories_of(frequency, recency, age, mean)

"""How sure the ratio is: normal and Fieller intervals, probability of a bar, seeded simulation.

B and C are benefits and costs, s_B, s_C their standard errors, s_BC their covariance. Lines that
rest on the same effect move together; effects on different metrics are taken as independent.
"""

import random
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from roi_pipeline.domain.money import Assumption, BenefitLine
from roi_pipeline.finance.amounts import NORMAL, ONE, ZERO, decimal_of, root_of_squares, z_value

DRAWS = 10_000


@dataclass(frozen=True, slots=True)
class Spread:
    """Benefits and costs with what is known of their uncertainty.

    Attributes:
        draws: simulated ROI values, sorted; empty when the closed form applies.
    """

    benefits: Decimal
    costs: Decimal
    benefits_error: Decimal
    costs_error: Decimal
    draws: tuple[float, ...] = ()

    @property
    def roi(self) -> Decimal | None:
        """(B - C) / C; None without costs."""
        return (self.benefits - self.costs) / self.costs if self.costs > 0 else None

    def probability(self, bar: Decimal) -> float | None:
        """P(ROI ≥ bar); None when there is no ROI."""
        if self.roi is None:
            return None
        if self.draws:
            return 1 - bisect_left(self.draws, float(bar)) / len(self.draws)
        return probability_of_bar(
            self.benefits,
            self.costs,
            benefits_error=self.benefits_error,
            costs_error=self.costs_error,
            bar=bar,
        )

    def interval(self, confidence: float) -> tuple[Decimal | None, Decimal | None, str]:
        """Interval of ROI and the name of the method behind it."""
        if self.roi is None:
            return None, None, ""
        if self.draws:
            return *_quantiles(self.draws, confidence), "monte_carlo"
        if self.costs_error == 0:
            ends = normal_interval(
                self.benefits, self.costs, benefits_error=self.benefits_error, confidence=confidence
            )
            return *ends, "normal"
        ends = fieller_interval(
            self.benefits,
            self.costs,
            benefits_error=self.benefits_error,
            costs_error=self.costs_error,
            confidence=confidence,
        )
        return (*ends, "fieller") if ends else (None, None, "fieller")


def normal_interval(
    benefits: Decimal, costs: Decimal, *, benefits_error: Decimal, confidence: float
) -> tuple[Decimal, Decimal]:
    """Interval of ROI when the costs are known: ((B ± z·s_B) - C) / C.

    >>> low, high = normal_interval(
    ...     Decimal(30000), Decimal(12000), benefits_error=Decimal(6000), confidence=0.95)
    >>> f"{low:.2f} to {high:.2f}"
    '0.52 to 2.48'
    """
    margin = z_value(confidence) * benefits_error
    return (benefits - margin - costs) / costs, (benefits + margin - costs) / costs


def fieller_interval(
    benefits: Decimal,
    costs: Decimal,
    *,
    benefits_error: Decimal,
    costs_error: Decimal,
    confidence: float,
    covariance: Decimal = ZERO,
) -> tuple[Decimal, Decimal] | None:
    """Fieller's interval of ROI when benefits and costs are uncertain; None when unbounded.

    Limits ρ solve (C² - z²s²_C)ρ² - 2(BC - z²s_BC)ρ + (B² - z²s²_B) = 0; ROI limits are ρ - 1
    (Fieller 1954, https://doi.org/10.1111/j.2517-6161.1954.tb00159.x).

    >>> low, high = fieller_interval(
    ...     Decimal(30000), Decimal(12000), benefits_error=Decimal(6000),
    ...     costs_error=Decimal(1200), confidence=0.95)
    >>> f"{low:.6f} to {high:.6f}"
    '0.478094 to 2.721652'
    """
    square = z_value(confidence) ** 2
    a = costs**2 - square * costs_error**2
    if a <= 0:
        return None
    half_b = benefits * costs - square * covariance
    c = benefits**2 - square * benefits_error**2
    root = max(ZERO, half_b**2 - a * c).sqrt()
    return (half_b - root) / a - ONE, (half_b + root) / a - ONE


def probability_of_bar(
    benefits: Decimal,
    costs: Decimal,
    *,
    benefits_error: Decimal,
    costs_error: Decimal,
    bar: Decimal,
    covariance: Decimal = ZERO,
) -> float:
    """P(ROI ≥ θ) = Φ((B - (1+θ)C) / √(s²_B + (1+θ)²s²_C - 2(1+θ)s_BC)).

    >>> p = probability_of_bar(Decimal(30000), Decimal(12000), benefits_error=Decimal(6000),
    ...     costs_error=Decimal(0), bar=Decimal(1))
    >>> f"{p:.4f}"
    '0.8413'
    """
    multiple = ONE + bar
    distance = benefits - multiple * costs
    variance = benefits_error**2 + multiple**2 * costs_error**2 - 2 * multiple * covariance
    if variance <= 0:
        return 1.0 if distance >= 0 else 0.0
    return NORMAL.cdf(float(distance / variance.sqrt()))


def benefits_error(lines: Sequence[BenefitLine]) -> Decimal:
    """Standard error of a sum of lines: linear within one effect, in quadrature across effects."""
    by_effect: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (line.module_id, line.metric_id)
        by_effect[key] = by_effect.get(key, ZERO) + (line.standard_error or ZERO)
    return root_of_squares(by_effect.values())


def simulate_roi(
    lines: Sequence[BenefitLine],
    *,
    costs: Decimal,
    costs_error: Decimal,
    ranges: Mapping[str, Assumption],
    seed: int,
    draws: int = DRAWS,
) -> tuple[float, ...]:
    """Sorted ROI values with effects and costs normal and ranged assumptions triangular.

    One draw of an effect or of an assumption serves every line that rests on it.
    """
    source = random.Random(seed)  # noqa: S311 - a reproducible simulation, not a secret
    effects = sorted({(line.module_id, line.metric_id) for line in lines})
    place = {key: number for number, key in enumerate(effects)}
    names = sorted(ranges)
    terms = [_term(line, place, names) for line in lines]
    bounds = [_bounds(ranges[name]) for name in names]
    values: list[float] = []
    for _ in range(draws):
        shocks = [source.gauss(0.0, 1.0) for _ in effects]
        drawn = [source.triangular(low, high, mode) / mode for low, mode, high in bounds]
        cost = max(float(costs) + float(costs_error) * source.gauss(0.0, 1.0), float(costs) * 1e-3)
        benefit = 0.0
        for amount, error, effect, used in terms:
            part = amount + error * shocks[effect]
            for number in used:
                part *= drawn[number]
            benefit += part
        values.append((benefit - cost) / cost)
    return tuple(sorted(value for value in values if isfinite(value)))


def ranged(
    lines: Sequence[BenefitLine], assumptions: Sequence[Assumption]
) -> dict[str, Assumption]:
    """Assumptions stated as a range that any of the lines rests on."""
    used = {key for line in lines for key in _assumption_ids(line)}
    return {
        item.id: item
        for item in assumptions
        if item.id in used and item.value and (item.low is not None or item.high is not None)
    }


def _assumption_ids(line: BenefitLine) -> tuple[str, ...]:
    return tuple(key for key in (line.unit_value_id, line.realisation_id, line.margin_id) if key)


def _term(
    line: BenefitLine, place: Mapping[tuple[str, str], int], names: Sequence[str]
) -> tuple[float, float, int, tuple[int, ...]]:
    used = tuple(names.index(key) for key in _assumption_ids(line) if key in names)
    amount, error = line.amount or ZERO, line.standard_error or ZERO
    return float(amount), float(error), place[line.module_id, line.metric_id], used


def _bounds(item: Assumption) -> tuple[float, float, float]:
    low = item.value if item.low is None else item.low
    high = item.value if item.high is None else item.high
    return float(low), float(item.value), float(high)


def _quantiles(draws: Sequence[float], confidence: float) -> tuple[Decimal, Decimal]:
    tail = (1 - confidence) / 2
    last = len(draws) - 1
    return decimal_of(draws[round(tail * last)]), decimal_of(draws[round((1 - tail) * last)])

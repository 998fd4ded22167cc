"""Simulated hold-outs: intervals cover the planted change, and nothing is found where nothing is.

Customers and agents are drawn with weekly season in their sums, unequal sizes and skills that last
(so that a unit's days resemble each other). Each design runs 2,000 seeded studies with a change and
2,000 without.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.samples import ArmSamples, QuantileArms, QuantileSample, Sample
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.adjustment import BASELINE_METRIC
from roi_pipeline.stats.designs.randomised import PLAIN, Adjustment, randomised
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.quantiles import bound_indexes, randomised_quantile
from roi_pipeline.stats.ratio import BASELINE_RATIO, RATIO
from roi_pipeline.stats.sequential import with_sequential_interval

STUDIES = 2_000
COVERAGE = (0.93, 0.97)
FALSE_ALARMS = (0.03, 0.07)
QUESTION = Question("m", "rate", Window(date(2026, 1, 1), date(2026, 2, 1)))
NAMES = (*RATIO, *BASELINE_RATIO)
WEEK = 1 + 0.3 * np.sin(np.arange(28) * 2 * np.pi / 7)
CUPED = Adjustment(use_baseline=True)
assert BASELINE_METRIC == "baseline_metric"

Draw = Callable[[np.random.Generator, int, float], np.ndarray]


def sample_of(values: np.ndarray) -> Sample:
    return Sample(
        values.shape[1],
        NAMES[: len(values)],
        tuple(values.mean(axis=1)),
        tuple(tuple(row) for row in np.cov(values)),
    )


def customers(random: np.random.Generator, n: int, change: float) -> np.ndarray:
    """Skewed spend per customer, with spend of the weeks before behind it."""
    taste = random.gamma(2.0, 10.0, n)
    spend, earlier = (taste * random.gamma(4, 0.25, n) for _ in range(2))
    return np.array([spend + change, np.ones(n), earlier, np.ones(n)])


def agents(random: np.random.Generator, n: int, change: float) -> np.ndarray:
    """Connected of dialled calls per agent over 28 days with a weekly season."""
    skill = random.beta(12, 18, n)
    pace = random.gamma(4, 5, n)
    columns = []
    for added in (change, 0.0):
        calls = random.poisson(pace[:, None] * WEEK) + (np.arange(28) == 0)
        rate = np.clip(skill[:, None] + random.normal(0, 0.05, (n, 28)) + added, 0.001, 0.999)
        columns += [random.binomial(calls, rate).sum(axis=1), calls.sum(axis=1)]
    return np.array(columns, dtype=float)


def stores(random: np.random.Generator, n: int, change: float) -> np.ndarray:
    """Whole stores assigned: orders and customers per store, stores of very unequal size."""
    size = random.poisson(random.lognormal(4, 0.7, n)) + 5
    level = random.normal(0.3, 0.05, n) + change
    orders = random.binomial(size, np.clip(level, 0.001, 0.999))
    return np.array([orders, size], dtype=float)


DESIGNS: dict[str, tuple[Draw, tuple[int, int], float, Adjustment, str]] = {
    "mean": (customers, (300, 300), 3.0, PLAIN, "linear"),
    "mean, 10 % held out": (customers, (900, 100), 3.0, PLAIN, "linear"),
    "mean, least squares": (customers, (300, 300), 3.0, Adjustment(variance="pooled"), "linear"),
    "mean, log scale": (customers, (400, 400), 3.0, PLAIN, "log"),
    "mean, log scale, a fall": (customers, (400, 400), -10.0, PLAIN, "log"),
    "mean, CUPED": (customers, (200, 200), 2.0, CUPED, "linear"),
    "ratio": (agents, (60, 60), 0.03, PLAIN, "linear"),
    "ratio, CUPED": (agents, (60, 40), 0.02, CUPED, "linear"),
    "ratio, CUPED, few agents": (agents, (15, 15), 0.02, CUPED, "linear"),
    "clusters": (stores, (40, 40), 0.03, PLAIN, "linear"),
}


def studies(design: str, *, is_null: bool) -> tuple[list[Effect], float, int]:
    draw, sizes, change, adjustment, scale = DESIGNS[design]
    planted = 0.0 if is_null else change
    question = replace(QUESTION, scale=scale)
    effects, refused = [], 0
    for number in range(STUDIES):
        random = np.random.default_rng([number, len(design), is_null])
        arms = ArmSamples(
            sample_of(draw(random, sizes[0], planted)), sample_of(draw(random, sizes[1], 0.0))
        )
        outcome = randomised(arms, question, adjustment=adjustment)
        if isinstance(outcome, Effect):
            effects.append(outcome)
        else:
            refused += 1
    return effects, planted, refused


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_a_planted_change_is_covered_and_unbiased(design: str) -> None:
    effects, planted, refused = studies(design, is_null=False)
    assert refused <= STUDIES * 0.01
    covered = np.mean([effect.lower <= planted <= effect.upper for effect in effects])
    errors = [effect.estimate - planted for effect in effects]
    assert COVERAGE[0] <= covered <= COVERAGE[1], covered
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(len(errors))


@pytest.mark.slow
@pytest.mark.parametrize("design", [design for design in DESIGNS if design.startswith("mean")])
def test_the_relative_interval_covers_the_planted_share(design: str) -> None:
    effects, planted, _ = studies(design, is_null=False)
    truth = planted / 20  # customers spend 20 on average
    covered = np.mean([e.relative_lower <= truth <= e.relative_upper for e in effects])
    assert COVERAGE[0] <= covered <= COVERAGE[1], covered


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_no_change_is_called_a_change_one_time_in_twenty(design: str) -> None:
    effects, _, refused = studies(design, is_null=True)
    assert refused <= STUDIES * 0.01
    called = np.mean([effect.is_clear for effect in effects])
    assert FALSE_ALARMS[0] <= called <= FALSE_ALARMS[1], called


@pytest.mark.slow
@pytest.mark.parametrize(("design", "expected"), [("mean", (1 - (200 / 350) ** 2) ** 0.5)])
def test_the_baseline_makes_intervals_shorter_by_what_it_explains(
    design: str, expected: float
) -> None:
    """Var(taste) = 200, Var(spend) = 200 + 600/4: the two windows correlate by 200/350."""

    def width(name: str) -> float:
        return float(np.mean([e.standard_error for e in studies(name, is_null=True)[0]]))

    draw, sizes, change, _, scale = DESIGNS[design]
    DESIGNS["adjusted"] = (draw, sizes, change, CUPED, scale)
    try:
        assert width("adjusted") / width(design) == pytest.approx(expected, rel=0.02)
    finally:
        del DESIGNS["adjusted"]


@pytest.mark.slow
@pytest.mark.parametrize("studies", [400, pytest.param(STUDIES, marks=pytest.mark.soak)])
def test_reading_every_night_finds_nothing_more_often_than_one_time_in_twenty(studies: int) -> None:
    """Ninety readings of a growing null study; the fixed interval is fooled, the sequence is not."""
    fixed_alarms, sequential_alarms = 0, 0
    for number in range(studies):
        random = np.random.default_rng([number, 77])
        arms = [random.gamma(2, 10, 4_500) for _ in range(2)]
        ends = np.arange(50, 4_501, 50)
        moments = [[(n, arm[:n].mean(), arm[:n].var(ddof=1)) for n in ends] for arm in arms]
        fooled = [False, False]
        for one, two in zip(*moments, strict=True):
            samples = [
                Sample(int(n), RATIO, (mean, 1.0), ((spread, 0.0), (0.0, 0.0)))
                for n, mean, spread in (one, two)
            ]
            outcome = randomised(ArmSamples(*samples), QUESTION)
            opened = with_sequential_interval(outcome)
            assert isinstance(outcome, Effect)
            assert isinstance(opened, Effect)
            fooled = [fooled[0] or outcome.is_clear, fooled[1] or opened.is_clear]
        fixed_alarms += fooled[0]
        sequential_alarms += fooled[1]
    assert fixed_alarms > 0.2 * studies
    assert sequential_alarms <= 0.05 * studies


def quantile_sample(values: np.ndarray, level: float) -> QuantileSample:
    """`values` has one row per unit."""
    ordered = np.sort(values, axis=None)
    n = values.size
    lower, upper = bound_indexes(n, level)
    value = ordered[int(np.ceil(n * level)) - 1]
    counts = np.array([(values <= value).sum(axis=1), np.full(len(values), values.shape[1])])
    return QuantileSample(
        n,
        level,
        float(value),
        float(ordered[lower - 1]),
        float(ordered[upper - 1]),
        indicator=sample_of(counts.astype(float)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_quantiles_of_clustered_events_cover_the_planted_change(level: float) -> None:
    covered, alarms = 0, 0
    for number in range(STUDIES):
        random = np.random.default_rng([number, int(level * 10)])
        slow = random.lognormal(0, 0.3, (3, 120, 1))
        seconds = slow * random.exponential(60, (3, 120, 30))
        arms = [quantile_sample(seconds[arm], level) for arm in range(3)]
        shifted = quantile_sample(seconds[0] + 12.0, level)
        for treated, planted in ((shifted, 12.0), (arms[0], 0.0)):
            outcome = randomised_quantile(QuantileArms(treated, arms[1], (120, 120)), QUESTION)
            assert isinstance(outcome, Effect)
            if planted:
                covered += outcome.lower <= planted <= outcome.upper
            else:
                alarms += outcome.is_clear
    assert COVERAGE[0] <= covered / STUDIES <= COVERAGE[1]
    assert FALSE_ALARMS[0] <= alarms / STUDIES <= FALSE_ALARMS[1]


@pytest.mark.slow
def test_a_lot_that_was_tampered_with_is_refused() -> None:
    """The most active tenth of the held-out customers were moved to the module by hand."""
    refused = 0
    for number in range(STUDIES):
        random = np.random.default_rng([number, 5])
        values = customers(random, 2_000, 0.0)
        is_treated = random.random(2_000) < 0.5
        moved = ~is_treated & (values[2] > np.quantile(values[2], 0.9))
        arms = [values[:, is_treated | moved], values[:, ~(is_treated | moved)]]
        outcome = randomised(
            ArmSamples(*(sample_of(arm) for arm in arms), planned_share=0.5), QUESTION
        )
        refused += isinstance(outcome, Inconclusive)
    assert refused >= 0.99 * STUDIES

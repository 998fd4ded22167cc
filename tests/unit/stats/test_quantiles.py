"""Quantiles from order statistics."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.samples import QuantileArms, QuantileSample, Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.quantiles import (
    bound_indexes,
    compare_quantiles,
    quantile_level,
    randomised_quantile,
)
from roi_pipeline.stats.ratio import Level

QUESTION = Question("m", "reply_seconds_p90", Window(date(2026, 1, 1), date(2026, 2, 1)))


def sample_of(
    values: np.ndarray, quantile: float, units: np.ndarray | None = None
) -> QuantileSample:
    ordered = np.sort(values)
    n = len(values)
    lower, upper = bound_indexes(n, quantile)
    value = ordered[math.ceil(n * quantile) - 1]
    indicator = None
    if units is not None:
        _, which = np.unique(units, return_inverse=True)
        below = np.bincount(which, weights=values <= value)
        counts = np.array([below, np.bincount(which)], dtype=float)
        indicator = Sample(
            counts.shape[1],
            ("numerator", "denominator"),
            tuple(counts.mean(axis=1)),
            tuple(tuple(row) for row in np.cov(counts)),
        )
    return QuantileSample(
        n,
        quantile,
        float(value),
        float(ordered[lower - 1]),
        float(ordered[upper - 1]),
        indicator=indicator,
    )


def level_of(sample: QuantileSample) -> Level:
    level = quantile_level(sample)
    assert isinstance(level, Level), level
    return level


RANDOM = np.random.default_rng(8)
SECONDS = RANDOM.exponential(60, 4000)
P90 = sample_of(SECONDS, 0.9)


def test_the_bound_indexes_are_those_of_the_binomial_interval() -> None:
    assert bound_indexes(1000, 0.5) == (469, 531)
    assert bound_indexes(5, 0.9)[1] == 5
    assert bound_indexes(5, 0.1)[0] == 1


def test_the_error_of_a_quantile_is_near_the_asymptotic_one() -> None:
    density = 0.1 / 60  # of the exponential at its 90th percentile
    expected = math.sqrt(0.9 * 0.1 / 4000) / density
    assert level_of(P90).standard_error == pytest.approx(expected, rel=0.15)


def test_independent_units_leave_the_error_where_it_was() -> None:
    alone = sample_of(SECONDS, 0.9, units=np.arange(4000))
    assert level_of(alone).standard_error == pytest.approx(level_of(P90).standard_error, rel=0.02)


def test_units_whose_events_resemble_each_other_widen_the_error() -> None:
    units = np.repeat(np.arange(100), 40)
    slow = np.repeat(RANDOM.lognormal(0, 0.5, 100), 40)
    values = SECONDS * slow
    naive = level_of(sample_of(values, 0.9))
    clustered = level_of(sample_of(values, 0.9, units=units))
    assert clustered.standard_error > 1.5 * naive.standard_error
    assert clustered.n == 100


def test_a_grid_of_sizes_is_scaled_to_the_real_size() -> None:
    gridded = replace(P90, n_bounds=2000)
    assert level_of(gridded).variance == pytest.approx(level_of(P90).variance / 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"quantile": 1.0}, "quantile_is_not_inside"),
        ({"n": 1}, "too_few_units"),
        ({"n": 34}, "too_few_events_for_quantile"),
        ({"n": 34, "quantile": 0.1}, "too_few_events_for_quantile"),
        ({"n_bounds": 30}, "too_few_events_for_quantile"),
        ({"upper": P90.lower}, "quantile_bounds_collapse"),
        ({"value": math.nan}, "values_not_finite"),
        ({"z": 0.0}, "values_not_finite"),
        (
            {"indicator": Sample(1, ("numerator", "denominator"), (1.0, 1.0), ((0.0,) * 2,) * 2)},
            "too_few_units",
        ),
        (
            {"indicator": Sample(9, ("numerator", "denominator"), (1.0, 1.0), ((0.0,) * 2,) * 2)},
            "quantile_bounds_collapse",
        ),
    ],
)
def test_no_inference_where_there_can_be_none(change: dict[str, object], code: str) -> None:
    found = quantile_level(replace(P90, **change))  # type: ignore[arg-type]
    assert isinstance(found, Message)
    assert found.code == code


def test_the_rule_for_the_least_events_is_strict() -> None:
    needed = 1.959963984540054**2 * 9  # n must exceed it
    assert math.floor(needed) == 34
    assert isinstance(quantile_level(replace(P90, n=35)), Level)


def test_quantiles_of_different_levels_are_not_compared() -> None:
    found = compare_quantiles(P90, replace(P90, quantile=0.5))
    assert isinstance(found, Message)
    assert found.code == "quantiles_differ"


def test_a_reason_in_either_arm_is_handed_on() -> None:
    broken = replace(P90, upper=P90.lower)
    for pair in ((broken, P90), (P90, broken)):
        found = compare_quantiles(*pair)
        assert isinstance(found, Message)
        assert found.code == "quantile_bounds_collapse"


def test_a_quantile_drawn_at_random_is_a_grade_a_effect() -> None:
    faster = sample_of(SECONDS * 0.7, 0.9, units=np.arange(4000))
    usual = sample_of(RANDOM.exponential(60, 4000), 0.9, units=np.arange(4000))
    outcome = randomised_quantile(
        QuantileArms(faster, usual, (200, 210), planned_share=0.5), QUESTION
    )
    assert isinstance(outcome, Effect)
    assert (outcome.grade, outcome.method) == ("A", "randomised_quantile")
    assert outcome.upper < 0
    assert (outcome.n_units, outcome.n_treated, outcome.n_clusters) == (410, 200, 8000)
    assert outcome.is_money_allowed


def test_a_broken_lot_refuses_the_quantile() -> None:
    outcome = randomised_quantile(
        QuantileArms(P90, sample_of(SECONDS * 1.1, 0.9), (900, 600), planned_share=0.5), QUESTION
    )
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "refused_for_arm_sizes"


def test_a_quantile_without_inference_is_inconclusive() -> None:
    collapsed = replace(P90, upper=P90.lower)
    outcome = randomised_quantile(QuantileArms(collapsed, P90, (50, 50)), QUESTION)
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "quantile_bounds_collapse"

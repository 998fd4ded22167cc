"""Laws of comparisons from moments: signs, scales, order, and never an exception or a NaN."""

import math
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from roi_pipeline.domain.attribution import ContactSamples, InteractionSamples
from roi_pipeline.domain.effects import Effect, Inconclusive, Outcome
from roi_pipeline.domain.samples import ArmSamples, QuantileArms, QuantileSample, Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.shrinkage import james_stein
from roi_pipeline.stats.designs.randomised import PLAIN, Adjustment, randomised
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.inference import Comparison
from roi_pipeline.stats.lift import Lift, incremental_lift, interaction
from roi_pipeline.stats.multiplicity import adjusted_p_values
from roi_pipeline.stats.power import draw_holdout
from roi_pipeline.stats.quantiles import randomised_quantile
from roi_pipeline.stats.ratio import BASELINE_RATIO, RATIO, paired_change
from roi_pipeline.stats.sequential import with_sequential_interval

NAMES = (*RATIO, *BASELINE_RATIO, "age")
QUESTION = Question("m", "rate", Window(date(2026, 1, 1), date(2026, 2, 1)))
ADJUSTMENTS = (
    PLAIN,
    Adjustment(variance="pooled"),
    Adjustment(use_baseline=True),
    Adjustment(use_baseline=True, covariates=("age",)),
    Adjustment(covariates=("age",), variance="pooled", slope="pooled"),
)
SCALES = ("linear", "log")
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(10, 60)


def rows(seed: int, n: int) -> np.ndarray:
    """One row per unit of an ordinary, positive metric with a related baseline."""
    random = np.random.default_rng(seed)
    size, earlier = random.poisson(20, n) + 1.0, random.poisson(20, n) + 1.0
    skill = random.gamma(8, 0.5, n)
    return np.array(
        [
            size * (skill + random.gamma(4, 0.2, n)),
            size,
            earlier * (skill + random.gamma(4, 0.2, n)),
            earlier,
            random.normal(40, 9, n),
        ]
    )


def sample_of(values: np.ndarray) -> Sample:
    return Sample(
        values.shape[1],
        NAMES[: len(values)],
        tuple(values.mean(axis=1)),
        tuple(tuple(row) for row in np.cov(values)),
    )


def effect_of(treated: np.ndarray, comparison: np.ndarray, **options: object) -> Effect:
    question = replace(QUESTION, scale=options.pop("scale", "linear"))
    arms = ArmSamples(sample_of(treated), sample_of(comparison))
    outcome = randomised(arms, question, **options)  # type: ignore[arg-type]
    assume(isinstance(outcome, Effect))  # one lot in a few hundred is refused for imbalance
    assert isinstance(outcome, Effect)
    return outcome


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@given(seeds, sizes, sizes)
def test_swapping_the_arms_flips_the_sign(
    adjustment: Adjustment, seed: int, n: int, other: int
) -> None:
    treated, comparison = rows(seed, n), rows(seed + 1, other)
    one = effect_of(treated, comparison, adjustment=adjustment)
    two = effect_of(comparison, treated, adjustment=adjustment)
    assert two.estimate == pytest.approx(-one.estimate, abs=1e-9)
    assert (two.lower, two.upper) == pytest.approx((-one.upper, -one.lower), abs=1e-9)
    assert two.p_value == pytest.approx(one.p_value, abs=1e-9)


@given(seeds, sizes)
def test_swapping_the_windows_flips_the_sign(seed: int, n: int) -> None:
    values = rows(seed, n)
    one = paired_change(sample_of(values[:4]))
    two = paired_change(sample_of(values[[2, 3, 0, 1]]))
    assert isinstance(one, Comparison)
    assert isinstance(two, Comparison)
    assert two.estimate == pytest.approx(-one.estimate)
    assert two.lower == pytest.approx(-one.upper)
    assert two.p_value == pytest.approx(one.p_value)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@given(seeds, sizes, st.floats(1e-3, 1e6))
def test_rescaling_the_metric_rescales_the_effect(
    adjustment: Adjustment, scale: str, seed: int, n: int, factor: float
) -> None:
    treated, comparison = rows(seed, n), rows(seed + 1, n + 3)
    by = np.array([[factor], [1], [factor], [1], [1]])
    one = effect_of(treated, comparison, adjustment=adjustment, scale=scale)
    two = effect_of(treated * by, comparison * by, adjustment=adjustment, scale=scale)
    assert two.estimate == pytest.approx(factor * one.estimate, rel=1e-6, abs=1e-8 * factor)
    assert two.standard_error == pytest.approx(factor * one.standard_error, rel=1e-6)
    assert two.upper == pytest.approx(factor * one.upper, rel=1e-6, abs=1e-6 * factor)
    assert two.relative == pytest.approx(one.relative, rel=1e-6, abs=1e-9)
    assert two.p_value == pytest.approx(one.p_value, rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@given(seeds, sizes)
def test_the_order_of_units_changes_nothing(adjustment: Adjustment, seed: int, n: int) -> None:
    treated, comparison = rows(seed, n), rows(seed + 1, n)
    shuffled = treated[:, np.random.default_rng(seed).permutation(n)]
    one = effect_of(treated, comparison, adjustment=adjustment)
    two = effect_of(shuffled, comparison, adjustment=adjustment)
    assert two.estimate == pytest.approx(one.estimate, rel=1e-9, abs=1e-12)
    assert two.standard_error == pytest.approx(one.standard_error, rel=1e-9)


@given(seeds, sizes)
def test_a_column_nobody_declared_never_moves_the_figures(seed: int, n: int) -> None:
    treated, comparison = rows(seed, n), rows(seed + 1, n)
    with_age = effect_of(treated, comparison)
    without = effect_of(treated[:4], comparison[:4])
    assert (with_age.estimate, with_age.lower, with_age.p_value) == pytest.approx(
        (without.estimate, without.lower, without.p_value), rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("scale", SCALES)
@given(seeds, st.integers(10, 60), st.integers(2, 10**7))
def test_an_open_cycle_is_never_surer_than_a_closed_one(
    scale: str, seed: int, n: int, observed: int
) -> None:
    fixed = effect_of(rows(seed, n), rows(seed + 1, n), scale=scale)
    opened = with_sequential_interval(fixed, n=observed)
    assert isinstance(opened, Effect)
    assert opened.lower < fixed.lower
    assert opened.upper > fixed.upper
    assert opened.p_value is not None
    assert fixed.p_value is not None
    assert opened.p_value >= fixed.p_value


@pytest.mark.parametrize("method", ["holm", "fdr_bh"])
@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=9))
def test_counting_more_questions_never_makes_one_surer(
    method: str, p_values: dict[str, float]
) -> None:
    adjusted = adjusted_p_values(p_values, method=method)  # type: ignore[arg-type]
    assert set(adjusted) == set(p_values)
    assert all(p_values[name] <= adjusted[name] * (1 + 1e-9) for name in p_values)
    ordered = sorted(p_values, key=lambda name: p_values[name])
    assert all(adjusted[one] <= adjusted[two] * (1 + 1e-9) for one, two in pairwise(ordered))


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=12), st.floats(0, 1e5))
def test_shrinking_never_turns_or_grows_an_effect(estimates: list[float], error: float) -> None:
    amounts = [Decimal(repr(estimate)) for estimate in estimates]
    assert 0 <= james_stein(amounts, [Decimal(repr(error))] * len(amounts)) <= 1


@given(st.lists(st.sampled_from("abcd"), min_size=2, max_size=80), st.floats(0.01, 0.99), seeds)
def test_a_holdout_has_its_share_whatever_the_order(
    labels: list[str], share: float, seed: int
) -> None:
    ids = [f"U{number}" for number in range(len(labels))]
    strata = dict(zip(ids, labels, strict=True))
    drawn = draw_holdout(ids, strata, share=share, seed=seed)
    assert drawn == draw_holdout(ids[::-1], strata, share=share, seed=seed)
    assert abs(len(drawn) - share * len(ids)) < 1 + 1e-9
    for label in set(labels):
        found = sum(strata[unit_id] == label for unit_id in drawn)
        assert abs(found - share * labels.count(label)) < 1 + 1e-9


anything = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from([0.0, 1.0, -1.0])


@st.composite
def any_sample(draw: st.DrawFn) -> Sample:
    names = NAMES[: draw(st.sampled_from([2, 4, 5]))]
    numbers = st.lists(anything, min_size=len(names), max_size=len(names))
    size = st.integers(0, 3) | st.integers(0, 10**9)
    spread = tuple(tuple(draw(numbers)) for _ in names)
    return Sample(draw(size), names, tuple(draw(numbers)), spread)


def assert_sound(outcome: Outcome) -> None:
    if isinstance(outcome, Inconclusive):
        assert outcome.reason.code
        return
    for field in fields(outcome):
        value = getattr(outcome, field.name)
        assert not isinstance(value, float) or math.isfinite(value), field.name
    assert outcome.lower <= outcome.estimate <= outcome.upper


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@given(any_sample(), any_sample(), st.none() | anything)
def test_whatever_is_counted_there_is_an_effect_or_a_reason(
    adjustment: Adjustment, scale: str, treated: Sample, comparison: Sample, share: float | None
) -> None:
    question = replace(QUESTION, scale=scale)
    arms = ArmSamples(treated, comparison, planned_share=share)
    outcome = randomised(arms, question, adjustment=adjustment)
    assert_sound(outcome)
    assert_sound(with_sequential_interval(outcome))


@given(any_sample(), any_sample())
def test_whatever_is_counted_lift_has_figures_or_a_reason(one: Sample, two: Sample) -> None:
    for kind in ("holdout", "matched", "none"):
        found = incremental_lift(ContactSamples(one, two, kind), subject="m.visits")
        if isinstance(found, Lift):
            assert math.isfinite(found.rate)
            if found.incremental_outcomes is not None:
                assert found.incremental_outcomes <= found.gross_outcomes
        else:
            assert found.code
    found = interaction(InteractionSamples(one, two, one, two))
    assert isinstance(found, Message) or math.isfinite(found.estimate)
    change = paired_change(one)
    assert isinstance(change, Message) or math.isfinite(change.p_value)


@given(
    st.integers(0, 10**6),
    st.floats(allow_nan=True),
    anything,
    anything,
    anything,
    st.none() | any_sample(),
)
def test_whatever_is_read_a_quantile_has_an_interval_or_a_reason(
    n: int, level: float, value: float, lower: float, upper: float, indicator: Sample | None
) -> None:
    sample = QuantileSample(n, level, value, lower, upper, indicator=indicator)
    other = QuantileSample(1000, level, 1.0, 0.9, 1.2)
    outcome = randomised_quantile(
        QuantileArms(sample, other, (n, 500), planned_share=0.5), QUESTION
    )
    assert_sound(outcome)

"""Intervals for cycles that are read every night."""

import math
from dataclasses import replace
from datetime import date

import pytest

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.samples import ArmSamples, Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.designs.randomised import randomised
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.sequential import (
    sequential_half_width,
    sequential_p_value,
    tuning,
    with_sequential_interval,
)

QUESTION = Question("m", "visit_rate", Window(date(2026, 1, 1), date(2026, 2, 1)))


def effect(n: int = 1000, shift: float = 0.02, scale: str = "linear") -> Effect:
    names = ("numerator", "denominator")
    arms = (
        Sample(n, names, (0.2 + shift, 1.0), ((0.16, 0.0), (0.0, 0.0))),
        Sample(n, names, (0.2, 1.0), ((0.16, 0.0), (0.0, 0.0))),
    )
    outcome = randomised(ArmSamples(*arms), replace(QUESTION, scale=scale))
    assert isinstance(outcome, Effect)
    return outcome


def test_the_golden_vector_of_the_confidence_sequence() -> None:
    assert tuning(0.05) == pytest.approx(0.0398401, abs=1e-7)
    assert sequential_half_width(0.02, 2000) == pytest.approx(0.0624756, abs=1e-7)


@pytest.mark.parametrize("n", [20, 500, 5000, 100_000])
def test_the_p_value_is_alpha_where_the_interval_touches_zero(n: int) -> None:
    edge = sequential_half_width(0.02, n)
    assert sequential_p_value(edge, 0.02, n) == pytest.approx(0.05)
    assert sequential_p_value(0.0, 0.02, n) == 1.0


def test_an_open_cycle_gets_a_wider_interval_around_the_same_estimate() -> None:
    fixed = effect()
    opened = with_sequential_interval(fixed)
    assert isinstance(opened, Effect)
    assert opened.interval_kind == "sequential"
    assert opened.estimate == fixed.estimate
    assert opened.standard_error == fixed.standard_error
    assert opened.lower < fixed.lower
    assert fixed.upper < opened.upper
    half = sequential_half_width(fixed.standard_error, 2000)
    assert opened.upper - opened.estimate == pytest.approx(half, rel=2e-3)
    assert opened.p_value is not None
    assert fixed.p_value is not None
    assert opened.p_value > fixed.p_value
    assert opened.smallest_detectable is not None
    assert fixed.smallest_detectable is not None
    assert opened.smallest_detectable > fixed.smallest_detectable


def test_the_relative_interval_is_widened_by_the_same_factor() -> None:
    fixed = effect()
    opened = with_sequential_interval(fixed)
    assert isinstance(opened, Effect)
    assert None not in (fixed.relative, fixed.relative_upper, opened.relative_upper)
    factor = (opened.upper - opened.estimate) / (fixed.upper - fixed.estimate)
    widened = fixed.relative + factor * (fixed.relative_upper - fixed.relative)  # type: ignore[operator]
    assert opened.relative_upper == pytest.approx(widened)


def test_the_log_scale_stays_above_minus_one_hundred_percent() -> None:
    opened = with_sequential_interval(effect(n=10, shift=0.1, scale="log"), n=3)
    assert isinstance(opened, Effect)
    assert opened.relative_lower is not None
    assert opened.relative_upper is not None
    assert opened.relative_lower > -1
    assert opened.lower < 0 < opened.upper
    assert math.isfinite(opened.upper)


def test_an_absurdly_wide_log_interval_stays_finite() -> None:
    wide = effect(n=10, shift=0.1, scale="log")
    opened = with_sequential_interval(replace(wide, relative_upper=1e200))
    assert isinstance(opened, Effect)
    assert math.isfinite(opened.upper)
    assert opened.relative_upper is not None
    assert math.isfinite(opened.relative_upper)


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("shift", [0.02, 0.06, 0.12])
def test_the_interval_and_the_p_value_tell_the_same(scale: str, shift: float) -> None:
    opened = with_sequential_interval(effect(n=40, shift=shift, scale=scale))
    assert isinstance(opened, Effect)
    assert opened.p_value is not None
    assert opened.is_clear == (opened.p_value < 0.05)


def test_an_effect_without_a_relative_change_keeps_none() -> None:
    bare = replace(effect(), relative=None, relative_lower=None, relative_upper=None)
    opened = with_sequential_interval(bare)
    assert isinstance(opened, Effect)
    assert opened.relative_lower is None


def test_what_has_no_interval_stays_as_it_is() -> None:
    nothing = Inconclusive("m", "visit_rate", Message("no_data"))
    assert with_sequential_interval(nothing) is nothing
    exact = replace(effect(), standard_error=0.0)
    assert with_sequential_interval(exact) is exact


def test_a_log_effect_without_its_relative_interval_is_widened_as_it_stands() -> None:
    bare = replace(effect(scale="log"), relative_lower=None, relative_upper=None)
    opened = with_sequential_interval(bare)
    assert isinstance(opened, Effect)
    assert opened.lower < bare.lower

"""One kernel: the same estimate, error and degrees of freedom give the same figures in any design."""

import ast
import math
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_histories import simulated
from small_panels import ask, clinics, module_of

from roi_pipeline.domain.effects import Design, Effect
from roi_pipeline.domain.samples import ArmSamples, QuantileArms, QuantileSample, Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats import choice, evaluate
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.designs.randomised import randomised
from roi_pipeline.stats.designs.registry import RUNS, run_design
from roi_pipeline.stats.effect import Case, Question
from roi_pipeline.stats.inference import (
    Comparison,
    Difference,
    Estimate,
    Interval,
    critical_value,
    infer,
    minimum_detectable_effect,
    relative_limits,
    relative_variance,
    t_interval,
    widest_relative_variance,
)
from roi_pipeline.stats.lifetime_level import FittedLifetime, fit_lifetime
from roi_pipeline.stats.lifetime_outcome import randomised_lifetime_value
from roi_pipeline.stats.quantiles import quantile_level, randomised_quantile
from roi_pipeline.stats.ratio import RATIO, Level, level_of

STATS = Path(__file__).parents[2] / "roi_pipeline" / "stats"
LATE = cycle_from_key("2027", as_of=date(2028, 2, 1))
QUESTION = Question("m", "rate", Window(date(2026, 1, 1), date(2026, 7, 1)))
SYNTHETIC = ("synthetic_control", "synthetic_difference_in_differences")
ROLL_OUT: dict[str, list[int | None]] = {
    "staggered": [None] * 20 + [100] * 5 + [104] * 5,
    **dict.fromkeys(SYNTHETIC, [None] * 29 + [100]),
}
PANEL_DESIGNS = sorted(RUNS)
SAMPLE_DESIGNS = ("randomised", "quantile", "lifetime")


def case_of(design: str) -> Case:
    panel = clinics(
        n=30, weeks=116, go_live=ROLL_OUT.get(design, [None] * 20 + [100] * 10), effect=0.05
    )
    module = module_of(panel)
    return evaluate._case(module, LATE, ask(panel, module))


@cache
def panel_answer(design: Design) -> tuple[Effect, Estimate]:
    case = case_of(design)
    assert case.cut is not None
    result = run_design(design, case.cut, case.question, confidence=0.95)
    assert not isinstance(result, Message), result
    facts = choice.count_facts(case.module, case.question, case.cut)
    effect = evaluate._attempt(case, facts, design, {})
    assert isinstance(effect, Effect)
    return effect, result.estimate if isinstance(result, Controlled) else result


def arm(seed: int, shift: float) -> Sample:
    random = np.random.default_rng(seed)
    below = random.poisson(20, 12) + 1.0
    values = np.array([below * random.normal(0.5 + shift, 0.02, 12), below])
    return Sample(12, RATIO, tuple(values.mean(axis=1)), tuple(map(tuple, np.cov(values))))


@cache
def sample_answer(design: str) -> tuple[Effect, float | None]:
    """The effect, and the relative variance of the two levels it compares."""
    if design == "randomised":
        arms = ArmSamples(arm(1, 0.1), arm(2, 0.0))
        levels = (level_of(arms.treated), level_of(arms.comparison))
        outcome = randomised(arms, QUESTION)
    elif design == "quantile":
        quantiles = (
            QuantileSample(900, 0.9, 11.0, 10.6, 11.5),
            QuantileSample(900, 0.9, 10.0, 9.7, 10.4),
        )
        levels = (quantile_level(quantiles[0]), quantile_level(quantiles[1]))
        outcome = randomised_quantile(QuantileArms(*quantiles, (60, 60)), QUESTION)
    else:
        histories = (simulated(1, 1000, value=1.3), simulated(2, 1000))
        fits = [fit_lifetime(one, periods=26) for one in histories]
        assert all(isinstance(fit, FittedLifetime) for fit in fits), fits
        levels = (fits[0].level, fits[1].level)  # type: ignore[union-attr]
        outcome = randomised_lifetime_value(*histories, QUESTION, periods=26)
    assert isinstance(outcome, Effect), outcome
    first, second = levels
    assert isinstance(first, Level)
    assert isinstance(second, Level)
    variances = (first.variance, second.variance)
    return outcome, relative_variance((first.value, second.value), variances)


def kernel_again(effect: Effect, relative: float | None) -> Comparison:
    """The kernel asked with nothing but the effect's estimate, error and degrees of freedom."""
    assert effect.post_value is not None
    assert effect.counterfactual_value is not None
    assert effect.p_value is not None
    resampled = Interval(effect.lower, effect.upper, effect.p_value, effect.interval_kind)
    found = infer(
        Difference(
            effect.post_value,
            effect.counterfactual_value,
            effect.standard_error**2,
            relative,
            effect.degrees_of_freedom or math.inf,
            (effect.n_treated, effect.n_units - effect.n_treated),
            estimated=effect.estimate,
        ),
        interval=None if effect.interval_kind == "fixed" else resampled,
    )
    assert isinstance(found, Comparison)
    return found


def figures(of: Effect | Comparison) -> list[float | None]:
    return [
        of.estimate, of.lower, of.upper, of.standard_error, of.p_value,
        of.relative, of.relative_lower, of.relative_upper,
        of.minimum_detectable_effect if isinstance(of, Comparison) else of.smallest_detectable,
    ]  # fmt: skip


def test_every_panel_design_of_the_registry_is_asked() -> None:
    sampled = {"randomised", "matched_comparison", "vendor_counter"}
    assert set(PANEL_DESIGNS) == set(choice.ORDER) - sampled
    assert len(PANEL_DESIGNS) == 9


@pytest.mark.parametrize("design", PANEL_DESIGNS)
def test_a_panel_effect_is_what_the_kernel_says_of_its_estimate(design: Design) -> None:
    effect, estimate = panel_answer(design)
    again = kernel_again(effect, estimate.difference().relative_variance)
    assert figures(effect) == pytest.approx(figures(again), rel=1e-12)


@pytest.mark.parametrize("design", SAMPLE_DESIGNS)
def test_a_sampled_effect_is_what_the_kernel_says_of_its_levels(design: str) -> None:
    effect, relative = sample_answer(design)
    assert figures(effect) == pytest.approx(figures(kernel_again(effect, relative)), rel=1e-12)


@pytest.mark.parametrize("design", [*PANEL_DESIGNS, *SAMPLE_DESIGNS])
def test_detectable_effects_are_by_t_with_the_estimates_own_degrees_of_freedom(
    design: Design,
) -> None:
    effect = (sample_answer if design in SAMPLE_DESIGNS else panel_answer)(design)[0]
    df = effect.degrees_of_freedom
    assert df is not None
    expected = minimum_detectable_effect(effect.standard_error, df)
    assert effect.smallest_detectable == pytest.approx(expected)


@given(
    st.floats(-10, 10).filter(lambda x: abs(x) > 1e-3), st.floats(0.01, 5),
    st.floats(1, 500), st.floats(11, 50),
)  # fmt: skip
def test_the_same_numbers_in_any_design_give_the_same_figures(
    change: float, error: float, df: float, post: float
) -> None:
    levels = (post, post - change)
    plain = infer(
        Difference(*levels, error**2, widest_relative_variance(levels, error**2), df, (1, 1))
    )
    assert isinstance(plain, Comparison)
    for design in PANEL_DESIGNS:
        estimate = replace(
            panel_answer(design)[1],
            estimate=change,
            standard_error=error,
            degrees_of_freedom=df,
            interval=t_interval(change, error, df, 0.95),
            post_value=post,
            relative_variance=None,
        )
        found = infer(estimate.difference(), interval=estimate.interval)
        assert isinstance(found, Comparison)
        assert figures(found) == pytest.approx(figures(plain), rel=1e-6)


@given(
    st.floats(-5, 5), st.floats(0.01, 5), st.floats(0.01, 5), st.floats(0.1, 9), st.floats(0.1, 3)
)
def test_both_intervals_exclude_no_change_together(
    estimate: float, below: float, above: float, level: float, stretch: float
) -> None:
    limits = (estimate - below, estimate + above)
    relative = relative_limits(estimate, limits, level, stretch / level)
    assert [end > 0 for end in relative] == [end > 0 for end in limits]
    assert relative[0] <= estimate / level <= relative[1]


@given(st.floats(0.1, 9), st.floats(0.1, 9), st.floats(0, 4), st.floats(0, 4))
def test_an_unknown_split_is_never_narrower_than_any_split_of_independent_errors(
    post: float, counterfactual: float, of_post: float, of_counterfactual: float
) -> None:
    levels = (post, counterfactual)
    known = relative_variance(levels, (of_post, of_counterfactual))
    widest = widest_relative_variance(levels, of_post + of_counterfactual)
    assert known is not None
    assert widest is not None
    assert known <= widest * (1 + 1e-9)


def test_a_rise_is_known_less_well_against_its_counterfactual_than_its_limits_suggest() -> None:
    rise = infer(Difference(1.5, 1.0, 0.01, widest_relative_variance((1.5, 1.0), 0.01), 50, (9, 9)))
    assert isinstance(rise, Comparison)
    assert rise.relative_upper == pytest.approx(0.5 + 1.5 * critical_value(0.95, 50) * 0.1)
    assert rise.relative_upper > rise.upper / 1.0


FORBIDDEN = {"stdtrit", "ndtri", "ppf", "isf", "inv_cdf", "t_test", "nctdtrit"}
LITERALS = (1.6449, 1.96, 2.5758, 2.8016)


def quantiles_in(path: Path) -> list[str]:
    """Calls of quantile functions, and their values written out."""
    found = list[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(node, "attr", getattr(node, "id", None))
        if name in FORBIDDEN:
            found.append(f"{path.name}: {name}")
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            found += [
                f"{path.name}: {node.value}" for one in LITERALS if abs(node.value - one) < 1e-3
            ]
    return found


def test_no_other_module_computes_a_quantile() -> None:
    modules = sorted(STATS.rglob("*.py"))
    assert len(modules) > 40
    assert len(quantiles_in(STATS / "inference.py")) > 0
    others = [path for path in modules if path.name != "inference.py"]
    assert [found for path in others for found in quantiles_in(path)] == []

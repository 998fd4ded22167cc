"""What must hold for every panel, whatever the figures."""

from array import array
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roi_pipeline.domain.effects import Design, Effect, Inconclusive, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import DesignChoice, Module, PoolMetric, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats import evaluate_module
from roi_pipeline.stats.designs.before_after import before_after
from roi_pipeline.stats.designs.difference_in_differences import difference_in_differences
from roi_pipeline.stats.evaluate import evaluate_metric
from roi_pipeline.stats.panels import cut_panel

NAME = Text({"en": "law"})
FIRST = date(2025, 1, 6)
CYCLE = cycle_from_key("2025", as_of=date(2026, 1, 20))
METRIC = Metric("visit_rate", "t", "n", "d", "up", "rate", 1, "ops", NAME, NAME)
seeds = st.integers(0, 10_000)
quick = settings(max_examples=15, deadline=None)


def panel_of(values: np.ndarray, weights: np.ndarray, first: list[int | None]) -> Panel:
    starts = tuple(FIRST + timedelta(weeks=week) for week in range(values.shape[1]))
    return Panel(
        tuple(f"U{unit:02}" for unit in range(len(values))),
        starts,
        "week",
        array("d", (values * weights).ravel()),
        array("d", weights.ravel()),
        tuple(None if week is None else starts[week] for week in first),
    )


def random_panel(seed: int, *, first: list[int | None] | None = None) -> Panel:
    rng = np.random.default_rng(seed)
    n, weeks = 16, 40
    values = rng.normal(0.4, 0.05, (n, weeks)) + rng.normal(0, 0.05, n)[:, None]
    weights = rng.poisson(rng.lognormal(3, 0.8, n)[:, None] * np.ones(weeks)) + 1.0
    return panel_of(values, weights, first or [None] * 6 + [20] * 5 + [26] * 5)


def module_of(
    panel: Panel, pool: tuple[str, ...] = ("visit_rate",), *, design: Design | None = None
) -> Module:
    go_live = {u: day for u, day in zip(panel.unit_ids, panel.go_live, strict=True) if day}
    entries = tuple(PoolMetric(metric_id, "goal") for metric_id in pool)
    rollout, choice = Rollout("unit", go_live), DesignChoice(design=design)
    return Module("law", NAME, NAME, "ops", rollout, entries, design=choice)


def outcome_of(panel: Panel, *, metric: Metric = METRIC, design: Design | None = None) -> Outcome:
    module = module_of(panel, design=design)
    history = Window(FIRST, date(2026, 1, 1))
    return evaluate_metric(module, CYCLE, MetricQuestion(metric, module.pool[0], panel, history))


def effect_of(panel: Panel) -> Effect:
    outcome = outcome_of(panel)
    assert isinstance(outcome, Effect)
    return outcome


@quick
@given(seeds, st.floats(0.01, 1000))
def test_rescaling_a_metric_rescales_its_effect(seed: int, scale: float) -> None:
    panel = random_panel(seed)
    larger = replace(panel, numerators=array("d", [value * scale for value in panel.numerators]))
    small, large = effect_of(panel), effect_of(larger)
    assert large.estimate == pytest.approx(small.estimate * scale, rel=1e-6, abs=1e-12 * scale)
    assert large.upper == pytest.approx(small.upper * scale, rel=1e-3, abs=1e-4 * scale)
    assert large.relative == pytest.approx(small.relative, rel=1e-6, abs=1e-12)


@quick
@given(seeds)
def test_a_common_shift_of_the_level_changes_nothing(seed: int) -> None:
    panel = random_panel(seed)
    pairs = zip(panel.numerators, panel.denominators, strict=True)
    lifted = replace(panel, numerators=array("d", [n + 5 * d for n, d in pairs]))
    assert effect_of(lifted).estimate == pytest.approx(effect_of(panel).estimate, abs=1e-9)


@quick
@given(seeds)
def test_other_names_and_another_year_change_nothing(seed: int) -> None:
    """364 days later, with every unit called otherwise in the same order; draws follow the cycle."""
    panel = random_panel(seed)
    later = timedelta(days=364)
    moved = replace(
        panel,
        unit_ids=tuple(f"店{number:02}" for number in range(len(panel.unit_ids))),
        period_starts=tuple(start + later for start in panel.period_starts),
        go_live=tuple(day and day + later for day in panel.go_live),
    )
    module = module_of(moved)
    cycle = cycle_from_key("2026", as_of=CYCLE.observed.end + timedelta(days=384))
    history = Window(FIRST + later, date(2027, 1, 1))
    question = MetricQuestion(METRIC, module.pool[0], moved, history)
    found, plain = evaluate_metric(module, cycle, question), effect_of(panel)
    assert isinstance(found, Effect)
    for name in ("estimate", "standard_error", "relative", "post_value", "n_units", "design"):
        assert getattr(found, name) == getattr(plain, name), name
    assert found.degrees_of_freedom == plain.degrees_of_freedom
    assert {each.check for each in found.findings} == {each.check for each in plain.findings}


@quick
@given(seeds)
def test_every_unit_twice_leaves_the_effect_and_takes_its_error_down_as_it_must(seed: int) -> None:
    """Of n units alike in weight the variance of a mean is Σe² ÷ n(n − 1), of two of each 2Σe² ÷ 2n(2n − 1)."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0.4, 0.05, (16, 40)) + rng.normal(0, 0.05, 16)[:, None]
    first: list[int | None] = [None] * 8 + [20] * 8
    once = effect_of(panel_of(values, np.ones_like(values), first))
    both = np.concatenate([values, values])
    twice = effect_of(panel_of(both, np.ones_like(both), first + first))
    assert twice.n_units == 2 * once.n_units == 32
    assert twice.estimate == pytest.approx(once.estimate, rel=1e-9, abs=1e-12)
    assert twice.standard_error == pytest.approx(once.standard_error * (7 / 15) ** 0.5, rel=1e-9)


@quick
@given(seeds)
def test_a_calendar_shock_that_hits_everybody_changes_nothing(seed: int) -> None:
    panel = random_panel(seed)
    n, weeks = panel.shape
    shock = np.tile(np.random.default_rng(seed + 1).normal(0, 1, weeks), n)
    values = np.frombuffer(panel.numerators) + shock * np.frombuffer(panel.denominators)
    shocked = replace(panel, numerators=array("d", values))
    assert effect_of(shocked).estimate == pytest.approx(effect_of(panel).estimate, abs=1e-9)


@quick
@given(seeds, seeds)
def test_the_order_of_units_does_not_matter(seed: int, shuffle: int) -> None:
    panel = random_panel(seed)
    order = np.random.default_rng(shuffle).permutation(16)
    mixed = replace(
        panel,
        numerators=array("d", np.frombuffer(panel.numerators).reshape(16, -1)[order].ravel()),
        denominators=array("d", np.frombuffer(panel.denominators).reshape(16, -1)[order].ravel()),
        go_live=tuple(panel.go_live[unit] for unit in order),
    )
    assert effect_of(mixed).estimate == pytest.approx(effect_of(panel).estimate, abs=1e-12)
    assert effect_of(mixed).standard_error == pytest.approx(effect_of(panel).standard_error)


@quick
@given(seeds, st.floats(-0.2, 0.2))
def test_a_planted_step_is_added_to_the_effect(seed: int, step: float) -> None:
    panel = random_panel(seed)
    _, weeks = panel.shape
    first = np.array([weeks if d is None else panel.period_starts.index(d) for d in panel.go_live])
    live = (np.arange(weeks) >= first[:, None]).ravel()
    values = np.frombuffer(panel.numerators) + step * live * np.frombuffer(panel.denominators)
    raised = replace(panel, numerators=array("d", values))
    assert effect_of(raised).estimate == pytest.approx(effect_of(panel).estimate + step, abs=1e-9)


@quick
@given(seeds)
def test_swapping_the_windows_flips_the_sign(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(1, 0.1, (12, 20)), np.ones((12, 20))
    backwards = values[:, ::-1]
    for first, run in (
        ([10] * 12, before_after),
        ([None] * 6 + [10] * 6, difference_in_differences),
    ):
        found = []
        for one in (values, backwards):
            panel = panel_of(one, weights, first)
            cut = cut_panel(panel, module_of(panel), CYCLE)
            result = run(cut)
            found.append(result if isinstance(result.estimate, float) else result.estimate)
        assert found[0].estimate == pytest.approx(-found[1].estimate, abs=1e-12)


@quick
@given(seeds)
def test_adding_a_metric_never_changes_another(seed: int) -> None:
    one, two = random_panel(seed), random_panel(seed + 1)
    history = Window(FIRST, date(2026, 1, 1))
    other = replace(METRIC, id="reply_rate")
    module = module_of(one, ("visit_rate", "reply_rate"))
    first = MetricQuestion(METRIC, module.pool[0], one, history)
    second = MetricQuestion(other, module.pool[1], two, history)
    alone = evaluate_module(module, CYCLE, {"visit_rate": first}).effect("visit_rate")
    both = evaluate_module(module, CYCLE, {"visit_rate": first, "reply_rate": second})
    beside = both.effect("visit_rate")
    assert alone is not None and beside is not None  # noqa: PT018 - one guard for the types
    assert (alone.estimate, alone.lower, alone.upper, alone.p_value) == (
        beside.estimate,
        beside.lower,
        beside.upper,
        beside.p_value,
    )


@quick
@given(seeds)
def test_the_same_question_has_the_same_answer_to_the_last_digit(seed: int) -> None:
    assert repr(outcome_of(random_panel(seed))) == repr(outcome_of(random_panel(seed)))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 30), st.data())
def test_whatever_comes_an_outcome_leaves_and_never_nan(
    n: int, weeks: int, data: st.DataObject
) -> None:
    figures = st.one_of(st.just(0.0), st.just(float("nan")), st.floats(-1e6, 1e6))
    cells = st.lists(figures, min_size=n * weeks, max_size=n * weeks)
    starts = tuple(FIRST + timedelta(weeks=week) for week in range(weeks))
    live = st.one_of(
        st.none(), st.integers(-3, weeks + 3).map(lambda w: FIRST + timedelta(weeks=w))
    )
    panel = Panel(
        tuple(f"U{unit}" for unit in range(n)),
        starts,
        "week",
        array("d", data.draw(cells)),
        array("d", [abs(value) for value in data.draw(cells)]),
        tuple(data.draw(st.lists(live, min_size=n, max_size=n))),
    )
    outcome = outcome_of(panel)
    assert isinstance(outcome, Effect | Inconclusive)
    if isinstance(outcome, Effect):
        figures_out = (outcome.estimate, outcome.lower, outcome.upper, outcome.standard_error)
        assert np.isfinite(figures_out).all()
        assert outcome.lower <= outcome.upper


ODD = st.one_of(st.just(0.0), st.just(1.0), st.just(float("nan")), st.floats(-1e9, 1e9))


@pytest.mark.parametrize(
    "design",
    ["time_based_regression", "structural_series", "synthetic_control",
     "synthetic_difference_in_differences", "two_way_fixed_effects", "seasonal_before_after"],
)  # fmt: skip
@settings(max_examples=40, deadline=None)
@given(seed=seeds, n=st.integers(2, 9), live=st.integers(0, 45), odd=st.lists(ODD, max_size=60))
def test_a_declared_design_answers_or_says_why_whatever_the_figures(
    design: Design, seed: int, n: int, live: int, odd: list[float]
) -> None:
    """Ordinary weeks with odd ones strewn in: constant, missing, huge, all the same."""
    rng = np.random.default_rng(seed)
    weeks = 50
    values = rng.normal(0.4, 0.05, (n, weeks)) * rng.choice([0.0, 1.0, 1e6])
    weights = rng.poisson(2.0, (n, weeks)).astype(float)
    for value in odd:
        values[rng.integers(n), rng.integers(weeks)] = value
    first: list[int | None] = [live, *[None] * (n - 2), rng.choice([None, live])]
    outcome = outcome_of(panel_of(values, weights, first), design=design)
    assert isinstance(outcome, Effect | Inconclusive)
    if isinstance(outcome, Effect):
        figures = (outcome.estimate, outcome.lower, outcome.upper, outcome.standard_error)
        assert np.isfinite(figures).all()
        assert outcome.lower <= outcome.upper

"""What an experiment with an end brought in: closed forms, and nothing after its end counts."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from scipy import stats
from small_panels import CYCLE, ask, clinics, module_of, week

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.modules import DesignChoice, Rollout
from roi_pipeline.domain.samples import Panel
from roi_pipeline.stats.evaluate import evaluate_metric
from roi_pipeline.stats.incremental import incremental_return

sys.path.insert(0, str(Path(__file__).parents[2] / "recovery"))
from test_short_baselines import World, study

END = 40


def _after(panel: Panel, factor: float) -> Panel:
    """The panel with everything from the end on multiplied."""
    numerators = panel.numerators[:]
    n_periods = len(panel.period_starts)
    for place in range(len(numerators)):
        if place % n_periods >= END:
            numerators[place] *= factor
    return replace(panel, numerators=numerators)


def _outcome(panel: Panel, **design: int) -> Effect:
    live = {unit: day for unit, day in zip(panel.unit_ids, panel.go_live, strict=True) if day}
    module = module_of(
        panel, rollout=Rollout("clinic", live, end=week(END)), design=DesignChoice(**design)
    )
    found = evaluate_metric(module, CYCLE, ask(panel, module))
    assert isinstance(found, Effect)
    return found


def test_nothing_after_the_end_of_an_experiment_counts() -> None:
    panel = clinics()
    effect, other = _outcome(panel), _outcome(_after(panel, 1.7))
    assert effect.post.end == week(END)
    assert (effect.estimate, effect.lower, effect.upper) == (
        other.estimate, other.lower, other.upper,
    )  # fmt: skip
    assert effect.incremental == other.incremental


def test_days_of_the_cool_down_count_where_the_module_says_so() -> None:
    panel = clinics()
    longer = _outcome(panel, counted_cool_down_days=14)
    assert longer.post.end == week(END + 2)
    assert longer.estimate != _outcome(_after(panel, 1.7), counted_cool_down_days=14).estimate


def test_bounds_are_those_of_the_closed_form() -> None:
    effect = study(World(42, 21, 2, effect=5.0), 3)
    found = effect.incremental
    assert found is not None
    assert (found.volume, found.spend) == (21, 50)
    assert found.outcome == pytest.approx(21 * effect.estimate, rel=1e-12)
    one = stats.t.ppf(0.95, effect.degrees_of_freedom) * effect.standard_error
    assert found.at_least == pytest.approx(21 * (effect.estimate - one), rel=1e-9)
    two = stats.t.ppf(0.975, effect.degrees_of_freedom) * effect.standard_error
    assert found.per_spend(found.lower) == pytest.approx(21 * (effect.estimate - two) / 50)
    assert found.cost_of_one(found.at_least) == pytest.approx(50 / (21 * (effect.estimate - one)))


def test_a_cost_has_no_upper_bound_where_the_outcome_may_be_nothing() -> None:
    effect = study(World(42, 21, 2), 3)
    found = incremental_return(effect, 21.0, 50.0)
    assert found.lower < 0
    assert found.cost_of_one(found.lower) is None
    assert found.per_spend(found.lower) is not None


def test_the_baseline_before_an_experiment_is_graded_not_refused() -> None:
    effect = study(World(28, 14, 2), 1)
    assert (effect.design, effect.grade) == ("time_based_regression", "D")
    failed = [finding.message for finding in effect.findings if not finding.passed]
    short = [each for each in failed if each.code == "baseline_shorter_than_three_posts"]
    assert [(each.values["baseline"], each.values["post"]) for each in short] == [(28, 14)]
    assert effect.baseline is not None
    assert effect.baseline.end + timedelta(days=14) == effect.post.end
    assert effect.post.end == date(2026, 2, 16)

"""Trials with a known answer: nothing is called rarely, what is planted is found, a fault is noticed."""

from array import array
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.selftests import DesignScore
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.selftest import (
    PanelSource,
    Trial,
    UnitSource,
    _planted,
    run_shape,
    score_trials,
)

NAME = Text({"en": "x"})
METRIC = Metric("rate", "metrics.t", "n", "d", "up", "rate", 1, "o", NAME, NAME)
POOL = PoolMetric("rate", "goal")
MODULE = Module("m", NAME, NAME, "o", Rollout("store"), (POOL,))
FIRST = date(2026, 1, 5)


def panel(*, trend: float = 0.0, units: int = 24, weeks: int = 26, seed: int = 1) -> Panel:
    rng = np.random.default_rng(seed)
    calls = rng.integers(200, 900, (units, 1)) + np.zeros((units, weeks))
    level = 0.3 + rng.normal(0, 0.04, (units, 1)) + rng.normal(0, 0.015, (units, weeks))
    level = level + trend * np.arange(weeks)
    return Panel(
        tuple(f"U{number:02}" for number in range(units)),
        tuple(FIRST + timedelta(weeks=week) for week in range(weeks)),
        "week",
        array("d", (level * calls).ravel().tolist()),
        array("d", calls.ravel().tolist()),
        (None,) * units,
    )


def source(**world: float) -> PanelSource:
    return PanelSource(MODULE, POOL, METRIC, panel(**world), {}, ())  # type: ignore[arg-type]


def score(shape: str, design: str, *, replications: int = 80, **world: float) -> DesignScore:
    nulls, planted = run_shape(shape, [source(**world)], replications=replications, seed=11)  # type: ignore[arg-type]
    return next(each for each in score_trials(nulls, planted) if each.design == design)


@pytest.mark.parametrize(
    ("shape", "design"),
    [("randomised", "randomised"), ("half", "difference_in_differences"), ("steps", "staggered")],
)
def test_sound_designs_call_little_of_nothing_and_find_what_is_planted(
    shape: str, design: str
) -> None:
    found = score(shape, design)
    assert (found.n_null, found.n_planted) == (160, 80)
    assert found.is_within_limits
    assert found.false_positive_rate is not None
    assert found.false_positive_rate < 0.12
    assert found.power is not None
    assert found.power > 0.9  # four standard errors
    assert found.coverage is not None
    assert found.coverage > 0.88
    assert found.bias is not None
    assert found.bias_error is not None
    assert abs(found.bias) < 4 * found.bias_error


def test_a_design_that_the_calendar_deceives_is_found_outside_the_limits() -> None:
    found = score("everyone", "before_after", replications=40, trend=0.004)
    assert found.false_positive_rate is not None
    assert found.false_positive_rate > 0.9
    assert found.is_within_limits is False
    assert not found.is_controlled


def test_the_same_seed_deals_the_same_trials_and_another_seed_others() -> None:
    first = run_shape("half", [source()], replications=6, seed=3)
    again = run_shape("half", [source()], replications=6, seed=3)
    other = run_shape("half", [source()], replications=6, seed=4)
    assert estimates(first[0]) == estimates(again[0])
    assert estimates(first[0]) != estimates(other[0])


def estimates(trials: list[Trial]) -> list[float]:
    return [trial.effect.estimate for trial in trials if trial.effect]


def test_an_effect_on_a_log_scale_is_planted_as_a_share_of_every_value() -> None:
    live = replace(panel(), go_live=(FIRST + timedelta(weeks=20),) + (None,) * 23)
    changed, truth = _planted(live, 0.03, is_multiplied=True)
    before = np.array(live.numerators).reshape(live.shape)
    after = np.array(changed.numerators).reshape(live.shape)
    shares = after[0, 20:] / before[0, 20:]
    assert np.ptp(shares) < 1e-12
    assert shares[0] > 1.05
    assert (after[1:] == before[1:]).all()
    assert (after[0, :20] == before[0, :20]).all()
    assert truth == pytest.approx(0.03)


def test_one_arm_of_a_hold_out_is_dealt_into_two_that_are_alike() -> None:
    rng = np.random.default_rng(2)
    sent = rng.integers(1, 9, 900).astype(float)
    came = rng.binomial(sent.astype(int), 0.2).astype(float)
    arm = UnitSource(
        MODULE, POOL, METRIC, Window(FIRST, FIRST + timedelta(days=60)),
        array("d", came.tolist()), array("d", sent.tolist()),
    )  # fmt: skip
    nulls, planted = run_shape("randomised", [arm], replications=150, seed=1)
    (found,) = score_trials(nulls, planted)
    assert found.design == "randomised"
    assert found.is_within_limits
    assert found.power is not None
    assert found.power > 0.9


def test_a_trial_without_an_answer_is_in_no_score() -> None:
    constant = replace(panel(), numerators=array("d", [0.0] * (24 * 26)))
    nulls, planted = run_shape("half", [replace(source(), panel=constant)], replications=4, seed=1)
    assert [trial.effect for trial in nulls] == [None] * 8
    assert planted == []
    assert score_trials(nulls, planted) == ()


def test_few_units_are_treated_only_where_donors_are_left() -> None:
    assert "few" in source().shapes
    assert "few" not in replace(source(), panel=panel(units=8)).shapes
    nulls, _ = run_shape("few", [source()], replications=6, seed=1)
    treated = {trial.effect.n_treated for trial in nulls if isinstance(trial.effect, Effect)}
    assert treated <= {1, 2, 3}

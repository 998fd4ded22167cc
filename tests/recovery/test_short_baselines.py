"""Experiments of days with an end: short baselines, one to three controls, a cool-down; 1,000 studies a row.

Seeds the designs were not tuned on; `roi_pipeline/stats/README.md` holds the table.
"""

from array import array
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import DesignChoice, Module, PoolMetric, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats.evaluate import evaluate_metric

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
STUDIES, BASE = 1_000, 20290512
NAME = Text({"en": "simulated"})
FIRST, AFTER = date(2026, 1, 5), 14
METRIC = Metric("sales", "t", "n", "d", "up", "count", 1, "ops", NAME, NAME)
CYCLE = cycle_from_key("2026-Q1", as_of=date(2026, 6, 1))


@dataclass(frozen=True)
class World:
    """Days before and in the experiment; controls follow what the treated series follows."""

    baseline: int
    post: int
    n_controls: int
    effect: float = 0.0
    correlation: float = 0.3


def _panel(values: Any, go_live: date | None, days: tuple[date, ...]) -> Panel:
    return Panel(
        ("one",), days, "day", array("d", values), array("d", np.ones(len(days))), (go_live,)
    )


def study(world: World, seed: int, *, after: float = 0.0) -> Effect:
    """One experiment; `after` is what its cool-down adds, which nothing may rest on."""
    rng = np.random.default_rng([BASE, seed])
    n = world.baseline + world.post + AFTER
    days = tuple(FIRST + timedelta(days=number) for number in range(n))
    weekday = np.array([day.weekday() for day in days])
    common = 100 + 15 * np.isin(weekday, (5, 6)) + 6 * np.cumsum(rng.normal(0, 0.3, n))
    noise = rng.normal(0, 3, (1 + world.n_controls, n))
    for day in range(1, n):
        noise[:, day] += world.correlation * noise[:, day - 1]
    treated = common + noise[0]
    treated[world.baseline : world.baseline + world.post] += world.effect
    treated[world.baseline + world.post :] += after
    start, end = days[world.baseline], days[world.baseline + world.post]
    module = Module(
        "m", NAME, NAME, "ops",
        Rollout("unit", everywhere_from=start, end=end, spend_amount=Decimal(50)),
        (PoolMetric("sales", "goal"),),
        design=DesignChoice(period="day", control_metrics=("a", "b", "c")[: world.n_controls]),
    )  # fmt: skip
    controls = {
        name: _panel((2 + number) * common + (2 + number) * noise[1 + number], None, days)
        for number, name in enumerate(module.design.control_metrics)
    }
    question = MetricQuestion(
        METRIC, module.pool[0], _panel(treated, start, days), Window(days[0], days[-1]),
        controls=controls,
    )  # fmt: skip
    outcome = evaluate_metric(module, CYCLE, question)
    assert isinstance(outcome, Effect), outcome
    return outcome


ROWS = [
    World(28, 14, 1), World(28, 14, 3), World(42, 21, 1), World(42, 21, 2), World(42, 21, 3),
    World(60, 14, 2), World(60, 56, 2),
]  # fmt: skip


@pytest.mark.parametrize(
    "world", ROWS, ids=lambda row: f"{row.baseline}-{row.post}-{row.n_controls}"
)
@pytest.mark.parametrize("effect", [0.0, 5.0], ids=["null", "planted"])
def test_the_interval_covers_what_was_planted(world: World, effect: float) -> None:
    planted = World(world.baseline, world.post, world.n_controls, effect)
    effects = [study(planted, seed) for seed in range(STUDIES)]
    assert {each.design for each in effects} == {"time_based_regression"}
    covered = sum(each.lower <= effect <= each.upper for each in effects) / STUDIES
    assert 0.93 <= covered <= 0.97
    if world.baseline < 3 * world.post:
        assert {each.grade for each in effects} == {"D"}

"""Staggered roll-outs with effects that grow over time: covered by group-time effects, not by two-way ones.

1,000 studies a row, at seeds the design was not tuned on; `roi_pipeline/stats/README.md` holds the table.
"""

from array import array
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest

from roi_pipeline.domain.modules import DesignChoice, Module, PoolMetric, Rollout
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import cycle_from_key
from roi_pipeline.stats.designs.group_time import group_time
from roi_pipeline.stats.designs.two_way_fixed_effects import two_way_fixed_effects
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.panels import Cut, cut_panel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
STUDIES, BASE = 1_000, 20280119
NAME = Text({"en": "simulated"})
FIRST, WEEKS, STARTS = date(2025, 1, 6), 24, (10, 14, 18)
CYCLE = cycle_from_key("2025", as_of=date(2026, 1, 1))


@dataclass(frozen=True)
class World:
    """One kind of roll-out; the effect grows by `growth` a week and differs by cohort."""

    n: int
    effect: float = 0.0
    growth: float = 0.0
    is_heavy: bool = False
    correlation: float = 0.3


def simulate(world: World, seed: int) -> tuple[Cut, float]:
    """A cut panel and the group aggregate of the population it is drawn from."""
    rng = np.random.default_rng([BASE, seed])
    first = rng.choice([*STARTS, WEEKS], world.n)  # which units go when is drawn as well
    noise = (
        rng.standard_t(4, (world.n, WEEKS))
        if world.is_heavy
        else rng.normal(0, 1, (world.n, WEEKS))
    )
    for week in range(1, WEEKS):
        noise[:, week] += world.correlation * noise[:, week - 1]
    index = np.arange(WEEKS)
    since = index - first[:, None]
    cohort = np.select([first == start for start in STARTS], [1.5, 1.0, 0.5], 0.0)[:, None]
    true = np.where(since >= 0, world.effect * cohort + world.growth * cohort * since, 0.0)
    values = noise + rng.normal(0, 2, world.n)[:, None] + 0.1 * index + true
    weights = zip(STARTS, (1.5, 1.0, 0.5), strict=True)
    by_cohort = [
        weight * (world.effect + world.growth * (WEEKS - 1 - start) / 2)
        for start, weight in weights
    ]
    starts = tuple(FIRST + timedelta(weeks=int(week)) for week in index)
    panel = Panel(
        tuple(f"U{unit:03}" for unit in range(world.n)), starts, "week",
        array("d", values.ravel()), array("d", np.ones(values.size)),
        tuple(starts[week] if week < WEEKS else None for week in first),
    )  # fmt: skip
    module = Module(
        "simulated", NAME, NAME, "ops", Rollout("unit"), (PoolMetric("m", "goal"),),
        design=DesignChoice(base="last_period"),
    )  # fmt: skip
    cut = cut_panel(panel, module, CYCLE, seed=seed)
    assert isinstance(cut, Cut)
    return cut, float(np.mean(by_cohort))


def shares(world: World, run) -> tuple[float, float]:
    """(intervals that cover the truth, intervals that exclude zero), of studies that answered."""
    covered = clear = answered = 0
    for seed in range(STUDIES):
        cut, true = simulate(world, seed)
        found = run(cut)
        if isinstance(found, Estimate):
            answered += 1
            covered += found.interval.lower <= true <= found.interval.upper
            clear += not found.interval.lower <= 0 <= found.interval.upper
    assert answered >= 0.99 * STUDIES
    return covered / answered, clear / answered


GROWING = {"effect": 0.5, "growth": 0.25}
WORLDS = {
    "20 units": World(20), "50 units": World(50), "50 units, heavy tails": World(50, is_heavy=True),
}  # fmt: skip


@pytest.mark.soak  # every run has the staggered rows of `test_design_recovery.py`
@pytest.mark.parametrize("name", WORLDS)
def test_growing_effects_are_covered_and_absent_ones_not_found(name) -> None:
    planted, _ = shares(replace(WORLDS[name], **GROWING), group_time)
    _, false = shares(WORLDS[name], group_time)
    assert 0.93 <= planted <= 0.97, planted
    assert 0.03 <= false <= 0.07, false


@pytest.mark.soak
def test_two_way_fixed_effects_miss_growing_effects() -> None:
    covered, _ = shares(replace(World(50), **GROWING), two_way_fixed_effects)
    assert covered < 0.5


@pytest.mark.soak
def test_leads_are_called_different_about_as_often_as_chance_allows() -> None:
    found = [group_time(simulate(World(50), seed)[0]) for seed in range(STUDIES)]
    p_values = [each.details["pre_trend_p_value"] for each in found if isinstance(each, Estimate)]
    assert len(p_values) >= 0.99 * STUDIES
    assert 0.005 <= np.mean([float(p) < 0.05 for p in p_values if p is not None]) <= 0.07

"""Small panels for the tests of this folder: clinics by week with a planted step."""

from array import array
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, PoolRole, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window, cycle_from_key

NAME = Text({"en": "test"})
FIRST = date(2025, 1, 6)
CYCLE = cycle_from_key("2026-Q1", as_of=date(2026, 5, 1))
METRIC = Metric("visit_rate", "metrics.visits_daily", "n", "d", "up", "rate", 1, "ops", NAME, NAME)
COUNT = replace(METRIC, id="visits_per_day", unit="count")


def week(number: int) -> date:
    return FIRST + timedelta(weeks=number)


def panel_of(numerators: Any, denominators: Any, go_live: list[int | None], **more: Any) -> Panel:
    numerators = np.asarray(numerators, dtype=float)
    denominators = np.broadcast_to(np.asarray(denominators, dtype=float), numerators.shape)
    return Panel(
        tuple(f"C{number:02}" for number in range(len(numerators))),
        tuple(week(number) for number in range(numerators.shape[1])),
        "week",
        array("d", numerators.ravel()),
        array("d", denominators.ravel()),
        tuple(None if start is None else week(start) for start in go_live),
        **more,
    )


def clinics(
    seed: int = 1,
    n: int = 20,
    weeks: int = 60,
    effect: float = 0.05,
    go_live: list[int | None] | None = None,
    noise: float = 0.01,
    sizes: float = 0.6,
) -> Panel:
    """Clinics of unlike size with a common season, a holiday dip and a planted step."""
    rng = np.random.default_rng(seed)
    go_live = go_live or [None if i % 3 == 0 else 30 + 4 * (i % 2) for i in range(n)]
    d = np.round(rng.lognormal(5, sizes, n))[:, None] * np.ones(weeks)
    season = 0.03 * np.sin(np.arange(weeks) * 2 * np.pi / 52)
    season[3:5] -= 0.1
    rate = 0.3 + rng.normal(0, 0.05, n)[:, None] + season + rng.normal(0, noise, (n, weeks))
    for unit, start in enumerate(go_live):
        if start is not None:
            rate[unit, start:] += effect
    return panel_of(rate * d, d, go_live)


def module_of(
    panel: Panel, *, metric: Metric = METRIC, role: PoolRole = "goal", **more: Any
) -> Module:
    go_live = {u: day for u, day in zip(panel.unit_ids, panel.go_live, strict=True) if day}
    settings = {"rollout": Rollout("clinic", go_live), "pool": (PoolMetric(metric.id, role),)}
    return Module("invitation", NAME, NAME, "ops", **{**settings, **more})


def ask(
    panel: Panel | None, module: Module | None = None, *, metric: Metric = METRIC, **more: Any
) -> MetricQuestion:
    module = module or module_of(panel, metric=metric)
    return MetricQuestion(metric, module.pool[0], panel, Window(FIRST, date(2026, 4, 1)), **more)

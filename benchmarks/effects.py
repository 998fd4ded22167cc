"""Speed of estimation: 50 modules × 20 metrics × 1,000 units × 104 weeks in under 60 s on 2 cores.

Run: `python benchmarks/effects.py [modules] [processes]`. Twenty panels are simulated once per
process; what is timed is `evaluate_module` from panels to outcomes, and beside it the bare reference:
least squares with unit and week effects on the same panel, clustered standard error, nothing tested.
"""

import sys
import time
from array import array
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import cache

import numpy as np

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats import evaluate_module

UNITS, WEEKS, METRICS = 1_000, 104, 20
NAME = Text({"en": "benchmark"})
CYCLE = cycle_from_key("2026", as_of=date(2027, 1, 20))


def make_panel(seed: int) -> Panel:
    rng = np.random.default_rng(seed)
    starts = tuple(date(2025, 1, 6) + timedelta(weeks=week) for week in range(WEEKS))
    size = rng.lognormal(4, 0.7, UNITS)
    calls = rng.poisson(np.repeat(size[:, None], WEEKS, axis=1)) + 1.0
    level = 0.3 + rng.normal(0, 0.03, UNITS)[:, None] + 0.02 * np.sin(np.arange(WEEKS) / 8.3)
    first = np.where(np.arange(UNITS) % 3 == 0, WEEKS, 60 + 4 * (np.arange(UNITS) % 5))
    level = level + 0.02 * (np.arange(WEEKS)[None, :] >= first[:, None])
    connected = rng.binomial(calls.astype(int), np.clip(level, 0, 1)).astype(float)
    go_live = tuple(starts[week] if week < WEEKS else None for week in first)
    return Panel(
        tuple(f"unit_{number:04}" for number in range(UNITS)),
        starts,
        "week",
        array("d", connected.ravel()),
        array("d", calls.ravel()),
        go_live,
    )


@cache
def make_panels() -> tuple[Panel, ...]:
    return tuple(make_panel(seed) for seed in range(METRICS))


def evaluate_one(module_number: int) -> tuple[int, float, float]:
    """(outcomes, CPU seconds, CPU seconds of the bare reference) of one module."""
    panels = make_panels()
    units = zip(panels[0].unit_ids, panels[0].go_live, strict=True)
    go_live = {unit: day for unit, day in units if day}
    pool = tuple(PoolMetric(f"metric_{number}_rate", "goal") for number in range(METRICS))
    module = Module(f"module_{module_number}", NAME, NAME, "ops", Rollout("agent", go_live), pool)
    history = Window(panels[0].period_starts[0], date(2027, 1, 1))
    questions = {
        entry.metric_id: MetricQuestion(
            Metric(entry.metric_id, "t", "n", "d", "up", "rate", 1, "ops", NAME, NAME),
            entry,
            panel,
            history,
        )
        for entry, panel in zip(pool, panels, strict=True)
    }
    started = time.process_time()
    outcomes = evaluate_module(module, CYCLE, questions).outcomes
    middle = time.process_time()
    for panel in panels:
        bare_least_squares(panel)
    answered = sum(isinstance(outcome, Effect) for outcome in outcomes.values())
    return answered, middle - started, time.process_time() - middle


def bare_least_squares(panel: Panel) -> tuple[float, float]:
    """Effect and clustered standard error with unit and week effects: about what one has to pay."""
    shape = panel.shape
    y = np.frombuffer(panel.numerators).reshape(shape) / np.frombuffer(panel.denominators).reshape(
        shape
    )
    starts = np.array([day.toordinal() for day in panel.period_starts])
    first = np.array([day.toordinal() if day else 10**7 for day in panel.go_live])
    treated = (starts[None, :] >= first[:, None]).astype(float)
    free = [
        values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
        for values in (y, treated)
    ]
    below = float((free[1] ** 2).sum())
    effect = float((free[0] * free[1]).sum()) / below
    scores = ((free[0] - effect * free[1]) * free[1]).sum(axis=1)
    return effect, float(np.sqrt((scores**2).sum())) / below


def main() -> None:
    modules = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(warm_up, range(processes)))
        started = time.perf_counter()
        counts, own, bare = zip(*pool.map(evaluate_one, range(modules)), strict=True)
    seconds = time.perf_counter() - started
    print(
        f"{sum(counts)} effects from panels of {UNITS} x {WEEKS} in {seconds:.1f} s "
        f"with {processes} processes; CPU {sum(own):.1f} s, {1000 * sum(own) / sum(counts):.1f} ms "
        f"a panel; bare least squares CPU {sum(bare):.1f} s: {sum(own) / sum(bare):.1f} times as much"
    )


def warm_up(_: int) -> int:
    return len(make_panels())


if __name__ == "__main__":
    main()

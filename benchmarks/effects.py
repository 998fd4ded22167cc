"""Speed of estimation: 50 modules × 20 metrics × 1,000 units × 104 weeks in under 60 s on 2 cores.

Run: `python benchmarks/effects.py [modules] [processes]`. Panels are simulated once per process;
what is timed is `evaluate_module` from panel to outcomes.
"""

import sys
import time
from array import array
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta

import numpy as np

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


def evaluate_one(module_number: int) -> int:
    panel = make_panel(1)
    go_live = {unit: day for unit, day in zip(panel.unit_ids, panel.go_live, strict=True) if day}
    pool = tuple(PoolMetric(f"metric_{number}_rate", "goal") for number in range(METRICS))
    module = Module(f"module_{module_number}", NAME, NAME, "ops", Rollout("agent", go_live), pool)
    history = Window(panel.period_starts[0], date(2027, 1, 1))
    questions = {
        entry.metric_id: MetricQuestion(
            Metric(entry.metric_id, "t", "n", "d", "up", "rate", 1, "ops", NAME, NAME),
            entry,
            panel,
            history,
        )
        for entry in pool
    }
    return len(evaluate_module(module, CYCLE, questions).outcomes)


def main() -> None:
    modules = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    started = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        done = sum(pool.map(evaluate_one, range(modules)))
    seconds = time.perf_counter() - started
    print(f"{done} panels of {UNITS} x {WEEKS} in {seconds:.1f} s with {processes} processes")


if __name__ == "__main__":
    main()

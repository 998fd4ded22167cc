"""Simulated panels that several references are held against, as arrays and as a long table."""

from array import array
from datetime import date, timedelta

import numpy as np

from roi_pipeline.domain.modules import Module, PoolMetric, Rollout
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats.panels import cut_panel

NAME = Text({"en": "reference"})
FIRST = date(2024, 1, 1)
CYCLE = cycle_from_key("2025", as_of=date(2026, 1, 20))
SAME = 1e-9


def units_by_week(n=60, weeks=40, starts=(20, 26, 32), seed=4):
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (n, weeks)) + rng.normal(0, 2, n)[:, None] + np.arange(weeks) * 0.1
    first = np.array([[*starts, weeks][unit % (len(starts) + 1)] for unit in range(n)])
    values += (np.arange(weeks) >= first[:, None]) * (1.0 + 0.3 * (first[:, None] == starts[0]))
    return values, first


def cut_of(values, first, *, baseline=None, weights=None, clusters=None):
    n, weeks = values.shape
    weights = np.ones_like(values) if weights is None else weights
    starts = tuple(FIRST + timedelta(weeks=week) for week in range(weeks))
    panel = Panel(
        tuple(f"U{unit:03}" for unit in range(n)),
        starts,
        "week",
        array("d", (values * weights).ravel()),
        array("d", weights.ravel()),
        tuple(starts[week] if week < weeks else None for week in first),
        clusters=clusters,
    )
    window = None if baseline is None else Window(starts[baseline[0]], starts[baseline[1]])
    module = Module(
        "reference", NAME, NAME, "ops", Rollout("unit"), (PoolMetric("m", "goal"),), baseline=window
    )
    return cut_panel(panel, module, CYCLE)


def long_frame(values, first):
    import pandas as pd

    n, weeks = values.shape
    unit, week = np.divmod(np.arange(n * weeks), weeks)
    return pd.DataFrame(
        {
            "unit": unit,
            "week": week + 1,
            "y": values.ravel(),
            "first": np.where(first[unit] < weeks, first[unit] + 1, 0),
            "live": (week >= first[unit]).astype(float),
        }
    )

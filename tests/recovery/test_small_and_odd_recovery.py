"""Three and eight units, counts, and unlike units on the log scale, by whatever design the product takes.

1,000 studies a row at seeds nothing was tuned on; `roi_pipeline/stats/README.md` holds the table.
"""

from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from simulated_panels import CYCLE, FIRST, METRIC, NAME, World, module_of, simulate

from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.evaluate import evaluate_metric

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]
STUDIES, BASE, START, WEEKS = 1_000, 20290715, 60, 90
COUNT = Metric("visit_rate", "t", "n", "d", "up", "count", 1, "ops", NAME, NAME)
LOG = replace(COUNT, is_log_scale=True)


def few(n: int, n_never: int) -> Callable[[int, float], Panel]:
    """Few units at one date, with the world of the other rows."""
    return lambda seed, effect: simulate(
        World(n=n, n_never=n_never, starts=(START,), effect=effect), seed, base=BASE
    )


def counts(seed: int, effect: float) -> Panel:
    """40 units with 2 to 60 events a week; the effect is in events."""
    rng = np.random.default_rng([BASE, seed])
    level = rng.lognormal(2.5, 0.7, 40)
    weekly = 1 + 0.15 * np.sin(np.arange(WEEKS) * 2 * np.pi / 52.18)
    mean = level[:, None] * weekly * rng.gamma(60, 1 / 60, (40, WEEKS))
    treated = rng.permutation(40) < 20
    mean[np.ix_(treated, range(START, WEEKS))] += effect
    return _panel(rng.poisson(mean).astype(float), treated)


def proportional(seed: int, effect: float) -> Panel:
    """40 units a hundredfold apart; the effect is a share of each unit's own level."""
    rng = np.random.default_rng([BASE, seed])
    noise = rng.normal(0, 0.08, (40, WEEKS))
    for week in range(1, WEEKS):
        noise[:, week] += 0.3 * noise[:, week - 1]
    season = 0.2 * np.sin(np.arange(WEEKS) * 2 * np.pi / 52.18)
    values = rng.lognormal(4, 1.2, 40)[:, None] * np.exp(season + noise)
    treated = rng.permutation(40) < 20
    values[np.ix_(treated, range(START, WEEKS))] *= 1 + effect
    return _panel(values, treated)


def _panel(values: np.ndarray, treated: np.ndarray) -> Panel:
    starts = tuple(FIRST + timedelta(weeks=week) for week in range(WEEKS))
    live: list[date | None] = [starts[START] if one else None for one in treated]
    names = tuple(f"U{number:03}" for number in range(len(values)))
    return Panel(
        names, starts, "week", array("d", values.ravel()), array("d", np.ones(values.size)),
        tuple(live),
    )  # fmt: skip


def outcome_of(panel: Panel, metric: Metric) -> Outcome:
    module = module_of(panel)
    question = MetricQuestion(
        metric, module.pool[0], panel, Window(FIRST, FIRST + timedelta(weeks=WEEKS))
    )
    return evaluate_metric(module, CYCLE, question)


TOO_WIDE = ("log scale, 40 unlike units", "nothing")
ROWS = {
    "3 units, 1 treated": (few(3, 2), METRIC, 0.03),
    "8 units, 4 treated": (few(8, 4), METRIC, 0.03),
    "8 units, 1 treated": (few(8, 7), METRIC, 0.03),
    "counts, 40 units": (counts, COUNT, 2.0),
    "log scale, 40 unlike units": (proportional, LOG, 0.05),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("planted", ["nothing", "an effect"])
def test_small_and_odd_data_keep_the_level(
    name: str, planted: str, request: pytest.FixtureRequest
) -> None:
    if (name, planted) == TOO_WIDE:
        reason = "the interval is somewhat too wide: covered 97.4 %"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    draw, metric, size = ROWS[name]
    truth = size if planted == "an effect" else 0.0
    outcomes = [outcome_of(draw(seed, truth), metric) for seed in range(STUDIES)]
    effects = [outcome for outcome in outcomes if isinstance(outcome, Effect)]
    assert len(effects) >= 0.99 * STUDIES
    covered = sum(
        (each.relative_lower or 0.0) <= truth <= (each.relative_upper or 0.0)
        if metric.is_log_scale
        else each.lower <= truth <= each.upper
        for each in effects
    )
    assert 0.93 <= covered / len(effects) <= 0.97

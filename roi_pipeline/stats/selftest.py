"""Placebo modules with a known answer, randomised on days on which nothing was live.

Each trial goes through `evaluate_module` like a real module: the design is chosen, estimated, broken
if possible and graded there. What is planted is added to the numerators of the treated unit-periods.
Gathering the days and units is left to the shell.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import Design, Effect
from roi_pipeline.domain.former_names import seed_name
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Randomisation, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import ArmSamples, Panel, Sample
from roi_pipeline.domain.selftests import SHAPES, DesignScore, TrialShape
from roi_pipeline.domain.windows import Cycle, Window, period_end
from roi_pipeline.stats.choice import ORDER
from roi_pipeline.stats.evaluate import evaluate_module
from roi_pipeline.stats.inference import Array

BASELINE_PERIODS = 8
POST_PERIODS = 4
POST_DAYS = 14
LEAST_UNITS = 6
DONORS = 5
STANDARD_ERRORS = 4.0  # planted, so that a sound design finds nearly all
STEPS = 3
SERIES = 5  # a regression on control series needs a baseline three times as long as post, and spare
DECLARED: Mapping[TrialShape, Design] = {"series": "time_based_regression"}
ARMS = Randomisation("arm", ("treated",), ("held_out",), planned_share=0.5)


@dataclass(frozen=True, slots=True)
class PanelSource:
    """One metric of one module on days before anything was live; go-live dates are ignored."""

    module: Module
    pool_metric: PoolMetric
    metric: Metric
    panel: Panel
    controls: Mapping[str, Panel]
    holidays: tuple[date, ...]

    @property
    def name(self) -> str:
        """How the source is named in reports."""
        return f"{self.module.id}.{self.metric.id}"

    @property
    def shapes(self) -> tuple[TrialShape, ...]:
        """Kinds of roll-out there are units for."""
        has_donors = len(self.panel.unit_ids) > DONORS + STEPS
        is_long = len(usable_periods(self.panel)) >= SERIES * post_periods(self.panel)
        possible = {"few": has_donors, "series": has_donors and is_long}
        return tuple(shape for shape in SHAPES if possible.get(shape, True))


@dataclass(frozen=True, slots=True)
class UnitSource:
    """One metric's sums per unit, all of one arm, for trials that randomise the arms again."""

    module: Module
    pool_metric: PoolMetric
    metric: Metric
    window: Window
    numerator: "array[float]"
    denominator: "array[float]"

    @property
    def name(self) -> str:
        """How the source is named in reports."""
        return f"{self.module.id}.{self.metric.id}"

    @property
    def shapes(self) -> tuple[TrialShape, ...]:
        """Randomised arms are all that sums without periods allow."""
        return ("randomised",)


Source = PanelSource | UnitSource


@dataclass(frozen=True, slots=True)
class Trial:
    """What one placebo module came to; `effect` is None when no design answered."""

    source: str
    n_units: int
    truth: float
    effect: Effect | None


def least_periods(panel: Panel) -> int:
    """Periods a trial needs: a baseline, and a post window no design finds too short."""
    return BASELINE_PERIODS + post_periods(panel)


def post_periods(panel: Panel) -> int:
    """Periods of post at least: four, or as many as make fourteen days."""
    start = panel.period_starts[0]
    days = (period_end(start, panel.period) - start).days
    return max(POST_PERIODS, math.ceil(POST_DAYS / days))


def usable_periods(panel: Panel) -> NDArray[np.intp]:
    """Periods wholly covered by data."""
    partial = set(panel.partial_periods)
    return np.array(
        [number for number, start in enumerate(panel.period_starts) if start not in partial],
        dtype=np.intp,
    )


def run_shape(
    shape: TrialShape, sources: Sequence[Source], *, replications: int, seed: int
) -> tuple[list[Trial], list[Trial]]:
    """Trials of one shape without and with an effect, spread evenly over the sources.

    A draw with an effect is estimated without it first, so that what is planted is known to be four
    of its own standard errors; that first estimate is a trial without an effect like any other.
    """
    fitting = [source for source in sources if shape in source.shapes]
    nulls, planted = list[Trial](), list[Trial]()
    for number in range(2 * replications if fitting else 0):
        source = fitting[number // 2 % len(fitting)]
        draw = Draw(f"selftest-{seed_name(shape)}-{number}", seed + number)
        null = _trial(source, shape, draw, 0.0)
        nulls.append(null)
        error = null.effect.standard_error if null.effect else 0.0
        if number % 2 and error > 0:
            planted.append(_trial(source, shape, draw, STANDARD_ERRORS * error))
    return nulls, planted


def _trial(source: Source, shape: TrialShape, draw: "Draw", size: float) -> Trial:
    match source:
        case PanelSource() if shape == "randomised":
            return _panel_arms(source, draw, size)
        case PanelSource():
            return _roll_out(source, shape, draw, size)
        case UnitSource():
            return _unit_arms(source, draw, size)


@dataclass(frozen=True, slots=True)
class Draw:
    """One randomisation: the same draw gives the same units and dates, with or without an effect."""

    key: str
    seed: int

    @property
    def rng(self) -> np.random.Generator:
        """A fresh generator at the beginning of the draw."""
        return np.random.default_rng([self.seed, *self.key.encode()])


def _roll_out(source: PanelSource, shape: TrialShape, draw: Draw, size: float) -> Trial:
    """Placebo go-live dates for randomised units."""
    panel, days = source.panel, _go_live(source.panel, shape, draw.rng)
    placebo = replace(panel, go_live=days)
    truth = 0.0
    if size:
        placebo, truth = _planted(placebo, size, is_multiplied=source.metric.is_log_scale)
    live = {unit: day for unit, day in zip(panel.unit_ids, days, strict=True) if day is not None}
    end = period_end(panel.period_starts[int(usable_periods(panel)[-1])], panel.period)
    rollout = Rollout(source.module.rollout.unit, live, cluster=source.module.rollout.cluster)
    cycle = Cycle(draw.key, Window(min(live.values()), end), end)
    question = MetricQuestion(
        source.metric,
        source.pool_metric,
        placebo,
        Window(panel.period_starts[0], end),
        controls=source.controls,
        holidays=source.holidays,
    )
    effect = _evaluated(source, rollout, None, cycle, question, declared=DECLARED.get(shape))
    return Trial(source.name, len(panel.unit_ids), truth, effect)


def _go_live(panel: Panel, shape: TrialShape, rng: np.random.Generator) -> tuple[date | None, ...]:
    """Who goes live when, at random."""
    usable, n = usable_periods(panel), len(panel.unit_ids)
    later = STEPS - 1 if shape == "steps" else 0
    earliest = math.ceil(len(usable) * 3 / 4) if shape == "series" else BASELINE_PERIODS
    first = _first_period(panel, rng, earliest=earliest, later=later)
    order = rng.permutation(n)
    treated = {
        "half": n // 2,
        "steps": max(STEPS, round(n * 0.7)),
        "few": int(rng.integers(1, STEPS + 1)),
        "series": int(rng.integers(1, STEPS + 1)),
        "everyone": n,
        "randomised": n // 2,
    }[shape]
    days: list[date | None] = [None] * n
    for position, unit in enumerate(order[:treated]):
        late = position % STEPS if shape == "steps" else 0
        days[unit] = panel.period_starts[usable[min(first + late, len(usable) - 1)]]
    return tuple(days)


def _first_period(
    panel: Panel, rng: np.random.Generator, *, earliest: int = BASELINE_PERIODS, later: int = 0
) -> int:
    """Position among the usable periods of the first go-live, at random, baseline and post kept."""
    latest = len(usable_periods(panel)) - post_periods(panel) - later
    return int(rng.integers(earliest, max(latest, earliest) + 1))


def _planted(panel: Panel, size: float, *, is_multiplied: bool) -> tuple[Panel, float]:
    """The panel with an effect of about `size` on every treated unit-period, and what it came to."""
    numerators = np.array(panel.numerators, dtype=float).reshape(panel.shape)
    denominators = np.array(panel.denominators, dtype=float).reshape(panel.shape)
    live = np.array(
        [
            [day is not None and start >= day for start in panel.period_starts]
            for day in panel.go_live
        ]
    )
    counted = live & np.isfinite(numerators) & (denominators > 0)
    counted[:, sorted(set(range(panel.shape[1])) - set(usable_periods(panel).tolist()))] = False
    below = denominators[counted].sum()
    level = numerators[counted].sum() / below
    added = numerators * (size / level) if is_multiplied and level else size * denominators
    changed = np.where(live & np.isfinite(added), numerators + added, numerators)
    return (
        replace(panel, numerators=array("d", changed.ravel().tolist())),
        float(added[counted].sum() / below),
    )


def _panel_arms(source: PanelSource, draw: Draw, size: float) -> Trial:
    """Half the units held out at random, with their own past to adjust on."""
    panel, usable, rng = source.panel, usable_periods(source.panel), draw.rng
    first = _first_period(panel, rng)
    sums = [
        np.nansum(np.array(values, dtype=float).reshape(panel.shape)[:, columns], axis=1)
        for columns in (usable[first:], usable[:first])
        for values in (panel.numerators, panel.denominators)
    ]
    end = period_end(panel.period_starts[int(usable[-1])], panel.period)
    window = Window(panel.period_starts[int(usable[first])], end)
    return _randomised_arms(source, np.stack(sums, axis=1), window, rng, size=size, key=draw.key)


def _unit_arms(source: UnitSource, draw: Draw, size: float) -> Trial:
    sums = np.stack([np.array(source.numerator), np.array(source.denominator)], axis=1)
    return _randomised_arms(source, sums, source.window, draw.rng, size=size, key=draw.key)


def _randomised_arms(
    source: Source, sums: Array, window: Window, rng: np.random.Generator, *, size: float, key: str
) -> Trial:
    seen = sums[sums[:, 1] > 0]
    is_treated = np.zeros(len(seen), dtype=bool)
    is_treated[rng.permutation(len(seen))[: len(seen) // 2]] = True
    changed, truth = seen.copy(), 0.0
    if size:
        level = seen[is_treated, 0].sum() / seen[is_treated, 1].sum()
        is_multiplied = source.metric.is_log_scale and level
        added = seen[:, 0] * (size / level) if is_multiplied else size * seen[:, 1]
        changed[is_treated, 0] += added[is_treated]
        truth = float(added[is_treated].sum() / seen[is_treated, 1].sum())
    arms = ArmSamples(
        _moments(changed[is_treated]), _moments(changed[~is_treated]), planned_share=0.5
    )
    question = MetricQuestion(
        source.metric, source.pool_metric, None, Window(date.min, window.end), arms=arms
    )
    rollout = Rollout(source.module.rollout.unit, everywhere_from=window.start)
    effect = _evaluated(source, rollout, ARMS, Cycle(key, window, window.end), question)
    return Trial(source.name, len(seen), truth, effect)


def _moments(rows: Array) -> Sample:
    names = ("numerator", "denominator", "numerator_baseline", "denominator_baseline")
    spread = np.cov(rows, rowvar=False)
    return Sample(
        len(rows),
        names[: rows.shape[1]],
        tuple(float(value) for value in rows.mean(axis=0)),
        tuple(tuple(float(value) for value in row) for row in spread),
    )


def _evaluated(
    source: Source,
    rollout: Rollout,
    randomisation: Randomisation | None,
    cycle: Cycle,
    question: MetricQuestion,
    *,
    declared: Design | None = None,
) -> Effect | None:
    """The placebo module through the path of every real one."""
    design = replace(
        source.module.design, design=declared, control_units=(), counter_value=None, split_by=()
    )
    module = replace(
        source.module,
        rollout=rollout,
        pool=(source.pool_metric,),
        randomisation=randomisation,
        design=design,
        selection_window=None,
        baseline=None,
        benefits=(),
        costs=(),
        claims=(),
    )
    return evaluate_module(module, cycle, {source.metric.id: question}).effect(source.metric.id)


def score_trials(nulls: Sequence[Trial], planted: Sequence[Trial]) -> tuple[DesignScore, ...]:
    """How each design fared that answered at least once, strongest first."""
    answered = {trial.effect.design for trial in (*nulls, *planted) if trial.effect is not None}
    return tuple(_score(design, nulls, planted) for design in ORDER if design in answered)


def _score(design: Design, nulls: Sequence[Trial], planted: Sequence[Trial]) -> DesignScore:
    empty = [trial for trial in nulls if trial.effect and trial.effect.design == design]
    known = [trial for trial in planted if trial.effect and trial.effect.design == design]
    pairs = [(trial.truth, trial.effect) for trial in known if trial.effect]
    errors = [(effect.estimate - truth) / truth for truth, effect in pairs]
    return DesignScore(
        design,
        n_null=len(empty),
        called=sum(trial.effect.is_clear for trial in empty if trial.effect),
        n_planted=len(pairs),
        found=sum(
            (effect.lower > 0) if truth > 0 else (effect.upper < 0) for truth, effect in pairs
        ),
        covered=sum(effect.lower <= truth <= effect.upper for truth, effect in pairs),
        bias=math.fsum(errors) / len(errors) if errors else None,
        bias_error=float(np.std(errors, ddof=1) / math.sqrt(len(errors)))
        if len(errors) > 1
        else None,
        n_metrics=len({trial.source for trial in (*empty, *known)}),
        median_units=round(median(trial.n_units for trial in (*empty, *known))),
    )

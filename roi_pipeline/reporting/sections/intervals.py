"""Intervals asked for by name beside the one in force, and how much each effect rests on."""

from collections.abc import Iterator
from typing import NamedTuple

from roi_pipeline.domain.effects import Effect, EffectCounts, NamedInterval
from roi_pipeline.domain.metrics import Metric, MetricUnit
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.model import Block, Cell, Column, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext


class IntervalRow(NamedTuple):
    """One interval of the table."""

    name: str
    value: str
    interval: str
    p_value: str
    basis: str


def count_blocks(context: ModuleContext) -> list[Block]:
    """Rows, units, clusters and periods of every effect, in one table."""
    say = context.voice
    rows = tuple(
        _count_row(context, metric, outcome.counts)
        for _, metric, outcome in context.pool_outcomes()
        if isinstance(outcome, Effect) and outcome.counts is not None
    )
    if not rows:
        return []
    names = ("rows", "units", "treated", "clusters", "periods")
    columns = (
        Column(say.word("pool.metric")),
        *(Column(say.word(f"counts.{name}"), "end") for name in names),
    )
    return [
        Table("counts", say.word("counts.caption"), columns, rows, note=say.word("counts.note"))
    ]


def _count_row(context: ModuleContext, metric: Metric, counts: EffectCounts) -> tuple[Cell, ...]:
    count = context.numbers.count
    figures = (counts.rows, counts.units, counts.treated, counts.clusters)
    periods = (counts.baseline_periods, counts.post_periods)
    return (
        Cell(context.metric_name(metric.id)),
        *(Cell(NONE if n is None else count(n)) for n in figures),
        Cell(" / ".join(NONE if n is None else count(n) for n in periods)),
    )


def interval_blocks(context: ModuleContext) -> list[Block]:
    """One table per metric for which intervals were asked for."""
    return [
        _table(context, metric, outcome)
        for _, metric, outcome in context.pool_outcomes()
        if isinstance(outcome, Effect) and outcome.intervals
    ]


def _table(context: ModuleContext, metric: Metric, effect: Effect) -> Table:
    say = context.voice
    columns = (
        Column(say.word("intervals.method")),
        Column(say.word("pool.effect"), "end"),
        Column(say.word("pool.interval"), "end"),
        Column("p", "end"),
        Column(say.word("intervals.basis")),
    )
    rows = tuple(
        tuple(Cell(text) for text in row) for row in interval_rows(effect, metric.unit, say)
    )
    caption = say.word("intervals.caption", metric=context.metric_name(metric.id))
    return Table(f"intervals-{metric.id}", caption, columns, rows, note=say.word("intervals.note"))


def interval_rows(effect: Effect, unit: MetricUnit, say: Voice) -> Iterator[IntervalRow]:
    """The interval in force first, then those asked for; nothing where none was."""
    if not effect.intervals:
        return
    kind = say.word(f"intervals.{effect.interval_kind}")
    in_force = NamedInterval(
        "clustered", effect.estimate, effect.lower, effect.upper, effect.p_value,
        n_clusters=None if effect.counts is None else effect.counts.clusters,
    )  # fmt: skip
    yield _row(say.word("intervals.in_force", method=kind), in_force, unit, say)
    for each in effect.intervals:
        yield _row(say.word(f"intervals.{each.method}"), each, unit, say)


def _row(name: str, each: NamedInterval, unit: MetricUnit, say: Voice) -> IntervalRow:
    numbers = say.numbers
    if each.reason is not None or each.lower is None or each.upper is None:
        reason = say.sentence(each.reason) if each.reason else NONE
        return IntervalRow(name, NONE, NONE, NONE, reason)
    ends = (each.lower, each.upper)
    return IntervalRow(
        name,
        numbers.change(each.estimate, unit, ends=ends),
        numbers.interval(*ends, unit, beside=each.estimate),
        numbers.probability(each.p_value),
        _basis(each, say),
    )


def _basis(each: NamedInterval, say: Voice) -> str:
    if each.n_clusters is None:
        return NONE
    if not each.n_draws:
        return say.word("intervals.groups", n=say.numbers.count(each.n_clusters))
    return say.word(
        "intervals.groups_and_draws", n=say.numbers.count(each.n_clusters),
        draws=say.numbers.count(each.n_draws),
    )  # fmt: skip

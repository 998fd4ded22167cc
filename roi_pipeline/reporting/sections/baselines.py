"""Both results of every metric whose baseline was changed after its first use."""

from roi_pipeline.domain.effects import BaselineVersion, Effect
from roi_pipeline.reporting.model import Block, Cell, Column, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext

WORDS = {"baseline": "window"}  # part of a lock → its word, where they differ


def baseline_blocks(context: ModuleContext) -> list[Block]:
    """One table; nothing while every baseline is the one first used."""
    versions = context.inputs.effects.baselines
    if not versions:
        return []
    say = context.voice
    columns = (
        Column(say.word("pool.metric")),
        Column(say.word("baselines.baseline")),
        Column(say.word("baselines.changed")),
        Column(say.word("pool.effect"), "end"),
        Column(say.word("pool.interval"), "end"),
    )
    rows = tuple(_row(context, version) for version in versions)
    return [Table("baselines", say.word("baselines.caption"), columns, rows)]


def _row(context: ModuleContext, version: BaselineVersion) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    metric = context.metric(version.metric_id)
    unit = metric.unit if metric else "ratio"
    since = say.word("baselines.since", day=numbers.day(version.locked_on))
    name = say.word("baselines.version", n=numbers.count(version.version))
    states = (name, since, say.word("baselines.in_force")) if version.is_in_force else (name, since)
    which = Cell(numbers.window(version.baseline), note=" · ".join(states))
    parts = (say.word(f"baselines.{WORDS.get(part, part)}") for part in version.changed)
    changed = Cell(say.word("common.comma").join(parts) or NONE)
    match version.outcome:
        case Effect() as effect:
            change = Cell(numbers.change(effect.estimate, unit), note=effect.grade)
            interval = Cell(numbers.interval(effect.lower, effect.upper, unit))
        case outcome:
            change, interval = Cell(NONE, note=say.sentence(outcome.reason)), Cell(NONE)
    return (Cell(context.metric_name(version.metric_id)), which, changed, change, interval)

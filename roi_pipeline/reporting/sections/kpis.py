"""The KPI table of all modules: what was promised by when, by whom, and the result.

Hard KPIs (money and operations) come first, then soft ones (satisfaction, loyalty, brand, teams).
"""

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import PoolMetric, Target
from roi_pipeline.reporting.model import Cell, Column, Section, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext, effect_tone
from roi_pipeline.reporting.sections.pool import TARGET_TONES, target_text

Row = tuple[Cell, ...]


def kpi_section(context: EditionContext, modules: list[ModuleContext]) -> Section | None:
    """One row per target of every module; None when nobody set one."""
    say = context.voice
    rows = sorted(
        (
            (not metric.is_hard, position, _row(module, entry, entry.target, metric))
            for position, module in enumerate(modules)
            for entry, metric, _ in module.pool_outcomes()
            if entry.target is not None
        ),
        key=lambda row: row[:2],
    )
    if not rows:
        return None
    columns = (
        Column(say.word("kpis.kind")),
        Column(say.word("pool.metric")),
        Column(say.word("pool.baseline"), "end"),
        Column(say.word("pool.target")),
        Column(say.word("pool.effect"), "end"),
        Column(say.word("pool.verdict")),
        Column(say.word("advice.owner")),
    )
    table = Table(
        "kpis", say.word("kpis.caption"), columns, tuple(row for *_, row in rows), is_sortable=True
    )
    return Section("kpis", say.word("section.kpis"), (table,), say.word("kpis.lead"))


def _row(context: ModuleContext, entry: PoolMetric, target: Target, metric: Metric) -> Row:
    say, numbers = context.voice, context.numbers
    outcome = context.outcome(metric.id)
    due = say.word("pool.by", day=numbers.day(target.deadline)) if target.deadline else ""
    level = outcome.baseline_value if outcome else None
    if isinstance(outcome, Effect) and level is None:
        level = outcome.counterfactual_value
    return (
        Cell(say.word("metric.hard" if metric.is_hard else "metric.soft")),
        Cell(context.metric_name(metric.id), note=context.name),
        Cell(numbers.value(level, metric.unit)),
        Cell(target_text(context, target.kind, target.value, metric), note=due),
        _change(context, entry, metric),
        _verdict(context, metric),
        Cell(say.name("term", target.owner or context.module.owner) or NONE),
    )


def _change(context: ModuleContext, entry: PoolMetric, metric: Metric) -> Cell:
    """What the module changed, both ways of saying it."""
    outcome, numbers = context.outcome(entry.metric_id), context.numbers
    if not isinstance(outcome, Effect):
        return Cell(NONE)
    ends = (outcome.lower, outcome.upper)
    return Cell(
        numbers.change(outcome.estimate, metric.unit, ends=ends),
        note=numbers.relative(outcome.relative).replace(NONE, ""),
        tone=effect_tone(outcome, metric),
    )


def _verdict(context: ModuleContext, metric: Metric) -> Cell:
    audit = next((each for each in context.value.targets if each.metric_id == metric.id), None)
    if audit is None:
        return Cell(NONE)
    verdict = context.voice.name("target", audit.verdict)
    return Cell(verdict, tone=TARGET_TONES[audit.verdict], chip=True)

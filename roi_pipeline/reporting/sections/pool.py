"""The metric pool: baseline, post, effect with interval, target and deadline, grade; its charts."""

import math

from roi_pipeline.domain.effects import Effect, Inconclusive, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import PoolMetric
from roi_pipeline.domain.statements import TargetAudit
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    ForestChart,
    Note,
    Section,
    Table,
    Tone,
    Whisker,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext, effect_tone, effect_verdict
from roi_pipeline.reporting.sections.series import has_series, limit_level, series_chart

TARGET_TONES: dict[str, Tone] = {
    "reached": "good",
    "likely": "plain",
    "open": "quiet",
    "missed": "bad",
    "undecided": "warn",
    "reached_late": "warn",
    "lost_again": "bad",
    "not_measurable": "quiet",
}
Row = tuple[PoolMetric, Metric, Outcome]


def pool_section(context: ModuleContext) -> Section:
    """Every metric of the pool, then the goals over time and all effects side by side."""
    say, rows = context.voice, context.pool_outcomes()
    blocks: list[Block] = []
    if rows:
        blocks.append(_table(context, rows))
    else:
        blocks.append(Note(say.word("pool.empty")))
    figures = [figure for row in rows if (figure := _series(context, row))]
    forest = _forest(context, rows)
    if forest:
        figures.append(forest)
    if figures:
        blocks.append(Figures(tuple(figures)))
    return Section("pool", say.word("section.pool"), tuple(blocks), say.word("pool.lead"))


def _table(context: ModuleContext, rows: list[Row]) -> Table:
    say = context.voice
    columns = (
        Column(say.word("pool.metric")),
        Column(say.word("pool.baseline"), "end"),
        Column(say.word("pool.post"), "end"),
        Column(say.word("pool.effect"), "end"),
        Column(say.word("pool.interval"), is_steady=True),
        Column(say.word("pool.verdict")),
        Column(say.word("pool.target")),
        Column(say.word("pool.grade"), is_steady=True),
    )
    cells = tuple(_row(context, row) for row in rows)
    confidence = _confidence(context, rows)
    caption = say.word("pool.caption_plain")
    if confidence:
        caption = say.word("pool.caption", confidence=confidence)
    return Table(
        "pool", caption, columns, cells, note=say.word("pool.note"), is_wide=True, is_sortable=True
    )


def _row(context: ModuleContext, row: Row) -> tuple[Cell, ...]:
    entry, metric, outcome = row
    say, numbers = context.voice, context.numbers
    dimension = f" · {say.name('dimension', metric.dimension)}" if metric.dimension else ""
    known = f"{context.module.id}.{metric.id}"
    kind = say.word("metric.hard" if metric.is_hard else "metric.soft")
    name = Cell(
        context.metric_name(metric.id),
        note=f"{say.name('role', entry.role)} · {kind}{dimension}",
        code=known,
    )
    levels = (
        Cell(numbers.value(outcome.baseline_value, metric.unit), figure=f"{known}.baseline"),
        Cell(numbers.value(outcome.post_value, metric.unit), figure=f"{known}.post"),
    )
    target = _target(context, entry, metric)
    match outcome:
        case Inconclusive(reason=reason):
            verdict = Cell(
                say.word("effect.inconclusive"), note=say.sentence(reason), tone="quiet", chip=True
            )
            return (name, *levels, Cell(NONE), Cell(NONE), verdict, target, Cell(NONE))
        case Effect():
            tone, ends = effect_tone(outcome, metric), (outcome.lower, outcome.upper)
            change = Cell(
                numbers.change(outcome.estimate, metric.unit, ends=ends),
                note=numbers.relative(outcome.relative).replace(NONE, ""),
                tone=tone,
                figure=f"{known}.effect",
            )
            interval = Cell(
                numbers.interval(*ends, metric.unit, beside=outcome.estimate),
                figure=f"{known}.interval",
                whisker=goal_whisker(outcome, metric),
            )
            verdict = Cell(effect_verdict(outcome, metric, say), tone=tone, chip=True)
            grade = Cell(
                outcome.grade,
                note=say.name("design", outcome.design),
                tone="plain" if outcome.is_money_allowed else "quiet",
            )
            return (name, *levels, change, interval, verdict, target, grade)


def _target(context: ModuleContext, entry: PoolMetric, metric: Metric) -> Cell:
    say = context.voice
    audit = next((item for item in context.value.targets if item.metric_id == metric.id), None)
    if entry.target is None:
        return Cell(NONE)
    goal = target_text(context, entry.target.kind, entry.target.value, metric)
    deadline = entry.target.deadline
    due = say.word("pool.by", day=context.numbers.day(deadline)) if deadline else ""
    if audit is None:
        return Cell(goal, note=due)
    note = " · ".join(part for part in (goal, due, _chance(context, audit)) if part)
    return Cell(
        say.name("target", audit.verdict), note=note, tone=TARGET_TONES[audit.verdict], chip=True
    )


def target_text(context: ModuleContext, kind: str, value: float, metric: Metric) -> str:
    """A declared change or level in words: `+15.0%`, `+5.0 points`, `at 70.0%`."""
    numbers = context.numbers
    match kind:
        case "relative":
            return numbers.relative(value)
        case "absolute":
            return numbers.change(value, metric.unit)
        case _:
            return context.voice.word("pool.level", x=numbers.value(value, metric.unit))


def _chance(context: ModuleContext, audit: TargetAudit) -> str:
    if audit.probability is None:
        return ""
    p = context.numbers.probability(audit.probability)
    return context.voice.word("pool.chance", p=p)


def goal_whisker(effect: Effect, metric: Metric) -> Whisker | None:
    """The interval on the row's own scale, wide enough to show no change."""
    low, high = min(effect.lower, 0.0), max(effect.upper, 0.0)
    room = (high - low) * 0.08
    if not room or not math.isfinite(room):
        return None
    low, high = low - room, high + room
    ends = (effect.lower, effect.estimate, effect.upper, 0.0)
    lower, point, upper, zero = ((end - low) / (high - low) for end in ends)
    return Whisker(lower, point, upper, zero, effect_tone(effect, metric))


def relative_ends(effect: Effect) -> tuple[float, float, float] | None:
    """(lower, estimate, upper) of the relative effect, when all three are known.

    A chart must not contradict the verdict beside it: where the relative interval holds zero and
    the interval the verdict was read from does not (or the other way round), the latter is drawn,
    divided by the level without the module.
    """
    lower, point, upper = effect.relative_lower, effect.relative, effect.relative_upper
    if lower is None or point is None or upper is None:
        return None
    level = effect.counterfactual_value
    if (lower > 0 or upper < 0) != effect.is_clear and level:
        ends = sorted((effect.lower / level, effect.upper / level))
        return ends[0], effect.estimate / level, ends[1]
    return lower, point, upper


def _confidence(context: ModuleContext, rows: list[Row]) -> str:
    levels = sorted({o.confidence for _, _, o in rows if isinstance(o, Effect)})
    return " / ".join(context.numbers.percent(level, digits=0) for level in levels)


def _series(context: ModuleContext, row: Row) -> Figure | None:
    """The goals over time, and each guardrail that has a limit or got worse."""
    entry, metric, outcome = row
    is_guardrail = entry.role == "guardrail"
    limit = limit_level(entry.target, outcome.baseline_value) if is_guardrail else None
    got_worse = isinstance(outcome, Effect) and effect_tone(outcome, metric) == "bad"
    is_shown = entry.role == "goal" or (is_guardrail and (limit is not None or got_worse))
    if not is_shown or not has_series(outcome):
        return None
    say, name = context.voice, context.metric_name(metric.id)
    rollout = context.module.rollout
    chart = series_chart(
        outcome, metric, rollout, say, title=name, id=f"series-{metric.id}", limit=limit
    )
    alt = say.word(
        "chart.series_alt",
        metric=name,
        baseline=context.numbers.value(outcome.baseline_value, metric.unit),
        post=context.numbers.value(outcome.post_value, metric.unit),
        day=context.numbers.day(rollout.first_day),
    )
    return Figure(chart, plain(metric.sentence.into(say.language)), alt)


def _forest(context: ModuleContext, rows: list[Row]) -> Figure | None:
    say, lines = context.voice, []
    for _, metric, outcome in rows:
        ends = relative_ends(outcome) if isinstance(outcome, Effect) else None
        if ends is None or not isinstance(outcome, Effect):
            continue
        lower, point, upper = ends
        if metric.direction == "down":
            lower, point, upper = -upper, -point, -lower
        tone = effect_tone(outcome, metric)
        lines.append((context.metric_name(metric.id), point, lower, upper, tone))
    if len(lines) < 2:  # noqa: PLR2004
        return None
    chart = ForestChart(
        id="forest",
        title=say.word("chart.forest"),
        axis=say.word("chart.forest_axis"),
        rows=tuple(lines),
        better=say.word("effect.better"),
        worse=say.word("effect.worse"),
        unclear=say.word("effect.unclear"),
    )
    parts = [f"{name} {context.numbers.percent(point, signed=True)}" for name, point, *_ in lines]
    alt = say.word("chart.forest_alt", list=say.word("common.comma").join(parts))
    return Figure(chart, say.word("chart.forest_caption"), alt)

"""Rows of page one: a module or a goal each, with its interval, the bar and its course over cycles."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.texts import plain
from roi_pipeline.reporting.model import Cell, Column, Spark, Table, Tone, Whisker
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import (
    EditionContext,
    ModuleContext,
    effect_line,
    evidence_grade,
)
from roi_pipeline.reporting.sections.headline import decide_by, roi_interval
from roi_pipeline.reporting.sections.pool import goal_whisker

MOST_CYCLES = 6
FEWEST_CYCLES = 2
SPARK_FLOOR = 0.06  # of the height, so that a cycle of almost nothing is still seen
ACTION_TONES: dict[str, Tone] = {
    "continue": "good", "expand": "good", "optimise": "warn", "wait": "quiet", "change": "bad",
    "stop": "bad",
}  # fmt: skip
HUNDRED = Decimal(100)


def roi_standing(context: ModuleContext) -> str:
    """Whether the interval of ROI lies above or below break-even, or holds it."""
    returns = context.value.rated.returns
    if returns.roi_lower is not None and returns.roi_lower > 0:
        return "earned"
    if returns.roi_upper is not None and returns.roi_upper < 0:
        return "lost"
    return "open"


def by_due_day(modules: Sequence[ModuleContext]) -> list[ModuleContext]:
    """The modules in the order their decisions are due; those without a date last."""
    return sorted(modules, key=lambda c: c.value.decision.decide_by or "9999")


def module_table(context: EditionContext, modules: Sequence[ModuleContext]) -> Table:
    """A row per module: effect on its goal, ROI on one scale with the bar, course, evidence, advice."""
    say = context.voice
    scale = _scale(modules)
    has_trend = any(roi_spark(c) for c in modules)
    columns = [
        Column(say.word("portfolio.module")),
        Column(say.word("page_one.effect_on_goal")),
        Column("ROI", "end", is_steady=True),
        Column(say.word("page_one.interval_and_bar")),
        *((Column(say.word("page_one.trend")),) if has_trend else ()),
        Column(say.word("pool.grade"), is_steady=True),
        Column(say.word("page_one.advice"), is_steady=True),
    ]
    rows = tuple(_module_row(c, scale, has_trend=has_trend) for c in modules)
    bars = {name for c in modules if (name := bar_text(c))}
    note = say.word("page_one.bars", bars=say.word("common.comma").join(sorted(bars)))
    return Table(
        "standing", say.word("page_one.modules"), tuple(columns), rows,
        note=note if bars else say.word("page_one.zero"), is_wide=True, is_sortable=True,
    )  # fmt: skip


def _module_row(
    context: ModuleContext, scale: tuple[Decimal, Decimal], *, has_trend: bool
) -> tuple[Cell, ...]:
    numbers, value = context.numbers, context.value
    tone = _roi_tone(context)
    return (
        Cell(
            context.name,
            note=plain(context.module.scene.into(context.voice.language)),
            href=context.module.id,
        ),
        goal_cell(context),
        Cell(
            numbers.roi(value.shown_roi, bar=value.rating.bar),
            note=roi_interval(context, value.rated),
            tone=tone,
            figure=f"{context.module.id}.rated.roi",
        ),
        Cell("", whisker=roi_whisker(context, scale)),
        *((_trend_cell(context),) if has_trend else ()),
        Cell(evidence_grade(context) or NONE),
        advice_cell(context),
    )


def goal_cell(context: ModuleContext) -> Cell:
    """What changed of the goal: level before and after, the change due to the module, its interval."""
    say, numbers = context.voice, context.numbers
    goal = context.main_goal()
    if goal is None:
        return Cell(NONE)
    metric, outcome = goal
    name = context.metric_name(metric.id)
    if not isinstance(outcome, Effect):
        line = effect_line(outcome, metric, say)
        return Cell(name, note=f"{line.verdict}{say.word('common.colon')}{line.note}")
    ends = (outcome.lower, outcome.upper)
    levels = [outcome.baseline_value, outcome.post_value]
    if None not in levels:
        shown = " → ".join(numbers.value(level, metric.unit) for level in levels)
        name = f"{name}{say.word('common.colon')}{shown}"
    change = numbers.change(outcome.estimate, metric.unit, ends=ends)
    span = numbers.interval(*ends, metric.unit, beside=outcome.estimate)
    return Cell(name, note=say.word("page_one.change", change=change, interval=span))


def _roi_tone(context: ModuleContext) -> Tone:
    if context.value.shown_roi is None:
        return "quiet"
    return {"earned": "good", "lost": "bad"}.get(roi_standing(context), "plain")  # type: ignore[return-value]


def _scale(modules: Sequence[ModuleContext]) -> tuple[Decimal, Decimal]:
    """One scale for the intervals of all rows; holds zero and every bar."""
    ends = [Decimal(0)]
    for c in modules:
        returns = c.value.rated.returns
        found = (c.value.shown_roi, returns.roi_lower, returns.roi_upper, bar_of(c))
        ends += [end for end in found if end is not None and c.value.shown_roi is not None]
    low, high = min(ends), max(ends)
    room = (high - low) * Decimal("0.06") or Decimal(1)
    return low - room, high + room


def bar_of(context: ModuleContext) -> Decimal | None:
    """The bar a module's ROI is held against: the rating's, else the lowest of its size's bands.

    None where it is break-even, which every row shows anyway.
    """
    rating = context.value.rating
    if rating.bar is not None:
        return rating.bar or None
    standard = context.standard(rating)
    tiers = standard.tiers if standard else ()
    bands = [band.from_roi for tier in tiers if tier.name == rating.tier for band in tier.bands]
    return min((bar for bar in bands if bar is not None and bar > 0), default=None)


def bar_text(context: ModuleContext) -> str:
    """The bar, written."""
    bar = bar_of(context)
    return "" if bar is None else context.numbers.roi(bar)


def roi_whisker(context: ModuleContext, scale: tuple[Decimal, Decimal]) -> Whisker | None:
    """ROI's interval on the scale of all rows, with zero and the bar."""
    returns, roi = context.value.rated.returns, context.value.shown_roi
    low, high = scale
    if roi is None or returns.roi_lower is None or returns.roi_upper is None:
        return None

    def place(figure: Decimal) -> float:
        return float(min(max((figure - low) / (high - low), Decimal(0)), Decimal(1)))

    bar = bar_of(context)
    return Whisker(
        place(returns.roi_lower), place(roi), place(returns.roi_upper), place(Decimal(0)),
        _roi_tone(context), None if bar is None else place(bar),
    )  # fmt: skip


def roi_spark(context: ModuleContext) -> Spark | None:
    """ROI of the last cycles as columns; None while fewer than two are known."""
    known = [(key, roi) for key, roi, _ in context.inputs.trend if roi is not None][-MOST_CYCLES:]
    if len(known) < FEWEST_CYCLES:
        return None
    high = max(Decimal(0), *(roi for _, roi in known))
    low = min(Decimal(0), *(roi for _, roi in known))
    span = (high - low) or Decimal(1)
    columns = tuple(
        (
            float((min(roi, Decimal(0)) - low) / span),
            max(float(abs(roi) / span), SPARK_FLOOR),
            roi < 0,
        )
        for _, roi in known
    )
    comma = context.voice.word("common.comma")
    alt = comma.join(f"{key} {context.numbers.roi(roi)}" for key, roi in known)
    return Spark(columns, alt)


def _trend_cell(context: ModuleContext) -> Cell:
    spark = roi_spark(context)
    return Cell("", note=since_last(context) if spark else "", spark=spark)


def since_last(context: ModuleContext) -> str:
    """How far ROI moved since the edition before: `▲ 66 points`; empty without one."""
    previous, now = context.inputs.previous, context.value.shown_roi
    if previous is None or previous.roi is None or now is None:
        return ""
    change = now - previous.roi
    points = context.numbers.number(abs(change) * HUNDRED, digits=0)
    if points == context.numbers.number(0, digits=0):
        return context.voice.word("page_one.same")
    return context.voice.word("page_one.up" if change > 0 else "page_one.down", points=points)


def advice_cell(context: ModuleContext) -> Cell:
    """What to do; the rating it stands beside, and the day it is due."""
    say, decision = context.voice, context.value.decision
    rating, _ = context.verdict(context.value.rating)
    due = due_text(context) if decision.decide_by else ""
    return Cell(
        say.name("action", decision.action),
        note=" · ".join(part for part in (rating, due) if part),
        tone=ACTION_TONES.get(decision.action, "quiet"),
        chip=True,
    )


def due_text(context: ModuleContext) -> str:
    """`by 14 Jun 2026`; a day that has passed says so."""
    written = decide_by(context, context.value.decision.decide_by)
    code = "page_one.was_due" if is_overdue(context) else "page_one.by"
    return context.voice.word(code, day=written)


def is_overdue(context: ModuleContext) -> bool:
    """Whether the day to decide by has passed; a cycle's key in its place never has."""
    day = context.value.decision.decide_by
    try:
        return bool(day) and date.fromisoformat(str(day)) < context.edition.provenance.as_of
    except ValueError:
        return False


def goal_table(context: ModuleContext) -> Table | None:
    """A row per goal, and per guardrail that got worse; None without goals."""
    say, numbers = context.voice, context.numbers
    rows = []
    for entry, metric, outcome in context.pool_outcomes():
        line = effect_line(outcome, metric, say)
        is_alarm = entry.role == "guardrail" and line.tone == "bad"
        if entry.role != "goal" and not is_alarm:
            continue
        role, known = say.name("role", entry.role), f"{context.module.id}.{metric.id}"
        levels = [outcome.baseline_value, outcome.post_value]
        shown = " → ".join(numbers.value(level, metric.unit) for level in levels)
        if not isinstance(outcome, Effect):
            cells = (Cell(NONE), Cell(NONE), Cell(NONE))
            verdict = Cell(line.verdict, note=line.note, tone="quiet", chip=True)
        else:
            ends = (outcome.lower, outcome.upper)
            change = numbers.change(outcome.estimate, metric.unit, ends=ends)
            relative = numbers.relative(outcome.relative).replace(NONE, "")
            span = numbers.interval(*ends, metric.unit, beside=outcome.estimate)
            cells = (
                Cell("" if None in levels else shown),
                Cell(change, note=relative, tone=line.tone, figure=f"{known}.effect"),
                Cell(span, whisker=goal_whisker(outcome, metric), figure=f"{known}.interval"),
            )
            verdict = Cell(line.verdict, tone=line.tone, chip=True)
        grade = outcome.grade if isinstance(outcome, Effect) else NONE
        rows.append((Cell(context.metric_name(metric.id), note=role), *cells, verdict, Cell(grade)))
    if not rows:
        return None
    columns = (
        Column(say.word("pool.metric")),
        Column(say.word("page_one.before_after"), is_steady=True),
        Column(say.word("pool.effect"), "end", is_steady=True),
        Column(say.word("pool.interval"), is_steady=True),
        Column(say.word("pool.verdict"), is_steady=True),
        Column(say.word("pool.grade"), is_steady=True),
    )
    return Table(
        "standing", say.word("page_one.goals"), columns, tuple(rows), is_wide=True, is_sortable=True
    )

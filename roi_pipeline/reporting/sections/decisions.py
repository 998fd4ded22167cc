"""Decisions taken: what was advised, what was decided, by whom and why, and with what result."""

from decimal import Decimal

from roi_pipeline.domain.advice import DecisionTaken
from roi_pipeline.reporting.model import Cell, Column, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext


def decisions_table(context: ModuleContext) -> Table | None:
    """Every decision known on the day of the report, the newest first; None when there is none."""
    today = context.edition.cycle.as_of
    known = [taken for taken in context.module.decisions if taken.on <= today]
    if not known:
        return None
    say = context.voice
    columns = (
        Column(say.word("calendar.day")),
        Column(say.word("decisions.advised"), is_steady=True),
        Column(say.word("decisions.taken"), is_steady=True),
        Column(say.word("decisions.by")),
        Column(say.word("decisions.outcome")),
    )
    newest = sorted(known, key=lambda taken: (taken.on, known.index(taken)), reverse=True)
    rows = tuple(_row(context, taken) for taken in newest)
    return Table("decisions", say.word("decisions.caption"), columns, rows)


def _row(context: ModuleContext, taken: DecisionTaken) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    advised = say.name("action", taken.advised) if taken.advised else NONE
    other = taken.advised is not None and taken.advised != taken.action
    return (
        Cell(numbers.day(taken.on)),
        Cell(advised, note=taken.cycle or ""),
        Cell(
            say.name("action", taken.action),
            note=say.word("decisions.other") if other else "",
            tone="warn" if other else "plain",
        ),
        Cell(say.name("term", taken.by), note=say.name("term", taken.because)),
        Cell(outcome_of(context, taken)),
    )


def outcome_of(context: ModuleContext, taken: DecisionTaken) -> str:
    """ROI of the cycle decided on, as published, and ROI now; a dash until a later cycle is known."""
    say, numbers = context.voice, context.numbers
    then = next((roi for key, roi, _ in context.inputs.trend if key == taken.cycle), None)
    now: Decimal | None = context.value.shown_roi
    if then is None or now is None or taken.cycle == context.edition.cycle.key:
        return NONE
    return say.word("decisions.roi", then=numbers.roi(then), now=numbers.roi(now))

"""The calendar of all decisions: notice days, contract ends, target deadlines, days to decide again.

Only days from the report's own on; a day that has passed is nobody's appointment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from roi_pipeline.reporting.model import Cell, Column, Table
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext

Kind = Literal["decide_by", "decide_again", "contract_end", "target"]


@dataclass(frozen=True, slots=True)
class Due:
    """One appointment, worded; `about` is the metric of a target."""

    day: date
    kind: Kind
    module_id: str
    module: str
    title: str
    note: str
    about: str = ""


def due_dates(context: EditionContext) -> tuple[Due, ...]:
    """Every day that asks for a decision, the earliest first."""
    today = context.edition.cycle.as_of
    found = {
        due
        for inputs in context.edition.modules
        for due in _module_dates(ModuleContext(context.edition, context.voice, inputs))
        if due.day >= today
    }
    return tuple(sorted(found, key=lambda due: (due.day, due.module_id, due.kind, due.title)))


def calendar_table(context: EditionContext) -> Table | None:
    """The calendar as a table; None when nothing is due."""
    say, numbers = context.voice, context.numbers
    dates = due_dates(context)
    if not dates:
        return None
    columns = (
        Column(say.word("calendar.day")),
        Column(say.word("portfolio.module"), is_steady=True),
        Column(say.word("calendar.what"), is_steady=True),
    )
    rows = tuple(
        (Cell(numbers.day(due.day)), Cell(due.module), Cell(due.title, note=due.note))
        for due in dates
    )
    return Table("calendar", say.word("calendar.caption"), columns, rows)


def _module_dates(context: ModuleContext) -> Iterator[Due]:
    say, decision, contract = context.voice, context.value.decision, context.module.vendor_contract
    action = say.name("action", decision.action)

    def due(day: date, kind: Kind, title: str, note: str = "", about: str = "") -> Due:
        return Due(day, kind, context.module.id, context.name, title, note, about)

    if decision.decide_by:
        reason = say.sentence(decision.reasons[0]) if decision.reasons else ""
        title = say.word("calendar.decide_by", action=action)
        yield due(date.fromisoformat(decision.decide_by), "decide_by", title, reason)
    for option in decision.options:
        again = option.reason.values.get("day")
        if option.action == decision.action == "wait" and isinstance(again, date):
            yield due(again, "decide_again", say.word("calendar.decide_again"))
    if contract is not None:
        yield due(contract.end, "contract_end", say.word("calendar.contract_end"))
    for pooled in context.module.pool:
        if pooled.target is not None and pooled.target.deadline is not None:
            name = context.metric_name(pooled.metric_id)
            title = say.word("calendar.target", metric=name)
            yield due(
                pooled.target.deadline, "target", title, pooled.target.owner, pooled.metric_id
            )

"""The actions side by side: what each is expected to bring, how its net adds up, until when."""

from decimal import Decimal

from roi_pipeline.domain.advice import Option
from roi_pipeline.domain.rounding import total_of_rounded
from roi_pipeline.reporting.model import Cell, Column, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext

NOTHING_LEARNT = Decimal("0.0001")


def actions_table(context: ModuleContext) -> Table | None:
    """Every action with benefits, costs, learning, net, chance of regret and last day."""
    say, decision = context.voice, context.value.decision
    if not decision.options:
        return None
    amounts = ("benefits", "costs", "once", "learning", "net", "regret", "last_day")
    columns = (
        Column(say.word("headline.action")),
        *(Column(say.word(f"options.{name}"), "end") for name in amounts),
    )
    open_first = sorted(decision.options, key=lambda option: not option.is_open)
    rows = tuple(_row(context, option) for option in reversed(open_first) if option.is_open)
    closed = tuple(_row(context, option) for option in open_first if not option.is_open)
    until = context.numbers.day(decision.weighed_until)
    caption = say.word("options.caption", until=until)
    return Table(
        "actions", caption, columns, rows + closed, note=say.word("options.note"), is_wide=True
    )


def option_parts(option: Option) -> tuple[Decimal | None, ...]:
    """Benefits, costs, once, learning and the net they add up to, in whole units.

    Learning worth less than `NOTHING_LEARNT` of the benefits is none: the decision is clear already.
    """
    if option.benefits is None or option.costs is None:
        return (None,) * 5
    is_worth_it = option.learning >= NOTHING_LEARNT * abs(option.benefits)
    learning = option.learning if is_worth_it else Decimal(0)
    parts = [option.benefits, -option.costs, -option.once, learning]
    return option.benefits, option.costs, option.once, learning, total_of_rounded(parts)


def _row(context: ModuleContext, option: Option) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    is_advised = option.action == context.value.decision.action
    name = Cell(
        say.name("action", option.action),
        note=say.sentence(option.reason),
        tone="good" if is_advised else "plain" if option.is_open else "quiet",
        chip=is_advised,
    )
    benefits, costs, once, learning, net = option_parts(option)
    return (
        name,
        Cell(numbers.money(benefits)),
        Cell(numbers.money(costs)),
        Cell(numbers.money(once) if once else NONE),
        Cell(numbers.money(learning) if learning else NONE),
        Cell(numbers.money(net, signed=True)),
        Cell(numbers.probability(option.regret)),
        Cell(numbers.day(option.last_day) if option.last_day else NONE),
    )

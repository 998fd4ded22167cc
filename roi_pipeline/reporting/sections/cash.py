"""Cash by period: what came and went since go-live, what is ahead at the cycle's pace, and three years of it.

Printed in whole units that a reader can add up: net and cumulated sum are those of the printed figures.
"""

from decimal import Decimal

from roi_pipeline.domain.rounding import total_of_rounded
from roi_pipeline.domain.statements import CashPeriod
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.model import Block, Cell, Column, Prose, Table
from roi_pipeline.reporting.sections.context import ModuleContext


def cash_blocks(context: ModuleContext) -> tuple[Block, ...]:
    """The table and the sentence on three years; nothing without a benefit that counts."""
    return (*_table(context), *_three_years(context))


def _table(context: ModuleContext) -> tuple[Table, ...]:
    say, periods = context.voice, context.value.cash
    if not periods:
        return ()
    heads = ("benefits", "running", "once", "net", "cumulative", "present_value")
    columns = (
        Column(say.word("money.period")),
        *(Column(say.word(f"cash.{head}"), "end", is_steady=True) for head in heads),
    )
    reached, rows = Decimal(0), list[tuple[Cell, ...]]()
    for period in periods:
        net = printed_net(period)
        reached += net
        rows.append(_row(context, period, net, reached))
    view = context.value.three_years
    note = say.word("cash.note", rate=say.numbers.percent(view.rate, digits=0)) if view else ""
    return (Table("cash", say.word("cash.caption"), columns, tuple(rows), note=note, is_wide=True),)


def printed_net(period: CashPeriod) -> Decimal:
    """Net of the printed amounts."""
    return total_of_rounded([period.benefits, -period.running, -period.once])


def _row(
    context: ModuleContext, period: CashPeriod, net: Decimal, reached: Decimal
) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    is_before = period.start == period.end
    name = (
        say.word("cash.before") if is_before else numbers.window(Window(period.start, period.end))
    )
    amounts = (period.benefits, period.running, period.once)
    return (
        Cell(name, note=say.word("cash.ahead") if period.is_ahead else ""),
        *(Cell(numbers.money(amount)) for amount in amounts),
        Cell(numbers.money(net), tone="good" if net > 0 else "bad" if net < 0 else "plain"),
        Cell(numbers.money(reached)),
        Cell(numbers.money(period.present_value)),
    )


def _three_years(context: ModuleContext) -> tuple[Prose, ...]:
    view = context.value.three_years
    if view is None:
        return ()
    say, numbers = context.voice, context.numbers
    text = say.word(
        "cash.three_years",
        rate=numbers.percent(view.rate, digits=0),
        initial=numbers.money(view.initial),
        won=numbers.money(view.yearly_benefits),
        spent=numbers.money(view.yearly_costs),
        benefits=numbers.money(view.benefits),
        costs=numbers.money(view.costs),
        net=numbers.money(total_of_rounded([view.benefits, -view.costs])),
        roi=numbers.roi(view.roi),
    )
    return (Prose((text,)),)

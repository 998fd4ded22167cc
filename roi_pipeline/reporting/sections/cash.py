"""Cash by period: what came and went since go-live, what is ahead at the cycle's pace, and three years of it.

What was is printed in whole units that a reader can add up: net and cumulated sum are those of the
printed figures. What is only expected is printed short, as no unit of it is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise

from roi_pipeline.domain.rounding import rounded, total_of_rounded
from roi_pipeline.domain.statements import CashPeriod, ModuleValue
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.model import Block, Cell, Column, Prose, Section, Table
from roi_pipeline.reporting.sections.context import EditionContext


def cash_blocks(context: EditionContext, value: ModuleValue) -> tuple[Block, ...]:
    """The table and the sentence on three years; nothing without a benefit that counts."""
    return (*_table(context, value), *_three_years(context, value))


def portfolio_cash_section(context: EditionContext) -> Section | None:
    """Present value and payback of all modules with rate and days, and their cash by period."""
    value = context.edition.portfolio
    if value is None or not value.cash or value.since_go_live.returns.npv is None:
        return None
    say, numbers, returns = context.voice, context.numbers, value.since_go_live.returns
    months = returns.payback_month
    paid_back = (
        say.word("cash.not_paid_back")
        if months is None
        else say.word("headline.months", n=numbers.count(months))
    )
    sentence = say.word(
        "cash.returns",
        npv=numbers.money(returns.npv),
        rate=_rate(context, value),
        period=numbers.window(value.since_go_live.period),
        payback=paid_back,
    )
    return Section(
        "cash",
        say.word("section.cash"),
        (Prose((sentence,)), *cash_blocks(context, value)),
        gist=sentence,
    )


def _rate(context: EditionContext, value: ModuleValue) -> str:
    standard = context.standard(value.rating)
    if value.three_years is not None:
        rate = value.three_years.rate
    else:
        rate = standard.discount_rate if standard else Decimal(0)
    return context.numbers.percent(rate, digits=0)


def _table(context: EditionContext, value: ModuleValue) -> tuple[Table, ...]:
    say, periods = context.voice, value.cash
    if not periods:
        return ()
    heads = ("benefits", "running", "once", "net", "cumulative", "present_value")
    columns = (
        Column(say.word("money.period")),
        *(Column(say.word(f"cash.{head}"), "end", is_steady=True) for head in heads),
    )
    reached, rows = Decimal(0), list[tuple[Cell, ...]]()
    for period, printed in zip(periods, printed_amounts(value), strict=True):
        reached += printed.net
        rows.append(_row(context, period, printed, reached))
    note = say.word("cash.note", rate=_rate(context, value))
    return (Table("cash", say.word("cash.caption"), columns, tuple(rows), note=note, is_wide=True),)


@dataclass(frozen=True, slots=True)
class Printed:
    """A row in whole units."""

    benefits: Decimal
    running: Decimal
    once: Decimal

    @property
    def net(self) -> Decimal:
        """As a reader subtracts it."""
        return self.benefits - self.running - self.once


def printed_amounts(value: ModuleValue) -> tuple[Printed, ...]:
    """Rows of the past that add up to the statement since go-live as printed; those ahead as expected."""
    past = [row for row in value.cash if not row.is_ahead]
    since = value.since_go_live
    running = [line.amount for line in since.counted_costs if line.basis != "once"]
    rows = zip(
        _adding_to(since.printed_benefits, [row.benefits for row in past]),
        _adding_to(total_of_rounded(running), [row.running for row in past]),
        _adding_to(None, [row.once for row in past]),
        strict=True,
    )
    return (
        *(Printed(*row) for row in rows),
        *(Printed(row.benefits, row.running, row.once) for row in value.cash if row.is_ahead),
    )


def _adding_to(total: Decimal | None, amounts: Sequence[Decimal]) -> list[Decimal]:
    """Amounts in whole units whose sum is the printed total: their running sums are rounded."""
    sums = [rounded(each) for each in accumulate(amounts)]
    if sums and total is not None:
        sums[-1] = total
    return [here - before for before, here in pairwise((Decimal(0), *sums))]


def _row(
    context: EditionContext, period: CashPeriod, printed: Printed, reached: Decimal
) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    is_before = period.start == period.end
    show = numbers.money_short if period.is_ahead else numbers.money
    name = (
        say.word("cash.before") if is_before else numbers.window(Window(period.start, period.end))
    )
    net, amounts = printed.net, (printed.benefits, printed.running, printed.once)
    return (
        Cell(name, note=say.word("cash.ahead") if period.is_ahead else ""),
        *(Cell(show(amount)) for amount in amounts),
        Cell(show(net), tone="good" if net > 0 else "bad" if net < 0 else "plain"),
        Cell(show(reached)),
        Cell(show(period.present_value)),
    )


def _three_years(context: EditionContext, value: ModuleValue) -> tuple[Prose, ...]:
    view = value.three_years
    if view is None:
        return ()
    say, numbers = context.voice, context.numbers
    text = say.word(
        "cash.three_years",
        rate=numbers.percent(view.rate, digits=0),
        initial=numbers.money_short(view.initial),
        won=numbers.money_short(view.yearly_benefits),
        spent=numbers.money_short(view.yearly_costs),
        benefits=numbers.money_short(view.benefits),
        costs=numbers.money_short(view.costs),
        net=numbers.money_short(view.net),
        roi=numbers.roi(view.roi),
    )
    return (Prose((text,)),)

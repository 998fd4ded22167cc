"""Whose outcome it was: claimed, seen, caused and credited, in units and in money."""

from decimal import Decimal

from roi_pipeline.domain.statements import CreditLine
from roi_pipeline.reporting.model import Cell, Column, Section, Table
from roi_pipeline.reporting.numbers import total_of_rounded
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.lifts import lift_blocks


def attribution_section(context: EditionContext, credit: tuple[CreditLine, ...]) -> Section | None:
    """What actions brought about, and the credit ledger; nothing where no outcome was credited."""
    blocks = lift_blocks(context)
    if credit:
        blocks += (credit_table(context, credit),)
    if not blocks:
        return None
    say = context.voice
    lead = say.word("attribution.lead")
    return Section("attribution", say.word("section.attribution"), blocks, lead)


def credit_table(context: EditionContext, credit: tuple[CreditLine, ...]) -> Table:
    """One row per metric; what is credited never exceeds what was caused, nor that what was seen."""
    say, numbers = context.voice, context.numbers
    columns = (
        Column(say.word("pool.metric")),
        Column(say.word("attribution.claimed"), "end"),
        Column(say.word("attribution.observed"), "end"),
        Column(say.word("attribution.incremental"), "end"),
        Column(say.word("attribution.credited"), "end"),
        Column(say.word("attribution.incremental_amount"), "end"),
        Column(say.word("attribution.amount"), "end"),
    )
    rows = tuple(
        (
            Cell(say.name("metric", line.metric_id), note=_modules(context, line)),
            *(
                Cell(_quantity(context, quantity))
                for quantity in (line.claimed, line.observed, line.incremental, line.credited)
            ),
            Cell(numbers.money(line.incremental_amount)),
            Cell(numbers.money(line.amount)),
        )
        for line in credit
    )
    sums = (
        total_of_rounded(line.incremental_amount for line in credit),
        total_of_rounded(line.amount for line in credit),
    )
    foot = (
        Cell(say.word("common.total")),
        *(Cell(""),) * 4,
        *(Cell(numbers.money(amount)) for amount in sums),
    )
    caption = say.word("attribution.caption", period=numbers.window(context.edition.cycle.window))
    note = say.word("portfolio.credit_rule")
    return Table("attribution", caption, columns, rows, (foot,), note=note)


def _modules(context: EditionContext, line: CreditLine) -> str:
    say = context.voice
    names = (say.name("module", module_id) for module_id in line.module_ids)
    return say.word("common.comma").join(names)


def _quantity(context: EditionContext, quantity: Decimal | None) -> str:
    return context.numbers.number(quantity)

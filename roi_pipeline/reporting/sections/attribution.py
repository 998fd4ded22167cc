"""Whose outcome it was: claimed, seen, caused and credited, in units and in money."""

from collections.abc import Sequence
from decimal import Decimal

from roi_pipeline.domain.money import BenefitLine
from roi_pipeline.domain.rounding import rounded, total_of_rounded, unlisted
from roi_pipeline.domain.statements import CreditLine, ModuleValue
from roi_pipeline.reporting.model import Cell, Column, Section, Table
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.lifts import lift_blocks


def attribution_section(context: EditionContext, value: ModuleValue | None) -> Section | None:
    """What actions brought about, and the credit ledger; nothing where no outcome was credited."""
    blocks = lift_blocks(context)
    if value is not None and value.credit:
        blocks += (credit_table(context, value.credit, value.cycle.benefits),)
    if not blocks:
        return None
    say = context.voice
    lead = say.word("attribution.lead")
    return Section("attribution", say.word("section.attribution"), blocks, lead)


def credit_table(
    context: EditionContext, credit: Sequence[CreditLine], benefits: Sequence[BenefitLine]
) -> Table:
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
    amounts = [_printed_amounts(line, benefits) for line in credit]
    rows = tuple(
        (
            Cell(say.name("metric", line.metric_id), note=_modules(context, line)),
            *(
                Cell(_quantity(context, quantity))
                for quantity in (line.claimed, line.observed, line.incremental, line.credited)
            ),
            *(Cell(numbers.money(amount)) for amount in pair),
        )
        for line, pair in zip(credit, amounts, strict=True)
    )
    sums = (sum((pair[column] for pair in amounts), Decimal(0)) for column in (0, 1))
    foot = (
        Cell(say.word("common.total")),
        *(Cell(""),) * 4,
        *(Cell(numbers.money(amount)) for amount in sums),
    )
    caption = say.word("attribution.caption", period=numbers.window(context.edition.cycle.window))
    note = say.word("portfolio.credit_rule")
    return Table("attribution", caption, columns, rows, (foot,), note=note)


def _printed_amounts(line: CreditLine, benefits: Sequence[BenefitLine]) -> tuple[Decimal, Decimal]:
    """Incremental and credited money, the latter as the printed benefit lines of the metric add up.

    Where those lines do not make up the credit (pooled with other modules, they are scaled), it is
    rounded by itself: as its own line, it is printed so elsewhere.
    """
    mine = [each.amount for each in benefits if each.metric_id == line.metric_id and each.amount]
    is_listed = unlisted(mine, line.amount) == 0
    credited = total_of_rounded(mine) if is_listed else rounded(line.amount)
    incremental = rounded(line.incremental_amount)
    if line.incremental_amount == line.amount:
        return credited, credited
    return max(credited, incremental) if incremental > 0 else incremental, credited


def _modules(context: EditionContext, line: CreditLine) -> str:
    say = context.voice
    names = (say.name("module", module_id) for module_id in line.module_ids)
    return say.word("common.comma").join(names)


def _quantity(context: EditionContext, quantity: Decimal | None) -> str:
    return context.numbers.number(quantity)

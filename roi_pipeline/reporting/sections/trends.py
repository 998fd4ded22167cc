"""ROI of every module over the cycles, beside one another: a process, not a result."""

from collections.abc import Sequence

from roi_pipeline.reporting.model import Cell, Column, Section, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.changes import FEWEST_CYCLES, chance_text
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext

MOST_CYCLES = 6


def trends_section(context: EditionContext, modules: Sequence[ModuleContext]) -> Section | None:
    """A row for each module that was rated, a column for each of the last cycles that rated one."""
    rated = [m for m in modules if any(roi is not None for _, roi, _ in m.inputs.trend)]
    cycles = sorted(
        {key for module in rated for key, roi, _ in module.inputs.trend if roi is not None}
    )
    if len(cycles) < FEWEST_CYCLES:
        return None
    say, shown = context.voice, cycles[-MOST_CYCLES:]
    columns = (
        Column(say.word("portfolio.module")),
        *(Column(cycle, "end", is_steady=True) for cycle in shown),
    )
    rows = tuple(_row(module, shown) for module in rated)
    table = Table("trends", say.word("chart.trend"), columns, rows)
    return Section("trends", say.word("chart.trend"), (table,), say.word("chart.trend_caption"))


def _row(context: ModuleContext, cycles: Sequence[str]) -> tuple[Cell, ...]:
    found = {key: (roi, chance) for key, roi, chance in context.inputs.trend}
    cells = []
    for cycle in cycles:
        roi, chance = found.get(cycle, (None, None))
        text = context.numbers.roi(roi, bar=context.value.rating.bar)
        cells.append(Cell(text, note="" if text == NONE else chance_text(context, chance)))
    return (Cell(context.name, href=context.module.id), *cells)

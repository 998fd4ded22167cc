"""What would have to be different: the tornado, the point where the rating flips, break-even."""

from roi_pipeline.domain.statements import ModuleValue, Swing
from roi_pipeline.domain.texts import Text
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    Prose,
    Section,
    Table,
    TornadoChart,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import EditionContext, shown_roi

MOST_BARS = 8


def scenarios_section(context: EditionContext, value: ModuleValue) -> Section | None:
    """Tornado and break-even; nothing when there is no ROI to move."""
    say, swings = context.voice, value.tornado
    blocks: list[Block] = []
    sentence = _break_even(context, value)
    if sentence:
        blocks.append(Prose((sentence,)))
    if swings and shown_roi(value) is not None:
        blocks.append(Figures((_tornado(context, value),)))
        blocks.append(_table(context, swings))
    if not blocks:
        return None
    return Section("scenarios", say.word("section.scenarios"), tuple(blocks))


def _break_even(context: EditionContext, value: ModuleValue) -> str:
    returns = value.rated.returns
    if returns.break_even_quantity is None:
        return ""
    lines = {line.id: line for line in value.rated.benefits}
    line = lines.get(returns.break_even_line or "")
    say = context.voice
    name = plain(line.name.into(say.language)) if line else plain(returns.break_even_line or "")
    quantity = context.numbers.number(returns.break_even_quantity)
    return say.word("scenarios.break_even", quantity=quantity, line=name)


def _tornado(context: EditionContext, value: ModuleValue) -> Figure:
    say, numbers, rating = context.voice, context.numbers, value.rating
    base, swings = value.rated.returns.roi, value.tornado
    rows = tuple(
        (
            _name(context, swing),
            float(swing.roi_at_low),
            float(swing.roi_at_high),
            numbers.number(swing.low_value),
            numbers.number(swing.high_value),
        )
        for swing in _largest_first(swings)[:MOST_BARS]
        if swing.roi_at_low != swing.roi_at_high
    )
    chart = TornadoChart(
        id="tornado",
        title=say.word("chart.tornado"),
        axis="ROI",
        base=float(base or 0),
        bar=None if rating.bar is None else float(rating.bar),
        bar_label=""
        if rating.bar is None
        else say.word("headline.bar", bar=numbers.roi(rating.bar)),
        rows=rows,
    )
    first = _largest_first(swings)[0]
    alt = say.word(
        "chart.tornado_alt",
        input=_name(context, first),
        low=numbers.roi(min(first.roi_at_low, first.roi_at_high)),
        high=numbers.roi(max(first.roi_at_low, first.roi_at_high)),
    )
    return Figure(chart, say.word("chart.tornado_caption"), alt)


def _largest_first(swings: tuple[Swing, ...]) -> list[Swing]:
    return sorted(swings, key=lambda swing: -abs(swing.roi_at_high - swing.roi_at_low))


def _name(context: EditionContext, swing: Swing) -> str:
    return plain(Text(swing.name).into(context.voice.language)) or swing.input_id


def _table(context: EditionContext, swings: tuple[Swing, ...]) -> Table:
    say, numbers = context.voice, context.numbers
    columns = (
        Column(say.word("scenarios.input")),
        Column(say.word("scenarios.range"), "end"),
        Column(say.word("scenarios.roi_range"), "end"),
        Column(say.word("scenarios.flips"), "end"),
    )
    rows = tuple(
        (
            Cell(_name(context, swing), code=plain(swing.input_id)),
            Cell(numbers.span(numbers.number(swing.low_value), numbers.number(swing.high_value))),
            Cell(numbers.span(numbers.roi(swing.roi_at_low), numbers.roi(swing.roi_at_high))),
            Cell(NONE if swing.flips_at is None else numbers.number(swing.flips_at)),
        )
        for swing in _largest_first(swings)
    )
    return Table("tornado-table", say.word("scenarios.caption"), columns, rows)

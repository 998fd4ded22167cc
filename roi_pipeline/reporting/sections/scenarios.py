"""What would have to be different: the tornado, the point where the rating flips, break-even."""

from dataclasses import replace
from decimal import Decimal

from roi_pipeline.domain.metrics import Metric
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
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.working import unit_of

MOST_BARS = 8
# How finance names the inputs it swings, and the unit of assumptions that are shares.
EFFECT, COSTS, SHARE = "effect", "costs", "fraction"


def scenarios_section(context: EditionContext, value: ModuleValue) -> Section | None:
    """Tornado and break-even; nothing when there is no ROI to move."""
    say, swings = context.voice, _printed_costs(value)
    blocks: list[Block] = []
    sentence = _break_even(context, value)
    if sentence:
        blocks.append(Prose((sentence,)))
    if swings and value.shown_roi is not None:
        if any(not moves_nothing(context, swing) for swing in swings):
            blocks.append(Figures((_tornado(context, value),)))
        table = _table(context, swings)
        blocks += [table] if table.rows else []
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
    base, swings = value.rated.returns.roi, _printed_costs(value)
    rows = tuple(
        (
            _name(context, swing),
            float(swing.roi_at_low),
            float(swing.roi_at_high),
            _input(context, swing, swing.low_value),
            _input(context, swing, swing.high_value),
        )
        for swing in _largest_first(swings)[:MOST_BARS]
        if not moves_nothing(context, swing)
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


def largest_swing(context: EditionContext, value: ModuleValue) -> tuple[str, str] | None:
    """(input, range of ROI) of the input that moves ROI most; None where none has a range."""
    swings = _largest_first(_printed_costs(value))
    if not swings or moves_nothing(context, swings[0]) or value.shown_roi is None:
        return None
    return _name(context, swings[0]), _roi_range(context, swings[0])


def moves_nothing(context: EditionContext, swing: Swing) -> bool:
    """Whether ROI is printed the same at both ends of an input's range."""
    roi = context.numbers.roi
    return roi(swing.roi_at_low) == roi(swing.roi_at_high)


def _printed_costs(value: ModuleValue) -> tuple[Swing, ...]:
    """The tornado with costs of no range as the statement prints them: rounded, then added."""
    costs = value.rated.printed_costs
    return tuple(
        replace(swing, low_value=costs, high_value=costs)
        if swing.input_id == COSTS and swing.low_value == swing.high_value
        else swing
        for swing in value.tornado
    )


def _largest_first(swings: tuple[Swing, ...]) -> list[Swing]:
    return sorted(swings, key=lambda swing: -abs(swing.roi_at_high - swing.roi_at_low))


def _name(context: EditionContext, swing: Swing) -> str:
    return plain(Text(swing.name).into(context.voice.language)) or swing.input_id


def _table(context: EditionContext, swings: tuple[Swing, ...]) -> Table:
    say = context.voice
    columns = (
        Column(say.word("scenarios.input")),
        Column(say.word("scenarios.range"), "end"),
        Column(say.word("scenarios.roi_range"), "end"),
        Column(say.word("scenarios.flips"), "end"),
    )
    rows = tuple(
        (
            Cell(_name(context, swing), code=plain(swing.input_id)),
            _range(context, swing),
            Cell(_roi_range(context, swing)),
            Cell(_flip(context, swing)),
        )
        for swing in _largest_first(swings)
        if not moves_nothing(context, swing) or _flip(context, swing) != NONE
    )
    caption, note = say.word("scenarios.caption"), say.word("scenarios.no_flip")
    return Table("tornado-table", caption, columns, rows, note=note, is_sortable=True)


def _range(context: EditionContext, swing: Swing) -> Cell:
    if swing.low_value == swing.high_value:
        fixed = context.voice.word("scenarios.fixed")
        return Cell(_input(context, swing, swing.low_value), note=fixed)
    metric = _metric(context, swing)
    if metric is not None:
        return Cell(context.numbers.interval(swing.low_value, swing.high_value, metric.unit))
    ends = (_input(context, swing, end) for end in (swing.low_value, swing.high_value))
    return Cell(context.numbers.span(*ends))


def _roi_range(context: EditionContext, swing: Swing) -> str:
    if moves_nothing(context, swing):
        return context.numbers.roi(swing.roi_at_low)
    return context.numbers.roi_span(swing.roi_at_low, swing.roi_at_high)


def _flip(context: EditionContext, swing: Swing) -> str:
    """Where the rating flips; no price, cost or share is negative and no share above one."""
    flips = swing.flips_at
    if flips is None:
        return NONE
    is_share = _unit(context, swing) == SHARE
    if _metric(context, swing) is None and (flips < 0 or (is_share and flips > 1)):
        return NONE
    return _input(context, swing, flips)


def _input(context: EditionContext, swing: Swing, value: Decimal) -> str:
    """A value of the input in its own unit, an effect with the digits of its interval."""
    numbers, metric = context.numbers, _metric(context, swing)
    if metric is not None:
        return numbers.change(value, metric.unit, ends=(swing.low_value, swing.high_value))
    if swing.input_id == COSTS:
        return numbers.money(value)
    unit = _unit(context, swing)
    if unit == SHARE:
        return numbers.percent(value)
    return (
        numbers.price(value) if unit.startswith(f"{numbers.currency}/") else numbers.number(value)
    )


def _metric(context: EditionContext, swing: Swing) -> Metric | None:
    """The metric whose effect the input is; None for assumptions and costs."""
    kind, _, name = swing.input_id.partition(":")
    return context.metric(name.rpartition(":")[2]) if kind == EFFECT else None


def _unit(context: EditionContext, swing: Swing) -> str:
    """Unit of the assumption the input is; empty when it is none."""
    return unit_of(context, swing.input_id.rpartition(":")[2])

"""An experiment with an end: incremental outcome, return on spend, cost per outcome, with all bounds."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from roi_pipeline.domain.effects import Effect, IncrementalReturn
from roi_pipeline.domain.metrics import MetricUnit
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.model import Block, Column
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext
from roi_pipeline.reporting.sections.offers import figures_table

Written = Callable[[float | None], str]


class ReturnRow(NamedTuple):
    """One figure of the table."""

    name: str
    value: str
    interval: str
    one_sided: str


def return_blocks(context: ModuleContext) -> list[Block]:
    """One table per metric of an experiment with an end."""
    return [
        figures_table(
            context, metric, return_rows(outcome, metric.unit, context.voice),
            Column(context.voice.word("returns.one_sided"), "end"), topic="returns",
            note="returns.note",
        )
        for _, metric, outcome in context.pool_outcomes()
        if isinstance(outcome, Effect) and outcome.incremental is not None
    ]  # fmt: skip


def return_rows(effect: Effect, unit: MetricUnit, say: Voice) -> Iterator[ReturnRow]:
    """Incremental outcome; with a spend, its return and the cost of one."""
    found, numbers = effect.incremental, say.numbers
    if found is None:
        return
    amount: Written = numbers.money if unit == "money" else numbers.number
    yield _row("returns.outcome", (found.outcome, found.lower, found.upper, found.at_least),
               amount, say)  # fmt: skip
    if not found.spend:
        return
    ends = (found.outcome, found.lower, found.upper, found.at_least)
    per = tuple(found.per_spend(end) for end in ends)
    yield _row("returns.per_spend", per, numbers.number, say)
    yield _cost(found, say)


def _row(word: str, figures: tuple[float | None, ...], written: Written, say: Voice) -> ReturnRow:
    value, lower, upper, at_least = figures
    span = say.numbers.span(written(lower), written(upper))
    bound = NONE if at_least is None else say.word("returns.at_least", x=written(at_least))
    return ReturnRow(say.word(word), written(value), span, bound)


def _cost(found: IncrementalReturn, say: Voice) -> ReturnRow:
    """The cost of one incremental outcome: dearer the fewer there may be, without end at none."""
    price = say.numbers.price
    value = found.cost_of_one(found.outcome)
    dearest, cheapest = found.cost_of_one(found.lower), found.cost_of_one(found.upper)
    most = found.cost_of_one(found.at_least)
    if cheapest is None:
        span = NONE
    elif dearest is None:
        span = say.word("returns.at_least", x=price(cheapest))
    else:
        span = say.numbers.span(price(cheapest), price(dearest))
    bound = say.word("returns.unbounded" if most is None else "returns.at_most", x=price(most))
    return ReturnRow(say.word("returns.cost"), NONE if value is None else price(value), span, bound)

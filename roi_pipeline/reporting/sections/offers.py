"""A randomised offer that was not always used: take-up, effect on compliers, and why users mislead."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from roi_pipeline.domain.effects import Effect, OfferAndUse
from roi_pipeline.domain.metrics import Metric, MetricUnit
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.model import Block, Cell, Column, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext


class OfferRow(NamedTuple):
    """One figure of the table."""

    name: str
    value: str
    interval: str
    note: str


def offer_blocks(context: ModuleContext) -> list[Block]:
    """One table per metric whose randomised units are known to have used the module or not."""
    return [
        figures_table(
            context, metric, offer_rows(outcome, metric.unit, context.voice),
            Column(context.voice.word("common.reason")), topic="offers", note="offers.money",
        )
        for _, metric, outcome in context.pool_outcomes()
        if isinstance(outcome, Effect) and outcome.use is not None
    ]  # fmt: skip


def figures_table(
    context: ModuleContext,
    metric: Metric,
    rows: Iterable[Sequence[str]],
    last: Column,
    *,
    topic: str,
    note: str,
) -> Table:
    """A metric's figures, a row each: what it is, its value, its interval, and the column `last`."""
    say = context.voice
    columns = (
        Column(say.word("offers.what")),
        Column(say.word("offers.value"), "end"),
        Column(say.word("pool.interval"), "end"),
        last,
    )
    caption = say.word(f"{topic}.caption", metric=context.metric_name(metric.id))
    cells = tuple(tuple(Cell(text) for text in row) for row in rows)
    return Table(f"{topic}-{metric.id}", caption, columns, cells, note=say.word(note))


def offer_rows(effect: Effect, unit: MetricUnit, say: Voice) -> Iterator[OfferRow]:
    """The offer's effect, take-up, first stage, the compliers' effect, users against others."""
    use, numbers = effect.use, say.numbers
    if use is None:
        return
    ends = (effect.lower, effect.upper)
    yield OfferRow(
        say.word("offers.offer"),
        numbers.change(effect.estimate, unit, ends=ends),
        numbers.interval(*ends, unit, beside=effect.estimate),
        say.word("offers.offer_note"),
    )
    pairs = (
        ("offers.used_offered", use.n_offered_users, use.n_offered),
        ("offers.used_held_out", use.n_held_out_users, use.n_held_out),
    )
    for word, users, units in pairs:
        share = numbers.rate(users / units) if units else NONE
        counts = say.word("offers.of", n=numbers.count(users), total=numbers.count(units))
        yield OfferRow(say.word(word), share, NONE, counts)
    yield _first_stage(use, say)
    yield _compliers(use, unit, say)
    for each in use.self_selected:
        ends = (each.lower, each.upper)
        yield OfferRow(
            say.word(f"offers.{each.kind}"),
            numbers.change(each.estimate, unit, ends=ends),
            numbers.interval(*ends, unit, beside=each.estimate),
            say.word("offers.graded", grade=each.grade, reason=say.sentence(each.reason)),
        )


def _first_stage(use: OfferAndUse, say: Voice) -> OfferRow:
    numbers, ends = say.numbers, (use.take_up_lower, use.take_up_upper)
    strength = numbers.number(use.first_stage_f, digits=1)
    return OfferRow(
        say.word("offers.first_stage"),
        numbers.change(use.take_up, "rate", ends=ends),
        numbers.interval(*ends, "rate", beside=use.take_up),
        NONE if use.first_stage_f is None else say.word("offers.strength", f=strength),
    )


def _compliers(use: OfferAndUse, unit: MetricUnit, say: Voice) -> OfferRow:
    """The effect on compliers with its interval, which need not be one piece."""
    numbers, name = say.numbers, say.word("offers.compliers")
    if use.estimate is None:
        reason = NONE if use.reason is None else say.sentence(use.reason)
        return OfferRow(name, NONE, NONE, reason)
    note = say.word(f"offers.{use.interval_method}")
    if use.is_one_sided:
        note = say.word("offers.one_sided", method=note)
    if use.lower is None or use.upper is None:
        change = numbers.change(use.estimate, unit)
        return OfferRow(name, change, say.word("offers.unbounded"), note)
    ends = (min(use.lower, use.upper), max(use.lower, use.upper))
    shown = numbers.interval(*ends, unit, beside=use.estimate)
    if use.shape == "outside":
        shown = say.word("offers.outside", interval=shown)
    return OfferRow(name, numbers.change(use.estimate, unit, ends=ends), shown, note)

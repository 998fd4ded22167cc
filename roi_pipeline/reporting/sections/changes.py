"""What changed since the last edition: ROI then and now, and how much each cause explains."""

from decimal import Decimal

from roi_pipeline.domain.editions import PreviousEdition
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    Note,
    Prose,
    Section,
    Table,
    TrendChart,
)
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext

FEWEST_CYCLES = 2
MOST_CYCLES = 8
UNEXPLAINED = Decimal("0.0005")


def changes_section(context: ModuleContext) -> Section:
    """The bridge to the edition before, and ROI over the cycles."""
    say, previous = context.voice, context.inputs.previous
    blocks: list[Block] = []
    if previous is not None:
        blocks.append(Prose(_then_and_now(context, previous)))
        if previous.bridge:
            blocks.append(_bridge(context, previous))
    before = context.value.rating_before_change
    if before is not None:
        text = say.word(
            "changes.standard",
            old=plain(before.standard_id),
            new=plain(context.value.rating.standard_id),
            then=context.verdict(before)[0],
            now=context.verdict(context.value.rating)[0],
        )
        blocks.append(Note(text))
    figure = trend_figure(context)
    if figure:
        blocks.append(Figures((figure,)))
    return Section("changes", say.word("section.changes"), tuple(blocks))


def _then_and_now(context: ModuleContext, previous: PreviousEdition) -> tuple[str, ...]:
    say, numbers, rating = context.voice, context.numbers, context.value.rating
    texts = [
        say.word(
            "changes.roi",
            edition=plain(previous.edition_id),
            then=numbers.roi(previous.roi),
            now=numbers.roi(context.value.shown_roi, bar=rating.bar),
        )
    ]
    if previous.rating and previous.rating != rating.grade:
        then = say.name("rating", previous.rating)
        texts.append(say.word("changes.rating", then=then, now=context.verdict(rating)[0]))
    if previous.action:
        now = say.name("action", context.value.decision.action)
        then = say.name("action", previous.action)
        texts.append(say.word("changes.action", then=then, now=now))
    return tuple(texts)


def _bridge(context: ModuleContext, previous: PreviousEdition) -> Table:
    say, numbers = context.voice, context.numbers
    rows = tuple(
        (
            Cell(say.word(f"cause.{step.cause}")),
            Cell(numbers.points(step.roi_change), tone="good" if step.roi_change > 0 else "bad"),
            Cell(say.sentence(step.reason)),
        )
        for step in previous.bridge
    )
    columns = (
        Column(say.word("changes.cause")),
        Column(say.word("changes.effect_on_roi"), "end"),
        Column(say.word("common.reason")),
    )
    total = sum((step.roi_change for step in previous.bridge), Decimal(0))
    now = context.value.shown_roi
    if now is not None and previous.roi is not None:
        rest = now - previous.roi - total
        if abs(rest) >= UNEXPLAINED:
            rows += ((Cell(say.word("changes.unexplained")), Cell(numbers.points(rest)), Cell("")),)
            total += rest
    foot = (Cell(say.word("common.total")), Cell(numbers.points(total)), Cell(""))
    return Table("bridge", say.word("changes.caption"), columns, rows, (foot,))


def trend_figure(context: ModuleContext) -> Figure | None:
    """ROI of each cycle so far, with the bar."""
    say, numbers, trend = context.voice, context.numbers, context.inputs.trend[-MOST_CYCLES:]
    known = [(key, roi) for key, roi, _ in trend if roi is not None]
    if len(known) < FEWEST_CYCLES:
        return None
    bar = context.value.rating.bar
    chart = TrendChart(
        id="trend",
        title=say.word("chart.trend"),
        axis="ROI",
        bar=float(bar) if bar is not None else None,
        bar_label=say.word("headline.bar", bar=numbers.roi(bar)) if bar is not None else "",
        points=tuple(
            (
                key,
                None if roi is None else float(roi),
                numbers.roi(roi),
                say.word("chart.not_rated")
                if _is_unrated(roi, chance)
                else chance_text(context, chance),
            )
            for key, roi, chance in trend
        ),
        unrated=tuple(key for key, roi, chance in trend if _is_unrated(roi, chance)),
    )
    first, last = known[0], known[-1]
    alt = say.word(
        "chart.trend_alt",
        first=first[0],
        then=numbers.roi(first[1]),
        last=last[0],
        now=numbers.roi(last[1]),
    )
    return Figure(chart, say.word("chart.trend_caption"), alt)


def _is_unrated(roi: Decimal | None, chance: float | None) -> bool:
    return roi is not None and chance is None


def chance_text(context: EditionContext, chance: float | None) -> str:
    """The chance of clearing the bar, named as such; empty when it is not known."""
    if chance is None:
        return ""
    return context.voice.word("chart.chance", p=context.numbers.probability(chance))

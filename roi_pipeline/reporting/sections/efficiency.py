"""Beside the money: the efficiency score line by line, and how use, effect and feedback hang together.

A score is opened up here and never headlined; the dose–response carries its caveat in the same block.
"""

from decimal import Decimal

from roi_pipeline.domain.modules import PoolMetric
from roi_pipeline.domain.scores import (
    Contribution,
    DoseResponse,
    Efficiency,
    FollowUp,
    PlaceUse,
    Score,
    Usage,
    Use,
)
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.model import (
    Block,
    Bullets,
    Card,
    Cards,
    Cell,
    Column,
    Fact,
    Facts,
    Line,
    Note,
    Prose,
    Section,
    Table,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext, verdict_line

TEN_POINTS = 0.1
FULL = 100


def efficiency_section(context: ModuleContext) -> Section | None:
    """The score of the module and its dimensions, with a line for every target."""
    found, say = context.inputs.efficiency, context.voice
    if found is None:
        return None
    blocks: list[Block]
    if not found.score.lines:
        blocks = [Note(say.word("efficiency.no_targets"), "quiet")]
    elif is_full(found.score):
        metrics = [context.metric_name(line.metric_id) for line in found.score.lines]
        names = say.word("common.comma").join(metrics)
        text = say.word("efficiency.all_full", names=names)
        blocks = [Prose((text, say.word("efficiency.secondary")))]
    else:
        blocks = [_score_facts(context, found), _contributions(context, found.score)]
        blocks.append(Note(say.word("efficiency.secondary"), "quiet"))
    title, lead = say.word("efficiency.title"), say.word("efficiency.lead")
    return Section("efficiency", title, tuple(blocks), lead)


def portfolio_scores_section(context: EditionContext) -> Section | None:
    """Scores per module, link and dimension; none where no module has targets."""
    say, edition = context.voice, context.edition
    of_modules = [inputs.efficiency.score for inputs in edition.modules if inputs.efficiency]
    scores = [score for score in (*of_modules, *edition.scores) if score.lines]
    if not scores:
        return None
    title, lead = say.word("efficiency.title"), say.word("efficiency.lead")
    if all(is_full(score) for score in scores):
        names = say.word("common.comma").join(
            score_name(say, each) for each in of_modules if each.lines
        )
        text = Prose(
            (say.word("efficiency.all_full", names=names), say.word("efficiency.secondary"))
        )
        return Section("efficiency", title, (text,), lead)
    columns = (
        Column(say.word("efficiency.what")),
        Column(say.word("efficiency.score"), "end"),
        Column(say.word("efficiency.range"), "end"),
        Column(say.word("efficiency.answered"), "end"),
    )
    rows = tuple(
        (
            Cell(score_name(say, score), note=say.word(f"efficiency.kind_{score.kind}")),
            Cell(points_text(context, score.points)),
            Cell(_range(context, score)),
            Cell(context.numbers.percent(score.answered_share, digits=0)),
        )
        for score in scores
    )
    caption, note = say.word("efficiency.portfolio_caption"), say.word("efficiency.secondary")
    table = Table("efficiency-scores", caption, columns, rows, note=note)
    return Section("efficiency", title, (table,), lead)


def is_full(score: Score) -> bool:
    """Whether every target behind a score is known and reached, so that a table would say 100 only."""
    return score.points == FULL and score.lowest == score.highest


def score_name(say: Voice, score: Score) -> str:
    """The module's, dimension's or link's name; unnamed ones say so."""
    if not score.key:
        return say.word("efficiency.unnamed")
    return say.name(score.kind, score.key)


def points_text(context: EditionContext, points: Decimal | None) -> str:
    """Points as printed: tenths, on which lines add up to their score."""
    return NONE if points is None else context.numbers.number(points, digits=1)


def _range(context: EditionContext, score: Score) -> str:
    if score.lowest == score.highest:
        return NONE
    ends = (points_text(context, score.lowest), points_text(context, score.highest))
    return context.numbers.span(*ends)


def _score_facts(context: ModuleContext, found: Efficiency) -> Facts:
    say = context.voice
    whole = _fact(context, found.score, say.word("efficiency.score"))
    return Facts(
        (whole, *(_fact(context, each, score_name(say, each)) for each in found.by_dimension))
    )


def _fact(context: ModuleContext, score: Score, label: str) -> Fact:
    say = context.voice
    note = ""
    if score.lowest != score.highest:
        share = context.numbers.percent(score.answered_share, digits=0)
        note = say.word("efficiency.open", share=share, range=_range(context, score))
    if score.points is None:
        return Fact(label, NONE, note, "quiet")
    value = say.word("efficiency.of_100", x=points_text(context, score.points))
    return Fact(label, value, note)


def _contributions(context: ModuleContext, score: Score) -> Table:
    say = context.voice
    columns = (
        Column(say.word("pool.metric")),
        Column(say.word("efficiency.weight"), "end"),
        Column(say.word("efficiency.attained"), "end"),
        Column(say.word("efficiency.why")),
        Column(say.word("efficiency.points"), "end"),
    )
    rows = tuple(_contribution_row(context, line) for line in score.lines)
    total = (
        Cell(say.word("common.total")),
        *(Cell(""),) * 3,
        Cell(points_text(context, score.points)),
    )
    caption, note = say.word("efficiency.caption"), say.word("efficiency.formula")
    return Table("efficiency", caption, columns, rows, (total,), note=note)


def _contribution_row(context: ModuleContext, line: Contribution) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    attained, span = NONE, ""
    if line.attainment is not None:
        attained = numbers.percent(line.attainment, digits=0)
    if line.attainment_lower is not None and line.attainment_upper is not None:
        ends = (line.attainment_lower, line.attainment_upper)
        span = numbers.span(*(numbers.percent(end, digits=0) for end in ends))
    dimension = f" · {say.name('dimension', line.dimension)}" if line.dimension else ""
    return (
        Cell(
            context.metric_name(line.metric_id),
            note=f"{say.name('role', line.role)}{dimension}",
            code=f"{context.module.id}.{line.metric_id}",
        ),
        Cell(numbers.number(line.weight)),
        Cell(attained, note=span),
        Cell(say.sentence(line.reason), tone="quiet" if line.points is None else "plain"),
        Cell(points_text(context, line.points)),
    )


def usage_section(context: ModuleContext) -> Section | None:
    """Use, effect and feedback side by side; then dose–response, places and the last advice."""
    found, say = context.inputs.efficiency, context.voice
    if found is None:
        return None
    blocks: list[Block] = [_triple(context, found)]
    if found.usage is not None:
        blocks.append(_dose(context, found.usage))
        if found.usage.places:
            blocks.append(_places(context, found.usage))
        if found.usage.n_places_hidden:
            n = context.numbers.count(found.usage.n_places_hidden)
            blocks.append(Prose((say.word("usage.hidden", n=n),), is_small=True))
    if found.followed_up is not None:
        blocks.append(Bullets(_followed(context, found.followed_up), say.word("usage.followed")))
    title, lead = say.word("usage.title"), say.word("usage.lead")
    return Section("usage", title, tuple(blocks), lead)


def _triple(context: ModuleContext, found: Efficiency) -> Cards:
    say, rows = context.voice, context.pool_outcomes()
    effects = [(m, o) for entry, m, o in rows if _is_goal(entry)]
    feedback = [(m, o) for _, m, o in rows if m.id in found.feedback]
    nothing = (Line(say.word("usage.no_feedback"), tone="quiet"),)
    return Cards(
        (
            Card(say.word("usage.use"), say.word("usage.use_asks"), _use_lines(context, found)),
            Card(
                say.word("usage.effect"),
                say.word("usage.effect_asks"),
                tuple(verdict_line(outcome, metric, say) for metric, outcome in effects),
            ),
            Card(
                say.word("usage.feedback"),
                say.word("usage.feedback_asks"),
                tuple(verdict_line(outcome, metric, say) for metric, outcome in feedback)
                or nothing,
            ),
        )
    )


def _is_goal(entry: PoolMetric) -> bool:
    return entry.role == "goal"


def _use_lines(context: ModuleContext, found: Efficiency) -> tuple[Line, ...]:
    say, numbers = context.voice, context.numbers
    lines: list[Line] = []
    if found.usage is None and found.usage_reason is not None:
        lines.append(Line(say.word("usage.none"), "", "quiet", say.sentence(found.usage_reason)))
    if found.usage is not None:
        lines.extend(_action_lines(context, found.usage.cycle, found.usage.before))
    if found.seats is not None:
        share = numbers.percent(found.seats.active_days / found.seats.licensed_days)
        requests = numbers.number(found.seats.requests, digits=0)
        lines.append(
            Line(say.word("usage.seats", x=share), note=say.word("usage.asked", n=requests))
        )
    return tuple(lines)


def _action_lines(context: ModuleContext, use: Use, before: Use | None) -> list[Line]:
    say, numbers = context.voice, context.numbers
    held = say.word("usage.held_out", n=numbers.count(use.held_out)) if use.held_out else ""
    lines = [Line(say.word("usage.actions", n=numbers.count(use.actions)), note=held)]
    if use.decided:
        used = use.adopted + use.edited
        then = ""
        if before is not None and before.decided:
            share = numbers.percent((before.adopted + before.edited) / before.decided)
            then = say.word("usage.before", x=share)
        lines.append(Line(say.word("usage.used", x=numbers.percent(used / use.decided)), note=then))
        parts = {
            "adopted": numbers.percent(use.adopted / use.decided),
            "edited": numbers.percent(use.edited / use.decided),
            "ignored": numbers.percent(use.ignored / use.decided),
        }
        lines.append(Line(say.word("usage.shares", **parts)))
    else:
        lines.append(Line(say.word("usage.undecided"), tone="quiet"))
    if use.staff_days:
        depth = numbers.number(use.decided / use.staff_days, digits=1)
        people = numbers.count(use.people)
        lines.append(Line(say.word("usage.depth", n=people, x=depth)))
    if use.opted_out:
        lines.append(Line(say.word("usage.opted_out", n=numbers.count(use.opted_out))))
    return lines


def _dose(context: ModuleContext, usage: Usage) -> Note:
    say = context.voice
    if usage.dose is None:
        reason = say.sentence(usage.dose_reason) if usage.dose_reason else NONE
        return Note(say.word("usage.no_dose", reason=reason), "quiet")
    return Note(f"{_dose_text(context, usage.dose)} {say.word('usage.caveat')}", "quiet")


def _dose_text(context: ModuleContext, dose: DoseResponse) -> str:
    say, numbers, metric = context.voice, context.numbers, context.metric(dose.metric_id)
    unit = metric.unit if metric else "count"
    ends = (dose.lower * TEN_POINTS, dose.upper * TEN_POINTS)
    return say.word(
        "usage.dose_clear" if dose.lower > 0 or dose.upper < 0 else "usage.dose_unclear",
        n=numbers.count(dose.n_places),
        mean=numbers.percent(dose.adoption_mean),
        deviation=numbers.size(dose.adoption_deviation),
        metric=context.metric_name(dose.metric_id),
        change=numbers.change(dose.slope * TEN_POINTS, unit, ends=ends),
        interval=numbers.interval(*ends, unit, beside=dose.slope * TEN_POINTS),
        confidence=numbers.percent(dose.confidence, digits=0),
        r=numbers.number(dose.correlation, digits=2),
    )


def _places(context: ModuleContext, usage: Usage) -> Table:
    say = context.voice
    keys = ("usage.decided", "usage.col_used", "usage.col_edited", "usage.col_ignored")
    columns = (Column(say.word("usage.place")), *(Column(say.word(key), "end") for key in keys))
    rows = tuple(_place_row(context, place) for place in usage.places)
    return Table("usage-places", say.word("usage.places"), columns, rows)


def _place_row(context: ModuleContext, place: PlaceUse) -> tuple[Cell, ...]:
    numbers, use = context.numbers, place.use
    shares = (use.adopted + use.edited, use.edited, use.ignored)
    return (
        Cell(place.place_id),
        Cell(numbers.count(use.decided)),
        *(Cell(numbers.percent(share / use.decided)) for share in shares),
    )


def _followed(context: ModuleContext, found: FollowUp) -> tuple[str, ...]:
    say, numbers = context.voice, context.numbers
    advice = say.word(
        "usage.advice",
        cycle=found.cycle_key,
        then=say.name("action", found.action),
        now=say.name("action", found.action_now),
    )
    rois = say.word("usage.rois", then=numbers.roi(found.roi_then), now=numbers.roi(found.roi_now))
    return advice, f"{say.sentence(found.verdict)} {rois}"

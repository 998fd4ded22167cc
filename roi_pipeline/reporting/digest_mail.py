"""Words the weekly digest of a draft: five lines on where it stands, what moved, what is late, what to decide."""

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from roi_pipeline.domain.digests import KeptDigest, Standing, standing_of, week_of
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.study import Reader
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.reporting.alert_mail import one_line
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import ToDo
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext
from roi_pipeline.reporting.sections.page_one import needs_deciding, to_do
from roi_pipeline.reporting.sections.portfolio import ranked
from roi_pipeline.reporting.sections.rows import by_due_day, is_overdue
from roi_pipeline.reporting.sections.story import ADVERSE, module_story, portfolio_story
from roi_pipeline.reporting.suppression import protect
from roi_pipeline.reporting.view import voice_for

MOST_NAMED = 3  # of modules, sources or decisions in a line; more are counted


def digest_email(
    edition: EditionInputs,
    reader: Reader,
    *,
    before: KeptDigest | None,
    late: Sequence[Message] = (),
) -> Email:
    """The draft of a day as five lines for one reader, about the reader's modules.

    Args:
        edition: the draft.
        reader: address, language and modules; no modules means all of them together.
        before: the digest it is compared with, of the same cycle; None for a cycle's first.
        late: what is late of the whole study, such as a cycle that is not closed.
    """
    context = EditionContext(protect(edition), voice_for(edition, reader.language))
    own = [c for c in ranked(context) if not reader.modules or c.module.id in reader.modules]
    as_of = edition.provenance.as_of
    subject, *lines = map(
        one_line,
        (
            _subject(context),
            _standing_line(context, own),
            _moved_line(context, own, before),
            _advice_line(context, own, before),
            _late_line(context, own, reader, late),
            _decide_line(context, own),
        ),
    )
    foot = _say(context, "foot")
    items = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return Email(
        edition_id=f"{digest_id(edition.study.id, as_of)}/{reader.language}",
        address=reader.address,
        subject=subject,
        text="\n".join([subject, "", *(f"- {line}" for line in lines), "", foot, ""]),
        html=(
            f'<!DOCTYPE html><html lang="{reader.language}"><head><meta charset="utf-8">'
            f"<title>{escape(subject)}</title></head><body><p><strong>{escape(subject)}</strong>"
            f"</p>{items}<p>{escape(foot)}</p></body></html>"
        ),
        dated=as_of,
        short_text="\n".join([subject, *lines]),
    )


def digest_id(study_id: str, as_of: date) -> str:
    """Name of the digest of a week; with language and address it identifies the message."""
    return f"{study_id}/digests/{week_of(as_of)}"


def _subject(context: EditionContext) -> str:
    edition, study = context.edition, context.edition.study
    company = plain(study.company.into(context.voice.language)) or study.id
    values = {"cycle": edition.cycle.key, "as_of": edition.provenance.as_of}
    return _say(context, "subject", company=company, **values)


def _say(context: EditionContext, code: str, **values: MessageValue) -> str:
    return context.voice.sentence(Message(f"digest_{code}", values))


def _few(context: EditionContext, texts: Sequence[str]) -> str:
    """The first texts of a list; the others are counted."""
    listed = context.voice.word("story.and").join(texts[:MOST_NAMED])
    rest = len(texts) - MOST_NAMED
    return _say(context, "and_more", items=listed, n=rest) if rest > 0 else listed


def _standing_line(context: EditionContext, own: Sequence[ModuleContext]) -> str:
    if not own:
        return _say(context, "no_figures_yet")
    story = module_story(own[0]) if len(own) == 1 else portfolio_story(context, own)
    if len(own) == 1:
        story = _say(context, "of_module", module=own[0].name, text=story)
    return _say(context, "standing", story=story)


def _moved_line(
    context: EditionContext, own: Sequence[ModuleContext], before: KeptDigest | None
) -> str:
    """Net benefit and ROI that print otherwise than a week ago, the largest amounts first."""
    if before is None:
        return _say(context, "first", cycle=context.edition.cycle.key)
    pairs = [(c, was) for c in own if (was := before.of(c.module.id)) is not None]
    pairs.sort(key=lambda pair: -abs(pair[0].value.rated.printed_net - pair[1].net))
    moves = [text for c, was in pairs if (text := _move(c, was))]
    new = [c.name for c in own if before.of(c.module.id) is None]
    moves += [_say(context, "new_figures", module=name) for name in new]
    if not moves:
        return _say(context, "unmoved", since=before.as_of)
    return _say(context, "moved", since=before.as_of, moves=_few(context, moves))


def _move(context: ModuleContext, was: Standing) -> str:
    numbers, now = context.numbers, standing_of(context.value)
    values: dict[str, MessageValue] = {"module": context.name}
    for name, standing in (("before", was), ("now", now)):
        values[f"net_{name}"] = numbers.money_short(standing.net, signed=True)
        values[f"roi_{name}"] = numbers.roi(standing.roi, bar=standing.rating.bar)
    has_net = values["net_before"] != values["net_now"]
    has_roi = values["roi_before"] != values["roi_now"]
    if not has_net and not has_roi:
        return ""
    code = "move" if has_net and has_roi else "move_net" if has_net else "move_roi"
    return _say(context, code, **values)


def _advice_line(
    context: EditionContext, own: Sequence[ModuleContext], before: KeptDigest | None
) -> str:
    """Advice and rating that are others than a week ago; all of them in a cycle's first digest."""
    known = {c.module.id: before.of(c.module.id) if before else None for c in own}
    changes = [
        _say(context, "change", module=c.name, before=_advised(c, was), now=_advised(c, now))
        for c in own
        if (was := known[c.module.id]) is not None
        and _advised(c, was) != _advised(c, now := standing_of(c.value))
    ]
    if changes:
        return _say(context, "advice_changed", changes=_few(context, changes))
    advised = [
        _say(context, "advice_of", module=c.name, now=_advised(c, standing_of(c.value)))
        for c in own
    ]
    if not advised:
        return _say(context, "no_advice_yet")
    code = "advice_first" if before is None else "advice_same"
    return _say(context, code, advice=_few(context, advised))


def _advised(context: ModuleContext, standing: Standing) -> str:
    """`Continue (Excellent)`."""
    action = context.voice.name("action", standing.action)
    return _say(context, "advised", action=action, rating=context.verdict(standing.rating)[0])


def _late_line(
    context: EditionContext, own: Sequence[ModuleContext], reader: Reader, late: Sequence[Message]
) -> str:
    texts = list(dict.fromkeys(_late_things(context, own, reader, late)))
    return _say(context, "late", late=_few(context, texts)) if texts else _say(context, "in_time")


def _late_things(
    context: EditionContext, own: Sequence[ModuleContext], reader: Reader, late: Sequence[Message]
) -> Iterator[str]:
    """Decisions whose day has passed, sources behind the modules, modules without figures."""
    for c in by_due_day(own):
        if is_overdue(c):
            day = date.fromisoformat(str(c.value.decision.decide_by))
            yield _say(context, "decision_late", module=c.name, day=day)
    yield from (context.voice.sentence(message) for c in own for message in c.inputs.stale)
    yield from (context.voice.sentence(message) for message in late)
    for module_id in context.edition.missing:
        if not reader.modules or module_id in reader.modules:
            yield _say(context, "no_figures", module=context.voice.name("module", module_id))


def _decide_line(context: EditionContext, own: Sequence[ModuleContext]) -> str:
    """Decisions in the order of page one, but to stop or change something first."""
    urgent = [c for c in by_due_day(own) if needs_deciding(c)]
    if not urgent:
        return _say(context, "nothing_to_decide")
    urgent.sort(key=lambda c: c.value.decision.action not in ADVERSE)
    decisions = [_decision(context, to_do(c, is_named=True)) for c in urgent]
    return _say(context, "decide", decisions=_few(context, decisions))


def _decision(context: EditionContext, item: ToDo) -> str:
    aside = item.owner or item.stake
    if item.owner and item.stake:
        aside = _say(context, "owner_and_stake", owner=item.owner, stake=item.stake)
    code = "decision_aside" if aside else "decision"
    return _say(context, code, due=item.due, what=item.what, aside=aside)

"""Page one: the report in a sentence, four figures, a row per module or goal, what to decide by when.

It is printed alone for a board and travels as an e-mail's body, so it says nothing that needs the rest.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from roi_pipeline.domain.effects import GRADES, Grade
from roi_pipeline.domain.standards import Rating
from roi_pipeline.reporting.model import Fact, PageOne, ToDo, Tone
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext, evidence_grade
from roi_pipeline.reporting.sections.headline import (
    amount_of_benefits,
    decide_by,
    per_unit_sentence,
    roi_interval,
)
from roi_pipeline.reporting.sections.rows import (
    ACTION_TONES,
    by_due_day,
    due_text,
    goal_table,
    module_table,
    since_last,
)
from roi_pipeline.reporting.sections.story import module_story, portfolio_story

MOST_ROWS = 10
MOST_TO_DO = 4
STRONG: tuple[str, ...] = ("A", "B")


def module_page_one(context: ModuleContext) -> PageOne:
    """Page one of one module: its goals, its money, its decision."""
    goals = goal_table(context)
    return PageOne(
        story=module_story(context),
        facts=_module_facts(context),
        table=goals,
        to_do=(to_do(context),),
        warnings=tuple(context.voice.sentence(message) for message in context.inputs.stale),
    )


def portfolio_page_one(
    context: EditionContext, modules: Sequence[ModuleContext], money: tuple[Decimal, Decimal]
) -> PageOne:
    """Page one of all modules.

    Args:
        context: the edition.
        modules: by net benefit, the largest first.
        money: benefits and costs as printed, in total.
    """
    say, count = context.voice, context.numbers.count
    due = by_due_day(modules)
    urgent = [c for c in due if needs_deciding(c)][:MOST_TO_DO] or due[:1]
    rest = len(modules) - min(len(modules), MOST_ROWS)
    return PageOne(
        story=portfolio_story(context, modules),
        facts=_portfolio_facts(context, modules, money),
        table=module_table(context, modules[:MOST_ROWS]) if modules else None,
        to_do=tuple(to_do(c, is_named=True) for c in urgent),
        more=say.word("page_one.more", n=count(rest)) if rest else "",
        warnings=tuple(dict.fromkeys(say.sentence(m) for c in modules for m in c.inputs.stale)),
    )


def needs_deciding(context: ModuleContext) -> bool:
    """Whether more than going on as before is advised, or a date to decide by is near."""
    decision = context.value.decision
    return decision.action not in ("continue", "wait") or bool(decision.decide_by)


def _portfolio_facts(
    context: EditionContext, modules: Sequence[ModuleContext], money: tuple[Decimal, Decimal]
) -> tuple[Fact, ...]:
    say, numbers, portfolio = context.voice, context.numbers, context.edition.portfolio
    benefits, costs = money
    note = say.word(
        "page_one.less_costs",
        benefits=numbers.money_short(benefits),
        costs=numbers.money_short(costs),
    )
    facts = [
        Fact(
            say.word("money.net"), numbers.money_short(benefits - costs, signed=True), note,
            _sign_tone(benefits - costs),
        )
    ]  # fmt: skip
    if portfolio is not None:
        facts.append(
            _roi_fact(
                context,
                portfolio.rating,
                roi_interval(context, portfolio.rated),
                portfolio.shown_roi,
                numbers.window(portfolio.rated.period),
                owner=portfolio.module_id,
            )
        )
    facts += [_evidence_fact(context, modules), _due_fact(context, modules)]
    return tuple(facts)


def _roi_fact(
    context: EditionContext,
    rating: Rating,
    span: str,
    roi: Decimal | None,
    period: str,
    *,
    owner: str,
) -> Fact:
    say = context.voice
    verdict, tone = context.verdict(rating)
    parts = [verdict]
    if span:
        interval = say.word("headline.interval", confidence=context.confidence(rating))
        parts.insert(0, f"{interval} {span}")
    return Fact(
        say.word("headline.roi_over", period=period),
        context.numbers.roi(roi, bar=rating.bar),
        " · ".join(parts),
        tone if rating.status == "outright" else "plain",
        figure=f"{owner}.rated.roi",
    )


def _evidence_fact(context: EditionContext, modules: Sequence[ModuleContext]) -> Fact:
    """Which part of the benefits rests on a comparison, grades A and B."""
    say, numbers = context.voice, context.numbers
    lines = [line for c in modules for line in c.value.rated.counted_benefits]
    amounts: list[tuple[Grade | None, Decimal]] = [
        (line.grade, line.amount) for line in lines if line.amount is not None
    ]
    total = sum((amount for _, amount in amounts), Decimal(0))
    if not amounts or total <= 0:
        return Fact(say.word("headline.evidence"), NONE, say.word("grade.none"))
    strong = sum((amount for grade, amount in amounts if grade in STRONG), Decimal(0))
    grades: list[Grade] = [grade for grade, _ in amounts if grade]
    weakest = max(grades, key=GRADES.index, default=None)
    if not strong:
        return Fact(say.word("headline.evidence"), weakest or NONE, _grade_words(context, weakest))
    note = say.word("page_one.strong_note")
    if weakest and weakest not in STRONG:
        rest = numbers.money_short(total - strong)
        note = say.word("page_one.strong_rest", amount=rest, grade=weakest)
    return Fact(
        say.word("headline.evidence"),
        say.word("page_one.strong", share=numbers.probability(float(strong / total))),
        note,
    )


def _grade_words(context: EditionContext, grade: Grade | None) -> str:
    return context.voice.word(f"grade.{grade}" if grade else "grade.none")


def _due_fact(context: EditionContext, modules: Sequence[ModuleContext]) -> Fact:
    say = context.voice
    dated = [c for c in by_due_day(modules) if c.value.decision.decide_by]
    if not dated:
        return Fact(say.word("page_one.due"), context.numbers.count(0))
    first = dated[0]
    note = say.word("page_one.due_first", day=due_text(first), module=first.name)
    return Fact(say.word("page_one.due"), context.numbers.count(len(dated)), note)


def _module_facts(context: ModuleContext) -> tuple[Fact, ...]:
    say, numbers, rated = context.voice, context.numbers, context.value.rated
    rating, net = context.value.rating, rated.printed_net
    note = say.word(
        "page_one.less_costs",
        benefits=amount_of_benefits(context, rated),
        costs=numbers.money_short(rated.printed_costs),
    )
    grade = evidence_grade(context)
    roi = _roi_fact(
        context,
        rating,
        roi_interval(context, rated),
        context.value.shown_roi,
        numbers.window(rated.period),
        owner=context.module.id,
    )
    change = since_last(context)
    if change:
        moved = say.word("page_one.since_last", change=change)
        roi = replace(roi, note=f"{moved} · {roi.note}")
    facts = [
        Fact(
            say.word("money.net"), numbers.money_short(net, signed=True), note, _sign_tone(net),
            figure=f"{context.module.id}.rated.net",
        ),
        roi,
        Fact(
            say.word("headline.evidence"),
            grade or NONE,
            _grade_words(context, grade),
        ),
    ]  # fmt: skip
    if rating.probability is not None and rating.bar is not None:
        label = say.word("headline.probability", bar=numbers.roi(rating.bar))
        back = per_unit_sentence(context, rated, context.value.shown_roi)
        facts.append(Fact(label, numbers.probability(rating.probability), back))
    elif context.value.rated.returns.payback_month is not None:
        months = numbers.count(context.value.rated.returns.payback_month)
        back = per_unit_sentence(context, rated, context.value.shown_roi)
        facts.append(Fact(say.word("money.payback"), say.word("headline.months", n=months), back))
    else:
        due = decide_by(context, context.value.decision.decide_by)
        facts.append(Fact(say.word("headline.decide_by"), due))
    return tuple(facts)


def _sign_tone(amount: Decimal) -> Tone:
    return "good" if amount > 0 else "bad" if amount < 0 else "plain"


def to_do(context: ModuleContext, *, is_named: bool = False) -> ToDo:
    """What is to be decided of a module, by whom and by when."""
    say, decision = context.voice, context.value.decision
    action = say.name("action", decision.action)
    what = action
    if is_named:
        what = f"{context.name}{say.word('common.colon')}{action}"
    return ToDo(
        due=due_text(context) if decision.decide_by else say.word("page_one.no_date"),
        what=what,
        owner=say.name("term", context.module.owner),
        reason=say.sentence(decision.reasons[0]) if decision.reasons else "",
        stake=stake_text(context),
        tone=ACTION_TONES.get(decision.action, "quiet"),
    )


def stake_text(context: ModuleContext) -> str:
    """The money a decision is about: what waiting costs, else what a year is worth.

    Nothing where the reason beside it names what waiting costs already.
    """
    say, numbers = context.voice, context.numbers
    decision, returns = context.value.decision, context.value.rated.returns
    if decision.reasons and {"cost", "worth"} <= decision.reasons[0].values.keys():
        return ""
    if decision.cost_of_waiting:
        amount = numbers.money_short(decision.cost_of_waiting)
        return say.word("page_one.stake_waiting", amount=amount)
    if returns.annualised_net:
        key = "stake_year" if returns.annualised_net > 0 else "stake_loss"
        amount = numbers.money_short(abs(returns.annualised_net))
        return say.word(f"page_one.{key}", amount=amount)
    return ""

"""Page one: the report in a sentence, four figures, a row per module or goal, what to decide by when.

It is printed alone for a board and travels as an e-mail's body, so it says nothing that needs the rest.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.effects import GRADES, Effect, Grade
from roi_pipeline.domain.standards import Rating
from roi_pipeline.domain.texts import plain
from roi_pipeline.reporting.model import (
    Cell,
    Column,
    Fact,
    PageOne,
    Spark,
    Table,
    ToDo,
    Tone,
    Whisker,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import (
    EditionContext,
    ModuleContext,
    effect_line,
    effect_tone,
    evidence_grade,
    has_benefits,
    shown_roi,
)
from roi_pipeline.reporting.sections.headline import (
    amount_of_benefits,
    decide_by,
    per_unit_sentence,
    roi_interval,
)
from roi_pipeline.reporting.sections.pool import goal_whisker

MOST_ROWS = 10
MOST_TO_DO = 4
MOST_NAMED = 2  # of modules in the story; more are counted
MOST_CYCLES = 6
FEWEST_CYCLES = 2
SPARK_FLOOR = 0.06  # of the height, so that a cycle of almost nothing is still seen
ACTION_TONES: dict[str, Tone] = {
    "continue": "good", "expand": "good", "optimise": "warn", "wait": "quiet", "change": "bad",
    "stop": "bad",
}  # fmt: skip
ADVERSE = ("stop", "change")
STRONG: tuple[str, ...] = ("A", "B")
HUNDRED = Decimal(100)


def module_page_one(context: ModuleContext) -> PageOne:
    """Page one of one module: its goals, its money, its decision."""
    goals = _goal_table(context)
    return PageOne(
        story=_module_story(context),
        facts=_module_facts(context),
        table=goals,
        to_do=(_to_do(context),),
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
        story=_portfolio_story(context, modules),
        facts=_portfolio_facts(context, modules, money),
        table=_module_table(context, modules[:MOST_ROWS]) if modules else None,
        to_do=tuple(_to_do(c, is_named=True) for c in urgent),
        more=say.word("page_one.more", n=count(rest)) if rest else "",
        warnings=tuple(dict.fromkeys(say.sentence(m) for c in modules for m in c.inputs.stale)),
    )


def by_due_day(modules: Sequence[ModuleContext]) -> list[ModuleContext]:
    """The modules in the order their decisions are due; those without a date last."""
    return sorted(modules, key=lambda c: c.value.decision.decide_by or "9999")


def needs_deciding(context: ModuleContext) -> bool:
    """Whether more than going on as before is advised, or a date to decide by is near."""
    decision = context.value.decision
    return decision.action not in ("continue", "wait") or bool(decision.decide_by)


# The story.


def _portfolio_story(context: EditionContext, modules: Sequence[ModuleContext]) -> str:
    say = context.voice
    known = [c for c in modules if has_benefits(c.value.rated)]
    if not known:
        return say.word("story.no_money_at_all")
    groups = {
        "earned": [c for c in known if _standing(c) == "earned"],
        "open": [c for c in known if _standing(c) == "open"],
        "lost": [c for c in known if _standing(c) == "lost"],
    }
    clauses = [_money_clause(context, kind, members) for kind, members in groups.items() if members]
    without = len(modules) - len(known)
    if without:
        clauses.append(say.word("story.without_money", n=context.numbers.count(without)))
    text = say.word("story.and").join(clauses)
    urgent = next((c for c in by_due_day(modules) if c.value.decision.action in ADVERSE), None)
    urgent = urgent or next(iter(by_due_day(modules)))
    text += say.word("story.and") + _ask(urgent, is_named=True)
    return say.word("story.sentence", text=_capital(text))


def _money_clause(context: EditionContext, kind: str, members: Sequence[ModuleContext]) -> str:
    say, numbers = context.voice, context.numbers
    net = sum((c.value.rated.printed_net for c in members), Decimal(0))
    names = say.word("story.pair").join(c.name for c in members)
    if len(members) > MOST_NAMED:
        names = say.word("story.n_modules", n=numbers.count(len(members)))
    amount = (
        numbers.money_short(net, signed=True) if kind == "open" else numbers.money_short(abs(net))
    )
    return say.word(f"story.{kind}", modules=names, amount=amount)


def _standing(context: ModuleContext) -> str:
    """Whether the interval of ROI lies above or below break-even, or holds it."""
    returns = context.value.rated.returns
    if returns.roi_lower is not None and returns.roi_lower > 0:
        return "earned"
    if returns.roi_upper is not None and returns.roi_upper < 0:
        return "lost"
    return "open"


def _ask(context: ModuleContext, *, is_named: bool) -> str:
    say, decision = context.voice, context.value.decision
    key = "story.ask" if is_named else "story.next"
    action = say.name("action", decision.action)
    action = action[:1].lower() + action[1:]
    if decision.decide_by:
        day = due_text(context)
        return say.word(f"{key}_by", module=context.name, action=action, day=day)
    return say.word(key, module=context.name, action=action)


def _module_story(context: ModuleContext) -> str:
    say, value = context.voice, context.value
    clauses = [clause for clause in (_goal_clause(context), _own_money(context)) if clause]
    clauses.append(_ask(context, is_named=False))
    text = say.word("story.and").join(clauses) if value else ""
    return say.word("story.sentence", text=_capital(text))


def _goal_clause(context: ModuleContext) -> str:
    say, numbers = context.voice, context.numbers
    goals = [row for row in context.pool_outcomes() if row[0].role == "goal"]
    if not goals:
        return ""
    effects = [(m, o) for _, m, o in goals if isinstance(o, Effect)]
    if not effects:
        return say.word("story.goal_unknown", metric=context.metric_name(goals[0][1].id))
    metric, outcome = next(((m, o) for m, o in effects if o.is_clear), effects[0])
    tone = effect_tone(outcome, metric)
    word = {"good": "better", "bad": "worse"}.get(tone, "unclear")
    if word == "unclear":
        ends = (outcome.lower, outcome.upper)
        change = numbers.interval(*ends, metric.unit, beside=outcome.estimate)
    elif outcome.relative is None or metric.unit == "rate":
        change = numbers.change(abs(outcome.estimate), metric.unit).removeprefix("+")
    else:
        change = numbers.percent(abs(outcome.relative))
    return say.word(f"story.goal_{word}", metric=context.metric_name(metric.id), change=change)


def _own_money(context: ModuleContext) -> str:
    say, numbers, rated = context.voice, context.numbers, context.value.rated
    if not has_benefits(rated):
        return say.word("story.own_none", costs=numbers.money_short(rated.printed_costs))
    standing, net = _standing(context), rated.printed_net
    amount = numbers.money_short(net if standing == "open" else abs(net), signed=standing == "open")
    roi = numbers.roi(shown_roi(context.value), bar=context.value.rating.bar)
    return say.word(f"story.own_{standing}", amount=amount, roi=roi)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# The figures.


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
                shown_roi(portfolio),
                numbers.window(portfolio.rated.period),
            )
        )
    facts += [_evidence_fact(context, modules), _due_fact(context, modules)]
    return tuple(facts)


def _roi_fact(
    context: EditionContext, rating: Rating, span: str, roi: Decimal | None, period: str
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
        say.word("page_one.strong", share=numbers.percent(strong / total, digits=0)),
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
    facts = [
        Fact(say.word("money.net"), numbers.money_short(net, signed=True), note, _sign_tone(net)),
        _roi_fact(context, rating, roi_interval(context, rated), shown_roi(context.value),
                  numbers.window(rated.period)),
        Fact(
            say.word("headline.evidence"),
            grade or NONE,
            _grade_words(context, grade),
        ),
    ]  # fmt: skip
    if rating.probability is not None and rating.bar is not None:
        label = say.word("headline.probability", bar=numbers.roi(rating.bar))
        back = per_unit_sentence(context, rated, shown_roi(context.value))
        facts.append(Fact(label, numbers.probability(rating.probability), back))
    elif context.value.rated.returns.payback_month is not None:
        months = numbers.count(context.value.rated.returns.payback_month)
        back = per_unit_sentence(context, rated, shown_roi(context.value))
        facts.append(Fact(say.word("money.payback"), say.word("headline.months", n=months), back))
    else:
        due = decide_by(context, context.value.decision.decide_by)
        facts.append(Fact(say.word("headline.decide_by"), due))
    return tuple(facts)


def _sign_tone(amount: Decimal) -> Tone:
    return "good" if amount > 0 else "bad" if amount < 0 else "plain"


# The rows.


def _module_table(context: EditionContext, modules: Sequence[ModuleContext]) -> Table:
    say = context.voice
    scale = _scale(modules)
    has_trend = any(roi_spark(c) for c in modules)
    columns = [
        Column(say.word("portfolio.module")),
        Column(say.word("page_one.effect_on_goal")),
        Column("ROI", "end", is_steady=True),
        Column(say.word("page_one.interval_and_bar")),
        *((Column(say.word("page_one.trend")),) if has_trend else ()),
        Column(say.word("pool.grade"), is_steady=True),
        Column(say.word("page_one.advice"), is_steady=True),
    ]
    rows = tuple(_module_row(c, scale, has_trend=has_trend) for c in modules)
    bars = {name for c in modules if (name := bar_text(c))}
    note = say.word("page_one.bars", bars=say.word("common.comma").join(sorted(bars)))
    return Table(
        "standing", say.word("page_one.modules"), tuple(columns), rows,
        note=note if bars else say.word("page_one.zero"), is_wide=True,
    )  # fmt: skip


def _module_row(
    context: ModuleContext, scale: tuple[Decimal, Decimal], *, has_trend: bool
) -> tuple[Cell, ...]:
    numbers, value = context.numbers, context.value
    tone = _roi_tone(context)
    return (
        Cell(
            context.name,
            note=plain(context.module.scene.into(context.voice.language)),
            href=context.module.id,
        ),
        goal_cell(context),
        Cell(
            numbers.roi(shown_roi(value), bar=value.rating.bar),
            note=roi_interval(context, value.rated),
            tone=tone,
        ),
        Cell("", whisker=roi_whisker(context, scale)),
        *((_trend_cell(context),) if has_trend else ()),
        Cell(evidence_grade(context) or NONE),
        advice_cell(context),
    )


def goal_cell(context: ModuleContext) -> Cell:
    """What changed of the goal: level before and after, the change due to the module, its interval."""
    say, numbers = context.voice, context.numbers
    goals = [row for row in context.pool_outcomes() if row[0].role == "goal"]
    if not goals:
        return Cell(NONE)
    _, metric, outcome = next(
        (row for row in goals if isinstance(row[2], Effect) and row[2].is_clear), goals[0]
    )
    name = context.metric_name(metric.id)
    if not isinstance(outcome, Effect):
        line = effect_line(outcome, metric, say)
        return Cell(name, note=f"{line.verdict}{say.word('common.colon')}{line.note}")
    ends = (outcome.lower, outcome.upper)
    levels = [outcome.baseline_value, outcome.post_value]
    if None not in levels:
        shown = " → ".join(numbers.value(level, metric.unit) for level in levels)
        name = f"{name}{say.word('common.colon')}{shown}"
    change = numbers.change_both(outcome.estimate, outcome.relative, metric.unit, ends=ends)
    span = numbers.interval(*ends, metric.unit, beside=outcome.estimate)
    return Cell(name, note=say.word("page_one.change", change=change, interval=span))


def _roi_tone(context: ModuleContext) -> Tone:
    if shown_roi(context.value) is None:
        return "quiet"
    return {"earned": "good", "lost": "bad"}.get(_standing(context), "plain")  # type: ignore[return-value]


def _scale(modules: Sequence[ModuleContext]) -> tuple[Decimal, Decimal]:
    """One scale for the intervals of all rows; holds zero and every bar."""
    ends = [Decimal(0)]
    for c in modules:
        returns = c.value.rated.returns
        found = (shown_roi(c.value), returns.roi_lower, returns.roi_upper, bar_of(c))
        ends += [end for end in found if end is not None and shown_roi(c.value) is not None]
    low, high = min(ends), max(ends)
    room = (high - low) * Decimal("0.06") or Decimal(1)
    return low - room, high + room


def bar_of(context: ModuleContext) -> Decimal | None:
    """The bar a module's ROI is held against: the rating's, else the lowest of its size's bands.

    None where it is break-even, which every row shows anyway.
    """
    rating = context.value.rating
    if rating.bar is not None:
        return rating.bar or None
    standard = context.standard(rating)
    tiers = standard.tiers if standard else ()
    bands = [band.from_roi for tier in tiers if tier.name == rating.tier for band in tier.bands]
    return min((bar for bar in bands if bar is not None and bar > 0), default=None)


def bar_text(context: ModuleContext) -> str:
    """The bar, written."""
    bar = bar_of(context)
    return "" if bar is None else context.numbers.roi(bar)


def roi_whisker(context: ModuleContext, scale: tuple[Decimal, Decimal]) -> Whisker | None:
    """ROI's interval on the scale of all rows, with zero and the bar."""
    returns, roi = context.value.rated.returns, shown_roi(context.value)
    low, high = scale
    if roi is None or returns.roi_lower is None or returns.roi_upper is None:
        return None

    def place(figure: Decimal) -> float:
        return float(min(max((figure - low) / (high - low), Decimal(0)), Decimal(1)))

    bar = bar_of(context)
    return Whisker(
        place(returns.roi_lower), place(roi), place(returns.roi_upper), place(Decimal(0)),
        _roi_tone(context), None if bar is None else place(bar),
    )  # fmt: skip


def roi_spark(context: ModuleContext) -> Spark | None:
    """ROI of the last cycles as columns; None while fewer than two are known."""
    known = [(key, roi) for key, roi, _ in context.inputs.trend if roi is not None][-MOST_CYCLES:]
    if len(known) < FEWEST_CYCLES:
        return None
    high = max(Decimal(0), *(roi for _, roi in known))
    low = min(Decimal(0), *(roi for _, roi in known))
    span = (high - low) or Decimal(1)
    columns = tuple(
        (
            float((min(roi, Decimal(0)) - low) / span),
            max(float(abs(roi) / span), SPARK_FLOOR),
            roi < 0,
        )
        for _, roi in known
    )
    comma = context.voice.word("common.comma")
    alt = comma.join(f"{key} {context.numbers.roi(roi)}" for key, roi in known)
    return Spark(columns, alt)


def _trend_cell(context: ModuleContext) -> Cell:
    spark = roi_spark(context)
    return Cell("", note=since_last(context) if spark else "", spark=spark)


def since_last(context: ModuleContext) -> str:
    """How far ROI moved since the edition before: `▲ 66 points`; empty without one."""
    previous, now = context.inputs.previous, shown_roi(context.value)
    if previous is None or previous.roi is None or now is None:
        return ""
    change = now - previous.roi
    points = context.numbers.number(abs(change) * HUNDRED, digits=0)
    if points == context.numbers.number(0, digits=0):
        return context.voice.word("page_one.same")
    return context.voice.word("page_one.up" if change > 0 else "page_one.down", points=points)


def advice_cell(context: ModuleContext) -> Cell:
    """What to do, and the day it is due."""
    say, decision = context.voice, context.value.decision
    due = due_text(context) if decision.decide_by else ""
    return Cell(
        say.name("action", decision.action),
        note=due,
        tone=ACTION_TONES.get(decision.action, "quiet"),
        chip=True,
    )


def due_text(context: ModuleContext) -> str:
    """`by 14 Jun 2026`; a day that has passed says so."""
    day = context.value.decision.decide_by
    written = decide_by(context, day)
    try:
        is_past = bool(day) and date.fromisoformat(str(day)) < context.edition.provenance.as_of
    except ValueError:
        is_past = False
    return context.voice.word("page_one.was_due" if is_past else "page_one.by", day=written)


def _goal_table(context: ModuleContext) -> Table | None:
    say, numbers = context.voice, context.numbers
    rows = []
    for entry, metric, outcome in context.pool_outcomes():
        line = effect_line(outcome, metric, say)
        is_alarm = entry.role == "guardrail" and line.tone == "bad"
        if entry.role != "goal" and not is_alarm:
            continue
        role = say.name("role", entry.role)
        levels = [outcome.baseline_value, outcome.post_value]
        shown = " → ".join(numbers.value(level, metric.unit) for level in levels)
        if not isinstance(outcome, Effect):
            cells = (Cell(NONE), Cell(NONE), Cell(NONE))
            verdict = Cell(line.verdict, note=line.note, tone="quiet", chip=True)
        else:
            ends = (outcome.lower, outcome.upper)
            change = numbers.change(outcome.estimate, metric.unit, ends=ends)
            relative = numbers.relative(outcome.relative).replace(NONE, "")
            span = numbers.interval(*ends, metric.unit, beside=outcome.estimate)
            cells = (
                Cell("" if None in levels else shown),
                Cell(change, note=relative, tone=line.tone),
                Cell(span, whisker=goal_whisker(outcome, metric)),
            )
            verdict = Cell(line.verdict, tone=line.tone, chip=True)
        grade = outcome.grade if isinstance(outcome, Effect) else NONE
        rows.append((Cell(context.metric_name(metric.id), note=role), *cells, verdict, Cell(grade)))
    if not rows:
        return None
    columns = (
        Column(say.word("pool.metric")),
        Column(say.word("page_one.before_after"), is_steady=True),
        Column(say.word("pool.effect"), "end", is_steady=True),
        Column(say.word("pool.interval"), is_steady=True),
        Column(say.word("pool.verdict"), is_steady=True),
        Column(say.word("pool.grade"), is_steady=True),
    )
    return Table("standing", say.word("page_one.goals"), columns, tuple(rows), is_wide=True)


# What to decide.


def _to_do(context: ModuleContext, *, is_named: bool = False) -> ToDo:
    say, decision = context.voice, context.value.decision
    action = say.name("action", decision.action)
    what = action
    if is_named:
        what = f"{context.name}{say.word('common.colon')}{action}"
    return ToDo(
        due=due_text(context) if decision.decide_by else say.word("page_one.no_date"),
        what=what,
        owner=plain(context.module.owner),
        reason=say.sentence(decision.reasons[0]) if decision.reasons else "",
        stake=stake_text(context),
        tone=ACTION_TONES.get(decision.action, "quiet"),
    )


def stake_text(context: ModuleContext) -> str:
    """The money a decision is about: what waiting costs, else what a year is worth."""
    say, numbers = context.voice, context.numbers
    decision, returns = context.value.decision, context.value.rated.returns
    if decision.cost_of_waiting:
        amount = numbers.money_short(decision.cost_of_waiting)
        return say.word("page_one.stake_waiting", amount=amount)
    if returns.annualised_net:
        key = "stake_year" if returns.annualised_net > 0 else "stake_loss"
        amount = numbers.money_short(abs(returns.annualised_net))
        return say.word(f"page_one.{key}", amount=amount)
    return ""

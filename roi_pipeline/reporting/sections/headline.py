"""The headline: rating, ROI with its interval, evidence, action and date, read in two minutes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.statements import Statement
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import Fact, Gauge, Headline, Line
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import (
    EditionContext,
    ModuleContext,
    designs_behind,
    effect_line,
    evidence_grade,
)

MOST_POINTS = 4
GAUGE_MARGIN = Decimal("0.08")


def module_headline(context: ModuleContext) -> Headline:
    """What an owner reads first about a module."""
    say, numbers, value = context.voice, context.numbers, context.value
    rating = value.rating
    verdict, tone = context.verdict(rating)
    roi = value.shown_roi
    grade = evidence_grade(context)
    reasons = [say.sentence(reason) for reason in (*rating.reasons, *value.decision.reasons)]
    return Headline(
        verdict=verdict,
        verdict_tone=tone,
        roi=numbers.roi(roi, bar=rating.bar),
        roi_label=say.word("headline.roi_over", period=numbers.window(value.rated.period)),
        interval=roi_interval(context, value.rated),
        sentence=per_unit_sentence(context, value.rated, roi) or (reasons[0] if reasons else ""),
        grade=grade or NONE,
        grade_name=_design_names(context, grade) if grade else say.word("grade.none"),
        action=say.name("action", value.decision.action),
        action_reason=say.sentence(value.decision.reasons[0]) if value.decision.reasons else "",
        decide_by=decide_by(context, value.decision.decide_by),
        facts=money_facts(
            context, value.rated, rating.probability, rating.bar, owner=context.module.id
        ),
        points=_points(context),
        gauge=roi_gauge(context, value.rated, roi, rating.bar),
    )


def _design_names(context: ModuleContext, grade: Grade) -> str:
    """The designs that were used; the grade's own description where none is known."""
    names = designs_behind(context, grade)
    return context.voice.word("common.comma").join(names) or context.voice.word(f"grade.{grade}")


def roi_interval(context: EditionContext, statement: Statement) -> str:
    """Both ends of ROI's interval; an open end is said."""
    numbers, returns = context.numbers, statement.returns
    if not statement.has_benefits or (returns.roi_lower is None and returns.roi_upper is None):
        return ""
    unbounded = context.voice.word("headline.unbounded")
    if returns.roi_lower is not None and returns.roi_upper is not None:
        return numbers.roi_span(returns.roi_lower, returns.roi_upper)
    low = unbounded if returns.roi_lower is None else numbers.roi(returns.roi_lower)
    high = unbounded if returns.roi_upper is None else numbers.roi(returns.roi_upper)
    return numbers.span(low, high)


def per_unit_sentence(context: EditionContext, statement: Statement, roi: Decimal | None) -> str:
    """What one unit of money spent returned."""
    if roi is None:
        return ""
    numbers, returns = context.numbers, statement.returns
    back = numbers.price(roi + 1)
    if returns.roi_lower is None or returns.roi_upper is None:
        return context.voice.word("headline.per_unit", one=numbers.money(1), back=back)
    span = numbers.span(numbers.price(returns.roi_lower + 1), numbers.price(returns.roi_upper + 1))
    return context.voice.word(
        "headline.per_unit_interval", one=numbers.money(1), back=back, span=span
    )


def decide_by(context: EditionContext, day: str | None) -> str:
    """The date a decision is due, written; a text that is no ISO date stays as it is."""
    if not day:
        return NONE
    try:
        return context.numbers.day(date.fromisoformat(day))
    except ValueError:
        return plain(day)


def money_facts(
    context: EditionContext,
    statement: Statement,
    probability: float | None,
    bar: Decimal | None,
    *,
    owner: str,
) -> tuple[Fact, ...]:
    """Benefits, costs, net and the chance of clearing the bar; `owner` names the figures' ids."""
    say, numbers, returns = context.voice, context.numbers, statement.returns
    benefits, costs = statement.printed_benefits, statement.printed_costs
    facts = [
        Fact(
            say.word("money.benefits"), amount_of_benefits(context, statement),
            figure=f"{owner}.rated.benefits",
        ),
        Fact(
            say.word("money.costs"), numbers.money_short(costs), figure=f"{owner}.rated.costs"
        ),
        Fact(
            say.word("money.net"), numbers.money_short(benefits - costs, signed=True),
            figure=f"{owner}.rated.net",
        ),
    ]  # fmt: skip
    if probability is not None and bar is not None:
        label = say.word("headline.probability", bar=numbers.roi(bar))
        facts.append(Fact(label, numbers.probability(probability)))
    if returns.payback_month is not None:
        months = say.word("headline.months", n=numbers.count(returns.payback_month))
        facts.append(Fact(say.word("money.payback"), months, figure=f"{owner}.rated.payback"))
    return tuple(facts)


def amount_of_benefits(context: EditionContext, statement: Statement) -> str:
    """Benefits in short, or that none could be estimated."""
    if not statement.has_benefits:
        return context.voice.word("money.not_estimated")
    return context.numbers.money_short(statement.printed_benefits)


def roi_gauge(
    context: EditionContext, statement: Statement, roi: Decimal | None, bar: Decimal | None
) -> Gauge | None:
    """ROI with its interval on a line that also shows zero and the bar."""
    returns = statement.returns
    if roi is None or returns.roi_lower is None or returns.roi_upper is None:
        return None
    ends = [returns.roi_lower, returns.roi_upper, roi, Decimal(0), *([bar] if bar else [])]
    low, high = min(ends), max(ends)
    room = (high - low) * GAUGE_MARGIN or Decimal(1)
    low, high = low - room, high + room

    def position(figure: Decimal) -> float:
        return float((figure - low) / (high - low))

    marks = [(position(Decimal(0)), context.numbers.roi(Decimal(0)))]
    if bar:
        label = context.voice.word("headline.bar", bar=context.numbers.roi(bar))
        marks.append((position(bar), label))
    return Gauge(
        position(returns.roi_lower), position(roi), position(returns.roi_upper), tuple(marks)
    )


def _points(context: ModuleContext) -> tuple[Line, ...]:
    """What happened to the goals, and every guardrail that got worse."""
    say, goals, alarms = context.voice, list[Line](), list[Line]()
    for entry, metric, outcome in context.pool_outcomes():
        line = effect_line(outcome, metric, say)
        if entry.role == "goal":
            levels = (outcome.baseline_value, outcome.post_value)
            if None not in levels:
                shown = " → ".join(context.numbers.value(level, metric.unit) for level in levels)
                line = replace(line, text=f"{line.text} {shown}")
            goals.append(line)
        elif entry.role == "guardrail" and line.tone == "bad":
            alarms.append(replace(line, text=say.word("headline.guardrail", metric=line.text)))
    stale = [Line(say.sentence(message), "warn") for message in context.inputs.stale]
    return tuple((stale + alarms + goals)[:MOST_POINTS])

"""The report in one sentence, made from its figures: who earned, who lost, what is next."""

from collections.abc import Sequence
from decimal import Decimal

from roi_pipeline.domain.effects import Effect
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext, effect_tone
from roi_pipeline.reporting.sections.rows import by_due_day, due_text, roi_standing

MOST_NAMED = 2  # of modules in the story; more are counted
ADVERSE = ("stop", "change")


def portfolio_story(context: EditionContext, modules: Sequence[ModuleContext]) -> str:
    """Which modules earned, are open or lost, and the most urgent step."""
    say = context.voice
    known = [c for c in modules if c.value.rated.has_benefits]
    if not known:
        return say.word("story.no_money_at_all")
    groups = {
        "earned": [c for c in known if roi_standing(c) == "earned"],
        "open": [c for c in known if roi_standing(c) == "open"],
        "lost": [c for c in known if roi_standing(c) == "lost"],
    }
    clauses = [_money_clause(context, kind, members) for kind, members in groups.items() if members]
    without = len(modules) - len(known)
    if without:
        clauses.append(say.word("story.without_money", n=context.numbers.count(without)))
    text = say.word("story.and").join(clauses)
    urgent = next((c for c in by_due_day(modules) if c.value.decision.action in ADVERSE), None)
    urgent = urgent or next(iter(by_due_day(modules)))
    last_named = [members for members in groups.values() if members][-1]
    is_last_named = last_named == [urgent] and not without
    text += say.word("story.and") + _ask(urgent, is_named=not is_last_named)
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


def _ask(context: ModuleContext, *, is_named: bool) -> str:
    say, decision = context.voice, context.value.decision
    key = "story.ask" if is_named else "story.next"
    action = say.name("action", decision.action)
    action = action[:1].lower() + action[1:]
    if decision.decide_by:
        day = due_text(context)
        return say.word(f"{key}_by", module=context.name, action=action, day=day)
    return say.word(key, module=context.name, action=action)


def module_story(context: ModuleContext) -> str:
    """How the goal changed, what it is worth, and the next step."""
    say, value = context.voice, context.value
    clauses = [clause for clause in (_goal_clause(context), _own_money(context)) if clause]
    clauses.append(_ask(context, is_named=False))
    text = say.word("story.and").join(clauses) if value else ""
    return say.word("story.sentence", text=_capital(text))


def _goal_clause(context: ModuleContext) -> str:
    say, numbers = context.voice, context.numbers
    goal = context.main_goal()
    if goal is None:
        return ""
    metric, outcome = goal
    if not isinstance(outcome, Effect):
        return say.word("story.goal_unknown", metric=context.metric_name(metric.id))
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
    if not rated.has_benefits:
        return say.word("story.own_none", costs=numbers.money_short(rated.printed_costs))
    standing, net = roi_standing(context), rated.printed_net
    amount = numbers.money_short(net if standing == "open" else abs(net), signed=standing == "open")
    roi = numbers.roi(context.value.shown_roi, bar=context.value.rating.bar)
    return say.word(f"story.own_{standing}", amount=amount, roi=roi)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

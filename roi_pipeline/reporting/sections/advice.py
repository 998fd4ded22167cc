"""What to do next, why, and by when."""

from roi_pipeline.reporting.model import Block, Bullets, Fact, Facts, Section
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.actions import actions_table
from roi_pipeline.reporting.sections.context import ModuleContext
from roi_pipeline.reporting.sections.decisions import decisions_table
from roi_pipeline.reporting.sections.headline import decide_by


def advice_section(context: ModuleContext) -> Section:
    """The action with its reasons, the date it is due, what waiting costs and is worth."""
    say, decision = context.voice, context.value.decision
    blocks: list[Block] = [Facts(_facts(context))]
    options = actions_table(context)
    if options:
        blocks.append(options)
    decisions = decisions_table(context)
    if decisions:
        blocks.append(decisions)
    reasons = tuple(
        dict.fromkeys(say.sentence(m) for m in (*decision.reasons, *context.value.rating.reasons))
    )
    if reasons:
        blocks.append(Bullets(reasons, say.word("advice.reasons")))
    return Section("advice", say.word("section.advice"), tuple(blocks))


def _facts(context: ModuleContext) -> tuple[Fact, ...]:
    say, numbers, decision = context.voice, context.numbers, context.value.decision
    contract = context.module.vendor_contract
    facts = [
        Fact(say.word("headline.action"), say.name("action", decision.action)),
        Fact(say.word("headline.decide_by"), decide_by(context, decision.decide_by)),
        Fact(say.word("advice.owner"), say.name("term", context.module.owner) or NONE),
    ]
    if contract is not None:
        note = say.word("advice.notice", days=numbers.count(contract.notice_days))
        facts.append(Fact(say.word("advice.contract_end"), numbers.day(contract.end), note))
    if decision.cost_of_waiting is not None:
        cost = numbers.money(decision.cost_of_waiting)
        facts.append(Fact(say.word("advice.cost_of_waiting"), cost))
    if decision.value_of_waiting is not None:
        worth = numbers.money(decision.value_of_waiting)
        facts.append(Fact(say.word("advice.value_of_waiting"), worth))
    return tuple(facts)

"""What to do next, by when, what waiting costs and what another cycle of data would be worth."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.standards import Action, Rating, Standard
from roi_pipeline.domain.statements import Decision, ModuleValue
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.actions import advise, is_loss_to_stop
from roi_pipeline.finance.amounts import ZERO, z_value
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.notice import Notice, NoticeState, next_edition_day, notice_on
from roi_pipeline.finance.prospects import Weighed, weighed_actions
from roi_pipeline.finance.soft import verdict_of
from roi_pipeline.finance.statement import Stated

NOTICE_CODES: Mapping[NoticeState, str] = {
    "ahead": "decide_by_day",
    "near": "decide_before_the_next_report",
    "today": "notice_day_is_today",
    "passed": "notice_day_has_passed",
    "ended": "contract_has_ended",
}
ADVERSE: tuple[Action, ...] = ("change", "stop")
GOING_ON: tuple[Action, ...] = ("continue", "expand")


def decide(
    case: Case, rating: Rating, *, cycle: Stated, rated: Stated, previous: Sequence[ModuleValue]
) -> Decision:
    """The action, its reasons and its dates."""
    harmed = guardrails_harmed(case)
    weighed = weighed_actions(case, cycle, is_harmed=bool(harmed))
    if weighed and _is_loss(rating, weighed):
        action: Action = "stop"
        reasons = (_warning(rating, weighed), *harmed)
    elif rating.status in ("too_early", "not_ratable"):
        action, reasons = _before_the_rating(rating, harmed, weighed)
    else:
        action, reasons = _action(case, rating, rated, previous, harmed=harmed, weighed=weighed)
    notice = notice_of(case)
    day = notice.next_day if notice else None
    return Decision(
        action=action,
        reasons=(
            *reasons,
            *last_decision(previous, cycle.statement.returns.roi),
            *_timing(case, notice),
        ),
        decide_by=day.isoformat() if day else None,
        cost_of_waiting=weighed.outlook.loss if weighed and action not in GOING_ON else None,
        value_of_waiting=weighed.option("wait").learning if weighed else None,
        options=weighed.options if weighed else (),
        weighed_until=weighed.terms.until if weighed else None,
    )


def notice_of(case: Case) -> Notice | None:
    """Where the module's contract stands on the day the report is made."""
    contract = case.module.vendor_contract
    if contract is None:
        return None
    return notice_on(contract, case.cycle.as_of, next_edition=next_edition_day(case.cycle))


def _is_loss(rating: Rating, weighed: Weighed) -> bool:
    """Whether a loss to come overrules: not where service or compliance is what the money buys."""
    if rating.grade == "valuable" or rating.status == "outright":
        return False
    return is_loss_to_stop(weighed.options, weighed.outlook)


def _warning(rating: Rating, weighed: Weighed) -> Message:
    """Why to stop, and that it is said before the rating where there is none yet."""
    values = {
        "chance": weighed.outlook.chance,
        "cost": float(weighed.outlook.loss),
        "worth": float(weighed.option("wait").learning),
    }
    early = rating.status in ("too_early", "not_ratable")
    return Message("early_warning_to_stop" if early else "stop_loss", values)


def _before_the_rating(
    rating: Rating, harmed: tuple[Message, ...], weighed: Weighed | None
) -> tuple[Action, tuple[Message, ...]]:
    """The advice while the standard does not rate: harm first, then the actions' expected nets."""
    if harmed:
        return "optimise", (Message("guardrail_before_the_rating", {}), *rating.reasons, *harmed)
    if weighed is None:
        return "wait", (Message(f"decision_waits_{rating.status}", {}), *rating.reasons)
    action = advise(weighed.options, weighed.terms, weighed.outlook)
    stop, going = weighed.option("stop"), weighed.option("continue")
    values = {
        "going": float(going.net or ZERO),
        "stopping": float(stop.net or ZERO),
        "learning": float(weighed.option("wait").learning),
        "chance": weighed.outlook.chance,
        "until": weighed.terms.until,
        "next": weighed.terms.decide_again,
        "sure": weighed.outlook.sure,
    }
    return action, (Message(f"advice_before_the_rating_{action}", values), *rating.reasons)


def guardrails_harmed(case: Case) -> tuple[Message, ...]:
    """Guardrail metrics that clearly got worse."""
    harmed: list[Message] = []
    for pooled in case.module.pool:
        effect = case.effects.effect(pooled.metric_id)
        if pooled.role == "guardrail" and effect is not None and _is_worse(case, effect):
            values = {"metric": pooled.metric_id, "change": effect.estimate}
            harmed.append(Message("guardrail_got_worse", values))
    return tuple(harmed)


def _is_worse(case: Case, effect: Effect) -> bool:
    metric: Metric = case.metrics[effect.metric_id]
    return effect.grade != "E" and verdict_of(metric, effect) == "worsened"


def _action(
    case: Case,
    rating: Rating,
    rated: Stated,
    previous: Sequence[ModuleValue],
    *,
    harmed: tuple[Message, ...],
    weighed: Weighed | None,
) -> tuple[Action, tuple[Message, ...]]:
    if rating.status == "provisional":
        action: Action = "optimise" if rating.action in ADVERSE else "continue"
        if rating.action == "optimise":
            action = "optimise"
        return _unless_harmed(action, harmed, "decision_follows_a_leaning", rating)
    if rating.action == "change" and _is_hopeless(case.standard, rated, previous):
        values = {"roi": float(rating.roi or ZERO)}
        return "stop", (Message("decision_is_to_stop", values), *harmed)
    action = rating.action
    if action in ("continue", "expand") and rating.grade == "excellent":
        action = "expand" if _may_expand(case, weighed) else "continue"
    return _unless_harmed(action, harmed, "decision_follows_the_rating", rating)


def _unless_harmed(
    action: Action, harmed: tuple[Message, ...], code: str, rating: Rating
) -> tuple[Action, tuple[Message, ...]]:
    """Nothing that hurts a guardrail is simply continued or expanded."""
    if harmed and action in ("continue", "expand"):
        action = "optimise"
    return action, (Message(code, {"grade": rating.grade, "action": action}), *harmed)


def _is_hopeless(standard: Standard, rated: Stated, previous: Sequence[ModuleValue]) -> bool:
    """Surely no benefit at all, or a second verdict to change with money surely lost."""
    spread = rated.spread
    best = spread.benefits + z_value(standard.confidence) * spread.benefits_error
    if best <= 0:
        return True
    loses = (spread.probability(ZERO) or 0.0) <= 1 - standard.minimum_probability
    return loses and bool(previous) and previous[-1].decision.action in ADVERSE


def _may_expand(case: Case, weighed: Weighed | None) -> bool:
    """Whether units are left, the evidence carries it, and it most probably earns its costs."""
    if weighed is None:
        return False
    expand = weighed.option("expand")
    sure = case.standard.minimum_probability
    return expand.is_open and expand.regret is not None and expand.regret <= 1 - sure


def last_decision(previous: Sequence[ModuleValue], now: Decimal | None) -> tuple[Message, ...]:
    """What was decided a cycle ago, and ROI of the cycle then and now."""
    if not previous:
        return ()
    last = previous[-1]
    then = last.cycle.returns.roi
    values = {"cycle": last.cycle_key, "action": last.decision.action}
    if then is None or now is None:
        return (Message("last_decision", values),)
    outcome = {"roi_then": float(then), "roi_now": float(now)}
    return (Message("last_decision_and_what_came_of_it", values | outcome),)


def _timing(case: Case, notice: Notice | None) -> tuple[Message, ...]:
    """The contract's dates, none of them as if it lay ahead when it has passed."""
    contract = case.module.vendor_contract
    if notice is None or contract is None:
        return ()
    values = {
        "day": notice.day, "end": notice.end, "notice_days": contract.notice_days,
        "until": notice.renewed_until, "next": notice.next_day,
    }  # fmt: skip
    code = NOTICE_CODES[notice.state]
    if notice.state == "passed" and notice.renewed_until is not None:
        code = "notice_day_has_passed_renews"
    renewed = (Message("contract_was_renewed", values),) if notice.was_renewed else ()
    return (*renewed, Message(code, values))

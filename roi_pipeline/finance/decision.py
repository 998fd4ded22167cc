"""What to do next, by when, what waiting costs and what another cycle of data would be worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.standards import Action, Rating, Standard
from roi_pipeline.domain.statements import Decision, ModuleValue
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.actions import advise
from roi_pipeline.finance.amounts import NORMAL, ZERO, decimal_of, on_grid, z_value
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.notice import Notice, NoticeState, next_edition_day, notice_on
from roi_pipeline.finance.periods import CYCLE
from roi_pipeline.finance.prospects import Weighed, weighed_actions
from roi_pipeline.finance.soft import verdict_of
from roi_pipeline.finance.statement import Stated
from roi_pipeline.finance.stop_loss import Forward, cost_of, forward, is_loss_to_stop

HORIZON_DAYS = 365
NOTICE_CODES: Mapping[NoticeState, str] = {
    "ahead": "decide_by_day",
    "near": "decide_before_the_next_report",
    "today": "notice_day_is_today",
    "passed": "notice_day_has_passed",
    "ended": "contract_has_ended",
}
ADVERSE: tuple[Action, ...] = ("change", "stop")


@dataclass(frozen=True, slots=True)
class Outlook:
    """Net of one whole cycle as expected from this one.

    Attributes:
        mean: expected net.
        error: its standard error.
        cycles_ahead: cycles of this length in the next year.
        information: share of all data that one more cycle would bring.
    """

    mean: Decimal
    error: Decimal
    cycles_ahead: Decimal
    information: Decimal


def decide(
    case: Case, rating: Rating, *, cycle: Stated, rated: Stated, previous: Sequence[ModuleValue]
) -> Decision:
    """The action, its reasons and its dates."""
    harmed, ahead = guardrails_harmed(case), forward(case, cycle)
    weighed = weighed_actions(case, cycle, is_harmed=bool(harmed))
    outlook = outlook_of(case, cycle, ahead)
    worth = value_of_another_cycle(outlook) if outlook else ZERO
    if ahead and weighed and _is_loss(case, rating, ahead, weighed, worth):
        action: Action = "stop"
        reasons = (_warning(rating, ahead, weighed.chance, worth), *harmed)
    elif rating.status in ("too_early", "not_ratable"):
        action, reasons = _before_the_rating(case, rating, harmed, weighed)
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
        cost_of_waiting=on_grid(max(ZERO, -outlook.mean)) if outlook else None,
        value_of_waiting=worth if outlook else None,
        options=weighed.options if weighed else (),
        weighed_until=weighed.terms.until if weighed else None,
    )


def notice_of(case: Case) -> Notice | None:
    """Where the module's contract stands on the day the report is made."""
    contract = case.module.vendor_contract
    if contract is None:
        return None
    return notice_on(contract, case.cycle.as_of, next_edition=next_edition_day(case.cycle))


def _is_loss(case: Case, rating: Rating, ahead: Forward, weighed: Weighed, worth: Decimal) -> bool:
    """Whether a loss to come overrules: not where service or compliance is what the money buys."""
    if rating.grade == "valuable" or rating.status == "outright":
        return False
    bound = case.standard.stop_probability
    return is_loss_to_stop(ahead, chance=weighed.chance, worth=worth, bound=bound)


def _warning(rating: Rating, ahead: Forward, chance: float, worth: Decimal) -> Message:
    """Why to stop, and that it is said before the rating where there is none yet."""
    values = {"chance": chance, "cost": float(cost_of(ahead)), "worth": float(worth)}
    early = rating.status in ("too_early", "not_ratable")
    return Message("early_warning_to_stop" if early else "stop_loss", values)


def _before_the_rating(
    case: Case, rating: Rating, harmed: tuple[Message, ...], weighed: Weighed | None
) -> tuple[Action, tuple[Message, ...]]:
    """The advice while the standard does not rate: harm first, then the actions' expected nets."""
    if harmed:
        return "optimise", (Message("guardrail_before_the_rating", {}), *rating.reasons, *harmed)
    if weighed is None:
        return "wait", (Message(f"decision_waits_{rating.status}", {}), *rating.reasons)
    sure = case.standard.minimum_probability
    action = advise(weighed.options, weighed.terms, chance=weighed.chance, sure=sure, is_loss=False)
    stop, going = weighed.option("stop"), weighed.option("continue")
    values = {
        "going": float(going.net or ZERO),
        "stopping": float(stop.net or ZERO),
        "learning": float(weighed.option("wait").learning),
        "chance": weighed.chance,
        "until": weighed.terms.until,
        "next": weighed.terms.decide_again,
        "sure": sure,
    }
    return action, (Message(f"advice_before_the_rating_{action}", values), *rating.reasons)


def outlook_of(case: Case, stated: Stated, ahead: Forward | None = None) -> Outlook | None:
    """Net of one whole cycle at this cycle's pace; None when nothing was counted."""
    spread, period = stated.spread, case.periods[CYCLE]
    if not stated.has_counted_benefits or not period.days:
        return None
    scale = Decimal(case.cycle.window.days) / period.days
    seen = Decimal(max(1, (period.end - case.go_live).days))
    days = Decimal(case.cycle.window.days)
    error = (spread.benefits_error**2 + spread.costs_error**2).sqrt()
    return Outlook(
        mean=ahead.net if ahead else (spread.benefits - spread.costs) * scale,
        error=ahead.error if ahead else error * scale,
        cycles_ahead=Decimal(HORIZON_DAYS) / days,
        information=days / (days + seen),
    )


def value_of_another_cycle(outlook: Outlook) -> Decimal:
    """Expected gain from deciding with one more cycle of data, over the next year.

    Value of sample information of a normal mean against the choice continue or stop: s·L(|μ|/s)
    per cycle with L(u) = φ(u) - u(1 - Φ(u)) and s² the variance the new data resolve
    (Raiffa & Schlaifer 1961).

    >>> outlook = Outlook(Decimal(0), Decimal(100), Decimal(4), Decimal(1))
    >>> round(value_of_another_cycle(outlook), 2)
    Decimal('159.58')
    """
    resolved = float(outlook.error) * float(outlook.information) ** 0.5
    if resolved <= 0:
        return ZERO
    u = abs(float(outlook.mean)) / resolved
    loss = resolved * (NORMAL.pdf(u) - u * (1 - NORMAL.cdf(u)))
    return on_grid(decimal_of(max(0.0, loss)) * outlook.cycles_ahead)


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

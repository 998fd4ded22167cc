"""The actions side by side: what each is expected to bring until one can decide again.

Values in, values out: no case, no contract, no clock. A day of going on brings a benefit and costs a
fee that the contract binds and other running costs that end with use. One-offs already paid are in
no figure. Net = benefits - running costs - paid once + learning, over the same days for every
action; amounts are not discounted, because hardly any contract binds for longer than a year or two.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.advice import Option
from roi_pipeline.domain.rounding import total_of_rounded
from roi_pipeline.domain.standards import Action
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.amounts import NORMAL, ONE, ZERO, decimal_of, on_grid
from roi_pipeline.finance.terms import Terms
from roi_pipeline.finance.uncertainty import Spread

LARGEST_CUT = Decimal("0.5")
LARGEST_CAUTION = Decimal("1.645")  # standard errors: a loss that is certain at 95 % stays a loss
CHARGE_FOR_REGRET = Decimal("0.75")  # cycles of running costs; docs/advice.md has what others cost
DAYS_OF_A_MONTH = Decimal("30.4375")
WHEN_HARMED: tuple[Action, ...] = ("stop", "change", "renegotiate", "optimise")


@dataclass(frozen=True, slots=True)
class Prospect:
    """What going on brings, as measured.

    Attributes:
        spread: benefits and costs of the measured days, with their uncertainty.
        days: how many days were measured.
        fee: running cost of a day that the contract binds.
        other: running cost of a day that ends with use.
        error: standard error of a day's net.
        seen: days measured so far, of which more data resolve the more the fewer they are.
        room: units without the module per unit with it; 0: none are left.
        rollout: paid once to bring all of them in.
        is_strong: the evidence allows to expand.
        is_harmed: a guardrail clearly got worse.
    """

    spread: Spread
    days: Decimal
    fee: Decimal
    other: Decimal
    error: Decimal
    seen: Decimal
    room: Decimal = ZERO
    rollout: Decimal = ZERO
    is_strong: bool = True
    is_harmed: bool = False

    @property
    def benefit(self) -> Decimal:
        """Expected benefit of a day."""
        return self.spread.benefits / self.days

    @property
    def may_grow(self) -> bool:
        """Whether units are left to bring in, once the data say that it pays."""
        return self.room > 0 and self.is_strong and not self.is_harmed

    @property
    def believed(self) -> Decimal:
        """What part of a measured loss to count on: it is shrunk towards break-even.

        Before anything is measured a module is expected to earn its running costs C, give or take as
        much. An error of s then leaves C² / (C² + s²) of a loss L (Efron & Morris 1973), but
        L - 1.645 s at least: strong evidence is not outweighed (Efron & Morris 1972). Earnings are
        left as they are: going on can be undone, leaving cannot.
        """
        cost = self.fee + self.other
        loss = cost - self.benefit
        if loss <= 0 or not self.error:
            return ONE
        by_cost = cost**2 / (cost**2 + self.error**2)
        return max(by_cost, ONE - LARGEST_CAUTION * self.error / loss)

    def chance(self, days: Decimal, costs: Decimal) -> float:
        """P(the benefits of so many days reach an amount)."""
        if not days:
            return 1.0 if costs <= 0 else 0.0
        bar = costs / days * self.days / self.spread.costs - ONE
        return self._believed_spread().probability(bar) or 0.0

    def _believed_spread(self) -> Spread:
        """Benefits and costs as counted on: what is believed of a loss, with the smaller error."""
        seen, root = self.spread, self.believed.sqrt()
        loss = (self.fee + self.other) * self.days - seen.benefits
        believed = replace(
            seen,
            benefits=seen.benefits + loss * (ONE - self.believed),
            benefits_error=seen.benefits_error * root,
            costs_error=seen.costs_error * root,
        )
        middle, old = float(believed.roi or ZERO), float(seen.roi or ZERO)
        draws = tuple(middle + float(root) * (draw - old) for draw in seen.draws)
        return replace(believed, draws=draws)


def weigh(prospect: Prospect, terms: Terms) -> tuple[Option, ...]:
    """Every action with its expected net, in the order of `LADDER`.

    >>> from datetime import date
    >>> from roi_pipeline.finance.terms import terms_on
    >>> earns = Spread(Decimal(900), Decimal(1000), Decimal(50), ZERO)
    >>> prospect = Prospect(earns, Decimal(100), fee=Decimal(10), other=ZERO, error=Decimal("0.5"),
    ...     seen=Decimal(100))
    >>> free = terms_on(None, date(2026, 1, 1), next_edition=date(2026, 4, 11))
    >>> {each.action: each.net for each in weigh(prospect, free) if each.action in ("stop", "continue")}
    {'stop': Decimal('0E-9'), 'continue': Decimal('-465.000000000')}
    """
    going = _continue(prospect, terms)
    stopping = _stop(prospect, terms)
    best = max(_printed(going), _printed(stopping))
    options = (
        stopping,
        _change(best, terms),
        _renegotiate(prospect, terms),
        _optimise(going),
        _wait(prospect, terms, stopping),
        going,
        _expand(prospect, terms, going),
    )
    if not prospect.is_harmed:
        return options
    return tuple(_closed_by_harm(option) for option in options)


def loss_of(prospect: Prospect, days: Decimal) -> Decimal:
    """What so many days more are expected to lose; nothing where they are expected to earn."""
    return on_grid(max(ZERO, (prospect.fee + prospect.other - prospect.benefit) * days))


def charge_of(prospect: Prospect, days: Decimal) -> Decimal:
    """What leaving a module that is worth keeping is charged with, beside what it would earn."""
    return on_grid((prospect.fee + prospect.other) * days * CHARGE_FOR_REGRET)


def chance_of_going_on(prospect: Prospect, terms: Terms) -> float:
    """P(what one commits to by not giving notice earns its running costs)."""
    days = terms.days(terms.leave, terms.until)
    return prospect.chance(days, _between(prospect, terms, terms.leave, terms.until)[1])


@dataclass(frozen=True, slots=True)
class Outlook:
    """What speaks for going on, beside the actions weighed.

    Attributes:
        chance: P(what one commits to by not giving notice earns its running costs).
        loss: what one more cycle is expected to lose; what is sunk plays no part.
        believed: part of a measured loss that is counted on.
        charge: what leaving a module worth keeping is charged with.
        sure: chance from which on one goes on: the standard's `minimum_probability`.
        bound: chance below which one stops: the standard's `stop_probability`.
    """

    chance: float
    loss: Decimal
    believed: Decimal
    charge: Decimal
    sure: float
    bound: float


def is_loss_to_stop(options: Sequence[Option], outlook: Outlook) -> bool:
    """Whether to stop before anything is rated: hopeless, and more data are worth less than they cost."""
    learning = next(option.learning for option in options if option.action == "wait")
    return outlook.chance < outlook.bound and learning <= outlook.loss


def advise(options: Sequence[Option], terms: Terms, outlook: Outlook) -> Action:
    """The action to advise while the standard does not rate yet.

    A loss to stop is stopped; going on and expanding need a chance of earning their costs of at
    least `sure`. In between one waits while the data to come are worth more than they cost, unless
    that enters a further term which is expected to earn: that is going on. A module is left once
    that is expected to bring more than waiting by at least the charge for leaving what is worth
    keeping, times the chance that it is.
    """
    if is_loss_to_stop(options, outlook):
        return "stop"
    by_action = {option.action: option for option in options}
    stop, wait = by_action["stop"].net or ZERO, by_action["wait"].net or ZERO
    going, expand = by_action["continue"].net or ZERO, by_action["expand"]
    learning = by_action["wait"].learning
    gain = outlook.believed * (max(stop, going) - (wait - learning)) - learning
    if expand.is_open and expand.regret is not None and expand.regret <= 1 - outlook.sure:
        action: Action = "expand"
    elif outlook.chance >= outlook.sure:
        action = "continue"
    elif gain < 0:
        action = "continue" if terms.binds and going >= stop else "wait"
    elif going >= stop:
        action = "continue"
    elif gain < outlook.charge * decimal_of(outlook.chance):
        action = "wait"
    else:
        return "renegotiate" if by_action["renegotiate"].is_open else "change"
    return action if by_action[action].is_open else "optimise"


def _between(prospect: Prospect, terms: Terms, start: date, end: date) -> tuple[Decimal, Decimal]:
    """(benefits, running costs) of being used from one day to another."""
    days, fees = terms.days(start, end), terms.fee_days(start, end)
    costs = on_grid(prospect.fee * fees) + on_grid(prospect.other * days)
    return on_grid(prospect.benefit * days), costs


def _continue(prospect: Prospect, terms: Terms) -> Option:
    days = terms.days(terms.today, terms.until)
    benefits, costs = _between(prospect, terms, terms.today, terms.until)
    values = {
        "days": int(days),
        "benefit": float(prospect.benefit),
        "cost": float(prospect.fee + prospect.other),
        "until": terms.until,
    }
    rises = terms.rise != 0 and terms.renewal is not None and terms.renewal < terms.until
    if rises:
        values |= {"day": terms.renewal, "rise": float(terms.rise)}
    return Option(
        action="continue",
        reason=Message("option_goes_on_dearer" if rises else "option_goes_on", values),
        net=benefits - costs,
        benefits=benefits,
        costs=costs,
        regret=1 - chance_of_going_on(prospect, terms),
    )


def _stop(prospect: Prospect, terms: Terms) -> Option:
    """Used until the fee ends, where use earns more than it costs; left at once where that pays."""
    benefits, costs = _served(prospect, terms)
    is_used = _is_used(prospect)
    code = "option_ends" if is_used else "option_ends_unused"
    served = Option(
        action="stop",
        reason=Message(
            code if terms.leave > terms.today else "option_ends_today", {"day": terms.leave}
        ),
        net=benefits - costs,
        benefits=benefits,
        costs=costs,
        regret=chance_of_going_on(prospect, terms),
        last_day=terms.last_day,
    )
    price = terms.exit_amount
    if price is None or -price <= benefits - costs:
        return served
    reason = Message("option_leaves_at_once", {"amount": float(price), "day": terms.leave})
    return replace(served, reason=reason, net=-price, benefits=ZERO, costs=ZERO, once=price)


def _is_used(prospect: Prospect) -> bool:
    """Whether a module that is being left is used while its fee is still due."""
    return prospect.benefit >= prospect.other and not prospect.is_harmed


def _served(prospect: Prospect, terms: Terms) -> tuple[Decimal, Decimal]:
    """Benefits and costs until the fee ends when notice is given today."""
    benefits, costs = _between(prospect, terms, terms.today, terms.leave)
    if _is_used(prospect):
        return benefits, costs
    return ZERO, on_grid(prospect.fee * terms.fee_days(terms.today, terms.leave))


def _wait(prospect: Prospect, terms: Terms, stopping: Option) -> Option:
    """Going on to the next edition, then doing what looks best with its data (METHODS 6.1).

    What looks best then is stopping, going on, or going on with the units left as well; what is learnt
    is worth the expectation of the best of them less the best of their expectations. Use that costs
    more than it earns goes on to the next edition at most.
    """
    turn = terms.leave_later
    again = turn if _is_used(prospect) else min(terms.next_edition, turn)
    benefits, costs = _between(prospect, terms, terms.today, again)
    costs += on_grid(prospect.fee * terms.fee_days(again, turn))
    won, spent = _between(prospect, terms, turn, terms.until)
    growth = ONE + prospect.room if prospect.may_grow else ONE
    once = ZERO
    learning = _learnt(prospect, terms, won - spent)
    if (won - spent) * growth - prospect.rollout > max(ZERO, won - spent):
        won, spent, once = on_grid(won * growth), on_grid(spent * growth), prospect.rollout
    if won > spent:
        benefits, costs = benefits + won, costs + spent
    is_free = terms.leave_later == terms.leave and _is_used(prospect)
    values = {"day": terms.decide_again, "until": turn}
    return Option(
        action="wait",
        reason=Message("option_waits" if is_free else "option_waits_bound", values),
        net=benefits - costs - once + learning,
        benefits=benefits,
        costs=costs,
        once=once,
        learning=learning,
        regret=0.0 if is_free else 1 - (stopping.regret or 0.0),
        last_day=terms.next_edition if is_free else terms.last_day,
    )


def _learnt(prospect: Prospect, terms: Terms, mean: Decimal) -> Decimal:
    """Gain from the data until one can decide again: the next edition, or a whole term later."""
    days = terms.days(terms.leave_later, terms.until)
    until_then = terms.days(terms.today, terms.decide_again)
    believed = prospect.believed
    information = until_then / (until_then + prospect.seen / believed)
    resolved = float(prospect.error * days) * float(believed * information) ** 0.5
    if resolved <= 0:
        return ZERO
    mean *= believed
    room, rollout = float(prospect.room), float(prospect.rollout)
    now, then = max(0.0, float(mean)), _expected_above(float(mean), resolved)
    if prospect.may_grow:
        now = max(now, (1 + room) * float(mean) - rollout)
        then += room * _expected_above(float(mean) - rollout / room, resolved)
    return on_grid(decimal_of(max(0.0, then - now)))


def _expected_above(mean: float, deviation: float) -> float:
    """E[max(0, y)] of a normal y: μΦ(μ/s) + sφ(μ/s) (Raiffa & Schlaifer 1961).

    >>> round(_expected_above(0.0, 1.0), 4)
    0.3989
    """
    u = mean / deviation
    return mean * NORMAL.cdf(u) + deviation * NORMAL.pdf(u)


def _expand(prospect: Prospect, terms: Terms, going: Option) -> Option:
    """As much more as there are units without the module, at the same rate of benefits and costs."""
    if prospect.room <= 0:
        return Option("expand", Message("option_has_no_units_left"), is_open=False)
    if not prospect.is_strong:
        return Option("expand", Message("option_needs_better_evidence"), is_open=False)
    benefits, costs = going.benefits or ZERO, going.costs or ZERO
    more = on_grid(costs * prospect.room)
    added = more + prospect.rollout
    days = terms.days(terms.today, terms.until) * prospect.room
    whole = on_grid(benefits * (ONE + prospect.room))
    return Option(
        action="expand",
        reason=Message("option_expands", {"room": float(prospect.room)}),
        net=whole - costs - added,
        benefits=whole,
        costs=costs + more,
        once=prospect.rollout,
        regret=1 - prospect.chance(days, added),
    )


def _renegotiate(prospect: Prospect, terms: Terms) -> Option:
    """The fee at which the term to come breaks even, where half of today's or more would do."""
    days = terms.days(terms.leave, terms.until)
    fees = terms.fee_days(terms.leave, terms.until)
    if not prospect.fee or not days or terms.leave == terms.today:
        return Option("renegotiate", Message("option_has_no_fee"), is_open=False)
    price = (prospect.benefit - prospect.other) * days / fees
    cut = ONE - price / prospect.fee
    values = {
        "price": float(price * DAYS_OF_A_MONTH),
        "now": float(prospect.fee * DAYS_OF_A_MONTH),
        "cut": float(cut),
    }
    if cut > LARGEST_CUT:
        values = {"largest": float(LARGEST_CUT)}
        return Option("renegotiate", Message("option_price_cannot_help", values), is_open=False)
    if cut <= 0:
        return Option("renegotiate", Message("option_pays_up_to", values), is_open=False)
    benefits, costs = _served(prospect, terms)
    further = on_grid(prospect.benefit * days)
    return Option(
        action="renegotiate",
        reason=Message("option_breaks_even_at", values),
        net=benefits - costs,
        benefits=benefits + further,
        costs=costs + further,
        last_day=terms.last_day,
    )


def _optimise(going: Option) -> Option:
    """No figure: nothing measured says what better use would bring; what it must bring is stated."""
    benefits, costs = going.benefits or ZERO, going.costs or ZERO
    if benefits <= 0:
        return Option("optimise", Message("option_needs_an_effect"))
    values = {"share": float(costs / benefits)}
    return Option("optimise", Message("option_needs_share_of_effect", values))


def _change(best: Decimal, terms: Terms) -> Option:
    values = {"amount": float(best), "until": terms.until}
    return Option("change", Message("option_must_bring", values), last_day=terms.last_day)


def _printed(option: Option) -> Decimal:
    """The net as the reader adds it up from whole amounts."""
    return total_of_rounded([option.benefits or ZERO, -(option.costs or ZERO), -option.once])


def _closed_by_harm(option: Option) -> Option:
    if option.action in WHEN_HARMED:
        return option
    return replace(option, is_open=False, reason=Message("option_harms_a_guardrail"))

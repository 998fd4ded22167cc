"""Modules with a known true value, followed for eight cycles under five ways of deciding.

All have an effect of grade C or better behind them: measured without bias, with an error. Every way
sees the module at the end of each cycle and acts on it; net is counted day by day with the
true benefit until the last cycle ends. What is sought at a price nobody has agreed to is taken as
refused: a module advised to renegotiate or change is left like one advised to stop. Notice is given at
the last report before its last day; a module to stop whose use costs more than it earns, at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from roi_pipeline.domain.modules import VendorContract
from roi_pipeline.domain.standards import Action
from roi_pipeline.finance.actions import (
    Outlook,
    Prospect,
    advise,
    chance_of_going_on,
    charge_of,
    loss_of,
    weigh,
)
from roi_pipeline.finance.amounts import ZERO
from roi_pipeline.finance.terms import first_free_day, terms_on
from roi_pipeline.finance.uncertainty import Spread

CYCLES, DAYS = 8, 90
HORIZON = CYCLES * DAYS
LIVE = date(2026, 1, 1)
SURE, BOUND = 0.8, 0.05
LEAVING: tuple[Action, ...] = ("stop", "renegotiate", "change")
D = Decimal


@dataclass(frozen=True, slots=True)
class SimulatedModule:
    """A module's truth and what can be seen of it; amounts are per day, the running cost is 100.

    Attributes:
        benefit: true benefit of a day.
        fee: part of the running cost that the contract binds, until it renews.
        seen: measured benefit of a day at the end of each cycle, all data so far.
        error: standard error of one cycle's measurement.
        plain: what a plain before/after comparison shows at the end of each cycle.
        months_to_rating: the tier's window.
    """

    benefit: float
    fee: float
    other: float
    contract: VendorContract | None
    seen: tuple[float, ...]
    plain: tuple[float, ...]
    error: float
    room: float
    rollout: float
    months_to_rating: int

    @property
    def cost(self) -> float:
        """Running cost of a day."""
        return self.fee + self.other


@dataclass(slots=True)
class Course:
    """What was done with a module: cycles after which it was expanded and notice was given."""

    expanded: int | None = None
    noticed: int | None = None
    is_used_to_the_end: bool = True


Policy = Callable[[SimulatedModule, int, Course], Action]


@dataclass(slots=True)
class Tally:
    """Outcome of one way of deciding over all modules."""

    net: float = 0.0
    stopped: int = 0
    stopped_worth_keeping: int = 0
    expanded: int = 0
    expanded_losing: int = 0
    actions: dict[str, int] = field(default_factory=dict[str, int])


def draw_modules(n: int, seed: int) -> list[SimulatedModule]:
    """A portfolio as companies have them: some modules do nothing, some harm, most are near the mark."""
    source = np.random.default_rng(seed)
    return [_draw(source) for _ in range(n)]


def _draw(source: np.random.Generator) -> SimulatedModule:
    kind = source.random()
    benefit = 0.0 if kind < 0.15 else 100 * source.lognormal(np.log(1.15), 0.75)
    if kind > 0.93:
        benefit = -100 * source.uniform(0.05, 0.6)
    fee = 100 * source.uniform(0.4, 1.0)
    error = 100 * source.lognormal(np.log(0.5), 0.6)
    noise = source.normal(0, error, CYCLES)
    seen = benefit + np.cumsum(noise) / np.arange(1, CYCLES + 1)
    # season and regression to the mean, which a plain comparison takes for effect
    bias = source.normal(25, 50)
    has_room = source.random() < 0.4
    return SimulatedModule(
        benefit=benefit,
        fee=fee,
        other=100 - fee,
        contract=_contract(source),
        seen=tuple(map(float, seen)),
        plain=tuple(map(float, seen + bias)),
        error=error,
        room=float(source.uniform(0.2, 2.0)) if has_room else 0.0,
        rollout=float(source.uniform(0, 4000)) if has_room else 0.0,
        months_to_rating=int(source.choice([3, 12])),
    )


def _contract(source: np.random.Generator) -> VendorContract | None:
    kind = source.random()
    if kind < 0.2:
        return None
    months = int(source.choice([6, 12, 12, 24]))
    start = LIVE - timedelta(days=int(source.integers(0, months * 30)))
    end = start + timedelta(days=round(months * 30.4375))
    return VendorContract(
        start,
        end,
        int(source.choice([14, 30, 60, 90])),
        auto_renews=True,
        renewal_price_rise=D(str(round(float(source.choice([0, 0, 0.05, 0.1])), 2))),
        minimum_months=int(source.choice([3, 6])) if kind < 0.4 else None,
    )


def edition_day(cycle: int) -> date:
    """Day on which the report of a cycle can be read."""
    return LIVE + timedelta(days=cycle * DAYS)


def fees_by_day(module: SimulatedModule) -> np.ndarray:
    """The fee of each day; it rises at every renewal."""
    fees, contract = np.full(HORIZON, module.fee), module.contract
    if contract is None or not contract.renewal_price_rise:
        return fees
    length = (contract.end - contract.start).days + 1
    for day in range(HORIZON):
        renewals = max(0, (LIVE + timedelta(days=day) - contract.start).days // length)
        fees[day] = module.fee * (1 + float(contract.renewal_price_rise)) ** renewals
    return fees


def net_of(module: SimulatedModule, course: Course, fees: np.ndarray) -> float:
    """True net over all days."""
    scale = np.ones(HORIZON)
    if course.expanded is not None:
        scale[course.expanded * DAYS :] = 1 + module.room
    used, owed = np.ones(HORIZON), np.ones(HORIZON)
    if course.noticed is not None:
        today = edition_day(course.noticed)
        leave = (first_free_day(module.contract, today) - LIVE).days
        owed[leave:] = 0
        used[leave if course.is_used_to_the_end else course.noticed * DAYS :] = 0
    flows = scale * (used * (module.benefit - module.other) - owed * fees)
    paid = module.rollout if course.expanded is not None else 0.0
    return float(flows.sum()) - paid


def best_net(module: SimulatedModule, fees: np.ndarray) -> float:
    """What somebody who knew the true benefit from the first report on would have made."""
    expansions = [None, 1] if module.room else [None]
    stops = [None, *range(1, CYCLES)]
    return max(
        net_of(module, Course(expanded, noticed, is_used), fees)
        for expanded in expansions
        for noticed in stops
        for is_used in ((True, False) if noticed else (True,))
    )


def follow_advice(module: SimulatedModule, cycle: int, course: Course) -> Action:
    """The product's advice on the data of the cycles so far."""
    seen, error = module.seen[cycle - 1], module.error / cycle**0.5
    today, later = edition_day(cycle), edition_day(cycle + 1)
    scale = 1 + module.room if course.expanded is not None else 1.0
    fee = float(fees_by_day(module)[cycle * DAYS - 1])
    prospect = Prospect(
        spread=Spread(
            _money(seen * DAYS * scale), _money((fee + module.other) * DAYS * scale),
            _money(error * DAYS * scale), ZERO,
        ),
        days=D(DAYS),
        fee=_money(fee * scale),
        other=_money(module.other * scale),
        error=_money(error * scale),
        seen=D(DAYS * cycle),
        room=_money(module.room) if course.expanded is None else ZERO,
        rollout=_money(module.rollout),
    )  # fmt: skip
    terms = terms_on(module.contract, today, next_edition=later)
    chance = chance_of_going_on(prospect, terms)
    days = D(DAYS)
    outlook = Outlook(
        chance, loss_of(prospect, days), prospect.believed, charge_of(prospect, days), SURE, BOUND
    )
    action = advise(weigh(prospect, terms), terms, outlook)
    if action not in LEAVING:
        return action
    is_due = terms.leave_later > terms.leave or (action == "stop" and seen < module.other)
    return "stop" if is_due else "wait"


def _money(amount: float) -> Decimal:
    return D(f"{amount:.6f}")


def wait_for_the_rating(module: SimulatedModule, cycle: int, _: Course) -> Action:
    """Go on until the tier's window is over, then keep what earns its costs and expand the excellent."""
    if cycle * DAYS < module.months_to_rating * 30:
        return "continue"
    return _by_roi(module.seen[cycle - 1] / module.cost - 1, module)


def plain_before_after(module: SimulatedModule, cycle: int, _: Course) -> Action:
    """Judge each cycle by the plain comparison."""
    return _by_roi(module.plain[cycle - 1] / module.cost - 1, module)


def follow_the_vendor(module: SimulatedModule, _cycle: int, _course: Course) -> Action:
    """Every vendor promises that more brings more."""
    return "expand" if module.room else "continue"


def _by_roi(roi: float, module: SimulatedModule) -> Action:
    if roi < 0:
        return "stop"
    return "expand" if roi >= 1 and module.room else "continue"


POLICIES: Mapping[str, Policy] = {
    "advice": follow_advice,
    "wait for the rating": wait_for_the_rating,
    "plain before/after": plain_before_after,
    "follow the vendor": follow_the_vendor,
}


def play(module: SimulatedModule, policy: Policy, tally: Tally, fees: np.ndarray) -> None:
    """Follow one way of deciding through all cycles."""
    course = Course()
    for cycle in range(1, CYCLES):
        action = policy(module, cycle, course)
        tally.actions[action] = tally.actions.get(action, 0) + 1
        if action == "expand" and course.expanded is None and module.room:
            course.expanded = cycle
            tally.expanded += 1
            tally.expanded_losing += module.benefit < module.cost
        if action == "stop":
            course.noticed = cycle
            course.is_used_to_the_end = module.seen[cycle - 1] >= module.other
            leave = min((first_free_day(module.contract, edition_day(cycle)) - LIVE).days, HORIZON)
            tally.stopped += 1
            kept = net_of(module, replace(course, noticed=None), fees)
            tally.stopped_worth_keeping += leave < HORIZON and kept > net_of(module, course, fees)
            break
    tally.net += net_of(module, course, fees)


@dataclass(frozen=True, slots=True)
class Regrets:
    """What all ways of deciding made of the same modules.

    Attributes:
        worth_keeping: modules that earn their costs to the end.
    """

    n: int
    best: float
    worth_keeping: int
    tallies: Mapping[str, Tally]

    def loss(self, name: str) -> float:
        """Net lost against knowing the truth, per module."""
        return (self.best - self.tallies[name].net) / self.n


def simulate(n: int, seed: int) -> Regrets:
    """Play every way of deciding on the same modules."""
    tallies = {name: Tally() for name in POLICIES}
    best, worth = 0.0, 0
    for module in draw_modules(n, seed):
        fees = fees_by_day(module)
        best += best_net(module, fees)
        worth += module.benefit >= module.cost
        for name, policy in POLICIES.items():
            play(module, policy, tallies[name], fees)
    return Regrets(n, best, worth, tallies)

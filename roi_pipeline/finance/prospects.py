"""From a module's case to what its actions are weighed by: benefits and costs of a day, and room.

A fee the contract binds is one of the categories a vendor bills for being there; what is paid per
use, and the company's own people, end with use.
"""

from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.domain.advice import Option
from roi_pipeline.domain.effects import GRADES
from roi_pipeline.domain.money import CostCategory, CostLine
from roi_pipeline.finance.actions import (
    Outlook,
    Prospect,
    chance_of_going_on,
    charge_of,
    loss_of,
    weigh,
)
from roi_pipeline.finance.amounts import ZERO, root_of_squares, total
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.costs import one_off_payments
from roi_pipeline.finance.notice import next_edition_day
from roi_pipeline.finance.periods import CYCLE, has_ended
from roi_pipeline.finance.statement import Stated
from roi_pipeline.finance.terms import Terms, terms_on

BOUND: frozenset[CostCategory] = frozenset(
    ("licence", "seats", "data_subscription", "private_cloud", "hardware", "vendor_fee", "upgrades")
)
ROLLOUT: frozenset[CostCategory] = frozenset(
    ("deployment", "integration", "customisation", "training", "hardware")
)
WEAKEST_TO_EXPAND = "C"


@dataclass(frozen=True, slots=True)
class Weighed:
    """The actions side by side, the terms they were weighed under, and what decides among them.

    Attributes:
        outlook: what decides among them, beside their expected nets.
    """

    options: tuple[Option, ...]
    terms: Terms
    outlook: Outlook

    def option(self, action: str) -> Option:
        """One of the actions."""
        return next(option for option in self.options if option.action == action)


def weighed_actions(case: Case, cycle: Stated, *, is_harmed: bool) -> Weighed | None:
    """The actions of a module, weighed; None without benefits or costs that count."""
    prospect, terms = prospect_of(case, cycle, is_harmed=is_harmed), terms_of(case)
    if prospect is None:
        return None
    cycle_days = Decimal(case.cycle.window.days)
    outlook = Outlook(
        chance=chance_of_going_on(prospect, terms),
        loss=loss_of(prospect, cycle_days),
        believed=prospect.believed,
        charge=charge_of(prospect, cycle_days),
        sure=case.standard.minimum_probability,
        bound=case.standard.stop_probability,
    )
    return Weighed(weigh(prospect, terms), terms, outlook)


def terms_of(case: Case) -> Terms:
    """The terms of the module's newest contract on the day of the report."""
    return terms_on(
        case.module.vendor_contract, case.cycle.as_of, next_edition=next_edition_day(case.cycle)
    )


def prospect_of(case: Case, cycle: Stated, *, is_harmed: bool) -> Prospect | None:
    """What going on brings at this cycle's pace; None without benefits or costs that count."""
    spread, period = cycle.spread, case.periods[CYCLE]
    is_known = cycle.has_counted_benefits or _is_all_over(case)
    if not is_known or not period.days or spread.costs <= 0:
        return None
    days = Decimal(period.days)
    running = [line for line in cycle.statement.counted_costs if line.basis != "once"]
    fee = total(line.amount for line in running if is_bound(line))
    room = _room(case)
    errors = (spread.benefits_error, *(line.standard_error for line in running))
    return Prospect(
        spread=spread,
        days=days,
        fee=fee / days,
        other=(total(line.amount for line in running) - fee) / days,
        error=root_of_squares(errors) / days,
        seen=Decimal(max(1, (period.end - case.go_live).days)),
        room=room,
        rollout=_rollout(case) * room,
        is_strong=_is_strong(cycle),
        is_harmed=is_harmed,
    )


def _is_all_over(case: Case) -> bool:
    """Whether every benefit ended before the cycle: what goes on is known to bring nothing."""
    rules = case.module.benefits
    return bool(rules) and all(has_ended(rule, case.periods[CYCLE]) for rule in rules)


def is_bound(line: CostLine) -> bool:
    """Whether the contract binds a running cost: it is due whether the module is used or not."""
    return line.category in BOUND and line.basis != "per_use"


def _is_strong(cycle: Stated) -> bool:
    grades = [line.grade for line in cycle.statement.counted_benefits if line.grade is not None]
    weakest = max((GRADES.index(grade) for grade in grades), default=len(GRADES))
    return weakest <= GRADES.index(WEAKEST_TO_EXPAND)


def _room(case: Case) -> Decimal:
    """Units without the module per unit with it, by the goal that leaves the fewest."""
    if case.module.rollout.everywhere_from is not None:
        return ZERO
    effects = [case.effects.effect(goal.metric_id) for goal in case.module.goals]
    shares = [
        Decimal(effect.n_units - effect.n_treated) / effect.n_treated
        for effect in effects
        if effect is not None and effect.n_treated
    ]
    return max(ZERO, min(shares, default=ZERO))


def _rollout(case: Case) -> Decimal:
    """What bringing as many units in again would cost once, as it did the first time."""
    ids = {rule.id for rule in case.module.costs if rule.category in ROLLOUT}
    return total(paid.amount for paid in one_off_payments(case) if paid.line_id in ids)

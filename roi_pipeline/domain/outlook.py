"""What stands before the next money is spent: scenarios, next year's bar, next cycle's experiments.

Nothing in here is a result: it is computed from results for somebody to decide on, and enters a
study only when a person writes it there.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from roi_pipeline.domain.business_cases import BusinessCase
from roi_pipeline.domain.standards import Rating, RatingGrade, TierName
from roi_pipeline.domain.texts import Message, Text

Lever = Literal["price", "volume", "effect", "headcount"]
LEVERS: tuple[Lever, ...] = ("price", "volume", "effect", "headcount")
WRITTEN = re.compile(
    r"(?P<lever>price|volume|effect|headcount)(?::(?P<name>[a-z][a-z0-9_]*))?"
    r"\s*=\s*(?P<sign>[+-]?)(?P<number>\d+(?:\.\d+)?)(?P<percent>\s*%)?"
)
HOW_WRITTEN = "price:lease=-20%, volume=+10%, effect:connect_rate=-50% or headcount=120"


@dataclass(frozen=True, slots=True)
class Change:
    """One input changed: to a value, or by a factor.

    Attributes:
        lever: what is changed.
        name: which: a cost or assumption, a metric; empty: all of them.
        factor: what it is multiplied by; None where a value is set.
        value: what it is set to.
    """

    lever: Lever
    name: str = ""
    factor: Decimal | None = None
    value: Decimal | None = None


def change_in(text: str) -> Change | None:
    """The change as people write it; None when it is none.

    A price set to a value names its cost or assumption; without a percent sign a number is a value.

    >>> change_in("price:lease=-20%")
    Change(lever='price', name='lease', factor=Decimal('0.8'), value=None)
    >>> change_in("headcount=120").value, change_in("price=5"), change_in("weather=+1%")
    (Decimal('120'), None, None)
    """
    found = WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    lever, name = cast("Lever", found["lever"]), found["name"] or ""
    number = Decimal(found["sign"] + found["number"])
    if found["percent"]:
        factor = 1 + number / 100 if found["sign"] else number / 100
        return None if factor < 0 else Change(lever, name, factor=factor)
    if not name and lever != "headcount":
        return None
    return Change(lever, name, value=number)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Several changes at once, under a name."""

    name: Text
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ScenarioFigure:
    """One module in one scenario, over the days it is rated over and since go-live."""

    module_id: str
    roi: Decimal | None
    roi_lower: Decimal | None
    roi_upper: Decimal | None
    net: Decimal
    npv: Decimal | None
    rating: Rating
    action: str


@dataclass(frozen=True, slots=True)
class ScenarioColumn:
    """Every module in one scenario; `name` is None for things as they are."""

    name: Text | None
    figures: tuple[ScenarioFigure, ...]


@dataclass(frozen=True, slots=True)
class ProposedBar:
    """A grade's lower bound now and as proposed."""

    grade: RatingGrade
    now: Decimal
    proposed: Decimal


@dataclass(frozen=True, slots=True)
class BarProposal:
    """What next year's bars should be; takes effect only where a person enters it.

    Attributes:
        valid_from: first day of the year it is for.
        bars: none when there is nothing to propose.
        reasons: why, or why there is no proposal.
    """

    tier: TierName
    valid_from: date
    bars: tuple[ProposedBar, ...]
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """The best experiment on one module in the next cycle, or why there is none.

    Attributes:
        share: part of the units without the module; a half is a roll-out in two random waves.
        smallest: smallest change it would show on the first metric that carries money.
        worth: expected gain of the decision after it.
        cost: benefit forgone on the units without the module.
        is_planned: the module is not live yet.
        seed: for the draw.
        reason: why there is no experiment; None when there is one.
    """

    module_id: str
    metric_id: str = ""
    unit: str = ""
    share: float = 0.0
    weeks: int = 0
    units: float = 0.0
    smallest: float = 0.0
    worth: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    is_planned: bool = False
    seed: int = 0
    reason: Message | None = None

    @property
    def net(self) -> Decimal:
        """What it is worth less what it costs."""
        return self.worth - self.cost


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything computed for the decisions ahead.

    Attributes:
        scenarios: things as they are first; empty when the study states no scenario.
        bar: None where no standard could be proposed for.
        experiments: the most worth running first.
    """

    cases: tuple[BusinessCase, ...] = ()
    scenarios: tuple[ScenarioColumn, ...] = ()
    bar: BarProposal | None = None
    experiments: tuple[Experiment, ...] = ()

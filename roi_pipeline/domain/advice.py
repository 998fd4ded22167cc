"""The actions an owner can choose among, weighed side by side over the same days."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.standards import Action
from roi_pipeline.domain.texts import Message

# From the worst news about a module to the best.
LADDER: tuple[Action, ...] = (
    "stop", "change", "renegotiate", "optimise", "wait", "continue", "expand",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One action and what it is expected to bring; net = benefits - costs - once + learning.

    Attributes:
        net: expected net from the day of the report to the comparison's end; None where nothing
            measured says what the action would change.
        costs: running costs that are still due.
        once: paid once for this action: leaving early, rolling out further.
        learning: expected gain from deciding again with the data of one more cycle.
        regret: chance that another action would have brought more, had the effect been known.
        last_day: last day on which the action can be taken on these terms; None: no such day.
        is_open: whether it can be taken at all.
        reason: what the figure rests on, or why there is none.
    """

    action: Action
    reason: Message
    is_open: bool = True
    net: Decimal | None = None
    benefits: Decimal | None = None
    costs: Decimal | None = None
    once: Decimal = Decimal(0)
    learning: Decimal = Decimal(0)
    regret: float | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class DecisionTaken:
    """What somebody decided, recorded by a person.

    Attributes:
        by: who decided.
        on: the day.
        because: the reason, in the decider's words.
        cycle: cycle of the edition that had been read.
        advised: what that edition advised.
    """

    action: Action
    by: str
    on: date
    because: str
    cycle: str | None = None
    advised: Action | None = None

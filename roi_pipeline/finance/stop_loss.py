"""Stop-loss: whether going on can be expected to earn what it will still cost.

Looks forward, so money already spent plays no part: one-offs are sunk, running costs are avoidable.
The benefits keep the uncertainty that ROI has (METHODS 6.1).
"""

from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.finance.amounts import ONE, ZERO, on_grid, root_of_squares, total
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.periods import CYCLE
from roi_pipeline.finance.statement import Stated


@dataclass(frozen=True, slots=True)
class Forward:
    """One whole cycle more, at this cycle's pace.

    Attributes:
        net: expected benefits less avoidable costs.
        error: its standard error.
        chance: P(net > 0), the same for a term of any length at this pace.
    """

    net: Decimal
    error: Decimal
    chance: float


def forward(case: Case, cycle: Stated) -> Forward | None:
    """What going on is expected to bring; None without a benefit that counts, or without costs."""
    spread, period = cycle.spread, case.periods[CYCLE]
    if not cycle.has_counted_benefits or not period.days or spread.costs <= 0:
        return None
    lines = [line for line in cycle.statement.counted_costs if line.basis != "once"]
    avoidable = total(line.amount for line in lines)
    chance = spread.probability(avoidable / spread.costs - ONE)
    if chance is None:
        return None
    scale = Decimal(case.cycle.window.days) / period.days
    error = root_of_squares((spread.benefits_error, *(line.standard_error for line in lines)))
    return Forward((spread.benefits - avoidable) * scale, error * scale, chance)


def is_loss_to_stop(ahead: Forward, *, chance: float, worth: Decimal, bound: float) -> bool:
    """Whether the chance of earning the running costs is below the bound and waiting does not pay.

    Args:
        ahead: one cycle more.
        chance: P(what one commits to by going on earns its running costs).
        worth: value of another cycle's data.
        bound: the standard's `stop_probability`.
    """
    return chance < bound and worth <= cost_of(ahead)


def cost_of(ahead: Forward) -> Decimal:
    """What another cycle is expected to lose."""
    return on_grid(max(ZERO, -ahead.net))

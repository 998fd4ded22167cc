"""Money of all modules by period: the sum of their dated flows, and of what each expects ahead.

Every module's flows are those behind its own net present value; here they are cut by the calendar of
the portfolio and discounted to the earliest go-live, so that the rows to date add up to the
portfolio's net present value. A module without a benefit that counts costs all the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.statements import CashPeriod, ModuleValue, ThreeYears
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.amounts import ZERO, on_grid, total
from roi_pipeline.finance.cash import past_rows
from roi_pipeline.finance.returns import Flow, dated_flows, net_present_value

NOISE = Decimal("0.000001")  # what rounding of several modules' flows may leave


@dataclass(frozen=True, slots=True)
class _Parts:
    """Dated benefits and running costs; what else flowed was paid once."""

    benefits: tuple[Flow, ...]
    running: tuple[Flow, ...]
    flows: tuple[Flow, ...]

    def of(self, days: Window) -> tuple[Decimal, Decimal, Decimal]:
        """(benefits, running, once) after the first day and up to the end of a stretch."""
        won, spent, net = (
            total(amount for day, amount in kind if days.start < day <= days.end)
            for kind in (self.benefits, self.running, self.flows)
        )
        once = on_grid(won + spent - net)
        return on_grid(won), on_grid(-spent), once if abs(once) > NOISE else ZERO

    def net(self, days: Window) -> list[Flow]:
        """Net flows of the same days."""
        return [(day, amount) for day, amount in self.flows if days.start < day <= days.end]


def portfolio_cash(
    values: Sequence[ModuleValue], flows: tuple[Flow, ...], *, rate: Decimal, until: date
) -> tuple[CashPeriod, ...]:
    """Every quarter since the earliest go-live (every year where those are many), then what is ahead.

    Args:
        values: the modules'.
        flows: of all modules together.
        rate: yearly discount rate.
        until: the day after the last one that was observed.
    """
    origin = min(value.since_go_live.period.start for value in values)
    if origin >= until:
        return ()
    rows, reached = past_rows(
        _parts(values, flows), Window(origin, until), rate=rate, origin=origin
    )
    return (*rows, *_ahead(values, reached, rate=rate, origin=origin))


def portfolio_three_years(values: Sequence[ModuleValue]) -> ThreeYears | None:
    """The modules' three years added up; None where any cannot be stated."""
    views = [value.three_years for value in values]
    known = [view for view in views if view is not None]
    if not known or len(known) != len(views):
        return None
    benefits, costs = total(x.benefits for x in known), total(x.costs for x in known)
    return ThreeYears(
        rate=known[0].rate,
        initial=total(x.initial for x in known),
        yearly_benefits=total(x.yearly_benefits for x in known),
        yearly_costs=total(x.yearly_costs for x in known),
        benefits=benefits,
        costs=costs,
        net=benefits - costs,
        roi=(benefits - costs) / costs if costs > 0 else None,
    )


def _parts(values: Sequence[ModuleValue], flows: tuple[Flow, ...]) -> _Parts:
    benefits, running = list[Flow](), list[Flow]()
    for value in values:
        since = value.since_go_live
        often = [line for line in since.costs if line.basis != "once"]
        benefits += dated_flows((), since.benefits, (), period=since.period)
        running += dated_flows(often, (), (), period=since.period)
    return _Parts(tuple(benefits), tuple(running), flows)


def _ahead(
    values: Sequence[ModuleValue], reached: Decimal, *, rate: Decimal, origin: date
) -> Iterator[CashPeriod]:
    """What the modules expect, by the stretches of the one that goes on longest."""
    expected = [row for value in values for row in value.cash if row.is_ahead]
    for start in sorted({row.start for row in expected}):
        rows = [row for row in expected if row.start == start]
        benefits, running = total(x.benefits for x in rows), total(x.running for x in rows)
        reached += benefits - running
        inside = [(row.end, row.net) for row in rows]
        worth = net_present_value(inside, rate=rate, origin=origin)
        yield CashPeriod(
            start, max(row.end for row in rows), benefits, running, ZERO, on_grid(reached), worth,
            is_ahead=True,
        )  # fmt: skip

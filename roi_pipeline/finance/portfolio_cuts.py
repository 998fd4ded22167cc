"""Modules as the portfolio counts them: shared credit and shrinkage reach into their dated money too.

A line cut to 0.75 brings three quarters in every period, past and ahead. What is ahead is a module's
total, so it is cut by the part its benefits of the cycle keep.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from roi_pipeline.domain.money import BenefitLine
from roi_pipeline.domain.statements import ModuleValue, counted_benefits
from roi_pipeline.finance.amounts import ONE, ZERO, on_grid, total
from roi_pipeline.finance.returns import DAYS_PER_YEAR, Flow, dated_flows


def as_credited(
    values: Sequence[ModuleValue], cycle: Sequence[BenefitLine], since: Sequence[BenefitLine]
) -> tuple[ModuleValue, ...]:
    """The modules' values with the lines of the portfolio's two statements in place of their own.

    Args:
        values: the modules', in the order their lines were put together.
        cycle: all lines of the cycle, cut.
        since: all lines since go-live, cut.
    """
    cut, left, started = list[ModuleValue](), list(cycle), list(since)
    for value in values:
        n_cycle, n_since = len(value.cycle.benefits), len(value.since_go_live.benefits)
        cut.append(_cut(value, tuple(left[:n_cycle]), tuple(started[:n_since])))
        del left[:n_cycle], started[:n_since]
    return tuple(cut)


def _cut(
    value: ModuleValue, cycle: tuple[BenefitLine, ...], since: tuple[BenefitLine, ...]
) -> ModuleValue:
    if cycle == value.cycle.benefits and since == value.since_go_live.benefits:
        return value
    kept = _kept(value.cycle.benefits, cycle)
    views = value.three_years
    return replace(
        value,
        cycle=replace(
            value.cycle,
            benefits=cycle,
            returns=replace(value.cycle.returns, annualised_net=_yearly(value, kept)),
        ),
        since_go_live=replace(value.since_go_live, benefits=since),
        flows=_flows(value, since),
        cash=tuple(
            replace(row, benefits=on_grid(row.benefits * kept)) if row.is_ahead else row
            for row in value.cash
        ),
        three_years=views
        and replace(
            views,
            yearly_benefits=on_grid(views.yearly_benefits * kept),
            benefits=on_grid(views.benefits * kept),
        ),
    )


def _kept(own: Sequence[BenefitLine], cut: Sequence[BenefitLine]) -> Decimal:
    """Part of the counted benefits that is left."""
    before, after = (
        total(line.amount or ZERO for line in counted_benefits(lines)) for lines in (own, cut)
    )
    return after / before if before else ONE


def _yearly(value: ModuleValue, kept: Decimal) -> Decimal | None:
    """Net of a year: its benefits, which are the net and the costs of a year, cut."""
    net, cycle = value.cycle.returns.annualised_net, value.cycle
    if net is None:
        return None
    costs = cycle.returns.costs * DAYS_PER_YEAR / cycle.period.days
    return on_grid((net + costs) * kept - costs)


def _flows(value: ModuleValue, cut: Sequence[BenefitLine]) -> tuple[Flow, ...]:
    """The module's dated flows with the cut benefits in place of its own."""
    period = value.since_go_live.period
    by_day = dict(value.flows)
    for lines, sign in ((value.since_go_live.benefits, -1), (cut, 1)):
        for day, amount in dated_flows((), lines, (), period=period):
            by_day[day] = by_day.get(day, ZERO) + sign * amount
    return tuple(sorted(by_day.items()))

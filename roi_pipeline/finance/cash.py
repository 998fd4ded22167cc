"""Money by period: as it came and went since go-live, and as it would go on at the cycle's pace.

The past rows are the dated flows behind NPV and payback, parted into benefits, running costs and
one-offs; their discounted sums add up to NPV. The rows ahead hold no one-off and end with the third
year after go-live, or with the module where that is earlier.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from roi_pipeline.domain.money import rule_of
from roi_pipeline.domain.statements import CashPeriod, ThreeYears
from roi_pipeline.domain.windows import Window, add_months, period_end, period_start
from roi_pipeline.finance.amounts import ZERO, on_grid, total
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.costs import one_off_payments
from roi_pipeline.finance.returns import (
    DAYS_PER_YEAR,
    Flow,
    dated_flows,
    economic_impact,
    net_present_value,
)
from roi_pipeline.finance.statement import Stated

YEARS = 3
MONTHS_AHEAD = 12
MOST_QUARTERS = 12


class DatedMoney(Protocol):
    """Dated flows that can be cut by stretches of days: after the first and up to the end of each."""

    def of(self, days: Window) -> tuple[Decimal, Decimal, Decimal]:
        """(benefits, running costs, paid once)."""
        ...

    def net(self, days: Window) -> list[Flow]:
        """Net flows."""
        ...


@dataclass(frozen=True, slots=True)
class _Parts:
    """The dated flows of a module, each kind by itself; costs are positive."""

    benefits: Sequence[Flow]
    running: Sequence[Flow]
    once: Sequence[Flow]

    def of(self, days: Window) -> tuple["Decimal", "Decimal", "Decimal"]:
        """(benefits, running, once) dated after the first day and up to the end of a stretch."""
        kinds = (self.benefits, self.running, self.once)
        found = [total(a for day, a in kind if days.start < day <= days.end) for kind in kinds]
        return found[0], found[1], found[2]

    def net(self, days: Window) -> list[Flow]:
        """Net flows of the same days."""
        signed = (*self.benefits, *((day, -a) for day, a in (*self.running, *self.once)))
        return [(day, amount) for day, amount in signed if days.start < day <= days.end]


def cash_periods(case: Case, since: Stated, cycle: Stated) -> tuple[CashPeriod, ...]:
    """Every quarter since go-live (every year where those are many), then what is ahead."""
    period = since.statement.period
    if not period.days or not since.has_counted_benefits:
        return ()
    rows, reached = past_rows(
        _parts(case, since), period, rate=case.standard.discount_rate, origin=case.go_live
    )
    return (*rows, *_ahead(case, cycle, reached))


def past_rows(
    money: DatedMoney, period: Window, *, rate: Decimal, origin: date
) -> tuple[list[CashPeriod], Decimal]:
    """Rows of what was paid before a period, if anything was, and of its parts; the net of them all.

    Args:
        money: what flowed.
        period: the days since go-live.
        rate: yearly discount rate.
        origin: the day present values are of.
    """
    rows, reached = list[CashPeriod](), ZERO
    opening = Window(date.min, period.start)
    for days in (opening, *_parts_of(period)):
        benefits, running, once = money.of(days)
        if days is opening and not (benefits or running or once):
            continue
        reached += benefits - running - once
        worth = net_present_value(money.net(days), rate=rate, origin=origin)
        start = period.start if days is opening else days.start
        rows.append(CashPeriod(start, days.end, benefits, running, once, on_grid(reached), worth))
    return rows, reached


def three_years(case: Case, cycle: Stated) -> ThreeYears | None:
    """Three years at the cycle's pace after what was paid once, in present values (METHODS 4.2)."""
    pace = _pace(cycle)
    if pace is None:
        return None
    won, spent = (on_grid(each * DAYS_PER_YEAR) for each in pace)
    counted = {line.id for line in cycle.statement.costs if line.is_counted}
    initial = total(paid.amount for paid in one_off_payments(case) if paid.line_id in counted)
    rate = case.standard.discount_rate
    impact = economic_impact(
        initial=initial, costs=[spent] * YEARS, benefits=[won] * YEARS, rate=rate
    )
    return ThreeYears(
        rate=rate,
        initial=on_grid(initial),
        yearly_benefits=won,
        yearly_costs=spent,
        benefits=on_grid(impact.benefits),
        costs=on_grid(impact.costs),
        net=on_grid(impact.net),
        roi=impact.roi if impact.costs > 0 else None,
    )


def _parts(case: Case, since: Stated) -> _Parts:
    statement = since.statement
    period = statement.period
    once = [line for line in statement.costs if line.basis == "once"]
    running = [line for line in statement.costs if line.basis != "once"]
    paid = one_off_payments(case)
    return _Parts(
        _dated(dated_flows((), statement.benefits, (), period=period), 1),
        _dated(dated_flows(running, (), (), period=period), -1),
        _dated(dated_flows(once, (), paid, period=period), -1),
    )


def _dated(flows: Sequence[Flow], sign: int) -> list[Flow]:
    return [(day, sign * amount) for day, amount in flows]


def _parts_of(period: Window) -> list[Window]:
    """Its quarters by the calendar; its years where those are many."""
    quarters = list(_cut(period, "quarter"))
    return quarters if len(quarters) <= MOST_QUARTERS else list(_cut(period, "year"))


def _cut(period: Window, kind: str) -> Iterator[Window]:
    unit = "quarter" if kind == "quarter" else "year"
    start = period.start
    while start < period.end:
        end = min(period_end(period_start(start, unit), unit), period.end)
        yield Window(start, end)
        start = end


def _ahead(case: Case, cycle: Stated, reached: Decimal) -> Iterator[CashPeriod]:
    """Years to come at the cycle's pace, nothing after the module's end."""
    pace, start = _pace(cycle), case.cycle.observed.end
    if pace is None:
        return
    until = max(add_months(case.go_live, YEARS * 12), add_months(start, MONTHS_AHEAD))
    last = _last_day(case)
    until = until if last is None else min(until, last + timedelta(days=1))
    rate = case.standard.discount_rate
    while start < until:
        end = min(add_months(start, MONTHS_AHEAD), until)
        won = on_grid(_won(case, cycle, Window(start, end)))
        spent = on_grid(pace[1] * (end - start).days)
        reached += won - spent
        worth = net_present_value([(end, won - spent)], rate=rate, origin=case.go_live)
        yield CashPeriod(start, end, won, spent, ZERO, on_grid(reached), worth, is_ahead=True)
        start = end


def _won(case: Case, cycle: Stated, days: Window) -> Decimal:
    """Benefits of days to come at the cycle's pace, each up to its own end."""
    ends = {rule.id: rule.end for rule in case.module.benefits}
    found, length = ZERO, cycle.statement.period.days
    for line in cycle.statement.counted_benefits:
        end = ends.get(rule_of(line))
        left = days if end is None else Window(days.start, max(days.start, min(end, days.end)))
        found += (line.amount or ZERO) / length * left.days
    return found


def _last_day(case: Case) -> date | None:
    """The last day the module can be in use, where one is known."""
    contract = case.module.vendor_contract
    ends = [
        case.module.rollout.end and case.module.rollout.end - timedelta(days=1),
        contract.end if contract is not None and not contract.auto_renews else None,
    ]
    return min((end for end in ends if end is not None), default=None)


def _pace(cycle: Stated) -> tuple[Decimal, Decimal] | None:
    """(benefits, running costs) of a day of the cycle."""
    days = cycle.statement.period.days
    if not days or not cycle.has_counted_benefits:
        return None
    running = total(line.amount for line in cycle.statement.counted_costs if line.basis != "once")
    return cycle.statement.returns.benefits / days, running / days

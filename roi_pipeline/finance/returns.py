"""What dated flows are worth: present value, internal rate, payback, break-even.

Flows before go-live, and on it, are not discounted (TEI convention); later ones by exact days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil, isfinite

from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.windows import Window, add_months
from roi_pipeline.finance.amounts import ONE, ZERO, decimal_of, on_grid, total
from roi_pipeline.finance.costs import Payment

DAYS_PER_YEAR = Decimal(365)
LONGEST_PAYBACK_MONTHS = 120
Flow = tuple[date, Decimal]


@dataclass(frozen=True, slots=True)
class EconomicImpact:
    """Three-year view of costs and benefits in present values."""

    benefits: Decimal
    costs: Decimal

    @property
    def net(self) -> Decimal:
        """Net present value."""
        return self.benefits - self.costs

    @property
    def roi(self) -> Decimal:
        """Net present value ÷ present value of the costs."""
        return self.net / self.costs


LARGEST_RATE = 10


def present_value(yearly: Sequence[Decimal], rate: Decimal) -> Decimal:
    """Value today of the amounts due at the end of each year.

    >>> round(present_value([Decimal(135000)] * 3, Decimal("0.10")), 2)
    Decimal('335725.02')
    """
    return total(amount / (ONE + rate) ** year for year, amount in enumerate(yearly, 1))


def economic_impact(
    *, initial: Decimal, costs: Sequence[Decimal], benefits: Sequence[Decimal], rate: Decimal
) -> EconomicImpact:
    """Risk-adjusted yearly flows as in a Total Economic Impact study; the initial cost is today's.

    >>> impact = economic_impact(initial=Decimal(105000), costs=[Decimal(42000)] * 3,
    ...     benefits=[Decimal(135000)] * 3, rate=Decimal("0.10"))
    >>> round(impact.net, 2), round(impact.roi, 4)
    (Decimal('126277.24'), Decimal('0.6029'))
    """
    return EconomicImpact(present_value(benefits, rate), initial + present_value(costs, rate))


def net_present_value(flows: Sequence[Flow], *, rate: Decimal, origin: date) -> Decimal:
    """Value on the day `origin` of dated flows, discounted by days of a 365-day year."""
    return on_grid(total(amount / _growth(rate, day, origin) for day, amount in flows))


def internal_rate(flows: Sequence[Flow]) -> Decimal | None:
    """Yearly rate at which the flows are worth nothing; None when no such rate exists.

    Money that is back within weeks has a rate nobody can read (a monthly lease paid from the first
    month's benefit gives 10^20 %); above `LARGEST_RATE` there is none, and payback says it better.
    """
    import pyxirr

    amounts = [float(amount) for _, amount in flows]
    if len({day for day, _ in flows}) == 1:
        return None
    if not any(amount > 0 for amount in amounts) or not any(amount < 0 for amount in amounts):
        return None
    rate = pyxirr.xirr([day for day, _ in flows], amounts)
    if rate is None or not isfinite(rate) or rate > LARGEST_RATE:
        return None
    return decimal_of(rate)


def dated_flows(
    costs: Sequence[CostLine],
    benefits: Sequence[BenefitLine],
    payments: Sequence[Payment],
    *,
    period: Window,
) -> tuple[Flow, ...]:
    """Counted money since go-live by month: one-offs when paid, all else at the month's end."""
    by_day: dict[date, Decimal] = {}
    for line in costs:
        if line.is_counted and line.basis != "once":
            _add(by_day, _by_month(line.period, -line.amount, period))
    counted = {line.id for line in costs if line.is_counted}
    for paid in payments:
        if paid.line_id in counted and paid.day < period.end:
            _add(by_day, [(max(paid.day, period.start), -paid.amount)])
    for line in benefits:
        if line.is_in_rating and line.amount is not None:
            _add(by_day, _by_month(line.period, line.amount, period))
    return tuple((day, on_grid(by_day[day])) for day in sorted(by_day))


def payback_month(flows: Sequence[Flow], period: Window) -> int | None:
    """Months after go-live at whose end the cumulated flows are first not negative."""
    for number, month in enumerate(_months(period), 1):
        if _cumulated(flows, month.end) >= 0 and flows:
            return number
    return None


def expected_payback_month(flows: Sequence[Flow], period: Window, monthly: Decimal) -> int | None:
    """Month of payback when the steady monthly net goes on; None when it never pays back."""
    done = payback_month(flows, period)
    if done is not None or not flows:
        return done
    missing = -total(amount for _, amount in flows)
    if monthly <= 0:
        return None
    months = len(_months(period)) + ceil(missing / monthly)
    return months if months <= LONGEST_PAYBACK_MONTHS else None


def break_even(
    lines: Sequence[BenefitLine], costs: Decimal, period: Window
) -> tuple[Decimal, str] | None:
    """Quantity per week of the largest line that alone pays the costs, and that line's id.

    Microsoft's "break-even hours a week", for any quantity (METHODS 4.6).
    """
    priced = [(line, price) for line in lines if (price := price_of_quantity(line)) > 0]
    if not priced or not period.days:
        return None
    line, price = max(priced, key=lambda pair: (pair[0].amount or ZERO, pair[0].id))
    return costs / price * 7 / period.days, line.id


def price_of_quantity(line: BenefitLine) -> Decimal:
    """Money one unit of a line's quantity brings."""
    price = line.unit_value * line.realisation * line.margin * line.attribution_share
    return price * line.risk_factor * line.credit_factor


def steady_benefits(
    lines: Sequence[BenefitLine], steady: Mapping[str, tuple[float, float | None]]
) -> Decimal:
    """Benefits of the period had the steady-state effect held throughout.

    `steady` maps a metric to its (average, steady-state) effect.
    """
    return total(_steady_amount(line, steady) for line in lines)


def _steady_amount(line: BenefitLine, steady: Mapping[str, tuple[float, float | None]]) -> Decimal:
    amount = line.amount or ZERO
    average, later = steady.get(line.metric_id, (0.0, None))
    if later is None or not average or not isfinite(later):
        return amount
    return amount * decimal_of(later) / decimal_of(average)


def _growth(rate: Decimal, day: date, origin: date) -> Decimal:
    return (ONE + rate) ** (Decimal(max(0, (day - origin).days)) / DAYS_PER_YEAR)


def _add(by_day: dict[date, Decimal], flows: Sequence[Flow]) -> None:
    for day, amount in flows:
        by_day[day] = by_day.get(day, ZERO) + amount


def _by_month(span: Window, amount: Decimal, period: Window) -> list[Flow]:
    inside = span.overlap(period)
    if inside is None:
        return [(period.start, amount)]
    return [
        (month.end, amount * part.days / inside.days)
        for month in _months(period)
        if (part := month.overlap(inside)) is not None
    ]


def _months(period: Window) -> list[Window]:
    months: list[Window] = []
    while (start := add_months(period.start, len(months))) < period.end:
        months.append(Window(start, min(add_months(period.start, len(months) + 1), period.end)))
    return months


def _cumulated(flows: Sequence[Flow], end: date) -> Decimal:
    return total(amount for day, amount in flows if day <= end)

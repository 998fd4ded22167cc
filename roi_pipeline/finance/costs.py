"""From declared and recorded costs to dated cost lines.

A cost with an `external_reference` is taken from the cost export on the days the export covers and
from the module's file on the others, so nothing is counted twice. One-offs are spread by days over
their stated life, which begins when the module goes into service. What the tier leaves out stays
visible as a line that is not counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.exchange import ExchangeRateMissing
from roi_pipeline.domain.money import CostCategory, CostLine, CostRule
from roi_pipeline.domain.standards import Tier
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window, add_months
from roi_pipeline.finance.amounts import ONE, ZERO, on_grid, total
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.periods import SINCE_GO_LIVE
from roi_pipeline.finance.recorded import (
    covered_days,
    recorded_line,
    recorded_only_lines,
    recorded_total,
    without_rate,
)

MONTHS_PER_TERM = {"per_month": 1, "per_seat_month": 1, "per_quarter": 3, "per_year": 12}
FAR_FUTURE = date(9999, 1, 1)

# Reasons why a cost that was incurred could not be counted → the check that says so. A statement
# that lacks such a cost cannot be rated.
UNCOUNTED_COSTS: Mapping[str, str] = {
    "usage_is_unknown": "usage_of_every_paid_service_is_known",
    "exchange_rate_is_missing": "every_cost_has_an_exchange_rate",
}


@dataclass(frozen=True, slots=True)
class Payment:
    """A one-off as it was paid, for dated flows; `line_id` is the line that spreads it."""

    line_id: str
    day: date
    amount: Decimal


def cost_lines(case: Case, period_name: str) -> tuple[CostLine, ...]:
    """Every cost of a period, those the tier leaves out included and marked."""
    period = case.periods[period_name]
    lines = [line for rule in case.module.costs for line in _lines(case, rule, period, period_name)]
    lines += recorded_only_lines(case, period)
    return tuple(with_tier_rule(line, case.tier) for line in lines)


def costs_unknown(lines: Sequence[CostLine]) -> tuple[Message, ...]:
    """Why costs that were incurred could not be counted, one reason a line."""
    reasons = (line.left_out_because for line in lines)
    return tuple(reason for reason in reasons if reason and reason.code in UNCOUNTED_COSTS)


def costs_before_go_live(case: Case) -> tuple[CostLine, ...]:
    """Recurring costs paid before the module was in use; they count since go-live."""
    starts = [rule.start for rule in case.module.costs if rule.basis in MONTHS_PER_TERM]
    end = min(case.go_live, case.cycle.observed.end)
    if not starts or min(starts) >= end:
        return ()
    period = Window(min(starts), end)
    lines = [
        replace(line, id=f"{line.id}:before_go_live")
        for rule in case.module.costs
        if rule.basis in MONTHS_PER_TERM
        for line in _lines(case, rule, period, SINCE_GO_LIVE)
    ]
    return tuple(with_tier_rule(line, case.tier) for line in lines)


def one_off_payments(case: Case) -> tuple[Payment, ...]:
    """The one-offs of a module on the days they were paid."""
    return tuple(
        Payment(rule.id, rule.start, amount)
        for rule in case.module.costs
        if rule.basis == "once" and (amount := _one_off_amount(case, rule)) is not None
    )


def with_tier_rule(line: CostLine, tier: Tier) -> CostLine:
    """The line, marked as left out when the tier does not count its category."""
    counts = not tier.counted_costs or line.category in tier.counted_costs
    if counts and line.left_out_because is None:
        return replace(line, is_counted=True)
    reason = line.left_out_because or left_out_by(tier, line.category)
    return replace(line, is_counted=False, left_out_because=reason)


def left_out_by(tier: Tier, category: CostCategory) -> Message:
    """Why a tier does not count a category."""
    return Message("cost_left_out_by_tier", {"tier": tier.name, "category": category})


def _lines(case: Case, rule: CostRule, period: Window, period_name: str) -> tuple[CostLine, ...]:
    """The lines of one rule; one that cannot be converted stands there uncounted, with its reason."""
    try:
        return tuple(_converted(case, rule, period, period_name))
    except ExchangeRateMissing as missing:
        line = _line(case, rule, period=period, quantity=ZERO, rate=ONE)
        reason = without_rate(rule.id, missing)
        return (replace(line, is_counted=False, left_out_because=reason),)


def _converted(case: Case, rule: CostRule, period: Window, period_name: str) -> Iterator[CostLine]:
    match rule.basis:
        case "once":
            yield from _spread(case, rule, period)
        case "per_use":
            yield from _per_use(case, rule, period, period_name)
        case _:
            yield from _recurring(case, rule, period)


def _line(
    case: Case, rule: CostRule, *, period: Window, quantity: Decimal, rate: Decimal
) -> CostLine:
    amount = on_grid(quantity * rule.amount * rule.share * rate * rule.risk_factor)
    return CostLine(
        id=rule.id,
        module_id=case.module.id,
        category=rule.category,
        name=rule.name,
        amount=amount,
        standard_error=on_grid(abs(amount) * rule.uncertainty),
        period=period,
        source=rule.source,
        basis=rule.basis,
        quantity=quantity,
        unit_amount=rule.amount,
        share=rule.share,
        currency=rule.currency,
        exchange_rate=rate,
        risk_factor=rule.risk_factor,
    )


def _active(rule: CostRule, period: Window) -> Window | None:
    return Window(rule.start, rule.end or FAR_FUTURE).overlap(period)


def _recurring(case: Case, rule: CostRule, period: Window) -> Iterator[CostLine]:
    active = _active(rule, period)
    if active is None:
        return
    recorded = recorded_line(case, rule, active)
    if recorded is not None:
        yield recorded
    taken = covered_days(case, rule, active)
    terms, converted = ZERO, ZERO
    for term in _terms(rule, active):
        inside = active.overlap(term)
        days = [day for day in inside.each_day() if day not in taken] if inside else []
        terms += Decimal(len(days)) / term.days
        converted += total(case.rates.on(rule.currency, day) for day in days) / term.days
    if terms:
        yield _line(
            case, rule, period=active, quantity=terms * rule.quantity, rate=converted / terms
        )


def _terms(rule: CostRule, active: Window) -> Iterator[Window]:
    """Contract terms counted from the rule's start, so that whole terms cost whole amounts."""
    months = MONTHS_PER_TERM[rule.basis]
    passed = (active.start.year - rule.start.year) * 12 + active.start.month - rule.start.month
    number = max(0, passed // months - 1)
    while (start := add_months(rule.start, number * months)) < active.end:
        yield Window(start, add_months(rule.start, (number + 1) * months))
        number += 1


def _spread(case: Case, rule: CostRule, period: Window) -> Iterator[CostLine]:
    life = life_of(case.go_live, rule, file=case.module.file or case.module.id)
    inside = life.overlap(period)
    if inside is None:
        return
    fraction = Decimal(inside.days) / life.days
    invoiced = recorded_total(case, rule)
    if invoiced is None:
        rate = case.rates.on(rule.currency, rule.start)
        yield _line(case, rule, period=inside, quantity=fraction, rate=rate)
        return
    amount, source = invoiced
    as_paid = replace(
        rule, amount=amount, currency=None, source=source, uncertainty=ZERO, risk_factor=ONE
    )
    line = _line(case, as_paid, period=inside, quantity=fraction, rate=ONE)
    yield replace(line, is_recorded=True)


def life_of(go_live: date, rule: CostRule, *, file: str) -> Window:
    """Days a one-off is spread over: its life, from when the module is in service."""
    begin = max(rule.start, go_live)
    if rule.life_months is None:
        msg = (
            f"{file}: cost {rule.id}.life_months: nothing found; "
            "expected the months a one-off is spread over. State its useful life in months"
        )
        raise NeedsAHuman(msg)
    return Window(begin, add_months(begin, rule.life_months))


def _one_off_amount(case: Case, rule: CostRule) -> Decimal | None:
    """What was paid, in the study's currency; None when it cannot be converted."""
    try:
        invoiced = recorded_total(case, rule)
        if invoiced is not None:
            return invoiced[0] * rule.share
        rate = case.rates.on(rule.currency, rule.start)
    except ExchangeRateMissing:
        return None
    return rule.amount * rule.share * rule.risk_factor * rate


def _per_use(case: Case, rule: CostRule, period: Window, period_name: str) -> Iterator[CostLine]:
    active = _active(rule, period)
    if active is None:
        return
    volume = case.usage(period_name, rule.usage_metric or "")
    rate = case.rates.sum_over(rule.currency, active) / active.days
    if volume is None:
        line = _line(case, rule, period=active, quantity=ZERO, rate=rate)
        reason = Message("usage_is_unknown", {"metric": rule.usage_metric, "cost": rule.id})
        yield replace(line, is_counted=False, left_out_because=reason)
        return
    recorded = recorded_line(case, rule, active)
    if recorded is not None:
        yield recorded
    days = active.days - len(covered_days(case, rule, active))
    uses = Decimal(repr(volume.denominator)) * days / period.days
    if days:
        yield _line(case, rule, period=active, quantity=uses, rate=rate)

"""Costs as a finance system recorded them: which days of a declared cost they take the place of.

A recorded cost answers a cost rule through its reference. One that no rule names, but that is booked
on the module, becomes a line of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.exchange import ExchangeRateMissing
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import CostLine, CostRule, RecordedCost
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Cycle, Window, add_months
from roi_pipeline.finance.amounts import ONE, ZERO, on_grid, total
from roi_pipeline.finance.case import Case


def service_period(cost: RecordedCost) -> Window:
    """Days a recorded cost pays for: as stated, else the calendar month of its posting."""
    if cost.period is not None:
        return cost.period
    first = cost.day.replace(day=1)
    return Window(first, add_months(first, 1))


def matching(case: Case, rule: CostRule) -> tuple[RecordedCost, ...]:
    """Recorded costs that answer a rule, in order of posting."""
    if rule.external_reference is None:
        return ()
    found = [c for c in case.facts.recorded_costs if c.reference == rule.external_reference]
    return tuple(sorted(found, key=lambda cost: (cost.day, cost.amount, cost.source)))


def covered_days(case: Case, rule: CostRule, active: Window) -> frozenset[date]:
    """Days of `active` for which the finance system has the cost."""
    windows = [service_period(cost).overlap(active) for cost in matching(case, rule)]
    return frozenset(day for window in windows if window for day in window.each_day())


def recorded_line(case: Case, rule: CostRule, active: Window) -> CostLine | None:
    """What was recorded for a rule within `active`, as one line; None when nothing was."""
    parts = [
        (cost, inside)
        for cost in matching(case, rule)
        if (inside := service_period(cost).overlap(active)) is not None
    ]
    if not parts:
        return None
    amount = total(_part(case, cost, inside) for cost, inside in parts)
    hull = Window(min(w.start for _, w in parts), max(w.end for _, w in parts))
    return CostLine(
        id=f"{rule.id}:recorded",
        module_id=case.module.id,
        category=rule.category,
        name=rule.name,
        amount=on_grid(amount * rule.share),
        standard_error=ZERO,
        period=hull,
        source=_sources([cost for cost, _ in parts]),
        basis=rule.basis,
        quantity=ONE,
        unit_amount=amount,
        share=rule.share,
        is_recorded=True,
    )


def recorded_total(case: Case, rule: CostRule) -> tuple[Decimal, str] | None:
    """Everything recorded for a one-off in the study's currency, with its sources."""
    found = matching(case, rule)
    if not found:
        return None
    amount = total(cost.amount * case.rates.on(cost.currency, cost.day) for cost in found)
    return amount, _sources(list(found))


def recorded_only_lines(case: Case, period: Window) -> list[CostLine]:
    """Costs booked on the module that none of its rules names."""
    named = {rule.external_reference for rule in case.module.costs}
    lines: list[CostLine] = []
    for cost in case.facts.recorded_costs:
        inside = service_period(cost).overlap(period)
        if cost.module_id != case.module.id or cost.reference in named or inside is None:
            continue
        line = CostLine(
            id=f"recorded:{cost.reference}:{cost.day}",
            module_id=case.module.id,
            category=cost.category,
            name=cost.name or Text({"en": cost.reference}),
            amount=ZERO,
            standard_error=ZERO,
            period=inside,
            source=cost.source,
            is_recorded=True,
        )
        try:
            amount = _part(case, cost, inside)
        except ExchangeRateMissing as missing:
            reason = without_rate(cost.reference, missing)
            lines.append(replace(line, is_counted=False, left_out_because=reason))
            continue
        lines.append(replace(line, amount=on_grid(amount), unit_amount=amount))
    return sorted(lines, key=lambda line: line.id)


def without_rate(cost: str, missing: ExchangeRateMissing) -> Message:
    """Why a cost in another currency is not counted."""
    values = {
        "cost": cost,
        "currency": missing.currency,
        "to": missing.to,
        "day": missing.day,
        "days": missing.max_age_days,
    }
    return Message("exchange_rate_is_missing", values)


def booked_on_no_module(
    costs: Sequence[RecordedCost], modules: Sequence[Module], cycle: Cycle
) -> tuple[Message, ...]:
    """Says which costs of a cycle reached the export but no module's statement, if any did."""
    known = {module.id for module in modules}
    named = {rule.external_reference for module in modules for rule in module.costs}
    lost = [
        cost
        for cost in costs
        if cost.day < cycle.as_of
        and cost.module_id not in known
        and cost.reference not in named
        and service_period(cost).overlap(cycle.observed) is not None
    ]
    if not lost:
        return ()
    references = ", ".join(sorted({cost.reference for cost in lost}))
    return (Message("costs_of_no_module", {"n": len(lost), "references": references}),)


def recorded_differs(case: Case, rule: CostRule) -> Message | None:
    """Says so when invoices and the module's file disagree on a recurring cost by over 10 %."""
    found = matching(case, rule)
    months = {"per_month": 1, "per_quarter": 3, "per_year": 12}.get(rule.basis)
    if not found or months is None:
        return None
    days = total(Decimal(service_period(cost).days) for cost in found)
    try:
        booked = total(cost.amount * case.rates.on(cost.currency, cost.day) for cost in found)
        stated = rule.amount * case.rates.on(rule.currency, found[-1].day)
    except ExchangeRateMissing:
        return None
    per_term = booked * months * Decimal("30.4375") / days
    if abs(per_term - stated) * 10 <= abs(stated):
        return None
    return Message(
        "recorded_cost_differs",
        {"cost": rule.id, "recorded": float(per_term), "declared": float(stated)},
    )


def _part(case: Case, cost: RecordedCost, inside: Window) -> Decimal:
    rate = case.rates.on(cost.currency, cost.day)
    return cost.amount * rate * inside.days / service_period(cost).days


def _sources(costs: list[RecordedCost]) -> str:
    return ", ".join(sorted({cost.source for cost in costs}))

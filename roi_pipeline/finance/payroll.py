"""What payroll says: the price of an hour by role, and whether paid hours really moved.

Large firms count social insurance and benefits, smaller ones base pay; the tier decides. Labour is
realised only as far as hours paid to staff or bought from agencies fell.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption, PayrollMovement
from roi_pipeline.domain.windows import Window, add_months
from roi_pipeline.finance.amounts import ZERO, total
from roi_pipeline.finance.case import Case

MONTHS_COMPARED = 3


@dataclass(frozen=True, slots=True)
class Movement:
    """What a month of one role looked like on the payroll, on average.

    Attributes:
        hours: paid to staff, overtime among them.
        agency_hours: bought from agencies, not among `hours`.
    """

    headcount: Decimal
    hours: Decimal
    overtime_hours: Decimal
    agency_hours: Decimal


def movement(case: Case, role: str, period: Window) -> tuple[Movement, Movement] | None:
    """The months before go-live and those of a period; None when payroll lacks either."""
    before, during = _rows_before(case, role), _rows(case, role, period)
    return (_average(before), _average(during)) if before and during else None


def _average(rows: Sequence[PayrollMovement]) -> Movement:
    n = len(rows)
    return Movement(
        headcount=total(row.headcount for row in rows) / n,
        hours=total(row.paid_hours for row in rows) / n,
        overtime_hours=total(row.overtime_hours for row in rows) / n,
        agency_hours=total(row.agency_hours for row in rows) / n,
    )


def hour_value(case: Case, role: str, period: Window) -> Assumption | None:
    """Price of one hour of a role over a period; None when payroll does not show it."""
    rows = _rows(case, role, period)
    hours = total(row.paid_hours for row in rows)
    if not hours:
        return None
    is_loaded = case.tier.includes_social_insurance
    pay = total(row.loaded_cost if is_loaded else row.base_cost for row in rows)
    sources = ", ".join(sorted({row.source for row in rows}))
    kind = "loaded" if is_loaded else "base pay"
    return Assumption(
        id=f"payroll:{role}",
        value=pay / hours,
        unit=f"{case.currency}/hour",
        source=f"{sources}, {rows[0].month:%Y-%m} to {rows[-1].month:%Y-%m}, {kind}",
        owner="finance",
        stated_on=rows[-1].month,
    )


def hours_fallen(case: Case, role: str, period: Window) -> Decimal | None:
    """Hours fewer paid or bought over a period than at the pace of the months before go-live.

    Where several benefits claim the hours of one role, each gets an equal part, so that together
    they never realise more than payroll moved. None when payroll lacks the months before or the
    period itself.
    """
    before, during = _rows_before(case, role), _rows(case, role, period)
    if not before or not during:
        return None
    pace = total(_hours(row) for row in before) / len(before)
    fallen = max(ZERO, pace * len(during) - total(_hours(row) for row in during))
    return fallen / max(1, case.role_claims.get(role, 1))


def role_claims(modules: Iterable[Module]) -> dict[str, int]:
    """How many labour benefits claim the hours of each role."""
    return dict(
        Counter(
            rule.role
            for module in modules
            for rule in module.benefits
            if rule.role and rule.category == "labour"
        )
    )


def _hours(row: PayrollMovement) -> Decimal:
    return row.paid_hours + row.agency_hours


def _rows_before(case: Case, role: str) -> list[PayrollMovement]:
    first = case.go_live.replace(day=1)
    return _rows(case, role, Window(add_months(first, -MONTHS_COMPARED), first))


def _rows(case: Case, role: str, period: Window) -> list[PayrollMovement]:
    found = [row for row in case.facts.payroll if row.role == role and _falls_in(row, period)]
    return sorted(found, key=lambda row: (row.month, row.source))


def _falls_in(row: PayrollMovement, period: Window) -> bool:
    month = date(row.month.year, row.month.month, 1)
    return month in period

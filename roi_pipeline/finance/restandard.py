"""The portfolio as the standard before would have counted and rated it, from the lines at hand.

Only what a standard says of a line changes: which categories and grades count, the recapture rate and
the risk factors it sets, its bars. Hours priced from payroll keep the price they have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from roi_pipeline.domain.effects import GRADES
from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.standards import Standard, Tier
from roi_pipeline.domain.statements import Statement
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.amounts import ONE, ZERO
from roi_pipeline.finance.benefits import with_quantity
from roi_pipeline.finance.costs import with_tier_rule
from roi_pipeline.finance.register import RECAPTURE

BY_A_STANDARD = ("cost_left_out_by_tier", "benefit_left_out_by_tier", "grade_is_indicative")


@dataclass(frozen=True, slots=True)
class StandardChange:
    """One standard that took the place of another, and the company's tier in the older."""

    former: Standard
    tier: Tier
    current: Standard


def recounted(statements: Sequence[Statement], change: StandardChange) -> tuple[Statement, ...]:
    """The statements' lines as the former standard counts them; totals are left to `combine`."""
    return tuple(
        replace(
            each,
            costs=tuple(_cost(line, change.tier) for line in each.costs),
            benefits=tuple(_benefit(line, change) for line in each.benefits),
        )
        for each in statements
    )


def _cost(line: CostLine, tier: Tier) -> CostLine:
    return with_tier_rule(replace(line, left_out_because=_lasting(line.left_out_because)), tier)


def _benefit(line: BenefitLine, change: StandardChange) -> BenefitLine:
    reason = _lasting(line.excluded_because)
    if line.amount is None or line.quantity is None or reason is not None:
        return line
    counted = _repriced(line, change)
    out = _left_out(line, change.tier)
    return replace(counted, is_in_rating=out is None, excluded_because=out)


def _left_out(line: BenefitLine, tier: Tier) -> Message | None:
    if tier.counted_benefits and line.category not in tier.counted_benefits:
        return Message("benefit_left_out_by_tier", {"tier": tier.name, "category": line.category})
    if line.grade is not None and GRADES.index(line.grade) > GRADES.index(tier.lowest_grade):
        values = {"grade": line.grade, "lowest": tier.lowest_grade, "tier": tier.name}
        return Message("grade_is_indicative", values)
    return None


def _repriced(line: BenefitLine, change: StandardChange) -> BenefitLine:
    """At the former standard's recapture rate and risk, where they are a standard's, not stated."""
    former, current = change.former, change.current
    rate, risk = line.realisation, line.risk_factor
    if line.realisation_id == RECAPTURE and rate == current.recapture_rate:
        rate = former.recapture_rate
    if line.grade is not None and risk == current.risk_factors.get(line.grade):
        risk = former.risk_factors.get(line.grade, ONE)
    if line.quantity is None or (rate, risk) == (line.realisation, line.risk_factor):
        return line
    return with_quantity(
        replace(line, realisation=rate),
        quantity=line.quantity,
        quantity_error=line.quantity_standard_error or ZERO,
        risk=risk,
        confidence=former.confidence,
    )


def _lasting(reason: Message | None) -> Message | None:
    """A reason no standard takes away."""
    return None if reason is not None and reason.code in BY_A_STANDARD else reason

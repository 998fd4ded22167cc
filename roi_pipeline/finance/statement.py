"""A statement: the lines of one period, their totals and their spread.

Totals are sums of the lines shown, nothing else; ROI is None when nothing could be counted, because
an unmeasured benefit is not a benefit of zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from roi_pipeline.domain.money import Assumption, BenefitLine, CostLine, rule_of
from roi_pipeline.domain.statements import Returns, Statement, counted_benefits
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.amounts import ZERO, on_grid, root_of_squares, total
from roi_pipeline.finance.benefits import benefit_lines
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.costs import cost_lines, costs_before_go_live
from roi_pipeline.finance.periods import SINCE_GO_LIVE
from roi_pipeline.finance.returns import break_even
from roi_pipeline.finance.uncertainty import Spread, benefits_error, ranged, simulate_roi


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement with the spreads its figures come from.

    Attributes:
        spread: of the lines that count.
        indicative: of the lines that count and those whose grade is only indicative.
    """

    statement: Statement
    spread: Spread
    indicative: Spread

    @property
    def has_counted_benefits(self) -> bool:
        """Whether any benefit could be counted."""
        return bool(counted_benefits(self.statement.benefits))


def state(case: Case, period_name: str) -> Stated:
    """The statement of one period of a module."""
    costs = cost_lines(case, period_name)
    if period_name == SINCE_GO_LIVE:
        costs += costs_before_go_live(case)
    return assemble(
        costs,
        benefit_lines(case, period_name),
        case=case,
        period=case.periods[period_name],
        seed=case.cycle.seed(case.module.id, period_name, "roi"),
    )


def assemble(
    costs: tuple[CostLine, ...],
    benefits: tuple[BenefitLine, ...],
    *,
    case: Case,
    period: Window,
    seed: int,
) -> Stated:
    """Lines with their totals, ROI and interval."""
    ranges = case.register.in_force
    before_risk = net_before_risk(costs, benefits)
    spread, indicative = both_spreads(costs, benefits, assumptions=ranges, seed=seed)
    statement = Statement(
        module_id=case.module.id,
        cycle_key=case.cycle.key,
        period=period,
        currency=case.currency,
        costs=costs,
        benefits=benefits,
        returns=replace(
            returns_of(
                benefits, spread, indicative, confidence=case.standard.confidence, period=period
            ),
            net_before_risk=before_risk,
        ),
        realised=ledger_total(benefits, "realised"),
        estimated=ledger_total(benefits, "estimated"),
        capacity=capacity_of(benefits),
    )
    return Stated(statement, spread, indicative)


def indicative_benefits(lines: Sequence[BenefitLine]) -> tuple[BenefitLine, ...]:
    """Lines that carry money, those that are only indicative included."""
    return tuple(
        line
        for line in lines
        if line.amount is not None and (line.is_in_rating or is_only_indicative(line))
    )


def is_only_indicative(line: BenefitLine) -> bool:
    """Whether the line's grade alone keeps it out."""
    reason = line.excluded_because
    return reason is not None and reason.code == "grade_is_indicative"


def capacity_of(lines: Sequence[BenefitLine]) -> Decimal:
    """Counted money that is capacity freed, not cash."""
    return total(
        line.amount or ZERO
        for line in counted_benefits(lines)
        if line.destination == "capacity_freed"
    )


def net_before_risk(costs: Sequence[CostLine], benefits: Sequence[BenefitLine]) -> Decimal:
    """Net had no line been risk-adjusted."""
    won = total((line.amount or ZERO) / line.risk_factor for line in counted_benefits(benefits))
    return on_grid(won - total(line.amount / line.risk_factor for line in costs if line.is_counted))


def ledger_total(lines: Sequence[BenefitLine], ledger: str) -> Decimal:
    """Counted money of one ledger."""
    return total(line.amount or ZERO for line in counted_benefits(lines) if line.ledger == ledger)


def both_spreads(
    costs: Sequence[CostLine],
    benefits: Sequence[BenefitLine],
    *,
    assumptions: Sequence[Assumption],
    seed: int,
) -> tuple[Spread, Spread]:
    """Of the benefits that count, and with the indicative ones; drawn once where both are the same."""
    counted, indicative = counted_benefits(benefits), indicative_benefits(benefits)
    spread = spread_lines(costs, counted, assumptions=assumptions, seed=seed)
    if indicative == counted:
        return spread, spread
    return spread, spread_lines(costs, indicative, assumptions=assumptions, seed=seed)


def spread_lines(
    costs: Sequence[CostLine],
    benefits: Sequence[BenefitLine],
    *,
    assumptions: Sequence[Assumption] = (),
    seed: int,
) -> Spread:
    """Totals and their uncertainty; simulated as soon as an assumption in use is a range."""
    counted = [line for line in costs if line.is_counted]
    spent = total(line.amount for line in counted)
    by_rule: dict[str, Decimal] = {}
    for line in counted:
        key = f"{line.module_id}:{rule_of(line)}"
        by_rule[key] = by_rule.get(key, ZERO) + line.standard_error
    spent_error = root_of_squares(by_rule.values())
    ranges = ranged(benefits, assumptions)
    draws = ()
    if ranges and spent > 0:
        draws = simulate_roi(
            benefits, costs=spent, costs_error=spent_error, ranges=ranges, seed=seed
        )
    won = total(line.amount or ZERO for line in benefits)
    return Spread(won, spent, benefits_error(benefits), spent_error, draws)


def returns_of(
    benefits: Sequence[BenefitLine],
    spread: Spread,
    indicative: Spread,
    *,
    confidence: float,
    period: Window,
) -> Returns:
    """The figures that follow from the lines of one period alone."""
    counted = counted_benefits(benefits)
    lower, upper, method = spread.interval(confidence) if counted else (None, None, "")
    even = break_even(counted or indicative_benefits(benefits), spread.costs, period)
    return Returns(
        benefits=spread.benefits,
        costs=spread.costs,
        net=spread.benefits - spread.costs,
        roi=spread.roi if counted else None,
        roi_lower=lower,
        roi_upper=upper,
        benefits_standard_error=spread.benefits_error,
        costs_standard_error=spread.costs_error,
        interval_method=method,
        break_even_quantity=even[0] if even else None,
        break_even_line=even[1] if even else None,
        roi_realised=_realised_roi(benefits, spread.costs),
        indicative_benefits=indicative.benefits,
        indicative_roi=indicative.roi if indicative_benefits(benefits) else None,
    )


def _realised_roi(benefits: Sequence[BenefitLine], costs: Decimal) -> Decimal | None:
    """ROI of the realised ledger alone; None while it holds no line, which is no loss of 100 %."""
    if costs <= 0 or all(line.ledger != "realised" for line in counted_benefits(benefits)):
        return None
    return (ledger_total(benefits, "realised") - costs) / costs

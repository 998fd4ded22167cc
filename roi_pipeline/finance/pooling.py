"""Statements of several modules put together: whose credit is cut, how strong the shrinkage is.

Both cuts stand in `credit_factor` of each line, so lines still add to totals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from roi_pipeline.domain.money import Assumption, BenefitLine, CostLine
from roi_pipeline.domain.standards import Standard, Tier
from roi_pipeline.domain.statements import CreditLine, ModuleValue, Statement, counted_benefits
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.finance.amounts import ONE, ZERO, on_grid, total, z_value
from roi_pipeline.finance.returns import price_of_quantity
from roi_pipeline.finance.shrinkage import james_stein
from roi_pipeline.finance.statement import (
    Stated,
    both_spreads,
    capacity_of,
    ledger_total,
    net_before_risk,
    returns_of,
)

PORTFOLIO = "portfolio"
MINIMUM_MODULES_TO_SHRINK = 6


@dataclass(frozen=True, slots=True)
class Pool:
    """What all modules' statements are combined under.

    Attributes:
        scales: metric → part credited, where the joint effect is smaller than the sum.
    """

    cycle: Cycle
    currency: str
    standard: Standard
    tier: Tier
    assumptions: tuple[Assumption, ...]
    scales: Mapping[str, Decimal]


def shared_credit(
    incremental: Mapping[str, Decimal], observed: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """Part of each metric's credit that may stand so that the sum stays within what was observed.

    >>> shared_credit({"visits": Decimal(50)}, {"visits": Decimal(40)})
    {'visits': Decimal('0.8')}
    """
    return {
        metric_id: max(ZERO, observed[metric_id]) / claimed
        for metric_id, claimed in incremental.items()
        if claimed > max(ZERO, observed[metric_id])
    }


def incremental_of(credit: Sequence[CreditLine], metric_id: str) -> Decimal:
    """What the modules are credited with on a metric by their own estimates."""
    mine = [line for line in credit if line.metric_id == metric_id]
    return total(line.credited for line in mine if line.credited > 0)


def combine(statements: Sequence[Statement], pool: Pool, period_name: str) -> Stated:
    """One statement of all the lines, shared credit and shrinkage applied.

    A single module's lines are simulated with that module's own draws: one quantity, one interval.
    """
    costs = tuple(line for each in statements for line in each.costs)
    lines = tuple(
        _scaled(line, share_of(line, pool), pool) for each in statements for line in each.benefits
    )
    factor = _shrinkage(lines, len(statements))
    benefits = tuple(_scaled(line, factor, pool) for line in lines)
    alone = statements[0].module_id if len(statements) == 1 else ""
    seed = (
        pool.cycle.seed(alone, period_name, "roi") if alone else pool.cycle.seed(PORTFOLIO, "roi")
    )
    return _stated(costs, benefits, statements, pool, seed=seed)


def share_of(line: BenefitLine, pool: Pool) -> Decimal:
    """Gains are shared; a loss stays with the module that made it."""
    is_gain = line.quantity is not None and line.quantity > 0
    return pool.scales.get(line.metric_id, ONE) if is_gain else ONE


def _stated(
    costs: tuple[CostLine, ...],
    benefits: tuple[BenefitLine, ...],
    statements: Sequence[Statement],
    pool: Pool,
    *,
    seed: int,
) -> Stated:
    period = Window(
        min(each.period.start for each in statements), max(each.period.end for each in statements)
    )
    spread, wider = both_spreads(costs, benefits, assumptions=pool.assumptions, seed=seed)
    confidence = pool.standard.confidence
    statement = Statement(
        module_id=PORTFOLIO,
        cycle_key=pool.cycle.key,
        period=period,
        currency=pool.currency,
        costs=costs,
        benefits=benefits,
        returns=replace(
            returns_of(benefits, spread, wider, confidence=confidence, period=period),
            net_before_risk=net_before_risk(costs, benefits),
        ),
        realised=ledger_total(benefits, "realised"),
        estimated=ledger_total(benefits, "estimated"),
        capacity=capacity_of(benefits),
    )
    return Stated(statement, spread, wider)


def _shrinkage(lines: Sequence[BenefitLine], n_modules: int) -> Decimal:
    """Positive-part James-Stein over the counted lines, so that it matters not whose they are."""
    counted = counted_benefits(lines)
    if n_modules < MINIMUM_MODULES_TO_SHRINK:
        return ONE
    return james_stein(
        [line.amount or ZERO for line in counted], [line.standard_error or ZERO for line in counted]
    )


def _scaled(line: BenefitLine, factor: Decimal, pool: Pool) -> BenefitLine:
    if factor == 1 or line.quantity is None or line.amount is None:
        return line
    scaled = replace(line, credit_factor=line.credit_factor * factor)
    price = price_of_quantity(scaled)
    amount = on_grid(line.quantity * price)
    error = on_grid((line.quantity_standard_error or ZERO) * abs(price))
    margin = on_grid(z_value(pool.standard.confidence) * error)
    return replace(
        scaled, amount=amount, standard_error=error, lower=amount - margin, upper=amount + margin
    )


def common_assumptions(values: Sequence[ModuleValue]) -> tuple[Assumption, ...]:
    """Assumptions all modules agree on; one a module states for itself keeps to its lines."""
    stated: dict[str, dict[Assumption, Assumption]] = {}
    for value in values:
        for item in value.assumptions:
            stated.setdefault(item.id, {}).setdefault(replace(item, name=None), item)
    return tuple(next(iter(x.values())) for _, x in sorted(stated.items()) if len(x) == 1)

"""Figures that rest on the whole life of a module: dated flows, and a year at the steady state.

The same figures stand in all three statements of a module.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from roi_pipeline.domain.statements import Returns, Statement, counted_benefits
from roi_pipeline.finance.amounts import on_grid, total
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.costs import one_off_payments
from roi_pipeline.finance.periods import CYCLE, SINCE_GO_LIVE
from roi_pipeline.finance.returns import (
    Flow,
    dated_flows,
    expected_payback_month,
    internal_rate,
    net_present_value,
    payback_month,
    steady_benefits,
)
from roi_pipeline.finance.statement import Stated

MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = Decimal(365)


def flows_of(case: Case, since: Stated) -> tuple[Flow, ...]:
    """Dated flows since go-live."""
    statement = since.statement
    return dated_flows(
        statement.costs, statement.benefits, one_off_payments(case), period=statement.period
    )


def _returns_of_flows(
    case: Case, cycle: Stated, flows: tuple[Flow, ...], *, is_known: bool
) -> Returns:
    """Returns that hold only the figures common to all three statements."""
    statement, period = cycle.statement, case.periods[SINCE_GO_LIVE]
    annual, monthly = _steady(case, cycle)
    return replace(
        statement.returns,
        npv=net_present_value(flows, rate=case.standard.discount_rate, origin=case.go_live)
        if is_known
        else None,
        irr=internal_rate(flows) if is_known else None,
        payback_month=payback_month(flows, period) if is_known else None,
        payback_expected_month=expected_payback_month(flows, period, monthly)
        if is_known and monthly is not None
        else None,
        annualised_net=annual,
    )


def _steady(case: Case, cycle: Stated) -> tuple[Decimal | None, Decimal | None]:
    """Net of a year and cash net of a month at the steady state."""
    period = cycle.statement.period
    if not period.days or not cycle.has_counted_benefits:
        return None, None
    effects = {
        metric_id: (effect.estimate, effect.steady_state)
        for metric_id in case.effects.outcomes
        if (effect := case.effects.effect(metric_id)) is not None
    }
    won = steady_benefits(counted_benefits(cycle.statement.benefits), effects)
    counted = [line for line in cycle.statement.costs if line.is_counted]
    running = total(line.amount for line in counted if line.basis != "once")
    yearly = DAYS_PER_YEAR / period.days
    spent = total(line.amount for line in counted)
    return on_grid((won - spent) * yearly), on_grid((won - running) * yearly / MONTHS_PER_YEAR)


def with_flows(
    case: Case, stated: Mapping[str, Stated], flows: tuple[Flow, ...], *, ahead: Stated
) -> dict[str, Statement]:
    """The three statements with the figures of the module's whole life.

    Args:
        case: the module.
        stated: its statements by period.
        flows: dated flows since go-live.
        ahead: the cycle as it goes on, without benefits that are over.
    """
    is_known = bool(flows) and any(
        stated[name].has_counted_benefits for name in (CYCLE, SINCE_GO_LIVE)
    )
    shared = _returns_of_flows(case, ahead, flows, is_known=is_known)
    return {name: _with_returns(each.statement, shared) for name, each in stated.items()}


def _with_returns(statement: Statement, shared: Returns) -> Statement:
    returns = replace(
        statement.returns,
        npv=shared.npv,
        irr=shared.irr,
        payback_month=shared.payback_month,
        payback_expected_month=shared.payback_expected_month,
        annualised_net=shared.annualised_net,
    )
    return replace(statement, returns=returns)

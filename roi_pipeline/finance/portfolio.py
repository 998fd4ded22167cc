"""All modules together: shared credit respected, selection allowed for, the same rules of rating.

Several modules may rest on the same outcome; where the joint effect on it is known, their credit is
cut to it. From six modules up the benefits are shrunk (James-Stein), because the modules that look
best are partly the lucky ones. Both cuts stand in `credit_factor` of each line, so lines still add
to totals.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import LedgerFacts
from roi_pipeline.domain.standards import Rating, Standard
from roi_pipeline.domain.statements import (
    Decision,
    ModuleValue,
    Returns,
    Statement,
    Swing,
    counted_benefits,
)
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.finance.amounts import ONE, ZERO, on_grid, total, z_value
from roi_pipeline.finance.costs import costs_unknown
from roi_pipeline.finance.credit import combine_credit
from roi_pipeline.finance.decision import last_decision
from roi_pipeline.finance.double_counting import alike
from roi_pipeline.finance.notes import independence_note, ledger_note, standard_note
from roi_pipeline.finance.periods import (
    CYCLE,
    RATED,
    SINCE_GO_LIVE,
    standard_of_cycle,
    standard_of_cycle_before,
)
from roi_pipeline.finance.pooling import (
    PORTFOLIO,
    Pool,
    combine,
    common_assumptions,
    incremental_of,
    share_of,
    shared_credit,
)
from roi_pipeline.finance.portfolio_cash import portfolio_cash, portfolio_three_years
from roi_pipeline.finance.portfolio_cuts import as_credited
from roi_pipeline.finance.rating import probabilities_of, rate
from roi_pipeline.finance.recorded import booked_on_no_module
from roi_pipeline.finance.restandard import StandardChange, recounted
from roi_pipeline.finance.returns import (
    DAYS_PER_YEAR,
    Flow,
    internal_rate,
    net_present_value,
    payback_month,
)
from roi_pipeline.finance.sanity import roi_finding
from roi_pipeline.finance.sensitivity import errors_of, limits_of, tornado
from roi_pipeline.finance.soft import is_valuable
from roi_pipeline.finance.statement import Stated


def value_portfolio(
    values: Sequence[ModuleValue],
    *,
    cycle: Cycle,
    headcount: int,
    currency: str,
    standards: Sequence[Standard],
    observed: Mapping[str, Decimal] | None = None,
    soft: Sequence[Finding] = (),
    metrics: Mapping[str, Metric] | None = None,
    modules: Sequence[Module] = (),
    previous: Sequence[ModuleValue] = (),
    ledger_facts: LedgerFacts | None = None,
) -> ModuleValue:
    """Money of all modules together, under the module id `portfolio`.

    Args:
        values: the modules' values in the study's order; at least one.
        cycle: the cycle.
        headcount: of the company.
        currency: the study's.
        standards: every standard of the study.
        observed: metric id → incremental quantity of all modules together, in the metric's
            numerator, where it is known; credit is cut to it.
        soft: findings of the soft panel.
        metrics: the catalogue; with it the portfolio gets a tornado.
        modules: as declared; with them outcomes several modules see are not counted several times.
        previous: the portfolio's values of earlier cycles, oldest first.
        ledger_facts: what ERP recorded; costs that belong to no module are named.
    """
    standard = standard_of_cycle(standards, cycle)
    credit = [line for value in values for line in value.credit]
    known = observed or {}
    pool = Pool(
        cycle=cycle,
        currency=currency,
        standard=standard,
        tier=standard.tier_for(headcount),
        assumptions=common_assumptions(values),
        scales=shared_credit({m: incremental_of(credit, m) for m in known}, known),
    )
    value = _value(values, pool, soft=soft, metrics=metrics)
    value = replace(
        value, credit=combine_credit(credit, pool.scales, alike(modules, metrics or {}))
    )
    value = _with_last_decision(value, previous)
    lost = booked_on_no_module(ledger_facts.recorded_costs if ledger_facts else (), modules, cycle)
    value = replace(value, notes=(*value.notes, *lost))
    former = standard_of_cycle_before(standards, cycle)
    if former is None or former == standard:
        return value
    change = StandardChange(former, former.tier_for(headcount), standard)
    return _with_former_rating(value, values, pool, soft=soft, change=change)


def _with_last_decision(value: ModuleValue, previous: Sequence[ModuleValue]) -> ModuleValue:
    reasons = (*value.decision.reasons, *last_decision(previous, value.cycle.returns.roi))
    return replace(value, decision=replace(value.decision, reasons=reasons))


def _with_former_rating(
    value: ModuleValue,
    values: Sequence[ModuleValue],
    pool: Pool,
    *,
    soft: Sequence[Finding],
    change: StandardChange,
) -> ModuleValue:
    """The rating under the standard before, beside the one in force."""
    ready = [each for each in values if each.rating.status != "too_early"]
    then = replace(pool, standard=change.former, tier=change.tier)
    statements = recounted([each.rated for each in ready or values], change)
    rating = _rating(combine(statements, then, RATED), values, ready, then, soft)
    note = standard_note(change.former, pool.standard, rating)
    return replace(value, rating_before_change=rating, notes=(*value.notes, note))


def _value(
    values: Sequence[ModuleValue],
    pool: Pool,
    *,
    soft: Sequence[Finding],
    metrics: Mapping[str, Metric] | None,
) -> ModuleValue:
    cycle_money = combine([value.cycle for value in values], pool, CYCLE)
    since = combine([value.since_go_live for value in values], pool, SINCE_GO_LIVE)
    ready = [value for value in values if value.rating.status != "too_early"]
    rated = combine([value.rated for value in ready or values], pool, RATED)
    rating = _rating(rated, values, ready, pool, soft)
    credited = as_credited(values, cycle_money.statement.benefits, since.statement.benefits)
    flows = _flows(credited)
    shared = _shared_returns(credited, flows, cycle_money, pool)
    return ModuleValue(
        module_id=PORTFOLIO,
        cycle_key=pool.cycle.key,
        cycle=_with_flows(cycle_money.statement, shared),
        since_go_live=_with_flows(since.statement, shared),
        rated=_with_flows(rated.statement, shared),
        rating=rating,
        decision=_decision(values, rating),
        tornado=_tornado(rated, pool, metrics, values),
        findings=_findings(cycle_money),
        probabilities=probabilities_of(rated, pool.tier),
        notes=_notes(rated, values, ready, pool),
        soft=tuple(figure for value in values for figure in value.soft),
        assumptions=pool.assumptions,
        flows=flows,
        cash=portfolio_cash(
            credited, flows, rate=pool.standard.discount_rate, until=pool.cycle.observed.end
        )
        if shared.npv is not None
        else (),
        three_years=None if shared.npv is None else portfolio_three_years(credited),
    )


def _tornado(
    rated: Stated, pool: Pool, metrics: Mapping[str, Metric] | None, values: Sequence[ModuleValue]
) -> tuple[Swing, ...]:
    if metrics is None:
        return ()
    swings = [swing for value in values for swing in value.tornado]
    return tornado(
        rated.statement,
        assumptions=pool.assumptions,
        metrics=metrics,
        tier=pool.tier,
        confidence=pool.standard.confidence,
        possible=limits_of(swings),
        errors=errors_of(swings, z_value(pool.standard.confidence)),
    )


def _rating(
    rated: Stated,
    values: Sequence[ModuleValue],
    ready: Sequence[ModuleValue],
    pool: Pool,
    soft: Sequence[Finding],
) -> Rating:
    too_early = values[0].rating.reasons[0] if not ready and values[0].rating.reasons else None
    panel = tuple(figure for value in values for figure in value.soft)
    return rate(
        rated,
        standard=pool.standard,
        tier=pool.tier,
        is_too_early=too_early,
        is_valuable=is_valuable(panel, soft),
        blockers=costs_unknown(rated.statement.costs),
    )


def _flows(values: Sequence[ModuleValue]) -> tuple[Flow, ...]:
    by_day: dict[date, Decimal] = {}
    for value in values:
        for day, amount in value.flows:
            by_day[day] = by_day.get(day, ZERO) + amount
    return tuple(sorted(by_day.items()))


def _shared_returns(
    values: Sequence[ModuleValue], flows: tuple[Flow, ...], cycle_money: Stated, pool: Pool
) -> Returns:
    """Figures over the modules' flows, as far as they are credited."""
    origin = min(value.since_go_live.period.start for value in values)
    known = [_yearly_net(value) for value in values if value.cycle.period.days]
    is_known = bool(counted_benefits(cycle_money.statement.benefits))
    return replace(
        cycle_money.statement.returns,
        npv=net_present_value(flows, rate=pool.standard.discount_rate, origin=origin)
        if is_known
        else None,
        irr=internal_rate(flows) if is_known else None,
        payback_month=payback_month(flows, Window(origin, pool.cycle.observed.end))
        if is_known
        else None,
        annualised_net=total(known) if is_known else None,
    )


def _yearly_net(value: ModuleValue) -> Decimal:
    """Steady-state net of a year; of a module without a measured benefit, its costs of a year."""
    known, cycle = value.cycle.returns.annualised_net, value.cycle
    if known is not None:
        return known
    return on_grid(-cycle.returns.costs * DAYS_PER_YEAR / cycle.period.days)


def _with_flows(statement: Statement, shared: Returns) -> Statement:
    returns = replace(
        statement.returns,
        npv=shared.npv,
        irr=shared.irr,
        payback_month=shared.payback_month,
        annualised_net=shared.annualised_net,
    )
    return replace(statement, returns=returns)


def _decision(values: Sequence[ModuleValue], rating: Rating) -> Decision:
    """The portfolio's own action, with every module's beside it."""
    counts = Counter(value.decision.action for value in values)
    reasons = tuple(
        Message("modules_with_this_action", {"action": action, "n": counts[action]})
        for action in sorted(counts)
    )
    days = [value.decision.decide_by for value in values if value.decision.decide_by]
    return Decision(
        action=rating.action,
        reasons=reasons,
        decide_by=min(days, default=None),
        cost_of_waiting=_sum([value.decision.cost_of_waiting for value in values]),
        value_of_waiting=_sum([value.decision.value_of_waiting for value in values]),
    )


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return total(known) if known else None


def _findings(money: Stated) -> tuple[Finding, ...]:
    return (roi_finding(money.statement),) if money.statement.returns.roi is not None else ()


def _notes(
    money: Stated, values: Sequence[ModuleValue], ready: Sequence[ModuleValue], pool: Pool
) -> tuple[Message, ...]:
    notes = [*ledger_note(money.statement), *independence_note(money.statement)]
    waiting = [value.module_id for value in values if value not in ready]
    if ready and waiting:
        notes.append(
            Message("portfolio_rates_without", {"n": len(waiting), "modules": ", ".join(waiting)})
        )
    for metric_id in sorted(pool.scales):
        part = float(pool.scales[metric_id])
        notes.append(Message("credit_was_shared", {"metric": metric_id, "part": part}))
    factor = _applied_shrinkage(money, pool)
    if factor != 1:
        notes.append(
            Message("selection_was_allowed_for", {"n": len(values), "factor": float(factor)})
        )
    return tuple(notes)


def _applied_shrinkage(money: Stated, pool: Pool) -> Decimal:
    for line in counted_benefits(money.statement.benefits):
        return line.credit_factor / (share_of(line, pool) or ONE)
    return ONE

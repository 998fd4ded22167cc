"""One module's money in one cycle: the entry of this room.

Orchestrates the steps; every number is computed in the file named after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from roi_pipeline.domain.effects import ModuleEffects, Outcome
from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption, LedgerFacts
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.standards import Rating, Standard
from roi_pipeline.domain.statements import ModuleValue, Returns, SoftFigure, Statement, TargetAudit
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.finance.amounts import ZERO, on_grid, total
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.claims import audit_claim
from roi_pipeline.finance.costs import one_off_payments
from roi_pipeline.finance.credit import credit_lines, is_within_observed
from roi_pipeline.finance.decision import decide
from roi_pipeline.finance.exchange import read_rates
from roi_pipeline.finance.notes import notes_on
from roi_pipeline.finance.periods import (
    CYCLE,
    RATED,
    SINCE_GO_LIVE,
    first_rateable_day,
    go_live,
    has_enough_months,
    periods,
    standard_of_cycle,
    standard_of_cycle_before,
)
from roi_pipeline.finance.problems import find_problems
from roi_pipeline.finance.rating import rate
from roi_pipeline.finance.register import read_register
from roi_pipeline.finance.returns import (
    Flow,
    dated_flows,
    expected_payback_month,
    internal_rate,
    net_present_value,
    payback_month,
    steady_benefits,
)
from roi_pipeline.finance.sanity import sanity_findings
from roi_pipeline.finance.sensitivity import tornado
from roi_pipeline.finance.soft import is_valuable, soft_panel
from roi_pipeline.finance.statement import Stated, counted_benefits, state
from roi_pipeline.finance.targets import audit_target

MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = Decimal(365)


def value_module(
    module: Module,
    effects: ModuleEffects,
    *,
    metrics: Mapping[str, Metric],
    cycle: Cycle,
    headcount: int,
    currency: str,
    standards: Sequence[Standard],
    assumptions: Sequence[Assumption] = (),
    volumes: Mapping[str, Mapping[str, Volume]],
    exchange_rates: Mapping[tuple[str, date], Decimal] | None = None,
    previous: Sequence[ModuleValue] | None = None,
    ledger_facts: LedgerFacts | None = None,
    soft: Sequence[Finding] = (),
) -> ModuleValue:
    """Join a module's effects with money: statements, rating, decision and audits.

    Args:
        module: the module as declared.
        effects: what it changed in the cycle.
        metrics: the catalogue.
        cycle: the cycle as seen on its `as_of`.
        headcount: of the company; decides the tier.
        currency: the study's.
        standards: every standard of the study; the cycle's last day chooses.
        assumptions: the study's; the module's own take their place.
        volumes: period name (`periods`) → metric id → volume.
        exchange_rates: (currency, day) → rate to the study's currency.
        previous: values of earlier cycles, oldest first.
        ledger_facts: what ERP and payroll recorded.
        soft: findings of the soft panel; a passed `compliance_improved` or
            `service_quality_improved` lets a large firm's module count as valuable.
    """
    rates = exchange_rates or {}
    problems = find_problems(
        [module], metrics, currency=currency, assumptions=assumptions, exchange_rates=rates
    )
    if problems:
        raise StudyHasProblems(problems)
    standard = standard_of_cycle(standards, cycle)
    tier = standard.tier_for(headcount)
    last_day = cycle.window.end - timedelta(days=1)
    case = Case(
        module=module,
        effects=effects,
        metrics=metrics,
        cycle=cycle,
        currency=currency,
        standard=standard,
        tier=tier,
        register=read_register(assumptions, module.assumptions, standard=standard, day=last_day),
        volumes=volumes,
        periods=periods(module, cycle, tier),
        rates=read_rates(currency, rates),
        facts=_known_by(ledger_facts or LedgerFacts(), cycle.as_of),
        go_live=go_live(module),
    )
    former = standard_of_cycle_before(standards, cycle)
    return _value(case, former, headcount=headcount, previous=tuple(previous or ()), soft=soft)


def _value(
    case: Case,
    former: Standard | None,
    *,
    headcount: int,
    previous: tuple[ModuleValue, ...],
    soft: Sequence[Finding],
) -> ModuleValue:
    stated = {name: state(case, name) for name in (CYCLE, SINCE_GO_LIVE, RATED)}
    panel = soft_panel(case.effects, case.metrics)
    rating = rate_case(case, stated[RATED], panel=panel, soft=soft)
    flows = _flows(case, stated[SINCE_GO_LIVE])
    shared = _returns_of_flows(case, stated[CYCLE], flows)
    value = {name: _with_returns(each.statement, shared) for name, each in stated.items()}
    before = _rating_before(case, former, headcount=headcount, panel=panel, soft=soft)
    return ModuleValue(
        module_id=case.module.id,
        cycle_key=case.cycle.key,
        cycle=value[CYCLE],
        since_go_live=value[SINCE_GO_LIVE],
        rated=value[RATED],
        rating=rating,
        decision=decide(case, rating, cycle=stated[CYCLE], rated=stated[RATED], previous=previous),
        tornado=tornado(
            value[RATED],
            assumptions=case.register.in_force,
            metrics=case.metrics,
            tier=case.tier,
            confidence=case.standard.confidence,
        ),
        claims=tuple(
            audit_claim(claim, case.metrics[claim.metric_id], _outcome(case, claim.metric_id))
            for claim in case.module.claims
        ),
        targets=_targets(case),
        findings=(
            *is_within_observed(case, CYCLE),
            *sanity_findings(value[CYCLE], case.effects),
            *_usage_findings(case, value[RATED]),
            *soft,
        ),
        probabilities=_probabilities(case, stated[RATED]),
        notes=notes_on(case, value[CYCLE], former, before),
        credit=credit_lines(case, CYCLE, value[CYCLE].benefits),
        soft=panel,
        assumptions=case.register.in_force,
        rating_before_change=before,
        flows=flows,
    )


def rate_case(
    case: Case, rated: Stated, *, panel: tuple[SoftFigure, ...], soft: Sequence[Finding]
) -> Rating:
    """The rating of a case's statement under the case's own standard and tier."""
    first = first_rateable_day(case.module, case.tier)
    too_early = Message(
        "window_is_not_over",
        {"tier": case.tier.name, "months": case.tier.minimum_months, "from": first},
    )
    unknown = tuple(
        line.left_out_because
        for line in rated.statement.costs
        if line.left_out_because and line.left_out_because.code == "usage_is_unknown"
    )
    return rate(
        rated,
        standard=case.standard,
        tier=case.tier,
        is_too_early=None if has_enough_months(case.module, case.cycle, case.tier) else too_early,
        is_valuable=is_valuable(panel, soft),
        blockers=unknown,
    )


def _rating_before(
    case: Case,
    former: Standard | None,
    *,
    headcount: int,
    panel: tuple[SoftFigure, ...],
    soft: Sequence[Finding],
) -> Rating | None:
    """The rating under the standard of the cycle before, over the same days."""
    if former is None or former == case.standard:
        return None
    tier = former.tier_for(headcount)
    register = read_register(
        case.register.in_force, (), standard=former, day=case.cycle.window.end - timedelta(days=1)
    )
    old = replace(case, standard=former, tier=tier, register=register)
    return rate_case(old, state(old, RATED), panel=panel, soft=soft)


def _flows(case: Case, since: Stated) -> tuple[Flow, ...]:
    statement = since.statement
    return dated_flows(
        statement.costs, statement.benefits, one_off_payments(case), period=statement.period
    )


def _returns_of_flows(case: Case, cycle: Stated, flows: tuple[Flow, ...]) -> Returns:
    """Returns that hold only the figures common to all three statements."""
    statement, period = cycle.statement, case.periods[SINCE_GO_LIVE]
    annual, monthly = _steady(case, cycle)
    is_known = cycle.has_counted_benefits and bool(flows)
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


def _targets(case: Case) -> tuple[TargetAudit, ...]:
    return tuple(
        audit_target(
            pooled,
            pooled.target,
            case.metrics[pooled.metric_id],
            _outcome(case, pooled.metric_id),
            go_live=case.go_live,
            today=case.cycle.observed.end,
            sure=case.standard.minimum_probability,
        )
        for pooled in case.module.pool
        if pooled.target is not None
    )


def _outcome(case: Case, metric_id: str) -> Outcome | None:
    return case.effects.outcomes.get(metric_id)


def _usage_findings(case: Case, statement: Statement) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            "usage_of_every_paid_service_is_known",
            f"{case.module.id}.{line.id}",
            passed=False,
            severity="stop",
            message=line.left_out_because,
        )
        for line in statement.costs
        if line.left_out_because and line.left_out_because.code == "usage_is_unknown"
    )


def _probabilities(case: Case, rated: Stated) -> dict[str, float]:
    """P(ROI ≥ bar) by the name of the grade that begins there; `positive` is P(ROI ≥ 0)."""
    if not rated.has_indicative_benefits:
        return {}
    spread = rated.spread if rated.has_counted_benefits else rated.indicative
    bars = {"positive": ZERO} | {
        band.grade: band.from_roi for band in case.tier.bands if band.from_roi is not None
    }
    found = {name: spread.probability(bar) for name, bar in bars.items()}
    return {name: share for name, share in found.items() if share is not None}


def _known_by(facts: LedgerFacts, day: date) -> LedgerFacts:
    """What had been recorded before `day`; a cycle never sees later postings."""
    return LedgerFacts(
        recorded_costs=tuple(cost for cost in facts.recorded_costs if cost.day < day),
        payroll=tuple(row for row in facts.payroll if row.month < day),
    )

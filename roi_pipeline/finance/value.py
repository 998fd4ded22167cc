"""One module's money in one cycle: the entry of this room.

Orchestrates the steps; every number is computed in the file named after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from roi_pipeline.domain.effects import Effect, ModuleEffects, Outcome
from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption, LedgerFacts
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.statements import ModuleValue, Statement, TargetAudit
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.case_rating import rate_case, rating_before
from roi_pipeline.finance.cash import cash_periods, three_years
from roi_pipeline.finance.claims import audit_claim
from roi_pipeline.finance.costs import UNCOUNTED_COSTS
from roi_pipeline.finance.credit import credit_lines, is_within_observed
from roi_pipeline.finance.decision import decide
from roi_pipeline.finance.life import flows_of, with_flows
from roi_pipeline.finance.notes import headcount_findings, notes_on, payroll_findings
from roi_pipeline.finance.payroll import role_claims
from roi_pipeline.finance.periods import (
    CYCLE,
    RATED,
    SINCE_GO_LIVE,
    go_live,
    periods,
    standard_of_cycle,
    standard_of_cycle_before,
)
from roi_pipeline.finance.problems import find_problems
from roi_pipeline.finance.rating import probabilities_of
from roi_pipeline.finance.register import read_register
from roi_pipeline.finance.sanity import sanity_findings
from roi_pipeline.finance.sensitivity import effect_errors, possible_effects, tornado
from roi_pipeline.finance.soft import soft_panel
from roi_pipeline.finance.statement import Stated, state
from roi_pipeline.finance.targets import audit_target


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
    exchange_rates: ExchangeRates | None = None,
    previous: Sequence[ModuleValue] | None = None,
    ledger_facts: LedgerFacts | None = None,
    soft: Sequence[Finding] = (),
    modules: Sequence[Module] = (),
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
        exchange_rates: to the study's currency; None: none is stated.
        previous: values of earlier cycles, oldest first.
        ledger_facts: what ERP and payroll recorded.
        soft: findings of the soft panel; a passed `compliance_improved` or
            `service_quality_improved` lets a large firm's module count as valuable.
        modules: every module of the study; benefits that claim the hours of one payroll role share
            what fell.
    """
    rates = exchange_rates or ExchangeRates(currency)
    problems = find_problems(
        [module], metrics, currency=currency, assumptions=assumptions, exchange_rates=rates
    )
    if problems:
        raise StudyHasProblems(problems)
    case = _case(
        module,
        effects,
        metrics=metrics,
        cycle=cycle,
        headcount=headcount,
        rates=rates,
        standard=standard_of_cycle(standards, cycle),
        assumptions=assumptions,
        volumes=volumes,
        facts=_known_by(ledger_facts or LedgerFacts(), cycle.as_of),
        modules=modules or (module,),
    )
    former = standard_of_cycle_before(standards, cycle)
    return _value(case, former, headcount=headcount, previous=tuple(previous or ()), soft=soft)


def trend(values: Sequence[ModuleValue]) -> tuple[tuple[str, Decimal | None, float | None], ...]:
    """(cycle, ROI rated or not, probability of its bar when rated) of each cycle, as given."""
    return tuple((each.cycle_key, each.shown_roi, each.rating.probability) for each in values)


def _case(
    module: Module,
    effects: ModuleEffects,
    *,
    metrics: Mapping[str, Metric],
    cycle: Cycle,
    headcount: int,
    rates: ExchangeRates,
    standard: Standard,
    assumptions: Sequence[Assumption],
    volumes: Mapping[str, Mapping[str, Volume]],
    facts: LedgerFacts,
    modules: Sequence[Module],
) -> Case:
    tier = standard.tier_for(headcount)
    last_day = cycle.window.end - timedelta(days=1)
    return Case(
        module=module,
        effects=effects,
        metrics=metrics,
        cycle=cycle,
        currency=rates.currency,
        standard=standard,
        tier=tier,
        register=read_register(assumptions, module.assumptions, standard=standard, day=last_day),
        volumes=volumes,
        periods=periods(module, cycle, tier),
        rates=rates,
        facts=facts,
        go_live=go_live(module),
        role_claims=role_claims(modules),
    )


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
    flows = flows_of(case, stated[SINCE_GO_LIVE])
    ahead = _going_on(case, stated[CYCLE])
    effects = [each for each in case.effects.outcomes.values() if isinstance(each, Effect)]
    value = with_flows(case, stated, flows, ahead=ahead)
    before = rating_before(case, former, headcount=headcount, panel=panel, soft=soft)
    return ModuleValue(
        module_id=case.module.id,
        cycle_key=case.cycle.key,
        cycle=value[CYCLE],
        since_go_live=value[SINCE_GO_LIVE],
        rated=value[RATED],
        rating=rating,
        decision=decide(case, rating, cycle=ahead, rated=stated[RATED], previous=previous),
        tornado=tornado(
            value[RATED],
            assumptions=case.register.in_force,
            metrics=case.metrics,
            tier=case.tier,
            confidence=case.standard.confidence,
            possible=possible_effects(effects, case.metrics),
            errors=effect_errors(effects),
        ),
        claims=tuple(
            audit_claim(claim, case.metrics[claim.metric_id], _outcome(case, claim.metric_id))
            for claim in case.module.claims
        ),
        targets=_targets(case, previous),
        findings=(
            *is_within_observed(case, CYCLE),
            *sanity_findings(value[CYCLE], case.effects),
            *_cost_findings(case, value[RATED]),
            *payroll_findings(case, value[CYCLE]),
            *headcount_findings(case, headcount),
            *soft,
        ),
        probabilities=probabilities_of(stated[RATED], case.tier),
        notes=notes_on(case, value[RATED], former, before),
        credit=credit_lines(case, CYCLE, value[CYCLE].benefits),
        soft=panel,
        assumptions=case.register.in_force,
        rating_before_change=before,
        flows=flows,
        cash=cash_periods(case, stated[SINCE_GO_LIVE], ahead),
        three_years=three_years(case, ahead),
    )


def _going_on(case: Case, cycle: Stated) -> Stated:
    """The cycle without the benefits that are over: what is ahead goes on at the pace of the rest."""
    rest = tuple(
        rule
        for rule in case.module.benefits
        if rule.end is None or rule.end > case.cycle.observed.end
    )
    if len(rest) == len(case.module.benefits):
        return cycle
    return state(replace(case, module=replace(case.module, benefits=rest)), CYCLE)


def _targets(case: Case, previous: Sequence[ModuleValue]) -> tuple[TargetAudit, ...]:
    earlier = [audit for value in previous for audit in value.targets]
    return tuple(
        audit_target(
            pooled,
            pooled.target,
            case.metrics[pooled.metric_id],
            _outcome(case, pooled.metric_id),
            today=case.cycle.observed.end,
            earlier=earlier,
        )
        for pooled in case.module.pool
        if pooled.target is not None
    )


def _outcome(case: Case, metric_id: str) -> Outcome | None:
    return case.effects.outcomes.get(metric_id)


def _cost_findings(case: Case, statement: Statement) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            UNCOUNTED_COSTS[line.left_out_because.code],
            f"{case.module.id}.{line.id}",
            passed=False,
            severity="stop",
            message=line.left_out_because,
        )
        for line in statement.costs
        if line.left_out_because and line.left_out_because.code in UNCOUNTED_COSTS
    )


def _known_by(facts: LedgerFacts, day: date) -> LedgerFacts:
    """What had been recorded before `day`; a cycle never sees later postings."""
    return LedgerFacts(
        recorded_costs=tuple(cost for cost in facts.recorded_costs if cost.day < day),
        payroll=tuple(row for row in facts.payroll if row.month < day),
    )

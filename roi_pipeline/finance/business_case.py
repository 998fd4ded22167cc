"""The ex-ante business case: what a planned module would bring and cost, and the risk before investing.

The same lines as in a statement, over the months planned, with expected effects in place of measured
ones. ROI counts what the tier counts and spreads one-offs over their life, as the rating later will;
present value and what is committed take every payment when it is due.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from statistics import median

from roi_pipeline.domain.business_cases import (
    BusinessCase,
    CaseRisk,
    CaseVerdict,
    EvidenceKind,
    ExpectedEffect,
    Outcome,
    PlannedModule,
)
from roi_pipeline.domain.effects import Effect, ModuleEffects
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption, BenefitLine, BenefitRule, CostLine, LedgerFacts
from roi_pipeline.domain.plans import PlannedLine
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.standards import Standard, Tier
from roi_pipeline.domain.statements import ClaimAudit
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window, add_months
from roi_pipeline.finance.amounts import ONE, ZERO, decimal_of, total
from roi_pipeline.finance.benefits import empty_line, improvement_sign, with_quantity
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.case_risk import ANSWER, case_risk
from roi_pipeline.finance.costs import cost_lines, costs_before_go_live, one_off_payments
from roi_pipeline.finance.periods import CYCLE, SINCE_GO_LIVE, first_rateable_day, go_live
from roi_pipeline.finance.register import read_register
from roi_pipeline.finance.returns import dated_flows, net_present_value, payback_month

EVEN = 0.5
MEASURED: frozenset[EvidenceKind] = frozenset(("own_measurement", "pilot"))


@dataclass(frozen=True, slots=True)
class Setting:
    """The company around a planned module, as on the day of the report.

    Attributes:
        measured: (module, metric) → effect, of modules that are live.
        claims: every vendor claim tested so far.
        levels: metric → volume over days already seen, in the units planned for.
    """

    metrics: Mapping[str, Metric]
    standard: Standard
    headcount: int
    rates: ExchangeRates
    cycle: Cycle
    levels: Mapping[str, Volume]
    assumptions: Sequence[Assumption] = ()
    measured: Mapping[tuple[str, str], Effect] = field(
        default_factory=dict[tuple[str, str], Effect]
    )
    claims: Sequence[ClaimAudit] = ()

    @property
    def tier(self) -> Tier:
        """The rules for a company of this size."""
        return self.standard.tier_for(self.headcount)


def business_case(
    plan: PlannedModule, setting: Setting, *, holdouts: Sequence[PlannedLine] = ()
) -> BusinessCase:
    """The case of one planned module, with its range, its risk and what it rests on."""
    live = go_live(plan.module)
    window = Window(live, add_months(live, plan.months))
    expected = tuple(_measured(effect, setting) for effect in plan.expected)
    case = _case(plan.module, window, setting)
    costs = (*costs_before_go_live(case), *cost_lines(case, CYCLE))
    lines = {
        place: _benefits(case, expected, place, setting) for place in ("worst", "likely", "best")
    }
    outcomes = {place: _outcome(case, costs, found) for place, found in lines.items()}
    risk = case_risk(case, costs, lines["likely"], expected)
    held = claims_held(setting.claims)
    verdict, reason = _verdict(case, expected, outcomes["likely"], risk)
    return BusinessCase(
        module=plan.module,
        window=window,
        currency=setting.rates.currency,
        expected=expected,
        costs=costs,
        benefits=lines["likely"],
        worst=outcomes["worst"],
        likely=outcomes["likely"],
        best=outcomes["best"],
        risk=risk,
        verdict=verdict,
        reasons=(reason, *_on_evidence(expected, held), *_not_in_money(case, expected, setting)),
        claims_held=held,
        holdouts=tuple(holdouts),
    )


def claims_held(claims: Sequence[ClaimAudit]) -> tuple[int, float] | None:
    """(how many vendor claims were tested here, median of measured ÷ claimed)."""
    parts = [
        audit.measured / audit.claimed
        for audit in claims
        if audit.measured is not None and audit.claimed and isfinite(audit.measured)
    ]
    if not parts:
        return None
    return len(parts), median(parts)


def _measured(expected: ExpectedEffect, setting: Setting) -> ExpectedEffect:
    """The range filled in from the module's own measurement, where that is the evidence."""
    if expected.evidence != "own_measurement" or expected.module_id is None:
        return expected
    effect = setting.measured.get((expected.module_id, expected.metric_id))
    if effect is None or None in (effect.relative, effect.relative_lower, effect.relative_upper):
        return expected
    ends = (effect.relative_lower, effect.relative_upper)
    is_down = improvement_sign(setting.metrics[expected.metric_id]) < 0
    worst, best = reversed(ends) if is_down else ends
    return replace(expected, kind="relative", worst=worst, likely=effect.relative, best=best)


def _case(module: Module, window: Window, setting: Setting) -> Case:
    """The module as if it were live for the whole of the days planned."""
    cycle = Cycle(setting.cycle.key, window, window.end)
    answer = max(first_rateable_day(module, setting.tier), window.start)
    until, levels = Window(window.start, answer), _scaled(setting.levels, window)
    return Case(
        module=module,
        effects=ModuleEffects(module.id, cycle.key, {}),
        metrics=setting.metrics,
        cycle=cycle,
        currency=setting.rates.currency,
        standard=setting.standard,
        tier=setting.tier,
        register=read_register(
            setting.assumptions,
            module.assumptions,
            standard=setting.standard,
            day=setting.cycle.as_of,
        ),
        volumes={CYCLE: levels, SINCE_GO_LIVE: levels, ANSWER: _scaled(setting.levels, until)},
        periods={CYCLE: window, SINCE_GO_LIVE: window, ANSWER: until},
        rates=setting.rates,
        facts=LedgerFacts(),
        go_live=window.start,
    )


def _scaled(levels: Mapping[str, Volume], window: Window) -> dict[str, Volume]:
    """As much a day as in the days seen."""
    return {
        metric_id: Volume(
            window,
            seen.numerator * window.days / seen.window.days,
            seen.denominator * window.days / seen.window.days,
            seen.unit_days,
        )
        for metric_id, seen in levels.items()
        if seen.window.days
    }


def _benefits(
    case: Case, expected: Sequence[ExpectedEffect], place: str, setting: Setting
) -> tuple[BenefitLine, ...]:
    by_metric = {effect.metric_id: effect for effect in expected}
    lines = (
        _line(case, rule, by_metric.get(rule.metric_id), place, setting)
        for rule in case.module.benefits
    )
    return tuple(line for line in lines if line is not None)


def _line(
    case: Case, rule: BenefitRule, expected: ExpectedEffect | None, place: str, setting: Setting
) -> BenefitLine | None:
    volume = case.usage(CYCLE, rule.metric_id)
    change = None if expected is None else getattr(expected, place)
    if expected is None or change is None or volume is None or not volume.denominator:
        return None
    counted = case.tier.counted_benefits
    if counted and rule.category not in counted:
        return None
    level = volume.numerator / volume.denominator
    effect = decimal_of(change * level if expected.kind == "relative" else change)
    scale = decimal_of(volume.denominator) * rule.unit_factor
    quantity = improvement_sign(setting.metrics[rule.metric_id]) * effect * scale
    line = replace(
        empty_line(case, rule, CYCLE),
        effect=effect,
        volume=decimal_of(volume.denominator),
        is_in_rating=True,
    )
    return with_quantity(
        line,
        quantity=quantity,
        quantity_error=ZERO,
        risk=line.risk_factor if quantity >= 0 else ONE,
        confidence=case.standard.confidence,
    )


def _outcome(case: Case, costs: Sequence[CostLine], benefits: Sequence[BenefitLine]) -> Outcome:
    won = total(line.amount or ZERO for line in benefits)
    spent = total(line.amount for line in costs if line.is_counted)
    period = case.periods[CYCLE]
    flows = dated_flows(costs, benefits, one_off_payments(case), period=period)
    npv = net_present_value(flows, rate=case.standard.discount_rate, origin=case.go_live)
    roi = (won - spent) / spent if spent > 0 and benefits else None
    return Outcome(won, spent, won - spent, roi, npv, payback_month(flows, period))


def _verdict(
    case: Case, expected: Sequence[ExpectedEffect], likely: Outcome, risk: CaseRisk | None
) -> tuple[CaseVerdict, Message]:
    """Invest on what was measured, pilot on what is only stated, not yet where it is unlikely to earn."""
    if risk is None:
        return "no_figures", Message("case_has_no_figures", {})
    sure = case.standard.minimum_probability
    values = {
        "chance": risk.chance_of_bar,
        "bar": float(risk.bar),
        "sure": sure,
        "loss": risk.chance_of_loss,
        "net": float(likely.net),
        "committed": float(risk.committed),
    }
    monetised = {rule.metric_id for rule in case.module.benefits}
    kinds = {each.evidence for each in expected if each.metric_id in monetised}
    if risk.chance_of_loss > EVEN or likely.net <= 0:
        return "not_yet", Message("case_most_probably_loses", values)
    if risk.chance_of_bar >= sure and kinds <= MEASURED:
        return "invest", Message("case_is_measured_and_sure", values)
    code = "case_is_only_stated" if risk.chance_of_bar >= sure else "case_is_not_sure"
    return "pilot", Message(code, values)


def _on_evidence(
    expected: Sequence[ExpectedEffect], held: tuple[int, float] | None
) -> tuple[Message, ...]:
    claims = [each for each in expected if each.evidence == "vendor_claim"]
    if not claims:
        return ()
    if held is None:
        return (Message("case_rests_on_an_untested_vendor", {"n": len(claims)}),)
    values = {"n": held[0], "part": held[1]}
    return (Message("case_rests_on_a_vendor", values),)


def _not_in_money(
    case: Case, expected: Sequence[ExpectedEffect], setting: Setting
) -> tuple[Message, ...]:
    """Benefits without money, each with its reason."""
    by_metric = {each.metric_id: each for each in expected}
    messages = list[Message]()
    for metric_id in dict.fromkeys(rule.metric_id for rule in case.module.benefits):
        found, values = by_metric.get(metric_id), {"metric": metric_id}
        if found is None:
            messages.append(Message("case_expects_nothing_of", values))
        elif found.likely is None:
            values |= {"module": found.module_id or ""}
            messages.append(Message("case_has_no_measurement", values))
        elif metric_id not in setting.levels:
            messages.append(Message("case_has_no_level", values))
    return tuple(messages)

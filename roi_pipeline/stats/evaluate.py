"""The one entry point: every metric of a module, by the strongest design its data allow.

Order per metric: cut the panel, choose, estimate, try to break it, grade it; then over the pool:
multiplicity and counter-gaming. Data never make it raise: no answer is `Inconclusive` with a reason.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from roi_pipeline.domain.effects import Design, Effect, Inconclusive, ModuleEffects, Outcome
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.stats import choice, diagnostics
from roi_pipeline.stats.comparison_checks import controlled_findings
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.designs.registry import run_design
from roi_pipeline.stats.estimate import Estimate, refusal, smallest_detectable
from roi_pipeline.stats.grade_raising import raise_grade
from roi_pipeline.stats.lifetime_outcome import lifetime_notes, lifetime_outcome
from roi_pipeline.stats.multiplicity import with_adjusted_p_values
from roi_pipeline.stats.novelty import steady_state
from roi_pipeline.stats.outcome import (
    CONFIDENCE,
    Case,
    Verdict,
    counter_effect,
    for_open_cycle,
    randomised_outcome,
    to_effect,
    to_inconclusive,
)
from roi_pipeline.stats.panels import cut_panel
from roi_pipeline.stats.prefit import prefit_finding, prefit_p_value
from roi_pipeline.stats.splits import split_effects

SYNTHETIC: tuple[Design, ...] = ("synthetic_difference_in_differences", "synthetic_control")


def evaluate_module(
    module: Module, cycle: Cycle, questions: Mapping[str, MetricQuestion]
) -> ModuleEffects:
    """Everything one module changed, metric by metric, with what stands behind each number."""
    outcomes: dict[str, Outcome] = {
        metric_id: evaluate_metric(module, cycle, question)
        for metric_id, question in questions.items()
    }
    goals = {metric.metric_id for metric in module.goals}
    money = {metric_id for metric_id, question in questions.items() if question.enters_money}
    outcomes = with_adjusted_p_values(outcomes, goals=goals, money=money)
    metrics = {metric_id: question.metric for metric_id, question in questions.items()}
    return ModuleEffects(
        module.id,
        cycle.key,
        outcomes,
        findings=diagnostics.gaming_findings(module, metrics, outcomes),
        notes=lifetime_notes(outcomes.values()),
    )


def evaluate_metric(module: Module, cycle: Cycle, question: MetricQuestion) -> Outcome:
    """The effect on one metric by the strongest design that gives an answer."""
    with np.errstate(all="ignore"):  # what overflows is refused by `_is_finite`, not warned of
        case = _case(module, cycle, question)
        if question.metric.statistic != "lifetime_value":
            return _strongest(case)
        outcome = lifetime_outcome(case)
        return for_open_cycle(case, outcome) if isinstance(outcome, Effect) else outcome


def _strongest(case: Case) -> Outcome:
    """Designs in order of strength until one answers."""
    facts = choice.count_facts(case.module, case.question, case.cut)
    failed: dict[Design, Message] = {}
    kept: tuple[Finding, ...] = ()
    for design in choice.candidates(facts):
        result = _attempt(case, facts, design, failed)
        if isinstance(result, Effect):
            result = replace(result, findings=kept + result.findings)
            return for_open_cycle(case, result)
        failed[design] = result.reason
        kept += result.findings
    reason = next(iter(failed.values()), None) or case.no_cut or choice.last_refusal(facts)
    plan = choice.make_plan(facts, None, failed=failed)
    return to_inconclusive(case, plan, reason, kept + _panel_findings(case))


def _case(module: Module, cycle: Cycle, question: MetricQuestion) -> Case:
    if question.panel is None:
        return Case(module, cycle, question, None, refusal("no_data"))
    seed = cycle.seed(module.id, question.metric.id)
    cut = cut_panel(question.panel, module, cycle, seed=seed)
    if isinstance(cut, Message):
        return Case(module, cycle, question, None, cut)
    return Case(module, cycle, question, cut, None)


def _attempt(
    case: Case, facts: choice.Facts, design: Design, failed: Mapping[Design, Message]
) -> Effect | Inconclusive:
    """One design on one case: an effect, or why it gave none."""
    plan = choice.make_plan(facts, design, failed=failed)
    if design == "randomised":
        return randomised_outcome(case, plan)
    if design == "vendor_counter":
        return counter_effect(case, plan)
    result = (
        refusal("no_usable_panel")
        if case.cut is None
        else run_design(
            design,
            case.cut,
            case.question,
            confidence=CONFIDENCE,
            variance=case.module.design.variance,
        )
    )
    if isinstance(result, Message):
        return Inconclusive(case.module.id, case.question.metric.id, result, plan)
    estimate = result.estimate if isinstance(result, Controlled) else result
    if not _is_finite(estimate):
        reason = refusal("values_out_of_range")
        return Inconclusive(case.module.id, case.question.metric.id, reason, plan)
    return to_effect(case, design, estimate, _verdict(case, facts, design, result, failed))


def _is_finite(estimate: Estimate) -> bool:
    interval = estimate.interval
    figures = [estimate.estimate, estimate.standard_error, interval.lower, interval.upper]
    figures += [value for value in (estimate.baseline_value, estimate.post_value) if value]
    return all(math.isfinite(figure) for figure in figures)


def _verdict(
    case: Case,
    facts: choice.Facts,
    design: Design,
    result: Controlled | Estimate,
    failed: Mapping[Design, Message],
) -> Verdict:
    """Findings, grade, plan and splits of an estimate."""
    estimate = result.estimate if isinstance(result, Controlled) else result
    smallest = smallest_detectable(estimate.standard_error, estimate.degrees_of_freedom, CONFIDENCE)
    found = _panel_findings(case) + estimate.findings
    found += diagnostics.estimate_findings(case.subject, estimate, smallest=smallest)
    trend, steady, prefit = None, None, None
    if isinstance(result, Controlled):
        found += controlled_findings(case.subject, result, case.module, case.question.metric)
        trend = result.trend
        steady = steady_state(result, case.module.design.novelty_days)
    if design in SYNTHETIC and case.cut is not None:
        prefit = prefit_p_value(case.cut, design)
        found += (prefit_finding(case.subject, prefit),)
    grade = choice.grade_of(
        design, facts, trend,
        placebo_passes=diagnostics.placebo_passes(estimate), prefit_p_value=prefit,
    )  # fmt: skip
    advice = raise_grade(case.question.metric, grade, estimate, case.cut)
    if advice is not None:
        advice = diagnostics.in_points(advice, case.question.metric)
    return Verdict(
        choice.make_plan(facts, design, failed=failed, raise_grade=advice),
        grade,
        diagnostics.worded_for(found, case.question.metric),
        steady,
        smallest,
        split_effects(case, design),
    )


def _panel_findings(case: Case) -> tuple[Finding, ...]:
    if case.cut is None or case.question.panel is None:
        return ()
    return diagnostics.panel_findings(
        case.module, case.question.metric, case.question.panel, case.cut, case.cycle
    )

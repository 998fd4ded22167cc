"""The one entry point: every metric of a module, by the strongest design its data allow.

Order per metric: cut the panel, choose, estimate, try to break it, grade it; then over the pool:
multiplicity and counter-gaming. Data never make it raise: no answer is `Inconclusive` with a reason.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from roi_pipeline.domain.effects import (
    Design,
    Effect,
    EffectCounts,
    Inconclusive,
    ModuleEffects,
    Outcome,
    Plan,
)
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.stats import choice, diagnostics
from roi_pipeline.stats.comparison_checks import controlled_findings
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.designs.randomised import Adjustment, randomised
from roi_pipeline.stats.designs.registry import run_design
from roi_pipeline.stats.effect import (
    Case,
    Question,
    Standing,
    by_counter,
    counter_effect,
    effect_of,
    inconclusive,
    to_inconclusive,
)
from roi_pipeline.stats.grade_raising import raise_grade
from roi_pipeline.stats.incremental import incremental_return
from roi_pipeline.stats.inference import CONFIDENCE, Comparison, Estimate, Scale, infer, refusal
from roi_pipeline.stats.lifetime_outcome import lifetime_notes, lifetime_outcome
from roi_pipeline.stats.multiplicity import with_adjusted_p_values
from roi_pipeline.stats.named_intervals import effect_counts, of_estimate, of_units
from roi_pipeline.stats.novelty import steady_state
from roi_pipeline.stats.panels import baseline_bounds, cut_panel
from roi_pipeline.stats.prefit import prefit_finding, prefit_p_value
from roi_pipeline.stats.quantiles import randomised_quantile
from roi_pipeline.stats.ratio import BASELINE_RATIO
from roi_pipeline.stats.sequential import for_open_cycle
from roi_pipeline.stats.splits import split_effects
from roi_pipeline.stats.staggered_checks import forbidden_finding, lead_finding, lead_p_value

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
            return _with_return(case, by_counter(_strongest(case), question.metric))
        outcome = lifetime_outcome(case)
        return for_open_cycle(case, outcome) if isinstance(outcome, Effect) else outcome


def _with_return(case: Case, outcome: Outcome) -> Outcome:
    """The outcome of an experiment with what it brought in all."""
    volume = _post_volume(case, outcome)
    if case.module.rollout.end is None or not isinstance(outcome, Effect) or volume is None:
        return outcome
    amount = case.module.rollout.spend_amount
    spend = None if amount is None else float(amount)
    return replace(outcome, incremental=incremental_return(outcome, volume, spend))


def _post_volume(case: Case, outcome: Outcome) -> float | None:
    """Σ denominator of the treated in post, as the design of the outcome counts it."""
    if not isinstance(outcome, Effect) or case.question.metric.statistic != "ratio":
        return None
    arms = case.question.arms
    if outcome.design == "randomised" and arms is not None:
        return arms.treated.n * arms.treated.mean("denominator")
    return None if case.cut is None else float(case.cut.denominators[case.cut.is_post].sum())


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
        return _randomised_outcome(case, plan)
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
        return inconclusive(case.asked(plan), result)
    estimate = result.estimate if isinstance(result, Controlled) else result
    comparison = infer(estimate.difference(), confidence=CONFIDENCE, interval=estimate.interval)
    if isinstance(comparison, Message):
        return inconclusive(case.asked(plan), comparison)
    if not math.isfinite(estimate.baseline_value or 0.0):
        return inconclusive(case.asked(plan), refusal("values_out_of_range"))
    standing, advice = _standing(case, facts, design, result, comparison)
    plan = choice.make_plan(facts, design, failed=failed, raise_grade=advice)
    asked = case.module.intervals_of(case.question.pool_metric)
    seed = case.cycle.seed(*case.subject.split(".", 1), "intervals")
    return replace(
        effect_of(comparison, case.asked(plan), standing),
        intervals=of_estimate(result, asked, confidence=CONFIDENCE, seed=seed),
        counts=effect_counts(case, estimate),
    )


def _standing(
    case: Case,
    facts: choice.Facts,
    design: Design,
    result: Controlled | Estimate,
    comparison: Comparison,
) -> tuple[Standing, Message | None]:
    """Findings, grade and splits of an estimate, and what would raise its grade."""
    estimate = result.charted(confidence=CONFIDENCE) if isinstance(result, Controlled) else result
    smallest = comparison.minimum_detectable_effect
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
    if isinstance(result, Estimate) and "pre_trend_p_value" in result.details:
        prefit = lead_p_value(result)
        found += (lead_finding(case.subject, result),)
    if design == "time_based_regression":
        found += (choice.short_baseline_finding(case.subject, facts),)
    if design == "two_way_fixed_effects" and facts.n_dates > 1 and case.cut is not None:
        found += (forbidden_finding(case.subject, case.cut),)
    grade = choice.grade_of(
        design, facts, trend,
        placebo_passes=diagnostics.placebo_passes(estimate), prefit_p_value=prefit,
    )  # fmt: skip
    advice = raise_grade(case.question.metric, grade, estimate, case.cut, today=smallest)
    if advice is not None:
        advice = diagnostics.in_points(advice, case.question.metric)
    findings = diagnostics.worded_for(found, case.question.metric)
    seen = case.cycle.observed.end
    standing = Standing(
        design,
        estimate.method,
        grade,
        is_money_allowed=grade != "E" and not any(finding.stops for finding in findings),
        n_clusters=estimate.n_clusters,
        baseline_value=estimate.baseline_value,
        findings=findings,
        steady_state=steady,
        event_study=estimate.event_study,
        series=tuple(point for point in estimate.series if point.period_start < seen),
        splits=split_effects(case, design),
        details=estimate.details,
        cohort_effects=estimate.cohort_effects,
    )
    return standing, advice


def _panel_findings(case: Case) -> tuple[Finding, ...]:
    if case.cut is None or case.question.panel is None:
        return ()
    return diagnostics.panel_findings(
        case.module, case.question.metric, case.question.panel, case.cut, case.cycle
    )


def _randomised_outcome(case: Case, plan: Plan) -> Outcome:
    """The comparison of the two randomised arms, adjusted as the module declares."""
    arms, quantiles, post = case.question.arms, case.question.quantile_arms, case.post
    scale: Scale = "log" if case.question.metric.is_log_scale else "linear"
    subject = (case.module.id, case.question.metric.id)
    if quantiles is not None:
        plain = Question(*subject, post, confidence=CONFIDENCE, scale=scale, plan=plan)
        return randomised_quantile(quantiles, plain)
    assert arms is not None  # noqa: S101 - `choice` allows the design only with arms
    bounds = baseline_bounds(case.module, post.start)
    start = max(case.question.history.start, bounds.start) if bounds else post.start
    has_baseline = set(BASELINE_RATIO) <= set(arms.treated.names) & set(arms.comparison.names)
    baseline = Window(start, bounds.end) if bounds and start < bounds.end and has_baseline else None
    question = Question(*subject, post, baseline, CONFIDENCE, scale, plan)
    declared = case.module.randomisation.covariates if case.module.randomisation else ()
    covariates = tuple(name for name in declared if name in arms.treated.names)
    adjustment = Adjustment(
        use_baseline=has_baseline, covariates=covariates, variance=case.module.design.variance
    )
    outcome = randomised(arms, question, adjustment=adjustment)
    if not isinstance(outcome, Effect):
        return outcome
    asked = case.module.intervals_of(case.question.pool_metric)
    seed = case.cycle.seed(*case.subject.split(".", 1), "intervals")
    outcome = replace(
        outcome,
        intervals=of_units(arms.units, asked, confidence=CONFIDENCE, seed=seed),
        counts=EffectCounts(
            arms.rows, outcome.n_units, outcome.n_treated, outcome.n_clusters or outcome.n_units
        ),
    )
    pooled = randomised(arms, question, adjustment=replace(adjustment, variance="pooled"))
    if isinstance(pooled, Effect):
        extra: Mapping[str, float | str] = {
            "classical_standard_error": pooled.standard_error,
            "variance": adjustment.variance,
        }
        outcome = replace(outcome, details={**outcome.details, **extra})
    return outcome

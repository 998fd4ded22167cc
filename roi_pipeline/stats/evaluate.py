"""The one entry point: every metric of a module, by the strongest design its data allow.

Order per metric: cut the panel, choose, estimate, try to break it, grade it; then over the pool:
multiplicity and counter-gaming. Data never make it raise: no answer is `Inconclusive` with a reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from roi_pipeline.domain.effects import (
    Design,
    Effect,
    Inconclusive,
    ModuleEffects,
    Outcome,
    Plan,
    SeriesPoint,
)
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.stats import choice, diagnostics
from roi_pipeline.stats.before_after import before_after, observed_series, seasonal_before_after
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.did import difference_in_differences
from roi_pipeline.stats.estimate import Estimate, refusal, smallest_detectable
from roi_pipeline.stats.grade_raising import raise_grade
from roi_pipeline.stats.multiplicity import with_adjusted_p_values
from roi_pipeline.stats.panels import Cut, cut_panel
from roi_pipeline.stats.staggered import staggered

CONFIDENCE = 0.95
Result = Controlled | Estimate | Message


@dataclass(frozen=True, slots=True)
class Case:
    """One metric of one module in one cycle, with its panel already cut."""

    module: Module
    cycle: Cycle
    question: MetricQuestion
    cut: Cut | None
    no_cut: Message | None

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"{self.module.id}.{self.question.metric.id}"


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
    )


def evaluate_metric(module: Module, cycle: Cycle, question: MetricQuestion) -> Outcome:
    """The effect on one metric by the strongest design that gives an answer."""
    case = _case(module, cycle, question)
    facts = choice.count_facts(module, question, case.cut)
    failed: dict[Design, Message] = {}
    for design in choice.candidates(facts):
        result = _run(design, case, facts)
        if not isinstance(result, Message):
            return _finish(case, facts, design, result, failed)
        failed[design] = result
    reason = next(iter(failed.values()), None) or case.no_cut or refusal("no_design_fits")
    return _inconclusive(case, choice.make_plan(facts, None, failed=failed), reason)


def _case(module: Module, cycle: Cycle, question: MetricQuestion) -> Case:
    if question.panel is None:
        return Case(module, cycle, question, None, refusal("no_data"))
    seed = cycle.seed(module.id, question.metric.id)
    cut = cut_panel(question.panel, module, cycle, seed=seed)
    if isinstance(cut, Message):
        return Case(module, cycle, question, None, cut)
    return Case(module, cycle, question, cut, None)


def _inconclusive(case: Case, plan: Plan, reason: Message) -> Inconclusive:
    cut = case.cut
    series: tuple[SeriesPoint, ...] = () if cut is None else observed_series(cut, None)
    return Inconclusive(
        case.module.id,
        case.question.metric.id,
        reason,
        plan,
        findings=_panel_findings(case),
        baseline_value=None if cut is None else cut.baseline_value(),
        post_value=None if cut is None else cut.post_value(),
        series=series,
    )


def _panel_findings(case: Case) -> tuple[Finding, ...]:
    if case.cut is None or case.question.panel is None:
        return ()
    return diagnostics.panel_findings(
        case.module, case.question.metric, case.question.panel, case.cut, case.cycle
    )


def _run(design: Design, case: Case, facts: choice.Facts) -> Result | Effect:
    """One design on one case; a randomised one brings its own effect."""
    if case.cut is None:
        return refusal("no_usable_panel")
    is_log = case.question.metric.is_log_scale
    cut = case.cut
    runs: dict[Design, Callable[[], Result]] = {
        "staggered": lambda: staggered(cut, is_multiplicative=is_log),
        "difference_in_differences": lambda: difference_in_differences(
            cut, is_multiplicative=is_log
        ),
        "seasonal_before_after": lambda: seasonal_before_after(cut),
        "before_after": lambda: before_after(cut),
    }
    run = runs.get(design)
    return refusal("no_design_fits") if run is None else run()


def _finish(
    case: Case, facts: choice.Facts, design: Design, result: Controlled | Estimate, failed: dict
) -> Effect:
    estimate = result.estimate if isinstance(result, Controlled) else result
    smallest = smallest_detectable(estimate.standard_error, estimate.degrees_of_freedom, CONFIDENCE)
    found = _panel_findings(case) + estimate.findings
    found += diagnostics.estimate_findings(case.subject, estimate, smallest=smallest)
    trend, steady = None, None
    if isinstance(result, Controlled):
        found += diagnostics.controlled_findings(case.subject, result, case.module)
        trend = result.trend
        steady = diagnostics.steady_state(result, case.module.design.novelty_days)
    grade = choice.grade_of(design, facts, trend, placebo_passes=True)
    plan = choice.make_plan(
        facts,
        design,
        failed=failed,
        raise_grade=raise_grade(case.question.metric, grade, estimate, case.cut),
    )
    level = estimate.counterfactual_value
    scale = abs(level) if level else None
    effect = Effect(
        module_id=case.module.id,
        metric_id=case.question.metric.id,
        estimate=estimate.estimate,
        lower=estimate.interval.lower,
        upper=estimate.interval.upper,
        standard_error=estimate.standard_error,
        relative=estimate.estimate / scale if scale else None,
        relative_lower=estimate.interval.lower / scale if scale else None,
        relative_upper=estimate.interval.upper / scale if scale else None,
        confidence=CONFIDENCE,
        baseline_value=estimate.baseline_value,
        post_value=estimate.post_value,
        counterfactual_value=level,
        design=design,
        method=estimate.method,
        grade=grade,
        n_units=estimate.n_units,
        n_treated=estimate.n_treated,
        baseline=case.cut.baseline,
        post=case.cut.post,
        plan=plan,
        p_value=estimate.interval.p_value,
        degrees_of_freedom=estimate.degrees_of_freedom,
        n_clusters=estimate.n_clusters,
        interval_kind=estimate.interval.kind,
        smallest_detectable=smallest,
        steady_state=steady,
        findings=found,
        event_study=estimate.event_study,
        series=estimate.series,
        details=estimate.details,
    )
    return effect

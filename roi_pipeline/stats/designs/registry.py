"""Which function runs which design on a cut panel; the only list of them."""

from collections.abc import Callable, Mapping
from datetime import date

from roi_pipeline.domain.effects import Design
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import period_end
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.designs.before_after import before_after, seasonal_before_after
from roi_pipeline.stats.designs.difference_in_differences import (
    difference_in_differences,
    has_repeated_units,
    is_two_series,
)
from roi_pipeline.stats.designs.group_time import group_time
from roi_pipeline.stats.designs.interrupted import structural_series, time_based_regression
from roi_pipeline.stats.designs.staggered import staggered
from roi_pipeline.stats.designs.synthetic import (
    synthetic_control,
    synthetic_difference_in_differences,
)
from roi_pipeline.stats.designs.two_way_fixed_effects import two_way_fixed_effects
from roi_pipeline.stats.inference import Estimate, refusal
from roi_pipeline.stats.panels import Cut
from roi_pipeline.stats.two_sample import VarianceRule

Result = Controlled | Estimate | Message
Run = Callable[[Cut, MetricQuestion, float, VarianceRule], Result]


def run_design(
    design: Design,
    cut: Cut,
    question: MetricQuestion,
    *,
    confidence: float,
    variance: VarianceRule = "unequal",
) -> Result:
    """One panel design on one cut panel."""
    run = RUNS.get(design)
    if run is None:
        return refusal("no_design_fits")
    if question.metric.is_log_scale and not _computes_log_scale(design, cut):
        return refusal("log_scale_not_in_this_design")
    return run(cut, question, confidence, variance)


def _computes_log_scale(design: Design, cut: Cut) -> bool:
    """Proportional changes are shared between treated and controls by their baselines alone."""
    if design == "staggered":
        return cut.declared.base == "window"
    return (
        design == "difference_in_differences" and has_repeated_units(cut) and not is_two_series(cut)
    )


RUNS: Mapping[Design, Run] = {
    "staggered": lambda cut, asked, confidence, _: (
        group_time(cut, confidence=confidence)
        if cut.declared.base == "last_period"
        else staggered(cut, confidence=confidence, is_multiplicative=asked.metric.is_log_scale)
    ),
    "difference_in_differences": lambda cut, asked, confidence, variance: difference_in_differences(
        cut, confidence=confidence, is_multiplicative=asked.metric.is_log_scale, variance=variance
    ),
    "two_way_fixed_effects": lambda cut, _, confidence, __: two_way_fixed_effects(
        cut, confidence=confidence
    ),
    "synthetic_difference_in_differences": lambda cut, _, confidence, __: (
        synthetic_difference_in_differences(cut, confidence=confidence)
    ),
    "synthetic_control": lambda cut, _, confidence, __: synthetic_control(
        cut, confidence=confidence
    ),
    "time_based_regression": lambda cut, asked, confidence, _: time_based_regression(
        cut, _control_panels(asked), confidence=confidence
    ),
    "structural_series": lambda cut, asked, confidence, _: structural_series(
        cut, asked.holidays, confidence=confidence
    ),
    "seasonal_before_after": lambda cut, asked, confidence, _: seasonal_before_after(
        cut, confidence=confidence, moving_holidays=_touched(cut, asked.holidays)
    ),
    "before_after": lambda cut, _, confidence, __: before_after(cut, confidence=confidence),
}


def _control_panels(question: MetricQuestion) -> tuple[Panel, ...]:
    return tuple(question.controls[metric_id] for metric_id in sorted(question.controls))


def _touched(cut: Cut, holidays: tuple[date, ...]) -> frozenset[date]:
    """First days of the periods that hold a holiday."""
    days = sorted(set(holidays))
    return frozenset(
        start
        for start in cut.starts
        if any(start <= day < period_end(start, cut.period) for day in days)
    )

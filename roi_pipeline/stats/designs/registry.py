"""Which function runs which design on a cut panel; the only list of them."""

from collections.abc import Callable
from datetime import date

from roi_pipeline.domain.effects import Design
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.designs.before_after import before_after, seasonal_before_after
from roi_pipeline.stats.designs.difference_in_differences import difference_in_differences
from roi_pipeline.stats.designs.interrupted import structural_series, time_based_regression
from roi_pipeline.stats.designs.staggered import staggered
from roi_pipeline.stats.designs.synthetic import (
    synthetic_control,
    synthetic_difference_in_differences,
)
from roi_pipeline.stats.designs.two_way_fixed_effects import two_way_fixed_effects
from roi_pipeline.stats.inference import Estimate, refusal
from roi_pipeline.stats.panels import Cut, period_end
from roi_pipeline.stats.two_sample import VarianceRule

Result = Controlled | Estimate | Message


def run_design(
    design: Design,
    cut: Cut,
    question: MetricQuestion,
    *,
    confidence: float,
    variance: VarianceRule = "unequal",
) -> Result:
    """One panel design on one cut panel."""
    is_log = question.metric.is_log_scale
    runs: dict[Design, Callable[[], Result]] = {
        "staggered": lambda: staggered(cut, confidence=confidence, is_multiplicative=is_log),
        "difference_in_differences": lambda: difference_in_differences(
            cut, confidence=confidence, is_multiplicative=is_log, variance=variance
        ),
        "two_way_fixed_effects": lambda: two_way_fixed_effects(cut, confidence=confidence),
        "synthetic_difference_in_differences": lambda: synthetic_difference_in_differences(
            cut, confidence=confidence
        ),
        "synthetic_control": lambda: synthetic_control(cut, confidence=confidence),
        "time_based_regression": lambda: time_based_regression(
            cut, _control_panels(question), confidence=confidence
        ),
        "structural_series": lambda: structural_series(
            cut, question.holidays, confidence=confidence
        ),
        "seasonal_before_after": lambda: seasonal_before_after(
            cut, confidence=confidence, moving_holidays=_touched(cut, question.holidays)
        ),
        "before_after": lambda: before_after(cut, confidence=confidence),
    }
    run = runs.get(design)
    return refusal("no_design_fits") if run is None else run()


def _control_panels(question: MetricQuestion) -> tuple:
    return tuple(question.controls[metric_id] for metric_id in sorted(question.controls))


def _touched(cut: Cut, holidays: tuple[date, ...]) -> frozenset[date]:
    """First days of the periods that hold a holiday."""
    days = sorted(set(holidays))
    return frozenset(
        start
        for start in cut.starts
        if any(start <= day < period_end(start, cut.period) for day in days)
    )

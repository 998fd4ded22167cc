"""Named findings that try to break an effect; each is a sentence that is true when healthy.

Reads an estimate and the arrays it came from; decides nothing about grades (see `choice.grade_of`)
and never says that parallel trends hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np

from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.domain.findings import Finding, Severity
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.stats.clusters import FEW_CLUSTERS
from roi_pipeline.stats.controlled import FEW_TREATED
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.panels import Cut

SUSPICIOUS_CHANGE = 0.5
MIN_PLACEBO_DATES = 8
YOUNG_POST_DAYS = 28
WORDED_IN_POINTS = frozenset(
    {
        "randomisation_raises_grade",
        "randomisation_sees_less",
        "pausing_raises_grade",
        "pausing_sees_less",
        "smallest_detectable_change",
        "pre_trend_no_violation_detected",
        "pre_trend_some_evidence",
        "last_weeks_were_unusual",
        "composition_shifted",
        "effect_is_steady",
        "effect_changes_with_time",
        "scale_decides",
    }
)
QUALITY_WORDS = ("csat", "satisfaction", "praise", "reopen", "complaint", "nps")


def finding(
    check: str,
    subject: str,
    code: str,
    *,
    passed: bool,
    severity: Severity = "warn",
    **values: MessageValue,
) -> Finding:
    """One finding; codes are sentences in `catalogue/messages/stats.toml`."""
    finite = {
        name: None if isinstance(value, float) and not np.isfinite(value) else value
        for name, value in values.items()
    }
    return Finding(check, subject, bool(passed), severity, Message(code, finite))


def worded_for(findings: tuple[Finding, ...], metric: Metric) -> tuple[Finding, ...]:
    """The findings with the sentence that states a rate's changes in points."""
    return tuple(replace(one, message=in_points(one.message, metric)) for one in findings)


def in_points(message: Message, metric: Metric) -> Message:
    """The message in the wording for rates, where there is one and the metric is a rate."""
    if metric.unit != "rate" or message.code not in WORDED_IN_POINTS:
        return message
    return Message(f"{message.code}_in_points", message.values)


def panel_findings(
    module: Module, metric: Metric, panel: Panel, cut: Cut, cycle: Cycle
) -> tuple[Finding, ...]:
    """What can be said of the windows before anything is estimated."""
    subject = f"{module.id}.{metric.id}"
    return (
        *_window_findings(module, subject, cut, cycle),
        *_selection_findings(module, subject),
        _partial_periods(subject, panel, module),
        *_missing_periods(subject, cut),
    )


def _window_findings(module: Module, subject: str, cut: Cut, cycle: Cycle) -> Iterator[Finding]:
    days = cut.post.days
    yield finding(
        "post_is_long_enough", subject, "post_is_young" if days < YOUNG_POST_DAYS else "post_days",
        passed=days >= YOUNG_POST_DAYS, days=days, usual=YOUNG_POST_DAYS,
    )  # fmt: skip
    if module.attribution is not None:
        wait = module.attribution.window_days + module.attribution.ingest_lag_days
        is_mature = cut.post.end + timedelta(days=wait) <= cycle.as_of
        yield finding(
            "post_is_mature", subject, "post_is_mature" if is_mature else "post_is_immature",
            passed=is_mature, days=wait, last_day=cut.post.end,
        )  # fmt: skip
    if cut.left_out:
        yield finding(
            "every_treated_unit_has_a_baseline", subject, "treated_before_the_baseline",
            passed=False, n=cut.left_out,
        )  # fmt: skip


def _selection_findings(module: Module, subject: str) -> Iterator[Finding]:
    if module.rollout.is_randomised or module.rollout.everywhere_from is not None:
        return
    is_declared = module.selection_window is not None
    yield finding(
        "baseline_ends_before_units_were_chosen",
        subject,
        "selection_window_left_out" if is_declared else "selection_window_unknown",
        passed=is_declared,
        severity="note",
    )


def _partial_periods(subject: str, panel: Panel, module: Module) -> Finding:
    partial, dropped = len(panel.partial_periods), len(module.design.dropped_periods)
    return finding(
        "every_period_is_whole", subject,
        _left_out(partial, dropped),
        passed=not partial + dropped, severity="note", partial=partial, dropped=dropped,
    )  # fmt: skip


def _left_out(partial: int, dropped: int) -> str:
    """Which sentence says it: what is zero is not mentioned."""
    if partial and dropped:
        return "periods_left_out"
    if partial:
        return "incomplete_periods_left_out"
    return "declared_periods_left_out" if dropped else "no_period_left_out"


def _missing_periods(subject: str, cut: Cut) -> Iterator[Finding]:
    """Periods of the windows compared in which nobody has a row: unknown, and no zeros."""
    compared = (cut.is_baseline | cut.is_post.any(axis=0)) & cut.is_usable
    has_rows = np.asarray((cut.denominators > 0).any(axis=0))
    missing = np.flatnonzero(compared & ~has_rows)
    if missing.size:
        zeros = (cut.denominators > 0) & (cut.numerators == 0)
        yield finding(
            "every_period_has_rows", subject, "periods_without_rows", passed=False, severity="note",
            n=int(missing.size), periods=int(np.count_nonzero(compared)),
            first=cut.starts[int(missing[0])], zeros=int(np.count_nonzero(zeros[:, compared])),
        )  # fmt: skip


def _few_code(estimate: Estimate, *, is_very_few: bool) -> str:
    """What is said of few clusters names where the interval really comes from."""
    kind = estimate.interval.kind
    if is_very_few:
        return "few_treated" if kind == "permutation" else "few_treated_students_interval"
    return "few_clusters" if kind != "fixed" else "few_clusters_students_interval"


def estimate_findings(subject: str, estimate: Estimate, *, smallest: float) -> tuple[Finding, ...]:
    """What any panel estimate is asked, whatever its design."""
    return tuple(_estimate_findings(subject, estimate, smallest))


def _estimate_findings(subject: str, estimate: Estimate, smallest: float) -> Iterator[Finding]:
    level = estimate.counterfactual_value
    if level:
        relative = estimate.estimate / abs(level)
        is_odd = abs(relative) > SUSPICIOUS_CHANGE
        yield finding(
            "change_is_plausible", subject, "change_is_suspicious" if is_odd else "change_is_usual",
            passed=not is_odd, relative=relative, limit=SUSPICIOUS_CHANGE,
        )  # fmt: skip
    tried = estimate.details.get("n_placebo_dates")
    if tried is not None:
        passed = placebo_passes(estimate)
        code = "placebo_dates_are_quiet" if passed else "placebo_dates_show_effects"
        if int(tried) < MIN_PLACEBO_DATES:
            code = "too_few_placebo_dates"
        yield finding(
            "placebo_dates_show_no_effect", subject, code,
            passed=passed, n=tried, needed=MIN_PLACEBO_DATES,
            clear=estimate.details.get("n_clear_placebos"),
            p_value=estimate.details.get("placebo_rank"),
        )  # fmt: skip
    n = estimate.n_clusters
    if n is not None and (n < FEW_CLUSTERS or estimate.n_treated < FEW_TREATED):
        is_very_few = estimate.n_treated < FEW_TREATED
        yield finding(
            "clusters_are_many", subject, _few_code(estimate, is_very_few=is_very_few),
            passed=False, severity="warn" if is_very_few else "note",
            n_clusters=n, n_treated=estimate.n_treated, interval=estimate.interval.kind,
        )  # fmt: skip
    if estimate.interval.lower <= 0 <= estimate.interval.upper:
        yield finding(
            "change_is_significant", subject, "smallest_detectable_change",
            passed=False, severity="note", detectable=smallest,
        )  # fmt: skip


def placebo_passes(estimate: Estimate) -> bool:
    """Whether the placebo dates of a series design show no effect; True where none belong to it."""
    tried = estimate.details.get("n_placebo_dates")
    if tried is None:
        return True
    clear = estimate.details.get("n_clear_placebos") or 0
    return int(tried) >= MIN_PLACEBO_DATES and int(clear) == 0


def gaming_findings(
    module: Module, metrics: Mapping[str, Metric], outcomes: Mapping[str, Outcome]
) -> tuple[Finding, ...]:
    """A goal that improves while satisfaction falls or cases reopen was perhaps bought with them."""
    improved = [
        metric.metric_id
        for metric in module.goals
        if _direction(metrics, outcomes, metric.metric_id) > 0
    ]
    if not improved:
        return ()
    return tuple(
        finding(
            "improvement_is_not_bought_with_quality", module.id, "quality_fell",
            passed=False, goal=improved[0], metric=pool_metric.metric_id,
        )
        for pool_metric in module.pool
        if _is_about_quality(pool_metric.metric_id, pool_metric.role)
        and _direction(metrics, outcomes, pool_metric.metric_id) < 0
    ) or (
        finding(
            "improvement_is_not_bought_with_quality", module.id, "quality_held",
            passed=True, goal=improved[0],
        ),
    )  # fmt: skip


def _is_about_quality(metric_id: str, role: str) -> bool:
    return role == "guardrail" or any(word in metric_id for word in QUALITY_WORDS)


def _direction(
    metrics: Mapping[str, Metric], outcomes: Mapping[str, Outcome], metric_id: str
) -> int:
    """+1 clearly better, -1 clearly worse, 0 neither."""
    outcome = outcomes.get(metric_id)
    metric = metrics.get(metric_id)
    if not isinstance(outcome, Effect) or metric is None or not outcome.is_clear:
        return 0
    better = {"up": 1, "down": -1, "neutral": 0}[metric.direction]
    return better if outcome.estimate > 0 else -better

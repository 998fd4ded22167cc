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
from roi_pipeline.stats.clusters import FEW_CLUSTERS, Contributions
from roi_pipeline.stats.controlled import FEW_TREATED, Controlled
from roi_pipeline.stats.estimate import Estimate, t_quantile, two_sided
from roi_pipeline.stats.event_study import PreTrend, placebo_dates
from roi_pipeline.stats.excess import Excess, average_effect, measure_excess
from roi_pipeline.stats.panels import Cut

SUSPICIOUS_CHANGE = 0.5
MOVED_DENOMINATORS = 0.2
LOST_UNITS = 0.1
PLACEBO_SHARE = 0.2
MIN_PLACEBO_DATES = 8
SOME_EVIDENCE = 0.30
CLEAR_EVIDENCE = 0.05
WELL_POWERED, MODERATE = 0.25, 1.0
YOUNG_POST_DAYS = 28
WORDED_IN_POINTS = frozenset(
    {
        "lottery_raises_grade",
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
        "periods_left_out" if partial + dropped else "no_period_left_out",
        passed=not partial + dropped, severity="note", partial=partial, dropped=dropped,
    )  # fmt: skip


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
        yield finding(
            "fake_dates_show_no_effect", subject,
            "fake_dates_are_quiet" if passed else "fake_dates_show_effects",
            passed=passed, n=tried, clear=estimate.details.get("n_clear_placebos"), p_value=None,
        )  # fmt: skip
    n = estimate.n_clusters
    if n is not None and (n < FEW_CLUSTERS or estimate.n_treated < FEW_TREATED):
        is_very_few = estimate.n_treated < FEW_TREATED
        yield finding(
            "clusters_are_many", subject, "few_treated" if is_very_few else "few_clusters",
            passed=False, severity="warn" if is_very_few else "note",
            n_clusters=n, n_treated=estimate.n_treated, interval=estimate.interval.kind,
        )  # fmt: skip
    if estimate.interval.lower <= 0 <= estimate.interval.upper:
        yield finding(
            "change_can_be_told_from_noise", subject, "smallest_detectable_change",
            passed=False, severity="note", detectable=smallest,
        )  # fmt: skip


def placebo_passes(estimate: Estimate) -> bool:
    """Whether the fake dates of a series design stayed quiet; True where none belong to it."""
    tried = estimate.details.get("n_placebo_dates")
    if tried is None:
        return True
    clear = estimate.details.get("n_clear_placebos") or 0
    is_enough = int(tried) >= MIN_PLACEBO_DATES // 2
    return is_enough and int(clear) <= PLACEBO_SHARE * int(tried)


def controlled_findings(
    subject: str, controlled: Controlled, module: Module, metric: Metric
) -> tuple[Finding, ...]:
    """What an estimate against controls is asked."""
    return (
        _pre_trend_finding(subject, controlled.trend, controlled.estimate.estimate),
        *(_clustered_findings(subject, controlled, module)),
        _composition_finding(subject, controlled),
        *_denominator_finding(subject, controlled.data),
        *_scale_finding(subject, controlled, metric),
        *_breakdown_finding(subject, controlled),
    )


def _clustered_findings(subject: str, controlled: Controlled, module: Module) -> Iterator[Finding]:
    """Checks judged by the spread of treated clusters, which a handful does not show."""
    if controlled.estimate.interval.kind != "permutation":
        yield from _placebo_finding(subject, controlled)
        yield from _dip_finding(subject, controlled, module)
        yield from _novelty_finding(subject, controlled)


def power_tier(trend: PreTrend, estimate: float) -> str:
    """How much bias could hide behind a passed test, against the effect itself."""
    ratio = trend.detectable / abs(estimate) if estimate else np.inf
    if ratio < WELL_POWERED:
        return "well_powered"
    return "moderate" if ratio < MODERATE else "underpowered"


def _pre_trend_finding(subject: str, trend: PreTrend | None, estimate: float) -> Finding:
    check = "treated_and_controls_moved_alike_in_the_baseline"
    if trend is None:
        return finding(check, subject, "pre_trend_not_testable", passed=False, severity="note")
    if trend.p_value < CLEAR_EVIDENCE:
        code = "pre_trend_clear_violation"
    elif trend.p_value < SOME_EVIDENCE:
        code = "pre_trend_some_evidence"
    else:
        code = "pre_trend_no_violation_detected"
    return finding(
        check, subject, code,
        passed=trend.p_value >= CLEAR_EVIDENCE, p_value=trend.p_value,
        power=power_tier(trend, estimate), detectable=trend.detectable,
    )  # fmt: skip


def _placebo_finding(subject: str, controlled: Controlled) -> Iterator[Finding]:
    dates = placebo_dates(controlled.calendar, controlled.data)
    df = controlled.estimate.degrees_of_freedom
    tested = [(effect, error) for effect, error in dates if error > 0]
    if len(tested) < MIN_PLACEBO_DATES:
        yield finding(
            "fake_dates_show_no_effect", subject, "too_few_fake_dates",
            passed=False, severity="note", n=len(tested), needed=MIN_PLACEBO_DATES,
        )  # fmt: skip
        return
    limit = t_quantile(0.975, df)
    clear = sum(abs(effect) > limit * error for effect, error in tested)
    real = abs(controlled.estimate.estimate)
    rank = (1 + sum(abs(effect) >= real for effect, _ in tested)) / (len(tested) + 1)
    passed = clear <= PLACEBO_SHARE * len(tested)
    yield finding(
        "fake_dates_show_no_effect", subject,
        "fake_dates_are_quiet" if passed else "fake_dates_show_effects",
        passed=passed, n=len(tested), clear=clear, p_value=rank,
    )  # fmt: skip


def _dip_finding(subject: str, controlled: Controlled, module: Module) -> Iterator[Finding]:
    """Treated units far from their usual distance just before go-live were chosen on that."""
    if module.selection_window is not None or module.rollout.is_randomised:
        return
    calendar, cut = controlled.calendar, controlled.data.cut
    columns = np.flatnonzero(cut.is_baseline & np.isfinite(calendar.effects))
    last = max(1, min(4, len(columns) // 4))
    if len(columns) < 2 * last + 2:
        return
    weights = np.full(len(columns), -1.0 / (len(columns) - last))
    weights[-last:] = 1.0 / last
    dip = float(calendar.effects[columns] @ weights)
    error = float(np.sqrt(np.square(calendar.scores[:, columns] @ weights).sum()))
    if not error > 0:
        return
    p_value = two_sided(dip / error, controlled.estimate.degrees_of_freedom)
    passed = p_value >= CLEAR_EVIDENCE
    yield finding(
        "units_were_not_chosen_on_their_last_weeks", subject,
        "last_weeks_were_usual" if passed else "last_weeks_were_unusual",
        passed=passed, periods=last, distance=dip, p_value=p_value,
    )  # fmt: skip


def _composition_finding(subject: str, controlled: Controlled) -> Finding:
    """Units without a baseline, and how much of the plain change is units changing size."""
    estimate = controlled.estimate
    lost = int(estimate.details.get("n_without_baseline") or 0)
    share = lost / max(1, controlled.data.cut.n_units)
    shift = _size_shift(controlled.data)
    is_shifted = share > LOST_UNITS or abs(shift) > max(
        estimate.standard_error, abs(estimate.estimate) / 2
    )
    return finding(
        "the_same_units_carry_both_windows", subject,
        "composition_shifted" if is_shifted else "composition_is_stable",
        passed=not is_shifted, n_without_baseline=lost, shift=shift,
    )  # fmt: skip


def _size_shift(data: Excess) -> float:
    """Change of the treated units' pooled baseline level when reweighted by their post volume."""
    cut, rows = data.cut, data.treated
    base_n = cut.numerators[rows][:, cut.is_baseline].sum(axis=1)
    base_d = cut.denominators[rows][:, cut.is_baseline].sum(axis=1)
    post_d = (data.weight * (data.is_post[data.group])).sum(axis=1)[rows]
    if not post_d.sum() > 0:
        return 0.0
    return float((base_n / base_d) @ post_d / post_d.sum() - base_n.sum() / base_d.sum())


def _denominator_finding(subject: str, data: Excess) -> Iterator[Finding]:
    """A ratio can improve because less is counted below the line."""
    cut = data.cut
    post = data.is_post.any(axis=0)
    arms = (data.treated, data.controls & ~data.treated)
    if not arms[1].any():
        arms = (data.treated, data.controls)
    growth = []
    for rows in arms:
        before = data.weight[rows][:, cut.is_baseline].sum() / np.count_nonzero(cut.is_baseline)
        after = data.weight[rows][:, post].sum() / np.count_nonzero(post)
        growth.append(after / before if before > 0 else np.nan)
    ratio = growth[0] / growth[1] - 1 if growth[1] else np.nan
    if not np.isfinite(ratio):
        return
    is_moved = abs(ratio) > MOVED_DENOMINATORS
    yield finding(
        "what_is_counted_below_the_line_did_not_move", subject,
        "denominators_moved" if is_moved else "denominators_are_stable",
        passed=not is_moved, relative=float(ratio),
    )  # fmt: skip


def _scale_finding(subject: str, controlled: Controlled, metric: Metric) -> Iterator[Finding]:
    """Units of unlike size may share per-cent changes, or absolute ones, but not both."""
    if metric.unit == "rate":
        return
    other = measure_excess(controlled.data.cut, is_multiplicative=not metric.is_log_scale)
    part = average_effect(other, other.is_post)
    if part is None or not np.isfinite(part.estimate):
        return
    passed = abs(part.estimate - controlled.estimate.estimate) <= controlled.estimate.standard_error
    yield finding(
        "the_scale_does_not_decide", subject, "scale_is_minor" if passed else "scale_decides",
        passed=passed, severity="note" if metric.is_log_scale else "warn", other=part.estimate,
    )  # fmt: skip


def _breakdown_finding(subject: str, controlled: Controlled) -> Iterator[Finding]:
    """Rambachan & Roth's relative magnitudes: what later drift would undo a clear result."""
    breakdown = breakdown_of(controlled)
    if breakdown is None:
        return
    passed = breakdown >= 1.0
    yield finding(
        "result_survives_drifts_as_large_as_before", subject,
        "robust_to_trends" if passed else "fragile_to_trends",
        passed=passed, severity="note", breakdown=breakdown,
    )  # fmt: skip


def breakdown_of(controlled: Controlled) -> float | None:
    """How many times the largest baseline step per block the interval stands; None if unclear.

    Each block of post may depart from the one before by M times the largest step between blocks of
    the baseline (Rambachan & Roth 2023); the largest step is taken as known, not estimated.
    """
    interval, trend = controlled.estimate.interval, controlled.trend
    distance = max(interval.lower, -interval.upper)
    if trend is None or distance <= 0 or not trend.largest_step > 0:
        return None
    n_baseline = np.count_nonzero(controlled.data.cut.is_baseline)
    block = n_baseline / (trend.blocks + 1)
    n_post = np.count_nonzero(controlled.data.is_post.any(axis=0))
    steps = (n_post / block + 1) / 2
    return float(distance / (trend.largest_step * steps))


def halves(controlled: Controlled) -> tuple[Contributions, Contributions] | None:
    """Effect in the first and in the second half of post, by time since go-live."""
    data = controlled.data
    distance = np.arange(data.cut.n_periods) - data.post_from[:, None]
    post = data.is_post
    if not post.any():
        return None
    middle = np.median(np.repeat(distance[post], 1))
    early = average_effect(data, post & (distance <= middle - 0.5))
    late = average_effect(data, post & (distance > middle - 0.5))
    return None if early is None or late is None else (early, late)


def _novelty_finding(subject: str, controlled: Controlled) -> Iterator[Finding]:
    pair = halves(controlled)
    if pair is None:
        return
    early, late = pair
    change = late.estimate - early.estimate
    error = float(np.sqrt(np.square(late.scores() - early.scores()).sum()))
    if not error > 0:
        return
    p_value = two_sided(change / error, controlled.estimate.degrees_of_freedom)
    passed = p_value >= CLEAR_EVIDENCE
    yield finding(
        "effect_is_steady", subject, "effect_is_steady" if passed else "effect_changes_with_time",
        passed=passed, early=early.estimate, late=late.estimate, p_value=p_value,
    )  # fmt: skip


def steady_state(controlled: Controlled, novelty_days: int) -> float | None:
    """Effect once units have been live for `novelty_days`; None before that."""
    data = controlled.data
    length = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[data.cut.period]
    skip = -(-novelty_days // length)
    distance = np.arange(data.cut.n_periods) - data.post_from[:, None]
    later = data.is_post & (distance >= skip)
    if np.count_nonzero(later.any(axis=0)) * length < YOUNG_POST_DAYS:
        return None
    part = average_effect(data, later)
    return None if part is None else part.estimate


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

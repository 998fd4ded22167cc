"""Checks of a comparison with controls: drift before go-live, placebo dates, composition, scale.

Each gives a named finding; none says that parallel trends hold, only what was not detected and what
could have stayed hidden. Thresholds follow diff-diff's diagnostic report.
"""

from collections.abc import Iterator

import numpy as np

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.diagnostics import MIN_PLACEBO_DATES, finding
from roi_pipeline.stats.event_study import PreTrend, placebo_dates
from roi_pipeline.stats.excess import Excess, average_effect, measure_excess
from roi_pipeline.stats.inference import critical_value, two_sided_p
from roi_pipeline.stats.novelty import novelty_finding

MOVED_DENOMINATORS = 0.2
LOST_UNITS = 0.1
SOME_EVIDENCE = 0.30
CLEAR_EVIDENCE = 0.05
WELL_POWERED, MODERATE = 0.25, 1.0


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
        yield from novelty_finding(subject, controlled)


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
            "placebo_dates_show_no_effect", subject, "too_few_placebo_dates",
            passed=False, severity="note", n=len(tested), needed=MIN_PLACEBO_DATES,
        )  # fmt: skip
        return
    limit = critical_value(1 - CLEAR_EVIDENCE / len(tested), df)  # for all dates together
    clear = sum(abs(effect) > limit * error for effect, error in tested)
    real = abs(controlled.estimate.estimate)
    rank = (1 + sum(abs(effect) >= real for effect, _ in tested)) / (len(tested) + 1)
    passed = clear == 0
    yield finding(
        "placebo_dates_show_no_effect", subject,
        "placebo_dates_are_quiet" if passed else "placebo_dates_show_effects",
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
    p_value = two_sided_p(dip / error, controlled.estimate.degrees_of_freedom)
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
    """Change of the treated units' pooled baseline level when reweighted by their post volume.

    Per week of post: units that started early have more of it, which is no change of their size.
    """
    cut, rows = data.cut, data.treated
    base_n = cut.numerators[rows][:, cut.is_baseline].sum(axis=1)
    base_d = cut.denominators[rows][:, cut.is_baseline].sum(axis=1)
    live = data.is_post[data.group][rows]
    post_d = (data.weight[rows] * live).sum(axis=1) / np.maximum(1, live.sum(axis=1))
    base_n, base_d = base_n * (post_d > 0), base_d * (post_d > 0)  # who has no post carries neither
    if not post_d.sum() > 0 or not base_d.sum() > 0:
        return 0.0
    level = np.divide(base_n, base_d, out=np.zeros_like(base_n), where=base_d > 0)
    return float(level @ post_d / post_d.sum() - base_n.sum() / base_d.sum())


def _denominator_finding(subject: str, data: Excess) -> Iterator[Finding]:
    """A ratio can improve because its denominator shrank."""
    cut = data.cut
    post = data.is_post.any(axis=0)
    arms = (data.treated, data.controls & ~data.treated)
    if not arms[1].any():
        arms = (data.treated, data.controls)
    growth: list[float] = []
    for rows in arms:
        before = data.weight[rows][:, cut.is_baseline].sum() / np.count_nonzero(cut.is_baseline)
        after = data.weight[rows][:, post].sum() / np.count_nonzero(post)
        growth.append(after / before if before > 0 else np.nan)
    ratio = growth[0] / growth[1] - 1 if growth[1] else np.nan
    if not np.isfinite(ratio):
        return
    is_moved = abs(ratio) > MOVED_DENOMINATORS
    yield finding(
        "denominators_did_not_move", subject,
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
    """How many times the largest baseline step per block the interval stands; None if unclear."""
    interval = controlled.estimate.interval
    distance = max(interval.lower, -interval.upper)
    bound = drift_bound(controlled)
    return None if bound is None or distance <= 0 else float(distance / bound)


def drift_bound(controlled: Controlled) -> float | None:
    """Bias if every block of post departs from the one before by the baseline's largest step.

    Relative magnitudes with M = 1 (Rambachan & Roth 2023), the largest step taken as known, averaged
    over post; diff-diff's HonestDiD gives the same half-width (tests/reference).
    """
    trend = controlled.trend
    if trend is None or not trend.largest_step > 0:
        return None
    n_baseline = np.count_nonzero(controlled.data.cut.is_baseline)
    n_post = np.count_nonzero(controlled.data.is_post.any(axis=0))
    blocks_of_post = n_post * (trend.blocks + 1) / n_baseline
    return float(trend.largest_step * (blocks_of_post + 1) / 2)

"""Vendor claims and KPI targets beside what was measured."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from finance_cases import LIVE, D, effect, inconclusive, metric, module, valued

from roi_pipeline.domain.effects import SeriesPoint
from roi_pipeline.domain.modules import Claim, PoolMetric, Target
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.claims import audit_claim, verdict_on
from roi_pipeline.finance.targets import audit_target, until

UP, DOWN = metric(), metric(direction="down")


def claim(value: float, kind: Any = "relative") -> Claim:
    return Claim("c1", "visit_rate", kind, value, "brochure")


def measured(estimate: float, error: float, *, smallest: float | None = None) -> Any:
    """An effect on a counterfactual of 0.20."""
    return replace(effect(estimate=estimate, standard_error=error), smallest_detectable=smallest)


@pytest.mark.parametrize(
    ("value", "kind", "definition", "outcome", "verdict"),
    [
        # +25 % with an interval of about 15.2 % to 34.8 %
        (0.15, "relative", UP, measured(0.05, 0.01), "at_least"),
        (0.20, "relative", UP, measured(0.05, 0.01), "consistent"),
        (0.30, "relative", UP, measured(0.05, 0.01), "consistent"),
        (0.31, "relative", UP, measured(0.05, 0.01), "cannot_tell"),
        (0.60, "relative", UP, measured(0.05, 0.01), "smaller"),
        (0.20, "relative", UP, measured(0.005, 0.01), "no_effect"),
        (0.20, "relative", UP, measured(-0.05, 0.01), "contradicted"),
        (0.20, "relative", UP, measured(0.01, 0.03), "cannot_tell"),
        (0.05, "absolute", UP, measured(0.05, 0.01), "consistent"),
        (0.26, "level", UP, measured(0.05, 0.01), "consistent"),
        (0.40, "level", UP, measured(0.05, 0.01), "smaller"),
        (0.15, "level", UP, measured(0.05, 0.01), "at_least"),
        (0.15, "level", UP, measured(-0.10, 0.01), "contradicted"),
        (0.15, "level", UP, measured(-0.05, 0.01), "cannot_tell"),
        (-0.20, "relative", DOWN, measured(-0.05, 0.01), "consistent"),
        (0.20, "relative", DOWN, measured(-0.05, 0.01), "consistent"),
        (0.20, "relative", DOWN, measured(0.05, 0.01), "contradicted"),
        (0.15, "level", DOWN, measured(-0.05, 0.01), "consistent"),
        (-0.20, "relative", UP, measured(-0.05, 0.01), "consistent"),
    ],
)
def test_a_claim_meets_its_measurement(
    value: float, kind: str, definition: Any, outcome: Any, verdict: str
) -> None:
    audit = audit_claim(claim(value, kind), definition, outcome)
    assert audit.verdict == verdict
    assert audit.reason.code == f"claim_is_{verdict}"
    assert audit.measured is not None


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        # the claim is +90 %; each bound of METHODS 6.2 from both sides
        (0.90, 0.99, "at_least"),
        (0.8999, 0.99, "consistent"),
        (0.45, 0.90, "consistent"),
        (0.4499, 0.90, "cannot_tell"),
        (0.01, 0.99, "cannot_tell"),
        (0.01, 0.90, "cannot_tell"),
        (0.01, 0.8999, "smaller"),
        (0.0001, 0.5, "smaller"),
        (0.0, 0.5, "no_effect"),
        (-0.5, 0.8999, "no_effect"),
        (-0.5, 0.90, "cannot_tell"),
        (-0.5, 0.0, "no_effect"),
        (-0.5, -0.0001, "contradicted"),
    ],
)
def test_every_bound_between_verdicts(low: float, high: float, verdict: str) -> None:
    """A claim of +90 % was confirmed by a measurement of +50 % [1 %, 99 %]."""
    assert verdict_on(0.90, low, high) == verdict


def test_the_published_case_is_judged_on_its_relative_change() -> None:
    before, after = 36.0, 4.8
    outcome = replace(
        effect(estimate=after - before, standard_error=1.0, counterfactual_value=before),
        smallest_detectable=2.8,
    )
    audit = audit_claim(claim(-0.8667), DOWN, outcome)
    assert round(audit.measured or 0, 4) == -0.8667
    assert audit.verdict == "consistent"
    assert round(audit.smallest_detectable or 0, 4) == 0.0778


@pytest.mark.parametrize(
    "outcome",
    [None, inconclusive(), replace(effect(), grade="E"), replace(effect(), relative_lower=None)],
)
def test_a_claim_without_a_measurement_cannot_be_told(outcome: Any) -> None:
    assert audit_claim(claim(0.2), UP, outcome).verdict == "cannot_tell"


def test_a_level_nobody_measured_has_no_measurement() -> None:
    assert audit_claim(claim(0.3, "level"), UP, replace(effect(), post_value=None)).measured is None


def test_claims_of_the_module_stand_in_its_value_and_in_the_credit_ledger() -> None:
    claims = (claim(0.30), claim(0.1, "absolute"), claim(0.25, "level"))
    value = valued(module(claims=claims))
    assert [audit.verdict for audit in value.claims] == ["consistent", "smaller", "consistent"]
    # 600 invitations × (0.30 × 0.20 + 0.10 + 0.05)
    assert value.credit[0].claimed == D(126)
    unknown = valued(module(claims=(claim(0.30),)), replace(effect(), counterfactual_value=None))
    assert unknown.credit[0].claimed is None


def target_of(
    target: Target, outcome: Any, *, today: date = date(2026, 4, 1), definition: Any = UP,
    role: Any = "goal", earlier: Any = (),
) -> Any:  # fmt: skip
    pooled = PoolMetric("visit_rate", role, target)
    return audit_target(pooled, target, definition, outcome, today=today, earlier=earlier)


LATE = date(2026, 12, 31)
PAST = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("target", "outcome", "definition", "verdict"),
    [
        # +25 % with a standard error of 5 points
        (Target("relative", 0.15, LATE), measured(0.05, 0.01), UP, "reached"),
        (Target("relative", 0.15, PAST), measured(0.05, 0.01), UP, "reached"),
        (Target("relative", 0.24, LATE), measured(0.05, 0.01), UP, "likely"),
        (Target("relative", 0.26, LATE), measured(0.05, 0.01), UP, "open"),
        (Target("relative", 0.24, PAST), measured(0.05, 0.01), UP, "undecided"),
        (Target("relative", 0.26, PAST), measured(0.05, 0.01), UP, "undecided"),
        (Target("relative", 0.50, LATE), measured(0.05, 0.01), UP, "open"),
        (Target("relative", 0.50, PAST), measured(0.05, 0.01), UP, "missed"),
        (Target("relative", 0.50), measured(0.05, 0.01), UP, "open"),
        (Target("absolute", 0.03, LATE), measured(0.05, 0.01), UP, "reached"),
        (Target("level", 0.70, LATE), measured(0.40, 0.01), UP, "open"),
        (Target("relative", -0.30, LATE), measured(-0.07, 0.005), DOWN, "reached"),
        (Target("relative", 0.30, LATE), measured(-0.07, 0.005), DOWN, "reached"),
        (Target("relative", -0.30, PAST), measured(-0.02, 0.005), DOWN, "missed"),
        (Target("relative", 0.15, LATE), inconclusive(), UP, "not_measurable"),
        (Target("relative", 0.15, LATE), None, UP, "not_measurable"),
    ],
)
def test_a_target_is_judged_with_its_deadline(
    target: Target, outcome: Any, definition: Any, verdict: str
) -> None:
    audit = target_of(target, outcome, definition=definition)
    assert audit.verdict == verdict
    assert audit.reason.code == f"target_is_{verdict}"


# P(effect ≥ τ) = .9 and .1 lie 1.2816 standard errors from the estimate of 0.05
@pytest.mark.parametrize(
    ("wanted", "deadline", "verdict"),
    [
        (0.05 - 0.01282, PAST, "reached"),
        (0.05 - 0.01281, PAST, "undecided"),
        (0.05 + 0.01281, PAST, "undecided"),
        (0.05 + 0.01282, PAST, "missed"),
        (0.05 - 0.01282, LATE, "reached"),
        (0.05 - 0.01281, LATE, "likely"),
        (0.0501, LATE, "open"),
        (0.05, date(2026, 4, 1), "likely"),
        (0.05, date(2026, 3, 31), "undecided"),
    ],
)
def test_every_bound_of_a_target(wanted: float, deadline: date, verdict: str) -> None:
    audit = target_of(Target("absolute", wanted, deadline), measured(0.05, 0.01))
    assert audit.verdict == verdict


def weekly(*gaps: float) -> Any:
    """An effect of so many post weeks with these gaps to the counterfactual of 0.20."""
    points = tuple(
        SeriesPoint(LIVE + timedelta(weeks=week), 0.20 + gap, 0.20) for week, gap in enumerate(gaps)
    )
    post = Window(LIVE, LIVE + timedelta(weeks=len(gaps)))
    mean = sum(gaps) / len(gaps)
    return replace(measured(mean, 0.005), series=points, post=post)


RISING = weekly(*([0.0] * 4), *([0.08] * 8))
FALLING = weekly(*([0.08] * 4), *([-0.06] * 8))


@pytest.mark.parametrize(
    ("outcome", "deadline", "verdict"),
    [
        (RISING, LIVE + timedelta(days=1), "undecided"),
        (RISING, LIVE + timedelta(weeks=4) - timedelta(days=1), "reached_late"),
        (RISING, LIVE + timedelta(weeks=12) - timedelta(days=1), "reached"),
        (FALLING, LIVE + timedelta(weeks=4) - timedelta(days=1), "lost_again"),
        (FALLING, LIVE + timedelta(weeks=12) - timedelta(days=1), "missed"),
    ],
)
def test_data_after_the_deadline_do_not_reach_a_target(
    outcome: Any, deadline: date, verdict: str
) -> None:
    """A deadline one day after go-live had been reached on the data of the following months."""
    assert target_of(Target("absolute", 0.03, deadline), outcome).verdict == verdict


def test_a_target_reached_in_an_earlier_edition_stays_reached_or_is_lost_again() -> None:
    deadline = LIVE + timedelta(days=10)
    target = Target("absolute", 0.03, deadline)
    then = target_of(target, measured(0.05, 0.005), today=deadline)
    assert then.verdict == "reached"
    now = replace(measured(0.05, 0.005), post=Window(LIVE, LATE))
    assert target_of(target, now, earlier=(then,)).verdict == "reached"
    gone = replace(measured(0.0, 0.005), post=Window(LIVE, LATE))
    assert target_of(target, gone, earlier=(then,)).verdict == "lost_again"
    assert target_of(target, now).verdict == "undecided"


def test_fewer_periods_widen_the_interval() -> None:
    effect_then = until(RISING, LIVE + timedelta(weeks=3) - timedelta(days=1))
    assert effect_then is not None
    assert effect_then.estimate == pytest.approx(0.0, abs=1e-12)
    assert effect_then.standard_error == pytest.approx(0.005 * 2)
    assert until(RISING, LATE) is RISING


def test_the_probability_of_a_target_is_that_of_the_measured_change() -> None:
    # 0.05 / 0.20 = 25 % with a standard error of 5 points against a target of 20 %
    audit = target_of(Target("relative", 0.20, LATE), measured(0.05, 0.01))
    assert round(audit.probability or 0, 4) == 0.8413


def test_a_guardrail_limit_keeps_its_sign() -> None:
    limit = Target("relative", 0.05)
    inside = target_of(limit, measured(0.001, 0.001), definition=DOWN, role="guardrail")
    outside = target_of(limit, measured(0.05, 0.001), definition=DOWN, role="guardrail")
    assert (inside.verdict, outside.verdict) == ("reached", "open")


def test_a_level_can_be_judged_without_an_effect() -> None:
    seen = replace(inconclusive(), post_value=0.72, baseline_value=0.5)
    audit = target_of(Target("level", 0.70, LATE), seen)
    assert (audit.verdict, audit.probability) == ("reached", None)


def test_a_level_below_its_target_is_open() -> None:
    seen = replace(inconclusive(), post_value=0.4, baseline_value=0.5)
    assert target_of(Target("level", 0.5, LATE), seen).verdict == "open"


def test_targets_of_the_pool_stand_in_the_value() -> None:
    pool = (PoolMetric("visit_rate", "goal", Target("relative", 0.15, LATE)),)
    assert [audit.verdict for audit in valued(module(pool=pool)).targets] == ["reached"]


def test_a_target_of_a_change_knows_no_share_where_the_effect_has_none() -> None:
    """Over a counterfactual of nothing there is no relative change, before a deadline as after it."""
    points = tuple(
        SeriesPoint(LIVE + timedelta(days=30 * n), 0.05 * (n + 1), 0.0) for n in range(3)
    )
    bare = effect(relative=None, relative_lower=None, relative_upper=None, series=points)
    early = until(bare, LIVE + timedelta(days=65))
    assert early is not None
    assert early.estimate < bare.estimate
    assert (early.relative, early.relative_lower, early.relative_upper) == (None, None, None)


def test_a_level_without_an_effect_is_not_judged_back_to_its_deadline() -> None:
    """The level is of all days measured: whether it stood so on the deadline nobody knows."""
    target = Target("level", 0.3, deadline=date(2026, 2, 1))
    pooled = PoolMetric("visit_rate", "goal", target)
    level = replace(inconclusive(), post_value=0.35)
    audit = audit_target(pooled, target, UP, level, today=date(2026, 4, 1))
    assert audit.probability is None
    assert audit.verdict not in ("reached", "missed", "lost_again")

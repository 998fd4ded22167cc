"""What is said of customer lifetime value: its level, and a comparison where customers were drawn.

A lifetime value is a forecast from what has been bought so far. Without randomisation there is no honest
comparison (a fit before and a fit after see different customers), so the level stands alone.
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from roi_pipeline.domain.effects import (
    Consideration,
    Effect,
    Inconclusive,
    LifetimeFit,
    Outcome,
    Plan,
)
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.samples import PurchaseHistories
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.designs.randomised import (
    check_change_is_plausible,
    check_multiple_exposure,
    refusal,
)
from roi_pipeline.stats.effect import (
    Case,
    Question,
    Standing,
    effect_of,
    failed_finding,
    inconclusive,
)
from roi_pipeline.stats.inference import CONFIDENCE, t_interval
from roi_pipeline.stats.inference import refusal as missing
from roi_pipeline.stats.lifetime_level import FittedLifetime, fit_lifetime
from roi_pipeline.stats.sample_ratio import MIN_UNITS_PER_ARM, check_sample_ratio
from roi_pipeline.stats.two_sample import compare_levels

WEEKS_AHEAD = 52
MODERATE_CORRELATION = 0.3
NOT_RANDOMISED = Plan(
    None, (Consideration("randomised", is_chosen=False, reason=missing("no_hold_out")),)
)


def lifetime_outcome(case: Case) -> Outcome:
    """The comparison of the arms, else the level of everybody and why it is no effect."""
    histories = case.question.histories
    if histories is None:
        return _alone(case, missing("no_data"))
    fitted = fit_lifetime(histories.everybody, periods=WEEKS_AHEAD)
    fit = None if isinstance(fitted, Message) else _named("everybody", fitted)
    level = () if fit is None else (fit,)
    if histories.treated is None or histories.comparison is None:
        return _alone(
            case, fitted if isinstance(fitted, Message) else _without_comparison(fitted), level
        )
    outcome = randomised_lifetime_value(
        histories.treated,
        histories.comparison,
        Question(case.module.id, case.question.metric.id, case.post, confidence=CONFIDENCE),
        periods=WEEKS_AHEAD,
        planned_share=histories.planned_share,
        assigned_to_both=histories.assigned_to_both,
    )
    if isinstance(outcome, Inconclusive) and fit is not None:
        outcome = replace(outcome, post_value=fit.value)
    return replace(outcome, lifetimes=level + outcome.lifetimes)


def _without_comparison(fitted: FittedLifetime) -> Message:
    """The level with its interval, and that there is nothing to compare it with."""
    fit = _named("everybody", fitted)
    return Message(
        "lifetime_value_has_no_comparison",
        {
            "n": fit.n_customers,
            "value": fit.value,
            "lower": fit.lower,
            "upper": fit.upper,
            "periods": fit.weeks_ahead,
        },
    )


def lifetime_notes(outcomes: Iterable[Outcome]) -> tuple[Message, ...]:
    """Level, interval and both models of every group a lifetime value was fitted to."""
    return tuple(_fit_note(fit) for outcome in outcomes for fit in outcome.lifetimes)


def _fit_note(fit: LifetimeFit) -> Message:
    code = (
        "lifetime_value_of_everybody"
        if fit.group == "everybody"
        else "lifetime_value_of_treated"
        if fit.group == "treated"
        else "lifetime_value_of_comparison"
    )
    return Message(
        code,
        {
            "n": fit.n_customers,
            "buyers": fit.n_repeat_buyers,
            "value": fit.value,
            "lower": fit.lower,
            "upper": fit.upper,
            "periods": fit.weeks_ahead,
            **{name: getattr(fit, name) for name in ("r", "alpha", "a", "b", "p", "q", "v")},
        },
    )


def _alone(case: Case, reason: Message, lifetimes: tuple[LifetimeFit, ...] = ()) -> Inconclusive:
    return Inconclusive(
        case.module.id,
        case.question.metric.id,
        reason,
        NOT_RANDOMISED,
        post_value=lifetimes[0].value if lifetimes else None,
        lifetimes=lifetimes,
    )


def _named(group: str, fitted: FittedLifetime) -> LifetimeFit:
    """The fit as it crosses to the report."""
    level, buys, worth = fitted.level, fitted.purchases, fitted.values
    interval = t_interval(level.value, level.standard_error, math.inf, CONFIDENCE)
    return LifetimeFit(
        group=group,
        n_customers=level.n,
        n_repeat_buyers=fitted.n_repeat_buyers,
        weeks_ahead=WEEKS_AHEAD,
        value=level.value,
        lower=interval.lower,
        upper=interval.upper,
        confidence=CONFIDENCE,
        r=buys.r,
        alpha=buys.alpha,
        a=buys.a,
        b=buys.b,
        purchases_log_likelihood=buys.log_likelihood,
        p=worth.p,
        q=worth.q,
        v=worth.v,
        values_log_likelihood=worth.log_likelihood,
        correlation=worth.correlation,
    )


def randomised_lifetime_value(
    treated: PurchaseHistories,
    comparison: PurchaseHistories,
    question: Question,
    *,
    periods: int,
    discount_rate: float = 0.0,
    planned_share: float | None = None,
    assigned_to_both: int = 0,
) -> Outcome:
    """Effect on mean lifetime value of randomised customers, grade A.

    Each arm has a fit of its own. It is a forecast from what has been bought so far; the report
    says so (`lifetime_value_is_ahead`).
    """
    n = (len(treated.frequency), len(comparison.frequency))
    subject = question.subject
    findings = _randomisation_findings(n, planned_share, assigned_to_both, periods, subject)
    fits: list[FittedLifetime] = []
    for histories in (treated, comparison):
        fitted = fit_lifetime(histories, periods=periods, discount_rate=discount_rate)
        if isinstance(fitted, Message):
            return inconclusive(question, fitted, findings)
        fits.append(fitted)
    named = (_named("treated", fits[0]), _named("comparison", fits[1]))
    findings += tuple(_check_independence(fit, subject) for fit in fits)
    result = compare_levels(
        fits[0].level, fits[1].level, confidence=question.confidence, scale=question.scale
    )
    if isinstance(result, Message):
        return replace(inconclusive(question, result, findings), lifetimes=named)
    findings += (check_change_is_plausible(result.relative, subject),)
    stop = next((finding for finding in findings if finding.stops), None)
    if stop is not None:
        refused = inconclusive(question, refusal(stop, result.estimate), findings)
        return replace(refused, lifetimes=named)
    standing = Standing(
        design="randomised",
        method="randomised_lifetime_value",
        grade="A",
        is_money_allowed=min(n) >= MIN_UNITS_PER_ARM,
        findings=findings,
    )
    effect: Effect = effect_of(result, question, standing)
    return replace(effect, lifetimes=named)


def _randomisation_findings(
    n: tuple[int, int], planned_share: float | None, in_both: int, periods: int, subject: str
) -> tuple[Finding, ...]:
    """What is known of the randomisation, and of a forecast, before anything is fitted."""
    return (
        check_sample_ratio(*n, planned_share=planned_share, subject=subject),
        check_multiple_exposure(in_both, sum(n), subject),
        failed_finding(
            "value_has_been_earned",
            subject,
            "note",
            Message("lifetime_value_is_ahead", {"periods": periods}),
        ),
    )


def _check_independence(fitted: FittedLifetime, subject: str) -> Finding:
    """The value model takes frequency and value to be unrelated."""
    correlation = fitted.values.correlation
    passed = abs(correlation) <= MODERATE_CORRELATION
    code = "value_is_unrelated" if passed else "value_moves_with_frequency"
    message = Message(code, {"correlation": correlation})
    return Finding("value_is_unrelated_to_frequency", subject, passed, "warn", message)

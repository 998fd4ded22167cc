"""Quantiles such as the 90th percentile of response time, from order statistics alone.

The database finds the quantile and the two order statistics around it; their distance gives the
variance. Events of one agent or customer resemble each other, which the cluster factor allows for.
"""

import math
from dataclasses import replace

from roi_pipeline.domain.effects import Outcome
from roi_pipeline.domain.samples import QuantileArms, QuantileSample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.designs.randomised import (
    check_change_is_plausible,
    check_multiple_exposure,
    refusal,
)
from roi_pipeline.stats.effect import Question, Standing, effect_of, inconclusive
from roi_pipeline.stats.inference import CONFIDENCE, Comparison, Scale, critical_value
from roi_pipeline.stats.ratio import MIN_UNITS, Level, level_of
from roi_pipeline.stats.sample_ratio import MIN_UNITS_PER_ARM, check_sample_ratio
from roi_pipeline.stats.two_sample import compare_levels

BOUND_Z = critical_value(CONFIDENCE)
MOST_EVENTS = 1e15  # a level so extreme that no data could tell


def bound_indexes(n: int, quantile: float, *, z: float = BOUND_Z) -> tuple[int, int]:
    """Positions, from 1, of the order statistics around a quantile: `n(ν ± z√(ν(1−ν)/n))`.

    >>> bound_indexes(1000, 0.5)
    (469, 531)
    """
    margin = z * math.sqrt(quantile * (1 - quantile) / n)
    lower = max(1, math.floor(n * (quantile - margin)))
    return lower, min(n, math.ceil(n * (quantile + margin)))


def quantile_level(sample: QuantileSample, *, arm: str = "") -> Level | Message:
    """The quantile with its variance `(n*/n)·(n−1)·((q_U − q_L) ÷ 2z)² ÷ n`, times the cluster part.

    Deng, Knoblich & Lu (2018), https://arxiv.org/abs/1803.06336; Yao, Li & Lu (2024).
    """
    problem = _no_inference(sample, arm)
    if problem is not None:
        return problem
    spread = (sample.upper - sample.lower) / (2 * sample.z)
    bounds = sample.n if sample.n_bounds is None else sample.n_bounds
    variance = bounds / sample.n * (sample.n - 1) * spread * spread / sample.n
    if sample.indicator is None:
        return Level(sample.value, variance, sample.n)
    share = level_of(sample.indicator, arm=arm)
    if isinstance(share, Message):
        return share
    expected = sample.quantile * (1 - sample.quantile) / sample.n
    if not share.variance > 0:
        return Message("quantile_bounds_collapse", {"quantile": sample.quantile, "arm": arm})
    return Level(sample.value, variance * share.variance / expected, sample.indicator.n)


def _no_inference(sample: QuantileSample, arm: str) -> Message | None:
    """Why the quantile has no interval, or None when it has one."""
    level = sample.quantile
    if not 0 < level < 1:
        return Message("quantile_is_not_inside", {"quantile": level})
    if sample.n < MIN_UNITS:
        return Message("too_few_units", {"n": sample.n, "needed": MIN_UNITS, "arm": arm})
    figures = (sample.value, sample.lower, sample.upper, sample.z)
    if not all(map(math.isfinite, figures)) or not sample.z > 0:
        return Message("values_not_finite", {"arm": arm})
    square = sample.z * sample.z
    needed = min(square * max(level / (1 - level), (1 - level) / level), MOST_EVENTS)
    bounds = sample.n if sample.n_bounds is None else min(sample.n, sample.n_bounds)
    if bounds <= needed:
        values = {"n": bounds, "needed": math.floor(needed) + 1, "quantile": level, "arm": arm}
        return Message("too_few_events_for_quantile", values)
    if not sample.upper > sample.lower:
        return Message("quantile_bounds_collapse", {"quantile": level, "arm": arm})
    return None


def compare_quantiles(
    treated: QuantileSample,
    comparison: QuantileSample,
    *,
    confidence: float = 0.95,
    scale: Scale = "linear",
) -> Comparison | Message:
    """Difference of the same quantile between two arms."""
    if treated.quantile != comparison.quantile:
        return Message(
            "quantiles_differ", {"treated": treated.quantile, "comparison": comparison.quantile}
        )
    first = quantile_level(treated, arm="treated")
    if isinstance(first, Message):
        return first
    second = quantile_level(comparison, arm="comparison")
    if isinstance(second, Message):
        return second
    return compare_levels(first, second, confidence=confidence, scale=scale)


def randomised_quantile(arms: QuantileArms, question: Question) -> Outcome:
    """Effect on a quantile of randomised units. There is no adjustment for quantiles."""
    findings = (
        check_sample_ratio(*arms.units, planned_share=arms.planned_share, subject=question.subject),
        check_multiple_exposure(arms.assigned_to_both, sum(arms.units), question.subject),
    )
    comparison = compare_quantiles(
        arms.treated, arms.comparison, confidence=question.confidence, scale=question.scale
    )
    if isinstance(comparison, Message):
        return inconclusive(question, comparison, findings)
    findings += (check_change_is_plausible(comparison.relative, question.subject),)
    stop = next((finding for finding in findings if finding.stops), None)
    if stop is not None:
        return inconclusive(question, refusal(stop, comparison.estimate), findings)
    indicators = (arms.treated.indicator, arms.comparison.indicator)
    clusters = [indicator.n for indicator in indicators if indicator is not None]
    standing = Standing(
        design="randomised",
        method="randomised_quantile",
        grade="A",
        is_money_allowed=min(arms.units) >= MIN_UNITS_PER_ARM,
        n_clusters=sum(clusters) if len(clusters) == len(indicators) else None,
        findings=findings,
    )
    effect = effect_of(comparison, question, standing)
    return replace(effect, n_units=sum(arms.units), n_treated=arms.units[0])

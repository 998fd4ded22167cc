"""Offered is not used: take-up of a randomised offer and the effect on those who complied with it.

The offer is the instrument (Imbens & Angrist 1994, https://doi.org/10.2307/2951620). The comparison
of `Y − β·D` between the arms, by the kernel that compares Y, is at once two-stage least squares (the β
at which it is zero) and Anderson & Rubin's test (1949, https://doi.org/10.1214/aoms/1177730090) of any
β: clusters, covariates in both stages and the variance rule are those of the offer's own effect.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from roi_pipeline.domain.effects import OfferAndUse, SelfSelected, SelfSelectedKind
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.samples import ArmSamples, Sample, UserSamples
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import Comparison, critical_value
from roi_pipeline.stats.ratio import RATIO
from roi_pipeline.stats.two_sample import VarianceRule, compare_samples

USED = "used"
STRONG_FIRST_STAGE = 10.0

Compare = Callable[[ArmSamples], Comparison | Message]
Shape = Literal["bounded", "outside", "unbounded"]


class _Stages(NamedTuple):
    """Effect of the offer on the outcome and on use, with their noise.

    Attributes:
        error: of the outcome less the complier effect times use, as is `df`.
    """

    outcome: float
    use: float
    variances: tuple[float, float]
    covariance: float
    error: float
    df: float


def offer_and_use(
    arms: ArmSamples, compare: Compare, *, variance: VarianceRule, confidence: float
) -> OfferAndUse | None:
    """Take-up and complier effect of randomised arms; None where use is not known.

    Args:
        arms: samples that hold `used` beside numerator and denominator.
        compare: the offer's comparison on the linear scale, with its covariates.
        variance: of the comparisons of users with others.
        confidence: of every interval.
    """
    if arms.use is None or USED not in arms.treated.names:
        return None
    first = compare(_weighted(arms, 0.0, 1.0))
    take_up = _difference_in_use(arms)
    ends = (take_up, take_up)
    strength: float | None = None
    if isinstance(first, Comparison):
        take_up, ends = first.estimate, (first.lower, first.upper)
        strength = (first.estimate / first.standard_error) ** 2
    counts = arms.use.counts
    found = OfferAndUse(
        *counts, take_up, *ends, strength,
        is_one_sided=counts[3] == 0, confidence=confidence,
        self_selected=_self_selected(arms.use, variance, confidence),
    )  # fmt: skip
    if take_up <= 0:
        return replace(found, reason=Message("offer_did_not_raise_use", {"take_up": take_up}))
    stages = _stages(arms, compare, first, take_up)
    if isinstance(stages, Message):
        return replace(found, reason=stages)
    return _with_complier_effect(found, stages)


def _weighted(arms: ArmSamples, outcome: float, use: float) -> ArmSamples:
    """The arms with `outcome`·numerator + `use`·used as what is compared."""
    treated, comparison = (
        _combined(sample, outcome, use) for sample in (arms.treated, arms.comparison)
    )
    return replace(arms, treated=treated, comparison=comparison)


def _combined(sample: Sample, outcome: float, use: float) -> Sample:
    weights = np.eye(len(sample.names))
    place = sample.names.index(RATIO[0])
    weights[place, place] = outcome
    weights[place, sample.names.index(USED)] = use
    means = weights @ np.asarray(sample.means)
    spread = weights @ np.asarray(sample.covariances) @ weights.T
    return replace(
        sample,
        means=tuple(float(value) for value in means),
        covariances=tuple(tuple(float(value) for value in row) for row in spread),
    )


def _difference_in_use(arms: ArmSamples) -> float:
    """Share of use by arm, where it has no noise."""
    treated, comparison = (
        sample.mean(USED) / sample.mean(RATIO[1]) for sample in (arms.treated, arms.comparison)
    )
    return treated - comparison


def _stages(
    arms: ArmSamples, compare: Compare, first: Comparison | Message, take_up: float
) -> _Stages | Message:
    outcome = compare(arms)
    if isinstance(outcome, Message):
        return outcome
    effect = outcome.estimate / take_up
    left = compare(_weighted(arms, 1.0, -effect))
    if isinstance(left, Message):
        return left
    if isinstance(first, Message):
        return _Stages(
            outcome.estimate, take_up, (outcome.standard_error**2, 0.0), 0.0,
            left.standard_error, left.degrees_of_freedom,
        )  # fmt: skip
    # the covariance follows from the variance of any combination; this one weighs both alike
    times = outcome.standard_error / first.standard_error
    both = compare(_weighted(arms, 1.0, times))
    if isinstance(both, Message):
        return both
    own, of_use = outcome.standard_error**2, first.standard_error**2
    covariance = (both.standard_error**2 - own - times * times * of_use) / (2 * times)
    return _Stages(
        outcome.estimate, take_up, (own, of_use), covariance,
        left.standard_error, left.degrees_of_freedom,
    )  # fmt: skip


def _with_complier_effect(found: OfferAndUse, stages: _Stages) -> OfferAndUse:
    """The complier effect: Student's interval, or Anderson & Rubin's where the first stage is weak."""
    effect, error = stages.outcome / stages.use, stages.error / stages.use
    margin = critical_value(found.confidence, stages.df)
    found = replace(found, estimate=effect, standard_error=error)
    if found.first_stage_f is None or found.first_stage_f >= STRONG_FIRST_STAGE:
        return replace(found, lower=effect - margin * error, upper=effect + margin * error)
    lower, upper, shape = anderson_rubin(
        (stages.outcome, stages.use), stages.variances, stages.covariance, margin
    )
    return replace(found, lower=lower, upper=upper, shape=shape, interval_method="anderson_rubin")


def anderson_rubin(
    stages: tuple[float, float], variances: tuple[float, float], covariance: float, margin: float
) -> tuple[float | None, float | None, Shape]:
    """Every β that `(a − βb)² ≤ margin²·Var(a − βb)` does not reject.

    >>> tuple(round(end, 4) for end in anderson_rubin((2.0, 1.0), (0.01, 0.0), 0.0, 2.0)[:2])
    (1.8, 2.2)
    >>> anderson_rubin((0.1, 0.1), (1.0, 1.0), 0.0, 2.0)
    (None, None, 'unbounded')
    >>> anderson_rubin((3.0, 0.1), (1.0, 1.0), 0.0, 2.0)[2]
    'outside'
    """
    outcome, use = stages
    square = margin * margin
    second = use * use - square * variances[1]
    half = outcome * use - square * covariance
    constant = outcome * outcome - square * variances[0]
    root = half * half - second * constant
    if second == 0 or root < 0:
        return None, None, "unbounded"
    ends = sorted((half + sign * math.sqrt(root)) / second for sign in (-1, 1))
    if second > 0:
        return ends[0], ends[1], "bounded"
    return ends[1], ends[0], "outside"


def _self_selected(
    use: UserSamples, variance: VarianceRule, confidence: float
) -> tuple[SelfSelected, ...]:
    """Users against others: shown, because everybody computes it, with why it is no effect."""
    chosen, all_chose = (
        Message("per_protocol_is_self_selected"),
        Message("users_against_non_users_is_self_selected"),
    )
    pairs: tuple[tuple[SelfSelectedKind, Sample | None, Sample | None, Message], ...] = (
        ("per_protocol", use.offered_users, use.held_out_non_users, chosen),
        ("users_against_non_users", use.users, use.non_users, all_chose),
    )
    found: list[SelfSelected] = []
    for kind, users, others, reason in pairs:
        if users is None or others is None:
            continue
        result = compare_samples(users, others, confidence=confidence, variance=variance)
        if isinstance(result, Comparison):
            ends = (result.estimate, result.lower, result.upper)
            found.append(SelfSelected(kind, users.n, others.n, *ends, "D", reason))
    return tuple(found)


def offer_finding(found: OfferAndUse, subject: str) -> Finding:
    """Warns when the offer hardly changed use: the complier effect is then known badly."""
    strength = found.first_stage_f
    is_strong = found.take_up > 0 and (strength is None or strength >= STRONG_FIRST_STAGE)
    code = "first_stage_is_strong" if is_strong else "first_stage_is_weak"
    message = Message(
        code, {"take_up": found.take_up, "f": strength or 0.0, "needed": STRONG_FIRST_STAGE}
    )
    return Finding("offer_changed_use", subject, is_strong, "warn", message)

"""Randomised units: the strongest design, grade A, unless its own checks fail the randomisation.

Compares the arms after checking that they have the planned sizes, that no unit was in both and that
they were alike before. A check that stops takes the design out; the others travel as findings.
"""

from dataclasses import dataclass, replace

from roi_pipeline.domain.effects import Effect, OfferAndUse, Outcome
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.samples import ArmSamples, Sample
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.stats.adjustment import BASELINE_METRIC, SlopeRule, compare_adjusted
from roi_pipeline.stats.effect import Question, Standing, effect_of, failed_finding, inconclusive
from roi_pipeline.stats.inference import Comparison
from roi_pipeline.stats.offer import USED, offer_and_use, offer_finding
from roi_pipeline.stats.ratio import BASELINE_RATIO, RATIO, check_sample, level_of
from roi_pipeline.stats.sample_ratio import CHECK as SAMPLE_RATIO_CHECK
from roi_pipeline.stats.sample_ratio import MIN_UNITS_PER_ARM, check_sample_ratio
from roi_pipeline.stats.two_sample import VarianceRule, compare_levels, compare_samples

IMBALANCE_P = 0.001
MULTIPLE_EXPOSURE_SHARE = 0.01
MULTIPLE_EXPOSURE_UNITS = 10
SUSPICIOUS_CHANGE = 0.5
MINIMUM_TOTAL = 150
WHOLE = 1e-9


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What the comparison is adjusted on, declared before results are looked at.

    Attributes:
        use_baseline: the same metric in the baseline window (CUPED).
        covariates: declared columns, for regression adjustment.
        variance: `unequal` is Welch; `pooled` is ordinary least squares, as published tables of
            older trials have it.
        slope: see `compare_adjusted`.
    """

    use_baseline: bool = False
    covariates: tuple[str, ...] = ()
    variance: VarianceRule = "unequal"
    slope: SlopeRule = "optimal"


PLAIN = Adjustment()


def randomised(arms: ArmSamples, question: Question, *, adjustment: Adjustment = PLAIN) -> Outcome:
    """Effect of the module on randomised units, grade A, or why the randomisation cannot be trusted.

    The unit of both samples is the unit of assignment; where clusters were assigned, the samples
    hold one row per cluster.
    """
    problem = _check_arms(arms)
    if problem is not None:
        return inconclusive(question, problem)
    findings = randomisation_findings(arms, question.subject)
    comparison = _compare(arms, question, adjustment)
    if isinstance(comparison, Message):
        return inconclusive(question, comparison, findings)
    findings += _result_findings(arms, comparison, adjustment, question.subject)
    use = _use(arms, question, adjustment)
    findings += (offer_finding(use, question.subject),) if use else ()
    stop = next((finding for finding in findings if finding.stops), None)
    if stop is not None:
        return inconclusive(question, refusal(stop, comparison.estimate), findings)
    return replace(_effect(arms, comparison, question, findings), use=use)


def _use(arms: ArmSamples, question: Question, adjustment: Adjustment) -> OfferAndUse | None:
    """What use of the offer adds; on the linear scale, whose differences can be divided."""
    linear = replace(question, scale="linear")
    return offer_and_use(
        arms,
        lambda changed: _compare(changed, linear, adjustment),
        variance=adjustment.variance,
        confidence=question.confidence,
    )


def _check_arms(arms: ArmSamples) -> Message | None:
    """Why the two samples cannot be compared at all."""
    for name, sample in (("treated", arms.treated), ("comparison", arms.comparison)):
        problem = check_sample(sample, name)
        if problem is not None:
            return problem
    sizes = (arms.treated.n, arms.comparison.n)
    if arms.clusters is not None and arms.clusters != sizes:
        return Message(
            "sample_is_not_per_cluster", {"n": sum(sizes), "clusters": sum(arms.clusters)}
        )
    return None


def _compare(arms: ArmSamples, question: Question, adjustment: Adjustment) -> Comparison | Message:
    """The difference between the arms, adjusted as declared."""
    baseline = (BASELINE_METRIC,) if adjustment.use_baseline else ()
    covariates = (*baseline, *adjustment.covariates)
    if not covariates:
        return compare_samples(
            arms.treated,
            arms.comparison,
            confidence=question.confidence,
            variance=adjustment.variance,
            scale=question.scale,
        )
    return compare_adjusted(
        arms.treated,
        arms.comparison,
        covariates=covariates,
        confidence=question.confidence,
        variance=adjustment.variance,
        scale=question.scale,
        slope=adjustment.slope,
    )


def _effect(
    arms: ArmSamples, comparison: Comparison, question: Question, findings: tuple[Finding, ...]
) -> Effect:
    """The outcome of a randomisation that passed its checks."""
    level = level_of(arms.treated, names=BASELINE_RATIO)
    standing = Standing(
        design="randomised",
        method="randomised",
        grade="A",
        is_money_allowed=min(comparison.n) >= MIN_UNITS_PER_ARM,
        n_clusters=None if arms.clusters is None else sum(arms.clusters),
        baseline_value=None if isinstance(level, Message) else level.value,
        findings=findings,
    )
    return effect_of(comparison, question, standing)


def refusal(stop: Finding, estimate: float) -> Message:
    """Why the randomisation is not trusted, with the difference that is therefore no effect."""
    code = "refused_for_arm_sizes"
    if stop.check != SAMPLE_RATIO_CHECK:
        is_metric = stop.message.code == "metric_differed_before"
        code = "refused_for_metric_before" if is_metric else "refused_for_covariate_before"
    return Message(code, {**stop.message.values, "estimate": estimate})


def randomisation_findings(arms: ArmSamples, subject: str) -> tuple[Finding, ...]:
    """Checks of the randomisation: sizes, units in both arms, balance before the start."""
    return (
        check_sample_ratio(
            arms.treated.n, arms.comparison.n, planned_share=arms.planned_share, subject=subject
        ),
        check_multiple_exposure(arms.assigned_to_both, arms.treated.n + arms.comparison.n, subject),
        *_balance_findings(arms, subject),
    )


def check_multiple_exposure(in_both: int, in_one: int, subject: str) -> Finding:
    """More than 1 % of the units, and at least 10, seen in both arms is a warning."""
    total = in_both + in_one
    share = in_both / total if total else 0.0
    is_many = share > MULTIPLE_EXPOSURE_SHARE and in_both >= MULTIPLE_EXPOSURE_UNITS
    code = "units_in_both_arms" if in_both else "no_units_in_both_arms"
    message = Message(code, {"n": in_both, "share": share})
    return Finding("no_unit_is_in_both_arms", subject, not is_many, "warn", message)


def _balance_findings(arms: ArmSamples, subject: str) -> tuple[Finding, ...]:
    """One finding per quantity known before the start; a note when there is none."""
    treated, comparison = arms.treated, arms.comparison
    reserved = {*RATIO, *BASELINE_RATIO, USED}
    names = [name for name in treated.names if name in comparison.names and name not in reserved]
    findings = [_check_covariate(treated, comparison, name, subject) for name in names]
    before = tuple(level_of(sample, names=BASELINE_RATIO) for sample in (treated, comparison))
    first, second = before
    if not isinstance(first, Message) and not isinstance(second, Message):
        result = compare_levels(first, second)
        findings.insert(0, _balance(result, BASELINE_METRIC, subject, first.value, second.value))
    if not findings:
        message = Message("nothing_is_known_before")
        return (failed_finding("arms_were_alike_before", subject, "note", message),)
    return tuple(findings)


def _check_covariate(treated: Sample, comparison: Sample, name: str, subject: str) -> Finding:
    """Likeness of the arms on the mean of one declared column."""
    result = compare_samples(
        _mean_of(treated, name), _mean_of(comparison, name), names=("covariate", "one")
    )
    return _balance(result, name, subject, treated.mean(name), comparison.mean(name))


def _mean_of(sample: Sample, name: str) -> Sample:
    """The one column as a mean."""
    spread = sample.covariance(name, name)
    return Sample(
        sample.n, ("covariate", "one"), (sample.mean(name), 1.0), ((spread, 0.0), (0.0, 0.0))
    )


def _balance(
    result: Comparison | Message, name: str, subject: str, treated: float, comparison: float
) -> Finding:
    """Stops when the arms differed before the start by more than chance can explain."""
    check = "arms_were_alike_before"
    values: dict[str, MessageValue] = {"treated": treated, "comparison": comparison}
    if name != BASELINE_METRIC:
        values["covariate"] = name
    if isinstance(result, Message):
        differs = treated != comparison
        values["p_value"] = 0.0 if differs else 1.0
    else:
        differs = result.p_value < IMBALANCE_P
        values["p_value"] = result.p_value
    if name == BASELINE_METRIC:
        code = "metric_differed_before" if differs else "metric_was_alike_before"
    else:
        code = "covariate_differed_before" if differs else "covariate_was_alike_before"
    return Finding(check, subject, not differs, "stop", Message(code, values))


def _result_findings(
    arms: ArmSamples, comparison: Comparison, adjustment: Adjustment, subject: str
) -> tuple[Finding, ...]:
    """Checks that need the result: sizes, totals, plausibility, whether adjustment was possible."""
    findings = [
        check_change_is_plausible(comparison.relative, subject),
        *_check_total(arms, subject),
        _check_units(arms, subject),
    ]
    if adjustment.use_baseline or adjustment.covariates:
        findings.append(_adjustment_finding(comparison.adjusted_on, subject))
    return tuple(findings)


def _adjustment_finding(adjusted_on: tuple[str, ...], subject: str) -> Finding:
    """What the comparison was adjusted on, or that nothing could be used."""
    columns = ", ".join(name for name in adjusted_on if name != BASELINE_METRIC)
    code = "nothing_to_adjust_on"
    if adjusted_on:
        code = "adjusted_on_columns" if columns else "adjusted_on_baseline"
    if columns and BASELINE_METRIC in adjusted_on:
        code = "adjusted_on_baseline_and_columns"
    message = Message(code, {"columns": columns})
    return Finding("adjustment_was_possible", subject, bool(adjusted_on), "note", message)


def check_change_is_plausible(relative: float | None, subject: str) -> Finding:
    """A change above 50 % has to be reviewed."""
    is_plausible = relative is None or abs(relative) <= SUSPICIOUS_CHANGE
    code = "change_is_of_usual_size" if is_plausible else "change_is_suspiciously_large"
    message = Message(code, {"relative": relative, "limit": SUSPICIOUS_CHANGE})
    return Finding("change_is_plausible", subject, is_plausible, "warn", message)


def _check_total(arms: ArmSamples, subject: str) -> tuple[Finding, ...]:
    """Fewer than 150 counted events in both arms make any share unsteady.

    A total that is no whole number counts nothing: in another unit it would be another.
    """
    total = sum(abs(sample.mean(RATIO[0])) * sample.n for sample in (arms.treated, arms.comparison))
    if abs(total - round(total)) > WHOLE * max(1.0, total):
        return ()
    is_enough = total >= MINIMUM_TOTAL
    code = "total_is_enough" if is_enough else "total_is_small"
    message = Message(code, {"total": total, "needed": MINIMUM_TOTAL})
    return (Finding("metric_total_is_enough", subject, is_enough, "warn", message),)


def _check_units(arms: ArmSamples, subject: str) -> Finding:
    """Below 8 units in an arm the figure is shown and carries no money."""
    fewest = min(arms.treated.n, arms.comparison.n)
    is_enough = fewest >= MIN_UNITS_PER_ARM
    message = Message(
        "units_per_arm_are_enough" if is_enough else "units_per_arm_are_few",
        {"n": fewest, "needed": MIN_UNITS_PER_ARM},
    )
    return Finding("units_per_arm_are_enough", subject, is_enough, "warn", message)

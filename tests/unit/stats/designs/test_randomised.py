"""Comparisons drawn by lot: the effect, and the checks that can refuse it."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.samples import ArmSamples, Sample
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.designs.randomised import Adjustment, randomised
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.inference import minimum_detectable_effect

NAMES = ("numerator", "denominator", "numerator_baseline", "denominator_baseline", "age")
QUESTION = Question("smart_invitation", "visit_rate", Window(date(2026, 1, 1), date(2026, 2, 1)))


def drawn(
    seed: int, n: int, *, effect: float = 0.0, before: float = 0.0, level: float = 10
) -> Sample:
    random = np.random.default_rng(seed)
    age = random.normal(40, 10, n)
    earlier = random.normal(level + before, 2, n)
    values = np.array([earlier + random.normal(effect, 1, n), np.ones(n), earlier, np.ones(n), age])
    return Sample(n, NAMES, tuple(values.mean(axis=1)), tuple(tuple(row) for row in np.cov(values)))


ARMS = ArmSamples(drawn(1, 500, effect=0.8), drawn(2, 500), planned_share=0.5)


def effect_of(arms: ArmSamples, **options: object) -> Effect:
    outcome = randomised(arms, QUESTION, **options)  # type: ignore[arg-type]
    assert isinstance(outcome, Effect), outcome
    return outcome


def refused(arms: ArmSamples) -> Inconclusive:
    outcome = randomised(arms, QUESTION)
    assert isinstance(outcome, Inconclusive), outcome
    return outcome


def finding(outcome: Effect | Inconclusive, check: str) -> Finding:
    return next(found for found in outcome.findings if found.check == check)


def test_a_sound_lot_gives_a_grade_a_effect_with_all_its_figures() -> None:
    effect = effect_of(ARMS)
    assert (effect.grade, effect.design, effect.method) == ("A", "randomised", "randomised")
    assert effect.lower < effect.estimate < effect.upper
    assert effect.is_clear
    assert (effect.n_units, effect.n_treated, effect.n_clusters) == (1000, 500, None)
    assert effect.baseline_value == pytest.approx(ARMS.treated.mean("numerator_baseline"))
    assert effect.post_value is not None
    assert effect.counterfactual_value is not None
    assert effect.post_value - effect.counterfactual_value == pytest.approx(effect.estimate)
    assert effect.degrees_of_freedom is not None
    expected = minimum_detectable_effect(effect.standard_error, effect.degrees_of_freedom)
    assert effect.smallest_detectable == pytest.approx(expected)
    assert effect.is_money_allowed
    assert effect.plan.design == "randomised"
    assert all(found.passed for found in effect.findings)
    assert {found.subject for found in effect.findings} == {"smart_invitation.visit_rate"}


def test_adjustment_is_declared_and_reported() -> None:
    plain = effect_of(ARMS)
    cuped = effect_of(ARMS, adjustment=Adjustment(use_baseline=True))
    both = effect_of(ARMS, adjustment=Adjustment(use_baseline=True, covariates=("age",)))
    columns = effect_of(ARMS, adjustment=Adjustment(covariates=("age",)))
    assert cuped.standard_error < 0.6 * plain.standard_error
    codes = [
        finding(effect, "adjustment_was_possible").message.code for effect in (cuped, both, columns)
    ]
    assert codes == [
        "adjusted_on_baseline",
        "adjusted_on_baseline_and_columns",
        "adjusted_on_columns",
    ]
    assert both.details["adjusted_on"] == "baseline_metric, age"
    assert plain.details["adjusted_on"] is None


def test_an_adjustment_that_cannot_be_made_is_noted() -> None:
    arms = ArmSamples(mean_sample(100, 5.0), mean_sample(100, 5.1), planned_share=0.5)
    effect = effect_of(arms, adjustment=Adjustment(use_baseline=True))
    found = finding(effect, "adjustment_was_possible")
    assert (found.passed, found.message.code) == (False, "nothing_to_adjust_on")


def mean_sample(n: int, mean: float, variance: float = 1.0) -> Sample:
    return Sample(n, NAMES[:2], (mean, 1.0), ((variance, 0.0), (0.0, 0.0)))


def test_broken_sizes_refuse_the_lot() -> None:
    outcome = refused(replace(ARMS, treated=drawn(1, 900), comparison=drawn(2, 600)))
    assert outcome.reason.code == "refused_for_arm_sizes"
    assert "estimate" in outcome.reason.values
    assert finding(outcome, "arms_have_the_planned_share").stops


def test_a_metric_that_differed_before_refuses_the_lot() -> None:
    outcome = refused(replace(ARMS, treated=drawn(1, 500, before=1.0)))
    assert outcome.reason.code == "refused_for_metric_before"
    assert outcome.plan is not None


def test_a_covariate_that_differed_before_refuses_the_lot() -> None:
    older = drawn(1, 500)
    older = replace(older, means=(*older.means[:4], 45.0))
    outcome = refused(replace(ARMS, treated=older))
    assert outcome.reason.code == "refused_for_covariate_before"
    assert outcome.reason.values["covariate"] == "age"


def with_column(sample: Sample, value: float) -> Sample:
    grown = tuple((*row, 0.0) for row in sample.covariances)
    return Sample(
        sample.n,
        (*sample.names, "is_new"),
        (*sample.means, value),
        (*grown, (0.0,) * (len(sample.names) + 1)),
    )


def test_a_constant_covariate_is_alike_when_equal_and_refuses_when_not() -> None:
    treated, comparison = with_column(ARMS.treated, 1.0), with_column(ARMS.comparison, 1.0)
    assert effect_of(replace(ARMS, treated=treated, comparison=comparison)).is_clear
    other = with_column(ARMS.comparison, 0.0)
    assert refused(replace(ARMS, treated=treated, comparison=other)).reason.values["p_value"] == 0.0


def test_nothing_known_before_is_noted_not_passed() -> None:
    effect = effect_of(ArmSamples(mean_sample(100, 5.5), mean_sample(100, 5.0)))
    found = finding(effect, "arms_were_alike_before")
    assert (found.passed, found.severity) == (False, "note")
    assert effect.baseline_value is None


@pytest.mark.parametrize(
    ("in_both", "passed", "code"),
    [
        (0, True, "no_units_in_both_arms"),
        (9, True, "units_in_both_arms"),
        (10, True, "units_in_both_arms"),
        (11, False, "units_in_both_arms"),
    ],
)
def test_more_than_one_percent_and_ten_units_in_both_arms_warn(
    *, in_both: int, passed: bool, code: str
) -> None:
    found = finding(effect_of(replace(ARMS, assigned_to_both=in_both)), "no_unit_is_in_both_arms")
    assert (found.passed, found.severity, found.message.code) == (passed, "warn", code)


def test_ten_units_must_be_in_both_arms_before_a_small_study_warns() -> None:
    arms = ArmSamples(mean_sample(50, 5.5), mean_sample(50, 5.0), assigned_to_both=9)
    assert finding(effect_of(arms), "no_unit_is_in_both_arms").passed


def test_a_change_above_half_asks_for_a_second_look() -> None:
    arms = ArmSamples(mean_sample(100, 8.0), mean_sample(100, 5.0))
    found = finding(effect_of(arms), "change_is_plausible")
    assert (found.passed, found.severity) == (False, "warn")


def test_a_small_total_warns() -> None:
    arms = ArmSamples(mean_sample(500, 0.1, 0.09), mean_sample(500, 0.12, 0.1))
    found = finding(effect_of(arms), "metric_total_is_enough")
    assert (found.passed, found.message.values["total"]) == (False, pytest.approx(110))


def test_a_total_that_is_no_whole_number_counts_nothing() -> None:
    """Rescaling an outcome changes no warning of it."""
    arms = ArmSamples(mean_sample(50, 1.013), mean_sample(50, 0.988))
    checks = {each.check for each in effect_of(arms).findings}
    assert "change_is_plausible" in checks
    assert "metric_total_is_enough" not in checks


def test_few_units_are_shown_without_money() -> None:
    effect = effect_of(ArmSamples(mean_sample(7, 8.0), mean_sample(9, 5.0)))
    assert not effect.is_money_allowed
    assert not finding(effect, "units_per_arm_are_enough").passed


def test_clusters_are_the_units_of_both_samples() -> None:
    arms = replace(ARMS, clusters=(500, 500))
    assert effect_of(arms).n_clusters == 1000
    per_row = replace(ARMS, clusters=(25, 25))
    assert refused(per_row).reason.code == "sample_is_not_per_cluster"


def test_one_unit_is_inconclusive() -> None:
    assert refused(replace(ARMS, treated=mean_sample(1, 5.0))).reason.code == "too_few_units"


def test_a_constant_metric_is_inconclusive_and_keeps_the_lots_findings() -> None:
    outcome = refused(ArmSamples(mean_sample(100, 5.0, 0.0), mean_sample(100, 5.0, 0.0)))
    assert outcome.reason.code == "metric_is_constant"
    assert outcome.findings


def test_the_log_scale_is_asked_for_by_the_question() -> None:
    outcome = randomised(ARMS, replace(QUESTION, scale="log"))
    assert isinstance(outcome, Effect)
    assert outcome.details["scale"] == "log"

"""Incremental lift, placebo windows, interactions, durable outcomes."""

import math

import numpy as np
import pytest

from roi_pipeline.domain.attribution import ContactSamples, InteractionSamples
from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.inference import Comparison
from roi_pipeline.stats.lift import Lift, check_interaction, incremental_lift, interaction

NAMES = ("numerator", "denominator", "numerator_baseline")


def customers(seed: int, n: int, rate: float, before: float | None = 0.1) -> Sample:
    random = np.random.default_rng(seed)
    actions = random.integers(1, 5, n).astype(float)
    columns = [random.binomial(actions.astype(int), rate), actions]
    if before is not None:
        columns.append(random.binomial(actions.astype(int), before))
    values = np.array(columns, dtype=float)
    return Sample(
        n,
        NAMES[: len(columns)],
        tuple(values.mean(axis=1)),
        tuple(tuple(row) for row in np.cov(values)),
    )


CONTACTED, HELD_OUT = customers(1, 3000, 0.2), customers(2, 1000, 0.12)


def lift_of(samples: ContactSamples, *, planned_share: float | None = None) -> Lift:
    lift = incremental_lift(samples, subject="m.visits", planned_share=planned_share)
    assert isinstance(lift, Lift), lift
    return lift


def test_lift_against_a_hold_out_is_grade_a_with_money() -> None:
    lift = lift_of(ContactSamples(CONTACTED, HELD_OUT, "holdout", 12, 3), planned_share=0.75)
    assert (lift.grade, lift.is_money_allowed) == ("A", True)
    assert lift.change is not None
    assert lift.change.lower < 0.08 < lift.change.upper
    assert lift.actions == pytest.approx(3000 * CONTACTED.mean("denominator"))
    assert lift.incremental_outcomes == pytest.approx(lift.change.estimate * lift.actions)
    assert lift.incremental_lower is not None
    assert lift.incremental_lower == pytest.approx(lift.change.lower * lift.actions)
    assert lift.incremental_outcomes < lift.gross_outcomes
    assert lift.placebo is not None
    assert lift.hidden_difference is None
    assert [finding.message.code for finding in lift.findings] == [
        "sample_ratio_holds",
        "placebo_window_is_quiet",
        "actions_counted",
    ]
    assert lift.findings[2].message.values == {"overlapping": 12, "immature": 3}


def test_a_lot_that_was_not_kept_is_no_grade_a_and_carries_no_money() -> None:
    samples = ContactSamples(CONTACTED, HELD_OUT, "holdout")
    broken = lift_of(samples, planned_share=0.7)
    assert (broken.grade, broken.is_money_allowed) == ("D", False)
    assert broken.findings[0].message.code == "sample_ratio_is_off"
    unplanned = lift_of(samples)
    assert (unplanned.grade, unplanned.is_money_allowed) == ("A", True)
    assert unplanned.findings[0].message.code == "sample_ratio_was_not_planned"


def test_customers_are_the_clusters_of_the_error() -> None:
    lift = lift_of(ContactSamples(CONTACTED, HELD_OUT, "holdout"))
    assert lift.change is not None
    assert lift.change.n == (3000, 1000)


def test_a_matched_comparison_with_a_quiet_placebo_is_grade_c_with_an_e_value() -> None:
    lift = lift_of(ContactSamples(CONTACTED, HELD_OUT, "matched"))
    assert (lift.grade, lift.is_money_allowed) == ("C", True)
    assert lift.hidden_difference is not None
    assert lift.hidden_difference.limit > 1


def test_a_matched_comparison_that_differed_before_carries_no_money() -> None:
    warm = customers(1, 3000, 0.2, before=0.16)
    lift = lift_of(ContactSamples(warm, HELD_OUT, "matched"))
    assert (lift.grade, lift.is_money_allowed) == ("D", False)
    assert lift.findings[0].message.code == "placebo_window_differs"
    assert lift_of(ContactSamples(warm, HELD_OUT, "holdout")).is_money_allowed


def test_a_missing_placebo_is_not_a_pass() -> None:
    blind = customers(1, 3000, 0.2, before=None)
    lift = lift_of(ContactSamples(blind, HELD_OUT, "matched"))
    assert (lift.grade, lift.is_money_allowed) == ("D", False)
    assert lift.placebo is None
    assert lift.findings[0].message.code == "placebo_window_is_missing"
    assert lift_of(ContactSamples(blind, HELD_OUT, "holdout")).findings[0].severity == "note"


def test_without_a_comparison_it_is_gross_and_worth_nothing() -> None:
    for samples in (
        ContactSamples(CONTACTED, None, "none"),
        ContactSamples(CONTACTED, None, "matched"),
        ContactSamples(CONTACTED, HELD_OUT, "none"),
    ):
        lift = lift_of(samples)
        assert (lift.kind, lift.grade, lift.is_money_allowed) == ("none", "E", False)
        assert lift.incremental_outcomes is None
        assert lift.findings[0].message.code == "gross_not_incremental"


def test_increments_never_exceed_the_outcomes_observed() -> None:
    negative = Sample(50, NAMES[:2], (-0.5, 1.0), ((0.2, 0.0), (0.0, 0.0)))
    lift = lift_of(ContactSamples(CONTACTED, negative, "holdout"))
    assert lift.incremental_outcomes == pytest.approx(lift.gross_outcomes)
    assert lift.incremental_upper == pytest.approx(lift.gross_outcomes)


def test_a_comparison_without_outcomes_has_no_e_value() -> None:
    none = Sample(500, NAMES[:2], (0.0, 2.0), ((0.0, 0.0), (0.0, 0.3)))
    lift = lift_of(ContactSamples(CONTACTED, none, "matched"))
    assert lift.hidden_difference is None


def test_fewer_outcomes_than_none_have_no_e_value() -> None:
    below = Sample(50, NAMES[:2], (-0.1, 1.0), ((0.2, 0.0), (0.0, 0.0)))
    lift = lift_of(ContactSamples(below, HELD_OUT, "matched"))
    assert lift.hidden_difference is None


def test_impossible_samples_give_their_reason() -> None:
    nobody = Sample(0, NAMES[:2], (math.nan,) * 2, ((math.nan,) * 2,) * 2)
    for samples in (
        ContactSamples(nobody, HELD_OUT, "holdout"),
        ContactSamples(CONTACTED, nobody, "holdout"),
    ):
        found = incremental_lift(samples, subject="m.visits")
        assert isinstance(found, Message)
        assert found.code == "too_few_units"


def cell(mean: float, n: int = 400, variance: float = 0.2) -> Sample:
    return Sample(n, NAMES[:2], (mean, 1.0), ((variance, 0.0), (0.0, 0.0)))


def test_the_interaction_is_the_difference_of_differences() -> None:
    found = interaction(InteractionSamples(cell(0.5), cell(0.3), cell(0.25), cell(0.2)))
    assert isinstance(found, Comparison)
    assert found.estimate == pytest.approx(0.15)
    assert found.standard_error == pytest.approx(math.sqrt(4 * 0.2 / 400))
    assert found.degrees_of_freedom == pytest.approx(4 * 399)
    assert found.relative is None


def test_modules_that_change_each_others_effect_are_found() -> None:
    samples = InteractionSamples(cell(0.5), cell(0.3), cell(0.25), cell(0.2))
    found = check_interaction(samples, first="calls", second="invites")
    assert (found.passed, found.message.code) == (False, "modules_interact")
    quiet = InteractionSamples(cell(0.35), cell(0.3), cell(0.25), cell(0.2))
    assert check_interaction(quiet, first="calls", second="invites").passed


def test_an_interaction_that_cannot_be_checked_is_not_passed() -> None:
    samples = InteractionSamples(cell(0.5, n=1), cell(0.3), cell(0.25), cell(0.2))
    found = check_interaction(samples, first="calls", second="invites")
    assert (found.passed, found.severity, found.message.code) == (False, "note", "too_few_units")
    constant = [cell(mean, variance=0.0) for mean in (0.5, 0.3, 0.25, 0.2)]
    nothing = interaction(InteractionSamples(*constant))
    assert isinstance(nothing, Message)

"""Units made alike in declared covariates: what they planted is removed, nothing else is."""

from array import array
from dataclasses import replace

import numpy as np
import pytest
from small_panels import CYCLE, ask, clinics, module_of

from roi_pipeline.domain.effects import Effect, Inconclusive, Outcome
from roi_pipeline.domain.modules import CovariateUse, DesignChoice
from roi_pipeline.domain.samples import Panel
from roi_pipeline.stats.designs.covariate_adjustment import adjusted_change
from roi_pipeline.stats.evaluate import evaluate_metric

USES: tuple[CovariateUse, ...] = ("regression", "weighting", "doubly_robust")
N = 60


def world(*, effect: float) -> tuple[Panel, "array[float]"]:
    """Large shops got it first and grow faster anyway: what a plain comparison calls an effect."""
    random = np.random.default_rng(4)
    size = random.normal(0, 1, N)
    starts = [
        None if draw > 1 / (1 + np.exp(-1.2 * each)) else 30 + 4 * (number % 2)
        for number, (each, draw) in enumerate(zip(size, random.random(N), strict=True))
    ]
    panel = clinics(5, n=N, effect=effect, go_live=starts, sizes=0.0)
    weeks = np.arange(60)
    values = np.frombuffer(panel.numerators).reshape(N, 60).copy()
    below = np.frombuffer(panel.denominators).reshape(N, 60)
    values += 0.002 * size[:, None] * weeks * below
    return replace(panel, numerators=array("d", values.ravel().tolist())), array("d", size.tolist())


def answer(panel: Panel, known: dict[str, "array[float]"], **declared: object) -> Outcome:
    panel = replace(panel, covariates=known)
    module = module_of(panel, design=DesignChoice(base="last_period", **declared))  # type: ignore[arg-type]
    return evaluate_metric(module, CYCLE, ask(panel, module))


@pytest.mark.parametrize("use", USES)
def test_what_the_covariate_does_is_not_called_an_effect(use: CovariateUse) -> None:
    panel, size = world(effect=0.0)
    plain = answer(panel, {})
    found = answer(panel, {"size": size}, covariates=("size",), covariate_use=use)
    assert isinstance(plain, Effect)
    assert isinstance(found, Effect)
    assert plain.lower > 0, "without the covariate there seems to be one"
    assert found.lower <= 0 <= found.upper
    assert (found.details["covariates"], found.details["covariate_use"]) == ("size", use)


@pytest.mark.parametrize("use", USES)
def test_a_planted_effect_is_found(use: CovariateUse) -> None:
    panel, size = world(effect=0.05)
    found = answer(panel, {"size": size}, covariates=("size",), covariate_use=use)
    assert isinstance(found, Effect)
    assert 0 < found.lower < 0.05 < found.upper


def test_the_unit_of_measurement_of_a_covariate_changes_nothing() -> None:
    panel, size = world(effect=0.05)
    grams = array("d", (1e6 * each + 5e8 for each in size))
    first = answer(panel, {"size": size}, covariates=("size",))
    second = answer(panel, {"size": grams}, covariates=("size",))
    assert isinstance(first, Effect)
    assert isinstance(second, Effect)
    assert second.estimate == pytest.approx(first.estimate, rel=1e-9)
    assert second.standard_error == pytest.approx(first.standard_error, rel=1e-9)


def test_units_without_a_covariate_are_left_out_and_counted() -> None:
    panel, size = world(effect=0.05)
    size[3] = size[7] = float("nan")
    found = answer(panel, {"size": size}, covariates=("size",))
    assert isinstance(found, Effect)
    assert found.details["n_without_covariates"] == 2


def test_a_covariate_the_table_does_not_have_is_a_reason() -> None:
    panel, size = world(effect=0.05)
    found = answer(panel, {"size": size}, covariates=("size", "colour"), design="staggered")
    assert isinstance(found, Inconclusive)
    assert found.reason.code == "covariates_not_in_this_table"


def test_nobody_alike_is_a_reason() -> None:
    panel, _ = world(effect=0.05)
    separating = array("d", (0.0 if day is None else 1.0 for day in panel.go_live))
    found = answer(panel, {"size": separating}, covariates=("size",), design="staggered")
    assert isinstance(found, Inconclusive)
    assert found.reason.code == "covariates_leave_no_like_units"


def test_too_few_controls_for_the_covariates_are_refused() -> None:
    treated = np.array([True] * 5 + [False] * 3)
    x = np.random.default_rng(1).normal(size=(8, 1))
    assert adjusted_change(np.arange(8.0), treated, x, "regression") is None

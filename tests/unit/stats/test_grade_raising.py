"""What would raise the evidence: from the module's own units, volume and noise, against what is seen today."""

import math

import numpy as np
import pytest
from small_panels import COUNT, CYCLE, METRIC, ask, clinics, module_of

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.samples import Panel
from roi_pipeline.stats.evaluate import evaluate_metric
from roi_pipeline.stats.inference import minimum_detectable_effect


def outcome_of(panel: Panel, metric: Metric = METRIC) -> Effect:
    module = module_of(panel, metric=metric)
    found = evaluate_metric(module, CYCLE, ask(panel, module, metric=metric))
    assert isinstance(found, Effect)
    return found


def test_a_hold_out_is_advised_only_as_large_as_it_takes_to_see_what_is_seen() -> None:
    asked = []
    for noise in (0.08, 0.16):
        effect = outcome_of(clinics(noise=noise))
        advice = effect.plan.raise_grade
        assert advice is not None
        assert advice.code == "hold_out_raises_grade"
        assert advice.values["detectable"] <= effect.smallest_detectable
        asked.append(advice.values["share"] * advice.values["weeks"])
    assert asked[1] < asked[0]


def test_no_hold_out_is_advised_that_sees_less_than_is_seen() -> None:
    effect = outcome_of(clinics())
    advice = effect.plan.raise_grade
    assert advice is not None
    assert advice.code == "pausing_raises_grade_in_points"
    assert advice.values["detectable"] <= effect.smallest_detectable


@pytest.mark.parametrize(("never", "code"), [(16, "randomisation"), (8, "pausing")])
def test_units_are_chosen_among_those_still_without_it(never: int, code: str) -> None:
    panel = clinics(n=30, go_live=[None] * never + [30] * (30 - never))
    effect = outcome_of(panel, metric=COUNT)
    advice = effect.plan.raise_grade
    assert advice.code.startswith(code)
    kept = advice.values["units"]
    assert kept == (never // 2 if code == "randomisation" else 7)
    rest = never - kept if code == "randomisation" else 30 - kept
    spread = effect.standard_error / math.sqrt(1 / (30 - never) + 1 / never)
    noise = spread * np.sqrt(1 / kept + 1 / rest)
    assert advice.values["detectable"] == pytest.approx(
        minimum_detectable_effect(noise, kept + rest - 2)
    )
    sees_less = advice.values["detectable"] > effect.smallest_detectable
    assert advice.code.endswith("sees_less") == sees_less
    if sees_less:
        assert advice.values["today"] == effect.smallest_detectable

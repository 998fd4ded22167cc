"""A synthetic comparison has to follow the treated units on weeks it was not fitted to."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_panels import CYCLE, ask, clinics, module_of

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.samples import Panel
from roi_pipeline.stats.designs.synthetic import Block, lay_out
from roi_pipeline.stats.evaluate import evaluate_metric
from roi_pipeline.stats.panels import cut_panel
from roi_pipeline.stats.prefit import CHECK, prefit_p_value

WEEKS, GO_LIVE = 60, 40
DESIGN = "synthetic_difference_in_differences"


def one_treated(*, leaves_by: float = 0.0, go_live: int = GO_LIVE) -> Panel:
    """One treated clinic of 30; over the last quarter of its baseline it leaves the others."""
    panel = clinics(seed=4, n=30, weeks=WEEKS, go_live=[go_live] + [None] * 29, noise=0.02)
    numerators = np.frombuffer(panel.numerators).reshape(panel.shape).copy()
    first = np.frombuffer(panel.denominators).reshape(panel.shape)[0]
    numerators[0, int(0.75 * go_live) :] += leaves_by * first[int(0.75 * go_live) :]
    return replace(panel, numerators=type(panel.numerators)("d", numerators.ravel()))


def effect_of(panel: Panel) -> Effect:
    module = module_of(panel)
    outcome = evaluate_metric(module, CYCLE, ask(panel, module))
    assert isinstance(outcome, Effect)
    assert outcome.design == DESIGN
    return outcome


def said(effect: Effect) -> Any:
    return next(finding for finding in effect.findings if finding.check == CHECK)


def test_a_mix_that_follows_the_treated_unit_earns_grade_b() -> None:
    effect = effect_of(one_treated())
    assert said(effect).passed
    assert effect.grade == "B"


def test_a_treated_unit_that_leaves_its_mix_before_go_live_costs_grade_b() -> None:
    effect = effect_of(one_treated(leaves_by=0.15))
    assert said(effect).message.code == "prefit_clear_violation"
    assert effect.grade == "C"


def test_a_baseline_too_short_to_hold_weeks_back_earns_no_grade_b() -> None:
    effect = effect_of(one_treated(go_live=9))
    assert said(effect).message.code in {"prefit_not_testable", "prefit_no_violation_detected"}
    panel = one_treated(go_live=6)
    cut = cut_panel(panel, module_of(panel), CYCLE)
    assert isinstance(lay_out(cut), Block)
    assert prefit_p_value(cut, DESIGN) is None


@pytest.mark.parametrize("design", [DESIGN, "synthetic_control"])
def test_the_test_is_the_rank_of_the_gap_among_the_donors(design: Any) -> None:
    """With 29 donors and one treated unit no p-value lies below 1/30, and a rank is a multiple of it."""
    panel = one_treated(leaves_by=0.15)
    p_value = prefit_p_value(cut_panel(panel, module_of(panel), CYCLE), design)
    assert p_value == pytest.approx(1 / 30)

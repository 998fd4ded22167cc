"""Whether a mix of donors followed the treated units before go-live, on weeks it was not fitted to.

Go-live is dated back to three quarters of the baseline (Abadie 2021, section 5.3): weights are fitted
to the weeks before, and the gap of the weeks after is compared with what donors show when they play
the treated units. A mix that fits its own weeks but not the next is no counterfactual.
"""

import math
from dataclasses import replace

import numpy as np

from roi_pipeline.domain.effects import Design
from roi_pipeline.domain.findings import Finding
from roi_pipeline.stats.designs.synthetic import Block, lay_out, placebo_test
from roi_pipeline.stats.diagnostics import finding
from roi_pipeline.stats.panels import Cut

FITTED_SHARE = 0.75
MIN_FITTED = 6
CLEAR_VIOLATION = 0.05
CHECK = "the_mix_followed_the_treated_before_go_live"


def prefit_p_value(cut: Cut, design: Design) -> float | None:
    """p-value of the gap over the last quarter of the baseline; None when it is too short."""
    block = lay_out(cut)
    if not isinstance(block, Block):
        return None
    fitted = math.ceil(FITTED_SHARE * block.n_before)
    held_out = block.n_before - fitted
    if fitted < MIN_FITTED or held_out < 1:
        return None
    dated_back = replace(
        block,
        donors=block.donors[:, : block.n_before],
        treated=block.treated[:, : block.n_before],
        volume=np.full(held_out, 1.0 / held_out),
        n_before=fitted,
        columns=block.columns[: block.n_before],
    )
    return placebo_test(dated_back, design, cut.seed)


def prefit_finding(subject: str, p_value: float | None) -> Finding:
    """What the backdated comparison said; never that the mix is right."""
    if p_value is None:
        return finding(CHECK, subject, "prefit_not_testable", passed=False, severity="note")
    passed = p_value >= CLEAR_VIOLATION
    code = "prefit_no_violation_detected" if passed else "prefit_clear_violation"
    return finding(CHECK, subject, code, passed=passed, p_value=p_value)

"""One spread for all, declared by the module, reaches every design it belongs to."""

from dataclasses import replace

import numpy as np
import pytest
from small_panels import COUNT, CYCLE, ask, module_of, panel_of

from roi_pipeline.domain.modules import DesignChoice
from roi_pipeline.stats.evaluate import evaluate_metric


def outcome_of(panel, rule):
    design = DesignChoice(design="difference_in_differences", variance=rule)
    module = module_of(panel, metric=COUNT, design=design)
    return evaluate_metric(module, CYCLE, ask(panel, module, metric=COUNT))


def seen_once():
    """Forty units, each in one window only; the treated ones spread more."""
    rng = np.random.default_rng(3)
    values = np.full((40, 60), np.nan)
    for unit in range(40):
        spread = 5.0 if unit < 10 else 1.0
        values[unit, 10 if unit % 2 else 50] = rng.normal(20, spread)
    go_live = [30 if unit < 10 else None for unit in range(40)]
    return panel_of(values, np.where(np.isnan(values), np.nan, 1.0), go_live)


def two_series():
    rng = np.random.default_rng(4)
    return panel_of(rng.normal(20, 1, (2, 60)), 1.0, [30, None])


@pytest.mark.parametrize("panel", [seen_once(), two_series()], ids=["seen once", "two series"])
def test_the_pooled_error_is_the_classical_one(panel) -> None:
    own, pooled = outcome_of(panel, "unequal"), outcome_of(panel, "pooled")
    assert pooled.estimate == own.estimate
    assert pooled.standard_error == pytest.approx(own.details["classical_standard_error"])
    assert pooled.standard_error != pytest.approx(own.standard_error, rel=1e-3)
    assert pooled.details["variance"] == "pooled"


def test_units_seen_again_and_again_keep_their_own_spread() -> None:
    rng = np.random.default_rng(5)
    go_live = [30 if unit < 10 else None for unit in range(20)]
    panel = panel_of(rng.normal(20, 1, (20, 60)), 1.0, go_live)
    own, pooled = outcome_of(panel, "unequal"), outcome_of(panel, "pooled")
    assert replace(pooled, plan=own.plan) == own

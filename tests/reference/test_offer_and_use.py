"""Two-stage least squares and Anderson–Rubin against statsmodels, brute force and a published table."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy import stats
from simulated_offers import Offer, arms_of, simulate
from statsmodels.sandbox.regression.gmm import IV2SLS

from roi_pipeline.domain.effects import Effect, OfferAndUse
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.designs.randomised import Adjustment, randomised
from roi_pipeline.stats.effect import Question

QUESTION = Question("m", "y", Window(date(2026, 1, 1), date(2026, 4, 1)))
SAME = 1e-9


def _found(offer: Offer, adjustment: Adjustment) -> tuple[Effect, OfferAndUse]:
    effect = randomised(arms_of(offer, adjustment.covariates), QUESTION, adjustment=adjustment)
    assert isinstance(effect, Effect)
    assert effect.use is not None
    return effect, effect.use


@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_it_is_two_stage_least_squares(covariates) -> None:
    offer = simulate(4)
    effect, use = _found(offer, Adjustment(covariates=covariates, variance="pooled"))
    one = [np.ones_like(offer.y), *([offer.x] if covariates else [])]
    fitted: Any = IV2SLS(
        offer.y, np.column_stack([offer.d, *one]), np.column_stack([offer.z, *one])
    ).fit()
    assert use.estimate == pytest.approx(fitted.params[0], rel=SAME)
    assert use.standard_error == pytest.approx(fitted.bse[0], rel=SAME)
    margin = stats.t.ppf(0.975, len(offer.y) - 1 - len(one)) * fitted.bse[0]
    assert use.lower == pytest.approx(fitted.params[0] - margin, rel=SAME)
    assert effect.estimate == pytest.approx(use.estimate * use.take_up, rel=SAME)


def test_unequal_variances_are_the_heteroskedasticity_robust_error() -> None:
    offer = simulate(5)
    _, use = _found(offer, Adjustment())
    regressors = np.column_stack([offer.d, np.ones_like(offer.d)])
    instruments = np.column_stack([offer.z, np.ones_like(offer.z)])
    solve = np.linalg.inv(instruments.T @ regressors)
    residuals = offer.y - regressors @ (solve @ instruments.T @ offer.y)
    leverage = np.einsum(
        "ij,jk,ik->i", instruments, np.linalg.inv(instruments.T @ instruments), instruments
    )
    middle = (instruments.T * (residuals**2 / (1 - leverage))) @ instruments  # HC2
    assert use.standard_error == pytest.approx(np.sqrt((solve @ middle @ solve.T)[0, 0]), rel=SAME)


def test_anderson_and_rubins_ends_are_where_the_test_of_the_remainder_turns() -> None:
    offer = simulate(12, n=120, take_up=0.28, always=0.2)
    _, use = _found(offer, Adjustment(variance="pooled"))
    assert use.interval_method == "anderson_rubin"
    assert use.first_stage_f is not None
    assert use.first_stage_f < 10
    for end in (use.lower, use.upper):
        left = offer.y - end * offer.d
        test: Any = stats.ttest_ind(left[offer.z == 1], left[offer.z == 0])
        assert test.pvalue == pytest.approx(0.05, abs=SAME)


def test_vitamin_a_in_sumatra() -> None:
    """Sommer & Zeger (1991) as Imbens & Rubin (2015, chapter 23) print it: 0.0026, 0.80, 0.0032."""
    table = ((0, 0, 0, 74), (0, 0, 1, 11514), (1, 0, 0, 34), (1, 0, 1, 2385), (1, 1, 0, 12),
             (1, 1, 1, 9663))  # fmt: skip
    z, d, y = (
        np.concatenate([np.full(row[3], float(row[place])) for row in table]) for place in range(3)
    )
    effect, use = _found(Offer(y, z, d, y), Adjustment())
    assert (round(effect.estimate, 4), round(effect.standard_error, 4)) == (0.0026, 0.0009)
    assert round(use.take_up, 2) == 0.80
    assert use.estimate is not None
    assert use.standard_error is not None
    assert (round(use.estimate, 4), round(use.standard_error, 4)) == (0.0032, 0.0012)
    assert use.is_one_sided
    per_protocol = use.self_selected[0]
    assert (per_protocol.kind, per_protocol.grade) == ("per_protocol", "D")
    assert round(per_protocol.estimate, 4) == 0.0051  # 9663/9675 − 11514/11588

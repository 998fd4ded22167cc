"""Kaplan–Meier against statsmodels, and the restricted mean as its area."""

import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from roi_pipeline.stats.survival import kaplan_meier, restricted_mean

SAME = 1e-12


@pytest.fixture(scope="module")
def cases():
    """300 cases of whole days; a third still open when last looked at."""
    rng = np.random.default_rng(8)
    lasted, followed = rng.exponential(20, 300) + 0.5, rng.uniform(1, 45, 300)
    days = np.ceil(np.minimum(lasted, followed))
    return days, (lasted <= followed).astype(float)


def test_share_interval_and_median(cases) -> None:
    days, closed = cases
    curve = kaplan_meier("all", days, closed)
    expected = SurvfuncRight(days, closed)
    assert curve is not None
    assert curve.n - curve.n_closed > 60
    assert [step.days for step in curve.steps] == expected.surv_times.tolist()
    assert [step.share for step in curve.steps] == pytest.approx(expected.surv_prob, rel=SAME)
    assert [step.at_risk for step in curve.steps] == expected.n_risk.tolist()
    for step, share, error in zip(
        curve.steps, expected.surv_prob, expected.surv_prob_se, strict=True
    ):
        if not 0 < share < 1:
            continue
        spread = 1.959963984540054 * error / (share * abs(np.log(share)))
        assert step.lower == pytest.approx(share ** np.exp(spread), rel=1e-9)
        assert step.upper == pytest.approx(share ** np.exp(-spread), rel=1e-9)
    assert curve.median == expected.quantile(0.5)
    assert (curve.median_lower, curve.median_upper) == pytest.approx(
        expected.quantile_ci(0.5, method="cloglog"), abs=1
    )


def test_the_restricted_mean_of_cases_followed_to_the_horizon_is_their_plain_mean(cases) -> None:
    days, _ = cases
    curve = kaplan_meier("all", days, np.ones_like(days))
    assert curve is not None
    assert restricted_mean(curve, 15.0) == pytest.approx(np.minimum(days, 15).mean(), rel=1e-12)


def test_finished_cases_alone_are_selected_by_length() -> None:
    """Nothing changed, yet the later cases seem shorter, because their long ones are still open."""
    rng = np.random.default_rng(3)
    opened, lasted = rng.uniform(0, 120, 4000), rng.exponential(30, 4000)
    days, closed = np.minimum(lasted, 120 - opened), (opened + lasted <= 120).astype(float)
    early, late = opened < 60, opened >= 60
    assert days[late & (closed > 0)].mean() < days[early & (closed > 0)].mean() - 5
    means = []
    for group in (early, late & (opened < 90)):
        curve = kaplan_meier("", days[group], closed[group])
        assert curve is not None
        means.append(restricted_mean(curve, 30.0))
    assert means[0] == pytest.approx(means[1], abs=1.5)

"""Intervals asked for by name against pyfixest, statsmodels and diff-diff, and by brute force."""

from array import array
from itertools import combinations

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm
from library_panels import cut_of, long_frame, units_by_week
from scipy.stats import permutation_test

from roi_pipeline.domain.samples import ArmUnits
from roi_pipeline.stats.controlled import Controlled, compare_with_controls
from roi_pipeline.stats.designs.two_way_fixed_effects import two_way_fixed_effects
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.named_intervals import of_estimate, of_units

pytestmark = pytest.mark.filterwarnings("ignore")
SAME = 1e-9
DRAWS = 0.03  # two permutations of 999 and of 5,000 draws differ by about this much


def _units(n: int = 40, *, shift: float = 0.6, seed: int = 4) -> tuple[ArmUnits, pd.DataFrame]:
    random = np.random.default_rng(seed)
    treated = random.permutation(n) < n * 3 // 8
    values = random.normal(10, 1, n) + shift * treated
    units = ArmUnits(
        array("q", treated.astype(int).tolist()), array("d", values.tolist()), array("d", [1.0] * n)
    )
    return units, pd.DataFrame({"y": values, "treated": treated.astype(float), "unit": range(n)})


def test_clustered_errors_of_randomised_units_are_hc2_of_statsmodels() -> None:
    """Where every unit is its own cluster CR2 is HC2."""
    units, frame = _units()
    (found,) = of_units(units, ("clustered",), confidence=0.95, seed=1)
    theirs = sm.OLS(frame.y, sm.add_constant(frame.treated)).fit(cov_type="HC2")
    assert found.estimate == pytest.approx(theirs.params.treated, abs=SAME)
    assert found.standard_error == pytest.approx(theirs.bse.treated, rel=SAME)
    assert (found.n_clusters, found.n_draws) == (40, 0)


def test_permuted_arms_are_scipys_permutation_test() -> None:
    units, frame = _units()
    (found,) = of_units(units, ("permutation",), confidence=0.95, seed=1)
    arms = [frame.y[frame.treated == arm].to_numpy() for arm in (1, 0)]
    theirs = permutation_test(
        arms, lambda a, b, axis: a.mean(axis) - b.mean(axis), n_resamples=9_999, rng=3
    )
    assert found.p_value == pytest.approx(theirs.pvalue, abs=DRAWS)


@pytest.mark.soak  # half a minute of their loop; scipy's in every run
def test_permuted_arms_are_pyfixests_randomisation_inference() -> None:
    units, frame = _units()
    (found,) = of_units(units, ("permutation",), confidence=0.95, seed=1)
    theirs = pyfixest.feols("y ~ treated", data=frame).ritest(
        "treated", reps=2_000, type="randomization-c", rng=np.random.default_rng(3)
    )
    assert found.p_value == pytest.approx(float(theirs["Pr(>|t|)"]), abs=DRAWS)


def test_the_permuted_interval_is_what_all_assignments_do_not_refuse() -> None:
    units, frame = _units(12, shift=1.5, seed=9)
    (found,) = of_units(units, ("permutation",), confidence=0.9, seed=2)
    y, real = frame.y.to_numpy(), frame.treated.to_numpy() > 0
    assert found.lower is not None
    assert found.upper is not None

    def p_value(supposed: float) -> float:
        without = y - supposed * real
        gaps = [
            abs(without[list(rows)].mean() - np.delete(without, rows).mean())
            for rows in combinations(range(12), int(real.sum()))
        ]
        mine = abs(without[real].mean() - without[~real].mean())
        return float(np.mean(np.array(gaps) >= mine - 1e-12))

    assert p_value(found.estimate or 0.0) == pytest.approx(1.0)
    for end, beyond in ((found.lower, -0.25), (found.upper, 0.25)):
        assert p_value(end) == pytest.approx(0.1, abs=DRAWS)
        assert p_value(end + beyond) < 0.1


def test_the_wild_bootstrap_of_randomised_units_is_diff_diffs() -> None:
    from diff_diff import wild_bootstrap_se

    units, frame = _units(24, shift=0.8, seed=6)
    (found,) = of_units(units, ("wild_bootstrap",), confidence=0.95, seed=3)
    treated, y = frame.treated.to_numpy(), frame.y.to_numpy()
    means = np.where(treated > 0, y[treated > 0].mean(), y[treated == 0].mean())
    design = np.column_stack([np.ones(24), treated])
    theirs = wild_bootstrap_se(
        design, y, y - means, np.arange(24), 1, n_bootstrap=9_999, weight_type="webb", seed=5
    )
    assert found.n_draws == 999
    assert found.p_value == pytest.approx(theirs.p_value, abs=DRAWS)
    assert (found.lower, found.upper) == pytest.approx((theirs.ci_lower, theirs.ci_upper), abs=0.1)


def test_clustered_errors_of_equal_units_over_time_are_hc2_of_their_changes() -> None:
    values, _ = units_by_week(n=60, weeks=24, seed=3)
    first = np.where(np.arange(60) < 25, 14, 24)
    result = compare_with_controls(cut_of(values, first), design="difference_in_differences")
    assert isinstance(result, Controlled)
    clustered, wild, permuted = of_estimate(
        result, ("clustered", "wild_bootstrap", "permutation"), confidence=0.95, seed=1
    )
    change = values[:, 14:].mean(axis=1) - values[:, :14].mean(axis=1)
    frame = pd.DataFrame({"y": change, "treated": (first < 24).astype(float)})
    theirs = sm.OLS(frame.y, sm.add_constant(frame.treated)).fit(cov_type="HC2")
    assert clustered.estimate == pytest.approx(theirs.params.treated, abs=1e-8)
    assert clustered.standard_error == pytest.approx(theirs.bse.treated, rel=1e-6)
    random, treated = np.random.default_rng(3), frame.treated.to_numpy()
    again = [
        abs(change[shuffled].mean() - change[~shuffled].mean())
        for shuffled in (random.permutation(treated) > 0 for _ in range(4_000))
    ]
    share = float(np.mean(np.array(again) >= abs(theirs.params.treated)))
    assert permuted.p_value == pytest.approx(share, abs=DRAWS)
    assert wild.p_value == pytest.approx(clustered.p_value, abs=DRAWS)


def test_two_way_fixed_effects_clustered_is_pyfixests() -> None:
    values, first = units_by_week(n=40, weeks=20, starts=(10,), seed=7)
    estimate = two_way_fixed_effects(cut_of(values, first))
    assert isinstance(estimate, Estimate)
    clustered, wild, permuted = of_estimate(
        estimate, ("clustered", "wild_bootstrap", "permutation"), confidence=0.95, seed=1
    )
    frame = long_frame(values, first)
    frame["live"] = ((frame["first"] > 0) & (frame["week"] >= frame["first"])).astype(float)
    theirs = pyfixest.feols("y ~ live | unit + week", data=frame, vcov={"CRV1": "unit"})
    assert clustered.standard_error == pytest.approx(float(theirs.se()["live"]), rel=1e-6)
    ends = theirs.confint().loc["live"].to_numpy()
    assert (clustered.lower, clustered.upper) == pytest.approx(tuple(ends), rel=1e-4)
    assert wild.lower is not None
    assert wild.lower == pytest.approx(ends[0], abs=0.25 * (ends[1] - ends[0]))
    assert permuted.reason is not None
    assert permuted.lower is None

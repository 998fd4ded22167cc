"""Formulas on moments against scipy and statsmodels on rows.

The libraries see every row, the room sees n, means and covariances; agreement to rounding is asked.
"""

import math

import numpy as np
import pytest

from roi_pipeline.domain.samples import Sample
from roi_pipeline.stats.adjustment import BASELINE_METRIC, compare_adjusted
from roi_pipeline.stats.inference import Comparison
from roi_pipeline.stats.multiplicity import adjusted_p_values
from roi_pipeline.stats.power import units_per_arm
from roi_pipeline.stats.ratio import Level, level_of
from roi_pipeline.stats.two_sample import compare_samples

ROUNDING = 1e-9  # both sides compute in double precision, in another order
RANDOM = np.random.default_rng(2026)
NAMES = ("numerator", "denominator", "numerator_baseline", "denominator_baseline", "age")


def sample_of(*columns: np.ndarray) -> Sample:
    values = np.array(columns, dtype=float)
    return Sample(
        values.shape[1],
        NAMES[: len(columns)],
        tuple(values.mean(axis=1)),
        tuple(tuple(row) for row in np.cov(values)),
    )


def people(n: int, effect: float, slope: float = 0.2) -> np.ndarray:
    age = RANDOM.normal(40, 10, n)
    before = RANDOM.normal(5, 2, n) + 0.1 * age
    after = before * 0.8 + slope * age + effect + RANDOM.normal(0, 1.5, n)
    return np.array([after, np.ones(n), before, np.ones(n), age])


TREATED, COMPARISON = people(70, 1.0, slope=0.3), people(110, 0.0)


def done(result: object) -> Comparison:
    assert isinstance(result, Comparison), result
    return result


@pytest.mark.parametrize(("variance", "equal"), [("unequal", False), ("pooled", True)])
def test_a_difference_of_means_is_scipys(variance: str, *, equal: bool) -> None:
    from scipy.stats import ttest_ind

    found = done(
        compare_samples(
            sample_of(*TREATED),
            sample_of(*COMPARISON),
            variance=variance,  # type: ignore[arg-type]
        )
    )
    reference = ttest_ind(TREATED[0], COMPARISON[0], equal_var=equal)
    interval = reference.confidence_interval()
    assert found.p_value == pytest.approx(reference.pvalue, rel=ROUNDING)
    assert found.degrees_of_freedom == pytest.approx(reference.df, rel=ROUNDING)
    assert (found.lower, found.upper) == pytest.approx((interval.low, interval.high), rel=ROUNDING)


def test_a_ratio_has_the_cluster_robust_error_of_weighted_least_squares() -> None:
    import statsmodels.api as sm

    agents = np.repeat(np.arange(40), RANDOM.integers(5, 60, 40))
    skill = RANDOM.beta(4, 6, 40)
    connected = RANDOM.random(len(agents)) < skill[agents]
    sums = np.array([np.bincount(agents, weights=connected), np.bincount(agents)])
    level = level_of(sample_of(*sums))
    assert isinstance(level, Level)
    rates = sm.WLS(sums[0] / sums[1], np.ones(40), weights=sums[1]).fit(cov_type="HC0")
    assert level.value == pytest.approx(rates.params[0], rel=ROUNDING)
    # HC0 sums squares, the sample divides by n−1
    assert level.standard_error == pytest.approx(rates.bse[0] * math.sqrt(40 / 39), rel=ROUNDING)
    rows = sm.OLS(connected.astype(float), np.ones(len(agents))).fit(
        cov_type="cluster", cov_kwds={"groups": agents, "use_correction": False}
    )
    assert level.standard_error == pytest.approx(rows.bse[0] * math.sqrt(40 / 39), rel=ROUNDING)


def design(treated: np.ndarray, comparison: np.ndarray, columns: list[int]) -> np.ndarray:
    rows = np.hstack([treated, comparison])
    arm = np.repeat([1.0, 0.0], [treated.shape[1], comparison.shape[1]])
    return np.column_stack([np.ones(len(arm)), arm, *(rows[column] for column in columns)])


@pytest.mark.parametrize(
    ("covariates", "columns"),
    [((BASELINE_METRIC,), [2]), (("age",), [4]), ((BASELINE_METRIC, "age"), [2, 4])],
)
def test_a_common_slope_is_ordinary_least_squares(
    covariates: tuple[str, ...], columns: list[int]
) -> None:
    import statsmodels.api as sm

    found = done(
        compare_adjusted(
            sample_of(*TREATED),
            sample_of(*COMPARISON),
            covariates=covariates,
            variance="pooled",
            slope="pooled",
        )
    )
    outcome = np.hstack([TREATED[0], COMPARISON[0]])
    reference = sm.OLS(outcome, design(TREATED, COMPARISON, columns)).fit()
    interval = reference.conf_int()[1]
    assert found.estimate == pytest.approx(reference.params[1], rel=ROUNDING)
    assert found.standard_error == pytest.approx(reference.bse[1], rel=ROUNDING)
    assert found.degrees_of_freedom == reference.df_resid
    assert found.p_value == pytest.approx(reference.pvalues[1], rel=1e-7)
    assert (found.lower, found.upper) == pytest.approx(tuple(interval), rel=1e-7)


def test_the_optimal_slope_is_near_lins_interacted_regression() -> None:
    import statsmodels.api as sm

    treated, comparison = people(1500, 1.0, slope=0.3), people(3000, 0.0)
    found = done(compare_adjusted(sample_of(*treated), sample_of(*comparison), covariates=("age",)))
    rows = design(treated, comparison, [4])
    centred = rows[:, 2] - rows[:, 2].mean()
    lin = np.column_stack([np.ones(len(rows)), rows[:, 1], centred, rows[:, 1] * centred])
    reference = sm.OLS(np.hstack([treated[0], comparison[0]]), lin).fit(cov_type="HC2")
    # the two differ by how much the ages of the arms spread differently
    assert found.estimate == pytest.approx(reference.params[1], abs=0.1 * reference.bse[1])
    # HC2 takes the ages as given; other customers would have other ages: + (θ_T − θ_C)²·Var(X)/N
    drawn = reference.params[3] ** 2 * rows[:, 2].var(ddof=1) / len(rows)
    assert found.standard_error == pytest.approx(math.sqrt(reference.bse[1] ** 2 + drawn), rel=5e-3)


def slope_error(lines: list[np.ndarray], theta: float, gap: float | None = None) -> float:
    """Variance the estimated slope adds, times the gap between the arms' baselines."""
    squares = sum(np.cov(line) * (line.shape[1] - 1) for line in lines)
    left = squares[0, 0] - 2 * theta * squares[0, 1] + theta**2 * squares[1, 1]
    between = lines[1][1].mean() - lines[0][1].mean() if gap is None else gap
    df = sum(line.shape[1] for line in lines) - 3
    return left / df * between**2 / squares[1, 1]


def test_cuped_of_equal_arms_has_the_textbook_slope() -> None:
    treated, comparison = people(500, 1.0), people(500, 0.0)
    found = done(compare_adjusted(sample_of(*treated), sample_of(*comparison)))
    spreads = [np.cov(arm[0], arm[2]) for arm in (treated, comparison)]
    theta = sum(spread[0, 1] for spread in spreads) / sum(spread[1, 1] for spread in spreads)
    adjusted = [arm[0].mean() - theta * arm[2].mean() for arm in (treated, comparison)]
    assert found.estimate == pytest.approx(adjusted[0] - adjusted[1], rel=ROUNDING)
    variance = sum(
        (spread[0, 0] + theta**2 * spread[1, 1] - 2 * theta * spread[0, 1]) / 500
        for spread in spreads
    )
    lines = [np.array([arm[0], arm[2]]) for arm in (treated, comparison)]
    assert found.standard_error**2 == pytest.approx(
        variance * 998 / 997 + slope_error(lines, theta), rel=ROUNDING
    )


def test_cuped_of_a_ratio_has_the_variance_of_the_four_vector() -> None:
    def agents(n: int, rate: float) -> np.ndarray:
        calls, earlier = RANDOM.poisson(30, n) + 1, RANDOM.poisson(30, n) + 1
        skill = RANDOM.beta(8 * rate, 8 * (1 - rate), n)
        return np.array(
            [RANDOM.binomial(calls, skill), calls, RANDOM.binomial(earlier, skill), earlier]
        )

    arms = [agents(800, 0.42), agents(800, 0.40)]
    found = done(compare_adjusted(sample_of(*arms[0]), sample_of(*arms[1])))

    def nabla(arm: np.ndarray, theta: float) -> np.ndarray:
        m, d, m_before, d_before = arm.mean(axis=1)
        return np.array([1 / d, -m / d**2, -theta / d_before, theta * m_before / d_before**2])

    post, before = [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]
    shared = sum(
        (nabla(arm, 1.0) * post) @ np.cov(arm) @ (nabla(arm, 1.0) * before) for arm in arms
    )
    spread = sum(
        (nabla(arm, 1.0) * before) @ np.cov(arm) @ (nabla(arm, 1.0) * before) for arm in arms
    )
    theta = -shared / spread
    variance = sum(nabla(arm, theta) @ np.cov(arm) @ nabla(arm, theta) / 800 for arm in arms)
    lines = [
        np.array([nabla(arm, 1.0) * post @ arm, -nabla(arm, 1.0) * before @ arm]) for arm in arms
    ]
    levels = [arm[2].mean() / arm[3].mean() for arm in arms]
    gap = levels[1] - levels[0]
    assert found.standard_error**2 == pytest.approx(
        variance * 1598 / 1597 + slope_error(lines, theta, gap), rel=ROUNDING
    )


def test_units_needed_are_statsmodels_up_to_the_normal_approximation() -> None:
    from statsmodels.stats.power import NormalIndPower, TTestIndPower

    normal = NormalIndPower().solve_power(0.2, power=0.8, alpha=0.05)
    assert units_per_arm(1.0, 0.2) == math.ceil(normal)
    exact = TTestIndPower().solve_power(0.2, power=0.8, alpha=0.05)
    assert units_per_arm(1.0, 0.2) == pytest.approx(exact, abs=2)


@pytest.mark.parametrize("method", ["holm", "fdr_bh"])
def test_adjusted_p_values_are_statsmodels(method: str) -> None:
    from statsmodels.stats.multitest import multipletests

    p_values = {f"m{number:02}": value for number, value in enumerate(RANDOM.random(12) ** 3)}
    found = adjusted_p_values(p_values, method=method)  # type: ignore[arg-type]
    reference = multipletests(list(p_values.values()), method=method)[1]
    assert list(found.values()) == pytest.approx(list(reference), rel=ROUNDING)

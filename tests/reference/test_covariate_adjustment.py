"""Covariates in Callaway & Sant'Anna: diff-diff's effects and errors, and a sandwich of stacked moments."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import diff_diff
import numpy as np
import pytest
import statsmodels.api as sm
from library_panels import cut_of, long_frame, units_by_week

from roi_pipeline.domain.modules import CovariateUse, DesignChoice
from roi_pipeline.stats.designs.covariate_adjustment import adjusted_change
from roi_pipeline.stats.designs.group_time import group_time
from roi_pipeline.stats.inference import Estimate

SAME = 1e-6
WEEKS, STARTS = 8, (4, 6)
THEIRS: dict[CovariateUse, str] = {"regression": "reg", "weighting": "ipw"}
USES: tuple[CovariateUse, ...] = ("regression", "weighting", "doubly_robust")
Model = Callable[[Any], Any]


def _cell(n: int = 160, seed: int = 5) -> tuple[Any, Any, Any]:
    """Likelier treated where the covariates are high, which move the outcome too; effect 0.5."""
    random = np.random.default_rng(seed)
    x = random.normal(0, 1, (n, 2))
    treated = random.random(n) < 1 / (1 + np.exp(-0.7 * x[:, 0] + 0.4 * x[:, 1]))
    change = 0.5 * treated + 1.2 * x[:, 0] - 0.6 * x[:, 1] + random.normal(0, 1, n)
    return change, treated, x


def _moments(use: CovariateUse, change: Any, treated: Any, x: Any) -> tuple[Any, Any]:
    """(estimate of every parameter by statsmodels, moment function of a parameter vector)."""
    d, full = treated.astype(float), sm.add_constant(x)
    k = full.shape[1]
    slope = sm.OLS(change[~treated], full[~treated]).fit().params
    score = sm.Logit(d, full).fit(disp=0, tol=1e-14, maxiter=200).params

    def parts(theta: Any) -> tuple[Any, Any, Any, Any]:
        b, g = theta[:k], theta[k : 2 * k]
        p = 1 / (1 + np.exp(-full @ g))
        residual = change - full @ b if use != "weighting" else change
        weight = p / (1 - p) * (1 - d)
        return residual, weight, p, b

    def moments(theta: Any) -> Any:
        residual, weight, p, b = parts(theta)
        on_treated, on_control = theta[2 * k :]
        first = ((1 - d) * (change - full @ b))[:, None] * full
        second = (d - p)[:, None] * full
        third = d * (residual - on_treated)
        fourth = on_control + 0 * d if use == "regression" else weight * (residual - on_control)
        return np.column_stack([first, second, third, fourth])

    residual, weight, _, _ = parts(np.concatenate([slope, score]))
    control = 0.0 if use == "regression" else float(weight @ residual / weight.sum())
    return np.concatenate([slope, score, [residual[treated].mean(), control]]), moments


@pytest.mark.parametrize("use", USES)
def test_effect_and_error_are_those_of_stacked_moments(use: CovariateUse) -> None:
    """Newey & McFadden's sandwich with a numerical Jacobian knows nothing of influence functions."""
    change, treated, x = _cell()
    theta, moments = _moments(use, change, treated, x)
    n, size = len(change), len(theta)
    assert np.abs(moments(theta).mean(axis=0)).max() < 1e-9
    step = 1e-6
    jacobian = np.column_stack(
        [
            (moments(theta + step * unit) - moments(theta - step * unit)).mean(axis=0) / (2 * step)
            for unit in np.eye(size)
        ]
    )
    values = moments(theta)
    bread = np.linalg.inv(jacobian)
    sandwich = bread @ (values.T @ values / n) @ bread.T / n
    contrast = np.zeros(size)
    contrast[-2:] = 1, -1
    found = adjusted_change(change, treated, x, use)
    assert found is not None
    assert found.estimate == pytest.approx(contrast @ theta, abs=SAME)
    error = float(np.sqrt(np.square(found.influence).sum())) / n
    assert error == pytest.approx(float(np.sqrt(contrast @ sandwich @ contrast)), abs=SAME)


@pytest.fixture(scope="module")
def panel() -> tuple[Any, Any, Any]:
    values, first = units_by_week(n=90, weeks=WEEKS, starts=STARTS, seed=9)
    x = np.random.default_rng(3).normal(5, 2, (90, 2))
    return values + 0.3 * x[:, [0]] * np.arange(WEEKS), first, x


def _ours(panel: tuple[Any, Any, Any], use: CovariateUse, **declared: Any) -> Estimate:
    values, first, x = panel
    cut = cut_of(values, first)
    choice = DesignChoice(base="last_period", covariates=("a", "b"), covariate_use=use, **declared)
    found = group_time(replace(cut, declared=choice, covariates=x))
    assert isinstance(found, Estimate), found
    return found


@pytest.mark.parametrize("control_group", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("use", [*THEIRS])
def test_every_group_time_effect_and_the_aggregate_are_diff_diffs(
    panel: tuple[Any, Any, Any], use: CovariateUse, control_group: str
) -> None:
    values, first, x = panel
    frame = long_frame(values, first)
    for number, name in enumerate(("a", "b")):
        frame[name] = x[frame["unit"].to_numpy().astype(int) - int(frame["unit"].min()), number]
    design = diff_diff.CallawaySantAnna(
        control_group=control_group, base_period="universal", estimation_method=THEIRS[use]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = design.fit(
            frame, outcome="y", unit="unit", time="week", first_treat="first",
            covariates=["a", "b"],
        )  # fmt: skip
    ours = _ours(panel, use, control_group=control_group, aggregate="simple")
    cut = cut_of(values, first)
    cells = {(c.cohort, c.period): c for c in ours.cohort_effects if c.kind == "group_time"}
    theirs = {k: v for k, v in fitted.group_time_effects.items() if np.isfinite(v["se"])}
    assert len(theirs) == len(cells) == len(STARTS) * (WEEKS - 1)
    for (cohort, week), each in theirs.items():
        own = cells[cut.starts[int(cohort) - 1], cut.starts[int(week) - 1]]
        assert own.estimate == pytest.approx(each["effect"], abs=SAME)
        assert own.standard_error == pytest.approx(each["se"], abs=SAME)
    assert ours.estimate == pytest.approx(fitted.overall_att, abs=SAME)
    assert ours.standard_error == pytest.approx(fitted.overall_se, abs=SAME)


def test_doubly_robust_is_right_where_either_model_is() -> None:
    """A covariate that enters one of the two squared; the other one's model still holds."""
    random, found = np.random.default_rng(8), []
    for squared_outcome in (True, False):
        errors = []
        for _ in range(60):
            x = random.normal(0, 1, (600, 1))
            index = 0.8 * x[:, 0] if squared_outcome else 0.8 * (np.square(x[:, 0]) - 1)
            treated = random.random(600) < 1 / (1 + np.exp(-index))
            base = np.square(x[:, 0]) if squared_outcome else 1.5 * x[:, 0]
            change = 0.5 * treated + base + random.normal(0, 1, 600)
            each = adjusted_change(change, treated, x, "doubly_robust")
            assert each is not None
            errors.append(each.estimate - 0.5)
        found.append(float(np.mean(errors)))
    assert np.abs(found).max() < 0.06

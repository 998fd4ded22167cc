"""Control series: what they are made of, and when they show too little to predict from."""

from dataclasses import replace

import numpy as np
import pytest
from small_panels import CYCLE, module_of, panel_of

from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.control_series import control_series, reliability
from roi_pipeline.stats.designs.interrupted import time_based_regression
from roi_pipeline.stats.diagnostics import estimate_findings, placebo_passes
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.panels import Cut, cut_panel
from roi_pipeline.stats.prediction import Gap, predict_gap

WEEKS, GO_LIVE = 60, 48


def world(*, noise: float, n: int = 20, seed: int = 3, shift: float = 0.0) -> Cut:
    """One treated shop and others, all with the same weeks, each with noise of its own."""
    rng = np.random.default_rng(seed)
    shared = 10 + rng.normal(0, 1, WEEKS)
    shared[GO_LIVE:] += shift
    values = shared + rng.normal(0, 0.3, n)[:, None] + rng.normal(0, noise, (n, WEEKS))
    panel = panel_of(values, 1.0, [GO_LIVE] + [None] * (n - 1))
    found = cut_panel(panel, module_of(panel), CYCLE)
    assert isinstance(found, Cut)
    return found


def test_the_noise_of_pooled_units_is_that_of_their_mean() -> None:
    sizes = []
    for seed in range(40):
        (series,) = control_series(world(noise=1.5, seed=seed), ())
        sizes.append(series.noise)
    assert series.n_units == 19
    assert np.mean(sizes) == pytest.approx(1.5**2 / 19, rel=0.05)


def test_untreated_units_that_predict_are_counted_and_declared_series_are_not() -> None:
    cut = world(noise=0.2)
    pooled = time_based_regression(cut)
    other = panel_of(cut.numerators[1:4], 1.0, [None] * 3)
    declared = time_based_regression(cut, (other,))
    assert isinstance(pooled, Estimate)
    assert isinstance(declared, Estimate)
    assert (pooled.n_units, pooled.n_treated) == (20, 1)
    assert (declared.n_units, declared.n_treated) == (1, 1)


def test_a_control_of_one_unit_is_taken_as_it_is() -> None:
    (series,) = control_series(world(noise=0.2, n=2), ())
    assert (series.noise, series.n_units) == (0.0, 1)


def test_what_the_noise_of_one_control_may_hide_is_in_its_interval() -> None:
    """The slope is that of least squares; its error holds every slope up to the inverse regression."""
    cut = world(noise=0.8, n=2, shift=3.0)
    bounded = time_based_regression(cut)
    assert isinstance(bounded, Estimate)
    rows, later = np.flatnonzero(cut.is_baseline), np.flatnonzero(cut.is_post.any(axis=0))
    y, x = cut.numerators[0], cut.numerators[1]
    slope, back = np.polyfit(x[rows], y[rows], 1)[0], np.polyfit(y[rows], x[rows], 1)[0]
    moved = x[later].mean() - x[rows].mean()
    hidden = (1 / back - slope) * moved / np.sqrt(3)
    gap = least_squares_gap(cut)
    assert bounded.standard_error == pytest.approx(np.hypot(gap.standard_error, hidden))
    assert hidden > gap.standard_error


def test_a_shift_of_the_calendar_is_no_effect_though_one_noisy_control_shows_it() -> None:
    """Without the bound least squares calls the part of the shift it does not follow an effect."""
    called = {"bounded": 0, "least squares": 0}
    for seed in range(40):
        cut = world(noise=0.8, n=2, seed=seed, shift=3.0)
        for name, known in (("bounded", None), ("least squares", 0.0)):
            found = time_based_regression(cut, autocorrelation=known)
            assert isinstance(found, Estimate)
            called[name] += not found.interval.lower <= 0 <= found.interval.upper
    assert called["bounded"] <= 2
    assert called["least squares"] > 15


def least_squares_gap(cut: Cut) -> Gap:
    """The gap before it is widened."""
    rows, later = np.flatnonzero(cut.is_baseline), np.flatnonzero(cut.is_post.any(axis=0))
    design = np.column_stack([np.ones(cut.n_periods), cut.numerators[1]])
    found = predict_gap(cut.numerators[0], design, rows, later, np.ones(len(later)))
    assert found is not None
    return found


def test_a_declared_control_is_pooled_over_its_units_and_laid_on_the_periods_of_the_cut() -> None:
    cut = world(noise=0.2)
    other = panel_of(np.tile(np.arange(40.0), (3, 1)), 1.0, [None] * 3)
    (series,) = control_series(cut, (other,))
    assert np.array_equal(series.values[:40], np.arange(40.0))
    assert np.isnan(series.values[40:]).all()
    flat = panel_of(np.full((3, WEEKS), 2.0), 1.0, [None] * 3)
    assert control_series(cut, (flat,))[0].n_units == 19  # a series that never moves is none


def test_reliability_is_the_share_that_is_no_noise() -> None:
    cut = world(noise=2.0)
    series = control_series(cut, ())
    rows = np.flatnonzero(cut.is_baseline)
    seen = np.var(series[0].values[rows])
    assert reliability(series, rows) == pytest.approx(1 - series[0].noise / seen)


def test_controls_that_are_mostly_noise_are_refused_by_name() -> None:
    reason = time_based_regression(world(noise=12.0))
    assert isinstance(reason, Message)
    assert reason.code == "control_series_is_mostly_noise"
    assert 0 <= reason.values["share"] < 0.3


def test_a_shift_of_the_calendar_is_followed_in_full_though_the_control_is_noisy() -> None:
    """Least squares follows two thirds of it and calls the rest an effect."""
    errors: dict[str, list[float]] = {"freed": [], "least squares": []}
    for seed in range(60):
        cut = world(noise=2.5, n=12, seed=seed, shift=3.0)
        for name, known in (("freed", None), ("least squares", 0.0)):
            found = time_based_regression(cut, autocorrelation=known)
            if isinstance(found, Estimate):
                errors[name].append(found.estimate)
    assert abs(np.mean(errors["freed"])) < 3 * np.std(errors["freed"]) / np.sqrt(60)
    assert np.mean(errors["least squares"]) > 0.5


def test_the_real_effect_is_ranked_among_eight_placebo_dates() -> None:
    cut = world(noise=0.3)
    quiet = time_based_regression(cut)
    numerators = cut.numerators.copy()
    numerators[0, GO_LIVE:] += 4.0
    loud = time_based_regression(replace(cut, numerators=numerators))
    assert isinstance(quiet, Estimate)
    assert isinstance(loud, Estimate)
    assert loud.details["n_placebo_dates"] == 8
    assert loud.details["placebo_rank"] == pytest.approx(1 / 9)
    assert quiet.details["placebo_rank"] > 1 / 9
    assert placebo_passes(loud)


def test_a_baseline_too_short_for_eight_placebo_dates_passes_no_test_of_them() -> None:
    rng = np.random.default_rng(1)
    shared = 10 + rng.normal(0, 1, 20)
    panel = panel_of(shared + rng.normal(0, 0.3, (10, 20)), 1.0, [14] + [None] * 9)
    cut = cut_panel(panel, module_of(panel), CYCLE)
    assert isinstance(cut, Cut)
    found = time_based_regression(cut)
    assert isinstance(found, Estimate)
    assert found.details["n_placebo_dates"] < 8
    assert not placebo_passes(found)
    (told,) = (
        finding
        for finding in estimate_findings("m.x", found, smallest=1.0)
        if finding.check == "placebo_dates_show_no_effect"
    )
    assert (told.passed, told.message.code) == (False, "too_few_placebo_dates")

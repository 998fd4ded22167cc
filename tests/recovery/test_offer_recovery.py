"""Planted complier effects and none at all: coverage of either interval, false positives of the offer."""

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "reference"))

from simulated_offers import arms_of, simulate

from roi_pipeline.domain.effects import Effect, OfferAndUse
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.designs.randomised import Adjustment, randomised
from roi_pipeline.stats.effect import Question

QUESTION = Question("m", "y", Window(date(2026, 1, 1), date(2026, 4, 1)))
N = 1000


def _covers(use: OfferAndUse, truth: float) -> bool:
    if use.shape == "unbounded" or use.lower is None or use.upper is None:
        return True
    if use.shape == "outside":
        return truth <= use.upper or truth >= use.lower
    return use.lower <= truth <= use.upper


def _effects(**planted: float) -> list[Effect]:
    """One study a seed; about one in a thousand is refused because its arms differ before."""
    adjustment = Adjustment(covariates=("x",))
    outcomes = [
        randomised(
            arms_of(simulate(seed, n=200, **planted), ("x",)), QUESTION, adjustment=adjustment
        )
        for seed in range(N)
    ]
    found = [outcome for outcome in outcomes if isinstance(outcome, Effect)]
    assert len(found) >= 0.995 * N
    return found


@pytest.mark.slow
@pytest.mark.parametrize("take_up", [0.6, 0.1], ids=["strong", "weak"])
def test_intervals_of_compliers_cover_the_planted_effect(take_up: float) -> None:
    found = [effect.use for effect in _effects(take_up=take_up, effect=1.5)]
    uses = [use for use in found if use is not None and use.estimate is not None]
    assert len(uses) > 0.95 * N
    share = sum(_covers(use, 1.5) for use in uses) / len(uses)
    assert 0.93 <= share <= 0.97
    weak = sum(use.interval_method == "anderson_rubin" for use in uses) / len(uses)
    assert (weak > 0.5) == (take_up < 0.5)


@pytest.mark.slow
def test_an_offer_without_effect_is_seldom_seen_and_users_look_better_all_the_same() -> None:
    effects = _effects(take_up=0.4, always=0.2, effect=0.0)
    assert 0.03 <= sum(effect.is_clear for effect in effects) / len(effects) <= 0.07
    users = [
        each for effect in effects if effect.use for each in effect.use.self_selected
        if each.kind == "users_against_non_users"
    ]  # fmt: skip
    assert len(users) == len(effects)
    assert sum(each.lower > 0 for each in users) / len(users) > 0.3
    assert {each.grade for each in users} == {"D"}

"""Advice against rules of thumb on modules whose true value is known; docs/advice.md has the table."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from simulated_decisions import POLICIES, Regrets, simulate

RULES = [name for name in POLICIES if name != "advice"]


def best_rule(found: Regrets) -> float:
    return min(found.loss(name) for name in RULES)


@pytest.fixture(scope="module")
def sample() -> Regrets:
    return simulate(250, seed=4_711)


def test_nobody_does_better_than_knowing_the_truth(sample: Regrets) -> None:
    assert all(sample.loss(name) > 0 for name in POLICIES)


def test_following_the_advice_loses_far_less_than_any_rule_of_thumb(sample: Regrets) -> None:
    assert sample.loss("advice") < 0.75 * best_rule(sample)


def test_the_advice_stops_fewer_good_modules_than_judging_by_plain_comparison(
    sample: Regrets,
) -> None:
    advice, plain = sample.tallies["advice"], sample.tallies["plain before/after"]
    assert advice.stopped > 50
    assert advice.stopped_worth_keeping <= plain.stopped_worth_keeping
    assert advice.expanded_losing <= 0.05 * sample.n


@pytest.fixture(scope="module")
def fresh() -> tuple[int, Regrets]:
    seed = int.from_bytes(os.urandom(4), "big")
    return seed, simulate(2_000, seed)


@pytest.mark.soak
def test_few_of_two_thousand_fresh_modules_are_stopped_or_expanded_wrongly(
    fresh: tuple[int, Regrets],
) -> None:
    seed, found = fresh
    advice = found.tallies["advice"]
    shares = (advice.stopped_worth_keeping / found.n, advice.expanded_losing / found.n)
    assert max(shares) <= 0.05, f"seed {seed}: {shares}"


@pytest.mark.soak
@pytest.mark.xfail(reason="49 to 54 % of the best rule's loss (target 50 %); docs/advice.md")
def test_two_thousand_fresh_modules_lose_half_of_the_best_rules_loss(
    fresh: tuple[int, Regrets],
) -> None:
    seed, found = fresh
    assert found.loss("advice") <= 0.5 * best_rule(found), f"seed {seed}"

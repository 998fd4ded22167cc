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


@pytest.mark.soak
@pytest.mark.xfail(
    reason="6.0 and 7.1 % of modules were stopped although worth keeping (target 5 %), the loss was 49 and "
    "52 % of the best rule's (target 50 %); docs/advice.md"
)
def test_two_thousand_fresh_modules() -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    found = simulate(2_000, seed)
    advice = found.tallies["advice"]
    figures = {
        "loss in parts of the best rule's": (found.loss("advice") / best_rule(found), 0.5),
        "stopped although worth keeping": (advice.stopped_worth_keeping / found.n, 0.05),
        "expanded although losing": (advice.expanded_losing / found.n, 0.05),
    }
    missed = {name: seen for name, (seen, most) in figures.items() if seen > most}
    assert not missed, f"seed {seed}: {missed}"

"""A design is sound while what it calls by chance stays within 3 to 7 %, up to the error of counting."""

from dataclasses import replace
from datetime import date

import pytest

from roi_pipeline.domain.selftests import DesignScore, Selftest

SCORE = DesignScore("randomised", 200, 10, 100, 80, 95, 0.0, 0.01, 1, 40)


def test_rates_are_shares_of_the_trials_of_their_own_kind() -> None:
    assert (SCORE.false_positive_rate, SCORE.power, SCORE.coverage) == (0.05, 0.8, 0.95)
    none = replace(SCORE, n_null=0, n_planted=0)
    assert (none.false_positive_rate, none.power, none.coverage) == (None, None, None)


@pytest.mark.parametrize(
    ("n_null", "called", "verdict"),
    [
        (39, 20, None),  # too few trials to say anything
        (40, 20, False),
        (200, 10, True),
        (200, 21, True),  # 10.5 % - 1.96 × 2.2 % is still below 7 %
        (200, 24, False),  # 12 % - 1.96 × 2.3 % is not
        (2000, 30, False),  # 1.5 % + 1.96 × 0.3 % stays below 3 %
        (200, 0, False),
    ],
)
def test_the_limits_hold_up_to_the_error_of_counting(
    n_null: int, called: int, *, verdict: bool | None
) -> None:
    assert replace(SCORE, n_null=n_null, called=called).is_within_limits is verdict


def test_designs_without_a_comparison_and_with_few_trials_are_not_judged() -> None:
    bad = replace(SCORE, called=100)
    blind = replace(bad, design="before_after")
    few = replace(bad, n_null=10)
    passed = Selftest(date(2026, 1, 1), 1, 200, (SCORE, blind, few), 0)
    assert passed.judged == (SCORE,)
    assert passed.is_sound
    assert not replace(passed, scores=(SCORE, bad)).is_sound

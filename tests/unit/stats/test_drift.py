"""A mix of categories that changed is found; one that only varies as it always did is not."""

import random
from collections import Counter
from collections.abc import Mapping

import pytest

from roi_pipeline.stats.drift import FALSE_ALARM_RATE, CategoryDrift, category_drift

USUAL = {"solved": 0.5, "called back": 0.3, "lost": 0.15, "": 0.05}
SEEDS = 200
MOST_FALSE_ALARMS = (
    2  # of 200, where 1 in 1,000 is stated for chance and 1 in 100 for shares that vary
)


def counts(
    chance: random.Random, mix: Mapping[str, float], rows: int, spread: float | None = None
) -> Counter[str]:
    """Rows of a period; with `spread` its own mix varies about the usual one (Dirichlet)."""
    weights = [
        share if spread is None else chance.gammavariate(share * spread, 1)
        for share in mix.values()
    ]
    return Counter(chance.choices([*mix], weights, k=rows))


def judged(newest: Counter[str], before: list[Counter[str]]) -> CategoryDrift:
    found = category_drift(newest, before, minimum_count=100, smallest_shift=0.1)
    assert found is not None
    return found


@pytest.mark.parametrize(("rows", "spread"), [(150, None), (400, 200), (150, 50)])
def test_of_two_hundred_weeks_as_usual_hardly_one_is_an_alarm(
    rows: int, spread: float | None
) -> None:
    alarms = 0
    for seed in range(SEEDS):
        chance = random.Random(seed)  # noqa: S311
        weeks = [counts(chance, USUAL, rows, spread) for _ in range(9)]
        found = category_drift(weeks[-1], weeks[:-1], minimum_count=100, smallest_shift=0.0)
        assert found is not None
        alarms += found.has_drifted
    assert alarms <= MOST_FALSE_ALARMS


@pytest.mark.parametrize(
    "mix",
    [
        {"solved": 0.2, "called back": 0.3, "lost": 0.45, "": 0.05},
        {"solved": 0.2, "called back": 0.1, "lost": 0.05, "": 0.02, "new code": 0.63},
        {"lost": 1.0},
        {"": 1.0},
    ],
    ids=["another reason", "a code never seen", "one for all", "no value at all"],
)
def test_a_week_coded_otherwise_is_found_and_the_category_named(mix: dict[str, float]) -> None:
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311
        before = [counts(chance, USUAL, 300, 300) for _ in range(8)]
        found = judged(counts(chance, mix, 300), before)
        assert found.has_drifted
        most = max({*mix, *USUAL}, key=lambda name: abs(mix.get(name, 0) - USUAL.get(name, 0)))
        assert found.category == most or abs(mix[most] - USUAL[most]) == pytest.approx(0.3)
        assert found.share == pytest.approx(mix.get(found.category, 0), abs=0.1)


def test_weeks_after_a_wrong_one_are_as_usual_and_a_lasting_change_becomes_usual() -> None:
    chance = random.Random(5)  # noqa: S311
    other = {"solved": 0.1, "called back": 0.1, "lost": 0.8, "": 0.0}
    usual = [counts(chance, USUAL, 400) for _ in range(12)]
    wrong = [counts(chance, other, 400) for _ in range(12)]
    assert not judged(usual[-1], [*usual[:7], wrong[0]]).has_drifted
    lasting = [judged(wrong[-1], [*usual[: 8 - n], *wrong[:n]]).has_drifted for n in range(9)]
    assert lasting[:3] == [True, True, True]
    assert lasting[5:] == [False] * 4


def test_a_column_that_always_held_one_value_may_go_on_and_may_not_change() -> None:
    before = [Counter({"web": 200})] * 8
    assert not judged(Counter({"web": 200}), before).has_drifted
    assert not judged(Counter({"web": 198, "app": 2}), before).has_drifted
    found = judged(Counter({"app": 200}), before)
    assert (found.has_drifted, found.shift) == (True, 1.0)


def test_a_shift_below_the_bound_is_no_drift_however_many_rows() -> None:
    before = [Counter({"a": 50_000, "b": 50_000})] * 8
    found = judged(Counter({"a": 56_000, "b": 44_000}), before)
    assert found.p_value < FALSE_ALARM_RATE
    assert not found.has_drifted


@pytest.mark.parametrize(("newest", "weeks"), [(99, 8), (0, 8), (100, 2), (100, 0)], ids=str)
def test_too_few_rows_or_periods_are_not_judged(newest: int, weeks: int) -> None:
    small = [Counter({"a": 99})] * 5
    before = [*small, *[Counter({"a": 100})] * weeks]
    found = category_drift(Counter({"a": newest}), before, minimum_count=100, smallest_shift=0.1)
    assert found is None

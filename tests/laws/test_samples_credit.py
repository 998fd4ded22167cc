"""Laws of credit: Σ credited equals what was observed and never exceeds it, whatever the counts."""

import math
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi_pipeline.domain.attribution import ExposureCount
from roi_pipeline.stats.attribution import Credit, shapley_values, share_credit

MODULES = tuple("abcdefg")
subsets = st.lists(st.sampled_from(MODULES), max_size=7, unique=True).map(tuple)


@st.composite
def cell(draw: st.DrawFn) -> ExposureCount:
    customers = draw(st.integers(0, 5) | st.integers(0, 10_000))
    outcomes = draw(st.integers(0, 3 * customers)) if customers else 0
    return ExposureCount(draw(subsets), customers, outcomes)


tables = st.lists(cell(), min_size=1, max_size=40).filter(
    lambda cells: any(cell.modules for cell in cells)
)


def credit_of(cells: list[ExposureCount], **options: object) -> Credit:
    credit = share_credit(cells, **options)  # type: ignore[arg-type]
    assert isinstance(credit, Credit), credit
    return credit


@given(tables, st.none() | st.floats(0, 3), st.sampled_from([0, 1, 100]))
def test_credited_outcomes_are_exactly_those_observed(
    cells: list[ExposureCount], base_rate: float | None, needed: int
) -> None:
    credit = credit_of(cells, base_rate=base_rate, min_customers=needed)
    touched = sum(cell.outcomes for cell in cells if cell.modules)
    assert credit.observed == touched
    assert sum(module.credited for module in credit.modules) == touched
    assert credit.observed + credit.untouched == sum(cell.outcomes for cell in cells)
    for module in credit.modules:
        assert 0 <= module.credited <= module.touched
        assert module.attribution_share is None or 0 <= module.attribution_share <= 1


@given(tables, st.none() | st.floats(0, 3))
def test_increments_never_exceed_what_was_observed(
    cells: list[ExposureCount], base_rate: float | None
) -> None:
    credit = credit_of(cells, base_rate=base_rate)
    increments = [module.incremental for module in credit.modules if module.incremental is not None]
    assert sum(increments, Decimal(0)) <= credit.observed
    assert all(increment >= 0 for increment in increments)
    for module in credit.modules:
        assert module.incremental is None or module.incremental <= module.touched


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_the_counts_changes_nothing(
    cells: list[ExposureCount], random: object
) -> None:
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert credit_of(shuffled) == credit_of(cells)


@st.composite
def games(draw: st.DrawFn) -> tuple[tuple[str, ...], dict[tuple[str, ...], float]]:
    players = MODULES[: draw(st.integers(1, 6))]
    value = {
        subset: draw(st.floats(-1, 1))
        for size in range(len(players) + 1)
        for subset in combinations(players, size)
    }
    return players, value


@given(games())
def test_shapley_values_add_up_to_what_all_gain_together(
    game: tuple[tuple[str, ...], dict[tuple[str, ...], float]],
) -> None:
    players, value = game
    shares = shapley_values(players, value)
    assert math.fsum(shares.values()) == pytest.approx(value[players] - value[()], abs=1e-9)


@given(games())
def test_who_adds_nothing_anywhere_gets_nothing(
    game: tuple[tuple[str, ...], dict[tuple[str, ...], float]],
) -> None:
    players, value = game
    idle = players[0]
    blind = {
        subset: value[tuple(player for player in subset if player != idle)] for subset in value
    }
    assert shapley_values(players, blind)[idle] == pytest.approx(0.0, abs=1e-12)


@given(games())
def test_players_who_add_the_same_get_the_same(
    game: tuple[tuple[str, ...], dict[tuple[str, ...], float]],
) -> None:
    players, value = game
    by_size = {subset: value[players[: len(subset)]] for subset in value}
    shares = shapley_values(players, by_size)
    assert list(shares.values()) == pytest.approx([shares[players[0]]] * len(players), abs=1e-9)

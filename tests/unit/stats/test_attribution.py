"""Credit: who may claim which outcomes."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest

from roi_pipeline.domain.attribution import ExposureCount
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.attribution import Credit, round_to_total, shapley_values, share_credit


def credit_of(counts: list[ExposureCount], **options: object) -> Credit:
    credit = share_credit(counts, **options)  # type: ignore[arg-type]
    assert isinstance(credit, Credit), credit
    return credit


def numbers(credit: Credit) -> dict[str, int]:
    return {module.module_id: module.credited for module in credit.modules}


TWO = [
    ExposureCount((), 1000, 100),
    ExposureCount(("calls",), 1000, 150),
    ExposureCount(("invites",), 1000, 250),
    ExposureCount(("calls", "invites"), 1000, 400),
]


def test_two_modules_share_what_both_touched_by_what_each_adds() -> None:
    credit = credit_of(TWO)
    # v(calls)=.05, v(invites)=.15, v(both)=.30: φ = (.05 + .15)/2 = .10 and (.15 + .25)/2 = .20
    assert numbers(credit) == {"calls": 150 + 133, "invites": 250 + 267}
    assert credit.observed == 800
    assert credit.untouched == 100
    assert credit.base_rate == 0.1
    assert credit.equal_splits == ()
    assert credit.notes == ()


def test_what_would_have_come_anyway_is_nobodys_increment() -> None:
    credit = credit_of(TWO)
    calls, invites = credit.of("calls"), credit.of("invites")
    assert calls is not None
    assert invites is not None
    assert calls.incremental == pytest.approx(Decimal(50 + 100), abs=Decimal("0.001"))
    assert invites.incremental == pytest.approx(Decimal(150 + 200), abs=Decimal("0.001"))
    assert calls.touched == 550
    assert calls.attribution_share == pytest.approx(283 / 550)
    assert credit.of("nobody") is None


def test_a_module_that_lowered_conversions_gets_nothing_of_the_shared_ones() -> None:
    credit = credit_of([*TWO[:1], ExposureCount(("calls",), 1000, 20), *TWO[2:]])
    # φ(calls) = (−.08 + (.30 − .15))/2 = .035; still positive
    assert numbers(credit)["calls"] > 20
    worse = credit_of(
        [
            *TWO[:1],
            ExposureCount(("calls",), 1000, 20),
            TWO[2],
            ExposureCount(TWO[3].modules, 1000, 150),
        ]
    )
    assert numbers(worse) == {"calls": 20, "invites": 250 + 150}


def test_when_no_module_raised_conversions_they_share_equally_and_add_nothing() -> None:
    credit = credit_of([TWO[0], *(ExposureCount(cell.modules, 1000, 50) for cell in TWO[1:])])
    assert numbers(credit) == {"calls": 75, "invites": 75}
    assert credit.equal_splits == (("calls", "invites"),)
    assert {module.incremental for module in credit.modules} == {Decimal("0.000000")}


def test_few_customers_in_any_part_make_it_an_equal_split() -> None:
    few = [*TWO[:1], ExposureCount(("calls",), 99, 15), *TWO[2:]]
    credit = credit_of(few)
    assert numbers(credit) == {"calls": 15 + 200, "invites": 250 + 200}
    assert credit.equal_splits == (("calls", "invites"),)
    assert [note.code for note in credit.notes] == ["some_credit_is_shared_equally"]
    assert credit_of(few, min_customers=50).equal_splits == ()


def test_without_untouched_customers_there_is_no_increment() -> None:
    credit = credit_of(TWO[1:])
    assert credit.base_rate is None
    assert {module.incremental for module in credit.modules} == {None}
    assert "no_untouched_customers" in [note.code for note in credit.notes]
    assert numbers(credit) == {"calls": 350, "invites": 450}


def test_a_hold_out_knows_the_base_rate_better() -> None:
    credit = credit_of(TWO[1:], base_rate=0.1)
    assert numbers(credit) == numbers(credit_of(TWO))
    assert credit.base_rate == 0.1


def test_more_than_six_modules_share_equally() -> None:
    names = tuple("abcdefg")
    counts = [ExposureCount((), 1000, 10)]
    counts += [ExposureCount((name,), 1000, 20) for name in names]
    counts += [ExposureCount(names, 1000, 70)]
    credit = credit_of(counts)
    assert numbers(credit) == dict.fromkeys(names, 30)
    assert credit.notes[0].code == "too_many_modules_to_share"


def test_six_modules_are_shared_exactly() -> None:
    names = tuple("abcdef")
    counts = [
        ExposureCount(subset, 1000, 20 + 10 * len(subset))
        for size in range(7)
        for subset in combinations(names, size)
    ]
    credit = credit_of(counts)
    assert credit.equal_splits == ()
    assert sum(numbers(credit).values()) == credit.observed
    assert max(numbers(credit).values()) - min(numbers(credit).values()) <= 1


def test_repeated_and_unsorted_sets_are_added_up() -> None:
    turned = [*TWO[:3], ExposureCount(("invites", "calls"), 600, 240)]
    turned.append(ExposureCount(("calls", "invites"), 400, 160))
    assert credit_of(turned) == credit_of(TWO)


def test_roundings_are_carried_so_that_no_name_wins_every_time() -> None:
    pairs = [ExposureCount(pair, 10, 1) for pair in combinations("abcd", 2)]
    assert max(numbers(credit_of(pairs)).values()) == 2


def test_a_set_without_outcomes_credits_nothing() -> None:
    credit = credit_of([TWO[0], ExposureCount(("calls",), 500, 0)])
    calls = credit.of("calls")
    assert calls is not None
    assert (calls.credited, calls.touched, calls.attribution_share) == (0, 0, None)


@pytest.mark.parametrize(
    ("counts", "base_rate", "code"),
    [
        ([ExposureCount(("a",), -1, 0)], None, "counts_are_negative"),
        ([ExposureCount(("a",), 1, -1)], None, "counts_are_negative"),
        ([ExposureCount(("a",), 0, 3)], None, "outcomes_without_customers"),
        ([ExposureCount(("a",), 10, 3)], float("nan"), "base_rate_is_not_a_rate"),
        ([ExposureCount(("a",), 10, 3)], -0.1, "base_rate_is_not_a_rate"),
        ([ExposureCount((), 10, 3)], None, "no_module_touched_anyone"),
        ([], None, "no_module_touched_anyone"),
    ],
)
def test_impossible_counts_give_their_reason(
    counts: list[ExposureCount], base_rate: float | None, code: str
) -> None:
    found = share_credit(counts, base_rate=base_rate)
    assert isinstance(found, Message)
    assert found.code == code


def test_shapley_values_of_the_glove_game() -> None:
    # one left glove (a), two right gloves (b, c): a pair is worth 1; known answer 2/3, 1/6, 1/6
    value = {
        subset: float("a" in subset and len(subset) > 1)
        for size in range(4)
        for subset in combinations("abc", size)
    }
    assert shapley_values(("a", "b", "c"), value) == pytest.approx(
        {"a": 2 / 3, "b": 1 / 6, "c": 1 / 6}
    )


def test_rounding_gives_the_largest_remainders_the_rest() -> None:
    exact = {"a": Fraction(7, 3), "b": Fraction(7, 6), "c": Fraction(1, 2)}
    assert round_to_total(exact, 4) == {"a": 2, "b": 1, "c": 1}
    assert round_to_total(exact, 4, {"b": Fraction(1)}) == {"a": 2, "b": 2, "c": 0}

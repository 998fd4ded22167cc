"""A reader with a calculator gets every printed amount of three ledgers from the printed factors alone."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.rounding import digits_that_multiply, rounded
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.working import product
from roi_pipeline.reporting.view import voice_for

PRINTED = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*(%?)")
D = Decimal


def by_hand(text: str) -> int:
    """The product of what stands between the signs, to the unit."""
    found = Fraction(1)
    for part in text.split(" × "):
        number, percent = PRINTED.findall(part.replace("\u2060", "").replace("\u00a0", ""))[-1]
        found *= Fraction(number.replace(",", "")) / (100 if percent else 1)
    return int(rounded(Decimal(found.numerator) / Decimal(found.denominator)))


LINES = [  # quantity, unit price, margin or recapture: realised revenue, estimated, capacity, a cost
    ("8.806430", "9800", "1"),
    ("1361.688662", "1", "0.35"),
    ("417.36815", "330", "0.30"),
    ("0.3715768", "4592134.12", "0.28"),
    ("2.9677419354838709677", "7500", "0.333"),
]


@pytest.mark.parametrize(("quantity", "price", "share"), LINES)
def test_the_printed_factors_give_the_printed_amount(
    edition: EditionInputs, quantity: str, price: str, share: str
) -> None:
    context = EditionContext(edition, voice_for(edition, "en", shipped_sentences()))
    factors = (D(quantity), D(price))
    amount = factors[0] * factors[1] * D(share)
    text = product(context, factors, (("money.margin", D(share)),), amount)
    assert by_hand(text) == int(rounded(amount)), text


def test_no_digits_are_added_where_none_are_needed_or_none_help() -> None:
    assert digits_that_multiply([(D("12.5"), 1), (D(100), 0)], D(1250)) == (1, 0)
    assert digits_that_multiply([(D("12.5"), 1), (D(100), 0)], D(9999)) is None

"""A reader with a calculator gets every printed amount of three ledgers from the printed factors alone."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.money import Assumption
from roi_pipeline.domain.rounding import digits_that_multiply, rounded
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.working import priced_per, product
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


@pytest.mark.parametrize(("language", "says"), [
    ("en", "1,934.9 × CN¥45.00/hour"), ("zh-CN", "1,934.9 × ¥45.00/小时"), ("zh-TW", "小時"),
])  # fmt: skip
def test_a_quantity_is_printed_with_its_unit(
    edition: EditionInputs, language: Language, says: str
) -> None:
    context = EditionContext(edition, voice_for(edition, language, shipped_sentences()))
    assert says in product(context, (D("1934.9"), D(45)), (), D("87070.5"), per="hour")


def test_the_unit_is_what_the_price_is_stated_for(edition: EditionInputs) -> None:
    first, *others = edition.modules
    stated = (
        Assumption("margin", D(30), "CNY/sale", "s", "o", date(2026, 1, 1)),
        Assumption("each", D(1), "CNY/CNY", "s", "o", date(2026, 1, 1)),
    )
    module = replace(first.module, assumptions=stated)
    changed = replace(edition, modules=(replace(first, module=module), *others))
    context = EditionContext(changed, voice_for(changed, "en", shipped_sentences()))
    asked = ("margin", "each", "payroll:agent", "nobody knows")
    assert [priced_per(context, name) for name in asked] == ["sale", "", "hour", ""]


def test_no_digits_are_added_where_none_are_needed_or_none_help() -> None:
    assert digits_that_multiply([(D("12.5"), 1), (D(100), 0)], D(1250)) == (1, 0)
    assert digits_that_multiply([(D("12.5"), 1), (D(100), 0)], D(9999)) is None

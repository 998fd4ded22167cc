"""A multiplication printed so that the reader's own product gives the printed amount."""

from collections.abc import Sequence
from decimal import Decimal

from roi_pipeline.domain.rounding import digits_that_multiply
from roi_pipeline.reporting.numbers import Numbers, places_of, price_digits
from roi_pipeline.reporting.sections.context import EditionContext

RATE_DIGITS = 4
PAYROLL, HOUR = "payroll:", "hour"


def unit_of(context: EditionContext, assumption_id: str) -> str:
    """Unit an assumption is stated in; empty when there is none of that name."""
    edition = context.edition
    register = [*edition.study.assumptions]
    for inputs in edition.modules:
        register += [*inputs.value.assumptions, *inputs.module.assumptions]
    return next((item.unit for item in register if item.id == assumption_id), "")


def priced_per(context: EditionContext, assumption_id: str) -> str:
    """What an assumed price is for: `order` of `CNY/order`; nothing for money per money."""
    if assumption_id.startswith(PAYROLL):
        return HOUR
    money, _, unit = unit_of(context, assumption_id).partition("/")
    return "" if unit == money else unit


def product(
    context: EditionContext,
    factors: Sequence[Decimal],
    shares: Sequence[tuple[str, Decimal]],
    amount: Decimal | None,
    *,
    prices: Numbers | None = None,
    per: str = "",
) -> str:
    """`8.8064 × NT$9,800/order × margin 35 %`: every factor with as many digits as the amount needs.

    Args:
        context: the edition.
        factors: quantity, unit price and, in another currency, its exchange rate.
        shares: (name, fraction) of the rest; those of one are left out.
        amount: what the product comes to.
        prices: how the unit price is written where its currency is another.
        per: what the price is for, the unit of the quantity; empty where it is not known.
    """
    say, numbers = context.voice, context.numbers
    quantity, price, *rate = factors
    parts = [(name, share) for name, share in shares if share != 1]
    values = [quantity, price, *rate, *(share for _, share in parts)]
    least = [places_of(quantity), price_digits(price)]
    least += [RATE_DIGITS for _ in rate] + [2 for _ in parts]
    digits = None
    if amount is not None:
        digits = digits_that_multiply(list(zip(values, least, strict=True)), amount)
    found = list(digits or least)
    texts = [
        numbers.number(quantity, digits=found[0]),
        (prices or numbers).price(price, digits=found[1])
        + (f"/{say.name('priced_per', per)}" if per else ""),
        *(f"{say.word('money.rate')} {numbers.number(x, digits=found[2])}" for x in rate),
    ]
    texts += [
        f"{say.word(name)} {numbers.percent(share, digits=n - 2)}"
        for (name, share), n in zip(parts, found[2 + len(rate) :], strict=True)
    ]
    return " × ".join(texts)

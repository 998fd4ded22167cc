"""Rounding for readers: half away from zero, in one place for every room that prints a figure.

An amount is rounded once, as a line; totals add the rounded lines, so that what is printed adds up
and no quantity is printed as two amounts.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import prod

MOST_DIGITS = 10


def rounded(value: Decimal, digits: int = 0) -> Decimal:
    """Half away from zero, never negative zero.

    >>> rounded(Decimal("-0.04"), 1), rounded(Decimal("2.5"))
    (Decimal('0.0'), Decimal('3'))
    """
    result = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def total_of_rounded(amounts: Iterable[Decimal]) -> Decimal:
    """The printed total of printed lines: each line rounded to whole units, then added.

    >>> total_of_rounded([Decimal("0.6"), Decimal("0.6")])
    Decimal('2')
    """
    return sum((rounded(amount) for amount in amounts), Decimal(0))


def unlisted(amounts: Iterable[Decimal], total: Decimal) -> Decimal:
    """What the stated total holds beyond its lines, in whole units; 0 when only rounding differs.

    >>> unlisted([Decimal("0.6"), Decimal("0.6")], Decimal("1.2"))
    Decimal('0')
    """
    difference = rounded(total - sum(amounts, Decimal(0)))
    return difference if abs(difference) >= 1 else Decimal(0)


def digits_that_multiply(
    factors: Sequence[tuple[Decimal, int]], amount: Decimal
) -> tuple[int, ...] | None:
    """Digits of each factor with which a reader's own product gives the printed amount.

    Each factor comes with the fewest digits it is printed with; none gets more than it has. None
    where no number of digits helps, because the amount is not their product.

    >>> digits_that_multiply([(Decimal("8.8064"), 2), (Decimal("9800"), 0)], Decimal("86302.72"))
    (4, 0)
    """
    for more in range(MOST_DIGITS):
        digits = tuple(min(least + more, max(least, _digits_of(x))) for x, least in factors)
        shown = [rounded(x, n) for (x, _), n in zip(factors, digits, strict=True)]
        if rounded(prod(shown, start=Decimal(1))) == rounded(amount):
            return digits
    return None


def _digits_of(value: Decimal) -> int:
    return max(0, -int(value.normalize().as_tuple().exponent))

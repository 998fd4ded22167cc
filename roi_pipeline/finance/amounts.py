"""How measured floats become decimals, and the grid that makes sums of lines exact.

Every line's amount stands on a grid of a billionth of a currency unit, so that adding lines in any
order gives the same total. That is no rounding for readers: they get two decimals from the report.
"""

from collections.abc import Iterable
from decimal import Decimal
from statistics import NormalDist

ZERO = Decimal(0)
ONE = Decimal(1)
GRID = Decimal("1e-9")
NORMAL = NormalDist()


def decimal_of(number: float) -> Decimal:
    """The shortest decimal that stands for a float.

    >>> decimal_of(0.1)
    Decimal('0.1')
    """
    return Decimal(repr(float(number)))


def on_grid(amount: Decimal) -> Decimal:
    """The amount on the grid; sums of such amounts do not depend on their order."""
    return amount.quantize(GRID)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Sum that is a `Decimal` even when there is nothing to add."""
    return sum(amounts, ZERO)


def z_value(confidence: float) -> Decimal:
    """Half-width of a central normal interval in standard errors.

    >>> round(z_value(0.95), 4)
    Decimal('1.9600')
    """
    return decimal_of(NORMAL.inv_cdf((1 + confidence) / 2))


def root_of_squares(amounts: Iterable[Decimal]) -> Decimal:
    """Standard error of a sum of independent parts.

    >>> root_of_squares([Decimal(3), Decimal(4)])
    Decimal('5')
    """
    return total(amount * amount for amount in amounts).sqrt()

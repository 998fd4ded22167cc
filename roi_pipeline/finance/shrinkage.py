"""James-Stein: the sum of many measured effects after shrinkage of the extreme ones.

Positive-part shrinkage towards zero as GrowthBook offers for the sum of experiments; it corrects
selection, not dependence between modules.
"""

from collections.abc import Sequence
from decimal import Decimal

from roi_pipeline.finance.amounts import ONE, ZERO, total

MINIMUM_EFFECTS = 3


def james_stein(amounts: Sequence[Decimal], errors: Sequence[Decimal]) -> Decimal:
    """Factor 1 - (K-2)·s²/Σx², between 0 and 1; s² is the mean squared standard error.

    >>> factor = james_stein([Decimal(x) for x in (120, 90, -20, 300, 40, 10)], [Decimal(80)] * 6)
    >>> f"{factor:.6f} {factor * 540:.2f}"
    '0.776614 419.37'
    """
    squares = total(amount * amount for amount in amounts)
    if len(amounts) < MINIMUM_EFFECTS or squares == 0:
        return ONE
    variance = total(error * error for error in errors) / len(errors)
    return ONE - min(ONE, max(ZERO, (len(amounts) - 2) * variance / squares))

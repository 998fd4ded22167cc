"""Staggered roll-out against units that are never or not yet treated.

Callaway & Sant'Anna (2021) without covariates, group headline, base = mean of the baseline window
instead of one period (`excess` holds the algebra); checked against diff-diff in tests/reference.
"""

from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.controlled import Controlled, compare_with_controls
from roi_pipeline.stats.panels import Cut


def staggered(
    cut: Cut, *, confidence: float = 0.95, is_multiplicative: bool = False
) -> Controlled | Message:
    """Average effect over treated units and post periods of a roll-out in several steps."""
    return compare_with_controls(
        cut, design="staggered", confidence=confidence, is_multiplicative=is_multiplicative
    )

"""What an experiment brought in all, and per unit of what it spent: closed forms, two- and one-sided.

`I = effect × Σ denominator of the treated in post`, `iROAS = I ÷ C`, cost per incremental outcome
`C ÷ I` (Kerman, Wang & Vaver 2017; Vaver & Koehler 2011). C is known, so every bound of I is one of the
others; a cost per outcome has no upper bound where I may be zero.
"""

import math

from roi_pipeline.domain.effects import Effect, IncrementalReturn
from roi_pipeline.stats.inference import critical_value


def incremental_return(effect: Effect, volume: float, spend: float | None) -> IncrementalReturn:
    """Incremental outcome, return on spend and cost per outcome of one experiment.

    Args:
        effect: change per unit of the denominator.
        volume: Σ denominator of the treated units in post.
        spend: what the experiment spent; None: it is not known.
    """
    df = math.inf if effect.degrees_of_freedom is None else effect.degrees_of_freedom
    is_two_tailed_t = effect.interval_kind == "fixed" and effect.details.get("scale") != "log"
    margin = critical_value(2 * effect.confidence - 1, df) * effect.standard_error
    one_sided = (
        (volume * (effect.estimate - margin), volume * (effect.estimate + margin))
        if is_two_tailed_t
        else (None, None)
    )
    return IncrementalReturn(
        volume, volume * effect.estimate, volume * effect.lower, volume * effect.upper,
        *one_sided, effect.confidence, spend,
    )  # fmt: skip

"""A case's rating: too early or not, blocked or not, and what the former standard would say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.standards import Rating, Standard
from roi_pipeline.domain.statements import SoftFigure
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.costs import costs_unknown
from roi_pipeline.finance.periods import RATED, first_rateable_day, has_enough_months
from roi_pipeline.finance.rating import rate
from roi_pipeline.finance.register import default_recapture, read_register
from roi_pipeline.finance.soft import is_valuable
from roi_pipeline.finance.statement import Stated, state


def rate_case(
    case: Case, rated: Stated, *, panel: tuple[SoftFigure, ...], soft: Sequence[Finding]
) -> Rating:
    """The rating of a case's statement under the case's own standard and tier."""
    first = first_rateable_day(case.module, case.tier)
    too_early = Message(
        "window_is_not_over",
        {"tier": case.tier.name, "months": case.tier.minimum_months, "from": first},
    )
    return rate(
        rated,
        standard=case.standard,
        tier=case.tier,
        is_too_early=None if has_enough_months(case.module, case.cycle, case.tier) else too_early,
        is_valuable=is_valuable(panel, soft),
        blockers=costs_unknown(rated.statement.costs),
    )


def rating_before(
    case: Case,
    former: Standard | None,
    *,
    headcount: int,
    panel: tuple[SoftFigure, ...],
    soft: Sequence[Finding],
) -> Rating | None:
    """The rating under the standard of the cycle before, its recapture rate too, same days."""
    if former is None or former == case.standard:
        return None
    tier = former.tier_for(headcount)
    set_by_standard = default_recapture(case.standard)
    stated = [item for item in case.register.in_force if item != set_by_standard]
    last_day = case.cycle.window.end - timedelta(days=1)
    register = read_register(stated, (), standard=former, day=last_day)
    old = replace(case, standard=former, tier=tier, register=register)
    return rate_case(old, state(old, RATED), panel=panel, soft=soft)

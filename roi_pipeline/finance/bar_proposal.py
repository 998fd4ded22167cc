"""What next year's bar should be, from the company's own results and size.

The highest bar moves towards what the better third of the company's own rated modules reached in the
last year, by at most a quarter of a year's money, and never below the discount rate; lower bars
above zero move with it. With fewer than three rated modules nothing is proposed.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from roi_pipeline.domain.outlook import BarProposal, ProposedBar
from roi_pipeline.domain.standards import Standard, Tier
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.amounts import ZERO, total

FEWEST_MODULES = 3
LARGEST_STEP = Decimal("0.25")
GRID = Decimal("0.05")
RATED = ("outright", "provisional")


def propose_bar(
    rated: Mapping[str, Sequence[ModuleValue]],
    *,
    standard: Standard,
    headcounts: Sequence[tuple[date, int]],
    day: date,
) -> BarProposal:
    """The proposal for the year after `day`.

    Args:
        rated: module → its values of the last year's cycles, this one included.
        standard: in force.
        headcounts: (day, people) as known up to `day`, the latest last.
        day: of the report.
    """
    now = headcounts[-1][1]
    tier, start = standard.tier_for(now), date(day.year + 1, 1, 1)
    size = _size(standard, tier, headcounts, day)
    reached = sorted(_reached(rated).values())
    bars = [band for band in tier.bands if band.from_roi is not None]
    if len(reached) < FEWEST_MODULES or not bars:
        values = {"n": len(reached), "needed": FEWEST_MODULES, "tier": tier.name}
        return BarProposal(
            tier.name, start, (), (Message("bar_has_too_few_modules", values), *size)
        )
    top = bars[0].from_roi or ZERO
    wanted = _upper_third(reached)
    moved = min(max(wanted, top - LARGEST_STEP), top + LARGEST_STEP)
    proposed = max(_down(moved), standard.discount_rate)
    values = {
        "n": len(reached),
        "wanted": float(wanted),
        "now": float(top),
        "proposed": float(proposed),
        "step": float(LARGEST_STEP),
        "floor": float(standard.discount_rate),
    }
    if proposed == top:
        return BarProposal(tier.name, start, (), (Message("bar_stays", values), *size))
    shift = proposed - top
    listed = tuple(
        ProposedBar(band.grade, band.from_roi, _shifted(band.from_roi, shift))
        for band in bars
        if band.from_roi is not None
    )
    code = "bar_should_rise" if shift > 0 else "bar_should_fall"
    return BarProposal(tier.name, start, listed, (Message(code, values), *size))


def _reached(rated: Mapping[str, Sequence[ModuleValue]]) -> dict[str, Decimal]:
    """Module → mean ROI of the cycles in which it was rated."""
    found = {
        module_id: [
            value.rating.roi
            for value in values
            if value.rating.status in RATED and value.rating.roi is not None
        ]
        for module_id, values in rated.items()
    }
    return {key: total(rois) / len(rois) for key, rois in found.items() if rois}


def _upper_third(reached: Sequence[Decimal]) -> Decimal:
    """The ROI that a third of the modules reach.

    >>> _upper_third([Decimal(0), Decimal(1), Decimal(2)])
    Decimal('2')
    """
    return reached[-max(1, len(reached) // 3)]


def _down(roi: Decimal) -> Decimal:
    """Down to a whole step of five points.

    >>> _down(Decimal("1.238"))
    Decimal('1.20')
    """
    return (roi / GRID).to_integral_value(ROUND_FLOOR) * GRID


def _shifted(bar: Decimal, shift: Decimal) -> Decimal:
    return bar if bar <= 0 else max(ZERO, bar + shift)


def _size(
    standard: Standard, tier: Tier, headcounts: Sequence[tuple[date, int]], day: date
) -> tuple[Message, ...]:
    """Whether the company, growing as in the last year, leaves its tier in the next."""
    now, year_ago = headcounts[-1][1], date(day.year - 1, day.month, min(day.day, 28))
    before = [people for known, people in headcounts if known <= year_ago]
    if not before or before[-1] == now:
        return ()
    people = round(now * now / before[-1])
    following = standard.tier_for(people)
    if following.name == tier.name:
        return ()
    values = {"then": before[-1], "now": now, "people": people, "tier": following.name}
    return (Message("bar_changes_with_size", values),)

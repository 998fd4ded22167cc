"""The standard's verdict: a grade with the probability behind it, or why there is none yet."""

from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.domain.effects import GRADES
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.standards import Action, Band, Rating, RatingGrade, Standard, Tier
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.amounts import ZERO
from roi_pipeline.finance.statement import Stated, indicative_benefits
from roi_pipeline.finance.uncertainty import Spread


@dataclass(frozen=True, slots=True)
class Verdict:
    """A band of the tier and how probable it is.

    Attributes:
        bar: lower bound of the band; for the lowest band the bound that was missed.
        probability: P(ROI ≥ bar).
        certainty: probability that the grade itself holds.
    """

    grade: RatingGrade
    action: Action
    bar: Decimal | None
    probability: float | None
    certainty: float


def rate(
    stated: Stated,
    *,
    standard: Standard,
    tier: Tier,
    is_too_early: Message | None,
    is_valuable: bool,
    blockers: tuple[Message, ...] = (),
) -> Rating:
    """Rate a statement.

    Args:
        stated: money of the rating window.
        standard: the standard in force.
        tier: the company's tier in it.
        is_too_early: why the window before a rating is not over, if it is not.
        is_valuable: compliance or service quality demonstrably improved.
        blockers: reasons why the figures cannot be rated at all.
    """
    if is_too_early is not None:
        return _without_grade("too_early", standard, tier, (is_too_early,))
    spread = stated.spread
    if not blockers and not stated.has_counted_benefits:
        blockers = (_why_nothing_counts(stated, tier),)
    if not blockers and spread.roi is None:
        blockers = (Message("no_cost_was_counted", {}),)
    if blockers or spread.roi is None:
        return _without_grade("not_ratable", standard, tier, blockers)
    verdict = judge(spread, spread.roi, tier=tier, is_valuable=is_valuable)
    doubts = _doubts(verdict, standard=standard)
    return Rating(
        tier=tier.name,
        standard_id=standard.id,
        status="provisional" if doubts else "outright",
        grade=verdict.grade,
        action=verdict.action,
        roi=spread.roi,
        bar=verdict.bar,
        probability=verdict.probability,
        reasons=(_meaning(verdict, spread.roi), *doubts),
    )


def judge(spread: Spread, roi: Decimal, *, tier: Tier, is_valuable: bool) -> Verdict:
    """The band an ROI falls into; bounds belong to the higher band."""
    previous: Band | None = None
    for band in tier.bands:
        if band.from_roi is None or roi >= band.from_roi:
            return _verdict(spread, band, previous, tier=tier, is_valuable=is_valuable)
        previous = band
    msg = f"standard: tier {tier.name} has no band for ROI {roi}; give the last band no from_roi"
    raise NeedsAHuman(msg)


def probabilities_of(stated: Stated, tier: Tier) -> dict[str, float]:
    """P(ROI ≥ bar) by the name of the grade that begins there; `positive` is P(ROI ≥ 0)."""
    if not stated.has_counted_benefits:
        return {}
    bars = {"positive": ZERO} | {
        band.grade: band.from_roi for band in tier.bands if band.from_roi is not None
    }
    found = {name: stated.spread.probability(bar) for name, bar in bars.items()}
    return {name: share for name, share in found.items() if share is not None}


def _why_nothing_counts(stated: Stated, tier: Tier) -> Message:
    """No benefit was measured, or only on evidence that the tier does not let rate or lean."""
    lines = indicative_benefits(stated.statement.benefits)
    grades = [GRADES.index(line.grade) for line in lines if line.grade is not None]
    if not grades:
        return Message("no_benefit_was_measured", {})
    values = {"grade": GRADES[min(grades)], "lowest": tier.lowest_grade, "tier": tier.name}
    return Message("evidence_is_too_weak_for_the_tier", values)


def _verdict(
    spread: Spread, band: Band, above: Band | None, *, tier: Tier, is_valuable: bool
) -> Verdict:
    if band.from_roi is not None:
        reached = spread.probability(band.from_roi)
        return Verdict(band.grade, band.action, band.from_roi, reached, reached or 0.0)
    bar = above.from_roi if above else None
    reached = spread.probability(bar) if bar is not None else None
    certainty = 1.0 if reached is None else 1 - reached
    if is_valuable and tier.below_zero_if_valuable is not None:
        return Verdict(tier.below_zero_if_valuable, "continue", bar, reached, certainty)
    return Verdict(band.grade, band.action, bar, reached, certainty)


def _doubts(verdict: Verdict, *, standard: Standard) -> tuple[Message, ...]:
    doubts: list[Message] = []
    if verdict.certainty < standard.minimum_probability:
        doubts.append(
            Message(
                "grade_is_not_sure_enough",
                {"probability": verdict.certainty, "needed": standard.minimum_probability},
            )
        )
    return tuple(doubts)


def _meaning(verdict: Verdict, roi: Decimal) -> Message:
    values = {"roi": float(roi), "grade": verdict.grade}
    if verdict.bar is None:
        return Message("roi_has_no_bar", values)
    values |= {"bar": float(verdict.bar), "probability": verdict.probability or float(ZERO)}
    is_above = roi >= verdict.bar
    return Message("roi_reaches_the_bar" if is_above else "roi_misses_the_bar", values)


def _without_grade(
    status: str, standard: Standard, tier: Tier, reasons: tuple[Message, ...]
) -> Rating:
    return Rating(
        tier=tier.name,
        standard_id=standard.id,
        status="too_early" if status == "too_early" else "not_ratable",
        grade=None,
        action="wait",
        roi=None,
        bar=None,
        probability=None,
        reasons=reasons,
    )

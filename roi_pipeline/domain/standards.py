"""The dated rules that turn figures into a rating and an action.

Defaults are those of `catalogue/standards/`; a study may override them. A cycle is judged by the
standard in force on the last day of its window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.money import CostCategory
from roi_pipeline.domain.texts import Message

TierName = Literal["startup", "sme", "large"]
RatingGrade = Literal[
    "meets", "adjust", "excellent", "qualified", "acceptable", "valuable", "review",
]  # fmt: skip
RatingStatus = Literal["outright", "provisional", "too_early", "not_ratable"]
Action = Literal["continue", "optimise", "expand", "renegotiate", "change", "stop", "wait"]


@dataclass(frozen=True, slots=True)
class Band:
    """A grade and the ROI from which it holds (inclusive); None means no lower bound."""

    grade: RatingGrade
    from_roi: Decimal | None
    action: Action


@dataclass(frozen=True, slots=True)
class Tier:
    """Rules for companies of one size.

    Attributes:
        from_headcount: smallest headcount of the tier.
        minimum_months: months of post data before a grade is given.
        rating_months: longest trailing window the ROI of the rating is computed over.
        bands: highest first.
        counted_costs: categories that count; empty counts all.
        counted_benefits: benefit categories that count; empty counts all.
        includes_social_insurance: labour at fully loaded cost.
        lowest_grade: weakest evidence that may enter the rating.
        below_zero_if_valuable: grade when ROI is negative but compliance or service improved.
    """

    name: TierName
    from_headcount: int
    minimum_months: int
    rating_months: int
    bands: tuple[Band, ...]
    lowest_grade: Grade
    counted_costs: tuple[CostCategory, ...] = ()
    counted_benefits: tuple[str, ...] = ()
    includes_social_insurance: bool = False
    below_zero_if_valuable: RatingGrade | None = None


@dataclass(frozen=True, slots=True)
class Standard:
    """All tiers in force from a day on.

    Attributes:
        minimum_probability: P(ROI ≥ bar) from which a grade is given outright.
        stop_probability: chance of earning the running costs below which the advice is to stop,
            whatever the rating's window, unless waiting is worth more than it costs.
        risk_factors: evidence grade → largest risk factor a benefit resting on it may have; a grade
            not named sets none.
    """

    id: str
    valid_from: date
    tiers: tuple[Tier, ...]
    minimum_probability: float = 0.8
    confidence: float = 0.9
    discount_rate: Decimal = Decimal("0.10")
    recapture_rate: Decimal = Decimal("0.30")
    stop_probability: float = 0.05
    risk_factors: Mapping[Grade, Decimal] = field(default_factory=dict[Grade, Decimal])

    def tier_for(self, headcount: int) -> Tier:
        """The tier of a company of that size (DOMAIN 1.8: 10 → start-up, 100 → SME)."""
        fitting = [tier for tier in self.tiers if headcount >= tier.from_headcount]
        return max(fitting, key=lambda tier: tier.from_headcount)


@dataclass(frozen=True, slots=True)
class Rating:
    """What the standard says of a module in a cycle.

    Attributes:
        grade: the grade, or the one it leans towards when provisional; None when too early.
        roi: risk-adjusted ROI of the rating window, as a fraction.
        bar: the ROI the probability refers to: the lower bound of `grade`'s band.
        probability: P(ROI ≥ bar).
        reasons: why this status, in order.
    """

    tier: TierName
    standard_id: str
    status: RatingStatus
    grade: RatingGrade | None
    action: Action
    roi: Decimal | None
    bar: Decimal | None
    probability: float | None
    reasons: tuple[Message, ...] = ()

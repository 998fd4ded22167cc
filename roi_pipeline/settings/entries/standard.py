"""standards/<id>.toml: the dated rules that turn figures into a rating and an action."""

from datetime import date
from typing import Annotated

from annotated_types import Gt, Len, Lt

from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.metrics import BenefitCategory
from roi_pipeline.domain.money import CostCategory
from roi_pipeline.domain.standards import Action, Band, RatingGrade, Standard, Tier, TierName
from roi_pipeline.settings.entries.entry import (
    AtLeastZero,
    Days,
    Entry,
    Fraction,
    Number,
    Share,
    StudyName,
    build,
)
from roi_pipeline.settings.entries.money import LoweringFactor


class BandEntry(Entry):
    """A grade and the ROI from which it holds; the lowest band has no `from_roi`."""

    grade: RatingGrade
    action: Action
    from_roi: Number | None = None

    def to_domain(self) -> Band:
        """The band."""
        return build(Band, self, from_roi=self.from_roi)


class TierEntry(Entry):
    """Rules for companies of one size."""

    name: TierName
    from_headcount: Days
    minimum_months: Days
    rating_months: Annotated[int, Gt(0)]
    lowest_grade: Grade
    band: Annotated[list[BandEntry], Len(1)]
    counted_costs: list[CostCategory] | None = None
    counted_benefits: list[BenefitCategory] | None = None
    includes_social_insurance: bool | None = None
    below_zero_if_valuable: RatingGrade | None = None

    def to_domain(self) -> Tier:
        """The tier, its bands highest first."""
        return build(Tier, self, bands=tuple(band.to_domain() for band in self.band))


class StandardEntry(Entry):
    """The whole file; keys it leaves out come from the standard it is based on, if any."""

    id: StudyName
    based_on: StudyName | None = None
    valid_from: date
    tier: Annotated[list[TierEntry], Len(1)]
    minimum_probability: Fraction | None = None
    confidence: Annotated[float, Gt(0), Lt(1)] | None = None
    discount_rate: AtLeastZero | None = None
    recapture_rate: Share | None = None
    stop_probability: Fraction | None = None
    risk_factors: dict[Grade, LoweringFactor] | None = None

    def to_domain(self) -> Standard:
        """The standard."""
        return build(Standard, self, tiers=tuple(tier.to_domain() for tier in self.tier))

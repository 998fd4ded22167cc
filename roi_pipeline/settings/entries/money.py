"""[[cost]] and [[benefit]] of a module's file."""

from datetime import date
from typing import Annotated

from annotated_types import Ge, Gt, Le

from roi_pipeline.domain.metrics import BenefitCategory
from roi_pipeline.domain.money import BenefitRule, CostBasis, CostCategory, CostRule, Destination
from roi_pipeline.settings.entries.entry import (
    AboveZero,
    AtLeastZero,
    Entry,
    Name,
    Number,
    Share,
    Translations,
    Words,
    build,
    text,
)

RaisingFactor = Annotated[Number, Ge(1)]
LoweringFactor = Annotated[Number, Gt(0), Le(1)]


class CostEntry(Entry):
    """A cost; the risk factor can only raise it."""

    id: Name
    category: CostCategory
    name: Translations
    amount: AtLeastZero
    basis: CostBasis
    start: date
    source: Words
    currency: str | None = None
    end: date | None = None
    quantity: AtLeastZero | None = None
    usage_metric: str | None = None
    life_months: Annotated[int, Gt(0)] | None = None
    share: Share | None = None
    uncertainty: AtLeastZero | None = None
    risk_factor: RaisingFactor | None = None
    external_reference: Words | None = None

    def to_domain(self) -> CostRule:
        """The cost rule."""
        return build(CostRule, self, name=text(self.name))


class BenefitEntry(Entry):
    """A benefit; the risk factor can only lower it."""

    id: Name
    category: BenefitCategory
    name: Translations
    metric: str
    unit_value: str
    destination: Destination
    owner: Words
    unit_factor: AboveZero | None = None
    realisation: str | None = None
    margin: str | None = None
    attribution_share: Share | None = None
    risk_factor: LoweringFactor | None = None
    is_confirmed: bool | None = None
    confirmed_by: str | None = None
    role: str | None = None
    end: date | None = None

    def to_domain(self) -> BenefitRule:
        """The benefit rule."""
        return build(BenefitRule, self, name=text(self.name), metric_id=self.metric)

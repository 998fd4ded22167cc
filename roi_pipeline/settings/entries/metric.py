"""metrics/<id>.toml: a ratio of two sums, with everything a reader must know about it."""

from typing import Annotated

from annotated_types import Ge, Gt, Lt
from pydantic import StringConstraints

from roi_pipeline.domain.metrics import (
    BenefitCategory,
    Dimension,
    Direction,
    Metric,
    MetricUnit,
    Statistic,
)
from roi_pipeline.settings.entries.entry import Entry, Name, Translations, Words, build, text

TableName = Annotated[str, StringConstraints(pattern=r"^(metrics|facts)\.[a-z_][a-z0-9_]*$")]


class MetricEntry(Entry):
    """The whole file."""

    id: Name
    table: TableName
    numerator: Name
    denominator: Name
    direction: Direction
    unit: MetricUnit
    version: Annotated[int, Ge(1)]
    owner: Words
    name: Translations
    sentence: Translations
    is_hard: bool | None = None
    dimension: Dimension | None = None
    benefit_category: BenefitCategory | None = None
    quantity: Name | None = None
    statistic: Statistic | None = None
    quantile: Annotated[float, Gt(0), Lt(1)] | None = None
    is_log_scale: bool | None = None
    caveats: list[Name] | None = None

    def to_domain(self) -> Metric:
        """The metric."""
        return build(Metric, self, name=text(self.name), sentence=text(self.sentence))

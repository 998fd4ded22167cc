"""metrics/<id>.toml: a ratio of two sums, with everything a reader must know about it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from annotated_types import Ge, Gt, Len, Lt
from pydantic import StringConstraints

from roi_pipeline.domain.metrics import (
    VALUE_COUNT,
    VALUE_SUM,
    Aggregate,
    AggregateKind,
    BenefitCategory,
    Dimension,
    Direction,
    Metric,
    MetricUnit,
    MissingDays,
    Statistic,
)
from roi_pipeline.settings.entries.entry import (
    Entry,
    Filters,
    Name,
    Translations,
    Words,
    build,
    text,
)

TableName = Annotated[str, StringConstraints(pattern=r"^(metrics|facts)\.[a-z_][a-z0-9_]*$")]


class AggregateEntry(Entry):
    """A daily table declared instead of written: exactly one of what is counted, and by whom."""

    export: Name
    unit: Name | Annotated[list[Name], Len(1)]
    day: date | None = None
    date: Name | None = None
    count: bool | None = None
    sum: Name | None = None
    mean: Name | None = None
    distinct: Name | None = None
    share_where: Filters | None = None
    where: Filters | None = None
    keep: list[Name] | None = None
    missing_days: MissingDays | None = None

    @property
    def units(self) -> tuple[str, ...]:
        """Columns that units are told apart by."""
        return (self.unit,) if isinstance(self.unit, str) else tuple(self.unit)

    @property
    def asked(self) -> dict[AggregateKind, str | None]:
        """What is counted: kind → its column, None where it needs none."""
        found: dict[AggregateKind, str | None] = {}
        if self.count:
            found["count"] = None
        if self.share_where:
            found["share"] = None
        named: tuple[tuple[AggregateKind, str | None], ...] = (
            ("sum", self.sum), ("mean", self.mean), ("distinct", self.distinct),
        )  # fmt: skip
        return {**found, **{kind: column for kind, column in named if column}}

    def to_domain(self) -> Aggregate:
        """The declared table."""
        kind, column = next(iter(self.asked.items()))
        return Aggregate(
            self.export, self.units, kind, day=self.day, date_column=self.date, column=column,
            matches=_filters(self.share_where), where=_filters(self.where),
            keep=tuple(self.keep or ()), missing_days=self.missing_days or "zero",
        )  # fmt: skip


def _filters(entry: Mapping[str, list[str]] | None) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in (entry or {}).items()}


class MetricEntry(Entry):
    """The whole file; `aggregate` stands instead of a table and its two columns."""

    id: Name
    table: TableName | None = None
    numerator: Name | None = None
    denominator: Name | None = None
    aggregate: AggregateEntry | None = None
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
        given = {
            "name": text(self.name),
            "sentence": text(self.sentence),
            "aggregate": self.aggregate.to_domain() if self.aggregate else None,
        }
        if self.aggregate:
            given |= {
                "table": f"metrics.{self.id}_daily",
                "numerator": VALUE_SUM,
                "denominator": VALUE_COUNT,
            }
        return build(Metric, self, **given)

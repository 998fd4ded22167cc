"""A metric: the ratio of two sums per unit and day, with everything a reader must know about it.

Quantiles and lifetime value are the named exceptions to the ratio; they say so in `statistic`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from roi_pipeline.domain.texts import Text

Direction = Literal["up", "down", "neutral"]
MetricUnit = Literal["rate", "seconds", "hours", "days", "count", "money", "score", "ratio"]
Dimension = Literal["decision_efficiency", "task_flow", "cognitive_accuracy", "response_loop"]
Statistic = Literal["ratio", "quantile", "lifetime_value"]
BenefitCategory = Literal[
    "labour",
    "revenue",
    "retention",
    "ad_waste",
    "emergency_spend",
    "service_cost",
    "forecast",
    "compliance",
    "quality",
]


VALUE_SUM, VALUE_COUNT = "value_sum", "value_count"
AggregateKind = Literal["count", "sum", "mean", "share", "distinct"]
MissingDays = Literal["zero", "absent"]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A daily table that is declared instead of written as SQL: one column of one export, by unit and day.

    A `mean` is Σ column ÷ rows that have it, a `share` rows that match ÷ rows; `count`, `sum` and
    `distinct` are per unit and day.

    Attributes:
        export: `<system>__<entity>`.
        unit: columns of the export that units are told apart by; `shop_id` is the unit `shop`, and a
            column without `_id` gets it.
        day: of every row, when the export has no dates.
        date_column: column with the day.
        column: of a sum, a mean, or what is counted once; None for a count and a share.
        matches: of a share: column → values of rows that count in the numerator.
        where: column → values of rows that count at all.
        keep: further columns of the export that the daily table has, for filters, arms and clusters.
        missing_days: of a count, sum or distinct: a day without rows after a unit's first one is `zero`,
            or says nothing (`absent`).
    """

    export: str
    unit: tuple[str, ...]
    kind: AggregateKind
    day: date | None = None
    date_column: str | None = None
    column: str | None = None
    matches: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    keep: tuple[str, ...] = ()
    missing_days: MissingDays = "zero"


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the catalogue.

    Attributes:
        id: `<quantity>_per_<unit>` or `<event>_rate`; a new meaning gets a `_v2`.
        table: daily table that holds the sums, such as `metrics.calls_daily`.
        numerator: its column summed in the numerator.
        denominator: its column summed in the denominator.
        direction: which way is better.
        unit: unit of the ratio; a `rate` is a fraction between 0 and 1.
        dimension: the efficiency dimension it belongs to, if any.
        is_hard: hard (money or operations) or soft (feeling, brand).
        quantity: what it measures once monetised; two metrics with the same quantity may not both
            be monetised (revenue and lifetime value share `customer_revenue`).
        statistic: `ratio` unless the metric is one of the named exceptions.
        quantile: level in (0, 1) when `statistic` is `quantile`.
        is_log_scale: compare logarithms and report a ratio of means.
        caveats: ids of the caveats that travel with the metric.
        aggregate: what its daily table is made from, when no SQL file makes it.
        is_vendor_counted: one of its sums is a vendor's own counter; follows from the contracts.
    """

    id: str
    table: str
    numerator: str
    denominator: str
    direction: Direction
    unit: MetricUnit
    version: int
    owner: str
    name: Text
    sentence: Text
    is_hard: bool = True
    dimension: Dimension | None = None
    benefit_category: BenefitCategory | None = None
    quantity: str | None = None
    statistic: Statistic = "ratio"
    quantile: float | None = None
    is_log_scale: bool = False
    caveats: tuple[str, ...] = ()
    aggregate: Aggregate | None = None
    is_vendor_counted: bool = False

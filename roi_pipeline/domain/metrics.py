"""A metric: the ratio of two sums per unit and day, with everything a reader must know about it.

Quantiles and lifetime value are the named exceptions to the ratio; they say so in `statistic`.
"""

from dataclasses import dataclass
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

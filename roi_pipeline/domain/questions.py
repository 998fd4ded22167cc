"""One question to statistics: did this module move this metric, and here is all the data there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import PoolMetric
from roi_pipeline.domain.samples import ArmSamples, CustomerHistories, Panel, QuantileArms
from roi_pipeline.domain.windows import Window


@dataclass(frozen=True, slots=True)
class MetricQuestion:
    """What the database could count for one metric of one module.

    Attributes:
        metric: the metric asked about.
        pool_metric: its place in the module's pool.
        panel: sums per unit and period over the whole history up to the cycle's observed end; None
            when no unit has a row.
        arms: moments of the two arms of a randomised holdout; None without randomisation.
        controls: metric id → panel of a series the module cannot move, for time-based regression.
        history: days the exports cover, up to the cycle's observed end.
        holidays: days on which business stands still, for series models.
        histories: purchases of the customers, for a metric whose statistic is `lifetime_value`.
        quantile_arms: the two arms of a holdout, for a metric whose statistic is `quantile`.
        enters_money: a benefit is computed from this metric (Holm instead of BH).
    """

    metric: Metric
    pool_metric: PoolMetric
    panel: Panel | None
    history: Window
    arms: ArmSamples | None = None
    controls: Mapping[str, Panel] = field(default_factory=dict[str, Panel])
    holidays: tuple[date, ...] = ()
    enters_money: bool = False
    histories: CustomerHistories | None = None
    quantile_arms: QuantileArms | None = None

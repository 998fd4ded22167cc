"""What the database hands to statistics: moments of per-unit sums, or a panel of sums.

These are the only two shapes that cross from `engines` to `stats`. Arrays are `array.array`, which
numpy reads without copying and which keeps this room free of numpy.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from roi_pipeline.domain.windows import PeriodKind, Window

Arm = Literal["treated", "comparison"]


@dataclass(frozen=True, slots=True)
class Sample:
    """First and second moments of a vector of per-unit values, counted by the database.

    Attributes:
        n: number of units.
        names: what each position holds, such as `("numerator", "denominator")` or with
            `"numerator_baseline"`, `"denominator_baseline"` and declared covariates behind them.
        means: mean of each position.
        covariances: unbiased covariance matrix, same order; with denominator (n-1).
    """

    n: int
    names: tuple[str, ...]
    means: tuple[float, ...]
    covariances: tuple[tuple[float, ...], ...]

    def mean(self, name: str) -> float:
        """Mean of one position by name."""
        return self.means[self.names.index(name)]

    def covariance(self, first: str, second: str) -> float:
        """Covariance of two positions by name."""
        return self.covariances[self.names.index(first)][self.names.index(second)]


@dataclass(frozen=True, slots=True)
class UserSamples:
    """Units of both arms by whether they used what was offered; moments of numerator, denominator.

    Attributes:
        offered_users: units offered it that used it.
        held_out_non_users: units held out that did not.
        users: units of either arm that used it; None below two units, as are all of them.
        counts: units offered, of these users, units held out, of these users.
    """

    offered_users: Sample | None
    held_out_non_users: Sample | None
    users: Sample | None
    non_users: Sample | None
    counts: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ArmUnits:
    """Sums after go-live of the units of both arms, sorted by their identifiers."""

    is_treated: "array[int]"
    numerators: "array[float]"
    denominators: "array[float]"


@dataclass(frozen=True, slots=True)
class ArmSamples:
    """The two arms of a randomised comparison, with what the sample-ratio check needs.

    Attributes:
        treated: moments of the units assigned to the module.
        comparison: moments of the units held out.
        planned_share: planned share of the treated arm among both, if it was planned.
        assigned_to_both: units seen in both arms (multiple exposure), already left out.
        clusters: number of clusters per arm when assignment was by cluster, else the unit counts.
        use: where use is known; the samples of the arms then hold `used`, the part of the
            denominator that belongs to users.
        units: the units one by one, where an interval was asked for that needs them.
        rows: rows of the daily table behind both arms.
    """

    treated: Sample
    comparison: Sample
    planned_share: float | None = None
    assigned_to_both: int = 0
    clusters: tuple[int, int] | None = None
    use: UserSamples | None = None
    units: ArmUnits | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class QuantileSample:
    """One quantile of one arm's events and the two order statistics around it.

    What the SQL computes, over the arm's events `y` of the window (one row per call, chat, …), with
    `v` the quantile level, `z` = 1.959964 and `position` = `row_number() over (order by y)`:

    - `n` = `count(*)`, events whose value is known;
    - `value` = `quantile_disc(y, v)`, an observed value, so that the indicator below is exact;
    - `lower` = the `y` at position `greatest(1, floor(n * (v - z * sqrt(v * (1 - v) / n))))`;
    - `upper` = the `y` at position `least(n, ceil(n * (v + z * sqrt(v * (1 - v) / n))))`;
    - `indicator`: when events come in units (agent, customer), `count`, `avg`, `var_samp` and
      `covar_samp` over one row per unit of numerator = events with `y <= value` and denominator =
      events. None states that events are independent of one another.

    Attributes:
        n: number of events.
        quantile: level `v` in (0, 1).
        value: the quantile itself.
        lower: order statistic at the lower bound index.
        upper: order statistic at the upper bound index.
        z: normal quantile used for the two bound indexes.
        n_bounds: events the bound indexes were computed for, when not `n` (a fixed grid of sizes).
        indicator: moments per unit of (events at or below `value`, events).
    """

    n: int
    quantile: float
    value: float
    lower: float
    upper: float
    z: float = 1.959963984540054
    n_bounds: int | None = None
    indicator: Sample | None = None


@dataclass(frozen=True, slots=True)
class QuantileArms:
    """The two arms of a randomised comparison of a quantile.

    Attributes:
        units: units assigned per arm (treated, comparison), for the sample-ratio check.
        planned_share: planned share of the treated arm among both, if it was planned.
        assigned_to_both: units seen in both arms, already left out.
    """

    treated: QuantileSample
    comparison: QuantileSample
    units: tuple[int, int]
    planned_share: float | None = None
    assigned_to_both: int = 0


@dataclass(frozen=True, slots=True)
class PurchaseHistories:
    """Purchase histories of customers, one position per customer, for lifetime value.

    Days with several orders count as one purchase. All times are in the same unit (weeks, days).
    For randomised customers the assignment takes the place of the first purchase, so that everybody
    drawn counts, whether or not they bought afterwards.

    Attributes:
        frequency: repeat purchases: purchase days after the first.
        recency: time from the first to the last purchase; 0 when there was one only.
        age: time from the first purchase to the last day observed.
        mean_value: mean gross margin of the repeat purchases; 0 when there were none.
    """

    frequency: "array[float]"
    recency: "array[float]"
    age: "array[float]"
    mean_value: "array[float]"


@dataclass(frozen=True, slots=True)
class CustomerHistories:
    """Purchase histories behind the lifetime value of a module's customers, times in weeks.

    Attributes:
        everybody: all customers who bought before the end of the cycle.
        treated: customers assigned to the module, observed since assignment; None without randomisation.
        comparison: customers held out, observed since assignment; None without randomisation.
        planned_share: planned share of the treated arm among both, if it was planned.
        assigned_to_both: customers seen in both arms, already left out.
    """

    everybody: PurchaseHistories
    treated: PurchaseHistories | None = None
    comparison: PurchaseHistories | None = None
    planned_share: float | None = None
    assigned_to_both: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """Sums of one metric per unit and period, row-major: unit 0 period 0, unit 0 period 1 and so on.

    Attributes:
        unit_ids: sorted identifiers of the units.
        period_starts: first day of each period, sorted, no gaps.
        period: length of a period.
        numerators: sums of the numerator; `nan` where the unit has no row in the period.
        denominators: sums of the denominator; `nan` where the unit has no row in the period.
        go_live: per unit, the day the module went live there, None for never treated.
        clusters: per unit, the cluster it belongs to, when wider than the unit.
        partial_periods: periods the data cover only in part, to be left out of designs.
        groups: named unit attributes used for splits, such as `{"tenure_band": ("0-1", …)}`.
        rows: per unit and period, rows of the daily table; None where they were not counted.
        covariates: column → per unit its mean before the first go-live, `nan` where unknown.
    """

    unit_ids: tuple[str, ...]
    period_starts: tuple[date, ...]
    period: PeriodKind
    numerators: "array[float]"
    denominators: "array[float]"
    go_live: tuple[date | None, ...]
    clusters: tuple[str, ...] | None = None
    partial_periods: tuple[date, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    rows: "array[int] | None" = None
    covariates: "Mapping[str, array[float]]" = field(default_factory=dict[str, "array[float]"])

    @property
    def shape(self) -> tuple[int, int]:
        """(number of units, number of periods)."""
        return len(self.unit_ids), len(self.period_starts)


@dataclass(frozen=True, slots=True)
class Volume:
    """How much of a metric's base the treated units had in a window; what an effect multiplies.

    Attributes:
        window: the days counted.
        numerator: Σ numerator over treated unit-days.
        denominator: Σ denominator over treated unit-days.
        unit_days: number of treated unit-days with data.
        dropped_numerator: the part of `numerator` in periods declared unusable.
        dropped_denominator: the part of `denominator` in them.
    """

    window: Window
    numerator: float
    denominator: float
    unit_days: int
    dropped_numerator: float = 0.0
    dropped_denominator: float = 0.0

    @property
    def usable(self) -> "Volume":
        """What is left without the dropped periods: an effect measured without them holds there."""
        return replace(
            self,
            numerator=self.numerator - self.dropped_numerator,
            denominator=self.denominator - self.dropped_denominator,
            dropped_numerator=0.0,
            dropped_denominator=0.0,
        )

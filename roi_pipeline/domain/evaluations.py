"""One question about one file: what `roi evaluate` is asked, and what it found.

The answer is a study's: the same windows, designs, grades and findings.
"""

from dataclasses import dataclass
from datetime import date

from roi_pipeline.domain.effects import Design, Effect, IntervalMethod, Outcome
from roi_pipeline.domain.metrics import Direction, Metric, MetricUnit
from roi_pipeline.domain.modules import (
    Aggregate,
    Base,
    ControlGroup,
    CovariateUse,
    Module,
    VarianceRule,
)
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle, PeriodKind


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know of one file; columns go by the file's own headers.

    Attributes:
        outcome: column that is compared; with `wide`, what its cells are called.
        treated: `COLUMN=VALUE,VALUE`, or a column of 0 and 1; empty when `go_live` is a column.
        unit: column that says which row belongs to whom; empty: every row is a unit.
        go_live: first day with the module, or a column with each row's own day.
        date_column: column of days, months, weeks, quarters or years; empty: the file knows no time.
        per: column summed as the denominator; empty: rows with an outcome are counted.
        comparison: values of the treated column that are compared with; empty: all others.
        where: `COLUMN=VALUE,VALUE`: rows that count.
        until: first day without it again, of an experiment with an end.
        spend: what the experiment spent in all, in `currency`.
        cool_down: days after `until` whose outcome still counts.
        closed: column of the day each case was closed, empty while it is open; the outcome is then
            days from `date_column` to it, at most `horizon`.
        horizon: days every case that counts was followed for.
        used: column above 0 where what was offered was used; needs `is_randomised`.
        controls: columns of one series that the module cannot move; they predict it.
        wide: headers that each are one unit; `all`: every column but the date.
        base: of a staggered roll-out, with `control_group` and `aggregate`: as in a module's [design].
        intervals: computed beside the one in force, each named.
        metric_unit: unit of the outcome; None: a rate when every value is 0 or 1, else a number.
    """

    outcome: str
    treated: str = ""
    unit: str = ""
    go_live: str = ""
    date_column: str = ""
    per: str = ""
    comparison: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    cluster: str = ""
    covariates: tuple[str, ...] = ()
    is_randomised: bool = False
    used: str = ""
    controls: tuple[str, ...] = ()
    until: date | None = None
    spend: float | None = None
    cool_down: int = 0
    closed: str = ""
    horizon: int = 0
    period: PeriodKind | None = None
    design: Design | None = None
    variance: VarianceRule = "unequal"
    metric_unit: MetricUnit | None = None
    direction: Direction = "up"
    currency: str = "USD"
    is_log_scale: bool = False
    base: Base = "window"
    control_group: ControlGroup = "not_yet_treated"
    aggregate: Aggregate = "group"
    covariate_use: CovariateUse = "doubly_robust"
    baseline_start: date | None = None
    intervals: tuple[IntervalMethod, ...] = ()

    @property
    def is_one_series(self) -> bool:
        """Whether nobody is named who had it or had it not: all rows are one unit's."""
        return not (self.treated or self.unit or self.wide or self.is_randomised)


@dataclass(frozen=True, slots=True)
class SurvivalStep:
    """Share still open after `days`, with its interval.

    Attributes:
        at_risk: cases open just before.
        closed: cases closed then.
    """

    days: float
    at_risk: int
    closed: int
    share: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """How long the cases of one group last, open ones included.

    Attributes:
        median: days after which half are closed; None when fewer ever are, as are its ends.
    """

    group: str
    n: int
    n_closed: int
    steps: tuple[SurvivalStep, ...]
    median: float | None
    median_lower: float | None
    median_upper: float | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Durations:
    """What a comparison of durations rests on.

    Attributes:
        curves: of those treated and those compared with, or of cases opened before and after.
        finished_difference: mean days of finished cases, treated less others: selected by length.
        restricted_difference: the same of the restricted means of the curves.
        n_too_young: cases not yet followed for the horizon, left out of the effect.
        last_seen: the last day the file knows of.
    """

    horizon: int
    curves: tuple[SurvivalCurve, ...]
    finished_difference: float | None
    restricted_difference: float | None
    n_too_young: int
    last_seen: date

    @property
    def n_open(self) -> int:
        """Cases that were open when last looked at."""
        return sum(curve.n - curve.n_closed for curve in self.curves)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a figure rests on.

    Attributes:
        rows: rows of the file that are compared.
        rows_left_out: rows of other groups, or without an outcome, a unit or a date.
        clusters: None when every unit is its own cluster.
        periods: periods with data in the windows compared; 0 where the file knows no time.
    """

    rows: int
    rows_left_out: int
    units: int
    treated: int
    clusters: int | None
    periods: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The answer, with the study that gives it again every cycle."""

    name: str
    study: Study
    module: Module
    metric: Metric
    cycle: Cycle
    outcome: Outcome
    counts: Counts
    durations: Durations | None = None

    @property
    def effect(self) -> Effect | None:
        """The effect; None when there is no honest answer."""
        return self.outcome if isinstance(self.outcome, Effect) else None

"""The money of one module (or the portfolio) over a stated period, line by line, with its spread.

ROI = (benefits - costs) / costs and nothing else is called ROI.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.standards import Rating
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window

ClaimVerdict = Literal[
    "confirmed", "smaller", "indistinguishable_from_zero", "contradicted", "not_testable",
]  # fmt: skip
TargetVerdict = Literal["reached", "on_track", "behind", "missed", "not_measurable"]


@dataclass(frozen=True, slots=True)
class Returns:
    """The figures computed from the lines of a statement.

    Attributes:
        benefits: Σ counted benefit lines (risk-adjusted).
        costs: Σ counted cost lines.
        net: benefits - costs.
        roi: net / costs; None when there are no costs.
        roi_lower: lower end of the interval at the standard's confidence; None when unbounded.
        npv: net present value of the dated flows since go-live.
        payback_month: months after go-live when the cumulated net turns non-negative.
        break_even_quantity: quantity per week of the largest benefit line that pays the costs.
        annualised_net: steady-state net of a year.
    """

    benefits: Decimal
    costs: Decimal
    net: Decimal
    roi: Decimal | None
    roi_lower: Decimal | None = None
    roi_upper: Decimal | None = None
    benefits_standard_error: Decimal | None = None
    costs_standard_error: Decimal | None = None
    interval_method: str = ""
    npv: Decimal | None = None
    irr: Decimal | None = None
    payback_month: int | None = None
    break_even_quantity: Decimal | None = None
    break_even_line: str | None = None
    annualised_net: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Swing:
    """How far one input alone moves ROI, for the tornado; `flips_at` is where the rating changes."""

    input_id: str
    name: Mapping[str, str]
    low_value: Decimal
    high_value: Decimal
    roi_at_low: Decimal
    roi_at_high: Decimal
    flips_at: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ClaimAudit:
    """A vendor's claim beside what was measured."""

    claim_id: str
    metric_id: str
    claimed: float
    kind: str
    measured: float | None
    measured_lower: float | None
    measured_upper: float | None
    smallest_detectable: float | None
    verdict: ClaimVerdict
    reason: Message


@dataclass(frozen=True, slots=True)
class TargetAudit:
    """A metric's target beside what was reached, with the probability of having reached it."""

    metric_id: str
    target: float
    kind: str
    reached: float | None
    probability: float | None
    verdict: TargetVerdict
    reason: Message


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do next and by when."""

    action: str
    reasons: tuple[Message, ...]
    decide_by: str | None = None
    cost_of_waiting: Decimal | None = None
    value_of_waiting: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One module's money over one period.

    Attributes:
        currency: ISO code all amounts are in.
        sanity: flags asking for a second look (ROI above 20×, effect above 50 %).
    """

    module_id: str
    cycle_key: str
    period: Window
    currency: str
    costs: tuple[CostLine, ...]
    benefits: tuple[BenefitLine, ...]
    returns: Returns
    realised: Decimal
    estimated: Decimal


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """Everything the roi layer says of one module in one cycle.

    Attributes:
        cycle: money of the cycle alone.
        since_go_live: money since go-live up to the cycle's end.
        rated: money of the tier's rating window.
        credit: observed, incremental, shared and net quantities for the waterfall.
    """

    module_id: str
    cycle_key: str
    cycle: Statement
    since_go_live: Statement
    rated: Statement
    rating: Rating
    decision: Decision
    tornado: tuple[Swing, ...] = ()
    claims: tuple[ClaimAudit, ...] = ()
    targets: tuple[TargetAudit, ...] = ()
    findings: tuple[Finding, ...] = ()
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[Message, ...] = ()

"""The money of one module (or the portfolio) over a stated period, line by line, with its spread.

ROI = (benefits - costs) / costs and nothing else is called ROI.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.advice import Option
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.money import Assumption, BenefitLine, CostLine, Ledger
from roi_pipeline.domain.rounding import total_of_rounded, unlisted
from roi_pipeline.domain.standards import Rating
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window

ClaimVerdict = Literal[
    "at_least", "consistent", "smaller", "no_effect", "contradicted", "cannot_tell",
]  # fmt: skip
TargetVerdict = Literal[
    "reached", "likely", "open", "missed", "undecided", "reached_late", "lost_again",
    "not_measurable",
]  # fmt: skip
SoftTheme = Literal["retention", "brand", "satisfaction", "compliance", "quality", "other"]
SoftVerdict = Literal["improved", "unchanged", "worsened", "unknown"]


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
        roi_realised: ROI if only the realised ledger is believed; None while no line is realised.
        indicative_benefits: `benefits` plus lines whose grade is only indicative.
        indicative_roi: ROI with them.
        payback_expected_month: month of payback if the steady state goes on; None when it never
            pays back.
        net_before_risk: net had no line been risk-adjusted.
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
    roi_realised: Decimal | None = None
    indicative_benefits: Decimal | None = None
    indicative_roi: Decimal | None = None
    payback_expected_month: int | None = None
    net_before_risk: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Swing:
    """How far one input alone moves ROI, for the tornado; `flips_at` is where the rating changes.

    Attributes:
        lowest: smallest value the input can have: an effect cannot take a metric below nothing.
        highest: largest value it can have: an effect cannot take a rate above the whole. None: no
            limit is known.
    """

    input_id: str
    name: Mapping[str, str]
    low_value: Decimal
    high_value: Decimal
    roi_at_low: Decimal
    roi_at_high: Decimal
    flips_at: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None


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
    """What to do next and by when.

    Attributes:
        options: the actions side by side, in the order of `domain.advice.LADDER`; empty when
            nothing that counts was measured.
        weighed_until: day on which the comparison of the actions ends.
    """

    action: str
    reasons: tuple[Message, ...]
    decide_by: str | None = None
    cost_of_waiting: Decimal | None = None
    value_of_waiting: Decimal | None = None
    options: tuple[Option, ...] = ()
    weighed_until: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One module's money over one period.

    Attributes:
        currency: ISO code all amounts are in.
        realised: Σ counted benefit lines of the realised ledger.
        estimated: Σ counted benefit lines of the estimated ledger.
        capacity: the part of `estimated` that is capacity freed, not cash.
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
    capacity: Decimal = Decimal(0)

    @property
    def counted_benefits(self) -> tuple[BenefitLine, ...]:
        """Benefit lines whose money enters ROI."""
        return counted_benefits(self.benefits)

    @property
    def counted_costs(self) -> tuple[CostLine, ...]:
        """Cost lines that enter ROI."""
        return tuple(line for line in self.costs if line.is_counted)

    @property
    def printed_benefits(self) -> Decimal:
        """Counted benefits in whole units: every line rounded, then added."""
        amounts = [line.amount for line in self.counted_benefits if line.amount is not None]
        return total_of_rounded(amounts) + unlisted(amounts, self.returns.benefits)

    @property
    def printed_costs(self) -> Decimal:
        """Counted costs, likewise."""
        amounts = [line.amount for line in self.counted_costs]
        return total_of_rounded(amounts) + unlisted(amounts, self.returns.costs)

    @property
    def has_benefits(self) -> bool:
        """Whether any benefit that counts could be estimated."""
        return bool(self.counted_benefits) or self.returns.benefits != 0

    @property
    def printed_net(self) -> Decimal:
        """Printed benefits less printed costs."""
        return self.printed_benefits - self.printed_costs

    def printed_ledger(self, ledger: Ledger) -> Decimal:
        """The counted benefits of one ledger, likewise."""
        lines = [line for line in self.counted_benefits if line.ledger == ledger]
        amounts = [line.amount for line in lines if line.amount is not None]
        stated = self.realised if ledger == "realised" else self.estimated
        return total_of_rounded(amounts) + unlisted(amounts, stated)


def counted_benefits(lines: Sequence[BenefitLine]) -> tuple[BenefitLine, ...]:
    """Lines whose money enters ROI."""
    return tuple(line for line in lines if line.is_in_rating and line.amount is not None)


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What was claimed, seen, caused and credited of one metric, in units and in money.

    `credited` never exceeds `incremental`, and `incremental` never exceeds `observed`.

    Attributes:
        module_ids: the modules credited.
        claimed: what the vendors' claims amount to; None when there is no claim.
        observed: for a metric that should rise, what happened; for one that should fall, what would
            have happened without the modules.
        incremental: the part measured as caused.
        credited: the part the modules are credited with after sharing.
        amount: money of the credited part.
        incremental_amount: money of the incremental part.
    """

    metric_id: str
    module_ids: tuple[str, ...]
    claimed: Decimal | None
    observed: Decimal | None
    incremental: Decimal
    credited: Decimal
    amount: Decimal
    incremental_amount: Decimal


@dataclass(frozen=True, slots=True)
class SoftFigure:
    """The result of one metric reported beside ROI: retention, brand, compliance."""

    metric_id: str
    theme: SoftTheme
    verdict: SoftVerdict
    reason: Message


@dataclass(frozen=True, slots=True)
class CashPeriod:
    """Money of one period; net = benefits - running - once.

    Attributes:
        start: its first day; equal to `end`: what was paid before go-live.
        end: the day after its last one.
        cumulative: net of this and all earlier periods.
        present_value: net discounted to go-live.
        is_ahead: expected at the cycle's pace, not measured.
    """

    start: date
    end: date
    benefits: Decimal
    running: Decimal
    once: Decimal
    cumulative: Decimal
    present_value: Decimal
    is_ahead: bool = False

    @property
    def net(self) -> Decimal:
        """Benefits less both kinds of costs."""
        return self.benefits - self.running - self.once


@dataclass(frozen=True, slots=True)
class ThreeYears:
    """Three years at the cycle's pace after what was paid once, in present values.

    Attributes:
        rate: yearly discount rate.
        initial: one-offs, not discounted.
        benefits: present value of three years' benefits.
        costs: one-offs and the present value of three years' running costs.
        net: benefits less costs.
        roi: net ÷ costs; None without costs.
    """

    rate: Decimal
    initial: Decimal
    yearly_benefits: Decimal
    yearly_costs: Decimal
    benefits: Decimal
    costs: Decimal
    net: Decimal
    roi: Decimal | None


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """Everything the roi layer says of one module in one cycle.

    Attributes:
        cycle: money of the cycle alone.
        since_go_live: money since go-live up to the cycle's end.
        rated: money of the tier's rating window.
        credit: observed, incremental, shared and net quantities for the waterfall.
        soft: metrics that stand beside ROI whatever their money.
        assumptions: every assumption that entered, as in force in this cycle.
        rating_before_change: rating under the standard of the cycle before, when it was replaced.
        flows: dated flows since go-live behind NPV, IRR and payback: (day, amount).
        cash: the same money by period, and what is ahead at the cycle's pace.
        three_years: three years at that pace in present values.
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
    credit: tuple[CreditLine, ...] = ()
    soft: tuple[SoftFigure, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    rating_before_change: Rating | None = None
    flows: tuple[tuple[date, Decimal], ...] = ()
    cash: tuple[CashPeriod, ...] = ()
    three_years: ThreeYears | None = None

    @property
    def shown_roi(self) -> Decimal | None:
        """ROI of the rated window, rated or not; none while not one benefit could be estimated.

        Costs alone would read as -100 %, a verdict where there is only a missing answer.
        """
        if not self.rated.has_benefits:
            return None
        return self.rated.returns.roi if self.rating.roi is None else self.rating.roi

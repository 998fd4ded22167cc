"""Money as it is declared and as it is counted: assumptions, cost and benefit lines, statements.

All amounts are `Decimal` in the study's currency unless a `currency` stands beside them. Rounding
happens once, in the report.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.metrics import BenefitCategory
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Window

CostCategory = Literal[
    "licence", "seats", "usage", "data_subscription", "deployment", "integration",
    "customisation", "private_cloud", "hardware", "training", "operations_staff", "vendor_fee",
    "upgrades", "ad_spend", "human_review", "rework", "iteration_budget", "evaluation",
]  # fmt: skip
CostBasis = Literal["once", "per_month", "per_quarter", "per_year", "per_seat_month", "per_use"]
Destination = Literal[
    "revenue_won", "revenue_retained", "spend_removed", "spend_avoided", "capital_freed",
    "capacity_freed",
]  # fmt: skip
Ledger = Literal["estimated", "realised"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number nobody measured, with who stands behind it. Nothing is assumed silently.

    Attributes:
        value: the most likely value.
        low: lowest plausible value, when it is a range.
        high: highest plausible value, when it is a range.
    """

    id: str
    value: Decimal
    unit: str
    source: str
    owner: str
    stated_on: date
    low: Decimal | None = None
    high: Decimal | None = None
    name: Text | None = None


@dataclass(frozen=True, slots=True)
class CostRule:
    """A cost as declared in a module's file.

    Attributes:
        amount: per `basis`; for `per_use` the price of one use.
        quantity: seats for `per_seat_month`; otherwise unused.
        usage_metric: metric whose denominator counts uses, for `per_use`.
        life_months: months a one-off is spread over.
        share: part charged to this module (a staff share, a shared licence).
        uncertainty: relative standard error of the amount, 0 when invoiced.
        external_reference: what the same cost is called in an ERP cost export, so that it is not
            counted twice.
    """

    id: str
    category: CostCategory
    name: Text
    amount: Decimal
    basis: CostBasis
    start: date
    source: str
    currency: str | None = None
    end: date | None = None
    quantity: Decimal = Decimal(1)
    usage_metric: str | None = None
    life_months: int | None = None
    share: Decimal = Decimal(1)
    uncertainty: Decimal = Decimal(0)
    risk_factor: Decimal = Decimal(1)
    external_reference: str | None = None


@dataclass(frozen=True, slots=True)
class BenefitRule:
    """How an effect becomes money: effect × volume × unit value × realisation × share × risk.

    Attributes:
        metric_id: metric of the pool whose effect is monetised.
        unit_value: id of the assumption that holds the value of one unit of the metric.
        unit_factor: converts the metric's unit to the value's unit (1/3600 for seconds to hours).
        realisation: id of the assumption holding the realised share (a recapture rate for labour);
            None: all of it.
        margin: id of the assumption holding the gross margin, for revenue lines.
        attribution_share: share of the effect that is this module's.
        is_confirmed: a finance owner confirmed the destination, so the line is realised.
        role: job of the people whose time is freed; when the payroll export knows it, an hour is
            valued at that role's pay and the line is reconciled against its hours.
        end: first day whose effect is no longer counted; None: it goes on with the module.
    """

    id: str
    category: BenefitCategory
    name: Text
    metric_id: str
    unit_value: str
    destination: Destination
    owner: str
    unit_factor: Decimal = Decimal(1)
    realisation: str | None = None
    margin: str | None = None
    attribution_share: Decimal = Decimal(1)
    risk_factor: Decimal = Decimal(1)
    is_confirmed: bool = False
    confirmed_by: str = ""
    role: str | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class CostLine:
    """A cost of one period, counted or left out by the tier's rule.

    `amount` = quantity × unit_amount × share × exchange_rate × risk_factor.

    Attributes:
        quantity: how many of the basis fell into the period: months, seat-months, uses, or the part
            of a one-off's life.
        unit_amount: price of one of them, in `currency`.
        currency: currency the price is stated in; None: the study's.
        exchange_rate: mean rate to the study's currency over the days counted.
        is_recorded: taken from a cost export instead of the module's file.
    """

    id: str
    module_id: str
    category: CostCategory
    name: Text
    amount: Decimal
    standard_error: Decimal
    period: Window
    source: str
    is_counted: bool = True
    left_out_because: Message | None = None
    basis: CostBasis | None = None
    quantity: Decimal = Decimal(1)
    unit_amount: Decimal | None = None
    share: Decimal = Decimal(1)
    currency: str | None = None
    exchange_rate: Decimal = Decimal(1)
    risk_factor: Decimal = Decimal(1)
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class BenefitLine:
    """A benefit of one period with everything that was multiplied.

    Attributes:
        amount: effect × volume × unit value × realisation × margin × share × risk; None when the
            effect is inconclusive or its grade carries no money.
        standard_error: of `amount`, from the effect's standard error alone.
        quantity: effect × volume × unit factor, in units of value.
        is_in_rating: counted towards the rating (evidence gate passed).
        excluded_because: why it carries no money or stays out of the rating.
        credit_factor: further part credited in a portfolio, where several modules share an outcome
            and selection is allowed for; 1 in a module's own statement.
        quantity_standard_error: of `quantity`.
        unit_value_id: assumption (or payroll role) behind `unit_value`.
        realisation_id: assumption behind `realisation`; None when all of it counts.
        margin_id: assumption behind `margin`; None when no margin applies.
        method: name of the function that estimated the effect.
        metric_version: version of the metric's definition.
    """

    id: str
    module_id: str
    metric_id: str
    category: BenefitCategory
    name: Text
    destination: Destination
    ledger: Ledger
    owner: str
    period: Window
    grade: Grade | None
    effect: Decimal | None
    volume: Decimal
    quantity: Decimal | None
    unit_value: Decimal
    unit_value_source: str
    realisation: Decimal
    margin: Decimal
    attribution_share: Decimal
    risk_factor: Decimal
    amount: Decimal | None
    lower: Decimal | None
    upper: Decimal | None
    standard_error: Decimal | None
    is_in_rating: bool
    excluded_because: Message | None = None
    credit_factor: Decimal = Decimal(1)
    quantity_standard_error: Decimal | None = None
    unit_value_id: str = ""
    realisation_id: str | None = None
    margin_id: str | None = None
    method: str = ""
    metric_version: int = 1


@dataclass(frozen=True, slots=True)
class RecordedCost:
    """A cost as an ERP export shows it.

    Attributes:
        reference: the system's name of the cost (contract or account number); a cost rule with the
            same `external_reference` is replaced by it for the days it covers.
        day: posting day; its exchange rate is used.
        period: days the cost pays for; None: the calendar month of `day`.
        module_id: module it belongs to when no cost rule names the reference.
    """

    reference: str
    day: date
    amount: Decimal
    source: str
    currency: str | None = None
    period: Window | None = None
    module_id: str | None = None
    category: CostCategory = "vendor_fee"
    name: Text | None = None


@dataclass(frozen=True, slots=True)
class PayrollMovement:
    """What payroll shows for one role in one month; no person stands in it.

    Attributes:
        month: first day of the month.
        base_cost: pay without social insurance and benefits, in the study's currency.
        loaded_cost: pay with them.
        paid_hours: hours paid to staff, overtime included.
        overtime_hours: hours of overtime among them.
        agency_hours: hours bought from agencies, not among `paid_hours`.
    """

    role: str
    month: date
    headcount: Decimal
    base_cost: Decimal
    loaded_cost: Decimal
    paid_hours: Decimal
    source: str
    overtime_hours: Decimal = Decimal(0)
    agency_hours: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What the finance systems recorded, for reconciliation and for the realised ledger."""

    recorded_costs: tuple[RecordedCost, ...] = ()
    payroll: tuple[PayrollMovement, ...] = ()


def rule_of(line: CostLine | BenefitLine) -> str:
    """Id of the declaration a line comes from; where one makes several, a part follows it after a colon."""
    return line.id.partition(":")[0]

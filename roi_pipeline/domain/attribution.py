"""Counts the database makes of actions and outcomes, so that outcomes can be credited to modules.

Rules (DOMAIN: the 7-day rule) are applied in SQL where rows are many: matured actions only, each
outcome claimed once, windows. What crosses over is small: counts and moments per customer.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.effects import Grade
from roi_pipeline.domain.samples import Sample

ComparisonKind = Literal["holdout", "matched", "none"]


@dataclass(frozen=True, slots=True)
class ExposureCount:
    """Customers touched by exactly one set of modules within the window, and their outcomes.

    Attributes:
        modules: the modules that touched them, sorted; empty for customers touched by none.
        customers: customers with exactly this set; where sets change over time, customer windows
            (a customer in reach of the set for twice the window counts as two).
        outcomes: distinct outcomes of those customers inside the window.
    """

    modules: tuple[str, ...]
    customers: int
    outcomes: int


@dataclass(frozen=True, slots=True)
class ContactSamples:
    """Matured actions and the outcomes they claimed, with what they are compared to.

    Each `Sample` has one row per customer: `numerator` = outcomes claimed inside the window,
    `denominator` = matured actions (for the comparison: moments at which the customer would have
    been contacted), and, for the placebo window, `numerator_baseline` = outcomes in the same number
    of days *before* the action. Customers are the clusters.

    Attributes:
        contacted: customers the module contacted. In a matched comparison an action that claims for
            part of its window only (another follows) counts as that part.
        comparison: held out, or eligible and matched but not contacted; None when there are none.
        kind: where the comparison comes from.
        overlapping_actions: actions whose window overlapped another's; printed beside the lift.
        immature_actions: actions left out because their window has not matured.
        unmatched_actions: actions left out of a matched comparison, because too few alike were left
            alone or their chain of contacts began too long ago.
    """

    contacted: Sample
    comparison: Sample | None
    kind: ComparisonKind
    overlapping_actions: int = 0
    immature_actions: int = 0
    unmatched_actions: int = 0


@dataclass(frozen=True, slots=True)
class ActionLift:
    """What the matured actions of one module since go-live brought about, as it is printed.

    Attributes:
        kind: what the actions are compared with; where it is `none` the outcomes are gross.
        grade: evidence grade of that comparison.
        is_money_allowed: the comparison would carry money; gross never does.
        actions: actions counted; in a matched comparison, windows.
        gross_outcomes: outcomes claimed by these actions.
        change: outcomes per action above those of the comparison, with its interval.
        incremental_outcomes: what `change` comes to over all actions.
        placebo: the same comparison in the days before, where nothing should show.
        overlapping_actions: actions whose window overlapped another's.
        immature_actions: actions too recent to count.
        unmatched_actions: actions nobody alike could be found for.
        e_value: of a matched comparison: how many times likelier an unseen trait would have to make
            both the contact and the outcome to bring the interval's near end to nothing.
    """

    module_id: str
    outcome_type: str
    kind: ComparisonKind
    grade: Grade
    is_money_allowed: bool
    actions: float
    gross_outcomes: float
    change: float | None
    change_lower: float | None
    change_upper: float | None
    incremental_outcomes: float | None
    incremental_lower: float | None
    incremental_upper: float | None
    placebo: float | None
    placebo_lower: float | None
    placebo_upper: float | None
    overlapping_actions: int
    immature_actions: int
    unmatched_actions: int
    e_value: float | None = None


@dataclass(frozen=True, slots=True)
class SharedCredit:
    """What one module is credited with of one kind of outcome in one cycle.

    Attributes:
        touched: outcomes inside its windows; one counts for every module, so these do not add up.
        credited: its share; over the modules of an outcome these add up to `observed`.
        incremental: its share of the outcomes above the base rate; None when no base rate is known.
        observed: outcomes inside the window of at least one module.
        untouched: outcomes of customers in the randomised holdout, while no module's window was open.
    """

    outcome_type: str
    module_id: str
    touched: int
    credited: int
    incremental: Decimal | None
    observed: int
    untouched: int
    base_rate: float | None
    is_equal_split: bool


@dataclass(frozen=True, slots=True)
class InteractionSamples:
    """Customers by exposure to two modules, for the check whether one changes the other's effect.

    Attributes:
        both: moments of customers touched by both modules.
        first_only: customers touched by the first module only.
        second_only: customers touched by the second module only.
        neither: customers touched by neither.
    """

    both: Sample
    first_only: Sample
    second_only: Sample
    neither: Sample

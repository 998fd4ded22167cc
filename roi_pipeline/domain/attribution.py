"""Counts the database makes of actions and outcomes, so that outcomes can be credited to modules.

Rules (DOMAIN: the 7-day rule) are applied in SQL where rows are many: matured actions only, each
outcome claimed once, windows. What crosses over is small: counts and moments per customer.
"""

from dataclasses import dataclass
from typing import Literal

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
        contacted: customers the module contacted.
        comparison: held out, or eligible and matched but not contacted; None when there are none.
        kind: where the comparison comes from.
        overlapping_actions: actions whose window overlapped another's; printed beside the lift.
        immature_actions: actions left out because their window has not matured.
        unmatched_actions: actions left out of a matched comparison, because nobody alike was left
            alone.
    """

    contacted: Sample
    comparison: Sample | None
    kind: ComparisonKind
    overlapping_actions: int = 0
    immature_actions: int = 0
    unmatched_actions: int = 0


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


@dataclass(frozen=True, slots=True)
class ResolvedCases:
    """Cases an AI closed, by whether they stayed closed.

    Attributes:
        resolved: cases closed by the AI in the window.
        assessable: those closed at least the durability window (7 days) before `as_of`.
        reopened: assessable cases reopened within the durability window.
    """

    resolved: int
    assessable: int
    reopened: int

"""A module that is not live yet: what is expected of it, on which evidence, and its ex-ante business case.

A plan is declared like a module, with `[[expected]]` in place of results; moved to `modules/`, the
same file is what the results are compared with.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.plans import PlannedLine
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window

EvidenceKind = Literal[
    "own_measurement", "pilot", "published_study", "vendor_claim", "judgement",
]  # fmt: skip
CaseVerdict = Literal["invest", "pilot", "not_yet", "no_figures"]
ExpectedKind = Literal["relative", "absolute"]
DEFAULT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class ExpectedEffect:
    """What a module is expected to change, before anybody has seen it do so.

    Attributes:
        worst: change at the unfavourable end of the range.
        best: change at the favourable end.
        evidence: what the range rests on.
        module_id: with `own_measurement`: the module whose measured effect it is.
    """

    metric_id: str
    evidence: EvidenceKind
    source: str
    kind: ExpectedKind = "relative"
    worst: float | None = None
    likely: float | None = None
    best: float | None = None
    module_id: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedModule:
    """A module that is not live yet.

    Attributes:
        module: as it would stand in `modules/`.
        months: how many months from go-live the case covers.
    """

    module: Module
    expected: tuple[ExpectedEffect, ...]
    months: int = DEFAULT_MONTHS


@dataclass(frozen=True, slots=True)
class Outcome:
    """The money of the whole case with every effect at one place of its range."""

    benefits: Decimal
    costs: Decimal
    net: Decimal
    roi: Decimal | None
    npv: Decimal
    payback_month: int | None


@dataclass(frozen=True, slots=True)
class CaseRisk:
    """Risk before investing, from one simulation over effects, assumptions and costs.

    Attributes:
        lower: ROI below which one case in twenty ends.
        upper: ROI above which one case in twenty ends.
        bar: the lowest ROI with which the tier's standard goes on.
        chance_of_bar: P(ROI ≥ bar).
        chance_of_loss: P(benefits < costs).
        bad_net: net below which one case in twenty ends.
        committed: one-offs, fees and running costs owed before anything measured can stop them.
        committed_until: first day on which nothing more is owed, when notice is given with the first
            rating.
        needed_share: part of the likely benefits that pays the costs; None without benefits.
    """

    lower: Decimal
    median: Decimal
    upper: Decimal
    bar: Decimal
    chance_of_bar: float
    chance_of_loss: float
    bad_net: Decimal
    committed: Decimal
    committed_until: date
    needed_share: Decimal | None


@dataclass(frozen=True, slots=True)
class BusinessCase:
    """The ex-ante business case of one planned module.

    Attributes:
        expected: the ranges used; those from a module's own measurement filled in.
        costs: lines over the case's days, those the tier leaves out marked.
        benefits: lines with every effect at its likely value.
        risk: None where nothing could be put into money.
        claims_held: earlier vendor claims tested here: (how many, median of measured ÷ claimed).
        holdouts: what a holdout would show from go-live on.
        reasons: why this verdict, then what a reader has to know of the evidence.
    """

    module: Module
    window: Window
    currency: str
    expected: tuple[ExpectedEffect, ...]
    costs: tuple[CostLine, ...]
    benefits: tuple[BenefitLine, ...]
    worst: Outcome
    likely: Outcome
    best: Outcome
    risk: CaseRisk | None
    verdict: CaseVerdict
    reasons: tuple[Message, ...]
    claims_held: tuple[int, float] | None = None
    holdouts: tuple[PlannedLine, ...] = ()

"""Efficiency scores, and the triple of use, effect and feedback: secondary to the money.

A score is the way gone towards declared targets, never a measurement of its own. It is stored with
the lines it is made of; a line without a measured effect carries no points and says why.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.metrics import Dimension
from roi_pipeline.domain.modules import PoolRole
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window

ScoreKind = Literal["module", "dimension", "link"]
# Figures about the work of fewer people would be figures about somebody.
FEWEST_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one metric of a pool brings into a score.

    Attributes:
        weight: as declared in the module's pool.
        attainment: share of the way to the target that was gone, 0 to 1; None without an answer.
        attainment_lower: the same at the worse end of the effect's interval.
        attainment_upper: the same at the better end.
        points: its part of the score; None without an answer.
        reason: how the attainment came about, or why there is none.
    """

    module_id: str
    metric_id: str
    role: PoolRole
    dimension: Dimension | None
    link: str
    weight: float
    attainment: float | None
    attainment_lower: float | None
    attainment_upper: float | None
    points: Decimal | None
    reason: Message


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 100: the weighted share of the way to the targets, for one module, dimension or link.

    Attributes:
        key: module id, dimension or link.
        points: the sum of the lines' points; None when no line has an answer.
        lowest: the score if every target without an answer had seen no progress.
        highest: the score if every target without an answer had been reached.
        answered_share: share of the declared weight that rests on measured effects.
        lines: every metric with a target, those without an answer included.
    """

    kind: ScoreKind
    key: str
    points: Decimal | None
    lowest: Decimal
    highest: Decimal
    answered_share: float
    lines: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """What AI did in a window and what staff made of its suggestions.

    Attributes:
        actions: carried out or suggested.
        held_out: actions withheld from the randomised holdout.
        decided: suggestions the staff decided about.
        adopted: of these used as they were.
        edited: of these edited and then used.
        ignored: of these not used.
        opted_out: actions after which the customer asked for no more.
        people: members of staff who decided; 0 when the exports do not name them.
        staff_days: pairs of a member of staff and a day with a decision.
    """

    window: Window
    actions: int
    held_out: int
    decided: int
    adopted: int
    edited: int
    ignored: int
    opted_out: int
    people: int
    staff_days: int


@dataclass(frozen=True, slots=True)
class PlaceUse:
    """Use at one place where at least five people decided."""

    place_id: str
    use: Use


@dataclass(frozen=True, slots=True)
class DoseResponse:
    """Association between the change of a metric and adoption across units; not a cause.

    Attributes:
        slope: change of the metric per unit of adoption, from none (0) to all (1).
        lower: lower end of the interval at `confidence`.
        upper: upper end.
        correlation: Pearson's, between adoption and change.
        adoption_mean: mean of the places' adoption.
        adoption_deviation: standard deviation of it; single places may be too few people to show.
    """

    metric_id: str
    n_places: int
    slope: float
    lower: float
    upper: float
    confidence: float
    correlation: float
    adoption_mean: float
    adoption_deviation: float


@dataclass(frozen=True, slots=True)
class Seats:
    """Days of licensed people and of those who used it, where usage of seats is exported."""

    licensed_days: float
    active_days: float
    requests: float


@dataclass(frozen=True, slots=True)
class Usage:
    """How a module was used in a cycle.

    Attributes:
        before: the cycle before; None when nothing was done in it.
        place: what places are, `clinic` for column `clinic_id`.
        places: places with enough people, by id.
        n_places_hidden: places left out because too few people decided there.
        dose: association of change and adoption; None with `dose_reason`.
    """

    cycle: Use
    before: Use | None
    place: str
    places: tuple[PlaceUse, ...]
    n_places_hidden: int
    dose: DoseResponse | None
    dose_reason: Message | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The last cycle's advice and the change of ROI since.

    Attributes:
        decided_on: end of the cycle the advice was given in.
        verdict: the change of ROI, without claiming that the advice was the cause.
    """

    cycle_key: str
    decided_on: date
    action: str
    roi_then: Decimal | None
    roi_now: Decimal | None
    action_now: str
    verdict: Message


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Score, use and feedback of one module in one cycle.

    Attributes:
        usage: None with `usage_reason`.
        feedback: metrics of the pool in which customers or staff answer back.
    """

    score: Score
    by_dimension: tuple[Score, ...]
    usage: Usage | None
    usage_reason: Message | None
    feedback: tuple[str, ...] = ()
    followed_up: FollowUp | None = None
    seats: Seats | None = None

"""What a weekly digest compares: where each module of a draft stood, week by week."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.standards import Rating
from roi_pipeline.domain.statements import ModuleValue


@dataclass(frozen=True, slots=True)
class Standing:
    """One module's figures as the draft of a day printed them."""

    module_id: str
    net: Decimal
    roi: Decimal | None
    action: str
    rating: Rating


@dataclass(frozen=True, slots=True)
class KeptDigest:
    """A digest that was made: the day and cycle of its draft, and how the modules stood."""

    as_of: date
    cycle_key: str
    standings: tuple[Standing, ...]

    def of(self, module_id: str) -> Standing | None:
        """How a module stood; None where the draft had no figures of it."""
        return next((each for each in self.standings if each.module_id == module_id), None)


def standing_of(value: ModuleValue) -> Standing:
    """How a module stands in its draft."""
    return Standing(
        value.module_id,
        value.rated.printed_net,
        value.shown_roi,
        value.decision.action,
        value.rating,
    )


def week_of(day: date) -> str:
    """The ISO week that holds a day.

    >>> week_of(date(2026, 1, 1)), week_of(date(2027, 1, 3))
    ('2026-W01', '2026-W53')
    """
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"

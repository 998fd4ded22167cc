"""The assumption register: which number stands behind a name, and how it changed over time.

A module's own statement of an assumption takes the place of the study's. The same id may be stated
several times; the version in force is the latest stated by the cycle's last day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.money import Assumption
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.texts import Text

RECAPTURE = "recapture_rate"
RECAPTURE_NAME = Text(
    {"en": "Share of freed time that becomes value", "zh-CN": "工时回收率", "zh-TW": "工時回收率"}
)


@dataclass(frozen=True, slots=True)
class Register:
    """Assumptions by id, each as in force on one day."""

    in_force: tuple[Assumption, ...]

    def find(self, assumption_id: str) -> Assumption:
        """The assumption of that id."""
        for assumption in self.in_force:
            if assumption.id == assumption_id:
                return assumption
        raise UnknownName("assumption", assumption_id, (known.id for known in self.in_force))

    def knows(self, assumption_id: str) -> bool:
        """Whether anything answers to that id."""
        return any(assumption.id == assumption_id for assumption in self.in_force)


@dataclass(frozen=True, slots=True)
class AssumptionChange:
    """One assumption that differs between two registers; None: not stated there."""

    id: str
    before: Assumption | None
    after: Assumption | None


def read_register(
    study: Sequence[Assumption], module: Sequence[Assumption], *, standard: Standard, day: date
) -> Register:
    """Assumptions in force on `day`; the recapture rate comes from the standard unless stated."""
    chosen = {item.id: item for item in _in_force(study, day)}
    chosen |= {item.id: item for item in _in_force(module, day)}
    chosen.setdefault(RECAPTURE, default_recapture(standard))
    return Register(tuple(chosen[key] for key in sorted(chosen)))


def default_recapture(standard: Standard) -> Assumption:
    """The standard's recapture rate as a visible assumption."""
    return Assumption(
        id=RECAPTURE,
        value=standard.recapture_rate,
        unit="rate",
        source=f"standard {standard.id}",
        owner="finance",
        stated_on=standard.valid_from,
        name=RECAPTURE_NAME,
    )


def versions(assumptions: Iterable[Assumption], assumption_id: str) -> tuple[Assumption, ...]:
    """Every version of one assumption, oldest first."""
    found = [item for item in assumptions if item.id == assumption_id]
    return tuple(sorted(found, key=lambda item: item.stated_on))


def assumption_changes(
    before: Sequence[Assumption], after: Sequence[Assumption]
) -> tuple[AssumptionChange, ...]:
    """Assumptions whose value, range, unit or source differs between two editions."""
    old = {item.id: item for item in before}
    new = {item.id: item for item in after}
    return tuple(
        AssumptionChange(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if _content(old.get(key)) != _content(new.get(key))
    )


def _content(item: Assumption | None) -> tuple[Decimal | str | None, ...] | None:
    return None if item is None else (item.value, item.low, item.high, item.unit, item.source)


def _in_force(assumptions: Sequence[Assumption], day: date) -> tuple[Assumption, ...]:
    ids = sorted({item.id for item in assumptions})
    return tuple(_latest(versions(assumptions, each), day) for each in ids)


def _latest(stated: tuple[Assumption, ...], day: date) -> Assumption:
    known = [item for item in stated if item.stated_on <= day]
    return known[-1] if known else stated[0]

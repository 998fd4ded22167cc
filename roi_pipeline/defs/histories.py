"""What was published before: the edition a report is compared with, the money of closed cycles."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from roi_pipeline.archive import Archive
from roi_pipeline.domain.archives import KeptEdition, Manifest
from roi_pipeline.domain.editions import EditionInputs, ModuleInputs, PreviousEdition
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.engines.results import from_json

VALUES = "values.json"


@dataclass(frozen=True, slots=True)
class Before:
    """Editions that came before one.

    Attributes:
        previous: name of the edition it is compared with; None for the first of all.
        history: the latest edition of every earlier closed cycle.
    """

    archive: Archive
    previous: str | None
    history: tuple[str, ...]

    @property
    def previous_cycle(self) -> str | None:
        """The cycle of the edition compared with."""
        return None if self.previous is None else self.previous.split("/")[0]


def archive_of(output: Path) -> Archive:
    """The archive below a study's output folder."""
    return Archive(output / "editions")


def before(archive: Archive, cycle_key: str) -> Before:
    """What came before an edition of a cycle made now."""
    history = archive.latest_of_earlier_cycles(cycle_key)
    own = archive.latest(cycle_key)
    return Before(archive, own or (history[-1] if history else None), history)


def before_edition(archive: Archive, manifest: Manifest) -> Before:
    """What came before an edition that was made."""
    return Before(archive, manifest.previous, manifest.history)


@lru_cache(maxsize=8)
def read_kept(archive: Archive, name: str) -> KeptEdition:
    """The values of an edition; an edition never changes, so it is read once a process."""
    return from_json((archive.path(name) / VALUES).read_text("utf-8"), KeptEdition)


def values_before(earlier_editions: Before) -> tuple[ModuleValue, ...]:
    """The money of every module in every earlier closed cycle, as it was published."""
    kept = [read_kept(earlier_editions.archive, name) for name in earlier_editions.history]
    return tuple(module.value for edition in kept for module in edition.modules)


def with_previous(
    inputs: EditionInputs,
    earlier_editions: Before,
    *,
    earlier: Mapping[str, ModuleValue] | None = None,
) -> EditionInputs:
    """The edition with the bridge from the one before it, module by module.

    Args:
        inputs: the edition.
        earlier_editions: what came before it.
        earlier: the earlier cycle computed again with everything known now.
    """
    name = earlier_editions.previous
    if name is None:
        return inputs
    manifest = earlier_editions.archive.manifest(name)
    kept = read_kept(earlier_editions.archive, name)
    return replace(
        inputs,
        modules=tuple(
            replace(module, previous=_previous(manifest.edition_id, kept, module, (earlier or {})))
            for module in inputs.modules
        ),
    )


def _previous(
    edition_id: str, kept: KeptEdition, module: ModuleInputs, earlier: Mapping[str, ModuleValue]
) -> PreviousEdition | None:
    from roi_pipeline import finance

    then = kept.value(module.module.id)
    if then is None:
        return None
    again = earlier.get(module.module.id) if then.cycle_key != module.value.cycle_key else None
    return PreviousEdition(
        edition_id=edition_id,
        cycle_key=then.cycle_key,
        roi=rated_roi(then),
        rating=then.rating.grade,
        action=then.decision.action,
        bridge=finance.bridge(then, module.value, scope="rated", restated=again),
    )


def rated_roi(value: ModuleValue) -> Decimal | None:
    """ROI of the rated window, as the headline gives it."""
    return value.rated.returns.roi if value.rating.roi is None else value.rating.roi

"""What was published before: the edition a report is compared with, the money of closed cycles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from roi_pipeline.archive import Archive
from roi_pipeline.domain.archives import KeptEdition, Manifest
from roi_pipeline.domain.editions import (
    BridgeCause,
    BridgeStep,
    EditionInputs,
    ModuleInputs,
    PreviousEdition,
)
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.store.values import from_json

VALUES = "values.json"
# Sentences for what changed a figure without a changed line of money or new data.
REASONS: Mapping[BridgeCause, str] = {
    "definition": "bridge_other_definition",
    "method": "bridge_other_computation",
}


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


def archive_of(paths: StudyPaths) -> Archive:
    """The archive of a study's editions."""
    return Archive(paths.editions)


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
    """The money of every module and of the portfolio in every earlier closed cycle, as published."""
    kept = [read_kept(earlier_editions.archive, name) for name in earlier_editions.history]
    modules = [module.value for edition in kept for module in edition.modules]
    return (*modules, *(edition.portfolio for edition in kept if edition.portfolio is not None))


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The edition before, computed again, so that every step of the bridge gets its own cause.

    Attributes:
        reworked: from its own exports, with today's configuration and product; empty when neither
            can have moved a figure.
        residual: cause of what `reworked` changes and no line of the money explains.
        known_now: its cycle from everything known now; empty when it is the same cycle.
    """

    reworked: Mapping[str, ModuleValue] = field(default_factory=dict[str, ModuleValue])
    residual: BridgeCause | None = None
    known_now: Mapping[str, ModuleValue] = field(default_factory=dict[str, ModuleValue])


def with_previous(
    inputs: EditionInputs, earlier_editions: Before, recomputed: Recomputed = Recomputed()
) -> EditionInputs:
    """The edition with the bridge from the one before it, module by module."""
    name = earlier_editions.previous
    if name is None:
        return inputs
    edition_id = earlier_editions.archive.manifest(name).edition_id
    kept = read_kept(earlier_editions.archive, name)
    return replace(
        inputs,
        modules=tuple(
            replace(module, previous=_previous(edition_id, kept, module, recomputed))
            for module in inputs.modules
        ),
    )


def _previous(
    edition_id: str, kept: KeptEdition, module: ModuleInputs, recomputed: Recomputed
) -> PreviousEdition | None:
    then = kept.value(module.module.id)
    if then is None:
        return None
    return PreviousEdition(
        edition_id=edition_id,
        cycle_key=then.cycle_key,
        roi=rated_roi(then),
        rating=then.rating.grade,
        action=then.decision.action,
        bridge=_bridge(then, module.value, recomputed),
    )


def _bridge(then: ModuleValue, now: ModuleValue, recomputed: Recomputed) -> tuple[BridgeStep, ...]:
    """Published → with today's rules → with today's data; the steps add up without a remainder."""
    from roi_pipeline import finance

    reworked = recomputed.reworked.get(then.module_id)
    known_now = recomputed.known_now.get(then.module_id)
    if reworked is None or rated_roi(reworked) is None:
        return finance.bridge(then, now, scope="rated", restated=known_now)
    by_rules = finance.bridge(then, reworked, scope="rated")
    by_data = finance.bridge(reworked, now, scope="rated", restated=known_now)
    return _added((*(_not_data(step, recomputed.residual) for step in by_rules), *by_data))


def _not_data(step: BridgeStep, residual: BridgeCause | None) -> BridgeStep:
    """A step between two computations from the same exports is never the data's."""
    if residual is None or step.cause not in {"late_data", "new_data"}:
        return step
    code = REASONS.get(residual, f"bridge_{residual}")
    return BridgeStep(residual, step.roi_change, Message(code, step.reason.values))


def _added(steps: Iterable[BridgeStep]) -> tuple[BridgeStep, ...]:
    """One step a cause, in the order the causes first appear."""
    by_cause = dict[BridgeCause, BridgeStep]()
    for step in steps:
        known = by_cause.get(step.cause)
        total = step.roi_change + (known.roi_change if known else 0)
        by_cause[step.cause] = replace(known or step, roi_change=total)
    return tuple(step for step in by_cause.values() if step.roi_change)


def rated_roi(value: ModuleValue) -> Decimal | None:
    """ROI of the rated window, as the headline gives it."""
    return value.rated.returns.roi if value.rating.roi is None else value.rating.roi

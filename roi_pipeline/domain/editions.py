"""One published report of a cycle: draft, final or restated, with what it was made from.

A final edition never changes; data arriving later make a restated one that carries a bridge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.loads import FileLoad, Validation
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.outlook import Outlook
from roi_pipeline.domain.scores import Efficiency, Score
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle

EditionStatus = Literal["draft", "final", "restated"]
BridgeCause = Literal["new_data", "late_data", "method", "assumption", "definition", "standard"]


@dataclass(frozen=True, slots=True)
class BridgeStep:
    """How much of the change of ROI between two editions one cause explains."""

    cause: BridgeCause
    roi_change: Decimal
    reason: Message


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a report was computed from; the same manifest stands in every format.

    Attributes:
        config_sha256: fingerprint of the study's configuration files.
        files: every export file with its hash and where its rows went.
        sql: path of each SQL file → its sha256.
        versions: library → version.
        validations: rules of every export as checked in this run.
        selftest: what the last self-test of the study found, or that there was none.
    """

    package_version: str
    as_of: date
    config_sha256: str
    files: tuple[FileLoad, ...]
    sql: Mapping[str, str]
    versions: Mapping[str, str]
    validations: tuple[Validation, ...]
    seed: int
    selftest: tuple[Message, ...] = ()

    @property
    def n_rules(self) -> int:
        """Number of validation rules that ran."""
        return sum(len(validation.results) for validation in self.validations)


@dataclass(frozen=True, slots=True)
class PreviousEdition:
    """The figures of the edition before, for "what changed"."""

    edition_id: str
    cycle_key: str
    roi: Decimal | None
    rating: str | None
    action: str | None
    bridge: tuple[BridgeStep, ...] = ()


@dataclass(frozen=True, slots=True)
class ModuleInputs:
    """Everything a module's report is made from.

    Attributes:
        lift: what the module's actions brought about; None when it does not say what they are for.
        shared: what it is credited with of outcomes several modules were in reach of.
        stale: sources its metrics rest on whose newest rows are older than was declared.
        sources: export tables its figures come from; none when that was not kept.
    """

    module: Module
    effects: ModuleEffects
    value: ModuleValue
    previous: PreviousEdition | None = None
    trend: tuple[tuple[str, Decimal | None, float | None], ...] = ()
    efficiency: Efficiency | None = None
    lift: ActionLift | None = None
    shared: tuple[SharedCredit, ...] = ()
    stale: tuple[Message, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditionInputs:
    """Everything the reports of one cycle are made from.

    Attributes:
        modules: the modules that could be evaluated, in the study's order.
        missing: module id → why it has no figures in this edition.
        portfolio: money of all modules together, under the module id `portfolio`.
        scores: efficiency scores of links and dimensions over the targets of all modules.
        outlook: business cases, scenarios, next year's bar and experiments, for the portfolio.
    """

    study: Study
    cycle: Cycle
    status: EditionStatus
    number: int
    modules: tuple[ModuleInputs, ...]
    missing: Mapping[str, Message]
    portfolio: ModuleValue | None
    provenance: Provenance
    details: Mapping[str, str] = field(default_factory=dict[str, str])
    scores: tuple[Score, ...] = ()
    outlook: Outlook = field(default_factory=Outlook)

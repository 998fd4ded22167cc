"""What is kept of a published edition: the manifest that names every input, and the values found.

A manifest holds hashes, never contents. Together with the store they name, it is enough to compute
the edition again after the originals changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.domain.editions import BridgeStep, EditionStatus, PreviousEdition, Provenance
from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.scores import Efficiency, Score
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Language, Message

ReportFormat = Literal["html", "md", "json", "xlsx", "pdf"]
Trend = tuple[tuple[str, Decimal | None, float | None], ...]
MoveCause = Literal[
    "new_data", "late_data", "method", "assumption", "definition", "standard", "day", "unknown",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArchivedExport:
    """One delivered file whose rows an edition rests on.

    Attributes:
        path: where it was delivered, as the report names it.
        sha256: fingerprint it was loaded under: of its bytes, or of the rows of a query.
        object_sha256: bytes kept in the store; differs from `sha256` for a query's rows only.
        restored_as: where it stands in the study folder that an edition is computed in.
        is_redirected: the contract names a place outside the study folder (a database, a bucket,
            another folder), so that its location is replaced when the edition is computed.
    """

    table: str
    path: str
    sha256: str
    object_sha256: str
    bytes: int
    restored_as: str
    is_redirected: bool = False


@dataclass(frozen=True, slots=True)
class EditionInputsKept:
    """Everything of the study's own that an edition is computed from, by hash in the store.

    Attributes:
        baseline_locks: what the modules' baselines were when first used; None before any use.
    """

    config: Mapping[str, str]
    exports: tuple[ArchivedExport, ...]
    baseline_locks: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """One report file of an edition.

    Attributes:
        path: relative to the edition's folder of reports, with forward slashes.
        language: None for the figures, which hold all languages.
        module_id: the module, or `portfolio`.
    """

    path: str
    language: Language | None
    kind: ReportFormat
    module_id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Headline:
    """What an edition says of one module (or the portfolio) in one line."""

    module_id: str
    roi: Decimal | None
    roi_lower: Decimal | None
    roi_upper: Decimal | None
    rating_status: str
    rating_grade: str | None
    action: str
    currency: str
    benefits: Decimal
    costs: Decimal


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record of one edition.

    Attributes:
        name: `<cycle>/<status>-<number>`, its folder below `out/editions`.
        edition_id: the same with the study's id in front; what e-mails and reports print.
        previous: name of the edition this one is compared with.
        history: names of the editions whose ROI stands in the trend.
        product: path of each file of the product that can move a figure or a byte → its hash; a
            room of code counts as one file.
        files: path of each file of the edition → its hash.
        reports: what each report file is, those a reader's attachments are chosen from.
        figures: every figure of the edition by name, as text.
        config_keys: `<file>#<top-level key>` → hash of what stands under it, in TOML files.
        lineage: metric id → the SQL files and export tables it is computed from.
        gaps: modules without figures that were accepted when the edition was made.
    """

    name: str
    edition_id: str
    study_id: str
    cycle_key: str
    status: EditionStatus
    number: int
    as_of: date
    seed: int
    package_version: str
    inputs: EditionInputsKept
    product: Mapping[str, str]
    versions: Mapping[str, str]
    headlines: tuple[Headline, ...]
    previous: str | None = None
    history: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    figures: Mapping[str, str] = field(default_factory=dict[str, str])
    config_keys: Mapping[str, str] = field(default_factory=dict[str, str])
    lineage: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    gaps: tuple[str, ...] = ()
    reports: tuple[RenderedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptModule:
    """What an edition found of one module."""

    module_id: str
    effects: ModuleEffects
    value: ModuleValue
    previous: PreviousEdition | None
    trend: Trend
    efficiency: Efficiency | None = None
    lift: ActionLift | None = None
    shared: tuple[SharedCredit, ...] = ()
    stale: tuple[Message, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptEdition:
    """The values of an edition, enough to word it again without computing anything."""

    status: EditionStatus
    number: int
    modules: tuple[KeptModule, ...]
    missing: Mapping[str, Message]
    portfolio: ModuleValue | None
    provenance: Provenance
    scores: tuple[Score, ...] = ()

    def value(self, module_id: str) -> ModuleValue | None:
        """The money of one module."""
        return next((kept.value for kept in self.modules if kept.module_id == module_id), None)


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """A figure that differs between two editions, and what can have moved it."""

    name: str
    before: str | None
    after: str | None
    causes: tuple[MoveCause, ...]


@dataclass(frozen=True, slots=True)
class ChangedInput:
    """Something an edition was made from that is not what it was.

    Attributes:
        kind: `export`, `config`, `sql`, `catalogue`, `template`, `code`, `library` or `file`.
        before: hash or version in the manifest; None when it was not there.
        after: hash or version found; None when it is gone.
    """

    kind: str
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What recomputing an edition found.

    Attributes:
        broken: kept files that are gone or changed: exports and configuration in the store, files
            of the edition's folder.
        reports: report files that came out otherwise.
        product: what of the installed product is not what the edition was made with.
        since: configuration and exports of the study folder that have changed since; no fault.
        reason: why nothing could be recomputed.
    """

    name: str
    broken: tuple[ChangedInput, ...]
    reports: tuple[ChangedInput, ...]
    product: tuple[ChangedInput, ...]
    since: tuple[ChangedInput, ...]
    n_files: int
    reason: str = ""

    @property
    def is_identical(self) -> bool:
        """Whether every file came out as published and nothing kept is broken."""
        return not (self.broken or self.reports or self.reason)


@dataclass(frozen=True, slots=True)
class ModuleDiff:
    """How a module's ROI got from one edition to another.

    Attributes:
        is_in_both: false for a module the earlier edition does not have.
        steps: of the bridge, in ROI.
    """

    module_id: str
    is_in_both: bool
    roi_before: Decimal | None = None
    roi_after: Decimal | None = None
    steps: tuple[BridgeStep, ...] = ()


@dataclass(frozen=True, slots=True)
class EditionDiff:
    """What differs between two editions.

    Attributes:
        days: their days, where these differ.
    """

    before: str
    after: str
    modules: tuple[ModuleDiff, ...]
    inputs: tuple[ChangedInput, ...]
    figures: tuple[MovedFigure, ...]
    days: tuple[date, date] | None = None

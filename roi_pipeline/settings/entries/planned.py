"""planned/<id>.toml: a module that is not live yet; a module's file with what is expected of it."""

from typing import Annotated

from annotated_types import Gt, Len

from roi_pipeline.domain.business_cases import (
    DEFAULT_MONTHS,
    EvidenceKind,
    ExpectedEffect,
    ExpectedKind,
    PlannedModule,
)
from roi_pipeline.settings.entries.entry import Entry, Words, build
from roi_pipeline.settings.entries.module import ModuleEntry


class ExpectedEntry(Entry):
    """What the module is expected to change, and on which evidence."""

    metric: str
    evidence: EvidenceKind
    source: Words
    kind: ExpectedKind | None = None
    worst: float | None = None
    likely: float | None = None
    best: float | None = None
    module: str | None = None

    def to_domain(self) -> ExpectedEffect:
        """The expected effect."""
        return build(ExpectedEffect, self, metric_id=self.metric, module_id=self.module)


class PlannedEntry(ModuleEntry):
    """The whole file."""

    expected: Annotated[list[ExpectedEntry], Len(1)]
    months: Annotated[int, Gt(0)] | None = None

    def to_plan(self, file: str) -> PlannedModule:
        """The planned module."""
        expected = tuple(entry.to_domain() for entry in self.expected)
        return PlannedModule(self.to_domain(file), expected, self.months or DEFAULT_MONTHS)

"""The shapes a page of the validation site is laid out from: text and numbers, nothing to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "note", "warn", "stop", "none"]
WORST_FIRST: tuple[Verdict, ...] = ("stop", "warn", "note", "none", "ok")


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where the rows of one file, or of several, went.

    `refused` rows were read and rejected with their whole delivery; a file that was not refused
    has none.
    """

    read: int
    loaded: int
    quarantined: int
    duplicate: int
    refused: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether every row is accounted for."""
        return self.missing == 0

    @property
    def missing(self) -> int:
        """Rows nobody can account for."""
        return self.read - self.loaded - self.quarantined - self.duplicate - self.refused

    def width(self, part: int) -> str:
        """Width of a part in a bar of 100, as SVG wants it."""
        return f"{100 * part / self.read:.3f}" if self.read else "0"


@dataclass(frozen=True, slots=True)
class FileView:
    """One delivered file."""

    path: str
    status: str
    verdict: Verdict
    rows: Accounting
    superseded: int
    encoding: str
    sha256: str
    error: str


@dataclass(frozen=True, slots=True)
class RunView:
    """One earlier run of a rule, as text."""

    run: str
    verdict: Verdict
    checked: str
    broken: str
    share: str


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule with everything there is to say about it."""

    anchor: str
    name: str
    sentence: str
    comment: str
    verdict: Verdict
    severity: str
    message: str
    expected: str
    observed: str
    checked: str
    broken: str
    share: str
    tolerance: str
    share_width: str
    tolerance_width: str
    rows: tuple[tuple[str, str, str], ...]
    n_more: int
    sql: str
    spark: str
    runs: tuple[RunView, ...]
    has_meter: bool
    was_evaluated: bool

    @property
    def is_shown_in_full(self) -> bool:
        """Whether it failed, or passed only because some broken rows are tolerated."""
        return self.verdict != "ok" or bool(self.rows)


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Quarantined rows that share a reason."""

    reason: str
    n: int
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source: its files, its rules, its quarantine."""

    table: str
    page: str
    verdict: Verdict
    files: tuple[FileView, ...]
    rows: Accounting
    rules: tuple[RuleView, ...]
    freshness: str
    freshness_verdict: Verdict
    volume: str
    volume_verdict: Verdict
    notes: tuple[str, ...]
    quarantine: tuple[ReasonView, ...]

    def failed(self, verdict: Verdict) -> int:
        """Number of rules of that verdict."""
        return sum(rule.verdict == verdict for rule in self.rules)

    @property
    def is_unchanged(self) -> bool:
        """Whether nothing new was delivered, so that no rule had to run."""
        return not self.rules and is_unchanged(self.files)


def is_unchanged(files: Sequence[FileView]) -> bool:
    """Whether there was nothing new to check."""
    return bool(files) and all(file.status == "unchanged" for file in files)

"""The result of each delivered file: the accounting that must balance, and the rules it met.

The identity `rows_read = rows_loaded + rows_quarantined + rows_duplicate` holds for every file.
"""

from dataclasses import dataclass
from typing import Literal

from roi_pipeline.domain.findings import Finding, Severity

LoadStatus = Literal["loaded", "unchanged", "replaced", "refused", "unreadable"]
NEWS: frozenset[LoadStatus] = frozenset({"loaded", "replaced"})


@dataclass(frozen=True, slots=True)
class FileLoad:
    """One file (or query result) of one export and where its rows went.

    Attributes:
        file_id: `<table>/<path relative to the study>`, stable between runs.
        rows_superseded: loaded rows that a later delivery of the same key replaced; a subset of
            `rows_loaded`.
        error: why the file could not be read, when `status` is `unreadable`.
    """

    file_id: str
    table: str
    path: str
    sha256: str
    bytes: int
    status: LoadStatus
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    rows_superseded: int = 0
    encoding: str = ""
    error: str = ""

    @property
    def is_balanced(self) -> bool:
        """Whether every row read is accounted for."""
        return self.rows_read == self.rows_loaded + self.rows_quarantined + self.rows_duplicate


@dataclass(frozen=True, slots=True)
class FailingRow:
    """One row that broke a rule; a value that may identify somebody is masked."""

    source_file_id: str
    source_row_number: int
    value: str | None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule of a contract as Great Expectations found it.

    Attributes:
        rule: stable name, a sentence true when healthy: `call_id_is_never_null`.
        kind: `schema`, `type`, `null`, `range`, `set`, `pattern`, `uniqueness`, `reference`,
            `freshness`, `volume` or `row`.
        n_checked: rows looked at.
        n_unexpected: rows that broke it.
        failing_rows_sql: query that lists them while the delivery is staged, with the columns
            `source_file_id`, `source_row_number` and `value`; empty when none.
        observed: what was seen, for rules about the table as a whole.
        is_row_rule: broken rows are quarantined.
        comment: why the rule exists, in the contract's own words.
        measure: the figure behind `observed` (days, rows per day, a share), for its history.
        was_evaluated: False when the rule could not be evaluated; it then counts as failed.
        failing_rows: the first few broken rows, in order of file and row.
    """

    table: str
    rule: str
    kind: str
    column: str | None
    severity: Severity
    passed: bool
    n_checked: int
    n_unexpected: int
    tolerance: float
    expected: str
    observed: str = ""
    failing_rows_sql: str = ""
    is_row_rule: bool = False
    comment: str = ""
    measure: float | None = None
    was_evaluated: bool = True
    failing_rows: tuple[FailingRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """All rules of one export in one run, and the findings they make."""

    table: str
    results: tuple[RuleResult, ...]
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> bool:
        """Whether the delivery must be refused."""
        return any(finding.stops for finding in self.findings)

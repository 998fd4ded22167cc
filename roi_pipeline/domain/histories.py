"""What earlier runs saw of an export, and the rows a run quarantined.

The database holds these; whoever opens it hands them over as values, so neither the checks nor the
validation site need a connection of their own.
"""

from dataclasses import dataclass

from roi_pipeline.domain.findings import Severity


@dataclass(frozen=True, slots=True)
class VolumeHistory:
    """Rows per day of the earlier accepted deliveries of one export, oldest first.

    The figure of each delivery is the `measure` of its rule `volume_is_like_earlier_deliveries`;
    for a contract without that rule nothing has to be kept.

    >>> VolumeHistory((100.0, 120.0)).rows_per_day
    (100.0, 120.0)
    """

    rows_per_day: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleRun:
    """How one rule fared in one earlier run; `run_key` sorts in the order of the runs."""

    table: str
    rule: str
    run_key: str
    passed: bool
    severity: Severity
    n_checked: int
    n_unexpected: int
    was_evaluated: bool = True


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One row kept out of an export table.

    Attributes:
        file_id: the file it came in, as in `FileLoad.file_id`.
        column: the column that broke it; None when the row as a whole did.
        value: what stood there, as text.
        reason: name of the rule it broke, or why its text could not be read.
        is_person: `value` may identify somebody and is masked wherever it is shown.
    """

    table: str
    file_id: str
    row_number: int
    column: str | None
    value: str | None
    reason: str
    is_person: bool = False

"""What checks and diagnostics report: one shape from the validation gate to the report.

A finding has a severity `note < warn < stop`. In validation a stop keeps the source's previous good
state; in a diagnostic it takes the design out of the running.
"""

from dataclasses import dataclass
from typing import Literal

from roi_pipeline.domain.texts import Message

Severity = Literal["note", "warn", "stop"]
SEVERITIES: tuple[Severity, ...] = ("note", "warn", "stop")
# The rule whose measure is kept and compared with later deliveries.
VOLUME_RULE = "volume_is_like_earlier_deliveries"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check.

    Attributes:
        check: the check's name, a sentence that is true when healthy: `grain_is_unique`.
        subject: what was checked: `exports.telephony__calls`, `smart_invitation.visit_rate`.
        passed: whether the sentence held.
        severity: how bad it is when it did not.
        message: why, with the figures; also given when the check passed.
    """

    check: str
    subject: str
    passed: bool
    severity: Severity
    message: Message

    @property
    def stops(self) -> bool:
        """Whether this finding forbids going on."""
        return not self.passed and self.severity == "stop"

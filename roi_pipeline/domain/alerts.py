"""What a night has to say to whoever runs the service: conditions that hold, and who is notified."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from roi_pipeline.domain.texts import Language, Message

AlertKind = Literal[
    "run_failed", "night_missed", "delivery_refused", "feed_stale", "guardrail_harmed",
    "sample_ratio_off", "categories_drifted", "notice_near", "edition_due", "mail_undeliverable", "disk_nearly_full",
]  # fmt: skip
AlertSeverity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that holds on a night; it stays the same alert for as long as it holds.

    Attributes:
        subject: what it is about, the same every night: an asset, a source, a module, an address.
    """

    kind: AlertKind
    subject: str
    severity: AlertSeverity
    message: Message

    @property
    def key(self) -> str:
        """Identifies the alert over nights."""
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert with the day of the run that first found it."""

    alert: Alert
    since: date


@dataclass(frozen=True, slots=True)
class NightChanges:
    """What is different from the night before.

    Attributes:
        number: counts the messages sent, so that each has an id of its own.
        is_sign_of_life: nothing changed, and the weekly message says so.
        is_test: nobody has to do anything; it shows that messages arrive.
    """

    as_of: date
    number: int
    new: tuple[Alert, ...] = ()
    resolved: tuple[OpenAlert, ...] = ()
    still_open: tuple[OpenAlert, ...] = ()
    is_sign_of_life: bool = False
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Who is notified, and from when on.

    Attributes:
        to: e-mail addresses.
        channels: environment variables that each hold the address of a chat channel.
        language: of the messages; None is the study's first.
        least_severity: warnings are shown on the status page alone when this is `error`.
        notice_days: a notice day is near from so many days before.
        least_free_share: the disk is nearly full below this share of free space.
        sign_of_life: every Monday a message even when nothing happened.
    """

    to: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    language: Language | None = None
    least_severity: AlertSeverity = "warning"
    notice_days: int = 30
    least_free_share: float = 0.1
    sign_of_life: bool = False

"""A finished message to one reader: what `reporting` writes and `delivery` gets accepted."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with an e-mail; with a `content_id` it is shown inside the HTML."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Email:
    """One edition for one reader.

    Attributes:
        edition_id: names study, cycle and edition; with the address it identifies the e-mail.
        dated: day printed in the Date header; from the edition, never from a clock.
        short_text: a few lines for chat channels.
    """

    edition_id: str
    address: str
    subject: str
    text: str
    html: str
    dated: date
    attachments: tuple[Attachment, ...] = ()
    short_text: str = ""

"""Turns an e-mail into a MIME message whose bytes depend on the e-mail alone."""

import hashlib
from datetime import UTC, datetime, time
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from roi_pipeline.domain.emails import Attachment, Email

ID_DOMAIN = "roi-pipeline.invalid"


def message_id(email: Email) -> str:
    """The same e-mail to the same reader always has the same Message-ID (RFC 5322 §3.6.4).

    A mailbox that sees it twice can tell, which is what makes sending again after a lost answer safe.
    """
    digest = hashlib.sha256(f"{email.edition_id}\x1f{email.address}".encode()).hexdigest()
    return f"<{digest[:40]}@{ID_DOMAIN}>"


def compose(email: Email, *, sender: str) -> EmailMessage:
    """The e-mail as multipart: plain text, HTML with its inline pictures, attachments."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = email.subject
    message["From"] = sender
    message["To"] = email.address
    message["Message-ID"] = message_id(email)
    message["Date"] = format_datetime(datetime.combine(email.dated, time(), tzinfo=UTC))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(email.text, cte="base64")
    message.add_alternative(email.html, subtype="html", cte="base64")
    parts = list(message.iter_parts())
    for attachment in email.attachments:
        if attachment.content_id is not None:
            _add_inline(parts[-1], attachment)
    for attachment in email.attachments:
        if attachment.content_id is None:
            kind, subtype = attachment.media_type.split("/", 1)
            message.add_attachment(
                attachment.content, maintype=kind, subtype=subtype, filename=attachment.name
            )
    _fix_boundaries(message, message_id(email))
    return message


def _add_inline(html: MIMEPart, attachment: Attachment) -> None:
    kind, subtype = attachment.media_type.split("/", 1)
    html.add_related(  # type: ignore[attr-defined]
        attachment.content,
        maintype=kind,
        subtype=subtype,
        cid=f"<{attachment.content_id}>",
        filename=attachment.name,
        disposition="inline",
    )


def _fix_boundaries(message: EmailMessage, seed: str) -> None:
    """Replace the random boundaries the library would choose by ones made from the Message-ID."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{seed}{number}".encode()).hexdigest()
            part.set_boundary(f"=_roi_{digest[:32]}")

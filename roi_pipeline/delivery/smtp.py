"""Talks SMTP: one message, one conversation, and an answer that says whether to try again."""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from roi_pipeline.domain.errors import NeedsAHuman

Security = Literal["none", "starttls", "tls"]
SECURITIES: tuple[Security, ...] = ("none", "starttls", "tls")
TEMPORARY = range(400, 500)
DEFAULT_PORTS: dict[Security, int] = {"none": 25, "starttls": 587, "tls": 465}


class Refused(Exception):  # noqa: N818  (an answer, not a fault of ours)
    """The server did not take the message; `is_temporary` says whether it may later."""

    def __init__(self, answer: str, *, is_temporary: bool) -> None:
        self.answer, self.is_temporary = answer, is_temporary
        super().__init__(answer)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where and how to hand messages over."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 30.0
    certificates: str = ""


def settings_from_environment(environment: Mapping[str, str]) -> SmtpSettings:
    """Read ROI_SMTP_HOST, _PORT, _SECURITY, _FROM, _USER, _PASSWORD or _PASSWORD_FILE.

    Raises:
        NeedsAHuman: something is missing or unreadable; all of it is named.
    """
    wrong = [
        f"{name}: nothing found; expected {what}"
        for name, what in (
            ("ROI_SMTP_HOST", "the mail server's name"),
            ("ROI_SMTP_FROM", "the sender's address"),
        )
        if not environment.get(name)
    ]
    security = environment.get("ROI_SMTP_SECURITY", "starttls")
    if security not in SECURITIES:
        wrong.append(f"ROI_SMTP_SECURITY: found {security!r}; expected {', '.join(SECURITIES)}")
    port = environment.get("ROI_SMTP_PORT", "")
    if port and not port.isdigit():
        wrong.append(f"ROI_SMTP_PORT: found {port!r}; expected a number such as 587")
    secret = environment.get("ROI_SMTP_PASSWORD_FILE", "")
    if secret and not Path(secret).is_file():
        wrong.append(f"ROI_SMTP_PASSWORD_FILE: found {secret!r}; expected a readable file")
    if wrong:
        raise NeedsAHuman("mail cannot be sent: " + "; ".join(wrong))
    chosen: Security = next(item for item in SECURITIES if item == security)
    password = Path(secret).read_text("utf-8").strip() if secret else ""
    return SmtpSettings(
        host=environment["ROI_SMTP_HOST"],
        port=int(port or DEFAULT_PORTS[chosen]),
        security=chosen,
        sender=environment["ROI_SMTP_FROM"],
        user=environment.get("ROI_SMTP_USER", ""),
        password=password or environment.get("ROI_SMTP_PASSWORD", ""),
        certificates=environment.get("ROI_SMTP_CERTIFICATES", ""),
    )


def hand_over(message: EmailMessage, settings: SmtpSettings) -> str:
    """Get the message accepted; returns the server's answer.

    Raises:
        Refused: the server refused, was not reachable, or hung up before it answered.
    """
    try:
        with _connected(settings) as server:
            if settings.user:
                server.login(settings.user, settings.password)
            server.send_message(message)
            return "250 accepted"
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refusal(code, text) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(str(error), is_temporary=False) from error
    except ssl.SSLCertVerificationError as error:
        raise Refused(
            f"certificate not trusted: {error.verify_message}", is_temporary=False
        ) from error
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        raise Refused(f"connection lost: {error}", is_temporary=True) from error


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=settings.certificates or None)
    timeout = settings.timeout_seconds
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=timeout, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=timeout)
    if settings.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def _refusal(code: int, text: bytes | str) -> Refused:
    words = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    return Refused(f"{code} {words}".strip(), is_temporary=code in TEMPORARY)

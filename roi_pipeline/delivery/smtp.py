"""Talks SMTP: one message, one conversation, and an answer that says whether to try again."""

import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.secrets import Secret, mask

Verdict = Literal["later", "never", "sender"]
Security = Literal["none", "starttls", "tls"]
SECURITIES: tuple[Security, ...] = ("none", "starttls", "tls")
ACCEPTED, TEMPORARY, GO_ON = range(200, 300), range(400, 500), 354
OK, GOODBYE_SECONDS = 250, 5.0
NO_LOGIN = Secret("")
LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
DEFAULT_PORTS: dict[Security, int] = {"none": 25, "starttls": 587, "tls": 465}


class Refused(Exception):  # noqa: N818  (an answer, not a fault of ours)
    """The server did not take the message.

    Attributes:
        answer: its words, or what happened instead.
        verdict: `later` may pass on another try, `never` will not; `sender` is about us (login,
            certificate) and no reader's fault.
        is_answer: whether the server said so; otherwise the connection was lost.
    """

    def __init__(self, answer: str, verdict: Verdict, *, is_answer: bool = True) -> None:
        self.answer, self.is_answer = answer, is_answer
        self.verdict: Verdict = verdict
        super().__init__(answer)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where and how to hand messages over."""

    host: str
    port: int
    security: Security
    sender: str
    user: Secret = NO_LOGIN
    password: Secret = NO_LOGIN
    timeout_seconds: float = 30.0
    certificates: str = ""
    answer_seconds: float = (
        600.0  # RFC 5321 §4.5.3.2.6: the answer to a whole message may take this
    )


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
        user=Secret(environment.get("ROI_SMTP_USER", "")),
        password=Secret(password or environment.get("ROI_SMTP_PASSWORD", "")),
        certificates=environment.get("ROI_SMTP_CERTIFICATES", ""),
    )


def hand_over(
    message: EmailMessage,
    settings: SmtpSettings,
    *,
    before_end: Callable[[], object] = lambda: None,
) -> str:
    """Get the message accepted; returns the server's answer.

    The answer to the message decides: whatever the server does to the QUIT that follows, a message
    that was accepted stays accepted and one that was refused stays refused.

    Args:
        message: what to send.
        settings: where to.
        before_end: called before the line that makes the message the server's is sent.

    Raises:
        Refused: the server refused, was not reachable, or hung up before it answered.
    """
    try:
        return _handed_over(message, settings, before_end)
    except Refused as refusal:  # a server may repeat the login in its answer
        hidden = [settings.user.reveal(), settings.password.reveal()]
        answer = mask(refusal.answer, hidden)
        raise Refused(answer, refusal.verdict, is_answer=refusal.is_answer) from None


def _handed_over(
    message: EmailMessage, settings: SmtpSettings, before_end: Callable[[], object]
) -> str:
    try:
        server = _connected(settings)
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error, never="sender") from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(str(error), "sender") from error
    except ssl.SSLCertVerificationError as error:
        raise Refused(f"certificate not trusted: {error.verify_message}", "sender") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(f"connection lost: {error}", "later", is_answer=False) from error
    try:
        return _converse(server, message, settings, before_end)
    finally:
        _hang_up(server)


def _converse(
    server: "_Conversation",
    message: EmailMessage,
    settings: SmtpSettings,
    before_end: Callable[[], object],
) -> str:
    server.before_end, server.answer_seconds = before_end, settings.answer_seconds
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refusal(code, text) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(str(error), "never") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(f"connection lost: {error}", "later", is_answer=False) from error
    return mask(server.answer, [settings.user.reveal(), settings.password.reveal()])


class _Conversation(smtplib.SMTP):
    """SMTP that says when the message is about to be the server's, and keeps its answer."""

    before_end: Callable[[], object]
    answer_seconds: float
    answer: str = ""

    def data(self, msg: "bytes | str | object") -> tuple[int, bytes]:
        """Send the content, then its end, each on its own; any 2xx is an acceptance."""
        code, text = self.docmd("data")
        if code != GO_ON:
            raise smtplib.SMTPDataError(code, text)
        content = msg if isinstance(msg, bytes) else str(msg).encode("ascii")
        content = LEADING_DOT.sub(b"..", content)
        self.send(content if content.endswith(b"\r\n") else content + b"\r\n")
        self.before_end()
        if self.sock is not None:
            self.sock.settimeout(self.answer_seconds)
        self.send(b".\r\n")
        code, text = self.getreply()
        self.answer = _words(code, text)
        return (OK if code in ACCEPTED else code), text


class _EncryptedConversation(_Conversation, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


def _connected(settings: SmtpSettings) -> _Conversation:
    """A server that is ready for a message: encrypted and logged in as the settings say."""
    context = ssl.create_default_context(cafile=settings.certificates or None)
    where, timeout = (settings.host, settings.port), settings.timeout_seconds
    server = (
        _EncryptedConversation(*where, timeout=timeout, context=context)
        if settings.security == "tls"
        else _Conversation(*where, timeout=timeout)
    )
    try:
        if settings.security == "starttls":
            server.starttls(context=context)
        if settings.user.reveal():
            server.login(settings.user.reveal(), settings.password.reveal())
    except BaseException:
        server.close()
        raise
    return server


def _hang_up(server: _Conversation) -> None:
    """Say goodbye; nothing that happens now changes the result of the message."""
    with suppress(smtplib.SMTPException, OSError):
        if server.sock is not None:
            server.sock.settimeout(GOODBYE_SECONDS)
            server.quit()
    server.close()


def _refusal(code: int, text: bytes | str, *, never: Verdict = "never") -> Refused:
    return Refused(_words(code, text), "later" if code in TEMPORARY else never)


def _words(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else text
    return f"{code} {words}".strip()

"""TLS from the first byte, STARTTLS and login, against aiosmtpd with a certificate made here."""

import socket
import ssl
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from roi_pipeline.delivery.outbox import Outbox
from roi_pipeline.delivery.sending import Patience, send_emails
from roi_pipeline.delivery.smtp import SmtpSettings
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.secrets import Secret

ONCE = Patience(attempts=4, first_wait=0.01)
EMAIL = Email("e", "a@example.com", "主题", "正文", "<p>正文</p>", date(2026, 1, 1))


class Mailbox:
    def __init__(self) -> None:
        self.contents = list[bytes]()

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        self.contents.append(envelope.content)
        return "250 taken"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(params=["tls", "starttls"])
def server(request, authority: trustme.CA) -> Iterator[tuple[str, int, Mailbox]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    mailbox = Mailbox()

    def authenticate(server, session, envelope, mechanism, data) -> AuthResult:
        is_known = (data.login, data.password) == (b"roi", b"secret")
        return AuthResult(success=is_known, handled=is_known)

    options = (
        {"ssl_context": context}
        if request.param == "tls"
        else {"tls_context": context, "require_starttls": True}
    )
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), auth_required=True,
        auth_require_tls=request.param == "starttls", authenticator=authenticate, **options,
    )  # fmt: skip
    controller.start()
    try:
        yield request.param, controller.port, mailbox
    finally:
        controller.stop()


def settings(server, authority: trustme.CA | None, folder: Path, password: str) -> SmtpSettings:
    security, port, _ = server
    certificates = ""
    if authority is not None:
        certificates = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(certificates)
    return SmtpSettings(
        "127.0.0.1",
        port,
        security,
        "r@example.com",
        Secret("roi"),
        Secret(password),
        5,
        certificates,
    )


def test_a_email_goes_through_encrypted_and_logged_in(server, authority, tmp_path) -> None:
    outbox = Outbox(tmp_path / "o.sqlite")
    given = settings(server, authority, tmp_path, "secret")
    (entry,) = send_emails([EMAIL], outbox=outbox, settings=given, patience=ONCE)
    assert entry.state == "accepted"
    assert len(server[2].contents) == 1


def test_a_wrong_password_is_no_reader_s_fault_and_the_right_one_sends(
    server, authority, tmp_path
) -> None:
    outbox = Outbox(tmp_path / "o.sqlite")
    given = settings(server, authority, tmp_path, "wrong")
    (entry,) = send_emails([EMAIL], outbox=outbox, settings=given, patience=ONCE)
    assert (entry.state, entry.attempts) == ("waiting", 1)
    assert "535" in entry.answer
    assert "wrong" not in entry.answer
    given = settings(server, authority, tmp_path, "secret")
    (entry,) = send_emails([EMAIL], outbox=outbox, settings=given, patience=ONCE)
    assert entry.state == "accepted"


def test_a_certificate_nobody_vouches_for_is_not_trusted(server, tmp_path) -> None:
    outbox = Outbox(tmp_path / "o.sqlite")
    given = settings(server, None, tmp_path, "secret")
    (entry,) = send_emails([EMAIL], outbox=outbox, settings=given, patience=ONCE)
    assert (entry.state, entry.attempts) == ("waiting", 1)
    assert "certificate" in entry.answer
    assert server[2].contents == []

"""Every edition arrives once, whatever the server does at whichever stage of the dialogue."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from servers import STAGES, Script, scripted_server

from roi_pipeline.delivery.composing import compose, message_id
from roi_pipeline.delivery.outbox import Outbox
from roi_pipeline.delivery.sending import Patience, send_emails, write_emails
from roi_pipeline.delivery.smtp import SmtpSettings, settings_from_environment
from roi_pipeline.domain.emails import Attachment, Email
from roi_pipeline.domain.errors import NeedsAHuman

QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.02)
EMAIL = Email(
    edition_id="clinic/2026-Q1/final-1", address="owner@example.com",
    subject="2026-Q1 优质:投资回报率 182 %", text="一页说清\n", html="<p>一页说清 <img src='cid:roi'></p>",
    dated=date(2026, 4, 8),
    attachments=(
        Attachment("roi.png", "image/png", b"\x89PNG....", content_id="roi"),
        Attachment("报告.md", "text/markdown", "# 报告\n".encode()),
    ),
)  # fmt: skip


def settings(port: int) -> SmtpSettings:
    return SmtpSettings("127.0.0.1", port, "none", "roi@example.com", timeout_seconds=2)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.sqlite")


def test_a_email_arrives_whole_with_picture_and_attachment(outbox: Outbox) -> None:
    script = Script()
    with scripted_server(script) as port:
        (entry,) = send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
    assert (entry.state, entry.attempts) == ("accepted", 1)
    arrived = message_from_bytes(script.accepted[0], policy=policy.default)
    assert arrived["Subject"] == EMAIL.subject
    plain = arrived.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert plain.splitlines() == EMAIL.text.splitlines()
    assert "cid:roi" in arrived.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert [part["Content-ID"] for part in arrived.walk() if part["Content-ID"]] == ["<roi>"]
    assert [part.get_filename() for part in arrived.iter_attachments()] == ["报告.md"]


def test_sending_twice_sends_once(outbox: Outbox) -> None:
    script = Script()
    with scripted_server(script) as port:
        for _ in range(2):
            send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
    assert len(script.accepted) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_a_connection_dropped_at_any_stage_is_tried_again(outbox: Outbox, stage: str) -> None:
    script = Script(plan=[(stage, "drop")])
    with scripted_server(script) as port:
        (entry,) = send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
    assert entry.state == "accepted"
    assert len(script.accepted) == 1


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "dot"])
def test_greylisting_is_waited_out(outbox: Outbox, stage: str) -> None:
    script = Script(plan=[(stage, "451 greylisted"), (stage, "421 later")])
    with scripted_server(script) as port:
        (entry,) = send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
    assert (entry.state, entry.attempts) == ("accepted", 3)
    assert len(script.accepted) == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_permanent_refusal_buries_the_email_and_spares_the_others(
    outbox: Outbox, stage: str
) -> None:
    other = Email("clinic/2026-Q1/final-1", "cfo@example.com", "s", "t", "<p>h</p>", EMAIL.dated)
    script = Script(plan=[(stage, "550 no such user")])
    with scripted_server(script) as port:
        dead, sent = send_emails(
            [EMAIL, other], outbox=outbox, settings=settings(port), patience=QUICK
        )
    assert (dead.state, dead.attempts) == ("undeliverable", 1)
    assert "550" in dead.answer
    assert sent.state == "accepted"


def test_patience_ends_and_the_next_run_delivers(outbox: Outbox) -> None:
    script = Script(plan=[("mail", "450 busy")] * 4)
    with scripted_server(script) as port:
        (waiting,) = send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
        assert (waiting.state, waiting.answer) == ("waiting", "450 busy")
        (entry,) = send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
    assert entry.state == "accepted"
    assert len(script.accepted) == 1


def test_a_lost_answer_repeats_the_same_message_id(outbox: Outbox) -> None:
    # The server took the message and the line broke before its 250: no protocol can tell, so the
    # second copy carries the same Message-ID and a mailbox that drops duplicates keeps one.
    script = Script(plan=[("dot", "accept_then_drop")])
    with scripted_server(script) as port:
        send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
    assert set(script.message_ids()) == {message_id(EMAIL)}
    assert script.accepted[0] == script.accepted[-1]


def test_a_slow_server_is_waited_for(outbox: Outbox) -> None:
    script = Script(delay_seconds=0.2)
    with scripted_server(script) as port:
        (entry,) = send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
    assert entry.state == "accepted"


def test_nobody_listening_leaves_the_email_waiting(outbox: Outbox) -> None:
    (entry,) = send_emails([EMAIL], outbox=outbox, settings=settings(1), patience=QUICK)
    assert entry.state == "waiting"
    assert "connection lost" in entry.answer


CHILD = """
import os, sys
from datetime import date
from pathlib import Path
import roi_pipeline.delivery.outbox as outbox_module
from roi_pipeline.delivery.outbox import Outbox
from roi_pipeline.delivery.sending import Patience, send_emails
from roi_pipeline.delivery.smtp import SmtpSettings
from roi_pipeline.domain.emails import Email
step, path, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
def die(): os.kill(os.getpid(), 9)
def around(name):
    real = getattr(Outbox, name)
    def wrapped(self, *a, **k):
        if step == f"before_{name}": die()
        found = real(self, *a, **k)
        if step == f"after_{name}": die()
        return found
    setattr(Outbox, name, wrapped)
for name in ("enter", "begin", "hand_over", "settle"): around(name)
email = Email("e", "a@example.com", "s", "t", "<p>h</p>", date(2026, 1, 1))
send_emails([email], outbox=Outbox(path), settings=SmtpSettings("127.0.0.1", port, "none", "r@example.com"),
             patience=Patience(2, 0.01, 0.01))
"""
STEPS = [
    "before_enter", "after_enter", "before_begin", "after_begin", "before_hand_over",
    "after_hand_over", "after_settle",
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_between_two_steps_still_delivers_once(tmp_path: Path, step: str) -> None:
    script = Script()
    arguments = [sys.executable, "-c", CHILD, step, str(tmp_path / "o.sqlite")]
    with scripted_server(script) as port:
        killed = subprocess.run([*arguments, str(port)], check=False)
        assert killed.returncode == -signal.SIGKILL
        arguments[3] = "never"
        assert subprocess.run([*arguments, str(port)], check=False).returncode == os.EX_OK
    assert len(script.accepted) == 1


def test_a_kill_after_the_server_took_it_repeats_the_same_message_id(tmp_path: Path) -> None:
    script = Script()
    arguments = [sys.executable, "-c", CHILD, "before_settle", str(tmp_path / "o.sqlite")]
    with scripted_server(script) as port:
        subprocess.run([*arguments, str(port)], check=False)
        arguments[3] = "never"
        subprocess.run([*arguments, str(port)], check=True)
    assert len(set(script.message_ids())) == 1


def test_a_sent_edition_never_changes(outbox: Outbox) -> None:
    changed = Email(EMAIL.edition_id, EMAIL.address, "other", "t", "<p>h</p>", EMAIL.dated)
    with scripted_server(Script()) as port:
        send_emails([EMAIL], outbox=outbox, settings=settings(port), patience=QUICK)
        with pytest.raises(NeedsAHuman, match="restated edition"):
            send_emails([changed], outbox=outbox, settings=settings(port), patience=QUICK)


def test_the_same_email_has_the_same_bytes() -> None:
    first = compose(EMAIL, sender="r@example.com").as_bytes()
    time.sleep(0.01)
    assert compose(EMAIL, sender="r@example.com").as_bytes() == first


def test_a_dry_run_writes_files_a_mail_program_opens(tmp_path: Path) -> None:
    (path,) = write_emails([EMAIL], tmp_path, sender="r@example.com")
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == EMAIL.address


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(NeedsAHuman) as caught:
        settings_from_environment({"ROI_SMTP_SECURITY": "ssl", "ROI_SMTP_PORT": "x"})
    for name in ("ROI_SMTP_HOST", "ROI_SMTP_FROM", "ROI_SMTP_SECURITY", "ROI_SMTP_PORT"):
        assert name in str(caught.value)


SERVER = {"ROI_SMTP_HOST": "mail.example.com", "ROI_SMTP_FROM": "roi@example.com"}


def test_the_password_of_a_file_wins_and_is_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" from file\n", "utf-8")
    given = {**SERVER, "ROI_SMTP_USER": "roi", "ROI_SMTP_PASSWORD": "from environment"}
    assert settings_from_environment(given).password.reveal() == "from environment"
    found = settings_from_environment({**given, "ROI_SMTP_PASSWORD_FILE": str(file)})
    assert found.password.reveal() == "from file"
    assert "from file" not in repr(found)
    with pytest.raises(NeedsAHuman, match="ROI_SMTP_PASSWORD_FILE: found '/nowhere'"):
        settings_from_environment({**given, "ROI_SMTP_PASSWORD_FILE": "/nowhere"})


@pytest.mark.parametrize(
    ("security", "port", "expected"),
    [("", "", 587), ("tls", "", 465), ("none", "", 25), ("tls", "2465", 2465)],
)
def test_the_port_follows_the_security_unless_it_is_named(
    security: str, port: str, expected: int
) -> None:
    named = {"ROI_SMTP_SECURITY": security} if security else {}
    found = settings_from_environment({**SERVER, **named, "ROI_SMTP_PORT": port})
    assert found.port == expected
    assert found.security == (security or "starttls")

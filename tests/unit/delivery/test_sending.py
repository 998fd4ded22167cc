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
from roi_pipeline.delivery.sending import Patience, send_letters, write_letters
from roi_pipeline.delivery.smtp import SmtpSettings, settings_from_environment
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.letters import Attachment, Letter

QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.02)
LETTER = Letter(
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


def test_a_letter_arrives_whole_with_picture_and_attachment(outbox: Outbox) -> None:
    script = Script()
    with scripted_server(script) as port:
        (entry,) = send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
    assert (entry.state, entry.attempts) == ("accepted", 1)
    arrived = message_from_bytes(script.accepted[0], policy=policy.default)
    assert arrived["Subject"] == LETTER.subject
    plain = arrived.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert plain.splitlines() == LETTER.text.splitlines()
    assert "cid:roi" in arrived.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert [part["Content-ID"] for part in arrived.walk() if part["Content-ID"]] == ["<roi>"]
    assert [part.get_filename() for part in arrived.iter_attachments()] == ["报告.md"]


def test_sending_twice_sends_once(outbox: Outbox) -> None:
    script = Script()
    with scripted_server(script) as port:
        for _ in range(2):
            send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
    assert len(script.accepted) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_a_connection_dropped_at_any_stage_is_tried_again(outbox: Outbox, stage: str) -> None:
    script = Script(plan=[(stage, "drop")])
    with scripted_server(script) as port:
        (entry,) = send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
    assert entry.state == "accepted"
    assert len(script.accepted) == 1


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "dot"])
def test_greylisting_is_waited_out(outbox: Outbox, stage: str) -> None:
    script = Script(plan=[(stage, "451 greylisted"), (stage, "421 later")])
    with scripted_server(script) as port:
        (entry,) = send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
    assert (entry.state, entry.attempts) == ("accepted", 3)
    assert len(script.accepted) == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_permanent_refusal_buries_the_letter_and_spares_the_others(
    outbox: Outbox, stage: str
) -> None:
    other = Letter("clinic/2026-Q1/final-1", "cfo@example.com", "s", "t", "<p>h</p>", LETTER.dated)
    script = Script(plan=[(stage, "550 no such user")])
    with scripted_server(script) as port:
        dead, sent = send_letters(
            [LETTER, other], outbox=outbox, settings=settings(port), patience=QUICK
        )
    assert (dead.state, dead.attempts) == ("dead", 1)
    assert "550" in dead.answer
    assert sent.state == "accepted"


def test_patience_ends_and_the_next_run_delivers(outbox: Outbox) -> None:
    script = Script(plan=[("mail", "450 busy")] * 4)
    with scripted_server(script) as port:
        (waiting,) = send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
        assert (waiting.state, waiting.answer) == ("waiting", "450 busy")
        (entry,) = send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
    assert entry.state == "accepted"
    assert len(script.accepted) == 1


def test_a_lost_answer_repeats_the_same_message_id(outbox: Outbox) -> None:
    # The server took the message and the line broke before its 250: no protocol can tell, so the
    # second copy carries the same Message-ID and a mailbox that drops duplicates keeps one.
    script = Script(plan=[("dot", "accept_then_drop")])
    with scripted_server(script) as port:
        send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
    assert set(script.message_ids()) == {message_id(LETTER)}
    assert script.accepted[0] == script.accepted[-1]


def test_a_slow_server_is_waited_for(outbox: Outbox) -> None:
    script = Script(delay_seconds=0.2)
    with scripted_server(script) as port:
        (entry,) = send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
    assert entry.state == "accepted"


def test_nobody_listening_leaves_the_letter_waiting(outbox: Outbox) -> None:
    (entry,) = send_letters([LETTER], outbox=outbox, settings=settings(1), patience=QUICK)
    assert entry.state == "waiting"
    assert "connection lost" in entry.answer


CHILD = """
import os, sys
from datetime import date
from pathlib import Path
import roi_pipeline.delivery.outbox as outbox_module
from roi_pipeline.delivery.outbox import Outbox
from roi_pipeline.delivery.sending import Patience, send_letters
from roi_pipeline.delivery.smtp import SmtpSettings
from roi_pipeline.domain.letters import Letter
step, path, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
real_move, real_enter = Outbox.move, Outbox.enter
def die(): os.kill(os.getpid(), 9)
def enter(self, *a, **k):
    if step == "before_enter": die()
    found = real_enter(self, *a, **k)
    if step == "after_enter": die()
    return found
def move(self, entry, state, **k):
    if step == f"before_{state}": die()
    found = real_move(self, entry, state, **k)
    if step == f"after_{state}": die()
    return found
Outbox.enter, Outbox.move = enter, move
letter = Letter("e", "a@example.com", "s", "t", "<p>h</p>", date(2026, 1, 1))
send_letters([letter], outbox=Outbox(path), settings=SmtpSettings("127.0.0.1", port, "none", "r@example.com"),
             patience=Patience(2, 0.01, 0.01))
"""
STEPS = ["before_enter", "after_enter", "before_sending", "after_sending", "after_accepted"]


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
    arguments = [sys.executable, "-c", CHILD, "before_accepted", str(tmp_path / "o.sqlite")]
    with scripted_server(script) as port:
        subprocess.run([*arguments, str(port)], check=False)
        arguments[3] = "never"
        subprocess.run([*arguments, str(port)], check=True)
    assert len(set(script.message_ids())) == 1


def test_a_sent_edition_never_changes(outbox: Outbox) -> None:
    changed = Letter(LETTER.edition_id, LETTER.address, "other", "t", "<p>h</p>", LETTER.dated)
    with scripted_server(Script()) as port:
        send_letters([LETTER], outbox=outbox, settings=settings(port), patience=QUICK)
        with pytest.raises(NeedsAHuman, match="restated edition"):
            send_letters([changed], outbox=outbox, settings=settings(port), patience=QUICK)


def test_the_same_letter_has_the_same_bytes() -> None:
    first = compose(LETTER, sender="r@example.com").as_bytes()
    time.sleep(0.01)
    assert compose(LETTER, sender="r@example.com").as_bytes() == first


def test_a_dry_run_writes_files_a_mail_program_opens(tmp_path: Path) -> None:
    (path,) = write_letters([LETTER], tmp_path, sender="r@example.com")
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == LETTER.address


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(NeedsAHuman) as caught:
        settings_from_environment({"ROI_SMTP_SECURITY": "ssl", "ROI_SMTP_PORT": "x"})
    for name in ("ROI_SMTP_HOST", "ROI_SMTP_FROM", "ROI_SMTP_SECURITY", "ROI_SMTP_PORT"):
        assert name in str(caught.value)

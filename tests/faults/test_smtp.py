"""A mail server that fails at every verb, several senders, clocks that jump: one copy per reader."""

import ssl
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import trustme
from servers import ALL_STAGES, Script, scripted_server

from roi_pipeline.delivery.outbox import Entry, Outbox
from roi_pipeline.delivery.sending import MOST_UNANSWERED, Patience, send_emails
from roi_pipeline.delivery.smtp import SmtpSettings
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.secrets import Secret

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]
QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.02)
READERS = ("owner@example.com", "cfo@example.com", "sales@example.com")
EDITION = "clinic/2026-Q1/final-1"
EMAILS = tuple(
    Email(EDITION, reader, "2026-Q1", "text\n.\n..dots\n", "<p>text</p>", date(2026, 4, 8))
    for reader in READERS
)
ONE_EACH = Counter(dict.fromkeys(READERS, 1))
# Deeds that end a conversation before the server has taken the message.
TEMPORARY = [
    (stage, deed)
    for stage in ALL_STAGES
    if stage != "quit"
    for deed in ("421 closing", "451 later", "drop")
]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.sqlite")


def server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def settings(port: int, **given: object) -> SmtpSettings:
    plain = {"security": "none", "sender": "roi@example.com", "timeout_seconds": 1.0}
    return SmtpSettings(host="127.0.0.1", port=port, **{**plain, **given})  # type: ignore[arg-type]


def send(outbox: Outbox, port: int, **given: object) -> tuple[Entry, ...]:
    return send_emails(EMAILS, outbox=outbox, settings=settings(port, **given), patience=QUICK)


@pytest.mark.parametrize(("stage", "deed"), TEMPORARY)
def test_a_failure_before_acceptance_at_any_verb_ends_in_one_copy_each(
    outbox: Outbox, authority: trustme.CA, tmp_path: Path, stage: str, deed: str
) -> None:
    certificates = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(certificates)
    # A whole message without an answer is sent again once only: it may have been taken.
    times = 1 if (stage, deed) == ("dot", "drop") else 2
    script = Script(
        plan=[(stage, deed)] * times, context=server_context(authority), offers_login=True
    )
    given = {"security": "starttls", "certificates": str(certificates), "user": Secret("roi")}
    with scripted_server(script) as port:
        for _ in range(2):  # the second call finds nothing left to do, or what was left waiting
            entries = send(outbox, port, password=Secret("secret"), **given)
    assert [entry.state for entry in entries] == ["accepted"] * 3
    assert script.copies == ONE_EACH


@pytest.mark.parametrize("deed", ["421 closing", "451 what", "500 no", "drop", "silence", "\x00?"])
def test_whatever_the_server_does_after_acceptance_it_is_one_copy_each(
    outbox: Outbox, deed: str
) -> None:
    script = Script(always=("quit", deed))
    with scripted_server(script) as port:
        for _ in range(3):
            entries = send(outbox, port)
    assert [(entry.state, entry.attempts) for entry in entries] == [("accepted", 1)] * 3
    assert script.copies == ONE_EACH


def test_a_refusal_stays_a_refusal_whatever_the_server_answers_to_quit(outbox: Outbox) -> None:
    script = Script(always=("dot", "550 not wanted"))
    with scripted_server(script) as port:
        entries = send(outbox, port)
        again = send(outbox, port)
    assert [entry.state for entry in entries] == ["undeliverable"] * 3
    assert all(entry.answer == "550 not wanted" for entry in entries)
    assert again == entries
    assert script.connections == 3


def test_a_server_that_takes_and_never_answers_gets_two_copies_of_one_name_and_no_more(
    outbox: Outbox,
) -> None:
    # No protocol can tell a message taken without an answer from one that was lost (RFC 1047).
    script = Script(always=("dot", "accept_then_drop"))
    with scripted_server(script) as port:
        for _ in range(3):
            entries = send(outbox, port)
    assert set(script.copies.values()) == {MOST_UNANSWERED}
    assert len(set(script.message_ids())) == len(READERS)
    assert [entry.state for entry in entries] == ["undeliverable"] * 3
    assert all(entry.message_id in entry.answer for entry in entries)


def test_an_answer_that_takes_longer_than_other_answers_is_waited_for(outbox: Outbox) -> None:
    script = Script(answer_delay_seconds=1.5)
    with scripted_server(script) as port:
        entries = send(outbox, port, timeout_seconds=0.5)
    assert [(entry.state, entry.attempts) for entry in entries] == [("accepted", 1)] * 3
    assert script.copies == ONE_EACH


def test_lines_that_begin_with_a_dot_arrive_as_they_are(outbox: Outbox) -> None:
    script = Script()
    with scripted_server(script) as port:
        send(outbox, port)
    assert not [line for line in script.accepted[0].split(b"\r\n") if line == b"."]


SENDER = """
import sys, time
from datetime import date
from pathlib import Path
jump = float(sys.argv[3])
real = time.time
time.time = lambda: real() + jump
from roi_pipeline.delivery.outbox import Outbox
from roi_pipeline.delivery.sending import Patience, send_emails
from roi_pipeline.delivery.smtp import SmtpSettings
from roi_pipeline.domain.emails import Email
emails = [Email("clinic/2026-Q1/final-1", reader, "s", "t", "<p>h</p>", date(2026, 1, 1)) for reader in sys.argv[4:]]
settings = SmtpSettings("127.0.0.1", int(sys.argv[2]), "none", "r@example.com")
found = send_emails(emails, outbox=Outbox(Path(sys.argv[1])), settings=settings,
                    patience=Patience(4, 0.01, 0.02))
print(",".join(entry.state for entry in found))
"""
YEARS = 10 * 365 * 86_400.0


def started(path: Path, port: int, jump: float = 0.0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SENDER, str(path), str(port), str(jump), *READERS],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(("n", "quit_deed"), [(2, ""), (3, ""), (3, "421 closing")])
def test_several_senders_at_once_send_one_copy_each(tmp_path: Path, n: int, quit_deed: str) -> None:
    path, script = tmp_path / "outbox.sqlite", Script(delay_seconds=0.05)
    script.always = ("quit", quit_deed) if quit_deed else ("", "")
    with scripted_server(script) as port:
        senders = [started(path, port) for _ in range(n)]
        answers = [sender.communicate(timeout=60) for sender in senders]
    assert [sender.returncode for sender in senders] == [0] * n, answers
    assert script.copies == ONE_EACH
    assert [entry.state for entry in Outbox(path).entries()] == ["accepted"] * 3
    assert {state for out, _ in answers for state in out.strip().split(",")} <= {
        "accepted", "claimed",
    }  # fmt: skip


def test_a_clock_set_back_or_ahead_between_and_during_sendings_changes_nothing(
    tmp_path: Path,
) -> None:
    path, script = (
        tmp_path / "outbox.sqlite",
        Script(plan=[("mail", "451 later")], delay_seconds=0.02),
    )
    with scripted_server(script) as port:
        for jump in (YEARS, -YEARS, 0.0):
            sender = started(path, port, jump)
            out, err = sender.communicate(timeout=60)
            assert sender.returncode == 0, err
            assert out.strip() == "accepted,accepted,accepted"
    assert script.copies == ONE_EACH


def test_what_a_killed_sender_had_claimed_is_sent_by_the_next_one(tmp_path: Path) -> None:
    path, script = (
        tmp_path / "outbox.sqlite",
        Script(plan=[("mail", "silence")], silence_seconds=20),
    )
    with scripted_server(script) as port:
        sender = started(path, port)
        while not [entry for entry in Outbox(path).entries() if entry.state == "claimed"]:
            assert sender.poll() is None
        held_back = started(path, port)
        out, _ = held_back.communicate(timeout=60)
        sender.kill()
        sender.wait()
        last, _ = started(path, port).communicate(timeout=60)
    assert out.strip() == "claimed,accepted,accepted"
    assert last.strip() == "accepted,accepted,accepted"
    assert script.copies == ONE_EACH
    assert list((tmp_path / "outbox.sqlite.claims").iterdir()) == []


def test_an_outbox_of_an_earlier_version_is_understood(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "outbox.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute(
            "create table letters (edition_id text, address text, message_id text,"
            " content_sha256 text, state text, attempts integer, answer text)"
        )
        connection.executemany(
            "insert into letters values ('e', ?, '<m>', 'hash', ?, 2, '250 taken')",
            [("a@x", "accepted"), ("b@x", "dead"), ("c@x", "sending"), ("d@x", "waiting")],
        )
    connection.close()
    found = {entry.address: entry.state for entry in Outbox(path).entries()}
    assert found == {
        "a@x": "accepted", "b@x": "undeliverable", "c@x": "claimed", "d@x": "waiting",
    }  # fmt: skip
    assert [entry.unanswered for entry in Outbox(path).entries()] == [0, 0, 1, 0]


def test_the_outbox_is_nobody_else_s_to_read(outbox: Outbox) -> None:
    with scripted_server(Script()) as port:
        send(outbox, port)
    assert outbox.path.stat().st_mode & 0o077 == 0

"""The record of messages: one holder at a time, and nothing an earlier version noted is lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from roi_pipeline.delivery.outbox import Entry, Outbox
from roi_pipeline.domain.errors import NeedsAHuman

EDITION, ADDRESS = "clinic/2026-Q1/final-1", "owner@example.com"


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.sqlite")


def entered(outbox: Outbox) -> Entry:
    return outbox.enter(EDITION, ADDRESS, message_id="<1@roi>", content_sha256="a")


def test_of_two_senders_one_holds_a_message(outbox: Outbox) -> None:
    entry = entered(outbox)
    with outbox.claim(entry) as first:
        assert first is not None
        assert first.state == "claimed"
        with outbox.claim(entry) as second:
            assert second is None
        assert outbox.of_another(entry).state == "claimed"
    with outbox.claim(entry) as later:
        assert later is not None


def test_a_settled_message_is_held_by_nobody(outbox: Outbox) -> None:
    entry = entered(outbox)
    with outbox.claim(entry) as held:
        assert held is not None
        outbox.settle(held, "accepted", answer="250 ok")
    with outbox.claim(entry) as again:
        assert again is None
    assert (outbox.of_another(entry).state, outbox.of_another(entry).answer) == (
        "accepted",
        "250 ok",
    )


def test_a_lock_taken_away_by_its_holder_is_not_held(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening and locking, the file may be removed, and may be another process's by then."""
    import fcntl

    entry, flock = entered(outbox), fcntl.flock
    folder = outbox.path.with_name("outbox.sqlite.claims")

    def removed(handle: int, how: int) -> None:
        for path in folder.iterdir():
            path.unlink()
        flock(handle, how)

    def replaced(handle: int, how: int) -> None:
        (path,) = folder.iterdir()
        path.unlink()
        path.touch()
        flock(handle, how)

    for change in (removed, replaced):
        monkeypatch.setattr(fcntl, "flock", change)
        with outbox.claim(entry) as held:
            assert held is None
    monkeypatch.setattr(fcntl, "flock", flock)
    with outbox.claim(entry) as held:
        assert held is not None
    assert list(folder.iterdir()) == []


def test_a_message_handed_over_without_an_answer_stays_counted(outbox: Outbox) -> None:
    before = outbox.begin(entered(outbox))
    handed = outbox.hand_over(before)
    assert (handed.attempts, handed.unanswered) == (1, 1)
    assert outbox.lose(handed, "waiting", answer="lost").unanswered == 1
    assert outbox.settle(before, "waiting", answer="451").unanswered == 0


def test_a_message_that_was_never_entered_is_no_entry(outbox: Outbox) -> None:
    with pytest.raises(NeedsAHuman, match=r"final-1 for owner@example\.com was never entered"):
        outbox.entry(EDITION, ADDRESS)


def test_what_an_earlier_version_noted_is_taken_over_once(outbox: Outbox) -> None:
    """Before 0.2.0: `sending` was handed over without an answer, `dead` is sent no more."""
    states = {"a": "waiting", "b": "sending", "c": "dead", "d": "accepted"}
    with closing(sqlite3.connect(outbox.path)) as connection:
        connection.execute(
            "create table letters (edition_id, address, message_id, content_sha256, state,"
            " attempts integer, answer)"
        )
        for name, state in states.items():
            connection.execute(
                "insert into letters values (?, ?, 'm', 's', ?, 2, 'so')", [EDITION, name, state]
            )
        connection.commit()
    found = {entry.address: (entry.state, entry.unanswered) for entry in outbox.entries()}
    assert found == {
        "a": ("waiting", 0), "b": ("claimed", 1), "c": ("undeliverable", 0), "d": ("accepted", 0)
    }  # fmt: skip
    assert {entry.attempts for entry in outbox.entries()} == {2}
    with closing(sqlite3.connect(outbox.path)) as connection:
        assert (
            connection.execute("select 1 from sqlite_master where name = 'letters'").fetchall()
            == []
        )

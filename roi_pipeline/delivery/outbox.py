"""Remembers, across crashes, which message to whom was accepted; a file of SQLite beside the study.

States: `waiting` → `claimed` → `accepted`, or `undeliverable`, which no later run tries again. A
message is claimed before it is handed over, under a file lock that ends with its process, so that
of several senders one hands it over. What is found `claimed` without a lock was interrupted:
`docs/adr/0004` says what happens to it. Nothing here reads a clock.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from roi_pipeline.delivery.own_database import OWN_FILE, OWN_FOLDER, own_database
from roi_pipeline.domain.errors import NeedsAHuman

State = Literal["waiting", "claimed", "accepted", "undeliverable"]
SETTLED: frozenset[State] = frozenset({"accepted", "undeliverable"})
SCHEMA = """
create table if not exists messages (
    edition_id text not null,
    address text not null,
    message_id text not null,
    content_sha256 text not null,
    state text not null check (state in ('waiting', 'claimed', 'accepted', 'undeliverable')),
    attempts integer not null default 0,
    unanswered integer not null default 0,
    answer text not null default '',
    primary key (edition_id, address)
) strict
"""
# Outboxes written before 0.2.0 have other words for two of the states.
FROM_EARLIER = """
insert or ignore into messages
select
    edition_id, address, message_id, content_sha256,
    case state when 'sending' then 'claimed' when 'dead' then 'undeliverable' else state end,
    attempts, case state when 'sending' then 1 else 0 end, answer
from letters
"""
COLUMNS = "edition_id, address, message_id, state, attempts, unanswered, answer"
ONE = "where edition_id = ? and address = ?"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the outbox knows of one message.

    Attributes:
        attempts: how often it was tried.
        unanswered: how often it was handed over whole without the server's answer being read.
        answer: the server's last words.
    """

    edition_id: str
    address: str
    message_id: str
    state: State
    attempts: int
    unanswered: int
    answer: str

    @property
    def is_settled(self) -> bool:
        """Whether no later run has anything to do with it."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True)
class Outbox:
    """The record of messages; every change is on disk before the next step is taken."""

    path: Path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with own_database(self.path, [SCHEMA]) as connection:
            _take_over_earlier(connection)
            yield connection

    def enter(
        self, edition_id: str, address: str, *, message_id: str, content_sha256: str
    ) -> Entry:
        """Note a message once; a second time returns what is already known.

        Raises:
            NeedsAHuman: an accepted edition is entered again with other content: editions that were
                sent never change, a restated one has its own id.
        """
        key = [edition_id, address]
        with self._open() as connection:
            connection.execute(
                "insert or ignore into messages (edition_id, address, message_id, content_sha256,"
                " state) values (?, ?, ?, ?, 'waiting')",
                [*key, message_id, content_sha256],
            )
            connection.execute(
                f"update messages set content_sha256 = ? {ONE} and state <> 'accepted'",  # noqa: S608
                [content_sha256, *key],
            )
            (known,) = connection.execute(
                f"select content_sha256 from messages {ONE}",  # noqa: S608
                key,
            ).fetchone()
        if known != content_sha256:
            raise NeedsAHuman(
                f"edition {edition_id} was already sent to {address} with other content; "
                "publish the change as a restated edition"
            )
        return self.entry(edition_id, address)

    def entry(self, edition_id: str, address: str) -> Entry:
        """What is known of one message."""
        with self._open() as connection:
            row = connection.execute(
                f"select {COLUMNS} from messages {ONE}",  # noqa: S608
                [edition_id, address],
            ).fetchone()
        if row is None:
            raise NeedsAHuman(f"edition {edition_id} for {address} was never entered in the outbox")
        return Entry(*row)

    def entries(self) -> tuple[Entry, ...]:
        """Everything the outbox knows, in a stable order."""
        with self._open() as connection:
            rows = connection.execute(
                f"select {COLUMNS} from messages order by edition_id, address"  # noqa: S608
            ).fetchall()
        return tuple(Entry(*row) for row in rows)

    def of_another(self, entry: Entry) -> Entry:
        """What stands of a message that could not be claimed: settled, or claimed elsewhere."""
        found = self.entry(entry.edition_id, entry.address)
        return found if found.is_settled else replace(found, state="claimed")

    @contextmanager
    def claim(self, entry: Entry) -> Iterator[Entry | None]:
        """Hold a message for this process alone, as it stands now.

        Yields None when another process holds it, or when it was settled meanwhile.
        """
        key = hashlib.sha256(f"{entry.edition_id}\x1f{entry.address}".encode()).hexdigest()
        with _held(self.path.with_name(f"{self.path.name}.claims") / key[:32]) as is_held:
            found = self.entry(entry.edition_id, entry.address)
            is_ours = is_held and not found.is_settled
            yield self._set(found, "state = 'claimed'", []) if is_ours else None

    def begin(self, entry: Entry) -> Entry:
        """Note that a claimed message is being tried."""
        return self._set(entry, "attempts = attempts + 1", [])

    def hand_over(self, entry: Entry) -> Entry:
        """Note, before its last line is sent, that the server may have the whole message."""
        return self._set(entry, "unanswered = unanswered + 1", [])

    def settle(self, entry: Entry, state: State, *, answer: str = "") -> Entry:
        """Note the server's answer, which makes the message what `entry` says before this trial."""
        return self._set(
            entry, "state = ?, answer = ?, unanswered = ?", [state, answer, entry.unanswered]
        )

    def lose(self, entry: Entry, state: State, *, answer: str = "") -> Entry:
        """Note that no answer could be read; what was handed over stays counted."""
        return self._set(entry, "state = ?, answer = ?", [state, answer])

    def _set(self, entry: Entry, change: str, values: Sequence[str | int]) -> Entry:
        with self._open() as connection:
            connection.execute(
                f"update messages set {change} {ONE}",  # noqa: S608
                [*values, entry.edition_id, entry.address],
            )
        return self.entry(entry.edition_id, entry.address)


def _take_over_earlier(connection: sqlite3.Connection) -> None:
    """Move what an earlier version noted into today's table, whole or not at all."""
    there = "select 1 from sqlite_master where type = 'table' and name = 'letters'"
    if connection.execute(there).fetchone() is None:
        return
    connection.execute("begin immediate")
    if connection.execute(there).fetchone() is not None:
        connection.execute(FROM_EARLIER)
        connection.execute("drop table letters")
    connection.execute("commit")


@contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Whether this process holds the lock; the system takes it back when the process ends."""
    import fcntl

    path.parent.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, OWN_FILE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        if not _is_in_place(handle, path):  # removed by its holder between opening and locking
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _is_in_place(handle: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    own = os.fstat(handle)
    return (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino)

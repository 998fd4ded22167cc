"""Remembers, across crashes, which letter to whom was accepted; a file of SQLite beside the study.

States: `waiting` → `sending` → `accepted`, or `dead` after a permanent refusal. A letter found
`sending` at start-up was interrupted: nobody can know whether the server took it (the two generals'
problem), so it is sent again under the same Message-ID, which lets the mailbox drop a second copy.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from roi_pipeline.domain.errors import NeedsAHuman

State = Literal["waiting", "sending", "accepted", "dead"]
SCHEMA = """
create table if not exists letters (
    edition_id text not null,
    address text not null,
    message_id text not null,
    content_sha256 text not null,
    state text not null check (state in ('waiting', 'sending', 'accepted', 'dead')),
    attempts integer not null default 0,
    answer text not null default '',
    primary key (edition_id, address)
) strict
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the outbox knows of one letter."""

    edition_id: str
    address: str
    message_id: str
    state: State
    attempts: int
    answer: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """The record of letters; every change is on disk before the next step is taken."""

    path: Path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute(SCHEMA)
            yield connection
        finally:
            connection.close()

    def enter(
        self, edition_id: str, address: str, *, message_id: str, content_sha256: str
    ) -> Entry:
        """Note a letter once; a second time returns what is already known.

        Raises:
            NeedsAHuman: an accepted edition is entered again with other content: editions that were
                sent never change, a restated one has its own id.
        """
        with self._open() as connection:
            connection.execute(
                "insert or ignore into letters (edition_id, address, message_id, content_sha256,"
                " state) values (?, ?, ?, ?, 'waiting')",
                [edition_id, address, message_id, content_sha256],
            )
            known = connection.execute(
                "select content_sha256, state from letters where edition_id = ? and address = ?",
                [edition_id, address],
            ).fetchone()
            if known[0] != content_sha256:
                if known[1] == "accepted":
                    raise NeedsAHuman(
                        f"edition {edition_id} was already sent to {address} with other content; "
                        "publish the change as a restated edition"
                    )
                connection.execute(
                    "update letters set content_sha256 = ? where edition_id = ? and address = ?",
                    [content_sha256, edition_id, address],
                )
        return self.entry(edition_id, address)

    def entry(self, edition_id: str, address: str) -> Entry:
        """What is known of one letter."""
        with self._open() as connection:
            row = connection.execute(
                "select edition_id, address, message_id, state, attempts, answer from letters"
                " where edition_id = ? and address = ?",
                [edition_id, address],
            ).fetchone()
        if row is None:
            raise NeedsAHuman(f"edition {edition_id} for {address} was never entered in the outbox")
        return Entry(*row)

    def entries(self) -> tuple[Entry, ...]:
        """Everything the outbox knows, in a stable order."""
        with self._open() as connection:
            rows = connection.execute(
                "select edition_id, address, message_id, state, attempts, answer from letters"
                " order by edition_id, address"
            ).fetchall()
        return tuple(Entry(*row) for row in rows)

    def move(self, entry: Entry, state: State, *, answer: str = "") -> Entry:
        """Put a letter into another state and note the server's answer."""
        counted = 1 if state == "sending" else 0
        with self._open() as connection:
            connection.execute(
                "update letters set state = ?, answer = ?, attempts = attempts + ?"
                " where edition_id = ? and address = ?",
                [state, answer, counted, entry.edition_id, entry.address],
            )
        return self.entry(entry.edition_id, entry.address)

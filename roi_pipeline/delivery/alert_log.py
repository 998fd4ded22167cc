"""Remembers which alerts hold, since when, what digests compared, and which messages still wait.

A file of SQLite beside the outbox. That an alert is known and that its message waits is written in one
step, so a process killed in between neither forgets one nor sends two. Nothing here reads a clock.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roi_pipeline.delivery.own_database import own_database
from roi_pipeline.domain.emails import Email

SCHEMA = (
    """create table if not exists alerts (
        key text primary key, payload text not null, since text not null, until text) strict""",
    """create table if not exists waiting (
        edition_id text not null, address text not null, payload text not null,
        primary key (edition_id, address)) strict""",
    """create table if not exists nights (
        as_of text not null, cycle text not null, payload text not null,
        primary key (as_of, cycle)) strict""",
    "create table if not exists counters (name text primary key, value integer not null) strict",
    """create table if not exists digests (
        edition_id text primary key, as_of text not null, payload text not null) strict""",
)


@dataclass(frozen=True, slots=True)
class LoggedAlert:
    """An alert as it is kept: what it says is the caller's own text."""

    key: str
    payload: str
    since: date


@dataclass(frozen=True, slots=True)
class Differences:
    """What a night changed.

    Attributes:
        number: of the message about it, counted from 1.
    """

    number: int
    new: tuple[str, ...]
    resolved: tuple[LoggedAlert, ...]
    still_open: tuple[LoggedAlert, ...]


@dataclass(frozen=True, slots=True)
class AlertLog:
    """The record of alerts, nights and messages that wait."""

    path: Path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with own_database(self.path, SCHEMA) as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._open() as connection:
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")

    def update(
        self,
        holding: Mapping[str, str],
        *,
        as_of: date,
        emails: Callable[[Differences], Sequence[Email]],
    ) -> Differences:
        """Note which alerts hold, and let the messages about what changed wait, in one step.

        Args:
            holding: key → what the alert says, of every alert that holds.
            as_of: day of the run.
            emails: makes the messages about a change; none make it a night without a message.
        """
        with self._transaction() as connection:
            known = {each.key: each for each in _open_alerts(connection)}
            found = Differences(
                number=_counter(connection) + 1,
                new=tuple(sorted(set(holding) - set(known))),
                resolved=tuple(each for key, each in known.items() if key not in holding),
                still_open=tuple(each for key, each in known.items() if key in holding),
            )
            for key in holding:
                since = as_of if key in found.new else known[key].since
                connection.execute(
                    "insert or replace into alerts values (?, ?, ?, null)",
                    [key, holding[key], since.isoformat()],
                )
            for each in found.resolved:
                connection.execute(
                    "update alerts set until = ? where key = ?", [as_of.isoformat(), each.key]
                )
            _queue(connection, emails(found), found.number)
        return found

    def add(self, emails: Callable[[int], Sequence[Email]]) -> None:
        """Let messages wait that are about no change; they get the next number."""
        with self._transaction() as connection:
            number = _counter(connection) + 1
            _queue(connection, emails(number), number)

    def add_digest(
        self, edition_id: str, *, as_of: date, payload: str, emails: Sequence[Email]
    ) -> bool:
        """Keep what a digest compared and let its messages wait, in one step; False where it is kept.

        Messages of earlier digests that still wait are dropped: what they say is out of date.

        Args:
            edition_id: of the digest; those of its messages begin with it and a slash.
            as_of: day of the run.
            payload: what later digests compare with.
            emails: one to each reader.
        """
        with self._transaction() as connection:
            added = connection.execute(
                "insert or ignore into digests values (?, ?, ?)",
                [edition_id, as_of.isoformat(), payload],
            ).rowcount
            if added:
                connection.execute(
                    "delete from waiting where exists (select 1 from digests where"
                    " substr(waiting.edition_id, 1, length(digests.edition_id) + 1)"
                    " = digests.edition_id || '/')"
                )
                _wait(connection, emails)
        return bool(added)

    def has_digest(self, edition_id: str) -> bool:
        """Whether this digest was made."""
        with self._open() as connection:
            query = "select 1 from digests where edition_id = ?"
            return connection.execute(query, [edition_id]).fetchone() is not None

    def digests(self, *, before: date) -> tuple[str, ...]:
        """What the digests of earlier days compared, the newest first."""
        with self._open() as connection:
            rows = connection.execute(
                "select payload from digests where as_of < ? order by as_of desc",
                [before.isoformat()],
            ).fetchall()
        return tuple(payload for (payload,) in rows)

    def open_alerts(self) -> tuple[LoggedAlert, ...]:
        """Alerts that hold, the oldest first."""
        with self._open() as connection:
            return _open_alerts(connection)

    def waiting(self) -> tuple[Email, ...]:
        """Messages that were not settled yet, in the order they came up."""
        with self._open() as connection:
            rows = connection.execute("select payload from waiting order by rowid").fetchall()
        return tuple(_email(payload) for (payload,) in rows)

    def settle(self, email: Email) -> None:
        """Forget a message that was accepted, or that no later run will send."""
        with self._open() as connection:
            connection.execute(
                "delete from waiting where edition_id = ? and address = ?",
                [email.edition_id, email.address],
            )

    def keep_night(self, as_of: date, cycle: str, payload: str) -> None:
        """Keep what a night was like; the same night again replaces it."""
        with self._open() as connection:
            connection.execute(
                "insert or replace into nights values (?, ?, ?)",
                [as_of.isoformat(), cycle, payload],
            )

    def first_night(self) -> date | None:
        """Day of the first run that was kept."""
        return self._day("select min(as_of) from nights")

    def last_night(self, *, before: date = date.max) -> date | None:
        """Day of the last run that was kept, of those before a day."""
        return self._day("select max(as_of) from nights where as_of < ?", before.isoformat())

    def _day(self, query: str, *values: str) -> date | None:
        with self._open() as connection:
            (day,) = connection.execute(query, values).fetchone()
        return date.fromisoformat(day) if day else None

    def nights(self, limit: int) -> tuple[str, ...]:
        """The last nights, the newest first."""
        with self._open() as connection:
            rows = connection.execute(
                "select payload from nights order by as_of desc, cycle desc limit ?", [limit]
            ).fetchall()
        return tuple(payload for (payload,) in rows)


def _open_alerts(connection: sqlite3.Connection) -> tuple[LoggedAlert, ...]:
    rows = connection.execute(
        "select key, payload, since from alerts where until is null order by since, key"
    ).fetchall()
    return tuple(LoggedAlert(key, payload, date.fromisoformat(day)) for key, payload, day in rows)


def _counter(connection: sqlite3.Connection) -> int:
    row = connection.execute("select value from counters where name = 'messages'").fetchone()
    return 0 if row is None else int(row[0])


def _queue(connection: sqlite3.Connection, emails: Sequence[Email], number: int) -> None:
    if emails:
        connection.execute("insert or replace into counters values ('messages', ?)", [number])
    _wait(connection, emails)


def _wait(connection: sqlite3.Connection, emails: Sequence[Email]) -> None:
    for email in emails:
        payload = {
            "edition_id": email.edition_id, "address": email.address, "subject": email.subject,
            "text": email.text, "html": email.html, "dated": email.dated.isoformat(),
            "short_text": email.short_text,
        }  # fmt: skip
        connection.execute(
            "insert into waiting values (?, ?, ?)",
            [email.edition_id, email.address, json.dumps(payload, ensure_ascii=False)],
        )


def _email(payload: str) -> Email:
    values = json.loads(payload)
    return Email(**{**values, "dated": date.fromisoformat(values["dated"])})

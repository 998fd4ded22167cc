"""The one-writer guard of a study: an advisory lock of the operating system on a file of the study.

It dies with the process that holds it, however that process ends, so nothing has to be cleaned up
before the next run. Who holds it stands beside it for people to read; only the lock itself decides.
A second kind of lock, one file a run, tells whether the process of a run is still there.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from roi_pipeline.domain.errors import StudyIsBusy

LOCK = "writer.lock"
HOLDER = "writer.json"
LIVING = "living"
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock of a study.

    Attributes:
        process: number of the process; None when it left no note.
        purpose: the command it runs.
        since: when it took the lock (UTC), from the time of its note.
    """

    process: int | None
    purpose: str
    since: datetime | None

    def __str__(self) -> str:
        """As an error names it."""
        if self.process is None:
            return "another process"
        since = f" since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        return f"process {self.process} ({self.purpose}){since}"


def unheard(*_: object) -> None:
    """Nobody wants to know how a command gets on."""


@contextmanager
def write_alone(
    output: Path,
    *,
    purpose: str,
    wait_seconds: float = 0.0,
    waiting: Callable[[Holder, float], None] = unheard,
) -> Iterator[None]:
    """Hold the study's lock; the same process may hold it several times over.

    Args:
        output: the study's `out` folder.
        purpose: the command that wants to write, for whoever has to wait.
        wait_seconds: how long to wait for another process.
        waiting: called about every second while waiting, with the holder and the seconds waited.

    Raises:
        StudyIsBusy: another process still holds the lock after `wait_seconds`.
    """
    output.mkdir(parents=True, exist_ok=True)
    lock = FileLock(output.resolve() / LOCK, is_singleton=True, thread_local=False)
    waited = 0.0
    while True:
        try:
            lock.acquire(timeout=min(POLL_SECONDS, max(wait_seconds - waited, 0.0)))
            break
        except Timeout:
            holder = holder_of(output)
            if waited >= wait_seconds:
                raise _busy(output.parent, holder, waited) from None
            waited += POLL_SECONDS
            waiting(holder, waited)
    try:
        if lock.lock_counter == 1:
            note = {"process": os.getpid(), "purpose": purpose}
            (output / HOLDER).write_text(json.dumps(note), "utf-8")
        yield
    finally:
        if lock.lock_counter == 1:
            (output / HOLDER).unlink(missing_ok=True)
        lock.release()


def _busy(folder: Path, holder: Holder, waited: float) -> StudyIsBusy:
    return StudyIsBusy(
        f"{folder}: {holder} is writing this study; waited {waited:.0f} s. Run again when it has "
        "ended, or wait longer with --wait SECONDS"
    )


def holder_of(output: Path) -> Holder:
    """Who wrote the note beside the lock last; the note alone holds nothing."""
    path = output / HOLDER
    try:
        note = json.loads(path.read_text("utf-8"))
        since = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Holder(int(note["process"]), str(note["purpose"]), since)
    except (OSError, ValueError, KeyError, TypeError):
        return Holder(None, "", None)


@contextmanager
def living(home: Path, run_id: str) -> Iterator[None]:
    """Hold the sign of life of a run; it ends with the process."""
    path = _sign_of_life(home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path, thread_local=False, is_singleton=True):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def has_sign_of_life(home: Path, run_id: str) -> bool:
    """Whether a run began to work in a process, living or not."""
    return _sign_of_life(home, run_id).exists()


def is_living(home: Path, run_id: str) -> bool:
    """Whether the process of a run is still there."""
    path = _sign_of_life(home, run_id)
    if not path.exists():
        return False
    lock = FileLock(path, thread_local=False, is_singleton=True)
    if lock.is_locked:
        return True
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def forget(home: Path, run_id: str) -> None:
    """Remove the sign of life of a run whose process is gone."""
    _sign_of_life(home, run_id).unlink(missing_ok=True)


def _sign_of_life(home: Path, run_id: str) -> Path:
    return home.resolve() / LIVING / f"{run_id}.lock"

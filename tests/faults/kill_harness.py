"""Kills commands at random moments and lets the next one find what is left; counts what came of it.

The reference is the same study run, closed and sent without a disturbance. A recovery is the same
command given again, with nothing done by hand in between; what it leaves must be the reference's
bytes. Editions are looked at after every single kill: each is whole or absent.

Drafts have two references. One made while its cycle has no edition is the first closing's; one made
once the edition is there says what changed since it, and is the second closing's. Which of the two a
life must end with follows from whether the edition was there when its last closing began.
"""

import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller

from roi_pipeline.archive import Archive

CYCLE = "2026-02"
READERS = {"owner@example.com", "sales@example.com"}
OK = {0}
LONGEST = 300


@dataclass
class Mailbox:
    """An SMTP server's memory: the copies each reader got, by Message-ID."""

    copies: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def handle_DATA(self, _server: object, _session: object, envelope) -> str:  # noqa: N802
        """Accept everything and count it."""
        from email import message_from_bytes

        identity = str(message_from_bytes(envelope.content)["Message-ID"])
        for address in envelope.rcpt_tos:
            self.copies[address, identity] += 1
        return "250 accepted"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, dict[str, str]]]:
    """A real server on a free port of the loopback, with the settings that reach it."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield (
            box,
            {
                "ROI_SMTP_HOST": "127.0.0.1",
                "ROI_SMTP_PORT": str(port),
                "ROI_SMTP_FROM": "roi@example.com",
                "ROI_SMTP_SECURITY": "none",
            },
        )
    finally:
        controller.stop()


@dataclass
class Report:
    """What an attack found."""

    kills: Counter[str] = field(default_factory=Counter)
    recoveries: int = 0
    longest: float = 0.0
    faults: list[str] = field(default_factory=list)


def commands(folder: Path) -> dict[str, list[str]]:
    """The three commands that write, in the order ops gives them."""
    roi = [sys.executable, "-m", "roi_pipeline.cli"]
    return {
        "run": [*roi, "run", str(folder), "--cycle", CYCLE],
        "close": [*roi, "close", str(folder), "--cycle", CYCLE],
        "send": [*roi, "send", str(folder), "--edition", f"{CYCLE}/final-1"],
    }


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """The command in a session of its own, so that all of it can be killed at once.

    It heeds Ctrl-C even where these tests were started as a job in the background, which ignores it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def run_whole(command: list[str], environment: dict[str, str]) -> tuple[int, float, str]:
    """Exit status, seconds and output of the command, undisturbed."""
    began = time.monotonic()
    process = start(command, environment)
    try:
        output, _ = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return -1, float(LONGEST), "did not end"
    return process.returncode, time.monotonic() - began, output.decode("utf-8", "replace")


def kill_after(command: list[str], environment: dict[str, str], seconds: float) -> bool:
    """Whether the command was still at work when it was killed."""
    process = start(command, environment)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def digests(folder: Path) -> dict[str, str]:
    """File → hash of everything below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def broken_editions(folder: Path) -> list[str]:
    """Editions that are neither whole nor absent."""
    archive = Archive(folder / "out" / "editions")
    found = list[str]()
    for name in archive.names():
        found += [f"{name}: {item.name}" for item in archive.tampered(archive.manifest(name))]
    return found


def attack(clean: Path, scratch: Path, *, seed: int, kills: int, show=print) -> Report:
    """Kill `kills` commands at random moments of run, close and send, recovering after each few."""
    report, chance = Report(), random.Random(seed)  # noqa: S311
    with mail_server() as (box, environment):
        reference = shutil.copytree(clean, scratch / "reference")
        seconds = dict[str, float]()
        for name, command in commands(reference).items():
            status, seconds[name], output = run_whole(command, environment)
            assert status in OK, f"{name} of the reference ended with {status}:\n{output}"
        wanted = Wanted.of(reference, environment)
        show("undisturbed: " + ", ".join(f"{name} {took:.1f} s" for name, took in seconds.items()))
        assert {address for address, _ in box.copies} == READERS, "nothing was killed yet"
        assert set(box.copies.values()) == {1}
        box.copies.clear()
        turn = 0
        while sum(report.kills.values()) < kills:
            turn += 1
            folder = shutil.copytree(clean, scratch / f"turn{turn}")
            n_faults = len(report.faults)
            was_closed = _one_life(folder, environment, seconds, chance, report, kills)
            _compare(folder, wanted.after(was_closed=was_closed), box, report, turn)
            box.copies.clear()
            if len(report.faults) == n_faults:  # what went wrong is kept to be looked at
                shutil.rmtree(folder)
            show(f"{sum(report.kills.values())} kills, {report.recoveries} recoveries, "
                 f"longest {report.longest:.1f} s, {len(report.faults)} faults")  # fmt: skip
    return report


def _one_life(
    folder: Path,
    environment: dict[str, str],
    seconds: dict[str, float],
    chance: random.Random,
    report: Report,
    kills: int,
) -> bool:
    """A study from its first run to its last mail, killed up to three times at each command.

    Returns:
        Whether the edition was there when the last closing began.
    """
    was_closed = False
    for name, command in commands(folder).items():
        for _ in range(chance.randint(1, 3)):
            if sum(report.kills.values()) >= kills:
                break
            if kill_after(command, environment, chance.uniform(0.05, seconds[name] * 1.1)):
                report.kills[name] += 1
            report.faults += [f"{name}: torn edition {item}" for item in broken_editions(folder)]
        if name == "close":
            was_closed = is_closed(folder)
        status, took, output = run_whole(command, environment)
        report.recoveries += 1
        report.longest = max(report.longest, took)
        if status not in OK:
            report.faults.append(f"{name} ended with {status} after a kill:\n{output[-2000:]}")
    return was_closed


def is_closed(folder: Path) -> bool:
    """Whether the cycle has an edition."""
    return Archive(folder / "out" / "editions").latest(CYCLE) is not None


def kept_by(folder: Path) -> dict[str, dict[str, str]]:
    """What a study keeps: part → file → hash."""
    return {part: digests(folder / "out" / part) for part in ("reports", "editions")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an undisturbed study keeps after its first closing, and after a second one."""

    first: dict[str, dict[str, str]]
    second: dict[str, dict[str, str]]

    @classmethod
    def of(cls, closed: Path, environment: dict[str, str]) -> "Wanted":
        """From a study that was closed once; it is closed again."""
        first = kept_by(closed)
        status, _, output = run_whole(commands(closed)["close"], environment)
        assert status in OK, output
        second = kept_by(closed)
        assert second["editions"] == first["editions"]
        assert second["reports"].keys() == first["reports"].keys()
        assert second["reports"] != first["reports"]
        return cls(first, second)

    def after(self, *, was_closed: bool) -> dict[str, dict[str, str]]:
        """What must be there after a closing, by whether the edition was there when it began."""
        return self.second if was_closed else self.first


def differences(
    found: dict[str, dict[str, str]], wanted: dict[str, dict[str, str]]
) -> Iterator[str]:
    """Files that are other, missing or too many, part by part."""
    for part, files in wanted.items():
        names = {*files, *found[part]}
        differing = sorted(name for name in names if files.get(name) != found[part].get(name))
        if differing:
            yield f"{part} differ: {differing[:5]}"


def _compare(
    folder: Path, wanted: dict[str, dict[str, str]], box: Mailbox, report: Report, turn: int
) -> None:
    """What one life left against what the undisturbed one left."""
    found = kept_by(folder)
    report.faults += [f"turn {turn}: {each}" for each in differences(found, wanted)]
    got = Counter(address for address, _ in box.copies.elements())
    if dict(got) != dict.fromkeys(READERS, 1):
        report.faults.append(f"turn {turn}: copies by reader {dict(got)}")

"""A killed, interrupted or starved command leaves nothing that the next one trips over."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kill_harness import READERS, attack, commands, digests, mail_server, run_whole, start
from tiny_study import write_tiny_study

from roi_pipeline.cli.app import BUSY, DISK_FULL

KILLS = int(os.environ.get("ROI_KILLS", "6"))
SEED = int(os.environ.get("ROI_SEED", "20261121"))


@pytest.mark.slow
def test_every_recovery_is_the_run_that_was_never_killed(tmp_path: Path) -> None:
    clean = write_tiny_study(tmp_path / "clean")
    report = attack(clean, tmp_path, seed=SEED, kills=KILLS)
    assert sum(report.kills.values()) == KILLS
    assert report.faults == []


@pytest.mark.slow
def test_a_command_that_finds_another_at_work_says_so_and_ends(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    first = start(commands(folder)["run"], {})
    note = folder / "out" / "writer.json"
    for _ in range(300):
        if note.exists():
            break
        time.sleep(0.1)
    assert note.exists()
    status, _, output = run_whole([*commands(folder)["run"], "--wait", "0"], {})
    assert status == BUSY
    assert f"process {first.pid} (roi run 2026-02) since 20" in output
    waited, _, output = run_whole([*commands(folder)["run"], "--wait", "200"], {})
    first.communicate()
    assert (waited, first.returncode) == (0, 0), output


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["import", "work"])
def test_a_signal_ends_a_run_within_seconds(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    folder = write_tiny_study(tmp_path / "study")
    process = start(commands(folder)["run"], {})
    note = folder / "out" / "writer.json"
    while moment == "work" and not note.exists():
        time.sleep(0.05)
    time.sleep(1.0)
    began = time.monotonic()
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number, output.decode()
    assert time.monotonic() - began < 15  # five seconds of grace on a machine that is busy


FULL = """
mount -t tmpfs -o size=400m tmpfs "$1" && cp -r "$2/." "$1" || exit 99
used=$(df -k --output=used "$1" | tail -1)
mount -o remount,size=$((used + {size}))k "$1"
{python} -m roi_pipeline.cli run "$1" --cycle 2026-02 >"$3" 2>&1
status=$?
mount -o remount,size=400m "$1"
{python} -m roi_pipeline.cli run "$1" --cycle 2026-02 >>"$3" 2>&1
again=$?
cp -r "$1/out" "$4"
exit $((status * 16 + again))
"""


def can_mount() -> bool:
    """Whether this machine lets a test have a file system of its own."""
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        check=False,
        capture_output=True,
    )
    return tried.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_mount(), reason="file systems of one's own need user namespaces")
def test_a_full_disk_is_named_and_the_same_command_recovers(tmp_path: Path) -> None:
    clean = write_tiny_study(tmp_path / "clean")
    reference = write_tiny_study(tmp_path / "reference")
    assert run_whole(commands(reference)["run"], {})[0] == 0
    wanted = digests(reference / "out" / "reports")
    sizes = [int(size) for size in os.environ.get("ROI_DISK_SIZES", "900,4500").split(",")]
    met = 0
    for size in sizes:
        disk, log, kept = (tmp_path / f"{kind}{size}" for kind in ("disk", "log", "kept"))
        disk.mkdir()
        script = FULL.format(size=size, python=sys.executable)
        ended = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, "sh", disk, clean, log, kept], check=False
        )
        first, again = divmod(ended.returncode, 16)
        text = log.read_text("utf-8")
        assert first in {0, DISK_FULL}, f"{size} k: {text}"
        assert again == 0, f"{size} k: {text}"
        assert "Traceback" not in text, f"{size} k: {text}"
        assert digests(kept / "reports") == wanted, size
        assert list(kept.glob("*.tmp")) == []
        met += first == DISK_FULL
    assert met > 0


@pytest.mark.slow
def test_each_reader_gets_one_copy_when_nothing_is_killed(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    with mail_server() as (box, environment):
        for name in ("close", "send"):
            status, _, output = run_whole(commands(folder)[name], environment)
            assert status == 0, output
    assert {address for address, _ in box.copies} == READERS
    assert set(box.copies.values()) == {1}

"""A killed, interrupted or starved command leaves nothing that the next one trips over."""

import os
import signal
import time
from pathlib import Path

import pytest
from kill_harness import attack, commands, run_whole, start
from tiny_study import write_tiny_study

from roi_pipeline.cli.app import BUSY

KILLS = int(os.environ.get("ROI_KILLS", "3"))
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

"""The one-writer guard: one process at a time, and nothing left behind when that process dies."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from roi_pipeline.domain.errors import StudyIsBusy
from roi_pipeline.engines.writer_lock import has_sign_of_life, is_living, living, write_alone

HOLD = """
    import sys, time
    from pathlib import Path
    from roi_pipeline.engines.writer_lock import living, write_alone
    with write_alone(Path(sys.argv[1]), purpose="roi run"), living(Path(sys.argv[1]), "a-run"):
        print("holding", flush=True)
        time.sleep(60)
"""


@pytest.fixture
def other(tmp_path: Path):
    """Another process that holds the study and runs `a-run`."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLD), str(tmp_path)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"holding\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_hears_who_holds_the_study_and_since_when(
    tmp_path: Path, other: subprocess.Popen[bytes]
) -> None:
    with pytest.raises(StudyIsBusy) as caught, write_alone(tmp_path, purpose="roi close"):
        pass
    assert f"process {other.pid} (roi run) since 20" in str(caught.value)


def test_waiting_is_reported_and_ends_when_the_holder_is_killed(
    tmp_path: Path, other: subprocess.Popen[bytes]
) -> None:
    seconds: list[float] = []

    def waiting(_: object, waited: float) -> None:
        seconds.append(waited)
        if len(seconds) == 2:
            other.send_signal(signal.SIGKILL)

    with write_alone(tmp_path, purpose="roi close", wait_seconds=30, waiting=waiting):
        assert seconds[:2] == [1.0, 2.0]


def test_the_same_process_may_hold_it_twice(tmp_path: Path) -> None:
    with write_alone(tmp_path, purpose="roi run"), write_alone(tmp_path, purpose="asset"):
        assert (tmp_path / "writer.json").exists()
    assert not (tmp_path / "writer.json").exists()
    with write_alone(tmp_path, purpose="roi run"):
        pass


def test_a_killed_run_is_known_to_be_dead(tmp_path: Path, other: subprocess.Popen[bytes]) -> None:
    assert is_living(tmp_path, "a-run")
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert has_sign_of_life(tmp_path, "a-run")
    assert not is_living(tmp_path, "a-run")


def test_a_run_that_ended_leaves_no_sign_of_life(tmp_path: Path) -> None:
    with living(tmp_path, "mine"):
        assert is_living(tmp_path, "mine")
    assert not has_sign_of_life(tmp_path, "mine")

"""Unpacked exports lie below the study, are nobody else's to read, and go even after a kill."""

import subprocess
import sys
from pathlib import Path

from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.scratch import scratch_folder

HOLDER = """
import sys, time
from pathlib import Path
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.scratch import scratch_folder
with scratch_folder(StudyPaths(Path(sys.argv[1])), "load") as folder:
    (folder / "calls.csv").write_text("13912345678")
    print(folder, flush=True)
    time.sleep(600)
"""


def folders(study: Path) -> list[Path]:
    return [path for path in (study / "out/scratch").iterdir() if path.is_dir()]


def test_a_folder_is_its_owner_s_and_goes_with_its_use(tmp_path: Path) -> None:
    with scratch_folder(StudyPaths(tmp_path), "load") as folder:
        (folder / "calls.csv").write_text("x")
        assert folder.is_relative_to(tmp_path / "out")
        assert folder.stat().st_mode & 0o077 == 0
        with scratch_folder(StudyPaths(tmp_path), "fetch") as inner:
            assert {folder, inner} == set(folders(tmp_path))
    assert folders(tmp_path) == []
    assert [path.name for path in (tmp_path / "out/scratch").iterdir()] == [".lock"]


def test_what_a_killed_process_left_is_removed_by_the_next_and_a_living_one_s_is_not(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    living, killed = (subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in "ab")
    kept, left = (Path(process.stdout.readline().strip()) for process in (living, killed))
    try:
        killed.kill()
        killed.wait()
        assert (left / "calls.csv").is_file()
        with scratch_folder(StudyPaths(tmp_path), "load"):
            assert not left.exists()
            assert (kept / "calls.csv").is_file()
    finally:
        living.kill()
        living.wait()

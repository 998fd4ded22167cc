"""A disk that fills up anywhere in a run is named, and the same command recovers once there is room.

The study lies on a file system of its own whose size is what the study needs and some kilobytes more:
`ROI_DISK_SIZES` says how many, from the first write of a run to the last of a closing.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from kill_harness import (
    Wanted,
    broken_editions,
    commands,
    differences,
    is_closed,
    kept_by,
    run_whole,
)
from tiny_study import write_tiny_study

from roi_pipeline.cli.app import DISK_FULL, OK

SIZES = tuple(int(size) for size in os.environ.get("ROI_DISK_SIZES", "900,9000").split(","))
LONGEST_SECONDS = 300
# Arguments: place of the file system, clean study, where logs and states go, kilobytes, command.
SCRIPT = """
mount -t tmpfs -o size=400m tmpfs "$1" && cp -r "$2/." "$1" || exit 99
used=$(df -k --output=used "$1" | tail -1)
mount -o remount,size=$((used + $4))k "$1" || exit 98
timeout -k 5 {longest} {roi} "$5" "$1" --cycle 2026-02 >"$3/first.txt" 2>&1
echo $? >"$3/first.status"
cp -r "$1" "$3/full"
mount -o remount,size=400m "$1" || exit 97
timeout -k 5 {longest} {roi} "$5" "$1" --cycle 2026-02 >"$3/again.txt" 2>&1
echo $? >"$3/again.status"
cp -r "$1" "$3/recovered"
"""


def why_not() -> str:
    """Why this machine lets no test have a file system of its own; empty where it does."""
    try:
        tried = subprocess.run(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
            check=False,
            capture_output=True,
        )
    except OSError as error:
        return f"no file system of a test's own: {error}"
    message = tried.stderr.decode("utf-8", "replace").strip()
    return f"no file system of a test's own: {message}" if tried.returncode else ""


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wanted]:
    """Command → what it keeps where the disk has room."""
    states = dict[str, Wanted]()
    for name in ("run", "close"):
        folder = write_tiny_study(tmp_path_factory.mktemp(name))
        status, _, output = run_whole(commands(folder)[name], {})
        assert status == OK, output
        kept = kept_by(folder)
        states[name] = Wanted(kept, kept) if name == "run" else Wanted.of(folder, {})
    return states


@pytest.mark.slow
@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.parametrize("size", SIZES)
def test_a_full_disk_is_named_and_the_same_command_recovers(
    tmp_path: Path, wanted: dict[str, Wanted], size: int
) -> None:
    name = ("run", "close")[SIZES.index(size) % 2]
    first, again = fill(tmp_path, name, size)
    said = (tmp_path / "kept/first.txt").read_text("utf-8")
    print(f"{size} k more than {name} began with: {first}, then {again}: {said[-600:]}")  # noqa: T201
    assert first in {OK, DISK_FULL}, said
    assert "Traceback" not in said, said
    if first == DISK_FULL:
        assert "the disk is full" in said
        assert "give the same command again" in said
    nothing_is_half_published(tmp_path / "kept/full")
    assert again == OK, (tmp_path / "kept/again.txt").read_text("utf-8")
    recovered = tmp_path / "kept/recovered"
    nothing_is_half_published(recovered)
    right = wanted[name].after(was_closed=is_closed(tmp_path / "kept/full"))
    assert list(differences(kept_by(recovered), right)) == []


def fill(folder: Path, name: str, size: int) -> tuple[int, int]:
    """Statuses of the command on a disk with so much room, and of the same one when there is more."""
    disk, kept = folder / "disk", folder / "kept"
    disk.mkdir()
    kept.mkdir()
    clean = write_tiny_study(folder / "clean")
    script = SCRIPT.format(longest=LONGEST_SECONDS, roi=f"{sys.executable} -m roi_pipeline.cli")
    arguments = [disk, clean, kept, str(size), name]
    ended = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", *arguments], check=False)
    assert ended.returncode == 0
    first, again = (int((kept / f"{each}.status").read_text()) for each in ("first", "again"))
    return first, again


def nothing_is_half_published(folder: Path) -> None:
    """What others read is whole or not there, and nothing of an attempt lies about."""
    out = folder / "out"
    assert [path for path in out.rglob("*.tmp*") if "dagster" not in path.parts] == []
    assert [path for path in out.glob("scratch/*") if path.is_dir()] == []
    assert broken_editions(folder) == []
    published = out / "published.duckdb"
    if published.exists():
        with duckdb.connect(published, read_only=True) as connection:
            assert connection.execute("select count(*) from exports.pos__visits").fetchone()
    for page in (out / "reports").rglob("*.html"):
        assert page.read_text("utf-8").rstrip().endswith("</html>")

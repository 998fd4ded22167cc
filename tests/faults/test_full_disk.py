"""A disk that fills up anywhere in a run is named, and the same command recovers once there is room.

The study lies on a file system of its own that has what the study needs and some kilobytes more. The
command is given again and again while room is added, size by size, and each attempt finds what the
one before it left; `ROI_DISK_SIZES` says which sizes, from the first write to the last.
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

SIZES = tuple(int(size) for size in os.environ.get("ROI_DISK_SIZES", "3000").split(","))
LONGEST_SECONDS = 900
# Arguments: place of the file system, clean study, where logs and states go, command, kilobytes, …
SCRIPT = """
disk=$1; clean=$2; kept=$3; name=$4; shift 4
mount -t tmpfs -o size=400m tmpfs "$disk" && cp -r "$clean/." "$disk" || exit 99
used=$(df -k --output=used "$disk" | tail -1)
attempt() {{
  timeout -k 5 {longest} {roi} "$name" "$disk" --cycle 2026-02 >"$kept/$1.txt" 2>&1
  echo $? >"$kept/$1.status"
  cp -r "$disk" "$kept/$1"
}}
for size in "$@"; do
  mount -o remount,size=$((used + size))k "$disk" || exit 98
  attempt "$size"
done
mount -o remount,size=400m "$disk" || exit 97
attempt room
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


def wanted_of(name: str, folder: Path) -> Wanted:
    """What a command keeps where the disk has room."""
    write_tiny_study(folder)
    status, _, output = run_whole(commands(folder)[name], {})
    assert status == OK, output
    kept = kept_by(folder)
    return Wanted(kept, kept) if name == "run" else Wanted.of(folder, {})


@pytest.mark.slow
@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["run", pytest.param("close", marks=pytest.mark.soak)])
def test_a_full_disk_is_named_and_the_same_command_recovers(tmp_path: Path, name: str) -> None:
    kept = fill(tmp_path, name)
    statuses = [int((kept / f"{size}.status").read_text()) for size in SIZES]
    print(f"{name}: {dict(zip(SIZES, statuses, strict=True))}")  # noqa: T201
    assert statuses[0] == DISK_FULL
    for size, status in zip(SIZES, statuses, strict=True):
        said = (kept / f"{size}.txt").read_text("utf-8")
        assert status in {OK, DISK_FULL}, f"{size} k: {status}: {said}"
        assert "Traceback" not in said, f"{size} k: {said}"
        if status == DISK_FULL:
            assert "the disk is full" in said
            assert "give the same command again" in said
        nothing_is_half_published(kept / str(size))
    assert int((kept / "room.status").read_text()) == OK, (kept / "room.txt").read_text("utf-8")
    nothing_is_half_published(kept / "room")
    right = wanted_of(name, tmp_path / "wanted").after(was_closed=is_closed(kept / str(SIZES[-1])))
    assert list(differences(kept_by(kept / "room"), right)) == []


def fill(folder: Path, name: str) -> Path:
    """Where the log, the status and the state after each attempt lie."""
    disk, kept = folder / "disk", folder / "kept"
    disk.mkdir()
    kept.mkdir()
    clean = write_tiny_study(folder / "clean")
    script = SCRIPT.format(longest=LONGEST_SECONDS, roi=f"{sys.executable} -m roi_pipeline.cli")
    arguments = [disk, clean, kept, name, *map(str, SIZES)]
    ended = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", *arguments], check=False)
    assert ended.returncode == 0
    return kept


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

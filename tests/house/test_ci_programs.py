"""The programs CI runs: floors of coverage, lowest versions, what a machine lacks, hooks."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from coverage_floors import FLOORS, Room, report, rooms_of
from lowest_versions import lowest_versions

ROOT = Path(__file__).parents[2]
WANTED = {"default": {"target": 95, "floor": 90}, "domain": {"target": 100, "floor": 100}}


def counted(statements: int, ran: int) -> dict[str, dict[str, int]]:
    return {
        "summary": {
            "num_statements": statements, "covered_lines": ran,
            "num_branches": 2, "covered_branches": 2,
        }
    }  # fmt: skip


def test_files_are_added_up_by_room() -> None:
    files = {
        "roi_pipeline/domain/a.py": counted(10, 9),
        "roi_pipeline/domain/deep/b.py": counted(8, 8),
        "roi_pipeline/shipped.py": counted(2, 2),
        "tests/x.py": counted(5, 0),
    }
    assert rooms_of(files) == [Room("domain", 22, 21), Room("roi_pipeline", 4, 4)]


@pytest.mark.parametrize(
    ("rooms", "is_reached"),
    [
        ([Room("domain", 10_000, 10_000), Room("cli", 100, 90)], True),
        ([Room("domain", 10_000, 9_999)], False),
        ([Room("cli", 1000, 899)], False),
        ([], False),
    ],
    ids=["at the floors", "one line short of all", "below the ratchet", "nothing measured"],
)
def test_a_room_below_its_floor_fails(rooms: list[Room], is_reached: bool) -> None:  # noqa: FBT001
    assert report(rooms, WANTED)[1] is is_reached


def test_the_targets_are_those_of_the_house() -> None:
    floors = tomllib.loads(FLOORS.read_text("utf-8"))
    assert {name: floors[name]["target"] for name in ("domain", "stats", "finance", "default")} == {
        "domain": 100, "stats": 100, "finance": 100, "default": 95,
    }  # fmt: skip
    assert all(room.get("floor", 0) <= room.get("target", 95) for room in floors.values())


def test_every_direct_dependency_has_a_lowest_version() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    assert set(extras) == {"dev", "postgres", "sftp", "spark"}
    stated = {*project["dependencies"], *(each for extra in extras.values() for each in extra)}
    assert len(lowest_versions(text)) == len(stated) > 60


def test_a_dependency_without_a_lower_bound_is_named() -> None:
    with pytest.raises(SystemExit, match=r"'a<2' in pyproject\.toml states no lower bound"):
        lowest_versions('[project]\ndependencies = ["a<2"]')


def test_a_machine_without_programs_is_told_in_one_line_what_to_install(tmp_path: Path) -> None:
    for name in ("bash", "grep", "ls"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    found = subprocess.run(
        ["make", "--no-print-directory", "programs"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PATH": f"{tmp_path}:/nowhere", "MAKEFLAGS": ""}, check=False,
        executable="/usr/bin/make",
    )  # fmt: skip
    lines = found.stdout.splitlines()
    assert found.returncode == 0, found.stderr
    assert len(lines) == 1
    assert "chromium" in lines[0]
    assert "libreoffice-calc-nogui" in lines[0]
    assert "apt-get install" in lines[0]


def test_help_lists_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)
    explained = set(re.findall(r"^([a-z-]+):.*## \S", makefile, flags=re.MULTILINE))
    assert len(explained) > 10
    assert set(phony.split()) == explained


def test_hooks_run_what_make_check_runs() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    check = (ROOT / "Makefile").read_text("utf-8").split("\ncheck:")[1].split("\n\n")[0]
    tools = re.findall(r"\$\(BIN\)/(\S+)", check)
    assert len(tools) >= 5
    assert all(f".venv/bin/{tool}" in hooks for tool in tools)
    assert "http" not in hooks

"""A backup restored elsewhere is the same study: its editions verify, and no byte may have changed."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from roi_pipeline.cli.app import NOTHING, OK, commands
from roi_pipeline.defs.home import open_instance
from roi_pipeline.domain.paths import StudyPaths


def roi(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(commands, [str(each) for each in arguments])
    return result.exit_code, result.output


def test_a_restored_study_verifies_and_knows_what_it_knew(closed: Path, tmp_path: Path) -> None:
    status, said = roi("backup", closed, "--to", tmp_path / "study.tar")
    assert status == OK, said
    status, said = roi("restore", tmp_path / "study.tar", tmp_path / "elsewhere")
    assert status == OK, said
    kept = ["study.toml", "sql/facts/visits.sql", "out/warehouse.duckdb", "out/alerts.sqlite"]
    for name in kept:
        assert (tmp_path / "elsewhere" / name).is_file(), name
    status, said = roi("verify", tmp_path / "elsewhere", "2026-02/final-1")
    assert status == OK, said


def test_a_changed_backup_is_refused_and_nothing_is_left_of_it(
    closed: Path, tmp_path: Path
) -> None:
    target = tmp_path / "study.tar"
    assert roi("backup", closed, "--to", target)[0] == OK
    content = target.read_bytes()
    place = content.index(b"headcount = 8")
    target.write_bytes(content[:place] + b"headcount = 9" + content[place + 13 :])
    status, said = roi("restore", target, tmp_path / "elsewhere")
    assert status == NOTHING
    assert "missing or changed" in said
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / ".elsewhere.part").exists()


def test_nothing_is_overwritten(closed: Path, tmp_path: Path) -> None:
    (tmp_path / "study.tar").write_bytes(b"mine")
    status, said = roi("backup", closed, "--to", tmp_path / "study.tar")
    assert (status, "there already" in said) == (NOTHING, True)
    status, said = roi("restore", tmp_path / "study.tar", closed)
    assert (status, "not empty" in said) == (NOTHING, True)
    status, said = roi("restore", tmp_path / "study.tar", tmp_path / "new")
    assert (status, "no backup" in said) == (NOTHING, True)


@pytest.mark.parametrize(("as_of", "left"), [(date(2026, 4, 1), True), (date(2026, 9, 1), False)])
def test_old_runs_and_backups_of_upgrades_go_and_editions_stay(
    closed: Path, as_of: date, copied: Callable[[Path, Path], Path], *, left: bool
) -> None:
    backups = StudyPaths(closed).backups
    backups.mkdir()
    written = datetime(2026, 3, 20, tzinfo=UTC).timestamp()
    for name in ("before_version_7.tar", "mine.tar"):
        (backups / name).write_bytes(b"of an upgrade, or of somebody")
        os.utime(backups / name, (written, written))
    status, said = roi("purge", closed, "--as-of", as_of, "--keep-days", 90)
    assert status == OK, said
    kept = {path.name for path in backups.iterdir()}
    assert kept == {"mine.tar", *(["before_version_7.tar"] if left else [])}
    assert ("before_version_7.tar" in said) is not left
    with open_instance(closed) as instance:
        assert bool(instance.get_runs()) is left
    assert (closed / "out/editions/2026-02/final-1/manifest.json").is_file()

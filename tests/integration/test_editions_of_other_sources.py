"""Editions of exports that lie in a database, in another folder, in an archive, or went since."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tiny_study import move_into_a_database, move_outside, write_tiny_study

from roi_pipeline.defs.run import Closing, close_study, evaluate_cycle, verify
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.studies import study_in

CYCLE, FINAL = "2026-02", "2026-02/final-1"


def _close(folder: Path, *, are_gaps_accepted: bool = False) -> Closing:
    return close_study(folder, CYCLE, are_gaps_accepted=are_gaps_accepted)


def test_rows_of_a_database_are_kept_and_computed_from_after_the_database_changed(
    tmp_path: Path,
) -> None:
    folder = write_tiny_study(tmp_path / "study")
    database = move_into_a_database(folder)
    assert _close(folder).outcome.failed == ()
    archive = archive_of(StudyPaths(folder))
    (export,) = archive.manifest(FINAL).inputs.exports
    assert export.is_redirected
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("delete from visits where store = 'S1'")
    verdict = verify(folder, archive, FINAL, threads=1)
    assert verdict.is_identical, verdict
    closing_again = _close(folder)
    assert (closing_again.name, closing_again.is_new) == ("2026-02/restated-1", True)


def test_exports_of_another_folder_are_kept_under_the_study(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    move_outside(folder, tmp_path / "elsewhere")
    assert _close(folder).outcome.failed == ()
    shutil.rmtree(tmp_path / "elsewhere")
    archive = archive_of(StudyPaths(folder))
    assert {item.restored_as.split("/")[0] for item in archive.manifest(FINAL).inputs.exports} == {
        "archived"
    }
    assert verify(folder, archive, FINAL).is_identical


@pytest.fixture
def nightly(tmp_path: Path) -> Path:
    """The tiny study after a nightly run."""
    folder = write_tiny_study(tmp_path / "study")
    study = study_in(str(folder))
    evaluate_cycle(folder, CYCLE, as_of=study.history.end)
    return folder


def test_an_export_that_its_system_deleted_is_taken_from_the_night_before(nightly: Path) -> None:
    (nightly / "exports/visits_2026-01.csv").unlink()
    closed = _close(nightly)
    assert (closed.name, closed.outcome.failed) == (FINAL, ())
    exports = archive_of(StudyPaths(nightly)).manifest(FINAL).inputs.exports
    assert "exports/visits_2026-01.csv" in {item.path for item in exports}


def test_a_loaded_export_that_is_gone_and_was_never_kept_stops_the_closing(nightly: Path) -> None:
    shutil.rmtree(nightly / "out/editions/_store")
    (nightly / "exports/visits_2026-01.csv").unlink()
    closed = _close(nightly)
    assert closed.name is None
    (reason,) = [step.reason for step in closed.outcome.failed if step.asset == "reports/edition"]
    assert "exports/visits_2026-01.csv" in reason
    assert "Put them back" in reason


def test_a_refused_delivery_stops_the_closing_unless_the_gap_is_accepted(nightly: Path) -> None:
    good = (nightly / "exports/visits_2026-02.csv").read_text("utf-8")
    rows = good.splitlines()
    broken = [rows[0], *("," + row.split(",", 1)[1] for row in rows[1:])]  # no identifiers
    (nightly / "exports/visits_2026-02.csv").write_text("\n".join(broken) + "\n", "utf-8")
    closed = _close(nightly)
    assert closed.name is None
    (reason,) = [step.reason for step in closed.outcome.failed if step.asset == "reports/edition"]
    assert "exports/visits_2026-02.csv was refused" in reason
    closed = _close(nightly, are_gaps_accepted=True)
    assert closed.name == FINAL
    manifest = archive_of(StudyPaths(nightly)).manifest(FINAL)
    (export,) = [item for item in manifest.inputs.exports if "2026-02" in item.path]
    assert (
        archive_of(StudyPaths(nightly)).store.path(export.object_sha256).read_text("utf-8") == good
    )


def test_a_file_nobody_can_read_stops_the_closing_unless_the_gap_is_accepted(nightly: Path) -> None:
    broken = nightly / "exports/visits_2026-02.csv"
    good = broken.read_text("utf-8")
    lines = good.splitlines(keepends=True)
    broken.write_text("".join([*lines[:100], '"' + lines[100], *lines[101:]]), "utf-8")
    closed = _close(nightly)
    assert closed.name is None
    (reason,) = [step.reason for step in closed.outcome.failed if step.asset == "reports/edition"]
    assert "exports/visits_2026-02.csv, line 101" in reason
    assert "--accept-gaps" in reason
    assert _close(nightly, are_gaps_accepted=True).name == FINAL
    archive = archive_of(StudyPaths(nightly))
    (export,) = [item for item in archive.manifest(FINAL).inputs.exports if "2026-02" in item.path]
    assert archive.store.path(export.object_sha256).read_text("utf-8") == good

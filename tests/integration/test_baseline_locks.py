"""A baseline that is moved after its first use: a new version, and both results for the reader."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from published import Report, report_of
from tiny_study import write_tiny_study

from roi_pipeline.defs.run import close_study, verify
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.histories import archive_of

CYCLE = "2026-02"
AS_DECLARED = "baseline = { start = 2026-01-01, end = 2026-02-01 }"
MOVED = "baseline = { start = 2026-01-12, end = 2026-02-01 }"


def locks_in(study: Path) -> list[tuple[Any, ...]]:
    """(version, hash, day) of every lock in the warehouse."""
    with duckdb.connect(str(study / "out" / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select version, sha256, locked_on from effects.baseline_locks order by all"
        ).fetchall()


def move_baseline(study: Path, *, to: str = MOVED) -> None:
    """Rewrite the module's file as somebody would."""
    path = study / "modules" / "greeter.toml"
    text = path.read_text("utf-8")
    assert AS_DECLARED in text
    path.write_text(text.replace(AS_DECLARED, to), "utf-8")


def baseline_finding(report: Report) -> dict[str, Any]:
    """What is said of the metric's baseline."""
    findings = report.outcome("greeter", "sale_rate")["findings"]
    (found,) = (f for f in findings if f["check"] == "baseline_is_the_one_first_used")
    return found


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report, Report]:
    """A study run, its baseline moved, and run again: (folder, first report, second report)."""
    study = write_tiny_study(tmp_path_factory.mktemp("locks") / "study")
    first = report_of(study, CYCLE)
    move_baseline(study)
    return study, first, report_of(study, CYCLE)


def test_the_first_run_locks_the_baseline_and_says_so(moved: tuple[Path, Report, Report]) -> None:
    _, first, _ = moved
    assert baseline_finding(first)["passed"]
    assert baseline_finding(first)["message"]["values"] == {"version": 1}
    assert first.module("greeter")["effects"]["baselines"] == []


def test_a_moved_baseline_makes_version_two_with_both_results_in_json_and_html(
    moved: tuple[Path, Report, Report],
) -> None:
    study, first, second = moved
    assert [(version, day) for version, _, day in locks_in(study)] == [
        (1, date(2026, 4, 15)),
        (2, date(2026, 4, 15)),
    ]
    finding = baseline_finding(second)
    assert (finding["passed"], finding["message"]["code"]) == (False, "baseline_changed")
    old, new = second.module("greeter")["effects"]["baselines"]
    assert (old["version"], old["is_in_force"], old["changed"]) == (1, False, ["baseline"])
    assert (new["version"], new["is_in_force"], new["changed"]) == (2, True, [])
    # the result under the first baseline is the one that was reported then, to the last digit
    before, after = (report.outcome("greeter", "sale_rate") for report in (first, second))
    assert old["outcome"]["estimate"] == before["estimate"]
    assert (old["outcome"]["lower"], old["outcome"]["upper"]) == (before["lower"], before["upper"])
    assert new["outcome"]["estimate"] == after["estimate"] != before["estimate"]
    page = (study / "out/reports/2026-02/en/greeter.html").read_text("utf-8")
    assert "The baseline changed after its first use: results for both versions" in page
    assert "version 1" in page
    assert "version 2" in page
    assert "baseline was changed after its first use" in page


def test_running_again_makes_nothing_new(moved: tuple[Path, Report, Report]) -> None:
    study, _, second = moved
    before, page = locks_in(study), study / "out/reports/2026-02/en/greeter.html"
    html = page.read_bytes()
    again = report_of(study, CYCLE)
    assert again.figures == second.figures
    assert page.read_bytes() == html
    assert locks_in(study) == before


def test_an_edition_made_after_the_move_shows_both_and_verifies_from_the_archive_alone(
    moved: tuple[Path, Report, Report], tmp_path: Path
) -> None:
    study = tmp_path / "study"
    shutil.copytree(moved[0], study)
    closing = close_study(study, CYCLE)
    assert closing.is_new, closing.outcome.failed
    archive = archive_of(StudyPaths(study))
    page = (archive.path("2026-02/final-1") / "reports/en/greeter.html").read_text("utf-8")
    assert "version 1" in page
    move_baseline_back(study)
    (study / "out" / "warehouse.duckdb").unlink()
    assert verify(study, archive, "2026-02/final-1", threads=1).is_identical
    # a warehouse built anew takes up the versions where the archive left them
    report = report_of(study, CYCLE)
    assert [version for version, _, _ in locks_in(study)] == [1, 2, 3]
    assert baseline_finding(report)["message"]["values"]["previous"] == 2
    shown = report.module("greeter")["effects"]["baselines"]
    assert [(item["version"], item["is_in_force"]) for item in shown] == [(2, False), (3, True)]


def move_baseline_back(study: Path) -> None:
    """As it was declared at first."""
    path = study / "modules" / "greeter.toml"
    path.write_text(path.read_text("utf-8").replace(MOVED, AS_DECLARED), "utf-8")

"""DAGSTER_HOME is respected, and two studies in one instance leave each other's runs alone."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from tiny_study import write_tiny_study

from roi_pipeline.defs.home import open_instance
from roi_pipeline.defs.one_writer import STARTED_BY_COMMAND, end_dead_runs, study_tag
from roi_pipeline.defs.run import evaluate_cycle
from roi_pipeline.domain.paths import StudyPaths


def test_runs_go_where_dagster_home_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    folder = write_tiny_study(tmp_path / "study")
    assert not evaluate_cycle(folder, "2026-03", as_of=date(2026, 4, 1)).failed
    assert (home / "history/runs.db").is_file()
    assert not (folder / "out/dagster").exists()


def test_a_run_of_another_study_is_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    own, other = (StudyPaths(tmp_path / name) for name in ("own", "other"))

    @dg.job
    def work() -> None:
        """Nothing."""

    own.folder.mkdir()
    with open_instance(own.folder) as instance:
        for paths in (own, other):
            tags = {STARTED_BY_COMMAND: "roi", **study_tag(paths)}
            instance.create_run_for_job(work, tags=tags, status=dg.DagsterRunStatus.STARTED)
        assert len(end_dead_runs(instance, own)) == 1
        (left,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    assert left.tags["roi/study"] == str(other.folder)

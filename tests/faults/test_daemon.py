"""The daemon fires by its schedules what was missed, tonight and a closing, with its storage in Postgres."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from live_service import (
    keep_runs_in_postgres,
    running_ui,
    start_in,
    wait_for,
    write_open_study,
    zone_by_day,
)
from postgres_server import ask, needs_postgres, postgres_server

from roi_pipeline.defs.run import run_due
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.nights import nights_of
from roi_pipeline.usecases.studies import study_in

pytest.importorskip("dagster_postgres")
LONGEST_SECONDS = 1800
# Two nights and a closing, each followed by its portfolio and by what is said of the night.
FIRED = {"nightly": 2, "close_cycle": 1, "report_portfolio": 3, "watch_night": 3}


@pytest.mark.soak
@pytest.mark.server
@pytest.mark.timeout(2 * LONGEST_SECONDS)
@needs_postgres
def test_two_nights_and_a_closing_are_fired_by_schedule(tmp_path: Path) -> None:
    zone = zone_by_day()
    today = datetime.now(ZoneInfo(zone)).date()
    folder = write_open_study(tmp_path / "study", zone)
    with postgres_server() as port:
        home = keep_runs_in_postgres(folder, port)
        for outcome in run_due(folder, as_of=today - timedelta(days=2)):
            assert outcome.is_whole
        start_in(folder, zone, minutes=2)
        with (
            running_ui(folder, tmp_path / "ui.log"),
            dg.DagsterInstance.from_config(str(home)) as instance,
        ):
            runs = wait_for(instance, _all_have_ended, LONGEST_SECONDS)
        assert int(ask(port, "select count(*) from runs")) == len(runs)
    said = (tmp_path / "ui.log").read_text("utf-8")
    fired = [run for run in runs if "roi/command" not in run.tags]
    assert {run.status for run in fired} == {dg.DagsterRunStatus.SUCCESS}, said[-4000:]
    assert Counter(run.job_name for run in fired) == FIRED
    assert "Traceback" not in said
    study = study_in(str(folder))
    drafts = [night for night in nights_of(study) if night.edition == "draft"]
    assert [(today - night.as_of).days for night in drafts] == [0, 1, 2]
    last_month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert archive_of(StudyPaths(folder)).names() == (f"{last_month}/final-1",)


def _all_have_ended(runs: list[dg.DagsterRun]) -> bool:
    fired = Counter(
        run.job_name for run in runs if run.is_finished and "roi/command" not in run.tags
    )
    return fired == FIRED

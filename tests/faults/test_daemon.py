"""The service: its schedules fire what was missed, tonight and a closing; past cycles are computed again by clicks."""

import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import playwright.sync_api
import pytest
from live_service import (
    is_up,
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
from roi_pipeline.usecases.alerts import open_alerts
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.nights import nights_of
from roi_pipeline.usecases.studies import study_in

pytest.importorskip("dagster_postgres")
LONGEST_SECONDS = 1800
PAST_CYCLES = "2026-02", "2026-03", "2026-04"
CYCLE_JOBS = "evaluate_cycle", "report_portfolio", "watch_night"
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


@pytest.mark.soak
@pytest.mark.server
@pytest.mark.browser
@pytest.mark.timeout(LONGEST_SECONDS)
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_three_past_cycles_are_computed_again_by_clicks(tmp_path: Path) -> None:
    """The last night, its alerts and the closing days stay as they are: a backfill is no night."""
    zone = zone_by_day()
    today = datetime.now(ZoneInfo(zone)).date()
    folder = write_open_study(tmp_path / "study", zone)
    for outcome in run_due(folder, as_of=today - timedelta(days=1)):
        assert outcome.is_whole
    study = study_in(str(folder))
    before = nights_of(study), open_alerts(study), archive_of(StudyPaths(folder)).names()
    with (
        running_ui(folder, tmp_path / "ui.log") as port,
        dg.DagsterInstance.from_config(str(StudyPaths(folder).dagster_home)) as instance,
    ):
        _backfill_by_clicks(port, PAST_CYCLES, tmp_path / "backfill.png")
        runs = wait_for(instance, _are_filled, LONGEST_SECONDS / 2)
        (backfill,) = instance.get_backfills()
    assert backfill.partition_names == list(PAST_CYCLES)
    asked = [run for run in runs if "roi/command" not in run.tags]
    assert {run.status for run in asked} == {dg.DagsterRunStatus.SUCCESS}
    for key in PAST_CYCLES:
        pages = {path.stem for path in (folder / "out/reports" / key).glob("*/*.html")}
        assert pages == {"greeter", "portfolio"}
    assert (nights_of(study), open_alerts(study), archive_of(StudyPaths(folder)).names()) == before


def _are_filled(runs: list[dg.DagsterRun]) -> bool:
    """Whether every cycle that was asked for has ended, and what follows it by itself."""
    ended = Counter(
        (run.job_name, run.tags.get("dagster/partition"))
        for run in runs
        if run.is_finished and "roi/command" not in run.tags
    )
    wanted = {(job, key) for job in CYCLE_JOBS for key in PAST_CYCLES}
    return wanted <= ended.keys()


def _backfill_by_clicks(port: int, cycles: tuple[str, ...], picture: Path) -> None:
    """What docs/operations.md says to click, in a real browser."""
    with playwright.sync_api.sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1400, "height": 850})
        page.set_default_timeout(180_000)
        address = f"http://127.0.0.1:{port}/locations/roi_pipeline/jobs/evaluate_cycle"
        while not is_up(port):
            page.wait_for_timeout(500)
        page.goto(address)
        page.get_by_role("button", name="Materialize all").first.click()
        page.get_by_text("Select a partition or create one").click()
        for cycle in cycles:
            page.locator("li").filter(has_text=cycle).last.click()
        page.get_by_text("Launch runs to materialize").click()  # away from the open list
        page.screenshot(path=picture)
        page.get_by_role("button", name="Launch backfill").click()
        page.get_by_role("button", name="Launch backfill").wait_for(state="detached")
        browser.close()

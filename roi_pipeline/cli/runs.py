"""Commands that run the asset graph: `run`, `ui`."""

import os
import sys
from collections.abc import Collection
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from roi_pipeline.cli.app import EXISTING, NOTHING, OK, PARTLY, WAIT, Day, commands, say
from roi_pipeline.cli.failures import report_failures
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.texts import Message

if TYPE_CHECKING:
    from roi_pipeline.defs.run import RunOutcome
    from roi_pipeline.domain.study import Study

COMPUTED = ("exports", "facts", "metrics", "effects", "roi")
JUDGED = ("effects", "roi")


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option(
    "--cycle", "cycle_key", help="cycle to evaluate, such as 2026-Q1; default: the latest ended"
)
@click.option("--as-of", type=Day(), help="the first day not yet seen; default: the history's end")
@click.option("--module", help="evaluate this module only")
@click.option("--all-cycles", is_flag=True, help="evaluate every cycle since the first go-live")
@click.option(
    "--trend",
    is_flag=True,
    help="compute the figures of earlier cycles first, without their reports, for the trend",
)
@WAIT
def run(
    folder: Path,
    cycle_key: str | None,
    as_of: date | None,
    module: str | None,
    *,
    all_cycles: bool,
    trend: bool,
    wait_seconds: float,
) -> None:
    """Run the main job on the study in FOLDER and say where the reports are."""
    from roi_pipeline.usecases.check import check_study
    from roi_pipeline.usecases.studies import last_known_day, study_in

    check_study(folder)
    study = study_in(str(folder))
    if module is not None:
        study.module(module)
    day = as_of or last_known_day(study)
    keys = _cycles_to_run(study, day, cycle_key, all_cycles=all_cycles)
    earlier = (
        _earlier_figures(folder, study, keys[0], as_of=day, wait_seconds=wait_seconds)
        if trend
        else []
    )
    started = perf_counter()
    outcomes = [
        _run_cycle(folder, key, as_of=day, module=module, wait_seconds=wait_seconds) for key in keys
    ]
    if len(keys) == 1 and module is None and not trend and outcomes[0].is_whole:
        _note(study, perf_counter() - started)
    sys.exit(_summarise(folder, [*earlier, *outcomes]))


def _note(study: "Study", seconds: float) -> None:
    """Keep what the run took; say so when the other engine would serve the study better."""
    from roi_pipeline.usecases.capacity import advice_on_engine, note_run

    run = note_run(study, seconds=seconds)
    advice = advice_on_engine(study, run) if run else None
    if advice:
        say(advice, err=True)


def _cycles_to_run(study: "Study", day: date, key: str | None, *, all_cycles: bool) -> list[str]:
    from roi_pipeline.usecases.cycles import cycles_since_go_live, latest_ended

    if key is not None:
        return [study.cycle(key, as_of=day).key]
    latest = latest_ended(study, day)
    return [*cycles_since_go_live(study, until=latest)] if all_cycles else [latest]


def _earlier_figures(
    folder: Path, study: "Study", until: str, *, as_of: date, wait_seconds: float
) -> list["RunOutcome"]:
    """What came of the earlier cycles that have no edition; the exports are loaded with the first."""
    from roi_pipeline.usecases.cycles import cycles_without_edition

    outcomes = list["RunOutcome"]()
    for key in cycles_without_edition(study, until=until):
        layers = JUDGED if outcomes else COMPUTED
        outcomes.append(
            _run_cycle(
                folder, key, as_of=as_of, module=None, layers=layers, wait_seconds=wait_seconds
            )
        )
    return [outcome for outcome in outcomes if outcome.failed or outcome.skipped]


def _run_cycle(
    folder: Path,
    key: str,
    *,
    as_of: date,
    module: str | None,
    layers: Collection[str] = (),
    wait_seconds: float,
) -> "RunOutcome":
    from roi_pipeline.cli.bar import progress_bar
    from roi_pipeline.defs.run import evaluate_cycle

    with progress_bar(key) as progress:
        return evaluate_cycle(
            folder,
            key,
            as_of=as_of,
            module=module,
            layers=layers,
            progress=progress,
            wait_seconds=wait_seconds,
        )


def _summarise(folder: Path, outcomes: list["RunOutcome"]) -> int:
    """Say what was refused, what failed and where the reports are; returns the exit status."""
    for outcome in outcomes:
        report_failures(outcome)
    paths = StudyPaths(folder)
    reports = paths.reports(outcomes[-1].cycle_key)
    if not any(reports.glob("*/portfolio.html")):
        say(Message("console_no_report"), err=True)
        return NOTHING
    say(Message("console_reports"))
    for path in sorted(reports.glob("*/*.html")):
        click.echo(f"  {path}")
    say(Message("console_validation", {"path": str(paths.validation / "index.html")}))
    say(Message("console_published", {"path": str(paths.published)}))
    return OK if all(outcome.is_whole for outcome in outcomes) else PARTLY


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--port", default=3000, show_default=True)
def ui(folder: Path, port: int) -> None:
    """Open the Dagster UI on the study in FOLDER, on this machine only."""
    from roi_pipeline.defs.home import prepare_home, workspace_file

    home = prepare_home(folder)
    os.environ.update(
        DAGSTER_HOME=str(home), ROI_STUDY=str(folder.resolve()), DAGSTER_DISABLE_TELEMETRY="1"
    )
    dagster = Path(sys.executable).parent / "dagster"
    arguments = ["dagster", "dev", "-w", str(workspace_file(home)), "-h", "127.0.0.1"]
    os.execv(str(dagster), [*arguments, "-p", str(port)])  # noqa: S606  (replaces this process)

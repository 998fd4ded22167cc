"""One run at a time writes a study, and no killed run stands in the way of a later one.

Dagster's pools remember who holds a place in its database, and a killed process gives nothing back:
they only order the work inside one instance. What decides is the lock of `engines.writer_lock`.
Whoever holds it ends the runs that still say they are running without a living process.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.writer_lock import (
    Holder,
    forget,
    has_sign_of_life,
    is_living,
    living,
    write_alone,
)
from roi_pipeline.usecases.private import keep_private
from roi_pipeline.usecases.upgrade import upgrade_warehouse

STARTED_BY_COMMAND = "roi/command"
STUDY_TAG = "roi/study"  # several studies may share an instance
HOME = "DAGSTER_HOME"
UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)


LONGEST_WAIT_SECONDS = 4 * 3600.0
REPORT_EVERY_SECONDS = 60


def dagster_home(paths: StudyPaths) -> Path:
    """The folder of the Dagster instance: DAGSTER_HOME where it is set, else the study's own."""
    stated = os.environ.get(HOME)
    return Path(stated) if stated else paths.dagster_home.resolve()


def study_tag(paths: StudyPaths) -> dict[str, str]:
    """Says of a run which study it is of."""
    return {STUDY_TAG: str(paths.folder.resolve())}


@contextmanager
def run_alone(context: dg.InitResourceContext, paths: StudyPaths) -> Iterator[None]:
    """Hold the study's lock and a sign of life for as long as a run works.

    A run of the daemon waits for a command that is at work, and says so in its log. Outside a run
    (a test that makes the resource by hand) there is nothing to hold.

    Raises:
        StudyIsBusy: another process still held the lock after four hours.
    """
    run, instance = context.run, context.instance
    if run is None or instance is None:
        yield
        return
    home = dagster_home(paths)
    keep_private(paths, os.environ)

    def waiting(holder: Holder, waited: float) -> None:
        if context.log and int(waited) % REPORT_EVERY_SECONDS == 1:
            context.log.info("waiting for %s", holder)

    with (
        living(home, run.run_id),
        write_alone(
            paths.out,
            purpose=f"Dagster run {run.run_id[:8]} of {run.job_name}",
            wait_seconds=LONGEST_WAIT_SECONDS,
            waiting=waiting,
        ),
    ):
        if STARTED_BY_COMMAND not in run.tags:  # a command has looked before it created the run
            upgrade_warehouse(paths.folder)
        for dead in end_dead_runs(instance, paths, except_run=run.run_id):
            if context.log:
                context.log.warning(str(dead))
        yield


@dataclass(frozen=True, slots=True)
class DeadRun:
    """A run that was cut off and has been ended."""

    run_id: str
    job: str
    partition: str

    def __str__(self) -> str:
        """As logs and the command line name it."""
        cycle = f" of {self.partition}" if self.partition else ""
        return f"ended run {self.run_id[:8]} ({self.job}{cycle}): its process was gone"


def end_dead_runs(
    instance: dg.DagsterInstance, paths: StudyPaths, *, except_run: str = ""
) -> tuple[DeadRun, ...]:
    """Mark runs without a living process as failed and free their places in the pools.

    A run that never came to its work has no sign of life. One that a command started is dead then,
    because a command holds the lock before it creates a run; one that the daemon started may be on
    its way, and is left to Dagster's own run monitoring.
    """
    home, own = dagster_home(paths), study_tag(paths)[STUDY_TAG]
    ended = list[DeadRun]()
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=list(UNFINISHED))):
        if run.tags.get(STUDY_TAG, own) != own:
            continue
        if run.run_id == except_run or is_living(home, run.run_id):
            continue
        if not has_sign_of_life(home, run.run_id) and STARTED_BY_COMMAND not in run.tags:
            continue
        instance.report_run_failed(run, message="the process of this run is gone; it was cut off")
        forget(home, run.run_id)
        ended.append(DeadRun(run.run_id, run.job_name, run.tags.get("dagster/partition", "")))
    _free_places(instance, home, except_run=except_run)
    return tuple(ended)


def _free_places(instance: dg.DagsterInstance, home: Path, *, except_run: str) -> None:
    """Give back the places in pools that finished, deleted or dead runs still hold."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    for run_id in storage.get_concurrency_run_ids() - {except_run}:
        run = instance.get_run_by_id(run_id)
        if run is None or (run.is_finished and not is_living(home, run_id)):
            storage.free_concurrency_slots_for_run(run_id)

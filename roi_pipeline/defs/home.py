"""Where Dagster keeps what ran: `out/dagster` of the study, with telemetry off and one writer."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from roi_pipeline.defs.event_storage import claiming_no_places, prepared_once
from roi_pipeline.defs.one_writer import DeadRun, dagster_home, end_dead_runs
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.disk import full_disk_named
from roi_pipeline.engines.writer_lock import Holder, write_alone
from roi_pipeline.usecases.private import keep_private
from roi_pipeline.usecases.upgrade import upgrade_warehouse

SETTINGS = """\
telemetry:
  enabled: false
nux:
  enabled: false
# Nothing prints, and capturing what is not printed costs four processes a step.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    granularity: op
    default_limit: 1
# A run of the daemon whose process died is ended, and its places in the pools are given back.
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
  cancel_timeout_seconds: 60
  max_runtime_seconds: 14400
  free_slots_after_run_end_seconds: 60
"""


def prepare_home(folder: Path) -> Path:
    """The instance folder of a study (DAGSTER_HOME where it is set), made if it is not there yet."""
    keep_private(StudyPaths(folder), os.environ)
    home = dagster_home(StudyPaths(folder))
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():  # written once; from then on it belongs to whoever runs the service
        settings.write_text(SETTINGS, "utf-8")
    return home


@contextmanager
def open_instance(folder: Path) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance of a study, the same one the UI shows.

    Dagster commits each of some thousand events to SQLite; waiting for the disk every time would
    take longer than the evaluation. What happened is also in the warehouse, so a log lost with the
    power is no loss: commits do not wait.
    """
    from sqlalchemy import Engine, event

    event.listen(Engine, "connect", _do_not_wait_for_the_disk)
    try:
        with prepared_once(), dg.DagsterInstance.from_config(str(prepare_home(folder))) as instance:
            yield instance
    finally:
        event.remove(Engine, "connect", _do_not_wait_for_the_disk)


def _do_not_wait_for_the_disk(connection: object, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


@contextmanager
def open_alone(
    folder: Path,
    *,
    purpose: str,
    wait_seconds: float,
    waiting: Callable[[Holder, float], None],
    ended: Callable[[DeadRun], None],
) -> Iterator[dg.DagsterInstance]:
    """The instance of a study for the one process that writes it, cleared of dead runs.

    A warehouse that an earlier version of the product wrote is backed up and upgraded first.

    Args:
        folder: the study.
        purpose: the command, as another process that has to wait reads it.
        wait_seconds: how long to wait for another process.
        waiting: called about every second while waiting.
        ended: called for each run that was found cut off and ended.

    Raises:
        StudyIsBusy: another process still writes after `wait_seconds`.
        DiskIsFull: something in the block failed for want of space.
    """
    paths = StudyPaths(folder)
    with (
        full_disk_named(paths.out),
        write_alone(paths.out, purpose=purpose, wait_seconds=wait_seconds, waiting=waiting),
        open_instance(folder) as instance,
    ):
        upgrade_warehouse(folder)
        for dead in end_dead_runs(instance, paths):
            ended(dead)
        with claiming_no_places(instance):
            yield instance


def workspace_file(home: Path) -> Path:
    """A workspace that loads the product's definitions, for running outside a checkout."""
    path = home / "workspace.yaml"
    path.write_text(
        "load_from:\n  - python_module:\n      module_name: roi_pipeline.defs.definitions\n"
        "      location_name: roi_pipeline\n",
        "utf-8",
    )
    return path

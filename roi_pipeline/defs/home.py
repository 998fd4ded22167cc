"""Where Dagster keeps what ran: `out/dagster` of the study, with telemetry off and one writer."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

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
"""


def prepare_home(folder: Path) -> Path:
    """The instance folder of a study, made if it is not there yet."""
    home = (folder / "out" / "dagster").resolve()
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(SETTINGS, "utf-8")
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
        with dg.DagsterInstance.from_config(str(prepare_home(folder))) as instance:
            yield instance
    finally:
        event.remove(Engine, "connect", _do_not_wait_for_the_disk)


def _do_not_wait_for_the_disk(connection: object, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


def workspace_file(home: Path) -> Path:
    """A workspace that loads the product's definitions, for running outside a checkout."""
    path = home / "workspace.yaml"
    path.write_text(
        "load_from:\n  - python_module:\n      module_name: roi_pipeline.defs.definitions\n"
        "      location_name: roi_pipeline\n",
        "utf-8",
    )
    return path

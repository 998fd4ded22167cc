"""Deletes Dagster's history of old nights; figures, editions and what they were made from stay."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from roi_pipeline.defs.home import open_alone
from roi_pipeline.defs.resources import AS_OF_TAG
from roi_pipeline.engines.writer_lock import Holder, unheard

BATCH = 200


def purge_runs(
    folder: Path,
    *,
    as_of: date,
    keep_days: int,
    wait_seconds: float,
    waiting: Callable[[Holder, float], None],
) -> int:
    """Delete finished runs of days before the last `keep_days`; says how many.

    Raises:
        StudyIsBusy: another process still writes the study after `wait_seconds`.
    """
    first_kept = (as_of - timedelta(days=keep_days)).isoformat()
    deleted = 0
    with open_alone(
        folder, purpose="roi purge", wait_seconds=wait_seconds, waiting=waiting, ended=unheard
    ) as instance:
        for run in _old_runs(instance, first_kept):
            instance.delete_run(run.run_id)
            _delete_log(instance, run.run_id)
            deleted += 1
    return deleted


def _old_runs(instance: dg.DagsterInstance, first_kept: str) -> list[dg.DagsterRun]:
    """Finished runs whose day lies before; a run without a day is kept."""
    found, cursor = list[dg.DagsterRun](), None
    while page := instance.get_runs(limit=BATCH, cursor=cursor):
        found += [run for run in page if run.is_finished]
        cursor = page[-1].run_id
    return [run for run in found if run.tags.get(AS_OF_TAG, first_kept) < first_kept]


def _delete_log(instance: dg.DagsterInstance, run_id: str) -> None:
    """The file of events of a deleted run, which Dagster empties and leaves."""
    for path in (Path(instance.root_directory) / "history" / "runs").glob(f"{run_id}.db*"):
        path.unlink(missing_ok=True)

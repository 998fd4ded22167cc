"""The asset at the end of every night: alerts, what is kept of the night, the status page."""

import os
from collections.abc import Iterator

import dagster as dg

from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.metadata import dagster_errors, table_of
from roi_pipeline.defs.one_writer import STUDY_TAG
from roi_pipeline.defs.progress import failure_reason
from roi_pipeline.defs.resources import (
    AS_OF_TAG,
    EDITION_TAG,
    MADE_UP_TAG,
    PARTITION_TAG,
    cycle_of_run,
)
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.rebuild import StepOutcome
from roi_pipeline.usecases.watch import watch_night

RUNS_LOOKED_AT = 10
SAME_NIGHT = (AS_OF_TAG, PARTITION_TAG, STUDY_TAG)


def status_asset(study: Study, *, modules: tuple[str, ...], portfolio: str) -> dg.AssetsDefinition:
    """The status page and what is sent.

    Args:
        study: whose nights it ends.
        modules: jobs that make the module reports.
        portfolio: the job that follows them.
    """

    @dg.asset(
        key=["reports", "status"],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="What was wrong on this night, who was notified, and the status page.",
        kinds={"html", "email"},
        owners=["team:data"],
        pool="duckdb",
    )
    def status(
        context: dg.AssetExecutionContext, study: dg.ResourceParam[Study]
    ) -> dg.MaterializeResult:
        failed = tuple(
            step
            for jobs in (modules, (portfolio,))
            for step in _failed_steps(context.instance, context.run, jobs)
        )
        with dagster_errors():
            watched = watch_night(
                study,
                cycle_of_run(context, study),
                edition=context.run.tags.get(EDITION_TAG, "draft"),
                failed=failed,
                environment=dict(os.environ),
                is_made_up=MADE_UP_TAG in context.run.tags,
            )
        night, changes = watched.night, watched.notified.changes
        rows = [[each.kind, each.subject, "new"] for each in changes.new]
        rows += [[e.alert.kind, e.alert.subject, f"since {e.since}"] for e in changes.still_open]
        rows += [[e.alert.kind, e.alert.subject, "resolved"] for e in changes.resolved]
        return dg.MaterializeResult(
            metadata={
                "page": dg.MetadataValue.path(str(watched.page)),
                "alerts": table_of(["kind", "about", "state"], rows),
                "digests": table_of(
                    ["digest", "to", "state"],
                    [[each.edition_id, each.address, each.state] for each in watched.digests],
                ),
                "failed_steps": len(night.failed),
                "stale_sources": ", ".join(night.stale) or "none",
                "rows_loaded": night.rows_loaded,
                "rows_quarantined": night.rows_quarantined,
                "bytes_kept": night.bytes_kept,
            }
        )

    return status


def _failed_steps(
    instance: dg.DagsterInstance, own: dg.DagsterRun, jobs: tuple[str, ...]
) -> Iterator[StepOutcome]:
    """Steps that failed in the newest run of these jobs for the same cycle and day."""
    tags = {tag: own.tags[tag] for tag in SAME_NIGHT if tag in own.tags}
    runs = instance.get_runs(filters=dg.RunsFilter(tags=tags), limit=RUNS_LOOKED_AT)
    newest = next((run for run in runs if run.job_name in jobs), None)
    if newest is None or newest.status != dg.DagsterRunStatus.FAILURE:
        return
    events = instance.all_logs(newest.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    steps = [each.dagster_event for each in events if each.dagster_event is not None]
    for event in steps:
        name = (event.step_key or newest.job_name).replace("__", "/", 1)
        yield StepOutcome(name, "failed", failure_reason(event))
    if not steps:
        yield StepOutcome(newest.job_name, "failed", "the run ended without its steps")

"""Sensors: new export files ask for a run, the end of a modules run asks for the portfolio."""

import hashlib
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from roi_pipeline.defs.jobs import CLOSE_JOB, EVALUATE_JOB, NIGHTLY_JOB, PORTFOLIO_JOB, WATCH_JOB
from roi_pipeline.defs.one_writer import STARTED_BY_COMMAND
from roi_pipeline.defs.resources import AS_OF_TAG, EDITION_TAG, GAPS_TAG, MADE_UP_TAG
from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.study import Study
from roi_pipeline.sources.folders import files_in_folder
from roi_pipeline.sources.remote import is_remote
from roi_pipeline.usecases.studies import study_in

KEPT_TAGS = (AS_OF_TAG, EDITION_TAG, GAPS_TAG, MADE_UP_TAG)
PORTFOLIO_WHY = "One module's failure must not keep the portfolio from the others."
WATCH_WHY = "Whatever a night was like, whoever runs the service learns of it."


def sensors(folder: str, made: list[UnresolvedAssetJobDefinition]) -> list[dg.SensorDefinition]:
    """New files ask for a nightly run; the end of a modules run asks for the portfolio."""
    by_name = {job.name: job for job in made}
    watched = [by_name[NIGHTLY_JOB], by_name[CLOSE_JOB], by_name[EVALUATE_JOB]]
    portfolio = by_name[PORTFOLIO_JOB]
    watch = by_name[WATCH_JOB]
    ends = (("success", dg.DagsterRunStatus.SUCCESS), ("failure", dg.DagsterRunStatus.FAILURE))
    return [
        *(
            _following(f"portfolio_after_{name}", status, watched, portfolio, PORTFOLIO_WHY)
            for name, status in ends
        ),
        *(
            _following(f"watch_after_{name}", status, [portfolio], watch, WATCH_WHY)
            for name, status in ends
        ),
        _file_sensor(folder, by_name[NIGHTLY_JOB]),
    ]


def _following(
    name: str,
    status: dg.DagsterRunStatus,
    watched: list[UnresolvedAssetJobDefinition],
    following: UnresolvedAssetJobDefinition,
    description: str,
) -> dg.SensorDefinition:
    """Asks for a job when another one has ended, for the same cycle and day."""

    @dg.run_status_sensor(
        name=name,
        run_status=status,
        monitored_jobs=watched,
        request_job=following,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=description,
    )
    def following_sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if STARTED_BY_COMMAND in run.tags:
            return dg.SkipReason("a command runs what follows by itself")
        kept = {tag: run.tags[tag] for tag in KEPT_TAGS if tag in run.tags}
        return dg.RunRequest(
            run_key=f"{following.name}-{run.run_id}",
            partition_key=run.tags["dagster/partition"],
            tags=kept,
        )

    return following_sensor


def _file_sensor(folder: str, nightly: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    @dg.sensor(
        name="new_exports",
        job=nightly,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a run as of the last nightly run's day when an export file changes.",
    )
    def new_exports(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        state = _state_of_files(study_in(folder))
        if state == context.cursor:
            return dg.SkipReason("no export file has changed")
        last = context.instance.get_runs(dg.RunsFilter(job_name=NIGHTLY_JOB), limit=1)
        if not context.cursor or not last:
            return dg.SensorResult(cursor=state)
        tags = {tag: last[0].tags[tag] for tag in (AS_OF_TAG, EDITION_TAG) if tag in last[0].tags}
        request = dg.RunRequest(
            run_key=f"files-{state}", partition_key=last[0].tags["dagster/partition"], tags=tags
        )
        return dg.SensorResult(run_requests=[request], cursor=state)

    return new_exports


def _state_of_files(study: Study) -> str:
    """A short fingerprint of names, sizes and modification times of the export files.

    The contracts are those of today: the daemon outlives a correction.
    """
    globs = {
        contract.location.glob
        for contract in study.contracts
        if isinstance(contract.location, FileLocation) and not is_remote(contract.location)
    }
    paths = sorted({path for glob in globs for path in _paths(glob, Path(study.folder))})
    states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr(states).encode()).hexdigest()[:32]


def _paths(glob: str, folder: Path) -> list[Path]:
    """The files of one export; none is not yet a mistake."""
    try:
        return [file.path for file in files_in_folder(glob, folder)]
    except NeedsAHuman:
        return []

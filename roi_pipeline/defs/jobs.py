"""Jobs and schedules: refresh the open cycle every night, close a cycle once it has matured."""

import hashlib
from datetime import timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.resources import AS_OF_TAG, EDITION_TAG
from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import cycle_holding
from roi_pipeline.usecases.cycles import cycle_keys, last_closed_cycle, matured_cycle

EVALUATE_JOB = "evaluate_cycle"
PORTFOLIO_JOB = "report_portfolio"
NIGHTLY_JOB = "nightly"
CLOSE_JOB = "close_cycle"
PORTFOLIO = dg.AssetSelection.assets(
    ["roi", "portfolio"],
    ["reports", "portfolio"],
    ["reports", "published_warehouse"],
    ["reports", "edition"],
    ["reports", "letters"],
)


def jobs(study: Study) -> list[UnresolvedAssetJobDefinition]:
    """The four jobs; the first two are what the command line runs one after the other."""
    partitions = cycle_partitions(study)

    def job(name: str, selection: dg.AssetSelection, description: str):  # noqa: ANN202
        return dg.define_asset_job(
            name,
            selection=selection,
            description=description,
            partitions_def=partitions,
            executor_def=dg.in_process_executor,
            tags={"dagster/max_runtime": "14400"},
        )

    modules = dg.AssetSelection.all() - PORTFOLIO
    return [
        job(EVALUATE_JOB, modules, "Exports to module reports, for one cycle."),
        job(PORTFOLIO_JOB, PORTFOLIO, "The portfolio of one cycle from what its modules stored."),
        job(NIGHTLY_JOB, modules, "Load new exports and refresh the draft of the open cycle."),
        job(CLOSE_JOB, modules, "Make the edition of a matured cycle final."),
    ]


def schedules(study: Study) -> list[dg.ScheduleDefinition]:
    """Nightly at 02:30 in the study's zone; closing at 04:30 on the day a cycle has matured."""
    known = set(cycle_keys(study))
    return [_nightly(study, known), _close(study, known), _restate(study)]


def _nightly(study: Study, known: set[str]) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="nightly_schedule",
        job_name=NIGHTLY_JOB,
        cron_schedule="30 2 * * *",
        execution_timezone=study.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def nightly_schedule(context: dg.ScheduleEvaluationContext):  # noqa: ANN202
        as_of = context.scheduled_execution_time.date()
        cycle = cycle_holding(study.cycle_kind, as_of - timedelta(days=1), as_of=as_of)
        if cycle.key not in known:
            return dg.SkipReason(f"cycle {cycle.key} lies outside the study's history")
        return dg.RunRequest(
            run_key=f"nightly-{as_of}",
            partition_key=cycle.key,
            tags={AS_OF_TAG: as_of.isoformat(), EDITION_TAG: "draft"},
        )

    return nightly_schedule


def _close(study: Study, known: set[str]) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="close_schedule",
        job_name=CLOSE_JOB,
        cron_schedule="30 4 * * *",
        execution_timezone=study.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def close_schedule(context: dg.ScheduleEvaluationContext):  # noqa: ANN202
        as_of = context.scheduled_execution_time.date()
        key = matured_cycle(study, as_of)
        if key is None or key not in known:
            return dg.SkipReason(f"no cycle matures on {as_of}")
        return dg.RunRequest(
            run_key=f"close-{key}",
            partition_key=key,
            tags={AS_OF_TAG: as_of.isoformat(), EDITION_TAG: "final"},
        )

    return close_schedule


def _restate(study: Study) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="restate_schedule",
        job_name=CLOSE_JOB,
        cron_schedule="30 5 * * 1",
        execution_timezone=study.timezone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Looks every Monday whether late data moved the figures of the last closed cycle.",
    )
    def restate_schedule(context: dg.ScheduleEvaluationContext):  # noqa: ANN202
        day = context.scheduled_execution_time.date()
        key = last_closed_cycle(study)
        if key is None:
            return dg.SkipReason("no cycle has been closed yet")
        ripe = study.cycle(key, as_of=day).window.end + timedelta(days=study.maturity_days)
        return dg.RunRequest(
            run_key=f"restate-{key}-{day}",
            partition_key=key,
            tags={AS_OF_TAG: ripe.isoformat(), EDITION_TAG: "final"},
        )

    return restate_schedule


def sensors(
    study: Study, folder: str, made: list[UnresolvedAssetJobDefinition]
) -> list[dg.SensorDefinition]:
    """New files ask for a nightly run; the end of a modules run asks for the portfolio."""
    by_name = {job.name: job for job in made}
    watched = [by_name[NIGHTLY_JOB], by_name[CLOSE_JOB]]
    portfolio = by_name[PORTFOLIO_JOB]
    ends = (
        ("portfolio_after_success", dg.DagsterRunStatus.SUCCESS),
        ("portfolio_after_failure", dg.DagsterRunStatus.FAILURE),
    )
    return [
        *(_portfolio_sensor(name, status, watched, portfolio) for name, status in ends),
        _file_sensor(study, Path(folder), by_name[NIGHTLY_JOB]),
    ]


def _portfolio_sensor(
    name: str,
    status: dg.DagsterRunStatus,
    watched: list[UnresolvedAssetJobDefinition],
    portfolio: UnresolvedAssetJobDefinition,
) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        name=name,
        run_status=status,
        monitored_jobs=watched,
        request_job=portfolio,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="One module's failure must not keep the portfolio from the others.",
    )
    def portfolio_sensor(context: dg.RunStatusSensorContext) -> dg.RunRequest:
        run = context.dagster_run
        kept = {tag: run.tags[tag] for tag in (AS_OF_TAG, EDITION_TAG) if tag in run.tags}
        return dg.RunRequest(
            run_key=f"portfolio-{run.run_id}",
            partition_key=run.tags["dagster/partition"],
            tags=kept,
        )

    return portfolio_sensor


def _file_sensor(
    study: Study, folder: Path, nightly: UnresolvedAssetJobDefinition
) -> dg.SensorDefinition:
    globs = [
        contract.location.glob
        for contract in study.contracts
        if isinstance(contract.location, FileLocation) and "://" not in contract.location.glob
    ]

    @dg.sensor(
        name="new_exports",
        job=nightly,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a run as of the last nightly run's day when an export file changes.",
    )
    def new_exports(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        state = _state_of_files(folder, globs)
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


def _state_of_files(folder: Path, globs: list[str]) -> str:
    """A short fingerprint of names, sizes and modification times of the export files."""
    paths = sorted({path for glob in globs for path in folder.glob(glob) if path.is_file()})
    states = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr(states).encode()).hexdigest()[:32]

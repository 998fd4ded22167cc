"""Schedules: refresh the open cycle every night, close a cycle once it has matured, look for restatements."""

from datetime import timedelta

import dagster as dg

from roi_pipeline.defs.jobs import CLOSE_JOB, NIGHTLY_JOB
from roi_pipeline.defs.resources import AS_OF_TAG, EDITION_TAG
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import cycle_holding
from roi_pipeline.usecases.cycles import cycle_keys, last_closed_cycle, matured_cycle


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
    def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
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
    def close_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
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
    def restate_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
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

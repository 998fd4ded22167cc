"""Schedules: the nightly run and the closing of matured cycles, each with what was missed before; restatements."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import dagster as dg

from roi_pipeline.defs.jobs import CLOSE_JOB, NIGHTLY_JOB
from roi_pipeline.defs.resources import AS_OF_TAG, EDITION_TAG, MADE_UP_TAG
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.catch_up import Due, closes_due, nights_due
from roi_pipeline.usecases.cycles import cycle_keys, last_closed_cycle

LONGEST_NIGHT = timedelta(hours=4)


def schedules(study: Study) -> list[dg.ScheduleDefinition]:
    """Nightly and closing at the hours of `[operations]`, in the study's zone."""
    known = set(cycle_keys(study))
    return [_nightly(study, known), _close(study), _restate(study)]


def cron_at(moment: time) -> str:
    """Every day at a time.

    >>> cron_at(time(2, 30))
    '30 2 * * *'
    """
    return f"{moment.minute} {moment.hour} * * *"


def looked_at_every_night(study: Study) -> dg.FreshnessPolicy:
    """An export that no run has looked at since the day before is not fresh, four hours after the nightly run.

    It tells that the service stands still; that a source does is what the check of its days tells.
    """
    nightly = datetime.combine(date.min, study.operations.nightly_at)
    return dg.FreshnessPolicy.cron(
        cron_at((nightly + LONGEST_NIGHT).time()),
        lower_bound_delta=timedelta(hours=23),
        timezone=study.timezone,
    )


def _nightly(study: Study, known: set[str]) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="nightly_schedule",
        job_name=NIGHTLY_JOB,
        cron_schedule=cron_at(study.operations.nightly_at),
        execution_timezone=study.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Tonight's run, after those of nights on which nothing ran.",
    )
    def nightly_schedule(
        context: dg.ScheduleEvaluationContext,
    ) -> list[dg.RunRequest] | dg.SkipReason:
        as_of = context.scheduled_execution_time.date()
        due = [each for each in nights_due(study, as_of=as_of) if each.cycle_key in known]
        if not due:
            return dg.SkipReason(f"no cycle of the study's history holds the day before {as_of}")
        return [*_requests(due, f"nightly-{as_of}")]

    return nightly_schedule


def _close(study: Study) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="close_schedule",
        job_name=CLOSE_JOB,
        cron_schedule=cron_at(study.operations.close_at),
        execution_timezone=study.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Matured cycles without an edition; one that could not be closed is tried again.",
    )
    def close_schedule(
        context: dg.ScheduleEvaluationContext,
    ) -> list[dg.RunRequest] | dg.SkipReason:
        as_of = context.scheduled_execution_time.date()
        due = closes_due(study, as_of=as_of)
        if not due:
            return dg.SkipReason(f"every cycle that has matured by {as_of} has its edition")
        return [*_requests(due, f"close-{as_of}")]

    return close_schedule


def _requests(due: Iterable[Due], key: str) -> Iterable[dg.RunRequest]:
    """A run for each, in order; the queue runs one at a time."""
    for each in due:
        yield dg.RunRequest(
            run_key=f"{key}-{each.cycle_key}-{each.as_of}",
            partition_key=each.cycle_key,
            tags={
                AS_OF_TAG: each.as_of.isoformat(),
                EDITION_TAG: "final" if each.is_final else "draft",
                **({MADE_UP_TAG: "yes"} if each.is_made_up else {}),
            },
        )


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

"""What a run reports while it goes on, and the result of each step once it has ended."""

import logging
from collections.abc import Callable

import dagster as dg
from dagster._core.log_manager import LOG_RECORD_EVENT_ATTR

from roi_pipeline.usecases.rebuild import StepOutcome

# Run configuration that keeps Dagster's own console logger quiet.
QUIET = {"loggers": {"progress": {"config": {}}}}
EVENTS = {
    "STEP_START": "start",
    "STEP_SUCCESS": "done",
    "STEP_FAILURE": "failed",
    "STEP_SKIPPED": "skipped",
    "STEP_UP_FOR_RETRY": "retry",
}


class _ProgressHandler(logging.Handler):
    def __init__(self, on_step: Callable[[str, str], None] | None) -> None:
        super().__init__()
        self._on_step = on_step

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, LOG_RECORD_EVENT_ATTR, None)
        if self._on_step is None or event is None or event.step_key is None:
            return
        word = EVENTS.get(event.event_type_value)
        if word is not None:
            self._on_step(event.step_key.replace("__", "/", 1), word)


def progress_logger(on_step: Callable[[str, str], None] | None) -> dg.LoggerDefinition:
    """The logger definition for one run's progress."""

    def progress(_: dg.InitLoggerContext) -> logging.Logger:
        log = logging.Logger("roi_progress", level=logging.DEBUG)  # noqa: LOG001  (one a run)
        log.addHandler(_ProgressHandler(on_step))
        return log

    return dg.LoggerDefinition(progress, description="Reports to a callback how far the run is.")


def step_outcomes(result: dg.ExecuteInProcessResult, job: dg.JobDefinition) -> list[StepOutcome]:
    """Result of every step; one that never began had a failed step upstream."""
    ended = dict[str, StepOutcome]()
    for event in result.all_events:
        if event.step_key is None:
            continue
        name = event.step_key.replace("__", "/", 1)
        if event.event_type_value == "STEP_SUCCESS":
            ended[event.step_key] = StepOutcome(name, "done")
        elif event.event_type_value == "STEP_FAILURE":
            ended[event.step_key] = StepOutcome(name, "failed", failure_reason(event))
    asked = result.dagster_run.step_keys_to_execute or [node.name for node in job.nodes]
    skipped = [key for key in asked if key not in ended]
    return [*ended.values(), *map(_skipped, skipped)]


def steps_not_begun(job: dg.JobDefinition) -> list[StepOutcome]:
    """Every step of a job that was not started for want of what it reads."""
    return [_skipped(node.name) for node in job.nodes]


def _skipped(step_key: str) -> StepOutcome:
    return StepOutcome(step_key.replace("__", "/", 1), "skipped", "something it depends on failed")


def failure_reason(event: dg.DagsterEvent) -> str:
    """Why a step failed, in the words of the innermost error."""
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else event.message or ""

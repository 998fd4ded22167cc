"""A Dagster logger that tells one callback which asset started, ended, failed or was skipped."""

import logging
from collections.abc import Callable

import dagster as dg
from dagster._core.log_manager import LOG_RECORD_EVENT_ATTR

EVENTS = {
    "STEP_START": "start",
    "STEP_SUCCESS": "done",
    "STEP_FAILURE": "failed",
    "STEP_SKIPPED": "skipped",
    "STEP_UP_FOR_RETRY": "retry",
}


class _ProgressHandler(logging.Handler):
    def __init__(self, told: Callable[[str, str], None] | None) -> None:
        super().__init__()
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, LOG_RECORD_EVENT_ATTR, None)
        if self._told is None or event is None or event.step_key is None:
            return
        word = EVENTS.get(event.event_type_value)
        if word is not None:
            self._told(event.step_key.replace("__", "/", 1), word)


def progress_logger(told: Callable[[str, str], None] | None) -> dg.LoggerDefinition:
    """The logger definition for one run's progress."""

    def progress(_: dg.InitLoggerContext) -> logging.Logger:
        log = logging.Logger("roi_progress", level=logging.DEBUG)  # noqa: LOG001  (one a run)
        log.addHandler(_ProgressHandler(told))
        return log

    return dg.LoggerDefinition(progress, description="Tells a callback how far the run is.")

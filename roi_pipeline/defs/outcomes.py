"""What became of the steps of a run, and the run configuration that keeps Dagster's console quiet."""

import dagster as dg

from roi_pipeline.usecases.outcomes import StepOutcome

QUIET = {"loggers": {"progress": {"config": {}}}}


def step_outcomes(result: dg.ExecuteInProcessResult, job: dg.JobDefinition) -> list[StepOutcome]:
    """What became of every step; one that was never begun had something above it fail."""
    ended = dict[str, StepOutcome]()
    for event in result.all_events:
        if event.step_key is None:
            continue
        name = event.step_key.replace("__", "/", 1)
        if event.event_type_value == "STEP_SUCCESS":
            ended[event.step_key] = StepOutcome(name, "done")
        elif event.event_type_value == "STEP_FAILURE":
            ended[event.step_key] = StepOutcome(name, "failed", _reason(event))
    asked = result.dagster_run.step_keys_to_execute or [node.name for node in job.nodes]
    skipped = [key for key in asked if key not in ended]
    return [
        *ended.values(),
        *(
            StepOutcome(key.replace("__", "/", 1), "skipped", "something it depends on failed")
            for key in skipped
        ),
    ]


def _reason(event: dg.DagsterEvent) -> str:
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return data.user_failure_data.description
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else event.message or ""

"""The record of a study's nights: what each was like, and which alerts hold."""

from roi_pipeline.delivery.alert_log import AlertLog
from roi_pipeline.domain.nights import Night
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.store.values import from_json
from roi_pipeline.usecases.studies import paths_of

NIGHTS_SHOWN = 30


def alert_log(study: Study) -> AlertLog:
    """The study's record of alerts and nights."""
    return AlertLog(paths_of(study).alerts)


def nights_of(study: Study) -> tuple[Night, ...]:
    """The last nights, the newest first."""
    kept = alert_log(study).nights(NIGHTS_SHOWN)
    return tuple(from_json(payload, Night) for payload in kept)

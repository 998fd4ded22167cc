"""`roi close`: the main job with the tag that makes its edition final, and what came of it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roi_pipeline.defs.editions import matures_on
from roi_pipeline.defs.resources import GAPS_TAG
from roi_pipeline.defs.run import Progress, evaluate_cycle
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.outcomes import StepOutcome
from roi_pipeline.usecases.send import Sent, letters_of_edition
from roi_pipeline.usecases.studies import last_known_day, study_in


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a cycle led to; `name` is None when there is no edition of the cycle."""

    name: str | None
    is_new: bool
    path: Path
    index: Path
    failed: tuple[StepOutcome, ...]
    letters: tuple[Sent, ...]


def close_study(
    folder: Path,
    cycle_key: str,
    *,
    as_of: date | None = None,
    are_gaps_accepted: bool = False,
    progress: Progress | None = None,
) -> Closing:
    """Run the main job for one cycle and make its edition final.

    Raises:
        NeedsAHuman: the cycle has not matured by the day given, or by the end of the history.
    """
    study = study_in(str(folder))
    day = as_of or _day_to_close(study, cycle_key)
    archive = archive_of(folder / "out")
    before = archive.latest(cycle_key)
    outcome = evaluate_cycle(
        folder,
        cycle_key,
        as_of=day,
        edition="final",
        tags={GAPS_TAG: "accepted"} if are_gaps_accepted else {},
        progress=progress,
    )
    latest = archive.latest(cycle_key)
    return Closing(
        name=latest,
        is_new=latest != before,
        path=archive.path(latest or cycle_key),
        index=archive.folder / "index.html",
        failed=outcome.failed,
        letters=() if latest is None else letters_of_edition(study, archive, latest),
    )


def _day_to_close(study: Study, cycle_key: str) -> date:
    """The day the cycle matures, when the study's history reaches it."""
    known = last_known_day(study)
    ripe = matures_on(study, study.cycle(cycle_key, as_of=known))
    if known < ripe:
        raise NeedsAHuman(
            f"cycle {cycle_key} matures on {ripe}, after the study's history ends ({known}); "
            "close it when the history reaches that day, or say --as-of YYYY-MM-DD"
        )
    return ripe

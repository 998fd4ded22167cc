"""What is due on a day: tonight's run, nights the machine was off, and matured cycles without an edition.

What is due follows from the nights that were kept and the editions that were made, so a night that was
missed is made up by the next one, in order, and a close that failed is due again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import OPEN_END, cycle_holding
from roi_pipeline.usecases.close import matures_on
from roi_pipeline.usecases.cycles import cycle_keys
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.nights import alert_log
from roi_pipeline.usecases.studies import paths_of

MOST_NIGHTS = 31  # nights made up one by one; of a longer silence the latest


@dataclass(frozen=True, slots=True)
class Due:
    """One run that is due.

    Attributes:
        is_final: it makes the cycle's edition final.
        is_made_up: a night that is run later than it was due.
    """

    as_of: date
    cycle_key: str
    is_final: bool = False
    is_made_up: bool = False


def nights_due(study: Study, *, as_of: date) -> tuple[Due, ...]:
    """Tonight's run after those of the nights since the last one, in order.

    A study whose history has ended is seen from its last day, again and again.
    """
    if study.history.end != OPEN_END and study.history.end < as_of:
        return (_night(study, study.history.end),)
    last = alert_log(study).last_night()
    missed = (as_of - last).days - 1 if last is not None and last < as_of else 0
    days = min(missed, MOST_NIGHTS)
    return tuple(
        _night(study, as_of - timedelta(days=number), is_made_up=number > 0)
        for number in range(max(days, 0), -1, -1)
    )


def closes_due(study: Study, *, as_of: date) -> tuple[Due, ...]:
    """Matured cycles without an edition, in order, each seen from the day it matured.

    Which cycles are the service's to close: those after the first edition; before there is any, those
    that matured since the first night, or mature today.
    """
    closed = set(archive_of(paths_of(study)).cycles())
    began = alert_log(study).first_night() or as_of
    found = list[Due]()
    for key in cycle_keys(study):
        ripe = matures_on(study, study.cycle(key, as_of=as_of))
        if ripe > as_of:
            break
        if key not in closed and _is_ours(key, ripe, closed=closed, began=began):
            found.append(Due(ripe, key, is_final=True))
    return tuple(found)


def due_on(study: Study, *, as_of: date) -> tuple[Due, ...]:
    """Everything due on a day in the order of the days; on one day the night comes before the close."""
    return tuple(
        sorted(
            (*nights_due(study, as_of=as_of), *closes_due(study, as_of=as_of)),
            key=lambda due: (due.as_of, due.is_final, due.cycle_key),
        )
    )


def _is_ours(key: str, ripe: date, *, closed: Collection[str], began: date) -> bool:
    return key > min(closed) if closed else ripe >= began


def _night(study: Study, as_of: date, *, is_made_up: bool = False) -> Due:
    """The run of one night: the cycle of the day before."""
    day = max(as_of - timedelta(days=1), study.history.start)
    key = cycle_holding(study.cycle_kind, day, as_of=as_of).key
    return Due(as_of, key, is_made_up=is_made_up)

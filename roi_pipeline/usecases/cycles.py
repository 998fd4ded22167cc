"""Which evaluation cycles a study has, `2026-Q1` and so on, and which of them is meant."""

from datetime import date, timedelta
from functools import cache

from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import (
    OPEN_END,
    CycleKind,
    Window,
    add_months,
    cycle_holding,
    cycle_key,
    previous_cycle,
)
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.studies import paths_of

# Of an open history; partitions are static, and one a month for so long is a list of 600.
YEARS_AHEAD = 50


def cycle_keys(study: Study) -> list[str]:
    """Every cycle from the first day of the history to its end (or 50 years on when open)."""
    return [*_keys(study.cycle_kind, study.history)]


@cache
def _keys(kind: CycleKind, history: Window) -> tuple[str, ...]:
    limit = add_months(history.start, 12 * YEARS_AHEAD)
    end = limit if history.end == OPEN_END else history.end
    last_day = end - timedelta(days=1)
    keys, day = list[str](), history.start
    while day <= last_day:
        keys.append(cycle_key(kind, day))
        day = cycle_holding(kind, day, as_of=day).window.end
    return tuple(keys)


def latest_ended(study: Study, as_of: date) -> str:
    """The latest cycle that has ended by `as_of`; the open one when none has."""
    current = cycle_holding(study.cycle_kind, as_of, as_of=as_of)
    previous = previous_cycle(current, study.cycle_kind)
    known = cycle_keys(study)
    return previous.key if previous.key in known else current.key


def cycles_since_go_live(study: Study, *, until: str) -> list[str]:
    """Cycles from the one of the first go-live up to `until`."""
    days = [module.rollout.first_day for module in study.modules]
    first = min((day for day in days if day is not None), default=study.history.start)
    start = cycle_key(study.cycle_kind, first)
    return [key for key in cycle_keys(study) if start <= key <= until]


def cycles_without_edition(study: Study, *, until: str) -> list[str]:
    """Cycles since the first go-live and before `until` of which nothing was published."""
    out = {*archive_of(paths_of(study)).cycles(), until}
    return [key for key in cycles_since_go_live(study, until=until) if key not in out]


def last_closed_cycle(study: Study) -> str | None:
    """The latest cycle that has a final edition."""
    names = archive_of(paths_of(study)).names()
    return names[-1].split("/")[0] if names else None

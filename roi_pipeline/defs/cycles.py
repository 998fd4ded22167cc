"""The evaluation cycles of a study as Dagster partitions, `2026-Q1` and so on."""

from datetime import date, timedelta

import dagster as dg

from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import (
    OPEN_END,
    add_months,
    cycle_holding,
    cycle_key,
    previous_cycle,
)

YEARS_AHEAD = 5


def cycle_keys(study: Study) -> list[str]:
    """Every cycle from the first day of the history to its end (or five years on when open)."""
    limit = add_months(study.history.start, 12 * YEARS_AHEAD)
    end = limit if study.history.end == OPEN_END else study.history.end
    last_day = end - timedelta(days=1)
    keys, day = list[str](), study.history.start
    while day <= last_day:
        keys.append(cycle_key(study.cycle_kind, day))
        day = cycle_holding(study.cycle_kind, day, as_of=day).window.end
    return keys


def cycle_partitions(study: Study) -> dg.StaticPartitionsDefinition:
    """One partition a cycle. Static: which cycles exist follows from the study, not from a clock."""
    return dg.StaticPartitionsDefinition(cycle_keys(study))


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

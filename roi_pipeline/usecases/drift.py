"""Looks at every column whose categories are watched: is the newest period coded as those before it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.operations import DriftWatch, period_of
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.steps import NOTHING, Step, keep_step, read_step, read_step_fingerprints
from roi_pipeline.engines.store.days import read_categories
from roi_pipeline.engines.store.values import from_json, to_json
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.usecases.freshness import day_column
from roi_pipeline.usecases.unchanged import base_of, fingerprint

if TYPE_CHECKING:
    from roi_pipeline.stats.drift import CategoryDrift


@dataclass(frozen=True, slots=True)
class JudgedCategories:
    """The newest whole period of a watched column; `drift` is None where it cannot be judged."""

    watch: DriftWatch
    period: Window
    drift: "CategoryDrift | None"

    @property
    def has_drifted(self) -> bool:
        """Whether the mix is another than the usual one."""
        return self.drift is not None and self.drift.has_drifted


def watches_of(study: Study, contract: Contract) -> tuple[DriftWatch, ...]:
    """The watched columns of an export, in the order declared."""
    return tuple(watch for watch in study.operations.drift if watch.source == contract.table)


def check_of(watch: DriftWatch) -> str:
    """Name of the asset check of a watched column; a column may be watched by week and by month."""
    return f"mix_of_{watch.column}_by_{watch.every}_is_as_usual"


def look_at_categories(
    connection: Connection, study: Study, *, as_of: date
) -> Iterator[JudgedCategories]:
    """Every watched column, export by export."""
    for contract in study.contracts:
        yield from look_at_export(connection, study, contract, as_of=as_of)


def look_at_export(
    connection: Connection, study: Study, contract: Contract, *, as_of: date
) -> Iterator[JudgedCategories]:
    """Every watched column of one export; judged once for each state of it."""
    state = read_step_fingerprints(connection).get(f"exports.{contract.table}")
    for watch in watches_of(study, contract):
        period = _whole_periods(watch, as_of)[-1]
        seen = fingerprint(base_of(study), state, repr(watch), repr(period))
        step = Step(f"{check_of(watch)}.{contract.table}", seen)
        kept = read_step(connection, step) if state else None
        if kept is None:
            drift = _drift(connection, study, contract, watch, as_of=as_of)
            if state:
                keep_step(connection, step, to_json(drift))
        else:
            drift = _kept(kept)
        yield JudgedCategories(watch, period, drift)


def _kept(text: str) -> "CategoryDrift | None":
    if text == NOTHING:
        return None
    from roi_pipeline.stats.drift import CategoryDrift

    return from_json(text, CategoryDrift)


def _drift(
    connection: Connection, study: Study, contract: Contract, watch: DriftWatch, *, as_of: date
) -> "CategoryDrift | None":
    from roi_pipeline.stats.drift import category_drift

    periods = _whole_periods(watch, as_of)
    rows = read_categories(
        connection,
        contract,
        watch.column,
        _date_column(study, contract, watch),
        window=Window(periods[0].start, periods[-1].end),
        timezone=study.timezone,
    )
    counts = {period.start: Counter[str]() for period in periods}
    for day, category, n in rows:
        counts[period_of(day, watch.every).start][category] += n
    *before, newest = counts.values()
    return category_drift(
        newest, before, minimum_count=watch.minimum_count, smallest_shift=watch.smallest_shift
    )


def _whole_periods(watch: DriftWatch, as_of: date) -> tuple[Window, ...]:
    """The newest period that ended by a day, with those before it, the first one first."""
    found = list[Window]()
    end = period_of(as_of, watch.every).start
    for _ in range(watch.periods + 1):
        found.append(period_of(end - timedelta(days=1), watch.every))
        end = found[-1].start
    return tuple(reversed(found))


def _date_column(study: Study, contract: Contract, watch: DriftWatch) -> str:
    """Of which day a row is.

    Raises:
        UnknownName: nothing names a column; `roi check` says so before.
    """
    column = watch.date_column or day_column(study, contract)
    if column is None:
        raise UnknownName(
            "date_column of [[operations.drift]]", "", (c.name for c in contract.columns)
        )
    return column


def drift_message(watch: DriftWatch, period: Window, drift: "CategoryDrift") -> Message:
    """One sentence: which category moved, in which period, and what is usual."""
    return Message(
        "alert_categories_drifted",
        {
            "source": watch.source,
            "column": watch.column,
            "from": period.start,
            "until": period.end - timedelta(days=1),
            "category": drift.category or "—",
            "share": drift.share,
            "usual_share": drift.usual_share,
            "rows": drift.rows,
            "periods": drift.periods,
        },
    )

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
from roi_pipeline.engines.store.days import read_categories
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.usecases.freshness import day_column

if TYPE_CHECKING:
    from roi_pipeline.stats.drift import CategoryDrift


@dataclass(frozen=True, slots=True)
class SeenCategories:
    """What the newest whole period of a watched column looks like."""

    watch: DriftWatch
    period: Window
    drift: "CategoryDrift"


def look_at_categories(
    connection: Connection, study: Study, *, as_of: date
) -> Iterator[SeenCategories]:
    """Every watched column whose newest whole period can be judged, in the order declared."""
    contracts = {contract.table: contract for contract in study.contracts}
    for watch in study.operations.drift:
        found = _seen(connection, study, contracts[watch.source], watch, as_of=as_of)
        if found is not None:
            yield found


def _seen(
    connection: Connection, study: Study, contract: Contract, watch: DriftWatch, *, as_of: date
) -> SeenCategories | None:
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
    drift = category_drift(
        newest, before, minimum_count=watch.minimum_count, smallest_shift=watch.smallest_shift
    )
    return SeenCategories(watch, periods[-1], drift) if drift else None


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


def drift_message(seen: SeenCategories) -> Message:
    """One sentence: which category moved, in which period, and what is usual."""
    return Message(
        "alert_categories_drifted",
        {
            "source": seen.watch.source,
            "column": seen.watch.column,
            "from": seen.period.start,
            "until": seen.period.end - timedelta(days=1),
            "category": seen.drift.category or "—",
            "share": seen.drift.share,
            "usual_share": seen.drift.usual_share,
            "rows": seen.drift.rows,
            "periods": seen.drift.periods,
        },
    )

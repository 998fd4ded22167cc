"""What a holdout is planned and assigned from: sums per unit in a stretch of days, units, strata.

Only rows from before the module went live are used where there are any: afterwards its own effect is
part of what units differ by.
"""

from array import array
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.samples import Sample
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.queries import drop_kept, keep_rows, keep_view, read_row, read_rows
from roi_pipeline.engines.questions.moments import read_moments
from roi_pipeline.engines.questions.panels import Slice, view_metric_rows
from roi_pipeline.engines.sql_expressions import renamed_columns
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb

NAMES = ("numerator", "denominator")
BASELINE_NAMES = ("numerator_baseline", "denominator_baseline")


@dataclass(frozen=True, slots=True)
class UnitSums:
    """Sums of one metric per unit in two windows, one position per unit, units sorted."""

    unit_ids: tuple[str, ...]
    numerator: "array[float]"
    denominator: "array[float]"
    numerator_baseline: "array[float]"
    denominator_baseline: "array[float]"


@dataclass(frozen=True, slots=True)
class Assignable:
    """A unit that may be held out, and the stratum it is drawn within."""

    unit_id: str
    stratum: str


def read_span(
    connection: "duckdb.DuckDBPyConnection", part: Slice, within: Window
) -> Window | None:
    """The days of a window on which the metric has rows; None when it has none."""
    view_metric_rows(connection, part)
    first, last = read_row(connection, "holdouts.span", start=within.start, end=within.end)
    return None if first is None else Window(first, last + timedelta(days=1))


def read_unit_moments(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    post: Window,
    baseline: Window | None,
    *,
    cluster: str | None = None,
) -> Sample | None:
    """Moments over units (or clusters of them) of their sums; None below two units."""
    names = NAMES if baseline is None else (*NAMES, *BASELINE_NAMES)
    windows = _windows(connection, part, post, baseline, cluster=cluster)
    try:
        units = keep_rows(connection, "holdouts.unit_sums", **windows)
        return read_moments(connection, units, names)
    finally:
        drop_kept(connection, "holdouts.unit_sums")


def read_unit_sums(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    post: Window,
    baseline: Window | None,
    *,
    cluster: str | None = None,
) -> UnitSums:
    """The same sums unit by unit, for trials that assign the arms at random again."""
    windows = _windows(connection, part, post, baseline, cluster=cluster)
    rows = read_rows(connection, "holdouts.unit_sums", **windows)
    columns = [array("d", (row[number] for row in rows)) for number in range(1, 5)]
    return UnitSums(tuple(row[0] for row in rows), *columns)


def _windows(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    post: Window,
    baseline: Window | None,
    *,
    cluster: str | None,
) -> dict[str, date]:
    """Views the metric by unit or cluster; returns the dates of the two windows by parameter."""
    view_metric_rows(connection, part, {"unit_id": f"{cluster}_id"} if cluster else None)
    before = baseline or Window(post.start, post.start)
    return {
        "post_start": post.start, "post_end": post.end,
        "baseline_start": before.start, "baseline_end": before.end,
    }  # fmt: skip


def read_assignable(
    connection: "duckdb.DuckDBPyConnection", part: Slice, *, strata: str | None, as_of: date
) -> tuple[Assignable, ...]:
    """Every unit known before `as_of`, sorted, with its stratum.

    Units come from the table of such units (`facts.customers` for customers) when there is one, else
    from the metric's daily table; a unit seen in several strata belongs to the one it is most often
    in.
    """
    table = _table_of_units(connection, part)
    known = column_names(connection, table)
    if strata is not None and strata not in known:
        raise UnknownName(f"column of {table} to draw strata by", strata, known)
    _view_units(connection, part, table, strata=strata)
    rows = read_rows(connection, "holdouts.assignable", as_of=as_of)
    if not rows:
        raise NeedsAHuman(
            f"{table} knows no {part.unit_column} before {as_of}; run the study first so that its "
            "exports are loaded"
        )
    return tuple(Assignable(*row) for row in rows)


def _view_units(
    connection: "duckdb.DuckDBPyConnection", part: Slice, table: str, *, strata: str | None = None
) -> None:
    """Let query files read a table by unit; undated units are known at any time."""
    dated = "calendar_date" if "calendar_date" in column_names(connection, table) else None
    columns = {"unit_id": part.unit_column, "trait": strata, "calendar_date": dated}
    keep_view(connection, "_unit_rows", renamed_columns(table, columns))


def _table_of_units(connection: "duckdb.DuckDBPyConnection", part: Slice) -> str:
    """The fact table that lists the units, else the metric's daily table."""
    name = f"facts.{part.unit_column.removesuffix('_id')}s"
    if table_exists(connection, name) and part.unit_column in column_names(connection, name):
        _view_units(connection, part, name)
        if read_row(connection, "holdouts.known_units")[0]:
            return name
    return part.metric.table

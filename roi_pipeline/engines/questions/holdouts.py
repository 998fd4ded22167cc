"""What a hold-out is planned from and drawn from: sums per unit in a stretch of days, units, strata.

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
from roi_pipeline.engines.questions.moments import read_moments
from roi_pipeline.engines.questions.panels import Slice
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
    condition, values = part.where()
    first, last = connection.execute(
        f"select min(calendar_date), max(calendar_date) from {part.metric.table} "
        f"where calendar_date >= ? and calendar_date < ? and {condition}",
        [within.start, within.end, *values],
    ).fetchall()[0]
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
    _sum_units(connection, part, post, baseline, cluster=cluster)
    try:
        names = NAMES if baseline is None else (*NAMES, *BASELINE_NAMES)
        return read_moments(connection, "_unit_sums", names, "true")
    finally:
        connection.execute("drop table if exists _unit_sums")


def read_unit_sums(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    post: Window,
    baseline: Window | None,
    *,
    cluster: str | None = None,
) -> UnitSums:
    """The same sums unit by unit, for trials that deal the arms out again."""
    _sum_units(connection, part, post, baseline, cluster=cluster)
    try:
        rows = connection.execute("select * from _unit_sums order by unit_id").fetchall()
    finally:
        connection.execute("drop table if exists _unit_sums")
    columns = [array("d", (row[number] for row in rows)) for number in range(1, 5)]
    return UnitSums(tuple(row[0] for row in rows), *columns)


def _sum_units(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    post: Window,
    baseline: Window | None,
    *,
    cluster: str | None,
) -> None:
    """One row per unit with something below the line in `post`, in a fixed order."""
    condition, values = part.where()
    for number in range(len(values)):
        condition = condition.replace("?", f"$value_{number}", 1)
    unit = f'"{cluster}_id"' if cluster else f'"{part.unit_column}"'
    before = baseline or Window(post.start, post.start)
    sums = ", ".join(
        f'cast(coalesce(sum(cast("{column}" as decimal(38, 6))) '
        f"filter (where {inside}), 0) as double) as {name}"
        for names, inside in (
            (NAMES, "calendar_date >= $post_start and calendar_date < $post_end"),
            (BASELINE_NAMES, "calendar_date >= $before_start and calendar_date < $before_end"),
        )
        for name, column in zip(
            names, (part.metric.numerator, part.metric.denominator), strict=True
        )
    )
    connection.execute(
        f"""
        create or replace temp table _unit_sums as
        select cast({unit} as varchar) as unit_id, {sums}
        from {part.metric.table}
        where {unit} is not null and {condition}
            and calendar_date >= least($post_start, $before_start)
            and calendar_date < greatest($post_end, $before_end)
        group by 1 having denominator > 0 order by 1
        """,
        {
            "post_start": post.start, "post_end": post.end,
            "before_start": before.start, "before_end": before.end,
            **{f"value_{number}": value for number, value in enumerate(values)},
        },
    ).fetchall()  # fmt: skip


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
    stratum = f"coalesce(cast(\"{strata}\" as varchar), '')" if strata else "''"
    dated = (
        "calendar_date is null or calendar_date < $as_of" if "calendar_date" in known else "true"
    )
    rows = connection.execute(
        f"""
        select unit_id, stratum from (
            select cast("{part.unit_column}" as varchar) as unit_id, {stratum} as stratum,
                row_number() over (
                    partition by cast("{part.unit_column}" as varchar)
                    order by count(*) desc, {stratum}
                ) as rank
            from {table}
            where "{part.unit_column}" is not null and ({dated})
            group by 1, 2
        )
        where rank = 1
        order by unit_id
        """,
        {"as_of": as_of} if "calendar_date" in known else {},
    ).fetchall()
    if not rows:
        raise NeedsAHuman(
            f"{table} knows no {part.unit_column} before {as_of}; run the study first so that its "
            "exports are loaded"
        )
    return tuple(Assignable(*row) for row in rows)


def _table_of_units(connection: "duckdb.DuckDBPyConnection", part: Slice) -> str:
    """The fact table that lists the units, else the metric's daily table."""
    name = f"facts.{part.unit_column.removesuffix('_id')}s"
    if table_exists(connection, name) and part.unit_column in column_names(connection, name):
        rows = connection.execute(f'select 1 from {name} where "{part.unit_column}" is not null')
        if rows.fetchone() is not None:
            return name
    return part.metric.table

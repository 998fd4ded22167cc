"""Builds the few SELECTs whose names vary, as expressions of sqlglot; every other one is a file.

A metric names a daily table and two of its columns, a module a unit, an arm and filters. A small
view gives those columns fixed names, and the files of `sql/` read the view. Besides, this writes
what is asked of a table whatever its columns are: moments, row counts, repeated keys.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

TEXT_COLUMNS = frozenset({"unit_id", "place_id", "arm_name", "trait"})
TYPE_OF_UNKNOWN = {"opted_out_at": "timestamp", "calendar_date": "date"}


def renamed_columns(
    table: str,
    columns: Mapping[str, str | None],
    *,
    accepted: Mapping[str, Sequence[str]] | None = None,
) -> str:
    r"""Columns of a table under fixed names (null where the table has none), of the accepted rows.

    What units, places and arms are called is read as text.

    >>> renamed_columns("facts.calls", {"unit_id": "agent_id"}, accepted={"channel": ["phone"]})
    'SELECT CAST("agent_id" AS TEXT) AS unit_id FROM facts.calls WHERE CAST("channel" AS TEXT) IN (\'phone\')'
    """
    from sqlglot import exp

    query = exp.select(*(_renamed(name, column) for name, column in columns.items())).from_(
        exp.to_table(table)
    )
    for column, values in sorted((accepted or {}).items()):
        query = query.where(_as_text(column).isin(*(exp.Literal.string(item) for item in values)))
    return query.sql(dialect="duckdb")


def _renamed(name: str, column: str | None) -> "exp.Expr":
    from sqlglot import exp

    if column is None:
        kind = TYPE_OF_UNKNOWN.get(name, "text")
        return exp.alias_(exp.cast(exp.null(), kind), name)
    if name in TEXT_COLUMNS:
        return exp.alias_(_as_text(column), name)
    return exp.alias_(exp.column(column, quoted=True), name)


def _as_text(column: str) -> "exp.Cast":
    from sqlglot import exp

    return exp.cast(exp.column(column, quoted=True), "text")


def days_with_rows(table: str, column: str, *, zone: str | None) -> str:
    r"""Every day a table has rows of before `$as_of`; a UTC timestamp counts on its day in `zone`.

    >>> days_with_rows("exports.calls", "started_at", zone=None)
    'SELECT DISTINCT CAST("started_at" AS DATE) AS day FROM exports.calls WHERE CAST("started_at" AS DATE) < $as_of'
    """
    from sqlglot import exp

    stored = exp.column(column, quoted=True)
    utc = exp.func("timezone", exp.Literal.string("UTC"), stored)
    moment = stored if zone is None else exp.func("timezone", exp.Literal.string(zone), utc)
    day = exp.cast(moment, "date")
    return (
        exp.select(exp.alias_(day, "day"))
        .from_(exp.to_table(table))
        .where(exp.LT(this=day.copy(), expression=exp.Parameter(this=exp.var("as_of"))))
        .distinct()
        .sql(dialect="duckdb")
    )


def moments(table: str, names: Sequence[str], *, arm: str | None = None) -> str:
    r"""Row count, means and covariances (each pair once, in order of the names) of an arm's rows.

    >>> moments("_units", ["x"], arm="treated")
    'SELECT COUNT(*), AVG("x"), COVAR_SAMP("x", "x") FROM _units WHERE arm_name = \'treated\''
    """
    from sqlglot import exp

    columns = {name: exp.column(name, quoted=True) for name in names}
    query = exp.select(
        exp.Count(this=exp.Star()),
        *(exp.Avg(this=column.copy()) for column in columns.values()),
        *(
            exp.CovarSamp(this=columns[a].copy(), expression=columns[b].copy())
            for a, b in pairs(names)
        ),
    ).from_(exp.to_table(table))
    if arm is not None:
        query = query.where(exp.column("arm_name").eq(exp.Literal.string(arm)))
    return query.sql(dialect="duckdb")


def different_values(table: str, column: str) -> str:
    """Every value of a column once, as text.

    >>> different_values("exports.calls", "team_id")
    'SELECT DISTINCT CAST("team_id" AS TEXT) FROM exports.calls'
    """
    from sqlglot import exp

    return exp.select(_as_text(column)).distinct().from_(exp.to_table(table)).sql(dialect="duckdb")


def pairs(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Each pair of names once, a name with itself included.

    >>> pairs(["a", "b"])
    (('a', 'a'), ('a', 'b'), ('b', 'b'))
    """
    return tuple((first, second) for first in names for second in names if first <= second)


def with_averages(units: str, rows: str, names: Sequence[str], *, windows: Sequence[str]) -> str:
    """The rows of `units`, each with the averages of its columns `names` in `rows`, sorted by unit.

    `windows` are prefixes of the parameters `$<window>_start` and `$<window>_end` whose days count.
    """
    from sqlglot import exp

    day, unit = exp.column("calendar_date"), exp.column("unit_id")
    inside = exp.or_(
        *(
            exp.and_(
                day.copy() >= exp.Placeholder(this=f"{window}_start"),
                day.copy() < exp.Placeholder(this=f"{window}_end"),
            )
            for window in windows
        )
    )
    averages = (
        exp.select(unit.copy(), *(_average(name) for name in names))
        .from_(exp.to_table(rows))
        .where(inside)
        .group_by(unit.copy())
    )
    known = [exp.column(name, table="averages", quoted=True) for name in names]
    return (
        exp.select("units.*", *known)
        .from_(exp.alias_(exp.to_table(units), "units", table=True))
        .join(
            averages.subquery("averages"), on="units.unit_id = averages.unit_id", join_type="left"
        )
        .order_by("units.unit_id")
        .sql(dialect="duckdb")
    )


def _average(name: str) -> "exp.Expr":
    from sqlglot import exp

    value = exp.cast(exp.column(name, quoted=True), "double")
    return exp.alias_(exp.Avg(this=value), name, quoted=True)


def row_count(table: str) -> str:
    """How many rows a table has.

    >>> row_count("facts.calls")
    'SELECT COUNT(*) FROM facts.calls'
    """
    from sqlglot import exp

    return exp.select(exp.Count(this=exp.Star())).from_(exp.to_table(table)).sql(dialect="duckdb")


def all_rows(table: str, *, limit: int | None = None) -> str:
    """Every column of a table, of all its rows or the first few.

    >>> all_rows("facts.calls", limit=5)
    'SELECT * FROM facts.calls LIMIT 5'
    """
    from sqlglot import exp

    query = exp.select("*").from_(exp.to_table(table))
    return (query if limit is None else query.limit(limit)).sql(dialect="duckdb")


def repeated_keys(table: str, key: Sequence[str]) -> str:
    """How many values of a key repeat, and how many rows are too many for it."""
    from sqlglot import exp

    columns = [exp.column(name, quoted=True) for name in key]
    rows = exp.Count(this=exp.Star())
    repeated = (
        exp.select(exp.alias_(rows.copy(), "n"))
        .from_(exp.to_table(table))
        .group_by(*columns)
        .having(rows.copy() > exp.Literal.number(1))
    )
    return (
        exp.select("count(*)", "coalesce(sum(n) - count(*), 0)")
        .from_(repeated.subquery("repeated"))
        .sql(dialect="duckdb")
    )

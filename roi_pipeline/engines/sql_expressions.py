"""Builds the few SELECTs whose names vary, as expressions of sqlglot; every other one is a file.

A metric names a daily table and two of its columns, a module a unit, an arm and filters. A small
view gives those columns fixed names, and the files of `sql/` read the view. Besides, this writes
what is asked of a table whatever its columns are: moments, row counts, repeated keys.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

TEXT_COLUMNS = frozenset({"unit_id", "member_id", "place_id", "arm_name", "trait"})
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


def with_columns(units: str, known: str, names: Sequence[str]) -> str:
    """The rows of `units`, each with columns of `known` that may miss it (then 0), sorted by unit.

    >>> with_columns("_units", "_use", ["used"])
    'SELECT units.*, COALESCE("known"."used", 0) AS "used" FROM _units AS units LEFT JOIN _use AS known ON units.unit_id = known.unit_id ORDER BY units.unit_id NULLS FIRST'
    """
    from sqlglot import exp

    columns = [
        exp.alias_(
            exp.Coalesce(
                this=exp.column(name, table="known", quoted=True),
                expressions=[exp.Literal.number(0)],
            ),
            name,
            quoted=True,
        )
        for name in names
    ]
    return (
        exp.select("units.*", *columns)
        .from_(exp.alias_(exp.to_table(units), "units", table=True))
        .join(
            exp.alias_(exp.to_table(known), "known", table=True),
            on="units.unit_id = known.unit_id",
            join_type="left",
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


def rows_per_file(table: str) -> str:
    """How many rows of an export each file has.

    >>> rows_per_file("exports.calls")
    'SELECT source_file_id, COUNT(*) FROM exports.calls GROUP BY source_file_id'
    """
    from sqlglot import exp

    file = exp.column("source_file_id")
    query = exp.select(file, exp.Count(this=exp.Star())).from_(exp.to_table(table))
    return query.group_by(file.copy()).sql(dialect="duckdb")


def fingerprints_by_month(table: str, columns: Collection[str], dated: str | None) -> str:
    """Per month of the column `dated` (or in all): how many rows a table has, and a digest of them.

    >>> fingerprints_by_month("exports.t", ["id"], None)
    'SELECT NULL AS month, COUNT(*), COALESCE(SUM(CAST(HASH("id") AS INT128)), 0) FROM exports.t'
    """
    from sqlglot import exp

    month = exp.alias_(exp.null() if dated is None else _month(dated), "month")
    total = exp.func("coalesce", exp.Sum(this=exp.cast(_digest([*columns]), "int128")), "0")
    query = exp.select(month, exp.Count(this=exp.Star()), total).from_(exp.to_table(table))
    return (query.group_by("1") if dated else query).sql(dialect="duckdb")


def _month(column: str) -> "exp.Expr":
    from sqlglot import exp

    return exp.func("strftime", exp.column(column, quoted=True), exp.Literal.string("%Y-%m"))


def copied_rows(table: str, dated: str | None, month: str | None) -> str:
    """The rows of a table, or those of one month of the column `dated` (None: without a date).

    >>> copied_rows("exports.t", None, None)
    'SELECT * FROM exports.t'
    """
    from sqlglot import exp

    query = exp.select("*").from_(exp.to_table(table))
    if dated is not None:
        value = exp.null() if month is None else exp.Literal.string(month)
        query = query.where(exp.NullSafeEQ(this=_month(dated), expression=value))
    return query.sql(dialect="duckdb")


def columns_as(types: Mapping[str, str], source: str) -> str:
    """Columns of a source, cast to types of DuckDB.

    >>> columns_as({"n": "HUGEINT"}, "facts.t")
    'SELECT CAST("n" AS INT128) AS "n" FROM facts.t'
    """
    from sqlglot import exp

    columns = (
        exp.alias_(
            exp.cast(exp.column(name, quoted=True), kind, dialect="duckdb"), name, quoted=True
        )
        for name, kind in types.items()
    )
    return exp.select(*columns).from_(source, dialect="duckdb").sql(dialect="duckdb")


def files_of_folder(folder: str) -> str:
    """What DuckDB reads the Parquet files of a folder with.

    >>> files_of_folder("/lake/t/1")
    "READ_PARQUET('/lake/t/1/*.parquet')"
    """
    from sqlglot import exp

    return exp.func(
        "read_parquet", exp.Literal.string(f"{folder}/*.parquet"), dialect="postgres"
    ).sql(dialect="duckdb")


def first_free_rowid(table: str) -> str:
    """The number DuckDB gives the next row of a table.

    >>> first_free_rowid("exports.calls")
    'SELECT COALESCE(MAX(rowid) + 1, 0) FROM exports.calls'
    """
    from sqlglot import exp

    return (
        exp.select("coalesce(max(rowid) + 1, 0)").from_(exp.to_table(table)).sql(dialect="duckdb")
    )


def different_texts(table: str, column: str) -> str:
    """Every value of a text column once, nulls left out.

    >>> different_texts("temp.people", "phone")
    'SELECT DISTINCT "phone" FROM temp.people WHERE NOT "phone" IS NULL'
    """
    from sqlglot import exp

    value = exp.column(column, quoted=True)
    query = exp.select(value).distinct().from_(exp.to_table(table))
    return query.where(value.copy().is_(exp.null()).not_()).sql(dialect="duckdb")


def cast_columns(table: str, types: Mapping[str, str], *, known: Collection[str]) -> str:
    """Columns of a table as other types, null where it has none or the value does not fit.

    >>> cast_columns("exports.calls", {"minutes": "bigint", "team": "text"}, known=["minutes"])
    'SELECT TRY_CAST("minutes" AS BIGINT), NULL FROM exports.calls'
    """
    from sqlglot import exp

    values = (
        exp.TryCast(
            this=exp.column(name, quoted=True), to=exp.DataType.build(kind, dialect="duckdb")
        )
        if name in known
        else exp.null()
        for name, kind in types.items()
    )
    return exp.select(*values).from_(exp.to_table(table)).sql(dialect="duckdb")


def digest(columns: Sequence[str]) -> str:
    """A number equal for rows with equal columns, cheap to compare.

    >>> digest(["call_id", "day"])
    'HASH("call_id", "day")'
    """
    return _digest(columns).sql(dialect="duckdb")


def _digest(columns: Sequence[str]) -> "exp.Expr":
    from sqlglot import exp

    return exp.Anonymous(this="HASH", expressions=[exp.column(c, quoted=True) for c in columns])


def rows_as_values(
    tables: Sequence[str],
    columns: Sequence[str],
    *,
    key: Sequence[str] = (),
    ordering: str | None = None,
) -> str:
    """Rows of exports, one table after the other, as the queries of `sql/loading` compare them.

    Of each row: its place; a digest of its key, or of all its columns where there is none; its content
    and its key as one value; whether the key is whole; and what orders two rows of one key.

    >>> rows_as_values(["exports.calls"], ["id", "day"], key=["id"])
    'SELECT source_file_id, source_row_number, HASH("id") AS digest, ROW("id", "day") AS content, \
"id" AS row_key, NOT "id" IS NULL AS has_key, NULL AS ordering FROM exports.calls'
    """
    from sqlglot import exp

    def column(name: str) -> "exp.Column":
        return exp.column(name, quoted=True)

    def as_one(names: Sequence[str]) -> "exp.Expr":
        return exp.Anonymous(this="ROW", expressions=[column(name) for name in names])

    row_key = column(key[0]) if len(key) == 1 else as_one(key) if key else exp.null()
    is_whole = exp.false()
    if key:
        is_whole = exp.and_(*(column(name).is_(exp.null()).not_() for name in key))
    selects = [
        exp.select(
            exp.column("source_file_id"),
            exp.column("source_row_number"),
            exp.alias_(_digest(key or columns), "digest"),
            exp.alias_(as_one(columns), "content"),
            exp.alias_(row_key.copy(), "row_key"),
            exp.alias_(is_whole.copy(), "has_key"),
            exp.alias_(column(ordering) if ordering else exp.null(), "ordering"),
        ).from_(exp.to_table(table))
        for table in tables
    ]
    query = selects[0] if len(selects) == 1 else exp.union(*selects, distinct=False)
    return query.sql(dialect="duckdb")


def shares_its_digest(table: str, columns: Sequence[str]) -> str:
    """SQL condition true of every staged row of an export whose key, or content, another row has as well.

    >>> print(shares_its_digest("t", ["id"]))
    HASH("id") IN (SELECT digest FROM quality._staged_repeated WHERE table_name = 't')
    """
    from sqlglot import exp

    repeated = (
        exp.select("digest")
        .from_(exp.to_table("quality._staged_repeated"))
        .where(exp.column("table_name").eq(exp.Literal.string(table)))
    )
    return exp.In(this=_digest(columns), query=repeated.subquery()).sql(dialect="duckdb")


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

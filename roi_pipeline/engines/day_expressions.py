"""Builds the SELECTs that ask an export about its days, whatever its columns are called."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def days_with_rows(table: str, column: str, *, zone: str | None) -> str:
    r"""Every day a table has rows of before `$as_of`; a UTC timestamp counts on its day in `zone`.

    >>> days_with_rows("exports.calls", "started_at", zone=None)
    'SELECT DISTINCT CAST("started_at" AS DATE) AS day FROM exports.calls WHERE CAST("started_at" AS DATE) < $as_of'
    """
    from sqlglot import exp

    day = _local_day(column, zone)
    return (
        exp.select(exp.alias_(day, "day"))
        .from_(exp.to_table(table))
        .where(exp.LT(this=day.copy(), expression=exp.Parameter(this=exp.var("as_of"))))
        .distinct()
        .sql(dialect="duckdb")
    )


def _local_day(column: str, zone: str | None) -> "exp.Cast":
    """The day of a date, or of a UTC timestamp in a zone."""
    from sqlglot import exp

    stored = exp.column(column, quoted=True)
    utc = exp.func("timezone", exp.Literal.string("UTC"), stored)
    moment = stored if zone is None else exp.func("timezone", exp.Literal.string(zone), utc)
    return exp.cast(moment, "date")


def categories_by_day(table: str, column: str, date_column: str, *, zone: str | None) -> str:
    r"""Rows of each day and category from `$start` to before `$as_of`; no value is the empty text.

    >>> categories_by_day("exports.cases", "reason", "closed_on", zone=None)
    'SELECT CAST("closed_on" AS DATE) AS day, COALESCE(CAST("reason" AS TEXT), \'\') AS category, COUNT(*) AS n FROM exports.cases WHERE CAST("closed_on" AS DATE) >= $start AND CAST("closed_on" AS DATE) < $as_of GROUP BY 1, 2'
    """
    from sqlglot import exp

    day = _local_day(date_column, zone)
    category = exp.func(
        "coalesce", exp.cast(exp.column(column, quoted=True), "text"), exp.Literal.string("")
    )
    start, as_of = (exp.Parameter(this=exp.var(name)) for name in ("start", "as_of"))
    return (
        exp.select(
            exp.alias_(day, "day"),
            exp.alias_(category, "category"),
            exp.alias_(exp.Count(this=exp.Star()), "n"),
        )
        .from_(exp.to_table(table))
        .where(
            exp.GTE(this=day.copy(), expression=start), exp.LT(this=day.copy(), expression=as_of)
        )
        .group_by("1", "2")
        .sql(dialect="duckdb")
    )

"""First and second moments of the rows of a table, taken on one thread so that bits repeat."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roi_pipeline.domain.samples import Sample
from roi_pipeline.engines import sql_expressions

if TYPE_CHECKING:
    import duckdb


def read_moments(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    names: Sequence[str],
    *,
    arm: str | None = None,
) -> Sample | None:
    """`moments` on one thread, for callers that do not hold the connection to one already."""
    connection.execute("set threads = 1")
    try:
        return moments(connection, table, names, arm=arm)
    finally:
        connection.execute("reset threads")


def moments(
    connection: "duckdb.DuckDBPyConnection",
    table: str,
    names: Sequence[str],
    *,
    arm: str | None = None,
) -> Sample | None:
    """Means and covariances of `names` over the rows of an arm (or all); None below two rows."""
    row = connection.execute(sql_expressions.moments(table, names, arm=arm)).fetchall()[0]
    n, means, spread = row[0], row[1 : 1 + len(names)], row[1 + len(names) :]
    if n < 2:  # noqa: PLR2004  (a variance needs two)
        return None
    pairs = sql_expressions.pairs(names)
    covariance = {frozenset(pair): value for pair, value in zip(pairs, spread, strict=True)}
    matrix = tuple(
        tuple(covariance[frozenset((first, second))] for second in names) for first in names
    )
    return Sample(n, tuple(names), means, matrix)

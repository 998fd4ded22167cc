"""First and second moments of the rows of a table, taken on one thread so that bits repeat."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roi_pipeline.domain.samples import Sample

if TYPE_CHECKING:
    import duckdb


def read_moments(
    connection: "duckdb.DuckDBPyConnection", table: str, names: Sequence[str], condition: str
) -> Sample | None:
    """`moments` on one thread, for callers that do not hold the connection to one already."""
    connection.execute("set threads = 1")
    try:
        return moments(connection, table, names, condition)
    finally:
        connection.execute("reset threads")


def moments(
    connection: "duckdb.DuckDBPyConnection", table: str, names: Sequence[str], condition: str
) -> Sample | None:
    """Means and covariances of `names` over the rows that meet the condition; None below two."""
    pairs = [(first, second) for first in names for second in names if first <= second]
    columns = [f'avg("{name}")' for name in names]
    columns += [f'covar_samp("{first}", "{second}")' for first, second in pairs]
    row = connection.execute(
        f"select count(*), {', '.join(columns)} from {table} where {condition}"
    ).fetchall()[0]
    n, means, spread = row[0], row[1 : 1 + len(names)], row[1 + len(names) :]
    if n < 2:  # noqa: PLR2004  (a variance needs two)
        return None
    covariance = {frozenset(pair): value for pair, value in zip(pairs, spread, strict=True)}
    matrix = tuple(
        tuple(covariance[frozenset((first, second))] for second in names) for first in names
    )
    return Sample(n, tuple(names), means, matrix)

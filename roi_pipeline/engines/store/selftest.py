"""Keeps the last self-test of a study: a table for analysts and the whole value beside it."""

from typing import TYPE_CHECKING

from roi_pipeline.domain.selftests import Selftest
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.store.values import from_json, to_json

if TYPE_CHECKING:
    import duckdb

TABLES = (
    """create table if not exists effects.selftest (
        as_of date, replications bigint, design varchar, null_trials bigint, called bigint,
        false_positive_rate double, planted_trials bigint, found_rate double,
        coverage_rate double, bias_rate double, bias_rate_error double, metrics_count bigint,
        units_count bigint, is_within_limits boolean)""",
    "create table if not exists effects.selftest_payloads (payload varchar)",
)


def write_selftest(connection: "duckdb.DuckDBPyConnection", result: Selftest) -> None:
    """Store a self-test, replacing the one before."""
    for table in TABLES:
        connection.execute(table)
    connection.execute("delete from effects.selftest")
    connection.execute("delete from effects.selftest_payloads")
    for score in result.scores:
        connection.execute(
            f"insert into effects.selftest values ({', '.join('?' for _ in range(14))})",
            [
                result.as_of, result.replications, score.design, score.n_null, score.called,
                score.false_positive_rate, score.n_planted, score.power, score.coverage,
                score.bias, score.bias_error, score.n_metrics, score.median_units,
                score.is_within_limits,
            ],
        )  # fmt: skip
    connection.execute("insert into effects.selftest_payloads values (?)", [to_json(result)])


def read_selftest(connection: "duckdb.DuckDBPyConnection") -> Selftest | None:
    """The last self-test; None when there was none."""
    for table in TABLES:
        connection.execute(table)
    rows = read_rows(connection, "store.selftest")
    return from_json(rows[0][0], Selftest) if rows else None

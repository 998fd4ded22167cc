"""What earlier runs saw of each export: rule results kept by run, and what is made from them."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from roi_pipeline.domain.histories import RuleRun, VolumeHistory

if TYPE_CHECKING:
    import duckdb

VOLUME_RULE = "volume_is_like_earlier_deliveries"


def write_rule_results(
    connection: "duckdb.DuckDBPyConnection",
    rows: Sequence[tuple[object, ...]],
    *,
    columns: Sequence[tuple[str, str, str]],
) -> None:
    """Keep the results of one run; the same run and export written again are replaced."""
    declared = ", ".join(f"{name} {kind}" for name, kind, _ in columns)
    connection.execute(
        f"create table if not exists quality.rule_results "
        f"({declared}, primary key (run_key, table_name, rule))"
    )
    if rows:
        marks = ", ".join("?" for _ in columns)
        connection.executemany(
            f"insert or replace into quality.rule_results values ({marks})", rows
        )


def _is_kept(connection: "duckdb.DuckDBPyConnection") -> bool:
    found = connection.execute(
        "select count(*) from information_schema.tables "
        "where table_schema = 'quality' and table_name = 'rule_results'"
    ).fetchall()
    return bool(found[0][0])


def read_volume_history(
    connection: "duckdb.DuckDBPyConnection", table: str, *, before: date
) -> VolumeHistory:
    """Rows per day of the accepted deliveries of an export before a day, oldest first."""
    if not _is_kept(connection):
        return VolumeHistory()
    rows = connection.execute(
        "select measure from quality.rule_results where table_name = ? and rule = ? "
        "and run_key < ? and measure is not null order by run_key",
        [table, VOLUME_RULE, before.isoformat()],
    ).fetchall()
    return VolumeHistory(tuple(row[0] for row in rows))


def read_rule_runs(connection: "duckdb.DuckDBPyConnection", *, until: date) -> tuple[RuleRun, ...]:
    """How every rule fared in every run up to a day, oldest run first."""
    if not _is_kept(connection):
        return ()
    rows = connection.execute(
        "select table_name, rule, run_key, passed, severity, n_checked, n_unexpected, "
        "was_evaluated from quality.rule_results where run_key <= ? "
        "order by run_key, table_name, rule",
        [until.isoformat()],
    ).fetchall()
    return tuple(RuleRun(*row) for row in rows)


def refusals_by_reason(
    connection: "duckdb.DuckDBPyConnection", table: str
) -> tuple[tuple[str, str, int], ...]:
    """(rule, column, rows) of what was kept out of an export, most frequent first."""
    rows = connection.execute(
        "select rule, coalesce(column_name, ''), count(*) from quality.quarantine "
        "where table_name = ? group by 1, 2 order by 3 desc, 1, 2",
        [table],
    ).fetchall()
    return tuple(rows)

"""What earlier runs saw of each export: rule results kept by run, and what is made from them."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from roi_pipeline.domain.findings import VOLUME_RULE
from roi_pipeline.domain.histories import RuleRun, VolumeHistory
from roi_pipeline.engines.queries import insert_values, read_rows
from roi_pipeline.engines.warehouse import table_exists

if TYPE_CHECKING:
    import duckdb

MOST_RUNS = 60


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
    insert_values(connection, "quality.rule_results", rows, replaces=True)


def _is_kept(connection: "duckdb.DuckDBPyConnection") -> bool:
    return table_exists(connection, "quality.rule_results")


def read_volume_history(
    connection: "duckdb.DuckDBPyConnection", table: str, *, before: date
) -> VolumeHistory:
    """Rows per day of the accepted deliveries of an export before a day, oldest first."""
    if not _is_kept(connection):
        return VolumeHistory()
    rows = read_rows(
        connection, "store.volume_history", table=table, rule=VOLUME_RULE, before=before.isoformat()
    )
    return VolumeHistory(tuple(measure for _, measure in rows))


def read_rule_runs(connection: "duckdb.DuckDBPyConnection", *, until: date) -> tuple[RuleRun, ...]:
    """How every rule fared in the last runs of its export up to a day, oldest run first.

    No more than two months of nights: pages that show them must not grow for ever.
    """
    if not _is_kept(connection):
        return ()
    rows = read_rows(connection, "store.rule_runs", until=until.isoformat(), most=MOST_RUNS)
    return tuple(RuleRun(*row) for row in rows)


def refusals_by_reason(
    connection: "duckdb.DuckDBPyConnection", table: str
) -> tuple[tuple[str, str, int], ...]:
    """(rule, column, rows) of what was kept out of an export, most frequent first."""
    rows = read_rows(connection, "store.quarantine_reasons", table=table)
    return tuple(sorted(rows, key=lambda row: (-row[2], row[0], row[1])))

"""Keeps the baselines modules are held to: one row per module, metric and version, never changed."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from roi_pipeline.domain.baselines import BaselineLock
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.store.values import from_json, to_json

if TYPE_CHECKING:
    import duckdb

TABLE = """create table if not exists effects.baseline_locks (
    module_id varchar, metric_id varchar, version integer, sha256 varchar, locked_on date,
    payload varchar, primary key (module_id, metric_id, version))"""


def write_locks(connection: "duckdb.DuckDBPyConnection", locks: Iterable[BaselineLock]) -> None:
    """Store versions not stored before; what was locked once stays as it is."""
    connection.execute(TABLE)
    for lock in locks:
        connection.execute(
            "insert or ignore into effects.baseline_locks values (?, ?, ?, ?, ?, ?)",
            [lock.module_id, lock.metric_id, lock.version, lock.sha256, lock.locked_on,
             to_json(lock)],
        )  # fmt: skip


def read_locks(connection: "duckdb.DuckDBPyConnection") -> tuple[BaselineLock, ...]:
    """Every lock of the study, by module, metric and version."""
    connection.execute(TABLE)
    rows = read_rows(connection, "store.baseline_locks")
    return tuple(from_json(row[-1], BaselineLock) for row in rows)


def locks_to_text(locks: Sequence[BaselineLock]) -> str:
    """Locks as the archive keeps them: the same bytes for the same locks."""
    return to_json(tuple(locks))


def locks_from_text(text: str) -> tuple[BaselineLock, ...]:
    """Locks from the archive."""
    return from_json(text, tuple[BaselineLock, ...])

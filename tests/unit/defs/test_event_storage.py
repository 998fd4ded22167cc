"""Dagster's files are opened once for a command, and none stays open behind it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine, event

from roi_pipeline.defs.event_storage import FILES_KEPT_OPEN, claiming_no_places, prepared_once
from roi_pipeline.defs.home import open_instance

RUNS = 3 * FILES_KEPT_OPEN


@pytest.fixture
def opened() -> Iterator[list[object]]:
    """Every connection that is made to a database."""
    made = list[object]()

    def note(connection: sqlite3.Connection, _: object) -> None:
        made.append(connection)

    event.listen(Engine, "connect", note)
    yield made
    event.remove(Engine, "connect", note)


def files_open(folder: Path) -> list[str]:
    """Databases below a folder that this process has open."""
    found = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [name for name in found if name.startswith(str(folder)) and ".db" in name]


def test_a_database_is_opened_once_and_closed_at_the_end(
    tmp_path: Path, opened: list[object]
) -> None:
    """Asking fifty times opens nothing; what was written is there for the next process."""
    with open_instance(tmp_path) as instance:
        instance.add_dynamic_partitions("days", ["first"])
        before = len(opened)
        for _ in range(50):
            assert instance.get_dynamic_partitions("days") == ["first"]
            assert instance.get_runs() == []
        assert len(opened) <= before + 1
        assert files_open(tmp_path)
    assert not files_open(tmp_path)
    with open_instance(tmp_path) as instance:
        assert instance.get_dynamic_partitions("days") == ["first"]


def test_files_of_many_runs_are_not_all_held(tmp_path: Path) -> None:
    """A purge looks into hundreds of runs; only the last few stay open."""
    with open_instance(tmp_path) as instance:
        for number in range(RUNS):
            instance.event_log_storage.get_logs_for_run(f"run-{number}")
        held = {name for name in files_open(tmp_path) if "run-" in name}
    assert len({name.partition(".db")[0] for name in held}) <= FILES_KEPT_OPEN


def test_what_is_replaced_is_put_back() -> None:
    """Whoever uses Dagster behind the block has Dagster's own storage."""
    from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

    before = SqliteEventLogStorage.has_table
    with pytest.raises(RuntimeError, match="in between"), prepared_once():
        raise RuntimeError("in between")
    assert SqliteEventLogStorage.has_table is before


def test_a_command_claims_no_places_in_pools(tmp_path: Path) -> None:
    """Its lock keeps others out; behind the block places count again."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        storage = instance.event_log_storage
        assert storage.supports_global_concurrency_limits
        with claiming_no_places(instance):
            assert not storage.supports_global_concurrency_limits
        assert storage.supports_global_concurrency_limits

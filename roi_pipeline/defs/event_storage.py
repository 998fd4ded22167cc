"""Dagster's SQLite storage, prepared once a process instead of for each of a thousand transactions.

Dagster makes an engine and opens the file anew for every transaction, and asks the file every time which
tables it has; it reads its own migration scripts again for every run. What is stored is the same.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, QueuePool, create_engine

if TYPE_CHECKING:
    from alembic.config import Config
    from dagster import DagsterInstance

FILES_KEPT_OPEN = 8  # every run has a file of its own, and a purge looks into hundreds


@contextmanager
def prepared_once() -> Iterator[None]:
    """Files stay open and migration scripts are read once for as long as the block lasts."""
    from alembic.script import ScriptDirectory
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage

    files = _OpenFiles()
    scripts = _one_for_each_folder(ScriptDirectory.from_config)
    storage = sqlite_event_log.SqliteEventLogStorage
    with ExitStack() as stack:
        stack.callback(files.close)
        for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
            stack.enter_context(_replaced(module, "create_engine", files.engine_at))
        stack.enter_context(_replaced(ScriptDirectory, "from_config", staticmethod(scripts)))
        stack.enter_context(_replaced(storage, "has_table", _found_once(storage.has_table)))
        yield


@contextmanager
def claiming_no_places(instance: "DagsterInstance") -> Iterator[None]:
    """Steps inside the block claim no place in a pool.

    Places order the steps of runs that the daemon starts side by side. A command has the study to itself
    by its lock, and each place costs six transactions.
    """
    kept, name = vars(instance.event_log_storage), "supports_global_concurrency_limits"
    before = getattr(instance.event_log_storage, name)
    kept[name] = False  # a cached property: what stands here is what it was found to be
    try:
        yield
    finally:
        kept[name] = before


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    before = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


class _KeptOpen(QueuePool):
    """Connections that outlive the `dispose` with which Dagster ends every transaction."""

    def dispose(self) -> None:
        """Leave them open."""

    def recreate(self) -> "_KeptOpen":
        """Itself: nothing was closed."""
        return self

    def close(self) -> None:
        """Close those that nobody uses."""
        super().dispose()


class _OpenFiles:
    """One engine for each address and options; those used longest ago are closed."""

    def __init__(self) -> None:
        self._engines = OrderedDict[str, Engine]()

    def engine_at(self, address: str, **options: object) -> Engine:
        """`create_engine` that gives the same engine for the same address and options."""
        options["poolclass"] = _KeptOpen
        key = f"{address} {sorted(options.items(), key=lambda item: item[0])}"
        if key not in self._engines:
            self._engines[key] = create_engine(address, **options)
        self._engines.move_to_end(key)
        while len(self._engines) > FILES_KEPT_OPEN:
            _close(self._engines.popitem(last=False)[1])
        return self._engines[key]

    def close(self) -> None:
        """Close every file."""
        while self._engines:
            _close(self._engines.popitem()[1])


def _close(engine: Engine) -> None:
    if isinstance(engine.pool, _KeptOpen):
        engine.pool.close()


def _found_once(has_table: Callable[..., bool]) -> Callable[..., bool]:
    """`has_table` that looks until the table is there; no migration takes one away."""
    found = WeakKeyDictionary[object, set[str]]()

    def has_it(storage: object, name: str) -> bool:
        known = found.setdefault(storage, set())
        if name not in known and has_table(storage, name):
            known.add(name)
        return name in known

    return has_it


def _one_for_each_folder(from_config: Callable[..., object]) -> Callable[..., object]:
    """`ScriptDirectory.from_config` that reads each folder of migration scripts once."""
    read = dict[str | None, object]()

    def scripts(config: "Config") -> object:
        folder = config.get_main_option("script_location")
        if folder not in read:
            read[folder] = from_config(config)
        return read[folder]

    return scripts

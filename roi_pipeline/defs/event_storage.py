"""Dagster's SQLite storage, prepared once a process instead of for each of a thousand transactions.

Dagster makes a new engine for every transaction, and every engine reads its dialect and compiles its
statements anew; it reads its own migration scripts again for every run. What is stored is the same.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config


@contextmanager
def prepared_once() -> Iterator[None]:
    """Engines and migration scripts are made once for as long as the block lasts."""
    from alembic.script import ScriptDirectory
    from dagster._core.storage.event_log.sqlite import sqlite_event_log
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
    from sqlalchemy import create_engine

    engine = _one_for_each_address(create_engine)
    scripts = _one_for_each_folder(ScriptDirectory.from_config)
    with ExitStack() as stack:
        for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
            stack.enter_context(_replaced(module, "create_engine", engine))
        stack.enter_context(_replaced(ScriptDirectory, "from_config", staticmethod(scripts)))
        yield


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    before = vars(owner)[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _one_for_each_address(create_engine: Callable[..., object]) -> Callable[..., object]:
    """`create_engine` that gives the same engine for the same address and options."""
    made = dict[str, object]()

    def engine(address: str, **options: object) -> object:
        key = f"{address} {sorted(options.items(), key=lambda item: item[0])}"
        if key not in made:
            made[key] = create_engine(address, **options)
        return made[key]

    return engine


def _one_for_each_folder(from_config: Callable[..., object]) -> Callable[..., object]:
    """`ScriptDirectory.from_config` that reads each folder of migration scripts once."""
    read = dict[str | None, object]()

    def scripts(config: "Config") -> object:
        folder = config.get_main_option("script_location")
        if folder not in read:
            read[folder] = from_config(config)
        return read[folder]

    return scripts

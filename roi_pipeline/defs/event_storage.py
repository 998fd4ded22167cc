"""Dagster's SQLite storage, prepared once a process instead of for each of a thousand transactions.

Dagster makes a new engine for every transaction, and every engine reads its dialect and compiles its
statements anew; it reads its own migration scripts again for every run. What is stored is the same.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

STORAGES = tuple(
    f"dagster._core.storage.{name}"
    for name in (
        "runs.sqlite.sqlite_run_storage",
        "event_log.sqlite.sqlite_event_log",
        "schedules.sqlite.sqlite_schedule_storage",
    )
)


@contextmanager
def prepared_once() -> Iterator[None]:
    """Engines and migration scripts are made once for as long as the block lasts."""
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine

    engine = _one_for_each_address(create_engine)
    scripts = _one_for_each_folder(ScriptDirectory.from_config)
    with ExitStack() as stack:
        for module in STORAGES:
            stack.enter_context(_replaced(import_module(module), "create_engine", engine))
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


def _one_for_each_address(create_engine: Callable[..., Any]) -> Callable[..., Any]:
    """`create_engine` that gives the same engine for the same address and options."""
    made = dict[str, Any]()

    def engine(address: str, **options: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own
        key = f"{address} {sorted(options.items(), key=lambda item: item[0])}"
        if key not in made:
            made[key] = create_engine(address, **options)
        return made[key]

    return engine


def _one_for_each_folder(from_config: Callable[..., Any]) -> Callable[..., Any]:
    """`ScriptDirectory.from_config` that reads each folder of migration scripts once."""
    read = dict[str | None, Any]()

    def scripts(config: Any) -> Any:  # noqa: ANN401 - Alembic's own
        folder = config.get_main_option("script_location")
        if folder not in read:
            read[folder] = from_config(config)
        return read[folder]

    return scripts

"""The study in a folder, the last day it knows, its places and its warehouse."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path

from roi_pipeline.archive import with_archived_exports
from roi_pipeline.archive.hashing import config_files
from roi_pipeline.archive.restoring import REDIRECTIONS
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.warehouse import Warehouse

Stamp = tuple[tuple[str, int, int, int], ...]
STUDIES_KEPT = 16
_held = dict[str, Stamp]()


def study_in(folder: str) -> Study:
    """The study in a folder, read again when a file of its configuration has changed."""
    return _study_as_of(folder, stamp_of(folder))


def stamp_of(folder: str) -> Stamp:
    """Changes whenever a configuration file of the study does: name, time, size and place on disk."""
    if folder in _held:
        return _held[folder]
    files = {**config_files(Path(folder)), REDIRECTIONS: Path(folder, REDIRECTIONS)}
    found = ((name, path.stat()) for name, path in files.items() if path.is_file())
    return tuple((name, each.st_mtime_ns, each.st_size, each.st_ino) for name, each in found)


@contextmanager
def held_as_it_is(folder: str) -> Iterator[Study]:
    """The study as it stands now, for everybody in this process until the block ends.

    One run is of one configuration, also when a contract is corrected meanwhile.
    """
    before = _held.get(folder)
    _held[folder] = stamp_of(folder)
    try:
        yield study_in(folder)
    finally:
        if before is None:
            del _held[folder]


@lru_cache(maxsize=STUDIES_KEPT)
def _study_as_of(folder: str, _: Stamp) -> Study:
    from roi_pipeline.settings import read_study

    return with_archived_exports(read_study(Path(folder), environment=dict(os.environ)))


def last_known_day(study: Study) -> date:
    """The declared end of the history; a study without one needs an explicit `as_of`."""
    if study.history.end == date.max:
        raise NeedsAHuman(
            "study.toml: history.end is open, so a run has to say what day it is: "
            "add --as-of YYYY-MM-DD on the command line or the run tag roi/as_of"
        )
    return study.history.end


def paths_of(study: Study) -> StudyPaths:
    """Where what is made for a study lies."""
    return StudyPaths(Path(study.folder))


def warehouse_at(
    paths: StudyPaths, *, threads: int | None = None, memory_limit: str | None = None
) -> Warehouse:
    """The warehouse of a study and its published copy; nothing is opened yet."""
    return Warehouse(paths.warehouse, paths.published, threads, memory_limit)


def loaded_warehouse(folder: Path, *, why: str) -> Warehouse:
    """The warehouse of a study that was run before.

    Args:
        folder: the study.
        why: what loaded exports are needed for, as the error says it.

    Raises:
        NeedsAHuman: the study was never run.
    """
    warehouse = warehouse_at(StudyPaths(folder))
    if not warehouse.path.exists():
        raise NeedsAHuman(f"{warehouse.path} is not there: {why}. First run: roi run {folder}")
    return warehouse

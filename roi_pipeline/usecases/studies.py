"""The study in a folder, the last day it knows, its places and its warehouse."""

import os
from datetime import date
from functools import cache
from pathlib import Path

from roi_pipeline.archive import with_archived_exports
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.warehouse import Warehouse


@cache
def study_in(folder: str) -> Study:
    """The study in a folder, read once per process."""
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


def warehouse_at(paths: StudyPaths, *, threads: int | None = None) -> Warehouse:
    """The warehouse of a study and its published copy; nothing is opened yet."""
    return Warehouse(paths.warehouse, paths.published, threads=threads)


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

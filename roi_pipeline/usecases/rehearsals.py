"""Remembers that a study's SQL was tried and runs, so that a run need not try what has not changed.

What is remembered is a fingerprint of everything the trial depends on: the study's configuration, the
product's own files and the libraries that read SQL. A memory that is lost or torn costs one trial.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from roi_pipeline.archive import product_files
from roi_pipeline.archive.hashing import config_files, file_sha256
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.check_cases import case_files
from roi_pipeline.usecases.memory import recall, remember

READERS_OF_SQL = ("duckdb", "sqlglot")


def sql_is_known_to_run(folder: Path) -> bool:
    """Whether this very SQL ran on these very contracts before."""
    return recall(StudyPaths(folder).checked, _fingerprint(folder)) is True


def note_that_sql_runs(folder: Path) -> None:
    """Remember it, where there is room to."""
    remember(StudyPaths(folder).checked, _fingerprint(folder), found=True)


def _fingerprint(folder: Path) -> str:
    parts = [
        {name: file_sha256(path) for name, path in config_files(folder).items()},
        {path.name: file_sha256(path) for path in case_files(folder)},
        dict(product_files()),
        {name: version(name) for name in READERS_OF_SQL},
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

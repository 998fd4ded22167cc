"""Remembers what each SQL file reads and makes, so that a night need not parse what has not changed.

Parsing the eighty files of a study takes as long as everything a small study computes in a night without
news. What is remembered stands under the texts of all files and the version of the parser.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.sql_catalogue import SqlCatalogue
from roi_pipeline.usecases.memory import recall, remember

PARSER = "sqlglot"


def recall_readings(folder: Path, catalogue: SqlCatalogue) -> None:
    """Let the files know what an earlier run read in these very texts, where it is remembered."""
    known = recall(StudyPaths(folder).sql_readings, _fingerprint(catalogue))
    if isinstance(known, dict) and known.keys() == catalogue.files.keys():
        for table, file in catalogue.files.items():
            file.take_reading(known[table])


def note_readings(folder: Path, catalogue: SqlCatalogue) -> None:
    """Remember what is read in every file, unless it is remembered already."""
    path, fingerprint = StudyPaths(folder).sql_readings, _fingerprint(catalogue)
    if recall(path, fingerprint) is None:
        found = {table: file.reading for table, file in catalogue.files.items()}
        remember(path, fingerprint, found)


def _fingerprint(catalogue: SqlCatalogue) -> str:
    texts = {table: file.sha256 for table, file in catalogue.files.items()}
    return hashlib.sha256(json.dumps([version(PARSER), texts]).encode()).hexdigest()

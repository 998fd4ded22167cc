"""Checks of `[engine]`: settings that only Spark reads, and a folder that is one."""

from collections.abc import Iterator

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.entries.study import StudyEntry
from roi_pipeline.settings.parsing import Parsed

OF_SPARK = ("master", "conf", "warehouse")


def engine_problems(study: Parsed[StudyEntry]) -> Iterator[Problem]:
    """Everything wrong with what is declared of the engine."""
    engine = study.entry.engine if study.entry else None
    if engine is None:
        return
    if engine.kind != "spark":
        for key in OF_SPARK:
            if getattr(engine, key) is not None:
                yield study.file.problem(
                    ("engine", key),
                    getattr(engine, key),
                    'a setting of the engine in use; only kind = "spark" reads this one',
                    'Write kind = "spark", or delete the line.',
                )
    if engine.warehouse and "://" in engine.warehouse:
        yield study.file.problem(
            ("engine", "warehouse"),
            engine.warehouse,
            "a folder that this machine and every worker see under the same path",
            "Mount the object store as a folder and name that.",
        )

"""What assets are given: the study and its warehouse, as Dagster resources around plain objects.

A test swaps one by passing another to `build_definitions`.
"""

import os
from datetime import date
from functools import cache
from pathlib import Path

import dagster as dg

from roi_pipeline.archive import with_archived_exports
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.warehouse import Warehouse

AS_OF_TAG = "roi/as_of"
EDITION_TAG = "roi/edition"
GAPS_TAG = "roi/gaps"


@cache
def study_in(folder: str) -> Study:
    """The study in a folder, read once per process."""
    from roi_pipeline.settings import read_study

    return with_archived_exports(read_study(Path(folder), environment=dict(os.environ)))


class StudyResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One company's folder."""

    folder: str

    @property
    def study(self) -> Study:
        """The study as read and checked."""
        return study_in(self.folder)

    @property
    def output(self) -> Path:
        """Where everything the product makes for this study goes."""
        return Path(self.folder) / "out"

    def as_of(self, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
        """The first day not yet seen: the run's tag, else the declared end of the history."""
        stated = context.run.tags.get(AS_OF_TAG)
        if stated:
            return date.fromisoformat(stated)
        return last_known_day(self.study)

    def cycle(self, context: dg.AssetExecutionContext) -> Cycle:
        """The cycle of the run's partition, at the run's `as_of`."""
        return self.study.cycle(context.partition_key, as_of=self.as_of(context))


def last_known_day(study: Study) -> date:
    """The declared end of the history; a study without one needs an explicit `as_of`."""
    if study.history.end == date.max:
        raise NeedsAHuman(
            "study.toml: history.end is open, so a run has to say what day it is: "
            f"add --as-of YYYY-MM-DD on the command line or the run tag {AS_OF_TAG}"
        )
    return study.history.end


class WarehouseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The DuckDB file of the study and its published copy."""

    folder: str
    threads: int | None = None

    @property
    def warehouse(self) -> Warehouse:
        """The Dagster-free object that opens connections."""
        folder = Path(self.folder)
        return Warehouse(
            folder / "warehouse.duckdb", folder / "published.duckdb", threads=self.threads
        )


def loaded_warehouse(folder: Path, *, why: str) -> Warehouse:
    """The warehouse of a study that was run before.

    Args:
        folder: the study.
        why: what loaded exports are needed for, as the error says it.

    Raises:
        NeedsAHuman: the study was never run.
    """
    warehouse = WarehouseResource(folder=str(folder / "out")).warehouse
    if not warehouse.path.exists():
        raise NeedsAHuman(f"{warehouse.path} is not there: {why}. First run: roi run {folder}")
    return warehouse

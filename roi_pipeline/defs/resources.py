"""What assets are given: the study and its warehouse, as Dagster resources around plain objects.

A test swaps one by passing another to `build_definitions`.
"""

from datetime import date
from pathlib import Path

import dagster as dg

from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.studies import last_known_day, study_in

AS_OF_TAG = "roi/as_of"
EDITION_TAG = "roi/edition"
GAPS_TAG = "roi/gaps"


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

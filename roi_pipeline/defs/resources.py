"""What assets are given: factories of the plain study and its plain warehouse, and the run's day.

A test swaps one by passing another, or the plain object itself, to `build_definitions`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path

import dagster as dg

from roi_pipeline.defs.one_writer import run_alone
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import OPEN_END, Cycle
from roi_pipeline.engines.spark.session import stopped_afterwards
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.close import matures_on
from roi_pipeline.usecases.studies import last_known_day, study_in, warehouse_at

AS_OF_TAG = "roi/as_of"
EDITION_TAG = "roi/edition"
GAPS_TAG = "roi/gaps"
MADE_UP_TAG = "roi/made_up"
PARTITION_TAG = "dagster/partition"


class StudyResource(dg.ConfigurableResource[Study]):
    """Reads the study in a folder."""

    folder: str

    def create_resource(self, context: dg.InitResourceContext) -> Study:  # noqa: ARG002
        """The study as read and checked, read once a process."""
        return study_in(self.folder)


class WarehouseResource(dg.ConfigurableResource[Warehouse]):
    """The DuckDB file of the study in a folder, and its published copy."""

    folder: str
    threads: int | None = None

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Warehouse]:
        """The object that opens connections, for as long as this run is the one that writes."""
        paths = StudyPaths(Path(self.folder))
        engine = study_in(self.folder).engine
        warehouse = warehouse_at(paths, threads=self.threads, memory_limit=engine.memory_limit)
        kept = nullcontext() if engine.is_spark else warehouse.kept_open()
        with run_alone(context, paths), stopped_afterwards(), kept:
            yield warehouse


def as_of_run(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, study: Study
) -> date:
    """The first day not yet seen: the run's tag, else the declared end of the history.

    Of an open history it is the day on which the run's cycle matures, so that a backfill of past cycles
    sees each of them as its final edition would.
    """
    stated, cycle = context.run.tags.get(AS_OF_TAG), context.run.tags.get(PARTITION_TAG)
    if stated:
        return date.fromisoformat(stated)
    if cycle and study.history.end == OPEN_END:
        return matures_on(study, study.cycle(cycle, as_of=study.history.start))
    return last_known_day(study)


def cycle_of_run(context: dg.AssetExecutionContext, study: Study) -> Cycle:
    """The cycle of the run's partition, at the run's `as_of`."""
    return study.cycle(context.partition_key, as_of=as_of_run(context, study))

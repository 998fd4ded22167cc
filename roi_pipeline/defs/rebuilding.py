"""Computes a cycle from the archive's store alone, in a folder of its own, with an empty warehouse.

Final editions are made this way and verified this way: what was loaded in which order before, and
what lies in the study folder today, cannot show in them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from roi_pipeline.archive import restore_study
from roi_pipeline.defs.definitions import build_definitions
from roi_pipeline.defs.facts import buildable_files
from roi_pipeline.defs.histories import Before, values_before
from roi_pipeline.defs.jobs import EVALUATE_JOB, PORTFOLIO_JOB
from roi_pipeline.defs.lineage import lineage_of_metrics
from roi_pipeline.defs.reports import edition_inputs
from roi_pipeline.defs.resources import AS_OF_TAG, WarehouseResource, study_in
from roi_pipeline.defs.roi import stored_values
from roi_pipeline.defs.run import QUIET, StepOutcome, step_outcomes
from roi_pipeline.domain.archives import EditionInputsKept
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.results import write_value

COMPUTED = ("exports", "facts", "metrics", "effects", "roi")
JUDGED = ("effects", "roi")
QUIET_INSTANCE = {"telemetry": {"enabled": False}}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A cycle computed anew.

    Attributes:
        inputs: as a draft; who made it final says so.
        earlier: the cycle of the edition before, computed again with everything known now.
        failed: what could not be computed, and why.
        lineage: metric id → SQL files and export tables behind it.
    """

    inputs: EditionInputs
    earlier: Mapping[str, ModuleValue]
    failed: tuple[StepOutcome, ...]
    lineage: Mapping[str, tuple[str, ...]]


def rebuild(
    kept: EditionInputsKept,
    earlier_editions: Before,
    cycle_key: str,
    *,
    as_of: date,
    threads: int | None = None,
) -> Rebuilt:
    """Compute one cycle from what is kept.

    Earlier cycles are those published before, never drafts. The cycle of the edition compared with is
    computed again beside it, so that late data can be told from new.

    Args:
        kept: configuration and exports.
        earlier_editions: what came before; its archive holds the store.
        cycle_key: which cycle.
        as_of: the first day not yet seen.
        threads: of the warehouse; leaves no trace in the figures.

    Raises:
        BrokenObject: something in the store is gone or changed.
        NeedsAHuman: not one module could be computed.
    """
    with TemporaryDirectory(prefix="roi-edition-") as scratch:
        folder = Path(scratch) / "study"
        folder.mkdir()
        restore_study(kept, earlier_editions.archive.store, folder)
        warehouse = WarehouseResource(folder=str(folder / "out"), threads=threads)
        with warehouse.warehouse.open() as connection:
            for value in values_before(earlier_editions):
                write_value(connection, value)
        steps = _run(folder, warehouse, cycle_key, as_of=as_of, layers=COMPUTED)
        failed = tuple(step for step in steps if step.status != "done")
        study = study_in(str(folder))
        inputs = _inputs(study, warehouse, cycle_key, as_of=as_of, failed=failed)
        earlier = dict[str, ModuleValue]()
        other = earlier_editions.previous_cycle
        if other is not None and other != cycle_key:
            _run(folder, warehouse, other, as_of=as_of, layers=JUDGED)
            with warehouse.warehouse.open() as connection:
                earlier = stored_values(connection, study, study.cycle(other, as_of=as_of))
        lineage = lineage_of_metrics(study, buildable_files(study))
    return Rebuilt(inputs, earlier, failed, lineage)


def _run(
    folder: Path,
    warehouse: WarehouseResource,
    cycle_key: str,
    *,
    as_of: date,
    layers: Iterable[str],
) -> list[StepOutcome]:
    definitions = build_definitions(folder, resources={"warehouse": warehouse})
    steps = list[StepOutcome]()
    with dg.DagsterInstance.ephemeral(settings=QUIET_INSTANCE) as instance:
        for name in (EVALUATE_JOB, PORTFOLIO_JOB):
            job = definitions.resolve_job_def(name)
            keys = [key for key in job.asset_layer.selected_asset_keys if key.path[0] in layers]
            result = job.execute_in_process(
                instance=instance,
                partition_key=cycle_key,
                tags={AS_OF_TAG: as_of.isoformat()},
                run_config=QUIET,
                raise_on_error=False,
                asset_selection=sorted(keys),
            )
            steps.extend(step_outcomes(result, job))
    return steps


def _inputs(
    study: Study,
    warehouse: WarehouseResource,
    cycle_key: str,
    *,
    as_of: date,
    failed: tuple[StepOutcome, ...],
) -> EditionInputs:
    with warehouse.warehouse.open() as connection:
        try:
            return edition_inputs(connection, study, study.cycle(cycle_key, as_of=as_of), "draft")
        except NeedsAHuman as error:
            raise NeedsAHuman(f"{error}{told(failed)}") from error


def told(failed: Iterable[StepOutcome]) -> str:
    """What failed and why, as lines of an error message."""
    return "".join(f"\n  {step.asset}: {step.reason}" for step in failed)

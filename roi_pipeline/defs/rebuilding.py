"""Computes a cycle from the archive's store alone, in a folder of its own, with an empty warehouse.

Final editions are made this way and verified this way: what was loaded in which order before, and
what lies in the study folder today, cannot show in them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from roi_pipeline.archive import (
    BrokenObject,
    cause_beside_data,
    config_key_hashes,
    product_files,
    restore_study,
)
from roi_pipeline.defs.assets.facts import sql_checks
from roi_pipeline.defs.computing import computing_assets
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.outcomes import QUIET, step_outcomes
from roi_pipeline.defs.progress import progress_logger
from roi_pipeline.defs.resources import AS_OF_TAG, StudyResource, WarehouseResource
from roi_pipeline.domain.archives import EditionInputsKept
from roi_pipeline.domain.editions import BridgeCause, EditionInputs
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.store.values import write_value
from roi_pipeline.usecases.baselines import restore_locks
from roi_pipeline.usecases.edition import edition_inputs, library_versions
from roi_pipeline.usecases.facts import buildable_files
from roi_pipeline.usecases.histories import Before, Recomputed, before_edition, values_before
from roi_pipeline.usecases.lineage import lineage_of_metrics
from roi_pipeline.usecases.outcomes import StepOutcome, told
from roi_pipeline.usecases.studies import study_in
from roi_pipeline.usecases.value import stored_values

COMPUTED = ("exports", "facts", "metrics", "effects", "roi")
JUDGED = ("effects", "roi")
PORTFOLIO = dg.AssetSelection.assets(["roi", "portfolio"])
PARTS = {"modules": dg.AssetSelection.all() - PORTFOLIO, "portfolio": PORTFOLIO}
QUIET_INSTANCE = {"telemetry": {"enabled": False}}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A cycle computed anew.

    Attributes:
        inputs: as a draft; who made it final says so.
        recomputed: the edition before, computed again.
        failed: what could not be computed, and why.
        lineage: metric id → SQL files and export tables behind it.
    """

    inputs: EditionInputs
    recomputed: Recomputed
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
    """Compute one cycle from what is kept, and the edition before it again.

    Args:
        kept: configuration and exports.
        earlier_editions: what came before; its archive holds the store. Earlier cycles are those
            published, never drafts.
        cycle_key: which cycle.
        as_of: the first day not yet seen.
        threads: of the warehouse; leaves no trace in the figures.

    Raises:
        BrokenObject: something in the store is gone or changed.
        NeedsAHuman: not one module could be computed.
    """
    rebuilt = _computed(kept, earlier_editions, cycle_key, as_of=as_of, threads=threads)
    reworked, residual = _reworked(earlier_editions, kept.config, threads=threads)
    recomputed = replace(rebuilt.recomputed, reworked=reworked, residual=residual)
    return replace(rebuilt, recomputed=recomputed)


def _reworked(
    earlier_editions: Before, config: Mapping[str, str], *, threads: int | None
) -> tuple[Mapping[str, ModuleValue], BridgeCause | None]:
    """The edition before from its own exports, with the given configuration and today's product."""
    archive, name = earlier_editions.archive, earlier_editions.previous
    if name is None:
        return {}, None
    manifest = archive.manifest(name)
    today = replace(
        manifest,
        inputs=replace(manifest.inputs, config=config),
        product=product_files(),
        versions=library_versions(),
        config_keys=config_key_hashes(config, archive.store),
    )
    residual = cause_beside_data(manifest, today)
    if residual is None:
        return {}, None
    earlier = replace(before_edition(archive, manifest), previous=None)
    try:
        rebuilt = _computed(
            today.inputs, earlier, manifest.cycle_key, as_of=manifest.as_of, threads=threads
        )
    except BrokenObject:
        raise
    except NeedsAHuman:  # what is asked today cannot be computed from what was delivered then
        return {}, residual
    return {item.module.id: item.value for item in rebuilt.inputs.modules}, residual


def _computed(
    kept: EditionInputsKept,
    earlier_editions: Before,
    cycle_key: str,
    *,
    as_of: date,
    threads: int | None,
) -> Rebuilt:
    """One cycle; and the cycle of the edition before beside it, from the same exports."""
    with TemporaryDirectory(prefix="roi-edition-") as scratch:
        folder = Path(scratch) / "study"
        folder.mkdir()
        restore_study(kept, earlier_editions.archive.store, folder)
        warehouse = WarehouseResource(folder=str(folder / "out"), threads=threads)
        restore_locks(kept, earlier_editions.archive.store, warehouse.warehouse)
        with warehouse.warehouse.open() as connection:
            for value in values_before(earlier_editions):
                write_value(connection, value)
        steps = _run(folder, warehouse, cycle_key, as_of=as_of, layers=COMPUTED)
        failed = tuple(step for step in steps if step.status != "done")
        study = study_in(str(folder))
        inputs = _inputs(study, warehouse, cycle_key, as_of=as_of, failed=failed)
        known_now = dict[str, ModuleValue]()
        other = earlier_editions.previous_cycle
        if other is not None and other != cycle_key:
            _run(folder, warehouse, other, as_of=as_of, layers=JUDGED)
            with warehouse.warehouse.open() as connection:
                known_now = stored_values(connection, study, study.cycle(other, as_of=as_of))
        lineage = lineage_of_metrics(study, buildable_files(study))
    return Rebuilt(inputs, Recomputed(known_now=known_now), failed, lineage)


def _run(
    folder: Path,
    warehouse: WarehouseResource,
    cycle_key: str,
    *,
    as_of: date,
    layers: Iterable[str],
) -> list[StepOutcome]:
    definitions = _definitions(folder, warehouse)
    steps = list[StepOutcome]()
    with dg.DagsterInstance.ephemeral(settings=QUIET_INSTANCE) as instance:
        for name in PARTS:
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


def _definitions(folder: Path, warehouse: WarehouseResource) -> dg.Definitions:
    """What computes, in two jobs: the portfolio is made of the modules that came out."""
    study = study_in(str(folder))
    return dg.Definitions(
        assets=computing_assets(study),
        asset_checks=sql_checks(study),
        jobs=[
            dg.define_asset_job(name, selection=selection, partitions_def=cycle_partitions(study))
            for name, selection in PARTS.items()
        ],
        resources={"study": StudyResource(folder=str(folder)), "warehouse": warehouse},
        executor=dg.in_process_executor,
        loggers={"progress": progress_logger(None)},
    )


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

"""Computes a cycle from the archive's store alone, in a folder of its own, with an empty warehouse.

Final editions are made this way and verified this way: what was loaded in which order before, and
what lies in the study folder today, cannot show in them. The computing itself is the asset graph's:
whoever calls hands in an `Evaluator` that runs it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Protocol

from roi_pipeline.archive import (
    BrokenObject,
    cause_beside_data,
    config_key_hashes,
    product_files,
    restore_study,
)
from roi_pipeline.domain.archives import EditionInputsKept
from roi_pipeline.domain.editions import BridgeCause, EditionInputs
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.spark.lake import own_lake
from roi_pipeline.engines.store.values import write_value
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.baselines import restore_locks
from roi_pipeline.usecases.edition import edition_inputs
from roi_pipeline.usecases.facts import buildable_files
from roi_pipeline.usecases.histories import Before, Recomputed, before_edition, values_before
from roi_pipeline.usecases.libraries import library_versions
from roi_pipeline.usecases.lineage import lineage_of_metrics
from roi_pipeline.usecases.scratch import scratch_folder
from roi_pipeline.usecases.studies import study_in, warehouse_at
from roi_pipeline.usecases.value import stored_values

COMPUTED = ("exports", "facts", "metrics", "effects", "roi")
JUDGED = ("effects", "roi")


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """Result of one asset in a run: `done`, `failed` or `skipped`, and why."""

    asset: str
    status: str
    reason: str = ""


class Evaluator(Protocol):
    """Runs layers of a study's graph for one cycle; a failed step is reported, never raised."""

    def __call__(
        self, study: Study, warehouse: Warehouse, cycle: Cycle, *, layers: Collection[str]
    ) -> Sequence[StepOutcome]:
        """Result of every step."""
        ...


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
    evaluate: Evaluator,
    threads: int | None = None,
) -> Rebuilt:
    """Compute one cycle from what is kept, and the edition before it again.

    Args:
        kept: configuration and exports.
        earlier_editions: what came before; its archive holds the store. Earlier cycles are those
            published, never drafts.
        cycle_key: which cycle.
        as_of: the first day not yet seen.
        evaluate: runs the asset graph.
        threads: of the warehouse; leaves no trace in the figures.

    Raises:
        BrokenObject: something in the store is gone or changed.
        NeedsAHuman: not one module could be computed.
    """
    warehouse_of = partial(warehouse_at, threads=threads)
    compute = partial(_computed, evaluate=evaluate, warehouse_of=warehouse_of)
    rebuilt = compute(kept, earlier_editions, cycle_key, as_of=as_of)
    reworked, residual = _reworked(earlier_editions, kept.config, compute)
    recomputed = replace(rebuilt.recomputed, reworked=reworked, residual=residual)
    return replace(rebuilt, recomputed=recomputed)


def _reworked(
    earlier_editions: Before, config: Mapping[str, str], compute: Callable[..., Rebuilt]
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
        rebuilt = compute(today.inputs, earlier, manifest.cycle_key, as_of=manifest.as_of)
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
    evaluate: Evaluator,
    warehouse_of: Callable[[StudyPaths], Warehouse],
) -> Rebuilt:
    """One cycle; and the cycle of the edition before beside it, from the same exports."""
    paths = StudyPaths(earlier_editions.archive.folder.parent.parent)
    with scratch_folder(paths, "edition") as scratch, ExitStack() as stack:
        folder = scratch / "study"
        folder.mkdir()
        restore_study(kept, earlier_editions.archive.store, folder)
        study = study_in(str(folder))
        limit = study.engine.memory_limit
        warehouse = replace(warehouse_of(StudyPaths(folder)), memory_limit=limit)
        stack.enter_context(own_lake(study.engine, study=study.id, database=warehouse.path))
        restore_locks(kept, earlier_editions.archive.store, warehouse)
        with warehouse.open() as connection:
            for value in values_before(earlier_editions):
                write_value(connection, value)
        cycle = study.cycle(cycle_key, as_of=as_of)
        steps = evaluate(study, warehouse, cycle, layers=COMPUTED)
        failed = tuple(step for step in steps if step.status != "done")
        inputs = _inputs(study, warehouse, cycle, failed=failed)
        known_now = dict[str, ModuleValue]()
        if earlier_editions.previous_cycle not in {None, cycle_key}:
            other = study.cycle(str(earlier_editions.previous_cycle), as_of=as_of)
            evaluate(study, warehouse, other, layers=JUDGED)
            with warehouse.open() as connection:
                known_now = stored_values(connection, study, other)
        behind = lineage_of_metrics(study, buildable_files(study))
    return Rebuilt(inputs, Recomputed(known_now=known_now), failed, behind)


def _inputs(
    study: Study, warehouse: Warehouse, cycle: Cycle, *, failed: tuple[StepOutcome, ...]
) -> EditionInputs:
    with warehouse.open() as connection:
        try:
            return edition_inputs(connection, study, cycle, "draft")
        except NeedsAHuman as error:
            raise NeedsAHuman(f"{error}{listed(failed)}") from error


def listed(failed: Iterable[StepOutcome]) -> str:
    """What failed and why, as lines of an error message."""
    return "".join(f"\n  {step.asset}: {step.reason}" for step in failed)

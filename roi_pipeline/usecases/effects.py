"""What a module changed, by the strongest design, held to the baseline it first used."""

from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.questions.module import read_questions
from roi_pipeline.engines.steps import Step, keep_step
from roi_pipeline.engines.store.baseline_locks import locks_to_text, read_locks
from roi_pipeline.engines.store.values import read_effects, write_effects
from roi_pipeline.engines.warehouse import Connection, Warehouse
from roi_pipeline.usecases.baselines import archived_locks, lock_baselines, with_baselines
from roi_pipeline.usecases.counters import with_counters
from roi_pipeline.usecases.facts import steps_of_tables
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.studies import paths_of
from roi_pipeline.usecases.unchanged import result_that_stands, step_of_cycle, tables_in

SAMPLE_RATIO = "arms_have_the_planned_share"  # the finding's, and the asset check's


def evaluate_effects(
    study: Study, warehouse: Warehouse, module: Module, cycle: Cycle
) -> ModuleEffects:
    """Estimate and store the effect on every metric of a module's pool.

    The warehouse is closed while estimates are made: they take minutes, and others may write.
    """
    archive = archive_of(paths_of(study))
    study = with_counters(study, module)
    with warehouse.open() as connection:
        known = read_effects(connection, cycle.key, module.id)
        step = effects_step(connection, study, module, cycle)
        if result_that_stands(connection, step) is not None and known is not None:
            return known
        from roi_pipeline.stats.evaluate import evaluate_module

        questions = read_questions(connection, study, module, cycle)
        locked = lock_baselines(connection, study, module, cycle, archive=archive)
    effects = with_baselines(evaluate_module(module, cycle, questions), locked, cycle)
    with warehouse.open() as connection:
        write_effects(connection, effects)
        keep_step(connection, effects_step(connection, study, module, cycle))
    return effects


def effects_step(connection: Connection, study: Study, module: Module, cycle: Cycle) -> Step:
    """What a module's effects depend on: every table, and the baselines as locked.

    A lock that the step itself makes changes nothing it would find the next time, so the locks are those
    known when it ends.
    """
    archive = archive_of(paths_of(study))
    locks = [
        lock for lock in read_locks(connection) or archived_locks(archive)
        if lock.module_id == module.id
    ]  # fmt: skip
    tables = tables_in(steps_of_tables(connection, study, as_of=cycle.as_of))
    return step_of_cycle(f"effects/{module.id}", study, cycle, tables, locks_to_text(locks))


def is_assigned(module: Module) -> bool:
    """Whether units were assigned to a module, so that its groups have sizes to be held against."""
    return module.randomisation is not None


def sample_ratio_findings(effects: ModuleEffects) -> tuple[Finding, ...]:
    """Whether the groups of a module have the sizes they were planned to have, once for each subject."""
    return tuple(item for item in all_findings(effects) if item.check == SAMPLE_RATIO)


def all_findings(effects: ModuleEffects) -> tuple[Finding, ...]:
    """Findings about the module and about each of its metrics."""
    per_metric = (finding for outcome in effects.outcomes.values() for finding in outcome.findings)
    return (*effects.findings, *per_metric)

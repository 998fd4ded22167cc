"""What a module changed, by the strongest design, held to the baseline it first used."""

from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.questions.module import read_questions
from roi_pipeline.engines.store.values import write_effects
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.baselines import lock_baselines, with_baselines
from roi_pipeline.usecases.counters import with_counters
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.studies import paths_of


def evaluate_effects(
    study: Study, warehouse: Warehouse, module: Module, cycle: Cycle
) -> ModuleEffects:
    """Estimate and store the effect on every metric of a module's pool.

    The warehouse is closed while estimates are made: they take minutes, and others may write.
    """
    from roi_pipeline.stats.evaluate import evaluate_module

    archive = archive_of(paths_of(study))
    study = with_counters(study, module)
    with warehouse.open() as connection:
        questions = read_questions(connection, study, module, cycle)
        locked = lock_baselines(connection, study, module, cycle, archive=archive)
    effects = with_baselines(evaluate_module(module, cycle, questions), locked, cycle)
    with warehouse.open() as connection:
        write_effects(connection, effects)
    return effects


def all_findings(effects: ModuleEffects) -> tuple[Finding, ...]:
    """Findings about the module and about each of its metrics."""
    per_metric = (finding for outcome in effects.outcomes.values() for finding in outcome.findings)
    return (*effects.findings, *per_metric)

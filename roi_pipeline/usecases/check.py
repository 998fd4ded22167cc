"""`roi check`: everything that can be known to be wrong before anything is computed.

The exports themselves are for `check_exports`.
"""

from collections.abc import Mapping
from pathlib import Path

from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.spark.session import missing_for_spark
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.usecases.facts import FRAMES, buildable_files, catalogue_of
from roi_pipeline.usecases.rehearsals import note_that_sql_runs, sql_is_known_to_run
from roi_pipeline.usecases.sql_readings import note_readings
from roi_pipeline.usecases.studies import study_in


def check_study(folder: Path, *, anew: bool = False) -> tuple[str, ...]:
    """Raise with every problem of the study; return notes worth knowing otherwise.

    Args:
        folder: the study.
        anew: try the SQL although the same SQL ran on the same contracts before.

    Raises:
        StudyHasProblems: at least one problem, all of them listed.
    """
    study = study_in(str(folder))
    if problems := _engine_problems(study):
        raise StudyHasProblems(problems)
    if anew or not sql_is_known_to_run(folder):
        _try_sql(study, folder)
    problems = [*_tables_missing(study), *_units_missing(study), *_money_problems(study)]
    if problems:
        raise StudyHasProblems(problems)
    note_readings(folder, catalogue_of(study))
    return tuple(_never_live(study))


def machine_notes() -> tuple[str, ...]:
    """What this machine lacks for reports to be drawn and printed, whatever the study."""
    from roi_pipeline.reporting import font_problems

    return font_problems()


def _engine_problems(study: Study) -> list[Problem]:
    """What this machine lacks to compute the study by the engine it names."""
    if not study.engine.is_spark:
        return []
    return [
        Problem("study.toml", "engine.kind", "spark", what, remedy)
        for what, remedy in missing_for_spark()
    ]


def _try_sql(study: Study, folder: Path) -> None:
    from roi_pipeline.usecases.check_sql import sql_problems

    if problems := sql_problems(study):
        raise StudyHasProblems(problems)
    note_that_sql_runs(folder)


def _tables_missing(study: Study) -> list[Problem]:
    """Metrics whose daily table no SQL can build from this study's exports."""
    catalogue = catalogue_of(study)
    built = {file.table for file in buildable_files(study)} | set(FRAMES)
    given = {f"exports.{contract.table}" for contract in study.contracts} | built
    problems = list[Problem]()
    for module in study.modules:
        for number, pool_metric in enumerate(module.pool):
            table = study.metric(pool_metric.metric_id).table
            if table in built:
                continue
            file = catalogue.files.get(table)
            lacking = _lacking(catalogue.files, table, given) if file else (f"sql/{table}",)
            problems.append(
                Problem(
                    file=module.file,
                    key=f"pool[{number}].metric",
                    value=pool_metric.metric_id,
                    expected=f"a metric whose table {table} can be built from this study's sources",
                    remedy=f"Add a source for {', '.join(lacking)}, or drop the metric.",
                )
            )
    return problems


def _units_missing(study: Study) -> list[Problem]:
    """Metrics whose daily table does not know the unit the module is compared by."""
    files = catalogue_of(study).files
    problems = list[Problem]()
    for module in study.modules:
        unit = f"{module.rollout.unit}_id"
        for number, pool_metric in enumerate(module.pool):
            metric = study.metric(pool_metric.metric_id)
            file = files.get(metric.table)
            if file is None or metric.statistic == "lifetime_value" or unit in file.columns:
                continue
            units = [name.removesuffix("_id") for name in file.columns if name.endswith("_id")]
            problems.append(
                Problem(
                    file=module.file,
                    key=f"pool[{number}].metric",
                    value=pool_metric.metric_id,
                    expected=f"a metric that is counted by {module.rollout.unit}; "
                    f"{metric.table} knows {', '.join(units) or 'no unit'}",
                    remedy="Choose another metric, or another unit in [rollout].",
                )
            )
    return problems


def _never_live(study: Study) -> list[str]:
    """Modules of which nothing says when they went live: there is nothing to judge yet."""
    return [
        f"{module.file}: nothing in [rollout] says when the module went live; "
        "add go_live or everywhere_from"
        for module in study.modules
        if module.rollout.first_day is None
    ]


def _money_problems(study: Study) -> tuple[Problem, ...]:
    from roi_pipeline.finance import find_problems

    return find_problems(
        study.modules,
        study.metrics,
        currency=study.currency,
        assumptions=study.assumptions,
        exchange_rates=study.rates,
    )


def _lacking(files: Mapping[str, SqlFile], table: str, given: set[str]) -> tuple[str, ...]:
    """Export tables without which `table` cannot be built."""
    if table in given or table not in files:
        return () if table in given else (table,)
    file = files[table]
    needed = [name for name in file.inputs if name not in file.optional_inputs]
    return tuple(sorted({name for part in needed for name in _lacking(files, part, given)}))

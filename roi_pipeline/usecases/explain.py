"""`roi explain`: from a figure in a report back to the export files it was computed from.

Sentence → effect and design → sample sizes → SQL files with hashes → export files with hashes and
rows. Everything is read from what the run stored; nothing is recomputed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from roi_pipeline.domain.effects import Effect, Inconclusive, Outcome
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.loads import FileLoad
from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.loading import read_file_loads
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.store.values import read_effects, read_value
from roi_pipeline.usecases.facts import buildable_files
from roi_pipeline.usecases.studies import study_in, warehouse_at


def explain(folder: Path, cycle_key: str, name: str) -> str:
    """The chain behind `module.metric` or `module.line`, as text.

    Raises:
        UnknownName: no such module, metric or money line.
        NeedsAHuman: the cycle was not evaluated yet.
    """
    module_id, _, part = name.partition(".")
    study = study_in(str(folder))
    module = study.module(module_id)
    with warehouse_at(StudyPaths(folder)).open() as connection:
        effects = read_effects(connection, cycle_key, module_id)
        value = read_value(connection, cycle_key, module_id)
        loads = read_file_loads(connection)
    if effects is None:
        raise NeedsAHuman(
            f"{cycle_key} was not evaluated yet; roi run {folder} --cycle {cycle_key}"
        )
    if part in effects.outcomes:
        lines = _metric_lines(study, effects.outcomes[part], loads)
    else:
        known = [*effects.outcomes, *_line_ids(value)]
        if value is None or part not in _line_ids(value):
            raise UnknownName(f"metric or money line of module {module_id}", part, known)
        lines = _money_lines(study, value, part, effects.outcomes, loads)
    return "\n".join([f"{name} in {cycle_key} ({module.name.into('en')})", *lines])


def _line_ids(value: ModuleValue | None) -> list[str]:
    if value is None:
        return []
    return [line.id for line in (*value.rated.benefits, *value.rated.costs)]


def _metric_lines(study: Study, outcome: Outcome, loads: tuple[FileLoad, ...]) -> Iterator[str]:
    metric = study.metric(outcome.metric_id)
    yield f"  metric    {metric.sentence.into('en')} (version {metric.version}, owner {metric.owner})"
    match outcome:
        case Effect():
            yield (
                f"  effect    {outcome.estimate:+.6g} [{outcome.lower:.6g}, {outcome.upper:.6g}] "
                f"at {outcome.confidence:.0%}, grade {outcome.grade}"
            )
            yield f"  design    {outcome.design} by {outcome.method}, {outcome.interval_kind} interval"
            yield (
                f"  sample    {outcome.n_units} units, {outcome.n_treated} treated, "
                f"baseline {outcome.baseline}, post {outcome.post}"
            )
        case Inconclusive():
            yield f"  no effect {outcome.reason}"
    for finding in outcome.findings:
        mark = "ok" if finding.passed else finding.severity
        yield f"  finding   {finding.check}: {mark}: {finding.message}"
    yield from _source_lines(study, metric.table, loads)


def _source_lines(study: Study, table: str, loads: tuple[FileLoad, ...]) -> Iterator[str]:
    files = {file.table: file for file in buildable_files(study)}
    for file in lineage(files, table):
        yield f"  sql       sql/{file.path} {file.sha256[:16]}"
    exports = {name for file in lineage(files, table) for name in file.inputs}
    for load in loads:
        if f"exports.{load.table}" in exports:
            yield (
                f"  export    {load.path} {load.sha256[:16]} read {load.rows_read}, "
                f"loaded {load.rows_loaded}, quarantined {load.rows_quarantined}, "
                f"duplicates {load.rows_duplicate}"
            )


def lineage(files: dict[str, SqlFile], table: str) -> list[SqlFile]:
    """The SQL files behind a table, itself first, each once."""
    found = dict[str, SqlFile]()
    waiting = [table]
    while waiting:
        name = waiting.pop(0)
        if name in files and name not in found:
            found[name] = files[name]
            waiting.extend(files[name].inputs)
    return list(found.values())


def _money_lines(
    study: Study,
    value: ModuleValue,
    line_id: str,
    outcomes: Mapping[str, Outcome],
    loads: tuple[FileLoad, ...],
) -> Iterator[str]:
    lines = (*value.rated.benefits, *value.rated.costs)
    line = next(line for line in lines if line.id == line_id)
    match line:
        case BenefitLine():
            yield f"  amount    {line.amount} {value.rated.currency} over {line.period}"
            yield (
                f"  product   effect {line.effect} × volume {line.volume} → quantity {line.quantity} "
                f"× unit value {line.unit_value} × realisation {line.realisation} × margin "
                f"{line.margin} × share {line.attribution_share} × risk {line.risk_factor}"
            )
            yield f"  value of  {line.unit_value_source}"
            yield from _metric_lines(study, outcomes[line.metric_id], loads)
        case CostLine():
            yield f"  amount    {line.amount} {value.rated.currency} over {line.period}"
            yield f"  source    {line.source}"

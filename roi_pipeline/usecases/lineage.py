"""Which SQL files and exports stand behind a table or a metric."""

from collections.abc import Mapping, Sequence

from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.sql_catalogue import SqlFile


def lineage(files: Mapping[str, SqlFile], table: str) -> list[SqlFile]:
    """The SQL files behind a table, itself first, each once."""
    found = dict[str, SqlFile]()
    waiting = [table]
    while waiting:
        name = waiting.pop(0)
        if name in files and name not in found:
            found[name] = files[name]
            waiting.extend(files[name].inputs)
    return list(found.values())


def lineage_of_metrics(study: Study, files: Sequence[SqlFile]) -> dict[str, tuple[str, ...]]:
    """Metric id → its SQL files (`sql/…`) and export tables, for the metrics of every pool."""
    by_table = {file.table: file for file in files}
    wanted = {entry.metric_id for module in study.modules for entry in module.pool}
    return {
        metric_id: _behind(by_table, study.metric(metric_id).table) for metric_id in sorted(wanted)
    }


def sources_of(study: Study, module: Module, files: Sequence[SqlFile]) -> tuple[str, ...]:
    """Export tables the figures of a module come from, followed through the SQL that leads to them."""
    by_table = {file.table: file for file in files}
    metrics = [study.metrics.get(entry.metric_id) for entry in module.pool]
    tables = {metric.table for metric in metrics if metric}
    if module.attribution is not None:
        tables |= {"facts.action_outcomes", "facts.ai_actions"}
    direct = {"erp__payroll"} if any(rule.role for rule in module.benefits) else set[str]()
    direct |= {"erp__module_costs"} if module.costs else set()
    behind = {name for table in tables for name in _behind(by_table, table)} | direct
    return tuple(sorted(behind & {contract.table for contract in study.contracts}))


def _behind(by_table: dict[str, SqlFile], table: str) -> tuple[str, ...]:
    chain = lineage(by_table, table)
    exports = {name for file in chain for name in file.inputs if name.startswith("exports.")}
    names = {f"sql/{file.path}" for file in chain}
    return tuple(sorted(names | {name.removeprefix("exports.") for name in exports}))

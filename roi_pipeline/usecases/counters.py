"""Which metrics are a vendor's own counter, from the contracts of the exports behind their columns."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.sql_lineage import export_columns, files_behind
from roi_pipeline.usecases.facts import catalogue_of


def with_counters(study: Study, module: Module) -> Study:
    """The study with the metrics of a module's pool marked that a vendor counts."""
    vendors = {contract.table: contract for contract in study.contracts if contract.vendor_columns}
    if not vendors:
        return study
    files = catalogue_of(study).files
    columns = {
        contract.table: tuple(column.name for column in contract.columns)
        for contract in study.contracts
    }
    marked = {
        entry.metric_id: replace(metric, is_vendor_counted=True)
        for entry in module.pool
        if (metric := study.metrics.get(entry.metric_id)) is not None
        and _is_counted_by_vendor(study, metric, files, columns)
    }
    return replace(study, metrics={**study.metrics, **marked})


def _is_counted_by_vendor(
    study: Study,
    metric: Metric,
    files: Mapping[str, SqlFile],
    columns: Mapping[str, tuple[str, ...]],
) -> bool:
    """Whether rows that a vendor made up, or one of its figures, stand in either sum."""
    if metric.table not in files:
        return False
    chain = files_behind(files, metric.table)
    read = {name for file in chain.values() for name in file.inputs}
    behind = [each for each in study.contracts if f"exports.{each.table}" in read]
    if any(contract.counted_by == "vendor" for contract in behind):
        return True
    vendors = {(each.table, name) for each in behind for name in each.vendor_columns}
    if not vendors:
        return False
    texts = tuple(sorted((name, file.sql) for name, file in chain.items()))
    given = tuple(sorted((each.table, columns[each.table]) for each in behind))
    found = _columns_behind(texts, metric.table, (metric.numerator, metric.denominator), given)
    return not vendors.isdisjoint(found)


@lru_cache(maxsize=256)
def _columns_behind(
    texts: tuple[tuple[str, str], ...],
    table: str,
    wanted: tuple[str, str],
    exports: tuple[tuple[str, tuple[str, ...]], ...],
) -> frozenset[tuple[str, str]]:
    return export_columns(dict(texts), table, wanted, exports=dict(exports))

"""Which SQL files and exports stand behind a metric, for naming what can have moved it."""

from collections.abc import Sequence

from roi_pipeline.domain.study import Study
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.usecases.explain import lineage


def lineage_of_metrics(study: Study, files: Sequence[SqlFile]) -> dict[str, tuple[str, ...]]:
    """Metric id → its SQL files (`sql/…`) and export tables, for the metrics of every pool."""
    by_table = {file.table: file for file in files}
    wanted = {entry.metric_id for module in study.modules for entry in module.pool}
    return {
        metric_id: _behind(by_table, study.metric(metric_id).table) for metric_id in sorted(wanted)
    }


def _behind(by_table: dict[str, SqlFile], table: str) -> tuple[str, ...]:
    chain = lineage(by_table, table)
    exports = {name for file in chain for name in file.inputs if name.startswith("exports.")}
    names = {f"sql/{file.path}" for file in chain}
    return tuple(sorted(names | {name.removeprefix("exports.") for name in exports}))

"""Asset checks from SQL: one per file of `sql/checks/` whose tables a study has."""

import dagster as dg

from roi_pipeline.defs.assets.facts import asset_key
from roi_pipeline.defs.metadata import SEVERITIES, dagster_errors, table_of
from roi_pipeline.defs.resources import as_of_run
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.facts import checks_of, run_check


def sql_checks(study: Study) -> list[dg.AssetChecksDefinition]:
    """Every check a study can run."""
    return [_sql_check(file) for file in checks_of(study)]


def _sql_check(file: SqlFile) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=asset_key(file.subject),
        name=file.table.removeprefix("checks."),
        description=f"Healthy when it lists no {file.description.removeprefix('one row per ')}",
        additional_deps=[asset_key(name) for name in file.inputs if name != file.subject],
        blocking=file.severity == "stop",
        pool="duckdb",
    )
    def sql_check(
        context: dg.AssetCheckExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.AssetCheckResult:
        with dagster_errors():
            found = run_check(study, warehouse, file, as_of=as_of_run(context, study))
        return dg.AssetCheckResult(
            passed=found.count == 0,
            severity=SEVERITIES[file.severity],
            metadata={"rows_listed": found.count, "first_rows": table_of(found.names, found.rows)},
        )

    return sql_check

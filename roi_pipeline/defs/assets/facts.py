"""Assets of the layers facts and metrics: one per SQL file, and the few tables Polars makes.

Dependencies are what sqlglot reads in the SQL; nothing is declared twice.
"""

import dagster as dg

from roi_pipeline.defs.metadata import (
    Results,
    dagster_errors,
    finding_check,
    materialised,
    table_metadata,
)
from roi_pipeline.defs.resources import as_of_run
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.facts import FINDINGS, FRAMES, build_file, build_frame, buildable_files


def fact_assets(study: Study) -> list[dg.AssetsDefinition]:
    """Every asset of the layers facts and metrics."""
    files = buildable_files(study)
    known = {file.table for file in files} | set(FRAMES)
    known |= {f"exports.{contract.table}" for contract in study.contracts}
    frames = [_frame_asset(table, description) for table, (description, _) in FRAMES.items()]
    return [*frames, *(_sql_asset(file, known, engine=study.engine.kind) for file in files)]


def asset_key(table: str) -> dg.AssetKey:
    """`facts.calls` is the asset `facts/calls`."""
    return dg.AssetKey(table.split("."))


def _frame_asset(table: str, description: str) -> dg.AssetsDefinition:
    key, check = asset_key(table), FINDINGS.get(table)

    @dg.asset(
        key=key,
        check_specs=[dg.AssetCheckSpec(check[0], asset=key)] if check else None,
        group_name="facts",
        description=description,
        kinds={"polars", "duckdb"},
        owners=["team:data"],
        pool="duckdb",
    )
    def frame_asset(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        with dagster_errors() as noted:
            made = build_frame(study, warehouse, table, as_of=as_of_run(context, study))
        yield from materialised(
            noted,
            table_metadata(made),
            check_results=[finding_check(key, check[0], made.findings)] if check else [],
        )

    return frame_asset


def _sql_asset(file: SqlFile, known: set[str], *, engine: str) -> dg.AssetsDefinition:
    layer = file.table.split(".")[0]

    @dg.asset(
        key=asset_key(file.table),
        deps=[asset_key(table) for table in file.inputs if table in known and table != file.table],
        group_name=layer,
        description=f"{file.description}\n\n```sql\n{file.sql}\n```",
        kinds={"sql", engine},
        owners=["team:data"],
        tags={"roi/sql": file.sha256[:12]},
        code_version=file.sha256[:12],
        pool="duckdb",
    )
    def sql_asset(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        with dagster_errors() as noted:
            made = build_file(study, warehouse, file, as_of=as_of_run(context, study))
        yield from materialised(noted, table_metadata(made))

    return sql_asset

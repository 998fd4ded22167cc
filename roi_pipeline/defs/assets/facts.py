"""Assets of the layers facts and metrics: one per SQL file, and the few tables Polars makes.

Dependencies are what sqlglot reads in the SQL; nothing is declared twice.
"""

import dagster as dg

from roi_pipeline.defs.resources import StudyResource, WarehouseResource
from roi_pipeline.defs.telling import (
    SEVERITIES,
    errors_told,
    finding_check,
    markdown_table,
    table_metadata,
)
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.warehouse import (
    create_macros,
    describe_table,
    offending_rows,
    preview,
    write_frame,
)
from roi_pipeline.usecases.facts import (
    FINDINGS,
    FRAMES,
    FrameMaker,
    build_sql_table,
    buildable_files,
    catalogue_of,
    sql_parameters,
)


def fact_assets(study: Study) -> list[dg.AssetsDefinition]:
    """Every asset of the layers facts and metrics."""
    files = buildable_files(study)
    known = {file.table for file in files} | set(FRAMES)
    known |= {f"exports.{contract.table}" for contract in study.contracts}
    frames = [_frame_asset(table, *made) for table, made in FRAMES.items()]
    return [*frames, *(_sql_asset(file, known) for file in files)]


def sql_checks(study: Study) -> list[dg.AssetChecksDefinition]:
    """One asset check per file of `sql/checks/` whose tables this study has."""
    built = {file.table for file in buildable_files(study)} | set(FRAMES)
    files = [file for file in catalogue_of(study).files.values() if file.is_check]
    return [_sql_check(file) for file in files if set(file.inputs) <= built]


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
        context: dg.AssetCheckExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.AssetCheckResult:
        with warehouse.warehouse.open() as connection:
            create_macros(connection, catalogue_of(study.study))
            parameters = sql_parameters(study.study, study.as_of(context))
            names, rows, count = offending_rows(connection, file, parameters)
        return dg.AssetCheckResult(
            passed=count == 0,
            severity=SEVERITIES[file.severity],
            metadata={"rows_listed": count, "first_rows": markdown_table(names, rows)},
        )

    return sql_check


def asset_key(table: str) -> dg.AssetKey:
    """`facts.calls` is the asset `facts/calls`."""
    return dg.AssetKey(table.split("."))


def _frame_asset(table: str, description: str, make: FrameMaker) -> dg.AssetsDefinition:
    key, told = asset_key(table), FINDINGS.get(table)

    @dg.asset(
        key=key,
        check_specs=[dg.AssetCheckSpec(told[0], asset=key)] if told else None,
        group_name="facts",
        description=description,
        kinds={"polars", "duckdb"},
        owners=["team:data"],
        pool="duckdb",
    )
    def frame_asset(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        with errors_told(), warehouse.warehouse.open() as connection:
            window = Window(study.study.history.start, study.as_of(context))
            frame = make(study.study, window)
            write_frame(connection, table, frame)
            names, rows = preview(connection, table)
            built = describe_table(connection, table)
        return dg.MaterializeResult(
            metadata=table_metadata(built, names, rows),
            check_results=[finding_check(key, told[0], told[1](frame))] if told else [],
        )

    return frame_asset


def _sql_asset(file: SqlFile, known: set[str]) -> dg.AssetsDefinition:
    layer = file.table.split(".")[0]

    @dg.asset(
        key=asset_key(file.table),
        deps=[asset_key(table) for table in file.inputs if table in known and table != file.table],
        group_name=layer,
        description=f"{file.description}\n\n```sql\n{file.sql}\n```",
        kinds={"sql", "duckdb"},
        owners=["team:data"],
        tags={"roi/sql": file.sha256[:12]},
        code_version=file.sha256[:12],
        pool="duckdb",
    )
    def sql_asset(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        with errors_told(), warehouse.warehouse.open() as connection:
            built = build_sql_table(connection, file, study=study.study, as_of=study.as_of(context))
            names, rows = preview(connection, file.table)
        return dg.MaterializeResult(metadata=table_metadata(built, names, rows))

    return sql_asset

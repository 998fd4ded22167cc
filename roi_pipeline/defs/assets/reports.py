"""Assets of the layer reports: files a person reads, made from what the layers above stored."""

from pathlib import Path

import dagster as dg

from roi_pipeline.defs.assets.credit import credit_keys
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.resources import StudyResource, WarehouseResource
from roi_pipeline.defs.telling import errors_told, markdown_table
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.usecases.edition import edition_inputs, report_folder
from roi_pipeline.usecases.value import stored_effects


def report_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The reports of every module, the portfolio's, and the published warehouse."""
    return [
        *(_module_report(study, module) for module in study.modules),
        _portfolio_report(study),
        _published_warehouse(study),
    ]


def _module_report(study: Study, module: Module) -> dg.AssetsDefinition:
    @dg.asset(
        key=["reports", module.id],
        deps=[["roi", module.id], *credit_keys(study)],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description=f"Report of {module.name.into('en')} in every format and language.",
        kinds={"html", "jinja"},
        owners=["team:analysis"],
        tags={"roi/module": module.id},
        pool="duckdb",
    )
    def report_of_module(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from roi_pipeline.reporting import render_edition

        cycle = study.cycle(context)
        with errors_told():
            with warehouse.warehouse.open() as connection:
                stored_effects(connection, cycle, module)
                inputs = edition_inputs(connection, study.study, cycle, "draft")
            files = render_edition(inputs, report_folder(study.output, cycle), only=[module.id])
        return dg.MaterializeResult(metadata=_file_metadata(files, study.output, cycle))

    return report_of_module


def _portfolio_report(study: Study) -> dg.AssetsDefinition:
    @dg.asset(
        key=["reports", "portfolio"],
        deps=[["roi", "portfolio"], *(["reports", module.id] for module in study.modules)],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="One page on all modules, the validation site beside it.",
        kinds={"html", "jinja"},
        owners=["team:analysis"],
        pool="duckdb",
    )
    def portfolio_report(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from roi_pipeline.reporting import render_edition
        from roi_pipeline.usecases.exports import write_validation_site

        cycle = study.cycle(context)
        with errors_told():
            with warehouse.warehouse.open() as connection:
                inputs = edition_inputs(connection, study.study, cycle, "draft")
                site = write_validation_site(connection, study.study, study.output, cycle)
            files = render_edition(inputs, report_folder(study.output, cycle), only=["portfolio"])
        return dg.MaterializeResult(
            metadata={
                **_file_metadata(files, study.output, cycle),
                "validation": dg.MetadataValue.path(str(site)),
            }
        )

    return portfolio_report


def _published_warehouse(study: Study) -> dg.AssetsDefinition:
    @dg.asset(
        key=["reports", "published_warehouse"],
        deps=[["roi", "portfolio"]],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="Read-only copy of the warehouse that analysts may keep open.",
        kinds={"duckdb"},
        owners=["team:data"],
        pool="duckdb",
    )
    def published_warehouse(warehouse: WarehouseResource) -> dg.MaterializeResult:
        with errors_told():
            path = warehouse.warehouse.publish()
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(str(path)),
                "bytes": dg.MetadataValue.int(path.stat().st_size),
            }
        )

    return published_warehouse


def _file_metadata(files, output: Path, cycle: Cycle) -> dict[str, dg.MetadataValue]:  # noqa: ANN001
    folder = report_folder(output, cycle)
    pages = [file for file in files if file.kind == "html"]
    charts = {} if not pages else {"report": dg.MetadataValue.path(str(folder / pages[0].path))}
    rows = [[file.path, file.kind, file.language, file.sha256[:12]] for file in files]
    return {**charts, "files": markdown_table(["file", "kind", "language", "sha256"], rows)}

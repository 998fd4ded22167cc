"""Assets of the layer reports: files a person reads, made from what the layers above stored."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from roi_pipeline.defs.assets.credit import credit_keys
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.metadata import Results, dagster_errors, markdown_table, materialised
from roi_pipeline.defs.resources import cycle_of_run
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.edition import report_module, report_portfolio
from roi_pipeline.usecases.studies import paths_of

if TYPE_CHECKING:
    from roi_pipeline.domain.archives import RenderedFile


def report_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The reports of every module and the portfolio's."""
    return [*(_module_report(study, module) for module in study.modules), _portfolio_report(study)]


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
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        cycle = cycle_of_run(context, study)
        with dagster_errors() as noted:
            files = report_module(study, warehouse, module, cycle)
        yield from materialised(noted, _file_metadata(files, study, cycle))

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
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        cycle = cycle_of_run(context, study)
        with dagster_errors() as noted:
            files, site = report_portfolio(study, warehouse, cycle)
        metadata = _file_metadata(files, study, cycle)
        yield from materialised(noted, {**metadata, "validation": dg.MetadataValue.path(str(site))})

    return portfolio_report


def _file_metadata(
    files: Sequence["RenderedFile"], study: Study, cycle: Cycle
) -> dict[str, dg.MetadataValue]:
    folder = paths_of(study).reports(cycle.key)
    pages = [file for file in files if file.kind == "html"]
    page = {"report": dg.MetadataValue.path(str(folder / pages[0].path))} if pages else {}
    rows = [[file.path, file.kind, file.language, file.sha256[:12]] for file in files]
    return {**page, "files": markdown_table(["file", "kind", "language", "sha256"], rows)}

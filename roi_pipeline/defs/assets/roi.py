"""Assets of the layer roi: one a module, and the portfolio from what the modules stored."""

import dagster as dg

from roi_pipeline.defs.assets.credit import credit_keys
from roi_pipeline.defs.assets.facts import asset_key
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.metadata import (
    Results,
    dagster_errors,
    finding_check,
    materialised,
    value_metadata,
)
from roi_pipeline.defs.resources import cycle_of_run
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.ledger import LEDGER_TABLES
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.facts import buildable_files
from roi_pipeline.usecases.value import value_module, value_portfolio

CHECK = "money_raises_no_warning"


def roi_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The money of every module, and of all together."""
    return [*(_roi_asset(study, module) for module in study.modules), _portfolio_asset(study)]


def _ledger_keys(study: Study) -> list[dg.AssetKey]:
    """What the finance systems recorded, in a study whose exports hold it."""
    built = {file.table for file in buildable_files(study)}
    return [asset_key(table) for table in LEDGER_TABLES if table in built]


def _roi_asset(study: Study, module: Module) -> dg.AssetsDefinition:
    key = dg.AssetKey(["roi", module.id])

    @dg.asset(
        key=key,
        deps=[["effects", module.id], *_ledger_keys(study)],
        partitions_def=cycle_partitions(study),
        group_name="roi",
        description=f"Costs, benefits, ROI, rating and decision for {module.name.into('en')}.",
        kinds={"python"},
        owners=["team:finance"],
        tags={"roi/module": module.id},
        check_specs=[dg.AssetCheckSpec(CHECK, asset=key)],
        pool="duckdb",
    )
    def value_of_module(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        with dagster_errors() as noted:
            value = value_module(study, warehouse, module, cycle_of_run(context, study))
        yield from materialised(
            noted, value_metadata(value), check_results=[finding_check(key, CHECK, value.findings)]
        )

    return value_of_module


def _portfolio_asset(study: Study) -> dg.AssetsDefinition:
    @dg.asset(
        key=["roi", "portfolio"],
        deps=[
            *(["roi", module.id] for module in study.modules),
            *credit_keys(study),
            *_ledger_keys(study),
        ],
        partitions_def=cycle_partitions(study),
        group_name="roi",
        description="All modules together; a module that failed is left out and named.",
        kinds={"python"},
        owners=["team:finance"],
        pool="duckdb",
    )
    def portfolio(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        with dagster_errors() as noted:
            value = value_portfolio(study, warehouse, cycle_of_run(context, study))
        yield from materialised(noted, value_metadata(value))

    return portfolio

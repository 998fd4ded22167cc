"""One asset a module in the layer effects: what the module changed, by the strongest design."""

import dagster as dg

from roi_pipeline.defs.assets.facts import asset_key
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.metadata import (
    Results,
    dagster_errors,
    effect_metadata,
    finding_check,
    materialised,
    sample_ratio_check,
)
from roi_pipeline.defs.resources import cycle_of_run
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.effects import (
    SAMPLE_RATIO,
    all_findings,
    evaluate_effects,
    is_assigned,
    sample_ratio_findings,
)

CHECK = "diagnostics_are_quiet"


def effect_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The effects of every module."""
    return [_effect_asset(study, module) for module in study.modules]


def _effect_asset(study: Study, module: Module) -> dg.AssetsDefinition:
    key = dg.AssetKey(["effects", module.id])
    wanted = [*(metric.metric_id for metric in module.pool), *module.design.control_metrics]
    tables = {study.metric(metric_id).table for metric_id in wanted}

    @dg.asset(
        key=key,
        deps=[asset_key(table) for table in sorted(tables | {"facts.calendar"})],
        partitions_def=cycle_partitions(study),
        group_name="effects",
        description=f"Change of every metric of {module.name.into('en')} from baseline to post.",
        kinds={"python", "duckdb"},
        owners=["team:analysis"],
        tags={"roi/module": module.id},
        check_specs=[
            dg.AssetCheckSpec(CHECK, asset=key),
            *([dg.AssetCheckSpec(SAMPLE_RATIO, asset=key)] if is_assigned(module) else []),
        ],
        pool="duckdb",
    )
    def effects_of_module(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        with dagster_errors() as noted:
            effects = evaluate_effects(study, warehouse, module, cycle_of_run(context, study))
        yield from materialised(
            noted,
            effect_metadata(effects),
            check_results=[
                finding_check(key, CHECK, all_findings(effects)),
                *(
                    [sample_ratio_check(key, SAMPLE_RATIO, sample_ratio_findings(effects))]
                    if is_assigned(module)
                    else []
                ),
            ],
        )

    return effects_of_module

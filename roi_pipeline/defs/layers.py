"""Runs layers of the graph in an instance of their own, for editions that are computed anew."""

from collections.abc import Collection, Sequence

import dagster as dg

from roi_pipeline.defs.assets.credit import credit_assets
from roi_pipeline.defs.assets.effects import effect_assets
from roi_pipeline.defs.assets.exports import export_assets
from roi_pipeline.defs.assets.facts import fact_assets
from roi_pipeline.defs.assets.roi import roi_assets
from roi_pipeline.defs.checks import sql_checks
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.progress import QUIET, progress_logger, step_outcomes
from roi_pipeline.defs.resources import AS_OF_TAG
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.rebuild import StepOutcome

PORTFOLIO = dg.AssetSelection.assets(["roi", "portfolio"])
PARTS = {"modules": dg.AssetSelection.all() - PORTFOLIO, "portfolio": PORTFOLIO}
QUIET_INSTANCE = {"telemetry": {"enabled": False}}


def computing_assets(study: Study) -> list[dg.AssetsDefinition]:
    """Every asset up to the money of every module and of all together."""
    return [
        *export_assets(study),
        *fact_assets(study),
        *effect_assets(study),
        *credit_assets(study),
        *roi_assets(study),
    ]


def run_layers(
    study: Study, warehouse: Warehouse, cycle: Cycle, *, layers: Collection[str]
) -> Sequence[StepOutcome]:
    """Materialise the assets of these layers for one cycle; the portfolio last, of what came out."""
    definitions = _definitions(study, warehouse)
    steps = list[StepOutcome]()
    with dg.DagsterInstance.ephemeral(settings=QUIET_INSTANCE) as instance:
        for name in PARTS:
            job = definitions.resolve_job_def(name)
            keys = [key for key in job.asset_layer.selected_asset_keys if key.path[0] in layers]
            result = job.execute_in_process(
                instance=instance,
                partition_key=cycle.key,
                tags={AS_OF_TAG: cycle.as_of.isoformat()},
                run_config=QUIET,
                raise_on_error=False,
                asset_selection=sorted(keys),
            )
            steps.extend(step_outcomes(result, job))
    return steps


def _definitions(study: Study, warehouse: Warehouse) -> dg.Definitions:
    return dg.Definitions(
        assets=computing_assets(study),
        asset_checks=sql_checks(study),
        jobs=[
            dg.define_asset_job(name, selection=selection, partitions_def=cycle_partitions(study))
            for name, selection in PARTS.items()
        ],
        resources={"study": study, "warehouse": warehouse},
        executor=dg.in_process_executor,
        loggers={"progress": progress_logger(None)},
    )

"""The five jobs; evaluate, portfolio and watch are what the command line runs one after the other."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.one_writer import study_tag
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.studies import paths_of

EVALUATE_JOB = "evaluate_cycle"
PORTFOLIO_JOB = "report_portfolio"
NIGHTLY_JOB = "nightly"
CLOSE_JOB = "close_cycle"
WATCH_JOB = "watch_night"
WATCH = dg.AssetSelection.assets(["reports", "status"])
PORTFOLIO = dg.AssetSelection.assets(
    ["roi", "portfolio"],
    ["reports", "portfolio"],
    ["reports", "published_warehouse"],
    ["reports", "edition"],
    ["reports", "emails"],
)


def jobs(study: Study) -> list[UnresolvedAssetJobDefinition]:
    """Every job of a study."""
    partitions = cycle_partitions(study)

    def job(
        name: str, selection: dg.AssetSelection, description: str
    ) -> UnresolvedAssetJobDefinition:
        return dg.define_asset_job(
            name,
            selection=selection,
            description=description,
            partitions_def=partitions,
            executor_def=dg.in_process_executor,
            tags={"dagster/max_runtime": "14400", **study_tag(paths_of(study))},
        )

    modules = dg.AssetSelection.all() - PORTFOLIO - WATCH
    return [
        job(EVALUATE_JOB, modules, "Exports to module reports, for one cycle."),
        job(PORTFOLIO_JOB, PORTFOLIO, "The portfolio of one cycle from what its modules stored."),
        job(NIGHTLY_JOB, modules, "Load new exports and refresh the draft of the open cycle."),
        job(CLOSE_JOB, modules, "Make the edition of a matured cycle final."),
        job(WATCH_JOB, WATCH, "What was wrong on a night: alerts and the status page."),
    ]

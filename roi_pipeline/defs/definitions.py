"""Builds the Dagster definitions of one study; `defs` at the bottom is what `workspace.yaml` loads.

The study is named by the environment variable ROI_STUDY; without it the configuration of the
shipped clinic example is shown, so that the workspace always loads.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import dagster as dg

from roi_pipeline.defs.assets.editions import edition_asset, published_warehouse_asset
from roi_pipeline.defs.assets.emails import emails_asset
from roi_pipeline.defs.assets.reports import report_assets
from roi_pipeline.defs.assets.status import status_asset
from roi_pipeline.defs.checks import sql_checks
from roi_pipeline.defs.jobs import CLOSE_JOB, EVALUATE_JOB, NIGHTLY_JOB, PORTFOLIO_JOB, jobs
from roi_pipeline.defs.layers import computing_assets, run_layers
from roi_pipeline.defs.progress import progress_logger
from roi_pipeline.defs.resources import StudyResource, WarehouseResource
from roi_pipeline.defs.schedules import schedules
from roi_pipeline.defs.sensors import sensors
from roi_pipeline.resources import shipped_folder
from roi_pipeline.usecases.studies import study_in

STUDY_VARIABLE = "ROI_STUDY"


def build_definitions(
    folder: Path,
    *,
    resources: Mapping[str, object] | None = None,
    on_step: Callable[[str, str], None] | None = None,
) -> dg.Definitions:
    """Every asset, check, job, schedule and sensor of a study.

    Args:
        folder: the study.
        resources: replacements for `study` or `warehouse`, for tests.
        on_step: called with (asset, event) as steps start and end.
    """
    name = str(folder)
    study = study_in(name)
    made = jobs(study)
    return dg.Definitions(
        assets=[
            *computing_assets(study),
            *report_assets(study),
            published_warehouse_asset(study),
            edition_asset(study),
            emails_asset(study),
            status_asset(
                study, modules=(EVALUATE_JOB, NIGHTLY_JOB, CLOSE_JOB), portfolio=PORTFOLIO_JOB
            ),
        ],
        asset_checks=sql_checks(study),
        jobs=made,
        schedules=schedules(study),
        sensors=sensors(name, made),
        resources={
            "study": StudyResource(folder=name),
            "warehouse": WarehouseResource(folder=name),
            "evaluator": dg.ResourceDefinition.hardcoded_resource(run_layers),
            **(resources or {}),
        },
        executor=dg.in_process_executor,
        loggers={"console": dg.colored_console_logger, "progress": progress_logger(on_step)},
    )


def study_folder() -> Path:
    """The folder named by ROI_STUDY, else the shipped clinic example."""
    return Path(os.environ.get(STUDY_VARIABLE) or shipped_folder("studies") / "clinic")


@dg.definitions
def defs() -> dg.Definitions:
    """Built when Dagster asks for it, not when a test imports this module."""
    return build_definitions(study_folder())

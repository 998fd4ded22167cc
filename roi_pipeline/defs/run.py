"""Runs the asset graph in this process for the command line: one load, then module by module.

Two Dagster runs make one main job: everything up to the module reports, then the portfolio. The
second run reads what the first one stored, so a module that failed is reported as missing instead
of taking the others down.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import dagster as dg

from roi_pipeline.defs.definitions import build_definitions
from roi_pipeline.defs.home import open_instance
from roi_pipeline.defs.jobs import EVALUATE_JOB, PORTFOLIO_JOB
from roi_pipeline.defs.outcomes import QUIET, step_outcomes
from roi_pipeline.defs.resources import AS_OF_TAG, EDITION_TAG
from roi_pipeline.usecases.outcomes import StepOutcome


class Progress(Protocol):
    """Somebody who wants to know how far a run is."""

    def expect(self, steps: int) -> None:
        """Told once, how many steps there are."""
        ...

    def told(self, asset: str, event: str) -> None:
        """Told for each step: `start`, then `done`, `failed` or `skipped`."""
        ...


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of the main job for one cycle."""

    cycle_key: str
    as_of: date
    steps: tuple[StepOutcome, ...]
    failed_checks: tuple[tuple[str, str, bool], ...]

    @property
    def failed(self) -> tuple[StepOutcome, ...]:
        """Steps that failed."""
        return tuple(step for step in self.steps if step.status == "failed")

    @property
    def skipped(self) -> tuple[StepOutcome, ...]:
        """Steps that were not reached because something above them failed."""
        return tuple(step for step in self.steps if step.status == "skipped")


def evaluate_cycle(
    folder: Path,
    cycle_key: str,
    *,
    as_of: date,
    module: str | None = None,
    edition: str = "draft",
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> RunOutcome:
    """Run the main job for one cycle of a study; never raises for what a source did wrong."""
    definitions = build_definitions(folder, told=progress.told if progress else None)
    parts = [definitions.resolve_job_def(name) for name in (EVALUATE_JOB, PORTFOLIO_JOB)]
    if progress:
        progress.expect(sum(len(job.nodes) for job in parts))
    tags = {AS_OF_TAG: as_of.isoformat(), EDITION_TAG: edition, **(tags or {})}
    steps, checks = list[StepOutcome](), list[tuple[str, str, bool]]()
    with open_instance(folder) as instance:
        for job in parts:
            result = job.execute_in_process(
                instance=instance,
                partition_key=cycle_key,
                tags=tags,
                run_config=QUIET,
                raise_on_error=False,
                asset_selection=_selection(job, module) if job.name == EVALUATE_JOB else None,
            )
            steps.extend(step_outcomes(result, job))
            checks.extend(
                (evaluation.asset_key.to_user_string(), evaluation.check_name,
                 evaluation.severity == dg.AssetCheckSeverity.ERROR)
                for evaluation in result.get_asset_check_evaluations()
                if not evaluation.passed
            )  # fmt: skip
    logging.getLogger("dagster").handlers.clear()
    return RunOutcome(cycle_key, as_of, tuple(steps), tuple(checks))


def _selection(job: dg.JobDefinition, module: str | None) -> list[dg.AssetKey] | None:
    """Every asset that is no module's, and the one module's own."""
    if module is None:
        return None
    keys = job.asset_layer.selected_asset_keys
    per_module = ("effects", "roi", "reports")
    return [key for key in keys if key.path[0] not in per_module or key.path[1] == module]

"""Runs the asset graph in this process for the command line: evaluate, close, verify.

Three Dagster runs make one main job: everything up to the module reports, the portfolio, and what is
to be said of the night. The second run reads what the first one stored, so a module that failed is
reported as missing instead of taking the others down; the third one runs whether or not they succeeded.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, TypeAlias

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from roi_pipeline.archive import Archive
from roi_pipeline.defs.definitions import build_definitions
from roi_pipeline.defs.home import open_alone
from roi_pipeline.defs.jobs import EVALUATE_JOB, PORTFOLIO_JOB, WATCH_JOB
from roi_pipeline.defs.layers import run_layers
from roi_pipeline.defs.one_writer import STARTED_BY_COMMAND, DeadRun, study_tag
from roi_pipeline.defs.progress import QUIET, step_outcomes, steps_not_begun
from roi_pipeline.defs.resources import AS_OF_TAG, EDITION_TAG, GAPS_TAG, MADE_UP_TAG
from roi_pipeline.domain.errors import DiskIsFull
from roi_pipeline.domain.feeds import Feed
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.disk import is_disk_full, is_name_of_full_disk
from roi_pipeline.engines.writer_lock import Holder, unheard
from roi_pipeline.usecases.catch_up import due_on
from roi_pipeline.usecases.check import check_study
from roi_pipeline.usecases.close import day_to_close
from roi_pipeline.usecases.freshness import ARRIVED, look_at_feeds
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.rebuild import StepOutcome
from roi_pipeline.usecases.refusals import KeptOut, report_kept_out
from roi_pipeline.usecases.send import Sent, emails_of_edition
from roi_pipeline.usecases.studies import held_as_it_is, study_in, warehouse_at
from roi_pipeline.usecases.value import modules_without_any
from roi_pipeline.usecases.verify import Verdict, verify_edition

MAIN_JOB = (EVALUATE_JOB, PORTFOLIO_JOB, WATCH_JOB)
FailedCheck: TypeAlias = tuple[str, str, bool]  # asset, check, whether it is an error


class Progress(Protocol):
    """Somebody who wants to know how far a run is."""

    def expect(self, steps: int) -> None:
        """Called once with the number of steps."""
        ...

    def report(self, asset: str, event: str) -> None:
        """Called for each step: `start`, then `done`, `failed` or `skipped`."""
        ...

    def waiting(self, holder: Holder, waited: float) -> None:
        """Called about every second while another process writes the study."""
        ...

    def ended(self, dead: DeadRun) -> None:
        """Called for each earlier run that was found cut off."""
        ...


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Result of the main job for one cycle.

    Attributes:
        failed_checks: asset, check, and whether it failed as an error.
        without_figures: modules that have none in this cycle, where that left nothing to sum.
    """

    cycle_key: str
    as_of: date
    steps: tuple[StepOutcome, ...]
    failed_checks: tuple[FailedCheck, ...]
    kept_out: KeptOut = field(default_factory=KeptOut)
    without_figures: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()

    @property
    def failed(self) -> tuple[StepOutcome, ...]:
        """Steps that failed."""
        return tuple(step for step in self.steps if step.status == "failed")

    @property
    def stale(self) -> tuple[Feed, ...]:
        """Sources whose newest rows are older than was declared."""
        return tuple(feed for feed in self.feeds if feed.is_stale)

    @property
    def skipped(self) -> tuple[StepOutcome, ...]:
        """Steps that were not reached because something above them failed."""
        return tuple(step for step in self.steps if step.status == "skipped")

    @property
    def is_whole(self) -> bool:
        """Whether every step was done, every delivery taken in and no source overdue."""
        return not (self.failed or self.skipped or self.stale or self.kept_out.unread)


def evaluate_cycle(
    folder: Path,
    cycle_key: str,
    *,
    as_of: date,
    module: str | None = None,
    layers: Collection[str] = (),
    edition: str = "draft",
    tags: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    wait_seconds: float = 0.0,
) -> RunOutcome:
    """Run the main job, or the layers of it that are named; a source's faults never raise.

    Raises:
        StudyIsBusy: another process still writes the study after `wait_seconds`.
        DiskIsFull: a step failed for want of space.
    """
    chosen = _Chosen(module, layers)
    with held_as_it_is(str(folder)) as study:
        definitions = build_definitions(folder, on_step=progress.report if progress else None)
        parts = [definitions.resolve_job_def(name) for name in MAIN_JOB]
        if progress:
            progress.expect(sum(_steps_of(job, chosen) for job in parts))
        tags = {
            AS_OF_TAG: as_of.isoformat(),
            EDITION_TAG: edition,
            STARTED_BY_COMMAND: "roi",
            **study_tag(StudyPaths(folder)),
            **(tags or {}),
        }
        with (
            _interruptible(),
            open_alone(
                folder,
                purpose=f"roi {'close' if edition == 'final' else 'run'} {cycle_key}",
                wait_seconds=wait_seconds,
                waiting=progress.waiting if progress else unheard,
                ended=progress.ended if progress else unheard,
            ) as instance,
            warehouse_at(StudyPaths(folder)).kept_open()
            if not study.engine.is_spark
            else nullcontext(),
        ):
            cycle = study.cycle(cycle_key, as_of=as_of)
            done = _run_parts(parts, study, cycle, instance=instance, tags=tags, chosen=chosen)
            kept_out = report_kept_out(study, cycle_key, done.stopped_exports, as_of=as_of)
            feeds = look_at_feeds(study, warehouse_at(StudyPaths(folder)), as_of=as_of)
    logging.getLogger("dagster").handlers.clear()
    _refuse_full_disk(StudyPaths(folder).out, done.steps)
    return RunOutcome(
        cycle_key,
        as_of,
        tuple(done.steps),
        tuple(done.checks),
        kept_out,
        done.without_figures,
        feeds,
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What of the jobs is to run: one module's own assets, some layers; nothing named: everything."""

    module: str | None = None
    layers: Collection[str] = ()


@dataclass(slots=True)
class _Done:
    """What the parts of a run have come to so far."""

    steps: list[StepOutcome] = field(default_factory=list[StepOutcome])
    checks: list[FailedCheck] = field(default_factory=list[FailedCheck])
    without_figures: tuple[str, ...] = ()

    @property
    def stopped_exports(self) -> set[str]:
        """Tables of exports of which a check failed as an error."""
        return {asset.removeprefix("exports/") for asset, _, is_error in self.checks if is_error}


def _run_parts(
    parts: Sequence[dg.JobDefinition],
    study: Study,
    cycle: Cycle,
    *,
    instance: dg.DagsterInstance,
    tags: Mapping[str, str],
    chosen: _Chosen,
) -> _Done:
    """The modules, then the portfolio of what they stored; without any figure there is none."""
    done = _Done()
    for job in (each for each in parts if _steps_of(each, chosen)):
        if job.name == PORTFOLIO_JOB and any(step.status == "failed" for step in done.steps):
            done.without_figures = modules_without_any(study, cycle)
        if job.name == PORTFOLIO_JOB and done.without_figures:
            done.steps.extend(steps_not_begun(job))
            continue
        result = job.execute_in_process(
            instance=instance,
            partition_key=cycle.key,
            tags=dict(tags),
            run_config=QUIET,
            raise_on_error=False,
            asset_selection=_selection(job, chosen),
        )
        done.steps.extend(step_outcomes(result, job))
        done.checks.extend(_failed_checks(result))
    return done


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing a cycle led to; `name` is None when there is no edition of the cycle."""

    name: str | None
    is_new: bool
    path: Path
    index: Path
    outcome: RunOutcome
    emails: tuple[Sent, ...]


def close_study(
    folder: Path,
    cycle_key: str,
    *,
    as_of: date | None = None,
    are_gaps_accepted: bool = False,
    progress: Progress | None = None,
    wait_seconds: float = 0.0,
) -> Closing:
    """Run the main job for one cycle and make its edition final.

    Raises:
        NeedsAHuman: the cycle has not matured by the day given, or by the end of the history.
        StudyIsBusy: another process still writes the study after `wait_seconds`.
    """
    study = study_in(str(folder))
    day = as_of or day_to_close(study, cycle_key)
    archive = archive_of(StudyPaths(folder))
    before = archive.latest(cycle_key)
    outcome = evaluate_cycle(
        folder,
        cycle_key,
        as_of=day,
        edition="final",
        tags={GAPS_TAG: "accepted"} if are_gaps_accepted else {},
        progress=progress,
        wait_seconds=wait_seconds,
    )
    latest = archive.latest(cycle_key)
    return Closing(
        name=latest,
        is_new=latest != before,
        path=archive.path(latest or cycle_key),
        index=archive.folder / "index.html",
        outcome=outcome,
        emails=() if latest is None else emails_of_edition(study, archive, latest),
    )


def run_due(folder: Path, *, as_of: date, wait_seconds: float = 0.0) -> Iterator[RunOutcome]:
    """Nights that were missed, tonight's run and closes that are due, in the order of their days.

    A run that fails leaves the others to go on; what it could not do is due again the next time.

    Raises:
        StudyHasProblems: nothing can be computed from the study.
        StudyIsBusy: another process still writes the study after `wait_seconds`.
    """
    check_study(folder)
    for due in due_on(study_in(str(folder)), as_of=as_of):
        if due.is_final:
            closing = close_study(folder, due.cycle_key, as_of=due.as_of, wait_seconds=wait_seconds)
            yield closing.outcome
            continue
        yield evaluate_cycle(
            folder,
            due.cycle_key,
            as_of=due.as_of,
            tags={MADE_UP_TAG: "yes"} if due.is_made_up else {},
            wait_seconds=wait_seconds,
        )


def verify(folder: Path, archive: Archive, name: str, *, threads: int | None = None) -> Verdict:
    """Compute an edition again by the same graph, and compare every file with what was published."""
    return verify_edition(folder, archive, name, evaluate=run_layers, threads=threads)


def _failed_checks(result: dg.ExecuteInProcessResult) -> Iterator[FailedCheck]:
    """Checks that did not pass; what has not arrived is said by source and day instead."""
    for evaluation in result.get_asset_check_evaluations():
        if not evaluation.passed and evaluation.check_name != ARRIVED:
            is_error = evaluation.severity == dg.AssetCheckSeverity.ERROR
            yield evaluation.asset_key.to_user_string(), evaluation.check_name, is_error


def _refuse_full_disk(output: Path, steps: Sequence[StepOutcome]) -> None:
    failed = [step for step in steps if step.status == "failed"]
    named = [step.reason for step in failed if is_name_of_full_disk(step.reason)]
    if named or (failed and is_disk_full(output)):
        raise DiskIsFull(output, (named or [failed[0].reason])[0].splitlines()[0])


@contextmanager
def _interruptible() -> Iterator[None]:
    """Dagster's own interruption as the one everybody knows."""
    try:
        yield
    except DagsterExecutionInterruptedError:
        raise KeyboardInterrupt from None


def _selection(job: dg.JobDefinition, chosen: _Chosen) -> list[dg.AssetKey] | None:
    """The assets of the layers named; of the modules' own those of the one module. None: all."""
    module, layers = chosen.module, chosen.layers
    per_module = ("effects", "roi", "reports") if job.name == EVALUATE_JOB and module else ()
    if not (layers or per_module):
        return None
    return [
        key
        for key in sorted(job.asset_layer.selected_asset_keys)
        if (key.path[0] not in per_module or key.path[1] == module)
        and (not layers or key.path[0] in layers)
    ]


def _steps_of(job: dg.JobDefinition, chosen: _Chosen) -> int:
    """How many steps of a job will run; with layers named none where it has nothing of theirs."""
    selected = _selection(job, chosen) if chosen.layers else None
    if selected is None:
        return len(job.nodes)
    return len(job.get_subset(asset_selection=frozenset(selected)).nodes) if selected else 0

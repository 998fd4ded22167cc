"""`roi …`: the same asset graph from the command line, for people who would rather type.

Everything heavy is imported inside the command that needs it, so that `roi --help` answers at once.
Exit status: 0 all is well · 1 the study has problems · 2 the command line was wrong · 3 reports were
made but something was refused or failed · 4 nothing could be made · 5 another process writes the study ·
6 the disk is full · 128 + the signal's number when stopped by one.
"""

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roi_pipeline import __version__

if TYPE_CHECKING:
    from roi_pipeline.defs.run import RunOutcome
    from roi_pipeline.domain.study import Study

OK, PROBLEMS, PARTLY, NOTHING, BUSY, DISK_FULL = 0, 1, 3, 4, 5, 6
FOLDER = click.Path(file_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, file_okay=False, path_type=Path)
WAIT = click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="seconds to wait for another process that writes the study",
)


class Day(click.ParamType):
    """A calendar day written YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(
        self, value: str | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read the day, or say what a day looks like."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-03-31", param, ctx)


class Numbers(click.ParamType):
    """Numbers with commas between them."""

    name = "N,N,…"

    def convert(
        self,
        value: str | tuple[float, ...],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[float, ...]:
        """Read positive numbers, or say how they are written."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(part) for part in value.split(","))
        except ValueError:
            numbers = ()
        if not numbers or min(numbers) <= 0:
            self.fail(f"{value!r} is no list of positive numbers; write it as 2,4,8", param, ctx)
        return numbers


class Commands(click.Group):
    """A group whose errors are sentences, not tracebacks."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; problems of a study end with status 1 and are listed."""
        from roi_pipeline.cli.stopping import stoppable
        from roi_pipeline.domain.errors import DiskIsFull, RoiError, StudyHasProblems, StudyIsBusy

        try:
            with stoppable():
                return super().invoke(ctx)
        except StudyHasProblems as error:
            click.echo(str(error), err=True)
            ctx.exit(PROBLEMS)
        except RoiError as error:
            click.echo(f"roi: {error}", err=True)
            status = {StudyIsBusy: BUSY, DiskIsFull: DISK_FULL}
            ctx.exit(status.get(type(error), NOTHING))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="roi")
def commands() -> None:
    """What each AI module really changed, how sure we are, what it is worth, what to do next."""


@commands.command()
@click.argument("folder", type=FOLDER)
@click.option("--example", default=None, help="which example study; default: clinic")
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="your own study instead, from the contracts of this system, such as call_system or crm; "
    "may be given several times",
)
@click.option("--seed", type=int, default=None, help="another random history of the same company")
@click.option("--scale", type=float, default=1.0, show_default=True, help="how many rows, relative")
def init(
    folder: Path, example: str | None, sources: tuple[str, ...], seed: int | None, scale: float
) -> None:
    """Write a study into FOLDER: an example with its exports, or a skeleton for your own systems."""
    if sources and example is not None:
        raise click.UsageError("an example brings its own sources; give --example or --source")
    if sources:
        _start(folder, sources)
        return
    from roi_pipeline.examples import copy_example

    name = example or "clinic"
    options = {} if seed is None else {"seed": seed}
    copy_example(name, folder, scale=scale, **options)
    click.echo(f"wrote example study {name!r} to {folder}")
    click.echo(f"next: roi run {folder}")


def _start(folder: Path, sources: tuple[str, ...]) -> None:
    from roi_pipeline.usecases.start import start_study

    for name in start_study(folder, sources):
        click.echo(f"wrote {folder / name}")
    click.echo(f"put the systems' files into {folder / 'exports'}, fill in what is blank")
    click.echo(f"next: roi check {folder}    (lists what remains)")


@commands.command()
@click.argument("folder", type=EXISTING)
def check(folder: Path) -> None:
    """List every problem of the study in FOLDER; nothing is computed."""
    from roi_pipeline.usecases.check import check_study, export_notes

    notes = (*check_study(folder), *export_notes(folder))
    for note in notes:
        click.echo(f"note: {note}")
    click.echo(f"{folder}: no problems found")


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option(
    "--cycle", "cycle_key", help="cycle to evaluate, such as 2026-Q1; default: the latest ended"
)
@click.option("--as-of", type=Day(), help="the first day not yet seen; default: the history's end")
@click.option("--module", help="evaluate this module only")
@click.option("--all-cycles", is_flag=True, help="evaluate every cycle since the first go-live")
@WAIT
def run(
    folder: Path,
    cycle_key: str | None,
    as_of: date | None,
    module: str | None,
    *,
    all_cycles: bool,
    wait_seconds: float,
) -> None:
    """Run the main job on the study in FOLDER and say where the reports are."""
    from roi_pipeline.usecases.check import check_study

    check_study(folder)
    from roi_pipeline.usecases.studies import last_known_day, study_in

    study = study_in(str(folder))
    if module is not None:
        study.module(module)
    day = as_of or last_known_day(study)
    keys = _cycles_to_run(study, day, cycle_key, all_cycles=all_cycles)
    outcomes = [
        _run_cycle(folder, key, as_of=day, module=module, wait_seconds=wait_seconds) for key in keys
    ]
    _tell(folder, outcomes)


def _cycles_to_run(study: "Study", day: date, key: str | None, *, all_cycles: bool) -> list[str]:
    from roi_pipeline.usecases.cycles import cycles_since_go_live, latest_ended

    if key is not None:
        return [study.cycle(key, as_of=day).key]
    latest = latest_ended(study, day)
    return [*cycles_since_go_live(study, until=latest)] if all_cycles else [latest]


def _run_cycle(
    folder: Path, key: str, *, as_of: date, module: str | None, wait_seconds: float
) -> "RunOutcome":
    from roi_pipeline.cli.bar import progress_bar
    from roi_pipeline.defs.run import evaluate_cycle

    with progress_bar(key) as progress:
        return evaluate_cycle(
            folder, key, as_of=as_of, module=module, progress=progress, wait_seconds=wait_seconds
        )


def _tell(folder: Path, outcomes: list["RunOutcome"]) -> None:
    """Say what was refused, what failed and where the reports are; exit accordingly."""
    status = OK
    for outcome in outcomes:
        for step in outcome.failed:
            click.echo(f"failed: {step.asset}: {step.reason}", err=True)
        for step in outcome.skipped:
            click.echo(f"not run: {step.asset}: {step.reason}", err=True)
        for asset, name, is_error in outcome.failed_checks:
            click.echo(f"{'stop' if is_error else 'warning'}: {asset}: not so: {name}", err=True)
        if outcome.failed or outcome.skipped:
            status = PARTLY
    reports = folder / "out" / "reports" / outcomes[-1].cycle_key
    pages = sorted(reports.glob("*/portfolio.html"))
    if not pages:
        click.echo("no report could be made", err=True)
        sys.exit(NOTHING)
    click.echo("reports:")
    for path in sorted(reports.glob("*/*.html")):
        click.echo(f"  {path}")
    click.echo(f"validation: {folder / 'out' / 'validation' / 'index.html'}")
    click.echo(f"warehouse for analysts: {folder / 'out' / 'published.duckdb'}")
    sys.exit(status)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("cycle_key", metavar="CYCLE")
@click.argument("name", metavar="MODULE.METRIC")
def explain(folder: Path, cycle_key: str, name: str) -> None:
    """Show what stands behind a figure: effect, design, samples, SQL and export files."""
    from roi_pipeline.usecases.explain import explain as explanation

    click.echo(explanation(folder, cycle_key, name))


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--cycle", "cycle_key", required=True, help="cycle to close, such as 2026-Q1")
@click.option(
    "--as-of", type=Day(), help="the first day not yet seen; default: the day the cycle matures"
)
@click.option(
    "--accept-gaps", is_flag=True, help="close although a delivery was refused or a module failed"
)
@WAIT
def close(
    folder: Path, cycle_key: str, as_of: date | None, *, accept_gaps: bool, wait_seconds: float
) -> None:
    """Make the edition of a matured cycle final; restate it when later data moved its figures."""
    from roi_pipeline.cli.bar import progress_bar
    from roi_pipeline.defs.run import close_study
    from roi_pipeline.usecases.check import check_study

    check_study(folder)
    with progress_bar(cycle_key) as progress:
        closing = close_study(
            folder,
            cycle_key,
            as_of=as_of,
            are_gaps_accepted=accept_gaps,
            progress=progress,
            wait_seconds=wait_seconds,
        )
    for step in closing.failed:
        click.echo(f"failed: {step.asset}: {step.reason}", err=True)
    if closing.name is None:
        sys.exit(NOTHING)
    click.echo(f"{'closed' if closing.is_new else 'nothing new; latest edition'}: {closing.name}")
    click.echo(f"edition: {closing.path}")
    click.echo(f"all editions: {closing.index}")
    for letter in closing.letters:
        click.echo(f"letter {letter.state}: {letter.address} {letter.answer}".rstrip())
    are_sent = all(letter.state == "accepted" for letter in closing.letters)
    sys.exit(OK if are_sent and not closing.failed else PARTLY)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("edition")
@click.option(
    "--threads", type=int, help="threads of the warehouse; the result does not depend on it"
)
def verify(folder: Path, edition: str, threads: int | None) -> None:
    """Compute EDITION (2026-Q1/final-1, or a cycle) again and say identical, or what differs."""
    from roi_pipeline.defs.run import verify as recomputed
    from roi_pipeline.domain.paths import StudyPaths
    from roi_pipeline.usecases.histories import archive_of
    from roi_pipeline.usecases.verify import verdict_lines

    archive = archive_of(StudyPaths(folder))
    verdict = recomputed(folder, archive, archive.find(edition), threads=threads)
    for line in verdict_lines(verdict):
        click.echo(line)
    sys.exit(OK if verdict.is_identical else PARTLY)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("before")
@click.argument("after")
def diff(folder: Path, before: str, after: str) -> None:
    """Say how ROI got from edition BEFORE to AFTER, and which figures moved for which cause."""
    from roi_pipeline.domain.paths import StudyPaths
    from roi_pipeline.usecases.diff import diff_lines
    from roi_pipeline.usecases.histories import archive_of

    archive = archive_of(StudyPaths(folder))
    for line in diff_lines(archive, archive.find(before), archive.find(after)):
        click.echo(line)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--edition", required=True, help="such as 2026-Q1/final-1; a cycle: its latest one")
@click.option("--dry-run", is_flag=True, help="write the letters as .eml files instead")
def send(folder: Path, edition: str, *, dry_run: bool) -> None:
    """Mail an edition once to every reader of the study; SMTP settings come from ROI_SMTP_…."""
    from roi_pipeline.domain.paths import StudyPaths
    from roi_pipeline.usecases.histories import archive_of
    from roi_pipeline.usecases.send import refuse_drafts, send_edition, write_edition_letters
    from roi_pipeline.usecases.studies import study_in

    refuse_drafts(edition)
    study, archive = study_in(str(folder)), archive_of(StudyPaths(folder))
    name = archive.find(edition)
    if dry_run:
        for path in write_edition_letters(study, archive, name, environment=os.environ):
            click.echo(f"written: {path}")
        return
    sent = send_edition(study, archive, name, environment=os.environ)
    for item in sent:
        click.echo(f"{item.state}: {item.address} {item.answer}".rstrip())
    sys.exit(OK if all(item.state == "accepted" for item in sent) else PARTLY)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--module", required=True, help="module to plan for; it need not be live yet")
@click.option("--metric", help="one metric; default: the goal metrics of the pool")
@click.option("--weeks", type=Numbers(), default="2,4,8", show_default=True, help="lengths")
@click.option("--shares", type=Numbers(), default="5,10,20", show_default=True, help="% held out")
@click.option("--draw", type=float, help="share to hold out by lot, such as 0.1; writes the list")
@click.option("--seed", type=int, help="of the lot; the same seed draws the same list")
@click.option("--strata", help="column to draw within, such as clinic_id")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV to write")
def plan(
    folder: Path,
    *,
    module: str,
    metric: str | None,
    weeks: tuple[float, ...],
    shares: tuple[float, ...],
    draw: float | None,
    seed: int | None,
    strata: str | None,
    out: Path | None,
) -> None:
    """Say what a hold-out would find, or draw one by lot, before MODULE goes live."""
    from roi_pipeline.reporting.console import plans as wording
    from roi_pipeline.usecases import plan as planning
    from roi_pipeline.usecases.studies import study_in

    if draw is None:
        plans = planning.plan_study(
            folder, module, metric_id=metric, weeks=[int(length) for length in weeks],
            shares=[share / 100 for share in shares],
        )  # fmt: skip
        path = out or folder / "out" / "plans" / f"{module}.csv"
        planning.write_plans(path, plans.lines)
        lines = wording.plan_lines(plans, study_in(str(folder)))
    else:
        if seed is None or out is None:
            raise click.UsageError("a draw needs --seed and --out, so that it can be drawn again")
        drawn = planning.draw_study(folder, module, share=draw, seed=seed, strata=strata)
        path = out
        planning.write_draw(path, drawn)
        lines = wording.draw_lines(drawn, seed=seed)
    for line in lines:
        click.echo(line)
    click.echo(f"written: {path}")


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    default=200,
    show_default=True,
    help="fake modules of each shape of roll-out, with and without an effect",
)
def selftest(folder: Path, replications: int) -> None:
    """Try the estimation path on fake modules with a known answer, on the study's own data."""
    from roi_pipeline.reporting.console.selftests import selftest_lines, trying
    from roi_pipeline.usecases.selftest import run_selftest

    result = run_selftest(
        folder, replications=replications, told=lambda shape: click.echo(trying(shape), err=True)
    )
    for line in selftest_lines(result):
        click.echo(line)
    sys.exit(OK if result.is_sound else PARTLY)


@commands.command()
@click.argument("folder", type=EXISTING, required=False)
@click.option(
    "--write", "target", type=click.Path(dir_okay=False, path_type=Path), help="write the page here"
)
def catalogue(folder: Path | None, target: Path | None) -> None:
    """Print every metric with what is needed to choose a pool; FOLDER adds the study's own."""
    from roi_pipeline.usecases.catalogue import catalogue_text

    _print_or_write(catalogue_text(folder), target)


@commands.command()
@click.option(
    "--write", "target", type=click.Path(dir_okay=False, path_type=Path), help="write the page here"
)
def glossary(target: Path | None) -> None:
    """Print every term of the reports with its definition, in three languages."""
    from roi_pipeline.usecases.catalogue import glossary_text

    _print_or_write(glossary_text(), target)


def _print_or_write(page: str, target: Path | None) -> None:
    if target is None:
        click.echo(page)
        return
    target.write_text(page, encoding="utf-8")
    click.echo(f"written: {target}")


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--port", default=3000, show_default=True)
def ui(folder: Path, port: int) -> None:
    """Open the Dagster UI on the study in FOLDER, on this machine only."""
    from roi_pipeline.defs.home import prepare_home, workspace_file

    home = prepare_home(folder)
    os.environ.update(
        DAGSTER_HOME=str(home), ROI_STUDY=str(folder.resolve()), DAGSTER_DISABLE_TELEMETRY="1"
    )
    dagster = Path(sys.executable).parent / "dagster"
    arguments = ["dagster", "dev", "-w", str(workspace_file(home)), "-h", "127.0.0.1"]
    os.execv(str(dagster), [*arguments, "-p", str(port)])  # noqa: S606  (replaces this process)


def main() -> None:
    """Entry point of the `roi` command."""
    commands(prog_name="roi")


if __name__ == "__main__":
    main()

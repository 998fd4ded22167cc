"""Commands about editions: `close`, `decide`, `enter`, `verify`, `diff`, `send`, and `explain` for a figure of one."""

import os
import sys
from datetime import date
from pathlib import Path

import click

from roi_pipeline.cli.app import (
    EXISTING,
    NOTHING,
    OK,
    PARTLY,
    WAIT,
    Day,
    commands,
    language_asked,
    say,
    say_lines,
)
from roi_pipeline.cli.failures import report_emails, report_failures
from roi_pipeline.domain.advice import LADDER
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.standards import Action
from roi_pipeline.domain.texts import Message


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--cycle", "cycle_key", required=True, help="cycle to close, such as 2026-Q1")
@click.option(
    "--as-of", type=Day(), help="the first day not yet seen; default: the day the cycle matures"
)
@click.option(
    "--accept-gaps", is_flag=True, help="close although a delivery was kept out or a module failed"
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
    report_failures(closing.outcome)
    if closing.name is None:
        sys.exit(NOTHING)
    code = "console_closed" if closing.is_new else "console_nothing_new"
    say(Message(code, {"edition": closing.name}))
    say(Message("console_edition", {"path": str(closing.path)}))
    say(Message("console_all_editions", {"path": str(closing.index)}))
    are_sent = report_emails(closing.emails)
    sys.exit(OK if are_sent and closing.outcome.is_whole else PARTLY)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("module")
@click.argument("action", type=click.Choice(LADDER))
@click.option("--by", required=True, help="who decided")
@click.option("--on", "day", type=Day(), required=True, help="the day of the decision")
@click.option("--because", required=True, help="the reason, in the decider's words")
def decide(folder: Path, module: str, action: Action, *, by: str, day: date, because: str) -> None:
    """Record a decision taken on MODULE, beside what the last report had advised."""
    from roi_pipeline.usecases.decide import record_decision

    path, taken = record_decision(
        folder, module, action, by=by, on=day, because=because, environment=os.environ
    )
    values = {"path": str(path), "action": taken.action, "day": taken.on, "by": taken.by}
    say(Message("console_decision_recorded", values))
    if taken.advised:
        values = {"cycle": taken.cycle, "action": taken.advised}
        say(Message("console_decision_advised", values))


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def enter(folder: Path, workbook: Path) -> None:
    """Take over the decisions and assumptions filled in in a report's WORKBOOK."""
    from roi_pipeline.usecases.enter import enter_workbook

    entered = enter_workbook(folder, workbook, environment=os.environ)
    for module_id, taken in entered.decisions:
        values = {"path": module_id, "action": taken.action, "day": taken.on, "by": taken.by}
        say(Message("console_decision_recorded", values))
    for file, stated in entered.assumptions:
        values = {
            "path": file,
            "name": stated.id,
            "value": str(stated.value),
            "day": stated.stated_on,
        }
        say(Message("console_assumption_entered", values))
    if not entered.decisions and not entered.assumptions:
        say(Message("console_nothing_to_enter", {"file": workbook.name}))


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("edition")
@click.option(
    "--threads", type=int, help="threads of the warehouse; the result does not depend on it"
)
def verify(folder: Path, edition: str, threads: int | None) -> None:
    """Compute EDITION (2026-Q1/final-1, or a cycle) again and say identical, or what differs."""
    from roi_pipeline.defs.run import verify as recompute
    from roi_pipeline.reporting.console.editions import verdict_lines
    from roi_pipeline.usecases.histories import archive_of

    archive = archive_of(StudyPaths(folder))
    verdict = recompute(folder, archive, archive.find(edition), threads=threads)
    say_lines(verdict_lines(verdict, language_asked()))
    sys.exit(OK if verdict.is_identical else PARTLY)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("before")
@click.argument("after")
def diff(folder: Path, before: str, after: str) -> None:
    """Say how ROI got from edition BEFORE to AFTER, and which figures moved for which cause."""
    from roi_pipeline.reporting.console.editions import diff_lines
    from roi_pipeline.usecases.diff import diff_editions
    from roi_pipeline.usecases.histories import archive_of

    archive = archive_of(StudyPaths(folder))
    found = diff_editions(archive, archive.find(before), archive.find(after))
    say_lines(diff_lines(found, language_asked()))


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--edition", required=True, help="such as 2026-Q1/final-1; a cycle: its latest one")
@click.option("--dry-run", is_flag=True, help="write the e-mails as .eml files instead")
@click.option(
    "--status", is_flag=True, help="say where the edition stands with each reader instead"
)
def send(folder: Path, edition: str, *, dry_run: bool, status: bool) -> None:
    """Mail an edition once to every reader of the study; SMTP settings come from ROI_SMTP_…."""
    from roi_pipeline.usecases import send as mailing
    from roi_pipeline.usecases.histories import archive_of
    from roi_pipeline.usecases.studies import study_in

    mailing.refuse_drafts(edition)
    study, archive = study_in(str(folder)), archive_of(StudyPaths(folder))
    name = archive.find(edition)
    if dry_run:
        for path in mailing.write_edition_emails(study, archive, name, environment=os.environ):
            say(Message("console_written", {"path": str(path)}))
        return
    if status:
        sent = mailing.sending_status(study, archive, name)
    else:
        sent = mailing.send_edition(study, archive, name, environment=os.environ)
    sys.exit(OK if report_emails(sent) else PARTLY)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.argument("cycle_key", metavar="CYCLE")
@click.argument("name", metavar="[MODULE.FIGURE]", required=False)
def explain(folder: Path, cycle_key: str, name: str | None) -> None:
    """Show what stands behind a figure of a report: its parts, design, samples, SQL and exports.

    Without a name it lists every figure that can be asked about.
    """
    from roi_pipeline.usecases import explain as usecase

    language = language_asked()
    if name is None:
        lines = usecase.explainable(folder, cycle_key, language)
    else:
        lines = usecase.explain(folder, cycle_key, name, language)
    for line in lines:
        click.echo(line)

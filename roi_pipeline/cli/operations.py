"""Commands for whoever runs the service: `night`, `alerts`, `backup`, `restore`, `upgrade`, `purge`."""

import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roi_pipeline.cli.app import (
    EXISTING,
    FOLDER,
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
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.texts import Message

if TYPE_CHECKING:
    from roi_pipeline.defs.run import RunOutcome
    from roi_pipeline.domain.alerts import OpenAlert
    from roi_pipeline.domain.study import Study
    from roi_pipeline.engines.writer_lock import Holder

FILE = click.Path(dir_okay=False, path_type=Path)
WAITING_SAID_EVERY = 10  # seconds


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--as-of", type=Day(), required=True, help="today: the first day not yet seen")
@click.option("--all", "is_all", is_flag=True, help="FOLDER holds studies; run each of them")
@WAIT
def night(folder: Path, as_of: date, *, is_all: bool, wait_seconds: float) -> None:
    """Run what is due on the study in FOLDER: nights missed, tonight, matured cycles; in order."""
    from roi_pipeline.defs.run import run_due
    from roi_pipeline.domain.errors import RoiError

    folders = [path.parent for path in sorted(folder.glob("*/study.toml"))] if is_all else [folder]
    if not folders:
        raise NeedsAHuman(f"{folder}: found no */study.toml; expected a folder of study folders")
    statuses = list[int]()
    for each in folders:
        if is_all:
            say(Message("console_study", {"folder": each.name}))
        try:
            statuses.append(_status_of(run_due(each, as_of=as_of, wait_seconds=wait_seconds)))
        except RoiError as error:
            if not is_all:
                raise
            click.echo(f"roi: {error}", err=True)
            statuses.append(NOTHING)
    sys.exit(max(statuses))


def _status_of(outcomes: "Iterable[RunOutcome]") -> int:
    """Say how each run went as soon as it has; the worst status of them."""
    worst = OK
    for outcome in outcomes:
        values = {"cycle": outcome.cycle_key, "as_of": outcome.as_of}
        say(Message("console_night", values))
        report_failures(outcome)
        if not outcome.is_whole:
            worst = PARTLY
    return worst


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--test", "is_test", is_flag=True, help="send one message that asks for nothing")
@click.option("--as-of", type=Day(), help="day printed in the test message; default: last night's")
def alerts(folder: Path, as_of: date | None, *, is_test: bool) -> None:
    """List the alerts that are open on the study in FOLDER, or try whether they arrive."""
    from roi_pipeline.usecases.alerts import open_alerts, send_test
    from roi_pipeline.usecases.nights import nights_of
    from roi_pipeline.usecases.studies import study_in

    study = study_in(str(folder))
    if not is_test:
        found = open_alerts(study)
        say_lines(_lines(study, found))
        if not found:
            say(Message("console_no_alerts"))
        return
    nights = nights_of(study)
    day = as_of or (nights[0].as_of if nights else study.history.start)
    sent = send_test(study, as_of=day, environment=dict(os.environ))
    if not sent:
        say(Message("console_alert_nowhere"), err=True)
        sys.exit(PARTLY)
    sys.exit(OK if report_emails(sent) else PARTLY)


def _lines(study: "Study", found: "Iterable[OpenAlert]") -> Iterable[str]:
    from roi_pipeline.reporting.alert_mail import alert_line
    from roi_pipeline.reporting.console.speech import console_voice

    voice = console_voice(language_asked(), study)
    for each in found:
        yield f"{each.since}  {alert_line(each.alert, voice)}"


def _say_waiting(holder: "Holder", waited: float) -> None:
    if int(waited) % WAITING_SAID_EVERY == 1:
        values = {"seconds": f"{waited:.0f}", "holder": str(holder)}
        say(Message("console_bar_waiting", values), err=True)


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--to", "target", type=FILE, required=True, help="the file to write")
@WAIT
def backup(folder: Path, target: Path, *, wait_seconds: float) -> None:
    """Write the study in FOLDER into one file: settings, warehouse, editions, what was mailed."""
    from roi_pipeline.usecases.backups import back_up

    made = back_up(folder, target, wait_seconds=wait_seconds, waiting=_say_waiting)
    say(Message("console_backed_up", {"path": str(made.path), "n": made.files}))


@commands.command()
@click.argument("source", type=FILE)
@click.argument("folder", type=FOLDER)
def restore(source: Path, folder: Path) -> None:
    """Make the study FOLDER from the backup SOURCE; every byte is checked."""
    from roi_pipeline.usecases.backups import restore as restore_backup

    made = restore_backup(source, folder)
    say(Message("console_restored", {"path": str(made.path), "n": made.files}))


@commands.command()
@click.argument("folder", type=EXISTING)
@WAIT
def upgrade(folder: Path, *, wait_seconds: float) -> None:
    """Bring the warehouse of the study in FOLDER to this version's shape; a backup is made first."""
    from roi_pipeline.usecases.upgrade import upgrade_warehouse

    done = upgrade_warehouse(folder, wait_seconds=wait_seconds, waiting=_say_waiting)
    values = {"found": done.found, "known": done.known, "backup": str(done.backup or "")}
    say(Message("console_upgraded" if done.backup else "console_is_of_this_version", values))


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--as-of", type=Day(), required=True, help="today")
@click.option("--keep-days", type=click.IntRange(min=1), default=90, show_default=True)
@WAIT
def purge(folder: Path, as_of: date, keep_days: int, *, wait_seconds: float) -> None:
    """Delete the run history of old nights and old backups of upgrades; never figures, editions or what they were made from."""
    from roi_pipeline.defs.retention import purge_runs
    from roi_pipeline.usecases.upgrade import purge_upgrade_backups

    deleted = purge_runs(
        folder, as_of=as_of, keep_days=keep_days, wait_seconds=wait_seconds, waiting=_say_waiting
    )
    say(Message("console_purged", {"n": deleted}))
    for path in purge_upgrade_backups(folder, as_of=as_of, keep_days=keep_days):
        say(Message("console_backup_purged", {"file": path.name}))

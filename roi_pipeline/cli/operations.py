"""Commands for whoever runs the service: `night`, `alerts`."""

import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

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
from roi_pipeline.cli.failures import report_failures
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.texts import Message

if TYPE_CHECKING:
    from roi_pipeline.defs.run import RunOutcome
    from roi_pipeline.usecases.send import Sent


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
        if not is_all:
            statuses.append(_status_of(run_due(each, as_of=as_of, wait_seconds=wait_seconds)))
            continue
        say(Message("console_study", {"folder": each.name}))
        try:
            statuses.append(_status_of(run_due(each, as_of=as_of, wait_seconds=wait_seconds)))
        except RoiError as error:
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
        if outcome.failed or outcome.skipped or outcome.stale:
            worst = PARTLY
    return worst


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--test", "is_test", is_flag=True, help="send one message that asks for nothing")
@click.option("--as-of", type=Day(), help="day printed in the test message; default: last night's")
def alerts(folder: Path, as_of: date | None, *, is_test: bool) -> None:
    """List the alerts that are open on the study in FOLDER, or try whether they arrive."""
    from roi_pipeline.usecases.alerts import open_alerts, send_test
    from roi_pipeline.usecases.studies import study_in
    from roi_pipeline.usecases.watch import nights_of

    study = study_in(str(folder))
    if not is_test:
        say_lines(_lines(folder))
        if not open_alerts(study):
            say(Message("console_no_alerts"))
        return
    nights = nights_of(study)
    day = as_of or (nights[0].as_of if nights else study.history.start)
    sent = send_test(study, as_of=day, environment=dict(os.environ))
    if not sent:
        say(Message("console_alert_nowhere"), err=True)
        sys.exit(PARTLY)
    sys.exit(OK if _report(sent) else PARTLY)


def _lines(folder: Path) -> Iterable[str]:
    from roi_pipeline.reporting.alert_mail import alert_line
    from roi_pipeline.reporting.console.speech import console_voice
    from roi_pipeline.usecases.alerts import open_alerts
    from roi_pipeline.usecases.studies import study_in

    study = study_in(str(folder))
    voice = console_voice(language_asked(), study)
    for each in open_alerts(study):
        yield f"{each.since}  {alert_line(each.alert, voice)}"


def _report(emails: "Iterable[Sent]") -> bool:
    """Print the result of every message; whether all were accepted."""
    are_sent = True
    for email in emails:
        values = {"state": email.state, "address": email.address, "answer": email.answer}
        say(Message("console_email", values))
        are_sent = are_sent and email.state == "accepted"
    return are_sent

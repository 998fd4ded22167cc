"""The command `roi` itself: its options, how errors are shown, how a sentence is printed.

Exit status: 0 all is well · 1 the study has problems · 2 the command line was wrong · 3 reports were
made but something was rejected, could not be read or failed · 4 nothing could be made · 5 another process writes the study ·
6 the disk is full · 128 + the signal's number when stopped by one.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import cast

import click

from roi_pipeline import __version__
from roi_pipeline.domain.texts import LANGUAGES, Language, Message

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
            self.fail(f"{value!r} is not a date; write it as 2026-03-31", param, ctx)


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
            self.fail(f"{value!r} is not a list of positive numbers; write it as 2,4,8", param, ctx)
        return numbers


class Commands(click.Group):
    """A group whose errors are sentences, not tracebacks."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; problems of a study end with status 1 and are listed."""
        from roi_pipeline.cli.stopping import stoppable
        from roi_pipeline.domain.errors import DiskIsFull, RoiError, StudyHasProblems, StudyIsBusy

        try:
            with stoppable(_say_stopped):
                return super().invoke(ctx)
        except StudyHasProblems as error:
            click.echo(str(error), err=True)
            ctx.exit(PROBLEMS)
        except RoiError as error:
            click.echo(f"roi: {error}", err=True)
            status = {StudyIsBusy: BUSY, DiskIsFull: DISK_FULL}
            ctx.exit(status.get(type(error), NOTHING))


def _say_stopped() -> None:
    say(Message("console_stopped"), err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    envvar="ROI_LANGUAGE",
    show_default=True,
    help="of what is printed; also from ROI_LANGUAGE",
)
@click.version_option(__version__, prog_name="roi")
def commands(language: str) -> None:
    """What each AI module really changed, how sure we are, what it is worth, what to do next."""


def language_asked() -> Language:
    """The language of `roi --language`."""
    found = click.get_current_context().find_root().params.get("language", "en")
    return cast("Language", found)


def say(message: Message, *, err: bool = False) -> None:
    """Print a message in the language asked for."""
    click.echo(worded_as_asked(message), err=err)


def worded_as_asked(message: Message) -> str:
    """A message in the language asked for."""
    from roi_pipeline.reporting.console.speech import console_voice

    return console_voice(language_asked()).sentence(message).rstrip()


def say_lines(lines: Iterable[str]) -> None:
    """Print lines that are worded already."""
    for line in lines:
        click.echo(line)

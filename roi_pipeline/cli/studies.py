"""Commands about a study before it runs: `init`, `check`, `catalogue`."""

from pathlib import Path

import click

from roi_pipeline.cli.app import EXISTING, FOLDER, commands, say
from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.texts import Message


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
@click.option(
    "--metric", default=None, help="a metric of this name, with SQL and a case, into a study"
)
@click.option("--table", default="", help="with --metric: the export it is counted from")
@click.option("--seed", type=int, default=None, help="another random history of the same company")
@click.option("--scale", type=float, default=1.0, show_default=True, help="how many rows, relative")
def init(
    folder: Path,
    example: str | None,
    sources: tuple[str, ...],
    metric: str | None,
    table: str,
    *,
    seed: int | None,
    scale: float,
) -> None:
    """Write a study into FOLDER: an example with its exports, or a skeleton for your own systems."""
    if metric is not None:
        _start_metric(folder, metric, table)
        return
    if sources and example is not None:
        raise click.UsageError("an example brings its own sources; give --example or --source")
    if sources:
        _start(folder, sources)
        return
    from roi_pipeline.examples import copy_example

    name = example or "clinic"
    options = {} if seed is None else {"seed": seed}
    copy_example(name, folder, scale=scale, **options)
    say(Message("console_example_written", {"name": name, "folder": str(folder)}))
    say(Message("console_next_command", {"command": f"roi run {folder}"}))


def _start_metric(folder: Path, metric: str, table: str) -> None:
    from roi_pipeline.usecases.new_metric import start_metric

    for name in start_metric(folder, metric, table):
        say(Message("console_file_written", {"path": str(folder / name)}))
    say(Message("console_next_check", {"command": f"roi check {folder}"}))


def _start(folder: Path, sources: tuple[str, ...]) -> None:
    from roi_pipeline.usecases.start import start_study

    for name in start_study(folder, sources):
        say(Message("console_file_written", {"path": str(folder / name)}))
    say(Message("console_fill_in_blanks", {"folder": str(folder / "exports")}))
    say(Message("console_next_check", {"command": f"roi check {folder}"}))


@commands.command()
@click.argument("folder", type=EXISTING)
def check(folder: Path) -> None:
    """List every problem of the study in FOLDER; nothing is computed."""
    from roi_pipeline.usecases.check import check_study, machine_notes
    from roi_pipeline.usecases.check_exports import check_exports

    notes, exports = check_study(folder, anew=True), check_exports(folder)
    for note in (*notes, *machine_notes(), *exports.notes):
        say(Message("console_note", {"note": note}))
    if exports.problems:
        raise StudyHasProblems(exports.problems)
    say(Message("console_no_problems", {"folder": str(folder)}))


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
    say(Message("console_written", {"path": str(target)}))

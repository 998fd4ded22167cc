"""Commands on what stands before the next money is spent: `case`, `what-if`, `experiments`."""

from datetime import date
from pathlib import Path

import click

from roi_pipeline.cli.app import EXISTING, Day, commands, language_asked, say, say_lines
from roi_pipeline.domain.texts import Message

CYCLE = click.option("--cycle", "cycle_key", help="default: the latest that has ended")
AS_OF = click.option("--as-of", type=Day(), help="default: the end of the history")


@commands.command()
@click.argument("folder", type=EXISTING)
@CYCLE
@AS_OF
def case(folder: Path, cycle_key: str | None, as_of: date | None) -> None:
    """Print the ex-ante business case of every module planned in FOLDER: range of ROI and risk."""
    from roi_pipeline.reporting.console.outlook import case_lines
    from roi_pipeline.usecases.outlook import outlook_in

    study, outlook = outlook_in(folder, cycle_key=cycle_key, as_of=as_of)
    if not outlook.cases:
        say(Message("console_no_planned_modules", {"folder": str(folder)}))
    say_lines(case_lines(study, outlook, language_asked()))


@commands.command("what-if")
@click.argument("folder", type=EXISTING)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    help='such as "cheaper: price:lease=-20%, volume=+10%"; may be given several times; '
    "default: those of study.toml",
)
@click.option("--module", help="one module only")
@CYCLE
@AS_OF
def what_if(
    folder: Path,
    *,
    scenarios: tuple[str, ...],
    module: str | None,
    cycle_key: str | None,
    as_of: date | None,
) -> None:
    """Compare ROI, NPV, rating and advice side by side under other prices, volumes, effects or size."""
    from roi_pipeline.reporting.console.outlook import scenario_lines
    from roi_pipeline.usecases import what_if as usecase

    study, _, columns = usecase.what_if(
        folder, scenarios, module_id=module, cycle_key=cycle_key, as_of=as_of
    )
    say_lines(scenario_lines(study, columns, language_asked()))


@commands.command()
@click.argument("folder", type=EXISTING)
@CYCLE
@AS_OF
def experiments(folder: Path, cycle_key: str | None, as_of: date | None) -> None:
    """Say which module is most worth an experiment next cycle, and what next year's bar should be."""
    from roi_pipeline.reporting.console.outlook import experiment_lines
    from roi_pipeline.usecases.outlook import outlook_in

    study, outlook = outlook_in(folder, cycle_key=cycle_key, as_of=as_of)
    say_lines(experiment_lines(study, outlook, language_asked()))

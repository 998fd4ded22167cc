"""Commands that try before or beside the real thing: `plan`, `plan-capacity`, `selftest`."""

import sys
from datetime import date
from pathlib import Path

import click

from roi_pipeline.cli.app import (
    EXISTING,
    OK,
    PARTLY,
    Day,
    Numbers,
    commands,
    language_asked,
    say,
    say_lines,
)
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.texts import Message


@commands.command("plan-capacity")
@click.argument("folder", type=EXISTING)
@click.option(
    "--times", type=float, default=10.0, show_default=True, help="how many times the data"
)
def plan_capacity(folder: Path, times: float) -> None:
    """Project time, memory and disk of a run on N times the data, from the runs of the study in FOLDER."""
    from roi_pipeline.reporting.console.capacity import capacity_lines
    from roi_pipeline.usecases.capacity import project

    say_lines(capacity_lines(project(folder, times), language_asked()))


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option("--module", required=True, help="module to plan for; it need not be live yet")
@click.option("--metric", help="one metric; default: the goal metrics of the pool")
@click.option("--weeks", type=Numbers(), default="2,4,8", show_default=True, help="lengths")
@click.option("--shares", type=Numbers(), default="5,10,20", show_default=True, help="% held out")
@click.option(
    "--draw", type=float, help="share to hold out at random, such as 0.1; writes the list"
)
@click.option(
    "--seed", type=int, help="of the random assignment; the same seed draws the same list"
)
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
    """Say what a holdout would find, or draw one at random, before MODULE goes live."""
    from roi_pipeline.reporting.console.plans import draw_lines, plan_lines
    from roi_pipeline.usecases.plan import draw_study, plan_study, write_draw, write_plans
    from roi_pipeline.usecases.studies import study_in

    if draw is None:
        plans = plan_study(
            folder, module, metric_id=metric, weeks=[int(length) for length in weeks],
            shares=[share / 100 for share in shares],
        )  # fmt: skip
        path = out or StudyPaths(folder).plans / f"{module}.csv"
        write_plans(path, plans.lines)
        say_lines(plan_lines(plans, study_in(str(folder)), language_asked()))
    else:
        if seed is None or out is None:
            raise click.UsageError("a draw needs --seed and --out, so that it can be drawn again")
        drawn = draw_study(folder, module, share=draw, seed=seed, strata=strata)
        path = out
        write_draw(path, drawn)
        say_lines(draw_lines(drawn, seed=seed, language=language_asked()))
    say(Message("console_written", {"path": str(path)}))


@commands.command()
@click.argument("folder", type=EXISTING)
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    default=200,
    show_default=True,
    help="simulated modules of each shape of roll-out, with and without an effect",
)
@click.option("--as-of", type=Day(), help="first day not seen; default: the end of the history")
def selftest(folder: Path, replications: int, as_of: date | None) -> None:
    """Try the estimation path on simulated modules with a known answer, on the study's own data."""
    from roi_pipeline.reporting.console.selftests import selftest_lines, trying
    from roi_pipeline.usecases.selftest import run_selftest

    language = language_asked()
    result = run_selftest(
        folder,
        replications=replications,
        on_shape=lambda shape: click.echo(trying(shape, language), err=True),
        as_of=as_of,
    )
    say_lines(selftest_lines(result, language))
    sys.exit(OK if result.is_sound else PARTLY)

"""The command `evaluate`: one question about one file; its options are the fields of `Asked`."""

import sys
from pathlib import Path
from typing import get_args

import click

from roi_pipeline.cli.app import NOTHING, OK, Day, commands, language_asked, say, say_lines
from roi_pipeline.domain.effects import Design, IntervalMethod
from roi_pipeline.domain.metrics import Direction, MetricUnit
from roi_pipeline.domain.modules import Aggregate, Base, ControlGroup, CovariateUse, VarianceRule
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import PeriodKind

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Values(click.ParamType):
    """Values with commas between them."""

    name = "VALUE,VALUE,…"

    def convert(
        self,
        value: str | tuple[str, ...],
        param: click.Parameter | None,  # noqa: ARG002 - click passes it
        ctx: click.Context | None,  # noqa: ARG002 - click passes it
    ) -> tuple[str, ...]:
        """Read the values."""
        if isinstance(value, tuple):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())


@commands.command()
@click.argument("file", type=FILE)
@click.option("--outcome", default="", help="column that is compared; not with --closed")
@click.option(
    "--treated", default="", help="COLUMN=VALUE[,VALUE]: who had it; or a column of 0 and 1"
)
@click.option(
    "--from", "go_live", default="", help="first day with it, or the column that has each row's own"
)
@click.option(
    "--unit", default="", help="column that says whose row it is; default: every row's own"
)
@click.option(
    "--date", "date_column", default="", help="column of days, weeks, months, quarters or years"
)
@click.option("--per", default="", help="column summed as the denominator; default: rows")
@click.option(
    "--comparison",
    type=Values(),
    default="",
    help="VALUE[,VALUE] compared with; default: all others",
)
@click.option("--where", multiple=True, help="COLUMN=VALUE[,VALUE]: rows that count; repeatable")
@click.option(
    "--wide", multiple=True, help="HEADER[,HEADER] that each are a unit; 'all' but the date"
)
@click.option("--randomised", "is_randomised", is_flag=True, help="chance decided who had it")
@click.option("--until", type=Day(), help="of an experiment: first day without it again")
@click.option(
    "--cool-down", type=click.IntRange(0), default=0, help="days after it that still count"
)
@click.option("--spend", type=click.FloatRange(0), help="what the experiment spent in all")
@click.option("--closed", default="", help="column of the day a case was closed: compare durations")
@click.option("--horizon", type=click.IntRange(0), default=0, help="days each case is followed for")
@click.option(
    "--control", "controls", multiple=True,
    help="column that predicts the one series of a file; repeatable",
)  # fmt: skip
@click.option("--used", default="", help="column above 0 for who used what was offered at random")
@click.option("--cluster", default="", help="column of wider groups, for standard errors")
@click.option("--covariate", "covariates", multiple=True, help="known before; repeatable")
@click.option("--period", type=click.Choice(get_args(PeriodKind)), help="default: from the dates")
@click.option("--design", type=click.Choice(get_args(Design)), help="default: the strongest")
@click.option("--variance", type=click.Choice(get_args(VarianceRule)), default="unequal")
@click.option(
    "--outcome-unit",
    "metric_unit",
    type=click.Choice(get_args(MetricUnit)),
    help="default: from values",
)
@click.option(
    "--better", "direction", type=click.Choice(get_args(Direction)), default="up", show_default=True
)
@click.option("--currency", default="USD", show_default=True, help="of an outcome in money")
@click.option(
    "--base", type=click.Choice(get_args(Base)), default="window", help="of staggered dates"
)
@click.option(
    "--control-group", type=click.Choice(get_args(ControlGroup)), default="not_yet_treated"
)
@click.option("--aggregate", type=click.Choice(get_args(Aggregate)), default="group")
@click.option("--covariate-use", type=click.Choice(get_args(CovariateUse)), default="doubly_robust")
@click.option(
    "--interval", "intervals", multiple=True, type=click.Choice(get_args(IntervalMethod)),
    help="also by this method; repeatable",
)  # fmt: skip
@click.option("--log-scale", "is_log_scale", is_flag=True, help="compare proportional changes")
@click.option(
    "--baseline-from", "baseline_start", type=Day(),
    help="first day of the baseline; default: the first",
)  # fmt: skip
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="page to write; default: beside",
)
@click.option(
    "--write-study", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="write the study that computes it every cycle",
)  # fmt: skip
def evaluate(file: Path, *, chart: Path | None, folder: Path | None, **asked: object) -> None:
    """Say what changed in one FILE: effect, interval, grade, reasons, and a page with a chart."""
    from roi_pipeline.domain.evaluations import Asked
    from roi_pipeline.usecases.evaluate import evaluate_file

    question = Asked(**asked)  # type: ignore[arg-type] - click has checked every value
    answer = evaluate_file(file, question, language=language_asked())
    say_lines(answer.lines())
    page = chart or Path(f"{file.name.partition('.')[0]}_effect.html")
    page.write_text(answer.html(), encoding="utf-8")
    say(Message("console_written", {"path": str(page)}))
    if folder is not None:
        answer.write_study(folder)
        say(Message("console_evaluate_study", {"folder": str(folder)}))
        say(Message("console_next_command", {"command": f"roi run {folder}"}))
    sys.exit(OK if answer.effect is not None else NOTHING)

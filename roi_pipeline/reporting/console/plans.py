"""Plans and draws in words for the command line."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.plans import Draw, PlannedLine, Plans
from roi_pipeline.domain.study import Study

if TYPE_CHECKING:
    from roi_pipeline.reporting.messages import Voice

LEAST_EXPLAINED = 0.005  # printed as 0 % below
LONGEST_WEEKS = 104
SQUARE_ROOT = 0.5


def plan_lines(plans: Plans, study: Study) -> Iterator[str]:
    """The plans for people to read: one block per metric."""
    if plans.lines:
        yield (
            "the smallest change each plan would show (80 % power, 95 % confidence); "
            "units with / without the module"
        )
    for metric in dict.fromkeys(line.metric.id for line in plans.lines):
        mine = [line for line in plans.lines if line.metric.id == metric]
        first = mine[0]
        yield f"{metric}: {_figure(first.metric, first.level)} now ({first.metric.sentence.into('en')})"
        yield f"  {'weeks':>5}  {'held out':>8}  {'units':>15}  {'smallest change':>16}  {'relative':>8}"
        for line in mine:
            units = f"{line.units_treated:,.0f} / {line.units_held_out:,.0f}"
            relative = "" if line.smallest_relative is None else f"{line.smallest_relative:.1%}"
            change = _figure(line.metric, line.smallest_absolute, is_change=True)
            short = (
                ""
                if line.weeks_of_history >= line.weeks
                else f"  from {line.weeks_of_history} weeks"
            )
            yield (
                f"  {line.weeks:>5}  {line.holdout_share:>8.1%}  {units:>15}  "
                f"{change:>16}  {relative:>8}{short}"
            )
        yield from _target_lines(mine)
        if first.baseline_explains >= LEAST_EXPLAINED:
            yield f"  adjusting on the weeks before explains {first.baseline_explains:.0%} of the variance"
    for metric, reason in plans.reasons:
        yield f"{metric}: {_english(study).sentence(reason)}"
    if plans.lines and not plans.is_before_go_live:
        yield "counted after go-live: there are no rows from before it"


def _target_lines(lines: Sequence[PlannedLine]) -> Iterator[str]:
    """Which plan would show the change that the pool asks for."""
    wanted = lines[0].target_absolute
    if not wanted:
        return
    told = f"the target of {_figure(lines[0].metric, wanted, is_change=True)}"
    enough = [line for line in lines if line.smallest_absolute <= wanted]
    if enough:
        least = min(enough, key=lambda line: (line.weeks, line.holdout_share))
        yield f"  {told} would show from {least.weeks} weeks with {least.holdout_share:.1%} held out"
        return
    best = min(lines, key=lambda line: (line.smallest_absolute, -line.weeks_of_history))
    weeks = _weeks_until(wanted, best, lines)
    length = f"about {math.ceil(weeks)} weeks" if weeks <= LONGEST_WEEKS else "more than two years"
    yield f"  {told} would not show in any of these; with {best.holdout_share:.1%} held out it takes {length}"


def _weeks_until(wanted: float, best: PlannedLine, lines: Sequence[PlannedLine]) -> float:
    """Weeks until a plan shows a change, by how its own figure fell with its length so far.

    Twice as long shows what is smaller by √2 where units are seen once; much less where the same few
    units are seen again.
    """
    same = [line for line in lines if line.holdout_share == best.holdout_share]
    first = min(same, key=lambda line: line.weeks_of_history)
    slope = SQUARE_ROOT
    if first.weeks_of_history < best.weeks_of_history:
        fell = math.log(first.smallest_absolute / best.smallest_absolute)
        slope = min(slope, fell / math.log(best.weeks_of_history / first.weeks_of_history))
    if slope <= 0:
        return math.inf
    times = math.log(best.smallest_absolute / wanted) / slope
    return best.weeks_of_history * math.exp(times) if times < LONGEST_WEEKS else math.inf


def _english(study: Study) -> "Voice":
    """Reasons in the words of the catalogue, for the command line."""
    from roi_pipeline.reporting.messages import Voice, read_words, shipped_sentences
    from roi_pipeline.reporting.numbers import Numbers

    words = read_words("en")
    figures = {key.removeprefix("numbers."): word for key, word in words.items()}
    names = {("metric", metric.id): metric.id for metric in study.metrics.values()}
    return Voice("en", words, shipped_sentences(), Numbers("en", study.currency, figures), names)


def _figure(metric: Metric, value: float, *, is_change: bool = False) -> str:
    if metric.unit == "rate":
        return f"{value * 100:.2f} points" if is_change else f"{value:.2%}"
    return f"{value:,.4g}"


def draw_lines(draw: Draw, *, seed: int) -> Iterator[str]:
    """The draw for people to read, with what to declare so that every night checks it."""
    held, total = draw.arms[draw.held_out_name], len(draw.rows)
    yield f"{held:,} of {total:,} units held out ({held / total:.2%}), seed {seed}"
    if len(draw.strata) > 1:
        shares = [part / whole for part, whole in draw.strata.values()]
        yield f"  {len(shares)} strata, held out {min(shares):.1%} to {max(shares):.1%} of each"
    yield "declare in the module's file, so that every run checks the arms against the draw:"
    yield ""
    yield "[randomisation]"
    yield f'arm_column = "{draw.arm_column}"'
    yield f'treated = ["{draw.treated_name}"]'
    yield f'comparison = ["{draw.held_out_name}"]'
    yield f"planned_share = {1 - held / total:.6f}"
    yield ""

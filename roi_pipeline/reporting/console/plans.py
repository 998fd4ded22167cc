"""Plans and draws in words for the command line."""

import math
from collections.abc import Iterator, Sequence

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.plans import Draw, PlannedLine, Plans
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.console.speech import console_voice, right, worded
from roi_pipeline.reporting.messages import Voice

LEAST_EXPLAINED = 0.005  # printed as 0 % below
LONGEST_WEEKS = 104
SQUARE_ROOT = 0.5
WIDTHS = (5, 8, 15, 16, 8)
COLUMNS = ("plan_weeks", "plan_held_out", "plan_units", "plan_smallest", "plan_relative")


def plan_lines(plans: Plans, study: Study, language: Language = "en") -> Iterator[str]:
    """The plans for people to read: one block per metric."""
    voice = console_voice(language, study)
    if plans.lines:
        yield worded(voice, "plan_head")
    for metric in dict.fromkeys(line.metric.id for line in plans.lines):
        yield from _metric_lines(voice, [line for line in plans.lines if line.metric.id == metric])
    for metric, reason in plans.reasons:
        yield worded(voice, "plan_reason", metric=metric, reason=voice.sentence(reason))
    if plans.lines and not plans.is_before_go_live:
        yield worded(voice, "plan_after_go_live")


def _metric_lines(voice: Voice, lines: Sequence[PlannedLine]) -> Iterator[str]:
    metric, first = lines[0].metric, lines[0]
    yield worded(
        voice, "plan_metric", metric=metric.id, level=voice.numbers.value(first.level, metric.unit),
        sentence=metric.sentence.into(voice.language),
    )  # fmt: skip
    yield _row([worded(voice, column) for column in COLUMNS])
    for line in lines:
        count = voice.numbers.count
        change = _change(voice, metric, line.smallest_absolute)
        cells = [
            str(line.weeks),
            voice.numbers.percent(line.holdout_share),
            f"{count(round(line.units_treated))} / {count(round(line.units_held_out))}",
            change,
            "" if line.smallest_relative is None else voice.numbers.percent(line.smallest_relative),
        ]
        seen = line.weeks_of_history
        short = "" if seen >= line.weeks else worded(voice, "plan_from_history", weeks=seen)
        yield _row(cells) + short
    yield from _target_lines(voice, lines)
    if first.baseline_explains >= LEAST_EXPLAINED:
        share = voice.numbers.percent(first.baseline_explains, digits=0)
        yield worded(voice, "plan_adjustment", share=share)


def _row(cells: Sequence[str]) -> str:
    padded = (right(cell, width) for cell, width in zip(cells, WIDTHS, strict=True))
    return "  " + "  ".join(padded)


def _target_lines(voice: Voice, lines: Sequence[PlannedLine]) -> Iterator[str]:
    """Which plan would show the change that the pool asks for."""
    wanted = lines[0].target_absolute
    if not wanted:
        return
    target = _change(voice, lines[0].metric, wanted)
    enough = [line for line in lines if line.smallest_absolute <= wanted]
    if enough:
        least = min(enough, key=lambda line: (line.weeks, line.holdout_share))
        yield worded(
            voice, "plan_target_met", target=target, weeks=least.weeks, share=least.holdout_share
        )
        return
    best = min(lines, key=lambda line: (line.smallest_absolute, -line.weeks_of_history))
    weeks = _weeks_until(wanted, best, lines)
    if weeks > LONGEST_WEEKS:
        yield worded(voice, "plan_target_too_long", target=target, share=best.holdout_share)
        return
    yield worded(
        voice, "plan_target_after", target=target, share=best.holdout_share, weeks=math.ceil(weeks)
    )


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


def _change(voice: Voice, metric: Metric, size: float) -> str:
    """The size of a change in the metric's unit; no direction, so no sign."""
    return voice.numbers.change(abs(size), metric.unit).removeprefix("+")


def draw_lines(draw: Draw, *, seed: int, language: Language = "en") -> Iterator[str]:
    """The draw for people to read, with what to declare so that every night checks it."""
    voice = console_voice(language)
    held, total = draw.arms[draw.held_out_name], len(draw.rows)
    yield worded(
        voice, "draw_size", held=held, total=total, seed=str(seed),
        share=voice.numbers.percent(held / total, digits=2),
    )  # fmt: skip
    if len(draw.strata) > 1:
        shares = [part / whole for part, whole in draw.strata.values()]
        yield worded(voice, "draw_strata", n=len(shares), lowest=min(shares), highest=max(shares))
    yield worded(voice, "draw_declare")
    yield ""
    yield "[randomisation]"
    yield f'arm_column = "{draw.arm_column}"'
    yield f'treated = ["{draw.treated_name}"]'
    yield f'comparison = ["{draw.held_out_name}"]'
    yield f"planned_share = {1 - held / total:.6f}"
    yield ""

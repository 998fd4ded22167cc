"""`roi plan`: what a holdout would show before it begins, and the list of who is held out.

Reads the warehouse of the last run; stores nothing in it. The list is a file for the call system,
which has to report back who was held out; the nightly run then checks that the arms have the sizes
that were drawn.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module, PoolMetric, Target
from roi_pipeline.domain.plans import Draw, PlannedLine, Plans
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.holdouts import (
    Assignable,
    read_assignable,
    read_span,
    read_unit_moments,
)
from roi_pipeline.engines.questions.panels import Slice, slice_of
from roi_pipeline.engines.warehouse import Connection, table_exists
from roi_pipeline.usecases.studies import last_known_day, loaded_warehouse, study_in

STRETCHES = 4
LEAST_BASELINE_WEEKS = 4
WEEK = timedelta(weeks=1)
PLAN_COLUMNS = (
    "metric", "weeks", "holdout_share", "units_treated", "units_held_out", "level",
    "smallest_absolute", "smallest_relative", "target_absolute", "weeks_of_history",
    "baseline_explains",
)  # fmt: skip


def plan_study(
    folder: Path,
    module_id: str,
    *,
    metric_id: str | None = None,
    weeks: Sequence[int],
    shares: Sequence[float],
) -> Plans:
    """Smallest detectable change of a module's metrics by weeks and holdout share.

    Raises:
        NeedsAHuman: the study was never run, so there is nothing to count from.
        UnknownName: no such module or metric.
    """
    study = study_in(str(folder))
    module = study.live_or_planned(module_id)
    with loaded_warehouse(folder, why="a plan is counted from loaded exports").open() as connection:
        asked = _asked(study, module, metric_id)
        return plan_metrics(connection, study, module, asked, weeks=weeks, shares=shares)


def plan_metrics(
    connection: Connection,
    study: Study,
    module: Module,
    asked: Sequence[PoolMetric],
    *,
    weeks: Sequence[int],
    shares: Sequence[float],
    until: date | None = None,
) -> Plans:
    """Smallest detectable change of some metrics of a module, by weeks and holdout share.

    Only days before `until` are counted from; the declared end of the history where it is None.
    """
    known = Window(study.history.start, max(study.history.start, until or last_known_day(study)))
    lines, reasons, is_before = list[PlannedLine](), list[tuple[str, Message]](), False
    for pool_metric in asked:
        metric = study.metric(pool_metric.metric_id)
        if metric.statistic != "ratio":
            reasons.append((metric.id, Message("plan_needs_a_ratio", {"metric": metric.id})))
            continue
        part = _slice(connection, study, module, pool_metric)
        span, is_before = _history(connection, known, module, part)
        if span is None:
            reasons.append((metric.id, Message("no_data")))
            continue
        for length in weeks:
            found = _planned(connection, part, module, span=span, weeks=length, shares=shares)
            if isinstance(found, Message):
                reasons.append((metric.id, found))
                break
            lines += [_with_target(line, pool_metric.target) for line in found]
            if len(found) < len(shares):
                reasons.append((metric.id, Message("plan_leaves_an_arm_too_small")))
    once = {(metric, str(reason)): (metric, reason) for metric, reason in reasons}
    return Plans(tuple(lines), tuple(once.values()), is_before)


def _asked(study: Study, module: Module, metric_id: str | None) -> tuple[PoolMetric, ...]:
    """The goal metrics, or the one named; a metric outside the pool may be planned for too."""
    if metric_id is None:
        return module.goals or module.pool
    study.metric(metric_id)
    inside = tuple(metric for metric in module.pool if metric.metric_id == metric_id)
    return inside or (PoolMetric(metric_id, "goal"),)


def _slice(connection: Connection, study: Study, module: Module, pool_metric: PoolMetric) -> Slice:
    metric = study.metric(pool_metric.metric_id)
    if not table_exists(connection, metric.table):
        raise NeedsAHuman(
            f"{metric.table} was not built, so nothing is known about {metric.id!r}; run the study "
            "first, and see that a source delivers what it is computed from"
        )
    return slice_of(connection, metric, module, pool_metric)


def _history(
    connection: Connection, whole: Window, module: Module, part: Slice
) -> tuple[Window | None, bool]:
    """Days to count from: those before go-live, else all there are."""
    live = module.rollout.first_day
    if live is not None and live > whole.start:
        before = read_span(connection, part, whole.until(live))
        if before is not None and before.days >= WEEK.days:
            return before, True
    return read_span(connection, part, whole), live is None


def _planned(
    connection: Connection,
    part: Slice,
    module: Module,
    *,
    span: Window,
    weeks: int,
    shares: Sequence[float],
) -> list[PlannedLine] | Message:
    from roi_pipeline.stats.planning import plan_changes, stretch_of

    seen = min(weeks, span.days // WEEK.days)
    if seen < 1:
        return Message("plan_needs_a_week", {"days": span.days})
    cluster = module.randomisation.cluster if module.randomisation else None
    samples = [
        sample
        for post, baseline in past_stretches(span, seen)
        if (sample := read_unit_moments(connection, part, post, baseline, cluster=cluster))
    ]
    stretch = stretch_of(samples, seen)
    if isinstance(stretch, Message):
        return stretch
    return [
        PlannedLine(
            part.metric, weeks, change.holdout_share, change.n_treated, change.n_comparison,
            stretch.metric.value, change.absolute, change.relative, seen,
            stretch.baseline_correlation**2,
        )
        for change in plan_changes(stretch, weeks=weeks, holdout_shares=shares)
    ]  # fmt: skip


def _with_target(line: PlannedLine, target: Target | None) -> PlannedLine:
    if target is None:
        return line
    wanted = {
        "relative": target.value * line.level,
        "absolute": target.value,
        "level": target.value - line.level,
    }[target.kind]
    return replace(line, target_absolute=abs(wanted))


def past_stretches(span: Window, weeks: int) -> Iterator[tuple[Window, Window | None]]:
    """The latest stretches of that length, newest first, each with the weeks before as baseline.

    A stretch without at least four weeks before it has no baseline and is used only where none has
    one, so that what a baseline explains is measured on all or on none.
    """
    length = WEEK * weeks
    ends = [span.end - number * length for number in range(STRETCHES)]
    posts = [Window(end - length, end) for end in ends if end - length >= span.start]
    long = [post for post in posts if post.start - span.start >= LEAST_BASELINE_WEEKS * WEEK]
    for post in long or posts:
        yield post, Window(span.start, post.start) if long else None


def write_plans(path: Path, lines: Sequence[PlannedLine]) -> None:
    """The lines as CSV, unrounded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PLAN_COLUMNS)
        for line in lines:
            writer.writerow(
                [
                    line.metric.id, line.weeks, line.holdout_share, line.units_treated,
                    line.units_held_out, line.level, line.smallest_absolute,
                    line.smallest_relative, line.target_absolute, line.weeks_of_history,
                    line.baseline_explains,
                ]
            )  # fmt: skip


def draw_study(
    folder: Path, module_id: str, *, share: float, seed: int, strata: str | None = None
) -> Draw:
    """A holdout of a module's units, drawn at random within strata; the same for the same seed.

    Raises:
        NeedsAHuman: the study was never run, or the share is none.
        UnknownName: no such module or column.
    """
    from roi_pipeline.stats.power import draw_holdout

    study = study_in(str(folder))
    module = study.live_or_planned(module_id)
    day = last_known_day(study)
    with loaded_warehouse(folder, why="a plan is counted from loaded exports").open() as connection:
        part = _slice(connection, study, module, (module.goals or module.pool)[0])
        units = read_assignable(connection, part, strata=strata, as_of=day)
    names = {unit.unit_id: unit.stratum for unit in units}
    held_out = set(draw_holdout(tuple(names), names, share=share, seed=seed))
    return _draw(part, module, units, held_out)


def _draw(part: Slice, module: Module, units: Sequence[Assignable], held_out: set[str]) -> Draw:
    arms = module.randomisation
    treated = arms.treated[0] if arms else "treated"
    kept_back = arms.comparison[0] if arms else "held_out"
    rows = tuple(
        (unit.unit_id, unit.stratum, kept_back if unit.unit_id in held_out else treated)
        for unit in units
    )
    column = arms.arm_column if arms else "arm_name"
    return Draw(part.unit_column, rows, column, treated, kept_back)


def write_draw(path: Path, draw: Draw) -> None:
    """The list for the call system: one row per unit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([draw.unit_column, "stratum", "arm"])
        writer.writerows(draw.rows)

"""A staggered roll-out by cohort and by aggregate, with intervals and the bands over all of a kind."""

from collections.abc import Iterator

from roi_pipeline.domain.effects import CohortEffect, Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.reporting.model import Block, Cell, Column, Table
from roi_pipeline.reporting.sections.context import ModuleContext

SHOWN = ("overall_group", "overall_simple", "overall_calendar", "overall_event", "group")


def cohort_blocks(context: ModuleContext) -> list[Block]:
    """One table per metric whose roll-out was evaluated cohort by cohort."""
    return [
        _table(context, metric, outcome)
        for _, metric, outcome in context.pool_outcomes()
        if isinstance(outcome, Effect) and outcome.cohort_effects
    ]


def _table(context: ModuleContext, metric: Metric, effect: Effect) -> Table:
    say = context.voice
    columns = (
        Column(say.word("cohorts.aggregate")),
        Column(say.word("pool.effect"), "end"),
        Column(say.word("pool.interval"), "end"),
        Column(say.word("cohorts.band"), "end"),
    )
    caption = say.word("cohorts.caption", metric=context.metric_name(metric.id))
    note = say.word("cohorts.note", n=context.numbers.count(_n_cells(effect)))
    note = " ".join(part for part in (note, _adjusted(context, effect)) if part)
    rows = tuple(_rows(context, metric, effect))
    return Table(f"cohorts-{metric.id}", caption, columns, rows, note=note)


def _adjusted(context: ModuleContext, effect: Effect) -> str:
    columns, use = effect.details.get("covariates"), effect.details.get("covariate_use")
    if not columns:
        return ""
    return context.voice.word(
        "cohorts.adjusted",
        columns=str(columns),
        use=context.voice.word(f"cohorts.{use}"),
        n=context.numbers.count(int(effect.details.get("n_without_covariates") or 0)),
    )


def _n_cells(effect: Effect) -> int:
    return sum(each.kind == "group_time" for each in effect.cohort_effects)


def _rows(context: ModuleContext, metric: Metric, effect: Effect) -> Iterator[tuple[Cell, ...]]:
    numbers = context.numbers
    for kind in SHOWN:
        for each in effect.cohort_effects:
            if each.kind == kind:
                ends = (each.lower, each.upper)
                yield (
                    Cell(_name(context, each)),
                    Cell(numbers.change(each.estimate, metric.unit, ends=ends)),
                    Cell(numbers.interval(*ends, metric.unit, beside=each.estimate)),
                    Cell(
                        numbers.interval(
                            each.band_lower, each.band_upper, metric.unit, beside=each.estimate
                        )
                    ),
                )


def _name(context: ModuleContext, each: CohortEffect) -> str:
    if each.kind == "group":
        return context.voice.word("cohorts.group", day=context.numbers.day(each.cohort))
    return context.voice.word(f"cohorts.{each.kind}")

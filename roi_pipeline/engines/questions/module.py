"""Gathers everything the database knows about each metric of a module's pool, for one cycle."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from roi_pipeline.domain.modules import Module, PoolMetric
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel, Volume
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle, Window, period_end
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.questions.lifetimes import read_customers, read_histories
from roi_pipeline.engines.questions.panels import (
    ArmQuestion,
    Slice,
    read_arm_samples,
    read_panel,
    read_volume,
    slice_of,
)
from roi_pipeline.engines.questions.quantile_arms import read_quantile_arms
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb


def read_questions(
    connection: "duckdb.DuckDBPyConnection", study: Study, module: Module, cycle: Cycle
) -> dict[str, MetricQuestion]:
    """One question per metric of the pool, with panels up to the cycle's observed end."""
    history = Window(study.history.start, max(study.history.start, cycle.observed.end))
    holidays = _holidays(connection, history)
    controls = {
        metric_id: panel
        for metric_id in module.design.control_metrics
        if (panel := _control_panel(connection, study, module, metric_id, history)) is not None
    }
    monetised = {rule.metric_id for rule in module.benefits}
    return {
        pool_metric.metric_id: _question(
            connection, study, module, pool_metric, history=history, cycle=cycle,
            controls=controls, holidays=holidays,
            enters_money=pool_metric.metric_id in monetised,
        )
        for pool_metric in module.pool
    }  # fmt: skip


def _question(
    connection: "duckdb.DuckDBPyConnection",
    study: Study,
    module: Module,
    pool_metric: PoolMetric,
    *,
    history: Window,
    cycle: Cycle,
    controls: Mapping[str, Panel],
    holidays: tuple[date, ...],
    enters_money: bool,
) -> MetricQuestion:
    metric = study.metric(pool_metric.metric_id)
    if metric.statistic == "lifetime_value":
        return MetricQuestion(
            metric=metric,
            pool_metric=pool_metric,
            panel=None,
            history=history,
            enters_money=enters_money,
            histories=read_histories(connection, metric, module, cycle.observed.end),
        )
    part = slice_of(connection, metric, module, pool_metric)
    arms = _arm_question(connection, part, module, history, cycle)
    if arms is not None and module.intervals_of(pool_metric):
        arms = replace(arms, is_by_unit=True)
    is_quantile = metric.statistic == "quantile"
    return MetricQuestion(
        metric=metric,
        pool_metric=pool_metric,
        panel=read_panel(connection, part, module, history),
        history=history,
        arms=None if arms is None or is_quantile else read_arm_samples(connection, part, arms),
        controls=controls,
        holidays=holidays,
        enters_money=enters_money,
        quantile_arms=read_quantile_arms(connection, part, arms) if arms and is_quantile else None,
    )


def _control_panel(
    connection: "duckdb.DuckDBPyConnection",
    study: Study,
    module: Module,
    metric_id: str,
    history: Window,
) -> Panel | None:
    part = slice_of(connection, study.metric(metric_id), module)
    return read_panel(connection, part, module, history)


def _arm_question(
    connection: "duckdb.DuckDBPyConnection",
    part: Slice,
    module: Module,
    history: Window,
    cycle: Cycle,
) -> ArmQuestion | None:
    """What the arms of a holdout are read over; None when this table does not know the arms."""
    arms = module.randomisation
    if arms is None or arms.arm_column not in column_names(connection, part.metric.table):
        return None
    begin = module.rollout.first_day or history.start
    end = min(cycle.observed.end, module.counted_until or date.max)
    if begin >= end:
        return None
    baseline = Window(history.start, begin) if begin > history.start else None
    return ArmQuestion(Window(begin, end), baseline, arms, module.id)


def read_volumes(
    connection: "duckdb.DuckDBPyConnection",
    study: Study,
    module: Module,
    periods: Mapping[str, Window],
) -> dict[str, dict[str, Volume]]:
    """Period name → metric → how much of the metric's base the treated units had."""
    found = {name: dict[str, Volume]() for name in periods}
    for pool_metric in module.pool:
        metric = study.metric(pool_metric.metric_id)
        is_lifetime = metric.statistic == "lifetime_value"
        part = None if is_lifetime else slice_of(connection, metric, module, pool_metric)
        for name, window in periods.items():
            volume = (
                read_customers(connection, metric, module, window)
                if part is None
                else _volume(connection, part, module, window)
            )
            if volume is not None:
                found[name][metric.id] = volume
    return found


def _volume(
    connection: "duckdb.DuckDBPyConnection", part: Slice, module: Module, window: Window
) -> Volume:
    """The volume of a window, and how much of it fell into periods declared unusable."""
    whole = read_volume(connection, part, module, window)
    inside = [
        read_volume(connection, part, module, days)
        for start in module.design.dropped_periods
        if (days := Window(start, period_end(start, module.design.period)).overlap(window))
    ]
    return replace(
        whole,
        dropped_numerator=sum(volume.numerator for volume in inside),
        dropped_denominator=sum(volume.denominator for volume in inside),
    )


def _holidays(connection: "duckdb.DuckDBPyConnection", window: Window) -> tuple[date, ...]:
    if not table_exists(connection, "facts.calendar"):
        return ()
    rows = read_rows(connection, "panels.holidays", start=window.start, end=window.end)
    return tuple(row[0] for row in rows)

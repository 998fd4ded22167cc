"""`roi selftest`: modules with a known answer through the whole path, on the study's own data.

Units and dates are drawn at random from days before a module went live (or, for a holdout of
customers, from one of its arms), so that nothing is there to be found except what is planted.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.selftests import SHAPES, Selftest, TrialShape
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.engines.questions.holdouts import read_span, read_unit_sums
from roi_pipeline.engines.questions.module import read_questions
from roi_pipeline.engines.questions.panels import Slice, slice_of
from roi_pipeline.engines.store.selftest import read_selftest, write_selftest
from roi_pipeline.engines.warehouse import Connection, Warehouse, column_names, table_exists
from roi_pipeline.usecases.studies import last_known_day, loaded_warehouse, study_in

if TYPE_CHECKING:
    from roi_pipeline.stats.selftest import Source

REPLICATIONS = 200
KEY = "selftest"


def run_selftest(
    folder: Path,
    *,
    replications: int = REPLICATIONS,
    on_shape: Callable[[TrialShape], None] | None = None,
    as_of: date | None = None,
) -> Selftest:
    """Send simulated modules through the path, score every design that answers, store the result.

    `as_of` is the first day not seen; None: the end of the study's history.

    Raises:
        NeedsAHuman: the study was never run, or no metric has days to try on.
    """
    study = study_in(str(folder))
    warehouse = loaded_warehouse(folder, why="a self-test tries on loaded exports")
    day = as_of or last_known_day(study)
    return _tried(study, warehouse, day, replications=replications, on_shape=on_shape)


def refresh_selftest(study: Study, warehouse: Warehouse, *, as_of: date) -> Selftest | None:
    """The sample of trials a night makes; the last one's where no day is new, None where none can be made."""
    replications = study.operations.selftest_trials
    day = min(as_of, study.history.end)
    if not replications:
        return None
    with warehouse.open() as connection:
        last = read_selftest(connection)
    if last is not None and last.as_of >= day:
        return last
    try:
        return _tried(study, warehouse, day, replications=replications)
    except NeedsAHuman:  # nothing to try on; reports say that none was made
        return None


def _tried(
    study: Study,
    warehouse: Warehouse,
    day: date,
    *,
    replications: int,
    on_shape: Callable[[TrialShape], None] | None = None,
) -> Selftest:
    from roi_pipeline.stats.selftest import run_shape, score_trials

    sources, skipped = _sources(warehouse, study, day)
    if not sources:
        reasons = ", ".join(f"{name} ({reason.replace('_', ' ')})" for name, reason in skipped)
        raise NeedsAHuman(
            f"no metric of {study.id!r} can be tried on: {reasons}; a self-test needs six units and "
            "twelve periods before go-live, or a holdout"
        )
    seed = Cycle(KEY, Window(study.history.start, day), day).seed(study.id)
    nulls, planted, unanswered = [], [], dict[TrialShape, int]()
    for shape in SHAPES:
        if on_shape:
            on_shape(shape)
        empty, known = run_shape(shape, sources, replications=replications, seed=seed)
        unanswered[shape] = sum(trial.effect is None for trial in (*empty, *known))
        nulls += empty
        planted += known
    result = Selftest(
        day,
        seed,
        replications,
        score_trials(nulls, planted),
        unanswered=sum(unanswered.values()),
        skipped=skipped,
        unanswered_by_shape=tuple((shape, n) for shape, n in unanswered.items() if n),
    )
    with warehouse.open() as connection:
        write_selftest(connection, result)
    return result


def _sources(
    warehouse: Warehouse, study: Study, day: date
) -> tuple[list["Source"], tuple[tuple[str, str], ...]]:
    """Every metric of every module that has days to try on, and why the others have none."""
    found, skipped = list["Source"](), list[tuple[str, str]]()
    with warehouse.open() as connection:
        for module in study.modules:
            pool = tuple(m for m in module.pool if _is_tried(connection, study, m))
            skipped += [
                (f"{module.id}.{m.metric_id}", "selftest_needs_a_ratio")
                for m in module.pool
                if m not in pool
            ]
            module = replace(module, pool=pool)  # noqa: PLW2901 - the same module, less to ask of it
            for metric, source in (
                *_panel_sources(connection, study, module, day),
                *_arm_sources(connection, study, module, day),
            ):
                if isinstance(source, str):
                    skipped.append((f"{module.id}.{metric}", source))
                else:
                    found.append(source)
    usable = {source.name for source in found}
    return found, tuple(item for item in dict.fromkeys(skipped) if item[0] not in usable)


def _is_tried(connection: Connection, study: Study, pool_metric: PoolMetric) -> bool:
    metric = study.metric(pool_metric.metric_id)
    return metric.statistic == "ratio" and table_exists(connection, metric.table)


def _panel_sources(
    connection: Connection, study: Study, module: Module, day: date
) -> "Iterator[tuple[str, Source | str]]":
    """Panels of the days before go-live; where these are few, of the units that never went live."""
    from roi_pipeline.stats.selftest import LEAST_UNITS, PanelSource, least_periods, usable_periods

    live = min(module.rollout.first_day or day, day)
    before = _questions(connection, study, module, Window(study.history.start, live))
    whole = dict[str, MetricQuestion]()
    for pool_metric in module.pool:
        name = pool_metric.metric_id
        panel = before[name].panel if name in before else None
        question = before.get(name)
        if panel is None or len(usable_periods(panel)) < least_periods(panel):
            whole = whole or _questions(connection, study, module, Window(study.history.start, day))
            question = whole.get(name)
            panel = question.panel if question and module.rollout.go_live else None
            panel = None if panel is None else _never_live(panel, module)
        if panel is None or question is None or len(usable_periods(panel)) < least_periods(panel):
            yield name, "selftest_has_too_few_days"
        elif len(panel.unit_ids) < LEAST_UNITS:
            yield name, "selftest_has_too_few_units"
        else:
            yield (
                name,
                PanelSource(
                    module,
                    pool_metric,
                    question.metric,
                    panel,
                    question.controls,
                    question.holidays,
                ),
            )


def _questions(
    connection: Connection, study: Study, module: Module, window: Window
) -> dict[str, MetricQuestion]:
    """What the engines know of a module's metrics in a window, had it never gone live."""
    if window.days == 0:
        return {}
    bare = replace(
        module,
        rollout=Rollout(module.rollout.unit, cluster=module.rollout.cluster),
        randomisation=None,
        design=replace(module.design, split_by=(), covariates=()),
    )
    return read_questions(connection, study, bare, Cycle(KEY, window, window.end))


def _never_live(panel: Panel, module: Module) -> Panel:
    """The rows of the units the module never went live in."""
    kept = [
        number
        for number, unit in enumerate(panel.unit_ids)
        if module.rollout.everywhere_from is None and unit not in module.rollout.go_live
    ]
    width = len(panel.period_starts)

    def rows(values: "array[float]") -> "array[float]":
        return array(
            "d", (x for number in kept for x in values[number * width : (number + 1) * width])
        )

    return replace(
        panel,
        unit_ids=tuple(panel.unit_ids[number] for number in kept),
        numerators=rows(panel.numerators),
        denominators=rows(panel.denominators),
        go_live=(None,) * len(kept),
        clusters=None if panel.clusters is None else tuple(panel.clusters[n] for n in kept),
        groups={},
        rows=None,
        covariates={},
    )


def _arm_sources(
    connection: Connection, study: Study, module: Module, day: date
) -> "Iterator[tuple[str, Source | str]]":
    """The treated arm of a holdout, to be randomised again: both halves have the module alike."""
    from roi_pipeline.stats.selftest import LEAST_UNITS, UnitSource

    arms = module.randomisation
    if arms is None:
        return
    for pool_metric in module.pool:
        metric = study.metric(pool_metric.metric_id)
        part = slice_of(connection, metric, module, pool_metric)
        if arms.arm_column not in column_names(connection, metric.table):
            yield metric.id, "selftest_knows_no_arms"
            continue
        one = Slice(metric, part.unit_column, {**part.filters, arms.arm_column: arms.treated})
        span = read_span(connection, one, Window(study.history.start, day))
        if span is None:
            yield metric.id, "selftest_has_too_few_days"
            continue
        sums = read_unit_sums(connection, one, span, None, cluster=arms.cluster)
        if len(sums.unit_ids) < LEAST_UNITS:
            yield metric.id, "selftest_has_too_few_units"
            continue
        yield (
            metric.id,
            UnitSource(module, pool_metric, metric, span, sums.numerator, sums.denominator),
        )


def selftest_messages(result: Selftest | None) -> tuple[Message, ...]:
    """The last self-test in sentences for a report's foot; that there was none is said too.

    Designs tried too seldom to be judged are left to the command line.
    """
    if result is None:
        return (Message("selftest_was_not_run"),)
    head = {
        "as_of": result.as_of,
        "n": result.replications,
        "within": sum(bool(each.is_within_limits) for each in result.judged),
        "designs": len(result.judged),
    }
    return (
        Message("selftest_was_run", head),
        *(
            Message(
                "selftest_of_a_design",
                {"design": score.design, "n": score.n_null, "called": score.false_positive_rate,
                 "found": score.power, "covered": score.coverage, "bias": score.bias},
            )
            for score in result.scores
            if score.is_within_limits is not None
        ),
    )  # fmt: skip

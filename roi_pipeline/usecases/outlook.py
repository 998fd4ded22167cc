"""What stands before the next money is spent, computed from what a cycle stored and what is planned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from roi_pipeline.domain.business_cases import BusinessCase, PlannedModule
from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout
from roi_pipeline.domain.outlook import BarProposal, Experiment, Outlook
from roi_pipeline.domain.plans import PlannedLine
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window, add_months
from roi_pipeline.engines.questions.panels import read_volume, slice_of
from roi_pipeline.engines.store.values import read_effects, read_values_before
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.usecases.cycles import latest_ended
from roi_pipeline.usecases.plan import plan_metrics
from roi_pipeline.usecases.studies import last_known_day, loaded_warehouse, study_in
from roi_pipeline.usecases.value import stored_values
from roi_pipeline.usecases.what_if import scenario_columns

LEVEL_DAYS = 365
SHARES, WEEKS = (0.1, 0.2), (4, 8, 12)
TWO_WAVES = 0.5


def outlook_of(connection: Connection, study: Study, cycle: Cycle) -> Outlook:
    """Business cases, scenarios, next year's bar and the experiments worth running."""
    values = stored_values(connection, study, cycle)
    cases = business_cases(connection, study, cycle, values)
    return Outlook(
        cases=cases,
        scenarios=scenario_columns(connection, study, cycle, study.scenarios),
        bar=bar_proposal(connection, study, cycle, values),
        experiments=experiments(connection, study, cycle, values, cases),
    )


def outlook_in(
    folder: Path, *, cycle_key: str | None = None, as_of: date | None = None
) -> tuple[Study, Outlook]:
    """The outlook of a study that was run before.

    Raises:
        NeedsAHuman: the study was never run.
    """
    study = study_in(str(folder))
    day = as_of or last_known_day(study)
    cycle = study.cycle(cycle_key or latest_ended(study, day), as_of=day)
    with loaded_warehouse(folder, why="it rests on stored effects").open() as connection:
        return study, outlook_of(connection, study, cycle)


def business_cases(
    connection: Connection, study: Study, cycle: Cycle, values: Mapping[str, ModuleValue]
) -> tuple[BusinessCase, ...]:
    """The ex-ante case of every planned module."""
    from roi_pipeline import finance
    from roi_pipeline.finance.business_case import Setting, business_case

    if not study.planned:
        return ()
    measured = _measured(connection, study, cycle)
    claims = tuple(audit for value in values.values() for audit in value.claims)
    return tuple(
        business_case(
            plan,
            Setting(
                metrics=study.metrics,
                standard=finance.standard_of_cycle(study.standards, cycle),
                headcount=study.headcount_in(cycle),
                rates=study.rates,
                cycle=cycle,
                levels=_levels(connection, study, plan, cycle),
                assumptions=study.assumptions,
                measured=measured,
                claims=claims,
            ),
            holdouts=_holdouts(connection, study, plan.module, cycle, (*SHARES, TWO_WAVES)),
        )
        for plan in study.planned
    )


def _measured(connection: Connection, study: Study, cycle: Cycle) -> dict[tuple[str, str], Effect]:
    found = (read_effects(connection, cycle.key, module.id) for module in study.modules)
    return {
        (effects.module_id, metric_id): outcome
        for effects in found
        if effects is not None
        for metric_id, outcome in effects.outcomes.items()
        if isinstance(outcome, Effect)
    }


def _levels(
    connection: Connection, study: Study, plan: PlannedModule, cycle: Cycle
) -> dict[str, Volume]:
    """Metric → what the units planned for had over the year before the day of the report."""
    end = max(study.history.start, min(cycle.as_of, cycle.observed.end))
    seen = Window(max(study.history.start, end - timedelta(days=LEVEL_DAYS)), end)
    module = _as_if_live(plan.module, seen.start)
    pool = {each.metric_id: each for each in module.pool}
    used = [cost.usage_metric for cost in module.costs if cost.usage_metric]
    found = dict[str, Volume]()
    for metric_id in dict.fromkeys([*(each.metric_id for each in plan.expected), *used]):
        metric = study.metric(metric_id)
        if metric.statistic != "ratio":
            continue
        try:
            part = slice_of(connection, metric, module, pool.get(metric_id))
        except NeedsAHuman:
            continue  # a table nothing delivers: the case says that the metric has no level
        volume = read_volume(connection, part, module, seen)
        if volume.denominator:
            found[metric_id] = volume
    return found


def _as_if_live(module: Module, day: date) -> Module:
    """The units planned for, counted over days before they have the module."""
    rollout = module.rollout
    moved = Rollout(
        rollout.unit,
        go_live=dict.fromkeys(rollout.go_live, day),
        everywhere_from=day if rollout.everywhere_from else None,
        go_live_by=rollout.go_live_by,
    )
    return replace(module, rollout=moved, randomisation=None)


def _holdouts(
    connection: Connection, study: Study, module: Module, cycle: Cycle, shares: Sequence[float]
) -> tuple[PlannedLine, ...]:
    """What holdouts would show on the metrics that carry money; none where nothing can be planned."""
    pool = {each.metric_id: each for each in module.pool}
    monetised = dict.fromkeys(rule.metric_id for rule in module.benefits)
    asked = [pool.get(name) or PoolMetric(name, "goal") for name in monetised]
    try:
        plans = plan_metrics(
            connection, study, module, asked, weeks=WEEKS, shares=shares, until=cycle.observed.end
        )
    except NeedsAHuman:
        return ()  # no table to count units from; the plan is then absent, with a reason
    return plans.lines


def bar_proposal(
    connection: Connection, study: Study, cycle: Cycle, values: Mapping[str, ModuleValue]
) -> BarProposal:
    """Next year's bar, from the values of the cycles of the last year."""
    from roi_pipeline import finance
    from roi_pipeline.finance.bar_proposal import propose_bar

    first = add_months(cycle.window.end, -12)
    since = {
        module_id: [
            *(
                each
                for each in read_values_before(connection, module_id, cycle_key=cycle.key)
                if study.cycle(each.cycle_key, as_of=cycle.as_of).window.start >= first
            ),
            value,
        ]
        for module_id, value in values.items()
    }
    dated = [each for each in study.headcount_changes if each[0] < cycle.window.end]
    return propose_bar(
        since,
        standard=finance.standard_of_cycle(study.standards, cycle),
        headcounts=((study.history.start, study.headcount), *sorted(dated)),
        day=cycle.window.end - timedelta(days=1),
    )


def experiments(
    connection: Connection,
    study: Study,
    cycle: Cycle,
    values: Mapping[str, ModuleValue],
    cases: Sequence[BusinessCase],
) -> tuple[Experiment, ...]:
    """For every module, live or planned, the experiment worth most in the next cycle."""
    from roi_pipeline.finance.experiments import in_order

    found = [
        _of_a_live_module(connection, study, cycle, study.module(name), value)
        for name, value in values.items()
    ]
    return in_order([*found, *(_of_a_case(case, cycle) for case in cases)])


def _of_a_live_module(
    connection: Connection, study: Study, cycle: Cycle, module: Module, value: ModuleValue
) -> Experiment:
    from roi_pipeline import finance
    from roi_pipeline.finance.experiments import belief_of, best_experiment
    from roi_pipeline.finance.notice import next_edition_day

    following = next_edition_day(cycle)
    until = value.decision.weighed_until or add_months(following, 12)
    days = float(max(1, (until - following).days))
    standard = finance.standard_of_cycle(study.standards, cycle)
    belief = belief_of(value, standard, days=days)
    if isinstance(belief, Message):
        return Experiment(module.id, reason=belief)
    lines = _holdouts(connection, study, module, cycle, SHARES)
    return best_experiment(
        module.id, belief, lines, unit=module.rollout.unit, seed=_seed(cycle, module)
    )


def _of_a_case(case: BusinessCase, cycle: Cycle) -> Experiment:
    from roi_pipeline.finance.experiments import belief_of_case, best_experiment

    belief = belief_of_case(case)
    if isinstance(belief, Message):
        return Experiment(case.module.id, is_planned=True, reason=belief)
    return best_experiment(
        case.module.id,
        belief,
        case.holdouts,
        unit=case.module.rollout.unit,
        seed=_seed(cycle, case.module),
        is_planned=True,
    )


def _seed(cycle: Cycle, module: Module) -> int:
    """Small enough to be typed."""
    return cycle.seed(module.id, "experiment") % 1_000_000

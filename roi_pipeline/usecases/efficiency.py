"""Puts together what a report says beside the money: score, use, feedback, last advice."""

from roi_pipeline.domain.effects import Effect, ModuleEffects
from roi_pipeline.domain.modules import Module, PoolMetric
from roi_pipeline.domain.scores import FEWEST_PEOPLE, DoseResponse, Efficiency, Score, Usage
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window, previous_cycle
from roi_pipeline.engines.questions.usage import (
    place_of,
    read_place_changes,
    read_places,
    read_seats,
    read_use,
)
from roi_pipeline.engines.store.values import read_values_before
from roi_pipeline.engines.warehouse import Connection


def module_efficiency(
    connection: Connection,
    study: Study,
    module: Module,
    cycle: Cycle,
    *,
    effects: ModuleEffects,
    value: ModuleValue,
) -> Efficiency:
    """Everything a module's report says of its use, from what the layers above stored."""
    from roi_pipeline.finance.scoring import feedback_metrics, follow_up, score_module

    score, by_dimension = score_module(module, effects, study.metrics)
    usage = _usage(connection, study, module, cycle, effects)
    earlier = read_values_before(connection, module.id, cycle_key=cycle.key)
    return Efficiency(
        score=score,
        by_dimension=by_dimension,
        usage=usage if isinstance(usage, Usage) else None,
        usage_reason=usage if isinstance(usage, Message) else None,
        feedback=feedback_metrics(module, study.metrics),
        followed_up=follow_up(earlier[-1] if earlier else None, value),
        seats=read_seats(connection, module, cycle.observed),
    )


def portfolio_scores(found: tuple[Efficiency | None, ...]) -> tuple[Score, ...]:
    """Scores of links, then of dimensions, over the targets of all modules."""
    from roi_pipeline.finance.scoring import scores_by

    lines = [line for each in found if each is not None for line in each.score.lines]
    return (*scores_by("link", lines), *scores_by("dimension", lines))


def _usage(
    connection: Connection, study: Study, module: Module, cycle: Cycle, effects: ModuleEffects
) -> Usage | Message:
    use = read_use(connection, module, cycle.observed)
    if use is None:
        return Message("no_actions_were_exported", {"table": "ai_platform__actions"})
    if 0 < use.people < FEWEST_PEOPLE:
        return Message("use_of_too_few_people", {"needed": FEWEST_PEOPLE})
    before = read_use(connection, module, previous_cycle(cycle, study.cycle_kind).window)
    if before is not None and 0 < before.people < FEWEST_PEOPLE:
        before = None
    places, n_hidden = read_places(connection, module, cycle.observed)
    dose = _dose(connection, study, module, cycle, effects) if use.decided else None
    nobody = Message("nobody_had_to_decide", {})
    return Usage(
        cycle=use,
        before=before,
        place=place_of(connection, module),
        places=places,
        n_places_hidden=n_hidden,
        dose=dose if isinstance(dose, DoseResponse) else None,
        dose_reason=nobody if dose is None else dose if isinstance(dose, Message) else None,
    )


def _dose(
    connection: Connection, study: Study, module: Module, cycle: Cycle, effects: ModuleEffects
) -> DoseResponse | Message:
    """The first goal metric that can be read per place, or why none can."""
    from roi_pipeline.stats.dose_response import FEWEST_PLACES, dose_response

    reason = Message("no_goal_per_place", {})
    for pooled in module.goals:
        baseline = _baseline(study, module, pooled, effects)
        if baseline is None:
            continue
        pairs = read_place_changes(
            connection, module, pooled, study.metric(pooled.metric_id),
            baseline=baseline, post=cycle.observed,
        )  # fmt: skip
        found = dose_response(
            pooled.metric_id, [pair.adoption for pair in pairs], [pair.change for pair in pairs]
        )
        if found is not None:
            return found
        if pairs:
            values = {"n": len(pairs), "needed": FEWEST_PLACES}
            code = "too_few_places" if len(pairs) < FEWEST_PLACES else "places_use_it_alike"
            reason = Message(code, values)
    return reason


def _baseline(
    study: Study, module: Module, pooled: PoolMetric, effects: ModuleEffects
) -> Window | None:
    """The window the effect was measured against; else the declared one, else all days before."""
    outcome = effects.outcomes.get(pooled.metric_id)
    if isinstance(outcome, Effect) and outcome.baseline is not None:
        return outcome.baseline
    if module.baseline is not None:
        return module.baseline
    first = module.rollout.first_day
    start = study.history.start
    return Window(start, first) if first is not None and first > start else None

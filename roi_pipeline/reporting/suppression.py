"""Small groups protected: no figure of fewer than five people leaves this room, in any format."""

from dataclasses import replace

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.effects import Effect, Inconclusive, ModuleEffects, Outcome, Split
from roi_pipeline.domain.modules import Module, Rollout
from roi_pipeline.domain.texts import Message

FEWEST_PEOPLE = 5
# Units that are single people; figures of few of them would be figures of somebody.
PERSON_UNITS: frozenset[str] = frozenset(
    {
        "agent",
        "seller",
        "employee",
        "staff",
        "customer",
        "consultant",
        "doctor",
        "advisor",
        "member",
    }
)


def protect(edition: EditionInputs) -> EditionInputs:
    """The edition without figures of groups too small to hide a person."""
    return replace(edition, modules=tuple(_module(inputs) for inputs in edition.modules))


def protected_split(split: Split) -> Split:
    """The split, emptied when its group is too small.

    >>> protected_split(Split("tenure_band", "0-1", 3, 0.2, 0.1, 0.3)).estimate is None
    True
    """
    if split.n_units >= FEWEST_PEOPLE:
        return split
    return replace(split, n_units=0, estimate=None, lower=None, upper=None)


def _module(inputs: ModuleInputs) -> ModuleInputs:
    are_people = inputs.module.rollout.unit in PERSON_UNITS
    outcomes = {
        metric_id: _outcome(outcome, are_people=are_people)
        for metric_id, outcome in inputs.effects.outcomes.items()
    }
    effects: ModuleEffects = replace(
        inputs.effects,
        outcomes=outcomes,
        baselines=tuple(
            replace(version, outcome=_outcome(version.outcome, are_people=are_people))
            for version in inputs.effects.baselines
        ),
    )
    module = _without_people(inputs.module) if are_people else inputs.module
    return replace(inputs, module=module, effects=effects)


def _outcome(outcome: Outcome, *, are_people: bool) -> Outcome:
    if isinstance(outcome, Inconclusive):
        return outcome
    if are_people and outcome.n_treated < FEWEST_PEOPLE:
        return _unseen(outcome)
    return replace(outcome, splits=tuple(protected_split(split) for split in outcome.splits))


def _unseen(effect: Effect) -> Inconclusive:
    reason = Message("too_few_people_to_show", {"needed": FEWEST_PEOPLE})
    return Inconclusive(effect.module_id, effect.metric_id, reason, plan=effect.plan)


def _without_people(module: Module) -> Module:
    """The module without the list of people it went live for; the first day stays."""
    rollout = module.rollout
    first = rollout.first_day
    return replace(
        module,
        rollout=Rollout(
            unit=rollout.unit,
            go_live={},
            everywhere_from=first,
            is_randomised=rollout.is_randomised,
            cluster=rollout.cluster,
        ),
    )

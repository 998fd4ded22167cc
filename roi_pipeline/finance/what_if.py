"""A module's inputs under other prices, volumes and effects; the money is computed as always.

A change holds for all days valued, as if it had been so from the start; the standard error of an effect
stays as measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from roi_pipeline.domain.effects import Effect, ModuleEffects, Outcome
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption, CostRule, LedgerFacts
from roi_pipeline.domain.outlook import Change
from roi_pipeline.domain.samples import Volume
from roi_pipeline.finance.amounts import ONE

Volumes = Mapping[str, Mapping[str, Volume]]


def changed_headcount(headcount: int, changes: Sequence[Change]) -> int:
    """The company's size under the changes."""
    for change in changes:
        if change.lever == "headcount":
            headcount = round(_changed(Decimal(headcount), change))
    return headcount


def changed_costs(module: Module, changes: Sequence[Change]) -> Module:
    """The module with other prices and assumptions of its own."""
    prices = [change for change in changes if change.lever == "price"]
    return replace(
        module,
        costs=tuple(_cost(rule, prices) for rule in module.costs),
        assumptions=changed_assumptions(module.assumptions, changes),
    )


def changed_assumptions(
    assumptions: Sequence[Assumption], changes: Sequence[Change]
) -> tuple[Assumption, ...]:
    """Assumptions that a price names, their ranges moved with them."""
    found = list[Assumption]()
    for item in assumptions:
        factor = ONE
        for change in changes:
            if change.lever == "price" and change.name == item.id and item.value:
                factor *= _factor(item.value, change)
        ends = [None if end is None else end * factor for end in (item.low, item.high)]
        found.append(replace(item, value=item.value * factor, low=ends[0], high=ends[1]))
    return tuple(found)


def changed_facts(facts: LedgerFacts, module: Module, changes: Sequence[Change]) -> LedgerFacts:
    """Costs as recorded, at the other price of the rule they stand for."""
    prices = [change for change in changes if change.lever == "price"]
    factors = {
        rule.external_reference: _cost(rule, prices).amount / rule.amount
        for rule in module.costs
        if rule.external_reference and rule.amount
    }
    recorded = tuple(
        replace(cost, amount=cost.amount * factors.get(cost.reference, ONE))
        for cost in facts.recorded_costs
    )
    return replace(facts, recorded_costs=recorded)


def changed_volumes(volumes: Volumes, changes: Sequence[Change]) -> dict[str, dict[str, Volume]]:
    """As much more or less of what happened, used and billed alike."""
    return {
        name: {metric_id: _volume(each, metric_id, changes) for metric_id, each in known.items()}
        for name, known in volumes.items()
    }


def changed_effects(effects: ModuleEffects, changes: Sequence[Change]) -> ModuleEffects:
    """Effects moved, their intervals with them."""
    outcomes = {
        metric_id: _outcome(each, metric_id, changes)
        for metric_id, each in effects.outcomes.items()
    }
    return replace(effects, outcomes=outcomes)


def _cost(rule: CostRule, prices: Sequence[Change]) -> CostRule:
    for change in prices:
        if change.name == rule.id or (not change.name and change.factor is not None):
            rule = replace(rule, amount=_changed(rule.amount, change))
    return rule


def _volume(volume: Volume, metric_id: str, changes: Sequence[Change]) -> Volume:
    for change in changes:
        if change.lever == "volume" and change.name in ("", metric_id) and volume.denominator:
            factor = float(_factor(Decimal(repr(float(volume.denominator))), change))
            volume = replace(
                volume,
                numerator=volume.numerator * factor,
                denominator=volume.denominator * factor,
                dropped_numerator=volume.dropped_numerator * factor,
                dropped_denominator=volume.dropped_denominator * factor,
            )
    return volume


def _outcome(outcome: Outcome, metric_id: str, changes: Sequence[Change]) -> Outcome:
    if not isinstance(outcome, Effect):
        return outcome
    for change in changes:
        if change.lever == "effect" and change.name in ("", metric_id):
            outcome = _moved(outcome, change)
    return outcome


def _moved(effect: Effect, change: Change) -> Effect:
    estimate = float(_changed(Decimal(repr(float(effect.estimate))), change))
    step = estimate - effect.estimate
    base = effect.estimate / effect.relative if effect.relative else None
    relative = (effect.relative, effect.relative_lower, effect.relative_upper)
    steps = [None if each is None or not base else each + step / base for each in relative]
    return replace(
        effect,
        estimate=estimate,
        lower=effect.lower + step,
        upper=effect.upper + step,
        relative=steps[0],
        relative_lower=steps[1],
        relative_upper=steps[2],
    )


def _changed(value: Decimal, change: Change) -> Decimal:
    if change.value is not None:
        return change.value
    return value * (ONE if change.factor is None else change.factor)


def _factor(value: Decimal, change: Change) -> Decimal:
    return _changed(value, change) / value

"""A quantity can be turned into money once, whatever metric or module it is seen through.

Revenue and lifetime value of the same customers are one quantity; two modules may share it only
with attribution shares that add to 1 at most, or on provably different rows.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import BenefitRule
from roi_pipeline.finance.amounts import total

Place = tuple[Module, BenefitRule]
Filters = Mapping[str, tuple[str, ...]]


def monetised_twice(modules: Sequence[Module], metrics: Mapping[str, Metric]) -> list[Problem]:
    """Every benefit that counts what earlier ones already counted in full, with all places named."""
    places = [(module, rule) for module in modules for rule in module.benefits]
    problems: list[Problem] = []
    for number, place in enumerate(places):
        meeting = [other for other in places[:number] if _can_meet(place, other, metrics)]
        shares = total(rule.attribution_share for _, rule in (*meeting, place))
        if meeting and shares > 1:
            problems.append(_problem(place, meeting, shares, metrics))
    return problems


def quantity_of(rule: BenefitRule, metrics: Mapping[str, Metric]) -> str:
    """What a benefit measures: the metric's declared quantity, else the metric itself."""
    metric = metrics.get(rule.metric_id)
    return (metric.quantity if metric else None) or rule.metric_id


def _can_meet(first: Place, second: Place, metrics: Mapping[str, Metric]) -> bool:
    if quantity_of(first[1], metrics) != quantity_of(second[1], metrics):
        return False
    return not (_rows_differ(first, second) or _units_differ(first[0], second[0]))


def _rows_differ(first: Place, second: Place) -> bool:
    """Whether some column's filters share no value."""
    mine, other = _filters(first), _filters(second)
    return any(not set(mine[column]) & set(other[column]) for column in mine.keys() & other.keys())


def _filters(place: Place) -> Filters:
    module, rule = place
    merged = dict(module.filters)
    for pooled in module.pool:
        if pooled.metric_id == rule.metric_id:
            merged |= pooled.filters
    if module.randomisation is not None:
        # Only the treated arm brings money: two modules drawn from one lot do not meet.
        merged[module.randomisation.arm_column] = module.randomisation.treated
    return merged


def _units_differ(first: Module, second: Module) -> bool:
    mine, other = first.rollout, second.rollout
    if (mine.unit, mine.go_live_by) != (other.unit, other.go_live_by):
        return False
    if mine.everywhere_from or other.everywhere_from:
        return False
    return bool(mine.go_live and other.go_live) and not (mine.go_live.keys() & other.go_live.keys())


def _problem(
    place: Place, meeting: Sequence[Place], shares: Decimal, metrics: Mapping[str, Metric]
) -> Problem:
    module, rule = place
    others = "; ".join(
        f"{file_of(other)}: benefit {counted.id} (through {counted.metric_id})"
        for other, counted in meeting
    )
    return Problem(
        file_of(module),
        f"benefit {rule.id}.metric",
        rule.metric_id,
        f"{quantity_of(rule, metrics)!r} to be turned into money once; also counted by {others}; "
        f"the shares add to {shares}",
        "Drop one of them, or give each an attribution_share so that they add to 1 at most.",
    )


def file_of(module: Module) -> str:
    """The module's file, for messages."""
    return module.file or f"modules/{module.id}.toml"

"""A quantity can be turned into money once, whatever metric or module it is seen through.

Revenue and lifetime value of the same customers are one quantity; two modules may share it only
with attribution shares that add to 1 at most, or on provably different rows.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import BenefitRule

Place = tuple[Module, BenefitRule]
Filters = Mapping[str, tuple[str, ...]]


def monetised_twice(modules: Sequence[Module], metrics: Mapping[str, Metric]) -> list[Problem]:
    """Every pair of benefits that would count one quantity twice, with both places named."""
    places = [(module, rule) for module in modules for rule in module.benefits]
    return [
        _problem(first, second, metrics)
        for first, second in combinations(places, 2)
        if _is_counted_twice(first, second, metrics)
    ]


def quantity_of(rule: BenefitRule, metrics: Mapping[str, Metric]) -> str:
    """What a benefit measures: the metric's declared quantity, else the metric itself."""
    metric = metrics.get(rule.metric_id)
    return (metric.quantity if metric else None) or rule.metric_id


def _is_counted_twice(first: Place, second: Place, metrics: Mapping[str, Metric]) -> bool:
    if quantity_of(first[1], metrics) != quantity_of(second[1], metrics):
        return False
    if first[1].attribution_share + second[1].attribution_share <= 1:
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
    return merged


def _units_differ(first: Module, second: Module) -> bool:
    mine, other = first.rollout, second.rollout
    if mine.unit != other.unit or mine.everywhere_from or other.everywhere_from:
        return False
    return bool(mine.go_live and other.go_live) and not (mine.go_live.keys() & other.go_live.keys())


def _problem(first: Place, second: Place, metrics: Mapping[str, Metric]) -> Problem:
    (module, rule), (other_module, other) = first, second
    other_file = other_module.file or f"modules/{other_module.id}.toml"
    shares = rule.attribution_share + other.attribution_share
    return Problem(
        module.file or f"modules/{module.id}.toml",
        f"benefit {rule.id}.metric",
        rule.metric_id,
        f"{quantity_of(rule, metrics)!r} to be turned into money once; {other_file}: benefit "
        f"{other.id} counts it too (through {other.metric_id}; shares add to {shares})",
        "Drop one of the two, or give both an attribution_share so that they add to 1 at most.",
    )

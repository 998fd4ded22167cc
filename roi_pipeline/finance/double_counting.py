"""A quantity can be turned into money once, whatever metric or module it is seen through.

Revenue and lifetime value of the same customers are one quantity; two modules may share it only
with attribution shares that add to 1 at most, or on provably different rows. Within one module
quantities meet as well when one becomes the other: a visit an order, an order revenue, an hour less
on the telephone an hour less on the payroll. Between modules they do not: each effect is measured
against its own counterfactual, in which the other module is at work.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import combinations

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import BenefitRule
from roi_pipeline.finance.amounts import total

# What a customer brings, at whatever stage it is counted; an order's value is a factor beside the
# number of orders and meets only the revenue that holds both.
REVENUE_STAGES = frozenset(
    {"customer_revenue", "orders", "visits", "consultations", "retained_customers"}
)
CONTAINED_IN = {
    "customer_revenue": frozenset({"order_value"}),
    "dialling_hours": frozenset({"call_hours", "wrap_up_hours"}),
    "service_hours": frozenset({"inquiries_handled"}),
    "paid_hours": frozenset(
        {
            "call_hours", "content_hours", "dialling_hours", "inquiries_handled", "service_hours",
            "task_hours", "wrap_up_hours",
        }
    ),
}  # fmt: skip
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


def alike(modules: Sequence[Module], metrics: Mapping[str, Metric]) -> frozenset[str]:
    """Metrics that several modules turn into money, all of them on rows that can be the same."""
    places: dict[str, list[Place]] = {}
    for module in modules:
        for rule in {rule.metric_id: rule for rule in module.benefits}.values():
            places.setdefault(rule.metric_id, []).append((module, rule))
    return frozenset(
        metric_id
        for metric_id, mine in places.items()
        if len(mine) > 1 and all(_can_meet(*pair, metrics) for pair in combinations(mine, 2))
    )


def quantity_of(rule: BenefitRule, metrics: Mapping[str, Metric]) -> str:
    """What a benefit measures: the metric's declared quantity, else the metric itself."""
    metric = metrics.get(rule.metric_id)
    return (metric.quantity if metric else None) or rule.metric_id


def _can_meet(first: Place, second: Place, metrics: Mapping[str, Metric]) -> bool:
    mine, other = quantity_of(first[1], metrics), quantity_of(second[1], metrics)
    if mine != other and not (first[0].id == second[0].id and is_part_of_other(mine, other)):
        return False
    return not (_rows_differ(first, second) or _units_differ(first[0], second[0]))


def is_part_of_other(first: str, second: str) -> bool:
    """Whether one of two quantities becomes, or is contained in, the other.

    >>> is_part_of_other("visits", "orders"), is_part_of_other("orders", "order_value")
    (True, False)
    """
    if first in REVENUE_STAGES and second in REVENUE_STAGES:
        return True
    parts = CONTAINED_IN.get(first, frozenset()), CONTAINED_IN.get(second, frozenset())
    return second in parts[0] or first in parts[1]


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
        # Only the treated arm brings money: two modules of one randomisation do not overlap.
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

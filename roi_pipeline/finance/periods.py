"""The three periods money is stated over, and the standard in force in a cycle.

Volumes are counted by the engines; this room only says over which days.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import BenefitRule
from roi_pipeline.domain.standards import Standard, Tier
from roi_pipeline.domain.windows import Cycle, Window, add_months

CYCLE, SINCE_GO_LIVE, RATED = "cycle", "since_go_live", "rated"


def go_live(module: Module) -> date:
    """First day any unit had the module; the contract's start when a holdout was assigned instead."""
    day = module.rollout.first_day
    if day is None and module.vendor_contract is not None:
        day = module.vendor_contract.start
    if day is None:
        msg = (
            f"{module.file or module.id}: rollout.go_live: nothing found; expected the first day "
            "with the module. Add rollout.go_live per unit, rollout.everywhere_from, or "
            "[vendor_contract] with its start"
        )
        raise NeedsAHuman(msg)
    return day


def periods(module: Module, cycle: Cycle, tier: Tier) -> Mapping[str, Window]:
    """Days over which volumes are needed: `cycle`, `since_go_live` and `rated`.

    All end where the cycle's observed part ends and none begins before go-live; a module that is
    not live yet gets empty windows. A benefit that ends inside a period has its part of it as well.
    """
    end = min(cycle.observed.end, module.counted_until or cycle.observed.end)
    live = min(go_live(module), end)
    starts = {
        CYCLE: max(live, cycle.window.start),
        SINCE_GO_LIVE: live,
        RATED: max(live, add_months(end, -tier.rating_months)),
    }
    whole = {name: Window(min(start, end), end) for name, start in starts.items()}
    parts = {
        period_of_benefit(name, rule): Window(window.start, rule.end)
        for name, window in whole.items()
        for rule in module.benefits
        if rule.end is not None and window.start < rule.end < window.end
    }
    return {**whole, **parts}


def period_of_benefit(name: str, rule: BenefitRule) -> str:
    """Name of the part of a period in which a benefit that ends is still counted."""
    return f"{name}:{rule.id}"


def has_ended(rule: BenefitRule, window: Window) -> bool:
    """Whether not one day of a period counts towards a benefit."""
    return rule.end is not None and rule.end <= window.start and window.days > 0


def volume_metrics(module: Module) -> tuple[str, ...]:
    """Metrics whose volume money needs: those monetised and those that count paid uses."""
    monetised = {rule.metric_id for rule in module.benefits}
    used = {rule.usage_metric for rule in module.costs if rule.usage_metric}
    return tuple(sorted(monetised | used))


def has_enough_months(module: Module, cycle: Cycle, tier: Tier) -> bool:
    """Whether the tier's window before a rating is over."""
    return first_rateable_day(module, tier) <= cycle.observed.end


def first_rateable_day(module: Module, tier: Tier) -> date:
    """First day on which a cycle ending may be rated."""
    return add_months(go_live(module), tier.minimum_months)


def standard_in_force(standards: Sequence[Standard], day: date) -> Standard:
    """The standard in force on a day: the latest `valid_from` not after it."""
    fitting = [standard for standard in standards if standard.valid_from <= day]
    if not fitting:
        known = ", ".join(f"{each.id} from {each.valid_from}" for each in standards) or "none"
        msg = (
            f"standards: valid_from: no standard is in force on {day}; known: {known}. "
            f"Add a standard with valid_from on or before {day}"
        )
        raise NeedsAHuman(msg)
    return max(fitting, key=lambda standard: standard.valid_from)


def standard_of_cycle(standards: Sequence[Standard], cycle: Cycle) -> Standard:
    """The standard in force on the last day of the cycle."""
    return standard_in_force(standards, cycle.window.end - timedelta(days=1))


def standard_of_cycle_before(standards: Sequence[Standard], cycle: Cycle) -> Standard | None:
    """The standard in force on the last day before the cycle, if there was one."""
    day = cycle.window.start - timedelta(days=1)
    if all(standard.valid_from > day for standard in standards):
        return None
    return standard_in_force(standards, day)

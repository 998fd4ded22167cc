"""Checks of assumptions, costs and benefits of one file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.checks.context import Surroundings
from roi_pipeline.settings.checks.names import inverted_dates, repeated, unknown_name
from roi_pipeline.settings.entries.module import ModuleEntry
from roi_pipeline.settings.entries.money import BenefitEntry, CostEntry
from roi_pipeline.settings.entries.study import AssumptionEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.names import currency_codes

FROM_THE_STANDARD = "recapture_rate"


def assumption_problems(
    file: ConfigFile, assumptions: Sequence[AssumptionEntry]
) -> Iterator[Problem]:
    """Ranges hold the value; the same id may be stated again on another day."""
    for index, entry in enumerate(assumptions):
        yield from _range_problems(file, ("assumption", index), entry)
    stated = (
        (("assumption", index, "id"), (entry.id, entry.stated_on))
        for index, entry in enumerate(assumptions)
        if entry.id and entry.stated_on
    )
    yield from repeated(file, stated, what="assumption id and day")


def _range_problems(file: ConfigFile, path: KeyPath, entry: AssumptionEntry) -> Iterator[Problem]:
    low, value, high = entry.low, entry.value, entry.high
    if (low is None) != (high is None):
        missing = "low" if low is None else "high"
        yield file.problem((*path, missing), None, "low and high together", f"Add {missing!r}.")
    if low is not None and value is not None and low > value:
        yield file.problem((*path, "low"), low, f"at most the value, {value}", "Correct the range.")
    if high is not None and value is not None and high < value:
        yield file.problem(
            (*path, "high"), high, f"at least the value, {value}", "Correct the range."
        )


def cost_problems(
    file: ConfigFile, costs: Sequence[CostEntry], around: Surroundings
) -> Iterator[Problem]:
    """What each basis needs, dates, currencies, and the same cost charged twice."""
    for index, cost in enumerate(costs):
        path = ("cost", index)
        yield from inverted_dates(file, path, cost.start, cost.end)
        yield from _basis_problems(file, path, cost)
        yield from unknown_name(
            file, (*path, "usage_metric"), cost.usage_metric, kind="metric", known=around.metrics
        )
        yield from _currency_problems(file, path, cost, around)
    named = ((("cost", index, "id"), cost.id) for index, cost in enumerate(costs))
    yield from repeated(file, named, what="cost id")
    yield from _charged_twice(file, costs)


def _basis_problems(file: ConfigFile, path: KeyPath, cost: CostEntry) -> Iterator[Problem]:
    if cost.basis == "once" and cost.life_months is None:
        yield file.problem(
            (*path, "life_months"),
            None,
            "the months a one-off is spread over",
            "Add life_months, for example 36.",
        )
    if cost.basis == "per_use" and cost.usage_metric is None:
        yield file.problem(
            (*path, "usage_metric"),
            None,
            "the metric whose denominator counts uses",
            "Add usage_metric.",
        )
    if cost.basis == "per_seat_month" and cost.quantity is None:
        yield file.problem((*path, "quantity"), None, "the number of seats", "Add quantity.")


def _currency_problems(
    file: ConfigFile, path: KeyPath, cost: CostEntry, around: Surroundings
) -> Iterator[Problem]:
    currency = cost.currency
    if currency is None:
        return
    if currency not in currency_codes():
        yield from unknown_name(
            file, (*path, "currency"), currency, kind="currency code", known=currency_codes()
        )
        return
    rates = around.exchange_rates
    if rates is None or around.currency in {None, currency} or cost.start is None:
        return
    if rates.stated_day(currency, cost.start) is None:
        yield file.problem(
            (*path, "currency"),
            currency,
            f"an exchange rate from {currency} to {around.currency} stated on {cost.start} or at "
            f"most {rates.max_age_days} days before",
            f'Add [[exchange_rate]] with currency = "{currency}" to study.toml.',
        )


def _charged_twice(file: ConfigFile, costs: Sequence[CostEntry]) -> Iterator[Problem]:
    """The same contract may stand several times (a new price), but not on the same days."""
    for index, cost in enumerate(costs):
        for earlier in range(index):
            same = _same_contract(costs[earlier], cost)
            if same and _overlap(costs[earlier], cost):
                yield file.problem(
                    ("cost", index, "start"),
                    cost.start,
                    f"other days than cost[{earlier}] ({costs[earlier].id}), which has the same "
                    f"{same}",
                    "End the one before the other starts, or give them different names.",
                )


def _same_contract(one: CostEntry, other: CostEntry) -> str | None:
    if one.external_reference and one.external_reference == other.external_reference:
        return "external_reference"
    is_same = one.category == other.category and one.name == other.name
    return "category and name" if is_same and one.category and one.name else None


def _overlap(one: CostEntry, other: CostEntry) -> bool:
    if one.start is None or other.start is None or "once" in {one.basis, other.basis}:
        return False
    return one.start < (other.end or date.max) and other.start < (one.end or date.max)


def benefit_problems(
    file: ConfigFile, module: ModuleEntry, around: Surroundings
) -> Iterator[Problem]:
    """A benefit rests on a metric of the pool and on assumptions that are stated."""
    benefits = [*enumerate(module.benefit or ())]
    assumptions = _known_assumptions(module, around)
    pool = None if module.pool is None else [item.metric for item in module.pool if item.metric]
    for index, benefit in benefits:
        path = ("benefit", index)
        yield from _metric_problems(file, path, benefit, pool, around)
        if assumptions is not None:
            yield from _assumption_use_problems(file, path, benefit, assumptions)
        if benefit.is_confirmed and not benefit.confirmed_by:
            yield file.problem(
                (*path, "confirmed_by"),
                None,
                "the finance owner who confirmed the destination",
                "Add confirmed_by, or delete is_confirmed.",
            )
    named = ((("benefit", index, "id"), benefit.id) for index, benefit in benefits)
    yield from repeated(file, named, what="benefit id")


def _metric_problems(
    file: ConfigFile,
    path: KeyPath,
    benefit: BenefitEntry,
    pool: list[str] | None,
    around: Surroundings,
) -> Iterator[Problem]:
    name = benefit.metric
    if name is None or name not in around.metrics:
        yield from unknown_name(file, (*path, "metric"), name, kind="metric", known=around.metrics)
    elif pool is not None and name not in pool:
        yield from unknown_name(
            file, (*path, "metric"), name, kind="metric of the module's pool", known=pool
        )


def _known_assumptions(
    module: ModuleEntry, around: Surroundings
) -> Mapping[str, Sequence[AssumptionEntry]] | None:
    """Assumptions by id, the module's own before the study's; None when not all are known."""
    if module.assumption is None or around.assumptions is None:
        return None
    known: dict[str, Sequence[AssumptionEntry]] = {FROM_THE_STANDARD: ()}
    return known | _by_id(around.assumptions) | _by_id(module.assumption)


def _by_id(entries: Iterable[AssumptionEntry]) -> dict[str, Sequence[AssumptionEntry]]:
    found: dict[str, list[AssumptionEntry]] = {}
    for entry in entries:
        if entry.id:
            found.setdefault(entry.id, []).append(entry)
    return dict(found)


def _assumption_use_problems(
    file: ConfigFile,
    path: KeyPath,
    benefit: BenefitEntry,
    known: Mapping[str, Sequence[AssumptionEntry]],
) -> Iterator[Problem]:
    uses = {
        "unit_value": benefit.unit_value,
        "realisation": benefit.realisation,
        "margin": benefit.margin,
    }
    for key, name in uses.items():
        yield from unknown_name(file, (*path, key), name, kind="assumption", known=known)
        if key == "unit_value" or name is None:
            continue
        for value in (entry.value for entry in known.get(name, ())):
            if value is not None and not Decimal(0) <= value <= Decimal(1):
                yield file.problem(
                    (*path, key),
                    name,
                    f"an assumption between 0 and 1; {name} is {value}",
                    "State the share as a fraction: 0.30 for 30 %.",
                )

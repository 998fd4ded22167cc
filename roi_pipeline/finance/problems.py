"""What is wrong with declared money, found before anything is computed and reported all at once.

Settings checks shapes and types at the door; here stand the rules that need money's meaning.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption, BenefitRule, CostRule
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.amounts import ONE, ZERO, total
from roi_pipeline.finance.double_counting import monetised_twice

REVENUE = ("revenue", "retention")
HOUR_WORDS = ("hour", "小时", "小時", "工时", "工時")
FAR_FUTURE = date(9999, 1, 1)


def find_problems(
    modules: Sequence[Module],
    metrics: Mapping[str, Metric],
    *,
    currency: str,
    assumptions: Sequence[Assumption] = (),
    exchange_rates: ExchangeRates | None = None,
) -> tuple[Problem, ...]:
    """Everything wrong with the money declared by some modules, in the order of the files."""
    found: list[Problem] = []
    for assumption in assumptions:
        found += _assumption("study.toml", assumption)
    for module in modules:
        file = module.file or f"modules/{module.id}.toml"
        known = {item.id: item for item in (*assumptions, *module.assumptions)}
        for item in module.assumptions:
            found += _assumption(file, item)
        for rule in module.costs:
            found += _cost(file, rule, metrics, exchange_rates or ExchangeRates(currency))
        for benefit in module.benefits:
            found += _benefit(file, benefit, metrics, known)
        found += _claims(file, module, metrics)
        found += _contract(file, module)
    found += _shared_references(modules)
    found += monetised_twice(modules, metrics)
    return tuple(found)


def _assumption(file: str, item: Assumption) -> Iterator[Problem]:
    key = f"assumption {item.id}"
    if not item.source.strip():
        yield Problem(
            file, f"{key}.source", "", "where the number comes from", "Name the document or system."
        )
    if not item.owner.strip():
        yield Problem(
            file, f"{key}.owner", "", "who stands behind the number", "Name a person or department."
        )
    low = item.value if item.low is None else item.low
    high = item.value if item.high is None else item.high
    if not low <= item.value <= high:
        found = f"{low} … {item.value} … {high}"
        yield Problem(file, key, found, "low ≤ value ≤ high", "Correct the range or the value.")


def _cost(
    file: str, rule: CostRule, metrics: Mapping[str, Metric], rates: ExchangeRates
) -> Iterator[Problem]:
    key = f"cost {rule.id}"
    if rule.amount < 0:
        yield Problem(
            file,
            f"{key}.amount",
            str(rule.amount),
            "0 or more",
            "State costs as positive numbers; declare a refund as a benefit.",
        )
    if not ZERO < rule.share <= ONE:
        yield _between(file, f"{key}.share", rule.share, "above 0 and at most 1")
    if rule.risk_factor < 1:
        yield _between(file, f"{key}.risk_factor", rule.risk_factor, "1 or more: costs go up")
    if rule.uncertainty < 0:
        yield _between(file, f"{key}.uncertainty", rule.uncertainty, "0 or more")
    if rule.end is not None and rule.end <= rule.start:
        yield Problem(
            file, f"{key}.end", str(rule.end), f"a day after {rule.start}", "Correct the dates."
        )
    if rule.basis == "once" and not (rule.life_months and rule.life_months > 0):
        yield Problem(
            file,
            f"{key}.life_months",
            str(rule.life_months or ""),
            "the months a one-off is spread over",
            "State its useful life in months.",
        )
    if rule.basis == "per_use" and rule.usage_metric not in metrics:
        yield _unknown(file, f"{key}.usage_metric", rule.usage_metric or "", metrics)
    yield from _exchange(file, rule, rates)


def _exchange(file: str, rule: CostRule, rates: ExchangeRates) -> Iterator[Problem]:
    if rule.currency is None or rule.currency == rates.currency:
        return
    if rates.stated_day(rule.currency, rule.start) is None:
        yield Problem(
            file,
            f"cost {rule.id}.currency",
            f"{rule.currency} from {rule.start}",
            f"an exchange rate to {rates.currency} stated on {rule.start} or at most "
            f"{rates.max_age_days} days before",
            f"Add [[exchange_rate]] for {rule.currency} to study.toml.",
        )


def _benefit(
    file: str, rule: BenefitRule, metrics: Mapping[str, Metric], known: Mapping[str, Assumption]
) -> Iterator[Problem]:
    key = f"benefit {rule.id}"
    metric = metrics.get(rule.metric_id)
    if metric is None:
        yield _unknown(file, f"{key}.metric", rule.metric_id, metrics)
    elif metric.direction == "neutral":
        yield Problem(
            file,
            f"{key}.metric",
            rule.metric_id,
            "a metric of which more, or less, is better",
            "Monetise a metric with direction up or down.",
        )
    for name, value in (
        ("unit_value", rule.unit_value),
        ("realisation", rule.realisation),
        ("margin", rule.margin),
    ):
        if value is not None and value not in known and value != "recapture_rate":
            yield _unknown(file, f"{key}.{name}", value, known)
    yield from _benefit_factors(file, key, rule, known)
    if not str(rule.destination).strip():
        yield Problem(
            file,
            f"{key}.destination",
            "",
            "where the money goes: revenue_won, revenue_retained, spend_removed, spend_avoided, "
            "capital_freed or capacity_freed",
            "Ask finance which account moves.",
        )
    if rule.role and not _is_by_the_hour(rule, known):
        yield Problem(
            file,
            f"{key}.role",
            rule.role,
            "a labour benefit valued by the hour: payroll prices hours",
            'Set category = "labour" and name a unit_value in the currency an hour, or delete '
            "role.",
        )
    if _is_gross(rule, metric, known):
        yield Problem(
            file,
            f"{key}.margin",
            "",
            "the gross margin: revenue is never counted gross",
            "Name the assumption that holds the margin, or value the unit at its margin and say "
            "so in the assumption's unit.",
        )


def _benefit_factors(
    file: str, key: str, rule: BenefitRule, known: Mapping[str, Assumption]
) -> Iterator[Problem]:
    if rule.unit_factor <= 0:
        yield _between(file, f"{key}.unit_factor", rule.unit_factor, "above 0")
    if not ZERO < rule.attribution_share <= ONE:
        yield _between(
            file, f"{key}.attribution_share", rule.attribution_share, "above 0 and at most 1"
        )
    if not ZERO < rule.risk_factor <= ONE:
        yield _between(file, f"{key}.risk_factor", rule.risk_factor, "at most 1: benefits go down")
    for name, used in (("realisation", rule.realisation), ("margin", rule.margin)):
        share = known.get(used or "")
        if share is not None and not ZERO <= share.value <= ONE:
            yield _between(file, f"{key}.{name}", share.value, "a share between 0 and 1")


def _is_by_the_hour(rule: BenefitRule, known: Mapping[str, Assumption]) -> bool:
    value = known.get(rule.unit_value)
    is_hourly = value is None or any(word in value.unit.lower() for word in HOUR_WORDS)
    return rule.category == "labour" and is_hourly


def _is_gross(rule: BenefitRule, metric: Metric | None, known: Mapping[str, Assumption]) -> bool:
    if rule.category not in REVENUE or rule.margin is not None or metric is None:
        return False
    value = known.get(rule.unit_value)
    said = f"{value.unit} {value.id} {value.source}" if value else ""
    return "margin" not in f"{said} {metric.numerator}".lower() and "毛利" not in said


def _claims(file: str, module: Module, metrics: Mapping[str, Metric]) -> Iterator[Problem]:
    for claim in module.claims:
        if claim.metric_id not in metrics:
            yield _unknown(file, f"claim {claim.id}.metric", claim.metric_id, metrics)


def _contract(file: str, module: Module) -> Iterator[Problem]:
    contract = module.vendor_contract
    if contract is not None and contract.end <= contract.start:
        yield Problem(
            file,
            "vendor_contract.end",
            str(contract.end),
            f"a day after {contract.start}",
            "Correct the contract's dates.",
        )
    rules = sorted(module.costs, key=lambda rule: (rule.start, rule.id))
    for number, first in enumerate(rules):
        for second in rules[number + 1 :]:
            if _is_same_contract(first, second) and span(first).overlap(span(second)):
                yield Problem(
                    file,
                    f"cost {second.id}.start",
                    str(second.start),
                    f"a day on or after {first.end or 'the end of'} cost {first.id}, which bills "
                    "the same contract",
                    f"End cost {first.id} before {second.id} starts, or drop one of them.",
                )


def span(rule: CostRule) -> Window:
    """Days a cost rule runs; an open end runs far."""
    return Window(rule.start, max(rule.start, rule.end or FAR_FUTURE))


def _is_same_contract(first: CostRule, second: CostRule) -> bool:
    if "once" in (first.basis, second.basis) or first.share + second.share <= 1:
        return False
    if first.external_reference and first.external_reference == second.external_reference:
        return True
    same = (first.category, first.source, first.basis, first.name)
    return same == (second.category, second.source, second.basis, second.name)


def _shared_references(modules: Sequence[Module]) -> Iterator[Problem]:
    """One recorded cost may be shared among modules, but not charged more than once."""
    rules = [(module, rule) for module in modules for rule in module.costs]
    names = {rule.external_reference for _, rule in rules if rule.external_reference}
    for name in sorted(names):
        mine = [(module, rule) for module, rule in rules if rule.external_reference == name]
        for module, rule in mine:
            day = rule.start
            charged = total(other.share for _, other in mine if day in span(other))
            places = {owner.id for owner, other in mine if day in span(other)}
            if charged > 1 and len(places) > 1:
                yield Problem(
                    module.file or f"modules/{module.id}.toml",
                    f"cost {rule.id}.share",
                    str(rule.share),
                    f"shares of {name} that add to 1 at most; they add to {charged} over "
                    f"{', '.join(sorted(places))}",
                    "Lower the shares so that the invoice is charged once.",
                )
                break


def _unknown(file: str, key: str, value: str, known: Mapping[str, object]) -> Problem:
    return Problem(
        file, key, value, "a known name", "Correct the name or add it.", tuple(sorted(known))
    )


def _between(file: str, key: str, value: Decimal, expected: str) -> Problem:
    return Problem(file, key, str(value), expected, "Correct the number.")

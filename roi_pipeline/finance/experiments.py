"""Which experiment is worth most next cycle: the value of what it teaches less the benefit held out.

A decision about a module rests on its expected net until one can decide again, known with an error: the
standard error measured, and what evidence of that grade may be wrong by (the standard's own risk
factors). A holdout resolves a part of it; the decision taken after it is expected to bring more by
E[max(0, net)] - max(0, E[net]) (Raiffa & Schlaifer 1961). It costs the benefit of the units held out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.domain.business_cases import BusinessCase
from roi_pipeline.domain.effects import GRADES
from roi_pipeline.domain.outlook import Experiment
from roi_pipeline.domain.plans import PlannedLine
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.amounts import NORMAL, decimal_of, on_grid
from roi_pipeline.finance.case_risk import TAIL

CONFIDENCE, POWER = 0.95, 0.8
ERRORS_OF_A_SMALLEST_CHANGE = NORMAL.inv_cdf((1 + CONFIDENCE) / 2) + NORMAL.inv_cdf(POWER)
DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of a module's money before the experiment.

    Attributes:
        net: expected net of a day.
        benefit: expected benefit of a day.
        error: standard error of a day's net.
        days: days the next decision is for.
        prices: metric → money of a day that a change of one brings.
    """

    net: float
    benefit: float
    error: float
    days: float
    prices: Mapping[str, float]


def belief_of(value: ModuleValue, standard: Standard, *, days: float) -> Belief | Message:
    """The belief that a module's cycle leaves, or why an experiment on it has no value in money."""
    statement = value.cycle
    lines, period = statement.counted_benefits, statement.period.days
    grades = [line.grade for line in lines if line.grade is not None]
    if not grades or not period:
        return Message("experiment_has_no_money")
    grade = GRADES[max(GRADES.index(each) for each in grades)]
    if grade == "A":
        return Message("experiment_is_running")
    running = sum(float(line.amount) for line in statement.counted_costs if line.basis != "once")
    won = float(statement.returns.benefits)
    bias = 1 - float(standard.risk_factors.get(grade, Decimal(1)))
    error = float(statement.returns.benefits_standard_error or 0)
    prices = dict[str, float]()
    for line in lines:
        if line.effect:
            price = abs(float(line.amount or 0) / float(line.effect)) / period
            prices[line.metric_id] = prices.get(line.metric_id, 0.0) + price
    return Belief(
        net=(won - running) / period,
        benefit=won / period,
        error=(error**2 + (bias * won) ** 2) ** 0.5 / period,
        days=days,
        prices=prices,
    )


def belief_of_case(case: BusinessCase) -> Belief | Message:
    """The belief behind an ex-ante case, for the days after go-live."""
    days = case.window.days
    if case.risk is None or not days:
        return Message("experiment_has_no_money")
    costs, won = float(case.likely.costs), float(case.likely.benefits)
    prices = dict[str, float]()
    for line in case.benefits:
        if line.effect:
            price = abs(float(line.amount or 0) / float(line.effect)) / days
            prices[line.metric_id] = prices.get(line.metric_id, 0.0) + price
    width = float(case.risk.upper - case.risk.lower) * costs
    return Belief(
        net=float(case.risk.median) * costs / days,
        benefit=won / days,
        error=width / (2 * NORMAL.inv_cdf(1 - TAIL)) / days,
        days=float(days),
        prices=prices,
    )


def best_experiment(
    module_id: str,
    belief: Belief,
    lines: Sequence[PlannedLine],
    *,
    unit: str,
    seed: int,
    is_planned: bool = False,
) -> Experiment:
    """The plan with the largest net worth; a reason where none is worth its cost."""
    options = [
        found
        for weeks, share in sorted({(line.weeks, line.holdout_share) for line in lines})
        if (found := _option(belief, lines, weeks, share)) is not None
    ]
    if not options:
        return Experiment(module_id, reason=Message("experiment_metric_cannot_be_planned"))
    worth, cost, line = max(options, key=lambda each: (each[0] - each[1], -each[2].holdout_share))
    values = {"worth": worth, "cost": cost}
    reason = None if worth > cost else Message("experiment_is_not_worth_it", values)
    return Experiment(
        module_id,
        metric_id=line.metric.id,
        unit=unit,
        share=line.holdout_share,
        weeks=line.weeks,
        units=line.units_held_out,
        smallest=line.smallest_absolute,
        worth=on_grid(decimal_of(worth)),
        cost=on_grid(decimal_of(cost)),
        is_planned=is_planned,
        seed=seed,
        reason=reason,
    )


def _option(
    belief: Belief, lines: Sequence[PlannedLine], weeks: int, share: float
) -> tuple[float, float, PlannedLine] | None:
    """(worth, cost, line of the metric that moves most money) of one plan."""
    here = {
        line.metric.id: line
        for line in lines
        if (line.weeks, line.holdout_share) == (weeks, share) and line.metric.id in belief.prices
    }
    if len(here) < len(belief.prices):
        return None
    error = (
        belief.days
        * sum(
            (line.smallest_absolute / ERRORS_OF_A_SMALLEST_CHANGE * belief.prices[metric_id]) ** 2
            for metric_id, line in here.items()
        )
        ** 0.5
    )
    worth = value_of_information(
        mean=belief.net * belief.days, prior=belief.error * belief.days, error=error
    )
    cost = max(0.0, belief.benefit) * share * weeks * DAYS_OF_A_WEEK
    first = max(here.values(), key=lambda line: (belief.prices[line.metric.id], line.metric.id))
    return worth, cost, first


def value_of_information(*, mean: float, prior: float, error: float) -> float:
    """Expected gain from deciding on a mean known to `prior` after measuring it with `error`.

    >>> round(value_of_information(mean=0.0, prior=1.0, error=0.0), 4)
    0.3989
    >>> value_of_information(mean=0.0, prior=1.0, error=1.0) < 0.3
    True
    """
    if prior <= 0:
        return 0.0
    resolved = prior * prior / (prior * prior + error * error) ** 0.5
    u = mean / resolved
    return max(0.0, mean * NORMAL.cdf(u) + resolved * NORMAL.pdf(u) - max(0.0, mean))


def in_order(experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """Those to run first, by what they are worth; then those with a reason against."""
    return tuple(sorted(experiments, key=lambda e: (e.reason is not None, -e.net, e.module_id)))

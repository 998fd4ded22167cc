"""Risk before investing: the range of ROI, the chance of a loss and what is owed before one can stop.

One simulation moves everything that is not known at once: effects and ranged assumptions are
triangular between their ends, costs normal. A gain is risk-adjusted, a loss is not.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from roi_pipeline.domain.business_cases import CaseRisk, ExpectedEffect
from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.amounts import ONE, ZERO, decimal_of, on_grid, root_of_squares, total
from roi_pipeline.finance.benefits import improvement_sign
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.costs import cost_lines, costs_before_go_live, one_off_payments
from roi_pipeline.finance.periods import CYCLE
from roi_pipeline.finance.prospects import BOUND
from roi_pipeline.finance.terms import first_free_day
from roi_pipeline.finance.uncertainty import ranged

ANSWER = "until_the_first_rating"
DRAWS = 10_000
TAIL = 0.05


def case_risk(
    case: Case,
    costs: Sequence[CostLine],
    likely: Sequence[BenefitLine],
    expected: Sequence[ExpectedEffect],
) -> CaseRisk | None:
    """The risk of a planned module; None where nothing could be put into money."""
    counted = [line for line in costs if line.is_counted]
    spent = total(line.amount for line in counted)
    if not likely or spent <= 0:
        return None
    error = root_of_squares(line.standard_error for line in counted)
    nets, rois = _simulated(case, likely, expected, (float(spent), float(error)))
    bar = min(
        (band.from_roi for band in case.tier.bands if band.from_roi is not None), default=ZERO
    )
    won = total(line.amount or ZERO for line in likely)
    answer = case.periods[ANSWER].end
    until = max(answer, first_free_day(case.module.vendor_contract, answer))
    return CaseRisk(
        lower=decimal_of(_quantile(rois, TAIL)),
        median=decimal_of(_quantile(rois, 0.5)),
        upper=decimal_of(_quantile(rois, 1 - TAIL)),
        bar=bar,
        chance_of_bar=sum(roi >= float(bar) for roi in rois) / len(rois),
        chance_of_loss=sum(net < 0 for net in nets) / len(nets),
        bad_net=on_grid(decimal_of(_quantile(nets, TAIL))),
        committed=on_grid(_committed(case, until)),
        committed_until=until,
        needed_share=spent / won if won > 0 else None,
    )


@dataclass(frozen=True, slots=True)
class _Term:
    """One benefit line as the simulation multiplies it.

    Attributes:
        price: money before risk of a change of one, at the stated values of all assumptions.
        ranges: (low, stated value, high) of each assumption that is a range, by its place.
    """

    metric_id: str
    price: float
    risk: float
    ranges: tuple[str, ...]

    def amount(self, change: float, factors: dict[str, float]) -> float:
        """The line's money in one draw."""
        amount = self.price * change
        for name in self.ranges:
            amount *= factors[name]
        return amount * self.risk if amount > 0 else amount


def _simulated(
    case: Case,
    likely: Sequence[BenefitLine],
    expected: Sequence[ExpectedEffect],
    costs: tuple[float, float],
) -> tuple[list[float], list[float]]:
    """(nets, ROIs), each sorted."""
    source = random.Random(_seed(case))  # noqa: S311 - a reproducible simulation, not a secret
    ranges = {
        name: tuple(
            float(each) for each in (item.low or item.value, item.value, item.high or item.value)
        )
        for name, item in sorted(ranged(likely, case.register.in_force).items())
    }
    effects = [each for each in expected if None not in (each.worst, each.likely, each.best)]
    terms = [_term(case, line, effects, ranges) for line in likely]
    spent, error = costs
    nets, rois = list[float](), list[float]()
    for _ in range(DRAWS):
        change = {each.metric_id: _triangular(source, each) for each in effects}
        drawn = {
            name: source.triangular(low, high, mode) / mode
            for name, (low, mode, high) in ranges.items()
        }
        won = sum(term.amount(change[term.metric_id], drawn) for term in terms)
        cost = max(source.gauss(spent, error), spent * 1e-3)
        nets.append(won - cost)
        rois.append((won - cost) / cost)
    return sorted(nets), sorted(rois)


def _seed(case: Case) -> int:
    return case.cycle.seed(case.module.id, "business_case")


def _term(
    case: Case,
    line: BenefitLine,
    effects: Sequence[ExpectedEffect],
    ranges: dict[str, tuple[float, ...]],
) -> _Term:
    expected = next(each for each in effects if each.metric_id == line.metric_id)
    rule = next(each for each in case.module.benefits if each.id == line.id)
    volume, level = case.usage(CYCLE, line.metric_id), ONE
    if expected.kind == "relative" and volume is not None:
        level = decimal_of(volume.numerator / volume.denominator)
    price = improvement_sign(case.metrics[line.metric_id]) * level * line.volume
    price *= rule.unit_factor * line.unit_value * line.realisation * line.margin
    ids = (line.unit_value_id, line.realisation_id, line.margin_id)
    return _Term(
        line.metric_id,
        float(price * line.attribution_share),
        float(rule.risk_factor),
        tuple(each for each in ids if each in ranges),
    )


def _triangular(source: random.Random, effect: ExpectedEffect) -> float:
    worst, likely, best = effect.worst or 0.0, effect.likely or 0.0, effect.best or 0.0
    return source.triangular(min(worst, best), max(worst, best), likely)


def _quantile(values: Sequence[float], share: float) -> float:
    return values[round(share * (len(values) - 1))]


def _committed(case: Case, until: date) -> Decimal:
    """One-offs, what runs up to the first rating, and the contract's fee until it can end.

    Everything that is owed, also what the tier leaves out of ROI.
    """
    once = total(paid.amount for paid in one_off_payments(case))
    before = [*costs_before_go_live(case), *cost_lines(case, ANSWER)]
    running = total(line.amount for line in before if line.basis != "once")
    answer = case.periods[ANSWER].end
    if until <= answer:
        return once + running
    bound = tuple(
        rule
        for rule in case.module.costs
        if rule.category in BOUND and rule.basis not in ("once", "per_use")
    )
    fees = replace(
        case,
        module=replace(case.module, costs=bound),
        periods={**case.periods, ANSWER: Window(answer, until)},
    )
    return once + running + total(line.amount for line in cost_lines(fees, ANSWER))

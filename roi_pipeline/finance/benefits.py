"""From effects to money: effect × volume × unit value × realisation × margin × share × risk.

An effect that is inconclusive, of grade E, or refused by its own diagnostics carries no money and
says why. Grade D is shown as indicative and counts only where the tier accepts it. A change for the
worse is a negative benefit; a risk factor never makes a loss smaller.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite

from roi_pipeline.domain.effects import GRADES, Effect, Inconclusive
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.money import Assumption, BenefitLine, BenefitRule, Ledger
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.amounts import NORMAL, ONE, ZERO, decimal_of, on_grid, z_value
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.payroll import hour_value, hours_fallen
from roi_pipeline.finance.periods import has_ended, period_of_benefit
from roi_pipeline.finance.register import RECAPTURE

WIDER = 1 + 1e-6  # beyond what rounding of interval ends explains


@dataclass(frozen=True, slots=True)
class Factors:
    """What the quantity of a line is multiplied by, each with its source."""

    unit_value: Assumption
    realisation: Assumption | None
    margin: Assumption | None
    share: Decimal
    risk: Decimal


def benefit_lines(case: Case, period_name: str) -> tuple[BenefitLine, ...]:
    """Every declared benefit of a period, with its money or the reason why it has none."""
    return tuple(line for rule in case.module.benefits for line in _lines(case, rule, period_name))


def _lines(case: Case, rule: BenefitRule, period_name: str) -> tuple[BenefitLine, ...]:
    if has_ended(rule, case.periods[period_name]):
        empty = replace(empty_line(case, rule, period_name), volume=ZERO)
        reason = Message("benefit_has_ended", {"end": rule.end})
        return (replace(empty, excluded_because=reason),)
    part = period_of_benefit(period_name, rule)
    return _lines_of_rule(case, rule, part if part in case.periods else period_name)


def factors_of(case: Case, rule: BenefitRule, period_name: str) -> Factors:
    """The assumptions behind a benefit; labour is realised at the recapture rate unless stated."""
    paid = hour_value(case, rule.role, case.periods[period_name]) if rule.role else None
    realisation = rule.realisation or (RECAPTURE if rule.category == "labour" else None)
    return Factors(
        unit_value=paid or case.register.find(rule.unit_value),
        realisation=case.register.find(realisation) if realisation else None,
        margin=case.register.find(rule.margin) if rule.margin else None,
        share=rule.attribution_share,
        risk=rule.risk_factor,
    )


def improvement_sign(metric: Metric) -> Decimal:
    """+1 when more is better, -1 when less is: a fall in response seconds is a gain."""
    return -ONE if metric.direction == "down" else ONE


def spread_of(effect: Effect) -> float:
    """Standard error of an effect, never narrower than its own interval says.

    Designs with few clusters widen the interval beyond the normal one; money inherits that.
    """
    z = NORMAL.inv_cdf((1 + effect.confidence) / 2)
    width = (effect.upper - effect.lower) / (2 * z)
    is_wider = isfinite(width) and width > effect.standard_error * WIDER
    return width if is_wider else effect.standard_error


def no_money_reason(effect: Effect) -> Message | None:
    """Why an effect may carry no money at all; None when it may."""
    values = {"metric": effect.metric_id, "grade": effect.grade}
    if effect.grade == "E":
        return Message("grade_carries_no_money", values)
    if not effect.is_money_allowed or any(finding.stops for finding in effect.findings):
        return Message("diagnostics_forbid_money", values)
    if not (isfinite(effect.estimate) and isfinite(effect.standard_error)):
        return Message("effect_has_no_spread", values)
    return None


def _lines_of_rule(case: Case, rule: BenefitRule, period_name: str) -> tuple[BenefitLine, ...]:
    volume = case.volume(period_name, rule.metric_id)
    empty = empty_line(case, rule, period_name)
    match case.effects.outcomes.get(rule.metric_id):
        case None:
            reason = Message("no_effect_was_estimated", {"metric": rule.metric_id})
            return (replace(empty, excluded_because=reason),)
        case Inconclusive(reason=reason):
            return (replace(empty, excluded_because=reason),)
        case effect:
            empty = replace(
                empty,
                grade=effect.grade,
                effect=decimal_of(effect.estimate) if isfinite(effect.estimate) else None,
                method=effect.method,
            )
            reason = no_money_reason(effect) or _no_volume_reason(case, rule, volume)
            if reason is not None or volume is None:
                return (replace(empty, excluded_because=reason),)
            line = _valued(case, rule, empty, effect=effect, volume=volume)
            return _by_ledger(case, rule, _gated(case, line, effect))


def _no_volume_reason(case: Case, rule: BenefitRule, volume: Volume | None) -> Message | None:
    if volume is None:
        return Message("volume_is_unknown", {"metric": rule.metric_id})
    if case.metrics[rule.metric_id].statistic == "quantile":
        return Message("quantile_cannot_be_summed", {"metric": rule.metric_id})
    return None


def empty_line(case: Case, rule: BenefitRule, period_name: str) -> BenefitLine:
    """The line of a rule before anything is known of its effect: who, what and at which price."""
    factors = factors_of(case, rule, period_name)
    volume = case.volume(period_name, rule.metric_id)
    return BenefitLine(
        id=rule.id,
        module_id=case.module.id,
        metric_id=rule.metric_id,
        category=rule.category,
        name=rule.name,
        destination=rule.destination,
        ledger="estimated",
        owner=rule.owner,
        period=case.periods[period_name],
        grade=None,
        effect=None,
        volume=decimal_of(volume.denominator) if volume else ZERO,
        quantity=None,
        unit_value=factors.unit_value.value,
        unit_value_source=factors.unit_value.source,
        realisation=factors.realisation.value if factors.realisation else ONE,
        margin=factors.margin.value if factors.margin else ONE,
        attribution_share=factors.share,
        risk_factor=factors.risk,
        amount=None,
        lower=None,
        upper=None,
        standard_error=None,
        is_in_rating=False,
        unit_value_id=factors.unit_value.id,
        realisation_id=factors.realisation.id if factors.realisation else None,
        margin_id=factors.margin.id if factors.margin else None,
        metric_version=case.metrics[rule.metric_id].version,
    )


def _valued(
    case: Case, rule: BenefitRule, line: BenefitLine, *, effect: Effect, volume: Volume
) -> BenefitLine:
    metric = case.metrics[rule.metric_id]
    scale = line.volume * rule.unit_factor
    quantity = improvement_sign(metric) * decimal_of(effect.estimate) * scale
    bound = observed_quantity(metric, effect, volume)
    if bound is not None:
        quantity = min(quantity, bound * rule.unit_factor)
    return with_quantity(
        line,
        quantity=quantity,
        quantity_error=abs(scale) * decimal_of(spread_of(effect)),
        risk=risk_of(case.standard, rule, effect) if quantity >= 0 else ONE,
        confidence=case.standard.confidence,
    )


def risk_of(standard: Standard, rule: BenefitRule, effect: Effect) -> Decimal:
    """The stated risk factor, at most what the standard leaves to evidence of that grade."""
    return min(rule.risk_factor, standard.risk_factors.get(effect.grade, ONE))


def with_quantity(
    line: BenefitLine,
    *,
    quantity: Decimal,
    quantity_error: Decimal,
    risk: Decimal,
    confidence: float,
) -> BenefitLine:
    """The line worked out for a quantity and its standard error."""
    per_unit = line.unit_value * line.realisation * line.margin * line.attribution_share
    per_unit *= risk * line.credit_factor
    amount = on_grid(quantity * per_unit)
    error = on_grid(quantity_error * abs(per_unit))
    margin = on_grid(z_value(confidence) * error)
    return replace(
        line,
        quantity=quantity,
        quantity_standard_error=quantity_error,
        risk_factor=risk,
        amount=amount,
        lower=amount - margin,
        upper=amount + margin,
        standard_error=error,
        is_in_rating=True,
    )


def observed_quantity(metric: Metric, effect: Effect, volume: Volume) -> Decimal | None:
    """The most that can be credited, in the metric's numerator; None when it is not known.

    What should rise cannot be credited beyond what happened; what should fall cannot fall by more
    than what would have happened.
    """
    if metric.direction != "down":
        return decimal_of(volume.numerator)
    if effect.counterfactual_value is None or not isfinite(effect.counterfactual_value):
        return None
    return decimal_of(effect.counterfactual_value) * decimal_of(volume.denominator)


def price_without_share(line: BenefitLine) -> Decimal:
    """Money of a line had its module been credited with the whole effect."""
    quantity = line.quantity or ZERO
    return on_grid(quantity * line.unit_value * line.realisation * line.margin * line.risk_factor)


def _gated(case: Case, line: BenefitLine, effect: Effect) -> BenefitLine:
    counted = case.tier.counted_benefits
    if counted and line.category not in counted:
        values = {"tier": case.tier.name, "category": line.category}
        reason = Message("benefit_left_out_by_tier", values)
        return replace(line, is_in_rating=False, excluded_because=reason)
    if GRADES.index(effect.grade) > GRADES.index(case.tier.lowest_grade):
        values = {"grade": effect.grade, "lowest": case.tier.lowest_grade, "tier": case.tier.name}
        reason = Message("grade_is_indicative", values)
        return replace(line, is_in_rating=False, excluded_because=reason)
    return line


def _by_ledger(case: Case, rule: BenefitRule, line: BenefitLine) -> tuple[BenefitLine, ...]:
    """Realised as far as confirmed, and for labour as far as payroll moved."""
    if rule.destination == "capacity_freed" or line.quantity is None or line.quantity <= 0:
        return (line,)
    fallen = hours_fallen(case, rule.role, line.period) if rule.role else None
    if rule.category != "labour" or fallen is None:
        ledger: Ledger = "realised" if rule.is_confirmed else "estimated"
        return (replace(line, ledger=ledger),)
    freed = line.quantity * line.realisation * line.attribution_share * line.risk_factor
    part = min(ONE, fallen / freed) if freed else ZERO
    if part == 0:
        return (line,)
    if part == 1:
        return (replace(line, ledger="realised"),)
    return (
        _part_of(case, replace(line, id=f"{line.id}:realised", ledger="realised"), part),
        _part_of(case, replace(line, id=f"{line.id}:estimated"), ONE - part),
    )


def _part_of(case: Case, line: BenefitLine, part: Decimal) -> BenefitLine:
    scaled = with_quantity(
        replace(line, volume=line.volume * part),
        quantity=(line.quantity or ZERO) * part,
        quantity_error=(line.quantity_standard_error or ZERO) * part,
        risk=line.risk_factor,
        confidence=case.standard.confidence,
    )
    return replace(scaled, is_in_rating=line.is_in_rating, excluded_because=line.excluded_because)

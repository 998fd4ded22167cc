"""The credit ledger: what vendors claim, what happened, what was caused, what is credited.

Credited never exceeds incremental, incremental never exceeds observed, in units and in money.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from roi_pipeline.domain.effects import Effect, ModuleEffects
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Claim
from roi_pipeline.domain.money import BenefitLine, rule_of
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.statements import CreditLine
from roi_pipeline.domain.texts import Message
from roi_pipeline.finance.amounts import ONE, ZERO, decimal_of, total
from roi_pipeline.finance.benefits import (
    improvement_sign,
    no_money_reason,
    observed_quantity,
    price_without_share,
)
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.claims import wanted_change

ROUNDING = Decimal("1e-6")  # sums of lines on the grid of a billionth


class CreditedTooMuch(NeedsAHuman):
    """More was credited than was observed or caused."""

    def __init__(self, line: CreditLine, what: str, credited: Decimal, limit: Decimal) -> None:
        self.line = line
        super().__init__(
            f"credit of {line.metric_id}: {what} {credited} exceeds {limit}; lower the "
            f"attribution_share of {', '.join(line.module_ids)} so that the shares add to 1 at most"
        )


def credit_lines(
    case: Case, period_name: str, lines: Sequence[BenefitLine]
) -> tuple[CreditLine, ...]:
    """The credit ledger of one module over one period, a line per monetised metric."""
    found = tuple(
        _credit_line(case, effect, volume, lines)
        for metric_id in sorted({line.metric_id for line in lines if line.quantity is not None})
        if (effect := case.effects.effect(metric_id)) is not None
        and (volume := case.volume(period_name, metric_id)) is not None
    )
    for line in found:
        check_credit(line)
    return found


def check_credit(line: CreditLine) -> None:
    """Refuse a line that credits more than was caused or observed."""
    if line.incremental >= 0:
        if line.observed is not None and line.incremental > line.observed:
            raise CreditedTooMuch(line, "incremental", line.incremental, line.observed)
        if line.credited > line.incremental:
            raise CreditedTooMuch(line, "credited", line.credited, line.incremental)
        if line.amount > line.incremental_amount + ROUNDING:
            raise CreditedTooMuch(line, "credited money", line.amount, line.incremental_amount)


def combine_credit(
    ledgers: Sequence[CreditLine],
    scales: Mapping[str, Decimal],
    alike: frozenset[str] = frozenset(),
) -> tuple[CreditLine, ...]:
    """The credit ledger of several modules; gains are held to what was seen, a loss hides none.

    Args:
        ledgers: the modules' own ledgers.
        scales: metric → part credited, where the joint effect is smaller than the sum.
        alike: metrics all modules see on the same rows, so that what one observed the others
            observed too.
    """
    combined: list[CreditLine] = []
    for metric_id in sorted({line.metric_id for line in ledgers}):
        scale = scales.get(metric_id, ONE)
        same = [_cut(line, scale) for line in ledgers if line.metric_id == metric_id]
        gains = [line for line in same if line.incremental >= 0]
        if gains:
            check_credit(_combined(gains, is_alike=metric_id in alike))
        combined.append(_combined(same, is_alike=metric_id in alike))
    return tuple(combined)


def _combined(same: Sequence[CreditLine], *, is_alike: bool) -> CreditLine:
    return _capped(same) if is_alike and len(same) > 1 else _summed(same)


def _summed(same: Sequence[CreditLine]) -> CreditLine:
    """One metric of several modules on rows of their own."""
    return CreditLine(
        metric_id=same[0].metric_id,
        module_ids=tuple(sorted({name for line in same for name in line.module_ids})),
        claimed=_sum_known([line.claimed for line in same]),
        observed=_sum_known([line.observed for line in same]),
        incremental=total(line.incremental for line in same),
        credited=total(line.credited for line in same),
        amount=total(line.amount for line in same),
        incremental_amount=total(line.incremental_amount for line in same),
    )


def _capped(same: Sequence[CreditLine]) -> CreditLine:
    """One metric of several modules on the same rows: it happened once, whoever caused it."""
    added = _summed(same)
    seen = [line.observed for line in same if line.observed is not None]
    if len(seen) < len(same):
        return replace(added, observed=None)
    observed = max(seen)
    if added.incremental <= observed:
        return replace(added, observed=observed)
    dearest = max(
        line.incremental_amount / line.incremental for line in same if line.incremental > 0
    )
    return replace(
        added,
        observed=observed,
        incremental=observed,
        incremental_amount=min(added.incremental_amount, observed * dearest),
    )


def _cut(line: CreditLine, scale: Decimal) -> CreditLine:
    """Gains are shared; a loss stays with the module that made it."""
    if line.credited <= 0:
        return line
    return replace(line, credited=line.credited * scale, amount=line.amount * scale)


def is_within_observed(case: Case, period_name: str) -> tuple[Finding, ...]:
    """Reports every effect that claims more than there was to claim and was therefore cut."""
    findings: list[Finding] = []
    for metric_id in sorted({rule.metric_id for rule in case.module.benefits}):
        effect, volume = case.effects.effect(metric_id), case.volume(period_name, metric_id)
        if effect is None or volume is None or no_money_reason(effect) is not None:
            continue
        metric = case.metrics[metric_id]
        bound = observed_quantity(metric, effect, volume)
        claimed = _caused(metric, effect, volume)
        passed = bound is None or claimed <= bound
        message = Message(
            "credited_stays_within_observed" if passed else "credited_was_cut_to_observed",
            {"metric": metric_id, "caused": float(claimed), "observed": float(bound or ZERO)},
        )
        subject = f"{case.module.id}.{metric_id}"
        findings.append(Finding("credited_is_within_observed", subject, passed, "warn", message))
    return tuple(findings)


def claimed_quantity(
    claims: Sequence[Claim], metric: Metric, effects: ModuleEffects, volume: Volume
) -> Decimal | None:
    """What the vendor's claims on a metric would have come to in a period, in its numerator."""
    effect = effects.effect(metric.id)
    mine = [claim for claim in claims if claim.metric_id == metric.id]
    if effect is None or not mine:
        return None
    amounts = [_claimed(claim, metric, effect) for claim in mine]
    base = decimal_of(volume.denominator) * improvement_sign(metric)
    return _sum_known([None if amount is None else amount * base for amount in amounts])


def _claimed(claim: Claim, metric: Metric, effect: Effect) -> Decimal | None:
    start = effect.counterfactual_value
    if claim.kind == "absolute":
        return decimal_of(wanted_change(claim.value, metric))
    if start is None:
        return None
    if claim.kind == "relative":
        return decimal_of(wanted_change(claim.value, metric)) * decimal_of(start)
    return decimal_of(claim.value) - decimal_of(start)


def _credit_line(
    case: Case, effect: Effect, volume: Volume, lines: Sequence[BenefitLine]
) -> CreditLine:
    metric = case.metrics[effect.metric_id]
    mine = [line for line in lines if line.metric_id == metric.id and line.quantity is not None]
    observed = observed_quantity(metric, effect, volume)
    caused = _caused(metric, effect, volume)
    incremental = caused if observed is None else min(caused, observed)
    share = min(ONE, total({rule_of(line): line.attribution_share for line in mine}.values()))
    return CreditLine(
        metric_id=metric.id,
        module_ids=(case.module.id,),
        claimed=claimed_quantity(case.module.claims, metric, case.effects, volume),
        observed=observed,
        incremental=incremental,
        credited=incremental * share,
        amount=total(line.amount or ZERO for line in mine),
        incremental_amount=total(price_without_share(line) for line in mine),
    )


def _caused(metric: Metric, effect: Effect, volume: Volume) -> Decimal:
    change = improvement_sign(metric) * decimal_of(effect.estimate)
    return change * decimal_of(volume.denominator)


def _sum_known(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return total(known) if known else None

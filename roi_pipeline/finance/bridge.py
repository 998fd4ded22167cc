"""Why ROI changed between two editions, cause by cause, in steps that add up exactly.

The lines of the earlier edition are turned into those of the later one, one kind of input at a
time: definition, standard, assumption, method, data. Each step's change of ROI belongs to its cause;
the sum telescopes, so nothing is left over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.editions import BridgeCause, BridgeStep
from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.statements import ModuleValue, Statement, counted_benefits
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.finance.amounts import ONE, ZERO, on_grid, total
from roi_pipeline.finance.register import RECAPTURE
from roi_pipeline.finance.returns import price_of_quantity

PAYROLL = "payroll:"
Scope = Literal["cycle", "since_go_live", "rated"]
Lines = tuple[tuple[CostLine, ...], tuple[BenefitLine, ...]]
CostFields = Callable[[CostLine, CostLine], CostLine]
BenefitFields = Callable[[BenefitLine, BenefitLine], BenefitLine]


def bridge(
    before: ModuleValue,
    after: ModuleValue,
    *,
    scope: Scope = "cycle",
    restated: ModuleValue | None = None,
) -> tuple[BridgeStep, ...]:
    """Steps from the ROI of one edition to that of another; empty when either has none.

    Args:
        before: value in the earlier edition.
        after: value in the later one.
        scope: which of the three statements is compared.
        restated: the earlier period computed again with everything known now. With it, what changed
            within the earlier period is late data; of the rest, a standard or an assumption dated
            since then has its own step and what remains is new data. Without it, data are late when
            both editions state the same days and new otherwise.
    """
    if restated is not None:
        late = bridge(before, restated, scope=scope)
        return _merged((*late, *_since_then(restated, after, scope)))
    old, new = _statement(before, scope), _statement(after, scope)
    start, end = _grid_roi(_lines(old)), _grid_roi(_lines(new))
    if start is None or end is None:
        return ()
    steps: list[BridgeStep] = []
    lines, roi = _lines(old), start
    for cause, stage in _stages(before, after, old, new):
        lines = stage(lines)
        reached = _grid_roi(lines)
        reached = roi if reached is None else reached
        steps.append(BridgeStep(cause, reached - roi, _reason(cause, before, after, old, new)))
        roi = reached
    return tuple(step for step in steps if step.roi_change)


def _stages(
    before: ModuleValue, after: ModuleValue, old: Statement, new: Statement
) -> list[tuple[BridgeCause, Callable[[Lines], Lines]]]:
    target = _lines(new)
    is_new_standard = before.rating.standard_id != after.rating.standard_id
    method_changed = _method_changed(old, new)
    cause_of_data: BridgeCause = "late_data" if old.period == new.period else "new_data"

    def define(lines: Lines) -> Lines:
        return _same_lines(lines, target)

    def judge(lines: Lines) -> Lines:
        if not is_new_standard:
            return lines
        return _fields(lines, target, _cost_counted, _benefit_counted_by_standard)

    def assume(lines: Lines) -> Lines:
        return _fields(lines, target, _cost_price, _benefit_factors)

    def measure(lines: Lines) -> Lines:
        return _fields(
            lines, target, lambda own, _: own, lambda a, b: _benefit_effect(a, b, method_changed)
        )

    return [
        ("definition", define),
        ("standard", judge),
        ("assumption", assume),
        ("method", measure),
        (cause_of_data, lambda _: target),
    ]


def _same_lines(lines: Lines, target: Lines) -> Lines:
    """The lines of the new definition, old figures kept wherever a line existed before."""
    costs = {line.id: line for line in lines[0]}
    benefits = {line.id: line for line in lines[1]}
    kept = tuple(_kept_benefit(benefits.get(line.id), line) for line in target[1])
    return tuple(costs.get(line.id, line) for line in target[0]), kept


def _kept_benefit(own: BenefitLine | None, new: BenefitLine) -> BenefitLine:
    return own if own is not None and _is_same(own, new) else new


def _is_same(own: BenefitLine, new: BenefitLine) -> bool:
    return (own.metric_id, own.metric_version) == (new.metric_id, new.metric_version)


def _fields(
    lines: Lines, target: Lines, cost_step: CostFields, benefit_step: BenefitFields
) -> Lines:
    costs = zip(lines[0], target[0], strict=True)
    benefits = zip(lines[1], target[1], strict=True)
    return (
        tuple(cost_step(own, new) for own, new in costs),
        tuple(benefit_step(own, new) for own, new in benefits),
    )


def _cost_counted(own: CostLine, new: CostLine) -> CostLine:
    return replace(own, is_counted=new.is_counted)


def _benefit_counted_by_standard(own: BenefitLine, new: BenefitLine) -> BenefitLine:
    """Whether the line counts, and the recapture rate and the risk a standard sets."""
    counted = replace(own, is_in_rating=new.is_in_rating and own.amount is not None)
    counted = replace(counted, risk_factor=_stated_risk(own, new))
    if own.realisation_id == new.realisation_id == RECAPTURE:
        counted = replace(counted, realisation=new.realisation)
    return _repriced(counted)


def _cost_price(own: CostLine, new: CostLine) -> CostLine:
    """Price, share and risk; quantities, rates and invoices stay those of the old days."""
    is_invoice = own.is_recorded or new.is_recorded
    price = own.unit_amount if is_invoice else new.unit_amount
    if price is None:
        return own
    priced = replace(own, unit_amount=price, share=new.share, risk_factor=new.risk_factor)
    amount = priced.quantity * price * priced.share * priced.exchange_rate * priced.risk_factor
    return replace(priced, amount=on_grid(amount))


def _benefit_factors(own: BenefitLine, new: BenefitLine) -> BenefitLine:
    """Everything stated; what payroll pays for an hour is data and stays that of the old days."""
    is_paid = own.unit_value_id == new.unit_value_id and own.unit_value_id.startswith(PAYROLL)
    return _repriced(
        replace(
            own,
            unit_value=own.unit_value if is_paid else new.unit_value,
            realisation=new.realisation,
            margin=new.margin,
            attribution_share=new.attribution_share,
            risk_factor=_stated_risk(own, new),
            credit_factor=new.credit_factor,
        )
    )


def _stated_risk(own: BenefitLine, new: BenefitLine) -> Decimal:
    """The new risk factor, where it is no other only because the evidence or the sign is."""
    if own.grade != new.grade or own.quantity is None or new.quantity is None:
        return own.risk_factor
    is_same_sign = (own.quantity >= 0) == (new.quantity >= 0)
    return new.risk_factor if is_same_sign else own.risk_factor


def _benefit_effect(
    own: BenefitLine, new: BenefitLine, method_changed: frozenset[str]
) -> BenefitLine:
    """The effect as the new method sees it, on the old volume."""
    if own.id not in method_changed or new.quantity is None or new.volume == 0:
        return own
    quantity = new.quantity * own.volume / new.volume
    return _repriced(
        replace(
            own,
            effect=new.effect,
            quantity=quantity,
            amount=ZERO,
            risk_factor=new.risk_factor,
            is_in_rating=new.is_in_rating,
        )
    )


def _repriced(line: BenefitLine) -> BenefitLine:
    if line.quantity is None or line.amount is None:
        return line
    return replace(line, amount=on_grid(line.quantity * price_of_quantity(line)))


def _method_changed(old: Statement, new: Statement) -> frozenset[str]:
    methods = {line.id: (line.method, line.grade) for line in old.benefits}
    return frozenset(
        line.id
        for line in new.benefits
        if line.id in methods and methods[line.id] != (line.method, line.grade)
    )


def _since_then(restated: ModuleValue, after: ModuleValue, scope: Scope) -> tuple[BridgeStep, ...]:
    """What another standard and other assumptions do to the earlier days; the rest is new days."""
    old, new = _statement(restated, scope), _statement(after, scope)
    roi, end = _grid_roi(_lines(old)), _grid_roi(_lines(new))
    if roi is None or end is None:
        return ()
    lines, target = _lines(old), _met_again(_lines(old), _lines(new))
    steps: list[BridgeStep] = []
    stages: list[tuple[BridgeCause, CostFields, BenefitFields]] = []
    if restated.rating.standard_id != after.rating.standard_id:
        stages.append(("standard", _cost_counted, _benefit_counted_by_standard))
    stages.append(("assumption", _cost_price, _benefit_factors))
    for cause, of_cost, of_benefit in stages:
        lines = _fields(lines, target, of_cost, of_benefit)
        reached = _grid_roi(lines)
        reached = roi if reached is None else reached
        steps.append(BridgeStep(cause, reached - roi, _reason(cause, restated, after, old, new)))
        roi = reached
    steps.append(BridgeStep("new_data", end - roi, _reason("new_data", restated, after, old, new)))
    return tuple(step for step in steps if step.roi_change)


def _met_again(lines: Lines, later: Lines) -> Lines:
    """For every line its later self; its own where there is none of the same definition."""
    costs = {line.id: line for line in later[0]}
    benefits = {line.id: line for line in later[1]}
    return (
        tuple(costs.get(line.id, line) for line in lines[0]),
        tuple(
            met if (met := benefits.get(line.id)) and _is_same(line, met) else line
            for line in lines[1]
        ),
    )


def _merged(steps: Iterable[BridgeStep]) -> tuple[BridgeStep, ...]:
    by_cause: dict[BridgeCause, BridgeStep] = {}
    for step in steps:
        known = by_cause.get(step.cause)
        change = step.roi_change + (known.roi_change if known else ZERO)
        by_cause[step.cause] = replace(known or step, roi_change=change)
    return tuple(step for step in by_cause.values() if step.roi_change)


def _statement(value: ModuleValue, scope: Scope) -> Statement:
    by_name: Mapping[str, Statement] = {
        "cycle": value.cycle,
        "since_go_live": value.since_go_live,
        "rated": value.rated,
    }
    return by_name[scope]


def _lines(statement: Statement) -> Lines:
    return statement.costs, statement.benefits


def _grid_roi(lines: Lines) -> Decimal | None:
    """ROI on the grid, so that differences of ROI add up without a remainder."""
    costs = total(line.amount for line in lines[0] if line.is_counted)
    counted: Sequence[BenefitLine] = counted_benefits(lines[1])
    if costs <= 0 or not counted:
        return None
    return on_grid(total(line.amount or ZERO for line in counted) / costs - ONE)


def _reason(
    cause: BridgeCause, before: ModuleValue, after: ModuleValue, old: Statement, new: Statement
) -> Message:
    values: dict[str, MessageValue] = {
        "before": before.cycle_key,
        "after": after.cycle_key,
        "until": new.period.end,
        "since": old.period.end,
        "standard_before": before.rating.standard_id,
        "standard": after.rating.standard_id,
    }
    return Message(f"bridge_{cause}", values)

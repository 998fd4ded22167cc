"""What a reader must know to read a statement right: what was left out, added up or assumed."""

from datetime import date
from decimal import Decimal

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.money import rule_of
from roi_pipeline.domain.rounding import total_of_rounded
from roi_pipeline.domain.standards import Rating, Standard
from roi_pipeline.domain.statements import Statement, counted_benefits
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.finance.amounts import ZERO, total
from roi_pipeline.finance.case import Case
from roi_pipeline.finance.payroll import hour_value, hours_fallen, movement
from roi_pipeline.finance.periods import CYCLE
from roi_pipeline.finance.recorded import recorded_differs
from roi_pipeline.finance.register import RECAPTURE

MOST_PERSONS = Decimal("1.1")  # of the declared headcount: joiners and leavers of a month overlap


def notes_on(
    case: Case, statement: Statement, former: Standard | None, before: Rating | None
) -> tuple[Message, ...]:
    """Every note on the statement a report shows, that of the rated window, in reading order."""
    return (
        *_left_out(statement),
        *ledger_note(statement),
        *_capacity(statement),
        *independence_note(statement),
        *_recapture(case, statement),
        *_risk(case, statement),
        *_payroll(statement),
        *_unknown_roles(case, statement),
        *_movements(case, statement),
        *_invoices(case),
        *_standard(case, former, before),
    )


def payroll_findings(case: Case, statement: Statement) -> tuple[Finding, ...]:
    """Whether the hours said to be saved can be seen in payroll, for each labour benefit."""
    findings: list[Finding] = []
    for rule in case.module.benefits:
        lines = [x for x in statement.benefits if rule_of(x) == rule.id and x.quantity]
        fallen = hours_fallen(case, rule.role, statement.period) if rule.role else None
        if rule.category != "labour" or fallen is None or not lines:
            continue
        freed = total(
            (x.quantity or ZERO) * x.realisation * x.attribution_share * x.risk_factor
            for x in lines
        )
        passed = fallen >= freed
        message = Message(
            "saved_hours_show_in_payroll" if passed else "saved_hours_do_not_show_in_payroll",
            {"role": rule.role, "freed": float(freed), "fallen": float(fallen)},
        )
        subject = f"{case.module.id}.{rule.id}"
        findings.append(Finding("saved_hours_show_in_payroll", subject, passed, "note", message))
    return tuple(findings)


def headcount_findings(case: Case, headcount: int) -> tuple[Finding, ...]:
    """Whether payroll has no more persons than the company declares, where hours of a role are money."""
    months = dict[date, Decimal]()
    for row in case.facts.payroll:
        if row.month in case.periods[CYCLE]:
            months[row.month] = months.get(row.month, ZERO) + row.headcount
    if not months or not any(rule.role for rule in case.module.benefits):
        return ()
    month, persons = max(months.items(), key=lambda item: (item[1], item[0]))
    passed = persons <= headcount * MOST_PERSONS
    code = "payroll_fits_the_headcount" if passed else "payroll_exceeds_the_headcount"
    values = {"persons": float(persons), "month": month, "headcount": headcount}
    finding = Finding(
        "payroll_has_no_more_persons_than_the_company",
        case.module.id,
        passed,
        "warn",
        Message(code, values),
    )
    return (finding,)


def _left_out(statement: Statement) -> tuple[Message, ...]:
    out = [line for line in statement.costs if not line.is_counted]
    if not out:
        return ()
    values: dict[str, MessageValue] = {
        "n": len(out),
        "amount": float(total_of_rounded(line.amount for line in out)),
        "costs": ", ".join(sorted({line.id for line in out})),
    }
    return (Message("costs_were_left_out", values),)


def ledger_note(statement: Statement) -> tuple[Message, ...]:
    """How much of the benefits is realised, or that nothing is and so has no ROI of its own."""
    if not statement.returns.benefits:
        return ()
    values: dict[str, MessageValue] = {
        "realised": float(statement.printed_ledger("realised")),
        "estimated": float(statement.printed_ledger("estimated")),
    }
    if statement.returns.roi_realised is None:
        return (Message("no_line_is_realised", {"estimated": values["estimated"]}),)
    return (Message("ledgers_behind_the_total", values),)


def _capacity(statement: Statement) -> tuple[Message, ...]:
    if not statement.capacity:
        return ()
    lines = [line for line in statement.counted_benefits if line.destination == "capacity_freed"]
    amount = total_of_rounded(line.amount or ZERO for line in lines)
    return (Message("capacity_is_not_cash", {"amount": float(amount)}),)


def _recapture(case: Case, statement: Statement) -> tuple[Message, ...]:
    if all(line.realisation_id != RECAPTURE for line in statement.benefits):
        return ()
    rate = case.register.find(RECAPTURE)
    values: dict[str, MessageValue] = {"rate": float(rate.value), "source": rate.source}
    return (Message("recapture_rate_applies", values),)


def _risk(case: Case, statement: Statement) -> tuple[Message, ...]:
    """Grades whose benefits the standard counts at less than they were measured."""
    met = {line.grade for line in statement.benefits if line.amount is not None}
    return tuple(
        Message("evidence_limits_the_risk_factor", {"grade": grade, "factor": float(factor)})
        for grade, factor in sorted(case.standard.risk_factors.items())
        if grade in met
    )


def _payroll(statement: Statement) -> tuple[Message, ...]:
    found = {
        line.unit_value_id: line
        for line in statement.benefits
        if line.unit_value_id.startswith("payroll:")
    }
    return tuple(
        Message(
            "hour_is_valued_from_payroll",
            {
                "role": key.removeprefix("payroll:"),
                "value": float(found[key].unit_value),
                "source": found[key].unit_value_source,
            },
        )
        for key in sorted(found)
    )


def _unknown_roles(case: Case, statement: Statement) -> tuple[Message, ...]:
    """A role payroll does not show: its hours are valued at the stated assumption instead."""
    known = ", ".join(sorted({row.role for row in case.facts.payroll})) or "—"
    return tuple(
        Message(
            "payroll_does_not_show_the_role",
            {"role": role, "assumption": rule.unit_value, "known": known},
        )
        for rule in case.module.benefits
        if (role := rule.role) and hour_value(case, role, statement.period) is None
    )


def _movements(case: Case, statement: Statement) -> tuple[Message, ...]:
    """Headcount, overtime and agency hours of each role whose hours are said to be saved."""
    notes: list[Message] = []
    for role in sorted({rule.role for rule in case.module.benefits if rule.role}):
        moved = movement(case, role, statement.period)
        if moved is not None:
            values: dict[str, MessageValue] = {"role": role}
            for word, month in zip(("before", "now"), moved, strict=True):
                values |= {
                    f"staff_{word}": float(month.headcount),
                    f"overtime_{word}": float(month.overtime_hours),
                    f"agency_{word}": float(month.agency_hours),
                }
            notes.append(Message("payroll_movement", values))
    return tuple(notes)


def _invoices(case: Case) -> tuple[Message, ...]:
    found = [recorded_differs(case, rule) for rule in case.module.costs]
    return tuple(message for message in found if message is not None)


def _standard(case: Case, former: Standard | None, before: Rating | None) -> tuple[Message, ...]:
    if former is None or before is None:
        return ()
    return (standard_note(former, case.standard, before),)


def standard_note(former: Standard, current: Standard, before: Rating) -> Message:
    """That the standard changed, and what the former one would say."""
    values: dict[str, MessageValue] = {
        "before": former.id,
        "now": current.id,
        "from": current.valid_from,
        "grade": before.grade,
    }
    return Message("standard_changed", values)


def independence_note(statement: Statement) -> tuple[Message, ...]:
    """How unsure the benefits would be did the errors of all effects go together.

    Nobody measured how they do; the interval takes them as independent, and this is the most they
    could make of it.
    """
    lines = counted_benefits(statement.benefits)
    effects = {(line.module_id, line.metric_id) for line in lines}
    apart = statement.returns.benefits_standard_error
    if len(effects) <= 1 or not apart:
        return ()
    values: dict[str, MessageValue] = {
        "n": len(effects),
        "apart": float(apart),
        "together": float(total(line.standard_error or ZERO for line in lines)),
    }
    return (Message("effects_are_taken_as_independent", values),)

"""Outcome of a rule → the finding a person reads: which sentence, with which figures."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import RuleResult
from roi_pipeline.domain.texts import Message
from roi_pipeline.quality.rule import Rule
from roi_pipeline.quality.running import Outcome


def finding_of(
    rule: Rule, result: RuleResult, outcome: Outcome | None, context: Mapping[str, Any]
) -> Finding:
    """The finding of one rule; `context` holds the figures its contract asked for."""
    return Finding(
        check=rule.name,
        subject=f"exports.{result.table}",
        passed=result.passed,
        severity=result.severity,
        message=_message(rule, result, outcome, context),
    )


def _message(
    rule: Rule, result: RuleResult, outcome: Outcome | None, context: Mapping[str, Any]
) -> Message:
    if outcome is None:
        return Message("reference_not_loaded", dict(context))
    if outcome.error is not None:
        return Message("rule_not_evaluated", {"reason": outcome.error})
    match rule.check:
        case "columns_present" | "columns_known" | "columns_typed":
            message = _columns_message(rule, result)
        case "row_count":
            code = "enough_rows" if result.passed else "too_few_rows"
            message = Message(code, {"n": int(outcome.measure or 0), **context})
        case "freshness":
            message = _freshness_message(result, outcome, context)
        case "volume":
            message = _volume_message(result, outcome, context)
        case _:
            message = _rows_message(rule, result)
    return message


def _columns_message(rule: Rule, result: RuleResult) -> Message:
    if result.passed:
        return Message("columns_as_agreed", {"n": result.n_checked})
    codes = {"columns_present": "columns_missing", "columns_known": "columns_unknown"}
    return Message(codes.get(rule.check, "columns_of_other_type"), {"columns": result.observed})


def _freshness_message(
    result: RuleResult, outcome: Outcome, context: Mapping[str, Any]
) -> Message:  # fmt: skip
    if not outcome.observed or outcome.measure is None:
        return Message("no_dated_rows", {"column": result.column})
    values = {
        "newest": date.fromisoformat(outcome.observed),
        "age_days": int(outcome.measure),
        **context,
    }
    return Message("data_fresh" if result.passed else "data_stale", values)


def _volume_message(result: RuleResult, outcome: Outcome, context: Mapping[str, Any]) -> Message:
    per_day = round(outcome.measure or 0.0, 1)
    if context["typical"] is None:
        return Message("volume_not_comparable", {"per_day": per_day, "n": context["n_earlier"]})
    code = "volume_usual" if result.passed else "volume_unusual"
    return Message(code, {"per_day": per_day, **context, "typical": round(context["typical"], 1)})


def _rows_message(rule: Rule, result: RuleResult) -> Message:
    if result.n_checked == 0:
        return Message("nothing_to_check")
    values = {
        "n": result.n_unexpected,
        "n_checked": result.n_checked,
        "share": result.n_unexpected / result.n_checked,
        "tolerance": result.tolerance,
    }
    if rule.check == "share":
        return Message("few_quarantined" if result.passed else "many_quarantined", values)
    if result.n_unexpected == 0:
        return Message("every_row_kept_it", {"n_checked": result.n_checked})
    return Message("rows_within_tolerance" if result.passed else "rows_broke_it", values)

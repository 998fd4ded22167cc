"""Validates one staged delivery: rules in, results and findings out.

A rule that could not be evaluated is a failed finding of severity stop, whatever its own severity:
nothing passes because it was not looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.histories import VolumeHistory
from roi_pipeline.domain.loads import RuleResult, Validation
from roi_pipeline.domain.texts import Message
from roi_pipeline.quality import queries
from roi_pipeline.quality.rule import RULES_ARE_DECLARED, Rule, quoted, reference_of
from roi_pipeline.quality.rules import contract_rules, has_own_rules
from roi_pipeline.quality.running import (
    Batch,
    Outcome,
    Questions,
    first_failing_rows,
    open_batch,
    run_rules,
)
from roi_pipeline.quality.verdicts import finding_of

DELIVERIES_NEEDED = 3


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known of a delivery besides its rows."""

    contract: Contract
    incoming_table: str
    history: VolumeHistory
    as_of: date
    known_tables: frozenset[str]
    quarantined_while_reading: int
    duplicates_while_reading: int
    may_repeat: str

    @property
    def incoming(self) -> str:
        """The staged table as SQL."""
        return f"exports.{quoted(self.incoming_table)}"

    @property
    def typical_rows_per_day(self) -> float | None:
        """Median of the earlier deliveries; None while there are too few to compare with."""
        earlier = self.history.rows_per_day
        return median(earlier) if len(earlier) >= DELIVERIES_NEEDED else None

    def knows(self, table: str) -> bool:
        """Whether that export table is already in the warehouse."""
        return table in self.known_tables

    def refers_to_nothing(self, rule: Rule) -> bool:
        """Whether the rule refers to a table that has not been loaded yet."""
        if rule.check != "reference":
            return False
        table, _ = reference_of(self.contract.column(str(rule.column)))
        return table != self.contract.table and not self.knows(table)


def validate_export(
    database: Path,
    contract: Contract,
    *,
    incoming_table: str,
    history: VolumeHistory,
    as_of: date,
    known_tables: set[str],
    quarantined_while_reading: int = 0,
    duplicates_while_reading: int = 0,
    database_config: Mapping[str, Any] | None = None,
    may_repeat: str = "true",
) -> Validation:
    """Check the delivery staged in `exports.<incoming_table>` against its contract.

    Args:
        database: the warehouse file; what was staged must be committed. The caller may keep its
            own connection open in this process.
        contract: what the export has to look like.
        incoming_table: name of the staged table inside schema `exports`, without the schema.
        history: rows per day of the earlier deliveries.
        as_of: first day not yet seen.
        known_tables: export tables already loaded, without schema (`crm__clinics`).
        quarantined_while_reading: rows of this delivery already quarantined because a text could not
            be read as its type; they count towards the share of quarantined rows.
        duplicates_while_reading: rows of this delivery already dropped as exact duplicates; they
            were read, so the share of quarantined rows is of them too.
        database_config: the configuration the caller opened the file with, if any; DuckDB refuses a
            second connection with another one.
        may_repeat: SQL condition true of every staged row whose key another row has as well, where
            that is already known; without it every key is grouped.

    Raises:
        NeedsAHuman: there is no such staged table.
    """
    delivery = Delivery(
        contract,
        incoming_table,
        history,
        as_of,
        frozenset(name.removeprefix("exports.") for name in known_tables),
        quarantined_while_reading,
        duplicates_while_reading,
        may_repeat,
    )
    rules = contract_rules(contract)
    with open_batch(database, incoming_table, database_config) as batch:
        outcomes = run_rules(batch, _questions(rules, delivery))
        results = tuple(_result(rule, outcomes.get(rule.name), delivery, batch) for rule in rules)
    findings = [
        finding_of(rule, result, outcomes.get(rule.name), _context(rule, delivery))
        for rule, result in zip(rules, results, strict=True)
    ]
    if not has_own_rules(contract):
        findings.append(_no_rules(contract))
    return Validation(contract.table, results, tuple(findings))


def _questions(rules: Sequence[Rule], delivery: Delivery) -> Questions:
    askable = [rule for rule in rules if not delivery.refers_to_nothing(rule)]
    return Questions(
        rules=askable,
        contract=delivery.contract,
        incoming=delivery.incoming,
        own=_own_queries(askable, delivery),
        quarantined_while_reading=delivery.quarantined_while_reading,
        duplicates_while_reading=delivery.duplicates_while_reading,
        may_repeat=delivery.may_repeat,
    )


def _own_queries(rules: Sequence[Rule], delivery: Delivery) -> dict[str, str]:
    """Counting query of every rule that cannot share the one pass over the rows."""
    contract, own = delivery.contract, dict[str, str]()
    for rule in rules:
        match rule.check:
            case "reference":
                own[rule.name] = queries.reference(rule, _referenced(rule, delivery))
            case "columns_typed":
                own[rule.name] = queries.types(contract, delivery.incoming_table)
            case "freshness":
                own[rule.name] = _freshness(rule, delivery)
            case "volume":
                own[rule.name] = _volume(delivery)
            case _:
                pass
    return own


def _referenced(rule: Rule, delivery: Delivery) -> str:
    return queries.referenced_values(
        rule,
        delivery.contract,
        incoming=delivery.incoming,
        is_known=delivery.knows(delivery.contract.table),
    )


def _freshness(rule: Rule, delivery: Delivery) -> str:
    table = delivery.contract.table
    return queries.freshness(
        rule,
        days=int(delivery.contract.table_rules.freshness_days or 0),
        as_of=delivery.as_of,
        loaded=f"exports.{quoted(table)}" if delivery.knows(table) else None,
    )


def _volume(delivery: Delivery) -> str:
    rules, typical = delivery.contract.table_rules, delivery.typical_rows_per_day
    low, high = rules.volume_ratio or (0.0, 0.0)
    return queries.volume(
        day_column=rules.freshness_column,
        lowest=None if typical is None else low * typical,
        highest=None if typical is None else high * typical,
    )


def _result(rule: Rule, outcome: Outcome | None, delivery: Delivery, batch: Batch) -> RuleResult:
    found = outcome or Outcome(success=False)
    sql = _failing_rows_sql(rule, delivery) if found.n_unexpected and rule.value else ""
    rows = first_failing_rows(batch, sql, is_masked=rule.shows_people) if sql else ()
    return RuleResult(
        table=delivery.contract.table,
        rule=rule.name,
        kind=rule.kind,
        column=rule.column,
        severity="stop" if found.error is not None else rule.severity,
        passed=found.success,
        n_checked=found.n_checked,
        n_unexpected=found.n_unexpected,
        tolerance=rule.tolerance,
        expected=rule.expected,
        observed=found.error or found.observed,
        failing_rows_sql=sql,
        is_row_rule=rule.is_row_rule,
        comment=rule.comment,
        measure=found.measure,
        was_evaluated=outcome is not None and found.error is None,
        failing_rows=rows,
    )


def _failing_rows_sql(rule: Rule, delivery: Delivery) -> str:
    values = _referenced(rule, delivery) if rule.check == "reference" else ""
    return queries.failing_rows(
        rule, delivery.contract, incoming=delivery.incoming, values=values
    )  # fmt: skip


def _context(rule: Rule, delivery: Delivery) -> dict[str, Any]:
    """Figures a sentence about the table needs besides the counts."""
    table = delivery.contract.table_rules
    match rule.check:
        case "row_count":
            return {"needed": table.minimum_rows}
        case "freshness":
            return {"allowed_days": table.freshness_days}
        case "volume":
            low, high = table.volume_ratio or (0.0, 0.0)
            return {"typical": delivery.typical_rows_per_day, "lowest": low, "highest": high,
                    "n_earlier": len(delivery.history.rows_per_day)}  # fmt: skip
        case "reference":
            name, _ = reference_of(delivery.contract.column(str(rule.column)))
            return {"referenced": name}
        case _:
            return {}


def _no_rules(contract: Contract) -> Finding:
    return Finding(
        check=RULES_ARE_DECLARED,
        subject=f"exports.{contract.table}",
        passed=False,
        severity="note",
        message=Message("no_rules_ran", {"table": contract.table}),
    )

"""Rules → Great Expectations: native expectations where GX has them, one counting one elsewhere.

This module imports Great Expectations and is itself imported only when a validation runs.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
    ExpectColumnValuesToBeInSet,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.expect_table_columns_to_match_set import (
    ExpectTableColumnsToMatchSet,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.findings import Severity
from roi_pipeline.quality.rule import SOURCE_COLUMNS, Rule
from roi_pipeline.quality.rules import allowed_values

GX_SEVERITY: dict[Severity, FailureSeverity] = {
    "note": FailureSeverity.INFO,
    "warn": FailureSeverity.WARNING,
    "stop": FailureSeverity.CRITICAL,
}


class RowsBreakingARule(UnexpectedRowsExpectation):
    """Counts broken rows in the database instead of fetching them, and allows a tolerance.

    The query returns one row; `position` says which of its `checked_`/`unexpected_` pairs is meant.
    `already_unexpected` are rows found broken before the batch existed, `already_healthy` others read.
    Expectations with the same query share one metric, so GX runs it once for all of them.
    """

    position: int = 0
    tolerance: float = 0.0
    already_unexpected: int = 0
    already_healthy: int = 0
    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,  # noqa: ANN401 - GX's signature
    ) -> dict[str, Any]:
        del runtime_configuration, execution_engine
        counts: Mapping[str, Any] = metrics["unexpected_rows_query.table"][0]
        already = self.already_unexpected + self.already_healthy
        n_checked = int(counts[f"checked_{self.position}"]) + already
        n_unexpected = int(counts[f"unexpected_{self.position}"]) + self.already_unexpected
        result = {
            "element_count": n_checked,
            "unexpected_count": n_unexpected,
            "observed_value": counts.get("observed"),
            "measure": counts.get("measure"),
        }
        success = n_unexpected <= Decimal(str(self.tolerance)) * n_checked
        return {"success": success, "result": result}


def native_expectation(rule: Rule, contract: Contract) -> Expectation:
    """The expectation GX itself offers for this rule."""
    common: dict[str, Any] = {"meta": {"rule": rule.name}, "severity": GX_SEVERITY[rule.severity]}
    match rule.check:
        case "columns_present":
            names = [column.name for column in contract.columns]
            return ExpectTableColumnsToMatchSet(column_set=names, exact_match=False, **common)
        case "columns_known":
            names = [*(column.name for column in contract.columns), *SOURCE_COLUMNS]
            return ExpectTableColumnsToMatchSet(column_set=names, exact_match=True, **common)
        case "row_count":
            needed = contract.table_rules.minimum_rows
            return ExpectTableRowCountToBeBetween(min_value=needed, **common)
        case _:
            common["mostly"] = float(1 - Decimal(str(rule.tolerance)))
            return _column_expectation(rule, contract, common)


def _column_expectation(rule: Rule, contract: Contract, common: dict[str, Any]) -> Expectation:
    column = contract.column(str(rule.column))
    match rule.check:
        case "not_null":
            return ExpectColumnValuesToNotBeNull(column=column.name, **common)
        case "between":
            return ExpectColumnValuesToBeBetween(
                column=column.name,
                min_value=_number(column.minimum),
                max_value=_number(column.maximum),
                **common,
            )
        case _:
            values = allowed_values(column)
            return ExpectColumnValuesToBeInSet(column=column.name, value_set=values, **common)


def _number(bound: Decimal | None) -> int | float | None:
    if bound is None:
        return None
    return int(bound) if bound == bound.to_integral_value() else float(bound)


def counting_expectation(
    rule: Rule,
    query: str,
    *,
    position: int = 0,
    already_unexpected: int = 0,
    already_healthy: int = 0,
) -> Expectation:
    """The expectation for everything GX has no name for."""
    return RowsBreakingARule(
        unexpected_rows_query=query,
        position=position,
        tolerance=rule.tolerance,
        already_unexpected=already_unexpected,
        already_healthy=already_healthy,
        severity=GX_SEVERITY[rule.severity],
        meta={"rule": rule.name},
    )

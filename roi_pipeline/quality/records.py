"""Rows of `quality.rule_results`, the table the engines write and every later run reads back.

`RULE_RESULT_COLUMNS` names the columns with their DuckDB types, in the order of the tuples; one row
per run, export and rule, so (run_key, table_name, rule) is its key.
"""

from roi_pipeline.domain.loads import Validation

RULE_RESULT_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("run_key", "VARCHAR", "the run, sortable: runs compare in this order"),
    ("table_name", "VARCHAR", "export table without schema"),
    ("rule", "VARCHAR", "the rule's name, a sentence true when healthy"),
    ("kind", "VARCHAR", "schema, type, null, range, set, pattern, uniqueness, reference, …"),
    ("column_name", "VARCHAR", "column it is about; null for rows or the table as a whole"),
    ("severity", "VARCHAR", "note, warn or stop: how bad it is when broken"),
    ("passed", "BOOLEAN", "whether the sentence held, tolerance included"),
    ("was_evaluated", "BOOLEAN", "false when it could not be asked; it then did not pass"),
    ("n_checked", "BIGINT", "rows (or columns) it was asked of"),
    ("n_unexpected", "BIGINT", "rows (or columns) that broke it"),
    ("tolerance", "DOUBLE", "fraction of rows that may break it"),
    ("expected", "VARCHAR", "what a healthy export looks like, as an expression"),
    ("observed", "VARCHAR", "what was seen instead, or why it could not be evaluated"),
    ("measure", "DOUBLE", "figure behind observed: days, rows, rows per day"),
    ("is_row_rule", "BOOLEAN", "whether broken rows were quarantined"),
    ("failing_rows_sql", "VARCHAR", "query that listed them while the delivery was staged"),
)


def rule_result_rows(validation: Validation, run_key: str) -> list[tuple[object, ...]]:
    """One tuple per rule, in the columns of `RULE_RESULT_COLUMNS`."""
    return [
        (
            run_key, result.table, result.rule, result.kind, result.column, result.severity,
            result.passed, result.was_evaluated, result.n_checked, result.n_unexpected,
            result.tolerance, result.expected, result.observed, result.measure, result.is_row_rule,
            result.failing_rows_sql,
        )
        for result in validation.results
    ]  # fmt: skip

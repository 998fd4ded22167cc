"""Runs rules as one Great Expectations suite inside DuckDB and brings back plain outcomes.

Rules counted by SQL share one query, hence one pass over the table. When that query fails, each of
them is asked again on its own, so one broken rule cannot hide what the others found.
"""

import logging
import os
import re
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.loads import FailingRow
from roi_pipeline.domain.personal import shown_text
from roi_pipeline.quality import queries
from roi_pipeline.quality.rule import Rule

if TYPE_CHECKING:
    import sqlalchemy as sa
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import (
        EphemeralDataContext,
    )
    from great_expectations.data_context.types.base import DataContextConfig
    from great_expectations.expectations.expectation import Expectation

SHOWN_FAILING_ROWS = 10
ONE_AT_A_TIME = threading.RLock()  # GX keeps its project in a process-wide variable
SHARED_CHECKS = frozenset({"counted", "unique", "share"})
DRIVER_PREFIX = re.compile(r"^\(_?duckdb\.\w+\) ")
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule found; `error` says why it could not be evaluated."""

    success: bool
    n_checked: int = 0
    n_unexpected: int = 0
    observed: str = ""
    measure: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The staged delivery, open for one validation."""

    context: "EphemeralDataContext"
    definition: "BatchDefinition[Any]"
    engine: "sa.Engine"

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL as it stands on the connection GX uses."""
        with self.engine.connect() as connection:
            cursor = connection.exec_driver_sql(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.returns_rows else []


@contextmanager
def open_batch(
    database: Path, incoming_table: str, config: Mapping[str, Any] | None = None
) -> Iterator[Batch]:
    """Open the staged table for GX, quietly, and let the file go afterwards."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.datasource.fluent.interfaces import TestConnectionError
        from sqlalchemy.dialects import registry

        logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)
        registry.register("duckdb.roi", "roi_pipeline.quality.duckdb_dialect", "Dialect")
        context = gx.get_context(mode="ephemeral", project_config=_project_without_files())
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        address = f"duckdb+roi:///{quote(str(database), safe='/')}"
        options = {"connect_args": {"config": dict(config)}} if config else {}
        try:
            source = context.data_sources.add_sql(
                "warehouse",
                connection_string=address,
                kwargs=options,  # pyright: ignore[reportCallIssue] - for create_engine
            )
            asset = source.add_table_asset(
                "incoming", table_name=incoming_table, schema_name="exports"
            )
        except TestConnectionError as error:
            msg = (
                f"exports.{incoming_table} in {database} cannot be validated: {error}; "
                "stage the delivery and commit it first"
            )
            raise NeedsAHuman(msg) from error
        definition = asset.add_batch_definition_whole_table("all rows")
        engine = source.get_execution_engine().engine
        try:
            yield Batch(context, definition, engine)
        finally:
            engine.dispose()
            source.get_engine().dispose()


def _project_without_files() -> "DataContextConfig":
    """A project that lives in memory; GX's own default leaves a temporary folder behind."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
    )

    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    )


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask of a delivery.

    Attributes:
        incoming: the staged table as SQL.
        own: counting query of the rules that cannot share the one pass over the rows.
        quarantined_while_reading: rows quarantined before staging.
        duplicates_while_reading: rows dropped before staging as exact duplicates.
        may_repeat: SQL condition true of every row whose key another row has as well.
    """

    rules: Sequence[Rule]
    contract: Contract
    incoming: str
    own: Mapping[str, str]
    quarantined_while_reading: int = 0
    duplicates_while_reading: int = 0
    may_repeat: str = "true"

    def shared(self, rules: Sequence[Rule]) -> "list[Expectation]":
        """Expectations that share one query, hence one pass."""
        from roi_pipeline.quality.expectations import counting_expectation

        query = queries.counted(rules, self.contract, self.incoming, may_repeat=self.may_repeat)
        safe = queries.for_great_expectations(query)
        return [
            counting_expectation(
                rule,
                safe,
                position=position,
                already_unexpected=self.quarantined_while_reading if rule.check == "share" else 0,
                already_healthy=self.duplicates_while_reading if rule.check == "share" else 0,
            )
            for position, rule in enumerate(rules)
        ]

    def single(self, rule: Rule) -> "Expectation":
        """The expectation of a rule that is asked on its own, or that GX has ready-made."""
        from roi_pipeline.quality.expectations import counting_expectation, native_expectation

        if rule.name in self.own:
            query = queries.for_great_expectations(self.own[rule.name])
            return counting_expectation(rule, query)
        return native_expectation(rule, self.contract)


def run_rules(batch: Batch, questions: Questions) -> dict[str, Outcome]:
    """Outcome of every rule, by its name."""
    together = [rule for rule in questions.rules if rule.check in SHARED_CHECKS]
    rest = [rule for rule in questions.rules if rule.check not in SHARED_CHECKS]
    suite = [*questions.shared(together), *(questions.single(rule) for rule in rest)]
    outcomes = _run_suite(batch, suite, "together")
    again = [rule for rule in together if outcomes[rule.name].error is not None]
    if len(together) > 1 and again:
        retried = [expectation for rule in again for expectation in questions.shared([rule])]
        outcomes |= _run_suite(batch, retried, "one by one")
    return outcomes


def _run_suite(batch: Batch, expectations: list["Expectation"], name: str) -> dict[str, Outcome]:
    import great_expectations as gx

    suite = batch.context.suites.add(gx.ExpectationSuite(name, expectations=expectations))
    validation = batch.context.validation_definitions.add(
        gx.ValidationDefinition(name=name, data=batch.definition, suite=suite)
    )
    report = validation.run(result_format=RESULT_FORMAT)
    return {_rule_name(found): _outcome(found) for found in report.results}


def _rule_name(found: "ExpectationValidationResult") -> str:
    """The rule an outcome belongs to; GX does not keep the order of the suite."""
    config = found.expectation_config
    return str(config.meta["rule"]) if config is not None and config.meta else ""


def _outcome(found: "ExpectationValidationResult") -> Outcome:
    error = _error(found.exception_info)
    if error is not None:
        return Outcome(success=False, error=error)
    result = found.result
    if "unexpected_count" not in result:
        return _table_outcome(bool(found.success), result)
    n_checked = int(result.get("element_count") or 0) - int(result.get("missing_count") or 0)
    measure = result.get("measure")
    return Outcome(
        success=bool(found.success),
        n_checked=n_checked,
        n_unexpected=int(result["unexpected_count"] or 0),
        observed=str(result.get("observed_value") or ""),
        measure=None if measure is None else float(measure),
    )


def _table_outcome(success: bool, result: Mapping[str, Any]) -> Outcome:  # noqa: FBT001
    """Outcome of GX's own expectations about the table: its columns or its number of rows."""
    seen = result.get("observed_value")
    if isinstance(seen, int):
        return Outcome(success, 1, int(not success), str(seen), float(seen))
    mismatched = (result.get("details") or {}).get("mismatched") or {}
    rule_is_about = "missing" if mismatched.get("missing") else "unexpected"
    names = [] if success else sorted(str(name) for name in mismatched.get(rule_is_about) or ())
    return Outcome(success, len(seen or ()), len(names), ", ".join(names))


def _error(info: Mapping[str, Any] | None) -> str | None:
    """First line of what went wrong; GX's information is flat or one entry per metric."""
    entries = [info or {}, *(entry for entry in (info or {}).values() if isinstance(entry, dict))]
    raised = [str(e.get("exception_message")) for e in entries if e.get("raised_exception")]
    if not raised:
        return None
    first = min(raised).strip().partition("\n")[0]
    return DRIVER_PREFIX.sub("", first)


def first_failing_rows(batch: Batch, sql: str, *, is_masked: bool) -> tuple[FailingRow, ...]:
    """The first few rows a failing-rows query lists, by file and row number."""
    limited = queries.first_rows_of(sql, limit=SHOWN_FAILING_ROWS)
    return tuple(
        FailingRow(str(file_id), int(number), _shown(value, is_masked=is_masked))
        for file_id, number, value in batch.execute(limited)
    )


def _shown(value: str | None, *, is_masked: bool) -> str | None:
    if value is None:
        return None
    return "•••" if is_masked else shown_text(str(value))

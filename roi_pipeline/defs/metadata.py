"""Turns domain values into Dagster metadata and check results worth looking at."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeAlias

import dagster as dg

from roi_pipeline.domain.effects import Effect, Inconclusive, ModuleEffects
from roi_pipeline.domain.errors import RoiError, TryAgain
from roi_pipeline.domain.feeds import Feed
from roi_pipeline.domain.findings import Finding, Severity
from roi_pipeline.domain.loads import FileLoad, RuleResult
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.usecases.drift import JudgedCategories
from roi_pipeline.usecases.facts import Built
from roi_pipeline.usecases.unchanged import Noted, noting_steps

SEVERITIES: dict[Severity, dg.AssetCheckSeverity] = {
    "stop": dg.AssetCheckSeverity.ERROR,
    "warn": dg.AssetCheckSeverity.WARN,
    "note": dg.AssetCheckSeverity.WARN,
}
LONGEST_CELL = 60  # of a preview; messages and reasons are shown in full
VERSION_LENGTH = 16
Cell = str | int | float | bool | None
Results: TypeAlias = Iterator[dg.MaterializeResult | dg.AssetCheckResult]


@contextmanager
def dagster_errors() -> Iterator[list[Noted]]:
    """At the boundary to Dagster: retry what may pass later, fail at once what cannot.

    Yields the steps looked at inside, for `materialised`.
    """
    try:
        with noting_steps() as noted:
            yield noted
    except TryAgain as error:
        raise dg.RetryRequested(max_retries=3, seconds_to_wait=20) from error
    except RoiError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def markdown_table(
    names: Sequence[str], rows: Iterable[Sequence[object]], *, longest: int | None = None
) -> dg.MetadataValue:
    """A table that the UI opens on its own page; cells in full, or cut to the `longest` length."""

    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        return text.replace("\n", " ")[:longest].replace("|", "\\|")

    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return dg.MetadataValue.md("\n".join(lines))


def table_of(names: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.TableMetadataValue:
    """A table that stands beside the result of a check, every cell in full."""

    def cell(value: object) -> Cell:
        return value if value is None or isinstance(value, str | int | float) else str(value)

    records = [
        dg.TableRecord({name: cell(each) for name, each in zip(names, row, strict=True)})
        for row in rows
    ]
    schema = dg.TableSchema([dg.TableColumn(name) for name in names])
    return dg.MetadataValue.table(records, schema)


def materialised(
    noted: Sequence[Noted],
    metadata: Mapping[str, Any],
    *,
    check_results: Sequence[dg.AssetCheckResult] = (),
) -> Results:
    """A result with what the UI shows of it: whether it stands unchanged, and its data version.

    Checks come after it and not inside: of those inside, Dagster looks up twice what they are of.
    """
    news, version = dict[str, Any](), None
    if noted:
        news["unchanged"] = dg.MetadataValue.bool(all(each.is_unchanged for each in noted))
        version = dg.DataVersion(noted[-1].step.fingerprint[:VERSION_LENGTH])
    yield dg.MaterializeResult(metadata={**news, **metadata}, data_version=version)
    yield from check_results


def table_metadata(made: Built) -> dict[str, dg.MetadataValue | dg.TableSchema]:
    """Row count, described columns and a preview of a table."""
    built = made.table
    columns = [
        dg.TableColumn(name, kind, description=comment or None)
        for name, kind, comment in built.columns
    ]
    return {
        "dagster/row_count": dg.MetadataValue.int(built.rows),
        "dagster/table_name": dg.MetadataValue.text(built.table),
        "dagster/column_schema": dg.TableSchema(columns),
        "preview": markdown_table(made.names, made.rows, longest=LONGEST_CELL),
    }


def load_metadata(
    loads: Sequence[FileLoad], refused: Sequence[tuple[str, str, int]]
) -> dict[str, dg.MetadataValue]:
    """Rows read, loaded and refused per file and by reason."""
    return {
        "rows_read": dg.MetadataValue.int(sum(load.rows_read for load in loads)),
        "rows_loaded": dg.MetadataValue.int(sum(load.rows_loaded for load in loads)),
        "rows_quarantined": dg.MetadataValue.int(sum(load.rows_quarantined for load in loads)),
        "rows_duplicate": dg.MetadataValue.int(sum(load.rows_duplicate for load in loads)),
        "files": markdown_table(
            ["file", "status", "encoding", "read", "loaded", "quarantined", "duplicate", "error"],
            [
                [load.path, load.status, load.encoding, load.rows_read, load.rows_loaded,
                 load.rows_quarantined, load.rows_duplicate, load.error]
                for load in loads
            ],
        ),
        "refused_by_reason": markdown_table(["rule", "column", "rows"], refused),
    }  # fmt: skip


def rule_check(key: dg.AssetKey, result: RuleResult) -> dg.AssetCheckResult:
    """One validation rule as an asset check."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=result.rule,
        passed=result.passed,
        severity=SEVERITIES[result.severity],
        description=result.expected,
        metadata={
            "rows_checked": result.n_checked,
            "rows_unexpected": result.n_unexpected,
            "tolerance": result.tolerance,
            "observed": result.observed or "—",
            **_failing_rows(result),
        },
    )


def _failing_rows(result: RuleResult) -> dict[str, dg.MetadataValue]:
    """The first rows that broke a rule, and the query that lists them all; nothing where none did."""
    rows = [[row.source_file_id, row.source_row_number, row.value] for row in result.failing_rows]
    sql = result.failing_rows_sql
    return {
        **({"failing_rows": table_of(["file", "row", "value"], rows)} if rows else {}),
        **({"failing_rows_sql": dg.MetadataValue.md(f"```sql\n{sql}\n```")} if sql else {}),
    }


def finding_check(
    key: dg.AssetKey, name: str, findings: Sequence[Finding], *, error: str = ""
) -> dg.AssetCheckResult:
    """Several findings under one check name: passed when none of them is worse than a note.

    With an `error` it is one, and that is what it says.
    """
    failed = [item for item in findings if not item.passed and item.severity != "note"]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
        description=error or None,
        metadata={
            "findings": table_of(
                ["check", "subject", "passed", "severity", "why"],
                [
                    [item.check, item.subject, item.passed, item.severity, item.message]
                    for item in findings
                ],
            )
        },
    )


def sample_ratio_check(
    key: dg.AssetKey, name: str, findings: Sequence[Finding]
) -> dg.AssetCheckResult:
    """Group sizes held against the plan: an error where a comparison is refused for them."""
    off = [str(item.message) for item in findings if item.stops]
    return finding_check(key, name, findings, error="\n".join(dict.fromkeys(off)))


def categories_check(key: dg.AssetKey, name: str, judged: JudgedCategories) -> dg.AssetCheckResult:
    """The mix of a watched column; one that cannot be judged yet has not failed, and says so."""
    drift, watch = judged.drift, judged.watch
    found: dict[str, Any] = {"state": "not enough rows"}
    if drift is not None:
        found = {
            "state": "drifted" if drift.has_drifted else "as usual",
            "category": drift.category,
            "share": drift.share,
            "usual_share": drift.usual_share,
            "shift": drift.shift,
            "p_value": drift.p_value,
            "rows": drift.rows,
            "periods": drift.periods,
        }
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not judged.has_drifted,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"the mix of {watch.column}, by {watch.every}; tolerated: {watch.smallest_shift:g}",
        metadata={
            "first_day": str(judged.period.start),
            "last_day": str(judged.period.end - timedelta(days=1)),
            **found,
        },
    )


def feed_check(key: dg.AssetKey, name: str, feed: Feed) -> dg.AssetCheckResult:
    """Which days of a source are there: an error when it is dead, a warning for gaps before that."""
    gaps = [
        *((gap, "missing") for gap in feed.missing),
        *([(feed.late, "late")] if feed.late else []),
    ]
    windows = [[gap.start, gap.end - timedelta(days=1), gap.days, state] for gap, state in gaps]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=feed.state in {"arrived", "late"},
        severity=dg.AssetCheckSeverity.ERROR if feed.is_stale else dg.AssetCheckSeverity.WARN,
        description=f"expected every {feed.every}; days of tolerance: {feed.tolerance_days}",
        metadata={
            "state": feed.state,
            "newest_day": str(feed.newest or "—"),
            "expected": feed.n_expected,
            "arrived": feed.n_arrived,
            "next_due": str(feed.next_due),
            "days_without_rows": table_of(["first", "last", "days", "state"], windows),
        },
    )


def effect_metadata(effects: ModuleEffects) -> dict[str, dg.MetadataValue]:
    """The effects of a module as a table and as counts."""
    rows = list[list[Cell]]()
    for metric_id, outcome in sorted(effects.outcomes.items()):
        match outcome:
            case Effect():
                interval = f"{outcome.lower:.4g} … {outcome.upper:.4g}"
                rows.append([metric_id, f"{outcome.estimate:.4g}", interval, outcome.grade, outcome.design])  # fmt: skip
            case Inconclusive():
                rows.append([metric_id, "—", str(outcome.reason), "", ""])
    known = sum(isinstance(outcome, Effect) for outcome in effects.outcomes.values())
    return {
        "effects": markdown_table(
            ["metric", "change", "interval or reason", "grade", "design"], rows
        ),
        "metrics_with_an_effect": dg.MetadataValue.int(known),
        "metrics_inconclusive": dg.MetadataValue.int(len(effects.outcomes) - known),
    }


def value_metadata(value: ModuleValue) -> dict[str, dg.MetadataValue]:
    """ROI, rating and the lines of the rated statement."""
    returns = value.rated.returns
    lines = [
        *([cost.id, "cost", cost.category, f"-{cost.amount:.2f}", ""] for cost in value.rated.costs),
        *(
            [line.id, "benefit", line.category, "—" if line.amount is None else f"{line.amount:.2f}",
             line.grade or ""]
            for line in value.rated.benefits
        ),
    ]  # fmt: skip
    figures = {} if returns.roi is None else {"roi": dg.MetadataValue.float(float(returns.roi))}
    return {
        **figures,
        "rating": dg.MetadataValue.text(
            f"{value.rating.status} {value.rating.grade or ''}".strip()
        ),
        "action": dg.MetadataValue.text(value.decision.action),
        "benefits": dg.MetadataValue.float(float(returns.benefits)),
        "costs": dg.MetadataValue.float(float(returns.costs)),
        "lines": markdown_table(["line", "kind", "category", value.rated.currency, "grade"], lines),
    }

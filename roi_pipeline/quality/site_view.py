"""What the validation site shows, decided before any template runs: the templates only lay out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from roi_pipeline.domain.findings import SEVERITIES, Finding
from roi_pipeline.domain.histories import QuarantinedRow, RuleRun
from roi_pipeline.domain.loads import FileLoad, RuleResult, Validation
from roi_pipeline.domain.personal import shown_value
from roi_pipeline.domain.texts import Message
from roi_pipeline.quality.sentences import Words
from roi_pipeline.quality.site_shapes import (
    WORST_FIRST,
    Accounting,
    FileView,
    ReasonView,
    RuleView,
    RunView,
    SourceView,
    Verdict,
    is_unchanged,
)
from roi_pipeline.quality.sparkline import share_broken, sparkline

SHOWN_QUARANTINED = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the site is made from."""

    validations: Sequence[Validation]
    file_loads: Sequence[FileLoad]
    quarantine_rows: Sequence[QuarantinedRow]
    history: Sequence[RuleRun]

    @property
    def tables(self) -> list[str]:
        """Every export anything is known of."""
        named = (*self.validations, *self.file_loads, *self.quarantine_rows)
        return sorted({item.table for item in named})


def page_of(table: str) -> str:
    """File name of a source's page; only letters that are safe in every file system.

    >>> page_of("crm__../x")
    'crm__---x.html'
    """
    return re.sub(r"[^\w-]", "-", table) + ".html"


def source_views(evidence: Evidence, words: Words) -> tuple[SourceView, ...]:
    """One view per export: the worst first, then by name."""
    views = [_source_view(table, evidence, words) for table in evidence.tables]
    return tuple(sorted(views, key=lambda view: (WORST_FIRST.index(view.verdict), view.table)))


def accounting(files: Sequence[FileLoad] | Sequence[FileView]) -> Accounting:
    """Sum over files."""
    rows = [_rows_of(file) for file in files]
    return Accounting(
        sum(row.read for row in rows),
        sum(row.loaded for row in rows),
        sum(row.quarantined for row in rows),
        sum(row.duplicate for row in rows),
        sum(row.refused for row in rows),
    )


def _rows_of(file: FileLoad | FileView) -> Accounting:
    if isinstance(file, FileView):
        return file.rows
    accounted = file.rows_loaded + file.rows_quarantined + file.rows_duplicate
    return Accounting(
        read=file.rows_read,
        loaded=file.rows_loaded,
        quarantined=file.rows_quarantined,
        duplicate=file.rows_duplicate,
        refused=max(0, file.rows_read - accounted) if file.status == "refused" else 0,
    )


def _source_view(table: str, evidence: Evidence, words: Words) -> SourceView:
    validation = next((v for v in evidence.validations if v.table == table), None)
    loads = sorted((f for f in evidence.file_loads if f.table == table), key=lambda f: f.file_id)
    files = tuple(_file_view(load) for load in loads)
    runs = [run for run in evidence.history if run.table == table]
    rules = _rule_views(validation, runs, words)
    findings = validation.findings if validation else ()
    freshness = _about(findings, "data_are_fresh")
    volume = _about(findings, "volume_is_like_earlier_deliveries")
    quarantined = [row for row in evidence.quarantine_rows if row.table == table]
    return SourceView(
        table=table,
        page=page_of(table),
        verdict=_source_verdict(validation, files),
        files=files,
        rows=accounting(loads),
        rules=rules,
        freshness=words.sentence(freshness.message) if freshness else "",
        freshness_verdict=_verdict(freshness),
        volume=words.sentence(volume.message) if volume else "",
        volume_verdict=_verdict(volume),
        notes=_notes(validation, words),
        quarantine=_reasons(quarantined, words),
    )


def _about(findings: Sequence[Finding], check: str) -> Finding | None:
    return next((finding for finding in findings if finding.check == check), None)


def _verdict(finding: Finding | RuleResult | RuleRun | None) -> Verdict:
    if finding is None:
        return "none"
    return "ok" if finding.passed else finding.severity


def _source_verdict(validation: Validation | None, files: Sequence[FileView]) -> Verdict:
    """The worst of what the rules and the files say; a source nobody checked is not healthy."""
    verdicts: set[Verdict] = {file.verdict for file in files}
    if validation is None:
        verdicts.add("none")
    else:
        verdicts |= {_verdict(finding) for finding in validation.findings}
    if validation is None and is_unchanged(files):
        return "ok"
    return _worst(verdicts)


def _worst(verdicts: set[Verdict]) -> Verdict:
    return min(verdicts, key=WORST_FIRST.index) if verdicts else "none"


def _file_view(load: FileLoad) -> FileView:
    verdict: Verdict = "stop" if load.status in {"refused", "unreadable"} else "ok"
    return FileView(
        path=shown_value(load.path),
        status=load.status,
        verdict=verdict if _rows_of(load).is_balanced else "stop",
        rows=_rows_of(load),
        superseded=load.rows_superseded,
        encoding=load.encoding,
        sha256=load.sha256,
        error=shown_value(load.error, limit=600) if load.error else "",
    )


def _notes(validation: Validation | None, words: Words) -> tuple[str, ...]:
    """Findings that belong to no rule, such as that no rules ran."""
    if validation is None:
        return ()
    rules = {result.rule for result in validation.results}
    return tuple(words.sentence(f.message) for f in validation.findings if f.check not in rules)


def _rule_views(
    validation: Validation | None, runs: Sequence[RuleRun], words: Words
) -> tuple[RuleView, ...]:
    if validation is None:
        return ()
    messages = {finding.check: finding.message for finding in validation.findings}
    views = [
        _rule_view(result, messages.get(result.rule), _runs_of(result.rule, runs), words)
        for result in validation.results
    ]
    return tuple(sorted(views, key=lambda view: WORST_FIRST.index(view.verdict)))


def _runs_of(rule: str, runs: Sequence[RuleRun]) -> list[RuleRun]:
    return sorted((run for run in runs if run.rule == rule), key=lambda run: run.run_key)


def _rule_view(
    result: RuleResult, message: Message | None, runs: list[RuleRun], words: Words
) -> RuleView:
    share = result.n_unexpected / result.n_checked if result.n_checked else 0.0
    rows = tuple(
        (row.source_file_id, words.numbers.count(row.source_row_number), shown_value(row.value))
        for row in result.failing_rows
    )
    widest = max(share, result.tolerance, 1e-9)
    return RuleView(
        anchor=re.sub(r"[^\w-]", "-", result.rule),
        name=result.rule,
        sentence=words.rule(result),
        comment=result.comment,
        verdict=_verdict(result),
        severity=result.severity,
        message=words.sentence(message) if message else "",
        expected=result.expected,
        observed=shown_value(result.observed, limit=600) if result.observed else "",
        checked=words.numbers.count(result.n_checked),
        broken=words.numbers.count(result.n_unexpected),
        share=words.numbers.share(share),
        tolerance=words.numbers.share(result.tolerance),
        share_width=f"{100 * share / widest:.2f}",
        tolerance_width=f"{100 * result.tolerance / widest:.2f}",
        rows=rows,
        n_more=result.n_unexpected - len(rows) if rows else 0,
        sql=result.failing_rows_sql,
        spark=_spark(runs, words),
        runs=tuple(_run_view(run, words) for run in reversed(runs)),
        has_meter=result.tolerance > 0 and result.n_unexpected > 0,
        was_evaluated=result.was_evaluated,
    )


def _spark(runs: list[RuleRun], words: Words) -> str:
    if not runs:
        return ""
    n_passed = sum(run.passed for run in runs)
    label = f"{words.labels['history']}: {n_passed} / {len(runs)} {words.labels['passed']}"
    return sparkline(runs, label=escape(label))


def _run_view(run: RuleRun, words: Words) -> RunView:
    return RunView(
        run=run.run_key,
        verdict=_verdict(run),
        checked=words.numbers.count(run.n_checked),
        broken=words.numbers.count(run.n_unexpected),
        share=words.numbers.share(share_broken(run)),
    )


def _reasons(rows: Sequence[QuarantinedRow], words: Words) -> tuple[ReasonView, ...]:
    ordered = sorted(rows, key=lambda r: (r.reason, r.file_id, r.row_number, r.column or ""))
    views = [
        _reason_view(reason, list(grouped), words)
        for reason, grouped in groupby(ordered, key=lambda row: row.reason)
    ]
    return tuple(sorted(views, key=lambda view: (-view.n, view.reason)))


def _reason_view(reason: str, rows: list[QuarantinedRow], words: Words) -> ReasonView:
    shown = tuple(
        (
            row.file_id,
            words.numbers.count(row.row_number),
            row.column or words.labels["whole_row"],
            shown_value(row.value, is_person=row.is_person),
        )
        for row in rows[:SHOWN_QUARANTINED]
    )
    return ReasonView(reason, len(rows), shown)


def worst_verdict(sources: Sequence[SourceView]) -> Verdict:
    """The verdict the whole delivery deserves: that of its worst source."""
    return _worst({source.verdict for source in sources})


def n_failed(sources: Sequence[SourceView]) -> dict[str, int]:
    """Number of failed rules of all sources by severity, and of passed ones under `ok`."""
    kinds: tuple[Verdict, ...] = (*reversed(SEVERITIES), "ok")
    return {kind: sum(source.failed(kind) for source in sources) for kind in kinds}

"""The vendor's claims beside what was measured, with the smallest change that could be seen."""

from roi_pipeline.domain.statements import ClaimAudit
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import Cell, Column, Section, Table, Tone
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import ModuleContext
from roi_pipeline.reporting.sections.pool import target_text

CLAIM_TONES: dict[str, Tone] = {
    "at_least": "good",
    "consistent": "good",
    "smaller": "warn",
    "no_effect": "quiet",
    "contradicted": "bad",
    "cannot_tell": "quiet",
}


def claims_section(context: ModuleContext) -> Section | None:
    """Every claim with its verdict; nothing when the vendor claimed nothing."""
    say = context.voice
    if not context.value.claims:
        return None
    columns = (
        Column(say.word("claims.claim")),
        Column(say.word("claims.measured"), "end"),
        Column(say.word("claims.detectable"), "end"),
        Column(say.word("claims.verdict")),
    )
    rows = tuple(_row(context, audit) for audit in context.value.claims)
    table = Table("claims", say.word("claims.caption"), columns, rows, is_sortable=True)
    return Section("claims", say.word("section.claims"), (table,), say.word("claims.lead"))


def _row(context: ModuleContext, audit: ClaimAudit) -> tuple[Cell, ...]:
    say, numbers, metric = context.voice, context.numbers, context.metric(audit.metric_id)
    source = next((c.source for c in context.module.claims if c.id == audit.claim_id), "")
    name = context.metric_name(audit.metric_id)
    if metric is None:
        claim, measured, detectable = numbers.number(audit.claimed), NONE, NONE
    else:
        claim = target_text(context, audit.kind, audit.claimed, metric)
        measured = _figure(context, audit.kind, audit.measured, metric.id)
        detectable = _figure(context, audit.kind, audit.smallest_detectable, metric.id)
    ends = (audit.measured_lower, audit.measured_upper)
    span = ""
    if None not in ends:
        span = numbers.span(*(_figure(context, audit.kind, end, audit.metric_id) for end in ends))
    verdict = Cell(
        say.name("claim", audit.verdict),
        note=say.sentence(audit.reason),
        tone=CLAIM_TONES[audit.verdict],
        chip=True,
    )
    return (
        Cell(f"{name} {claim}", note=plain(source)),
        Cell(measured, note=span),
        Cell(detectable),
        verdict,
    )


def _figure(context: ModuleContext, kind: str, value: float | None, metric_id: str) -> str:
    """A measured figure in the terms of the claim it stands beside."""
    metric = context.metric(metric_id)
    if value is None or metric is None:
        return NONE
    if kind == "relative":
        return context.numbers.percent(value, signed=True)
    if kind == "absolute":
        return context.numbers.change(value, metric.unit)
    return context.numbers.value(value, metric.unit)

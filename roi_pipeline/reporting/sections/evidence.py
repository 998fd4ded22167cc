"""How sure we are: the ladder A to E, designs considered and why, diagnostics, splits by group."""

from collections.abc import Sequence
from itertools import pairwise

from roi_pipeline.domain.effects import GRADES, Effect, Inconclusive, Plan, Split
from roi_pipeline.domain.findings import SEVERITIES, Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import (
    Block,
    Bullets,
    Cell,
    Column,
    EventChart,
    Figure,
    Figures,
    Fold,
    Ladder,
    Prose,
    Rung,
    Section,
    Table,
    Tone,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.baselines import baseline_blocks
from roi_pipeline.reporting.sections.cohorts import cohort_blocks
from roi_pipeline.reporting.sections.context import ModuleContext
from roi_pipeline.reporting.sections.intervals import count_blocks, interval_blocks
from roi_pipeline.reporting.sections.offers import offer_blocks
from roi_pipeline.reporting.sections.returns import return_blocks

FEWEST_POINTS = 4
PERIODS = {1: "day", 7: "week"}
MONTH = 27
# A check of the money that repeats what a check of the effect has found already.
SAID_BY = {"effect_is_at_most_50_percent": "change_is_plausible"}
SEVERITY_TONES: dict[str, Tone] = {"note": "quiet", "warn": "warn", "stop": "bad"}


def evidence_section(context: ModuleContext) -> Section:
    """The ladder with what stands on each rung, and the checks that raised a warning."""
    say = context.voice
    blocks: list[Block] = [_ladder(context)]
    loud = warnings_of(context)
    if loud:
        blocks.append(_findings(context, loud, "findings"))
    return Section("evidence", say.word("section.evidence"), tuple(blocks))


def evidence_details_section(context: ModuleContext) -> Section | None:
    """What stands behind the grades: effects by time, groups, baselines, designs considered."""
    say = context.voice
    blocks: list[Block] = []
    raises = raise_grade_sentences(context)
    if raises:
        blocks.append(Bullets(raises, say.word("evidence.raise")))
    quiet = [f for f in all_findings(context) if not f.passed and f.severity == "note"]
    if quiet:
        blocks.append(_findings(context, quiet, "notes"))
    blocks.extend(count_blocks(context))
    blocks.extend(interval_blocks(context))
    blocks.extend(_events(context))
    blocks.extend(offer_blocks(context))
    blocks.extend(return_blocks(context))
    blocks.extend(cohort_blocks(context))
    blocks.extend(baseline_blocks(context))
    blocks.extend(_splits(context))
    plans = _plans(context)
    if plans:
        blocks.append(Fold(say.word("evidence.designs"), plans))
    if not blocks:
        return None
    return Section("evidence-details", say.word("section.evidence_details"), tuple(blocks))


def raise_grade_sentences(context: ModuleContext) -> tuple[str, ...]:
    """What would give better evidence next cycle, each sentence once under its metrics."""
    say, metrics = context.voice, dict[str, list[str]]()
    for _, metric, outcome in context.pool_outcomes():
        if outcome.plan and outcome.plan.raise_grade:
            sentence = say.sentence(outcome.plan.raise_grade)
            metrics.setdefault(sentence, []).append(context.metric_name(metric.id))
    comma, colon = say.word("common.comma"), say.word("common.colon")
    return tuple(f"{comma.join(names)}{colon}{text}" for text, names in metrics.items())


def all_findings(context: ModuleContext) -> list[Finding]:
    """Diagnostics of the module, its metrics and its money, each once."""
    found: dict[tuple[str, str, str], Finding] = {}
    groups: list[Sequence[Finding]] = [context.inputs.effects.findings, context.value.findings]
    groups += [outcome.findings for _, _, outcome in context.pool_outcomes()]
    for finding in (item for group in groups for item in group):
        found[(finding.subject, finding.check, str(finding.message))] = finding
    failed = {(f.subject, f.check) for f in found.values() if not f.passed}
    return [f for f in found.values() if (f.subject, SAID_BY.get(f.check)) not in failed]


def warnings_of(context: ModuleContext) -> list[Finding]:
    """The checks that raised a warning or stopped a figure; notes are none."""
    return [f for f in all_findings(context) if not f.passed and f.severity != "note"]


def _ladder(context: ModuleContext) -> Ladder:
    say, held = context.voice, dict[str, list[str]]()
    unanswered = []
    for _, metric, outcome in context.pool_outcomes():
        name = context.metric_name(metric.id)
        if isinstance(outcome, Effect):
            design = say.name("design", outcome.design)
            named = say.word("numbers.in_brackets", x=name, y=design)
            held.setdefault(outcome.grade, []).append(named)
        else:
            unanswered.append(name)
    rungs = tuple(
        Rung(grade, say.word(f"grade.{grade}"), grade in held, tuple(held.get(grade, ())))
        for grade in GRADES
    )
    note = ""
    if unanswered:
        names = say.word("common.comma").join(unanswered)
        note = say.word("evidence.unanswered", metrics=names)
    return Ladder(rungs, note)


def _findings(context: ModuleContext, failed: list[Finding], table_id: str) -> Table:
    """Each sentence once, with all it was said of."""
    say, said = context.voice, dict[tuple[str, str], list[Finding]]()
    for finding in sorted(failed, key=lambda item: -SEVERITIES.index(item.severity)):
        said.setdefault((finding.severity, say.sentence(finding.message)), []).append(finding)
    rows = tuple(
        (
            Cell(say.word(f"severity.{severity}"), tone=_tone(alike[0]), chip=True),
            Cell(text, code=_subjects(alike)),
        )
        for (severity, text), alike in said.items()
    )
    columns = (Column(say.word("evidence.severity")), Column(say.word("evidence.finding")))
    return Table(table_id, say.word(f"evidence.{table_id}"), columns, rows)


def _subjects(alike: Sequence[Finding]) -> str:
    """What each check was about, the check named once."""
    found: dict[str, list[str]] = {}
    for finding in alike:
        found.setdefault(finding.check, []).append(finding.subject)
    parts = (f"{check} · {', '.join(dict.fromkeys(names))}" for check, names in found.items())
    return plain("; ".join(parts))


def _tone(finding: Finding) -> Tone:
    return SEVERITY_TONES[finding.severity]


def _plans(context: ModuleContext) -> tuple[Block, ...]:
    """Each distinct plan once, under the metrics it served."""
    say, plans = context.voice, dict[tuple[object, ...], tuple[Plan, list[str]]]()
    for _, metric, outcome in context.pool_outcomes():
        if outcome.plan is not None:
            key = tuple((c.design, c.is_chosen, str(c.reason)) for c in outcome.plan.considered)
            plans.setdefault(key, (outcome.plan, []))[1].append(context.metric_name(metric.id))
    columns = (
        Column(say.word("evidence.design")),
        Column(say.word("evidence.choice")),
        Column(say.word("common.reason")),
    )
    tables = []
    for number, (plan, metrics) in enumerate(plans.values(), 1):
        rows = tuple(
            (
                Cell(say.name("design", item.design)),
                Cell(
                    say.word("evidence.chosen" if item.is_chosen else "evidence.refused"),
                    tone="good" if item.is_chosen else "quiet",
                    chip=item.is_chosen,
                ),
                Cell(say.sentence(item.reason)),
            )
            for item in plan.considered
        )
        caption = say.word("evidence.plan_for", metrics=say.word("common.comma").join(metrics))
        tables.append(Table(f"plan-{number}", caption, columns, rows))
    return tuple(tables)


def _events(context: ModuleContext) -> list[Block]:
    """The effect on each goal by time since go-live; before it, it should lie around zero."""
    figures = tuple(
        event_figure(context, metric, outcome)
        for entry, metric, outcome in context.pool_outcomes()
        if entry.role == "goal"
        and isinstance(outcome, Effect)
        and len(outcome.event_study) >= FEWEST_POINTS
    )
    return [Figures(figures)] if figures else []


def event_figure(context: ModuleContext, metric: Metric, effect: Effect) -> Figure:
    """One goal's effect by time since go-live, the placebo periods before it beside it."""
    say, numbers, name = context.voice, context.numbers, context.metric_name(metric.id)
    points = effect.event_study
    before = [p for p in points if p.periods_since_go_live < 0]
    after = [p for p in points if p.periods_since_go_live >= 0]
    chart = EventChart(
        id=f"events-{metric.id}",
        title=say.word("chart.events", metric=name),
        unit=numbers.symbol if metric.unit == "money" else say.word(_unit_word(metric)),
        axis=say.word(f"chart.since_{period_word(effect)}"),
        points=tuple((p.periods_since_go_live, p.estimate, p.lower, p.upper) for p in points),
        go_live_label=say.word("chart.go_live"),
        before_label=say.word("chart.events_before"),
        after_label=say.word("chart.events_after"),
        scale=100.0 if metric.unit == "rate" else 1.0,
    )
    alt = say.word(
        "chart.events_alt",
        metric=name,
        n=numbers.count(len(before)),
        zero=numbers.count(sum(p.lower <= 0 <= p.upper for p in before)),
        first=numbers.change(after[0].estimate, metric.unit) if after else NONE,
        last=numbers.change(after[-1].estimate, metric.unit) if after else NONE,
    )
    return Figure(chart, say.word("chart.events_caption"), alt)


def _unit_word(metric: Metric) -> str:
    return "chart.unit_points" if metric.unit == "rate" else f"chart.unit_{metric.unit}"


def period_word(effect: Effect) -> str:
    """What one period of the event study is, read off the dates of the series beside it."""
    days = [
        (later.period_start - earlier.period_start).days
        for earlier, later in pairwise(effect.series)
    ]
    return PERIODS.get(min(days, default=0), "month" if min(days, default=0) > MONTH else "period")


def _splits(context: ModuleContext) -> list[Block]:
    say, rows, n_hidden = context.voice, [], 0
    for _, metric, outcome in context.pool_outcomes():
        if isinstance(outcome, Inconclusive):
            continue
        for split in outcome.splits:
            n_hidden += split.estimate is None
            if split.estimate is not None:
                rows.append(_split_row(context, metric.id, split))
    columns = (
        Column(say.word("pool.metric")),
        Column(say.word("evidence.group")),
        Column(say.word("evidence.people"), "end"),
        Column(say.word("pool.effect"), "end"),
        Column(say.word("pool.interval"), "end"),
    )
    note = say.word("evidence.hidden", n=context.numbers.count(n_hidden)) if n_hidden else ""
    if not rows:
        return [Prose((note,), is_small=True)] if note else []
    return [
        Table(
            "splits", say.word("evidence.splits"), columns, tuple(rows), note=note, is_sortable=True
        )
    ]


def _split_row(context: ModuleContext, metric_id: str, split: Split) -> tuple[Cell, ...]:
    say, metric = context.voice, context.metric(metric_id)
    unit = metric.unit if metric else "ratio"
    attribute = say.name("attribute", split.attribute)
    group = Cell(plain(split.group), note=attribute)
    name = Cell(context.metric_name(metric_id))
    return (
        name,
        group,
        Cell(context.numbers.count(split.n_units)),
        Cell(context.numbers.change(split.estimate, unit, ends=(split.lower, split.upper))),
        Cell(context.numbers.interval(split.lower, split.upper, unit, beside=split.estimate)),
    )

"""All modules together: totals, ranking by value at the evidence held, the credit ledger, what to do."""

from collections.abc import Sequence
from decimal import Decimal

from roi_pipeline.domain.editions import ModuleInputs
from roi_pipeline.domain.effects import GRADES
from roi_pipeline.domain.money import BenefitLine
from roi_pipeline.domain.rounding import total_of_rounded
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import (
    Block,
    Bullets,
    Cell,
    Column,
    Fact,
    Figure,
    Figures,
    Headline,
    Ladder,
    Line,
    Note,
    Prose,
    Rung,
    Section,
    Table,
    Tone,
    WaterfallChart,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.attribution import attribution_section
from roi_pipeline.reporting.sections.calendar import calendar_table
from roi_pipeline.reporting.sections.cash import portfolio_cash_section
from roi_pipeline.reporting.sections.claims import CLAIM_TONES
from roi_pipeline.reporting.sections.context import (
    EditionContext,
    ModuleContext,
    designs_behind,
    evidence_grade,
)
from roi_pipeline.reporting.sections.headline import (
    decide_by,
    per_unit_sentence,
    roi_gauge,
    roi_interval,
)
from roi_pipeline.reporting.sections.kpis import kpi_section
from roi_pipeline.reporting.sections.pool import target_text
from roi_pipeline.reporting.sections.scenarios import scenarios_section
from roi_pipeline.reporting.sections.trends import trends_section

DESTINATIONS = (
    "revenue_won", "revenue_retained", "spend_removed", "spend_avoided", "capital_freed",
    "capacity_freed",
)  # fmt: skip


def module_context(context: EditionContext, inputs: ModuleInputs) -> ModuleContext:
    """The context of one module of the edition."""
    return ModuleContext(context.edition, context.voice, inputs)


def ranked(context: EditionContext) -> list[ModuleContext]:
    """Modules by net value that counts at the evidence held, the largest first."""
    contexts = [module_context(context, inputs) for inputs in context.edition.modules]
    return sorted(contexts, key=lambda c: (-c.value.rated.returns.net, c.module.id))


def totals(context: EditionContext) -> tuple[Decimal, Decimal]:
    """(benefits, costs) as printed: the modules' printed amounts and the adjustment, added up."""
    shown = [c for c in ranked(context) if is_counted(context, c)]
    other = adjustments(context)
    benefits = sum((c.value.rated.printed_benefits for c in shown), other[0])
    costs = sum((c.value.rated.printed_costs for c in shown), other[1])
    return benefits, costs


def is_counted(context: EditionContext, module: ModuleContext) -> bool:
    """Whether the portfolio's figures hold this module; those too early to rate may stand outside."""
    portfolio = context.edition.portfolio
    if portfolio is None or not (portfolio.rated.costs or portfolio.rated.benefits):
        return True
    lines = (*portfolio.rated.costs, *portfolio.rated.benefits)
    return any(line.module_id == module.module.id for line in lines)


def adjustments(context: EditionContext) -> tuple[Decimal, Decimal]:
    """Shared credit and shrinkage: the portfolio's own totals less the modules' totals."""
    portfolio = context.edition.portfolio
    if portfolio is None:
        return Decimal(0), Decimal(0)
    own = portfolio.rated
    parts = [c.value.rated for c in ranked(context) if is_counted(context, c)]
    benefits = own.printed_benefits - sum((part.printed_benefits for part in parts), Decimal(0))
    costs = own.printed_costs - sum((part.printed_costs for part in parts), Decimal(0))
    return benefits, costs


def portfolio_headline(context: EditionContext) -> Headline:
    """What an owner reads first about all modules."""
    say, numbers, portfolio = context.voice, context.numbers, context.edition.portfolio
    benefits, costs = totals(context)
    facts = (
        Fact(say.word("portfolio.modules"), numbers.count(len(context.edition.modules))),
        Fact(say.word("money.benefits"), numbers.money_short(benefits)),
        Fact(say.word("money.costs"), numbers.money_short(costs)),
        Fact(say.word("money.net"), numbers.money_short(benefits - costs, signed=True)),
    )
    points = tuple(_module_point(c) for c in ranked(context))
    urgent = min((c.value.decision.decide_by or "9999" for c in ranked(context)), default="9999")
    due = decide_by(context, None if urgent == "9999" else urgent)
    if portfolio is None:
        verdict = say.word("verdict.not_ratable")
        reason = say.word("portfolio.no_money")
        return Headline(
            verdict, "quiet", NONE, "", "", reason, NONE, say.word("grade.none"), NONE, "", due,
            facts, points,
        )  # fmt: skip
    return _with_money(context, portfolio, facts, points, due)


def _with_money(
    context: EditionContext,
    portfolio: ModuleValue,
    facts: tuple[Fact, ...],
    points: tuple[Line, ...],
    due: str,
) -> Headline:
    say, rating = context.voice, portfolio.rating
    verdict, tone = context.verdict(rating)
    roi = portfolio.shown_roi
    grades = [grade for c in ranked(context) if (grade := evidence_grade(c))]
    grade = max(grades, key=GRADES.index, default=None)
    reasons = [say.sentence(reason) for reason in portfolio.decision.reasons]
    return Headline(
        verdict=verdict,
        verdict_tone=tone,
        roi=context.numbers.roi(roi, bar=rating.bar),
        roi_label=say.word(
            "headline.roi_over", period=context.numbers.window(portfolio.rated.period)
        ),
        interval=roi_interval(context, portfolio.rated),
        sentence=per_unit_sentence(context, portfolio.rated, roi),
        grade=grade or NONE,
        grade_name=say.word("portfolio.weakest") if grade else say.word("grade.none"),
        action=say.name("action", portfolio.decision.action),
        action_reason=reasons[0] if reasons else "",
        decide_by=due,
        facts=facts,
        points=points,
        gauge=roi_gauge(context, portfolio.rated, roi, rating.bar),
    )


def _module_point(context: ModuleContext) -> Line:
    say, value = context.voice, context.value
    verdict, tone = context.verdict(value.rating)
    note = say.word(
        "portfolio.point",
        roi=context.numbers.roi(value.shown_roi, bar=value.rating.bar),
        action=say.name("action", value.decision.action),
    )
    return Line(context.name, verdict, tone, note)


def portfolio_sections(context: EditionContext) -> tuple[Section, ...]:
    """Ranking, credit ledger, claims, evidence and what is missing."""
    sections = [ranking_section(context)]
    trends = trends_section(context, ranked(context))
    if trends:
        sections.append(trends)
    sections.append(credit_section(context))
    portfolio = context.edition.portfolio
    attribution = attribution_section(context, portfolio)
    if attribution:
        sections.append(attribution)
    cash = portfolio_cash_section(context)
    if cash:
        sections.append(cash)
    scenarios = scenarios_section(context, portfolio) if portfolio else None
    if scenarios:
        sections.append(scenarios)
    kpis = kpi_section(context, ranked(context))
    if kpis:
        sections.append(kpis)
    claims = _claims(context)
    if claims:
        sections.append(claims)
    sections += [_evidence(context), _advice(context)]
    return tuple(sections)


def ranking_section(context: EditionContext) -> Section:
    """Modules in order of what they bring, adding up to the portfolio."""
    say = context.voice
    blocks: list[Block] = []
    if context.edition.modules:
        blocks.append(_ranking(context))
        blocks.append(Figures((_net_chart(context),)))
    for module_id, message in sorted(context.edition.missing.items()):
        name = say.name("module", module_id)
        text = say.word("portfolio.missing", module=name, reason=say.sentence(message))
        blocks.append(Note(text, "warn"))
    notes = context.edition.portfolio.notes if context.edition.portfolio else ()
    if notes:
        blocks.append(Bullets(tuple(say.sentence(note) for note in notes)))
    blocks.append(Prose((say.word("money.rounding"),), is_small=True))
    return Section("ranking", say.word("section.ranking"), tuple(blocks), say.word("ranking.lead"))


def _ranking(context: EditionContext) -> Table:
    say, numbers = context.voice, context.numbers
    columns = (
        Column(say.word("portfolio.module")),
        Column(say.word("headline.rating")),
        Column("ROI", "end", is_steady=True),
        Column(say.word("pool.grade")),
        Column(say.word("money.benefits"), "end"),
        Column(say.word("money.costs"), "end"),
        Column(say.word("money.net"), "end"),
        Column(say.word("headline.action"), is_steady=True),
    )
    rows = [_ranking_row(c) for c in ranked(context)]
    other = adjustments(context)
    if other != (0, 0):
        net = numbers.money(other[0] - other[1], signed=True)
        name = Cell(say.word("portfolio.adjustment"), note=say.word("portfolio.adjustment_note"))
        amounts = (Cell(numbers.money(other[0])), Cell(numbers.money(other[1])), Cell(net))
        rows.append((name, *(Cell(""),) * 3, *amounts, Cell("")))
    benefits, costs = totals(context)
    foot = (
        Cell(say.word("common.total")),
        *(Cell(""),) * 3,
        Cell(numbers.money(benefits)),
        Cell(numbers.money(costs)),
        Cell(numbers.money(benefits - costs, signed=True)),
        Cell(""),
    )
    return Table(
        "ranking",
        say.word("portfolio.ranking"),
        columns,
        tuple(rows),
        (foot,),
        is_wide=True,
        is_sortable=True,
    )


def _ranking_row(context: ModuleContext) -> tuple[Cell, ...]:
    numbers, value = context.numbers, context.value
    verdict, mood = context.verdict(value.rating)
    benefits, costs = value.rated.printed_benefits, value.rated.printed_costs
    known = f"{context.module.id}.rated"
    is_known, is_in = value.rated.has_benefits, is_counted(context, context)
    costs_only = "" if is_known else context.voice.word("portfolio.costs_only")
    note = costs_only if is_in else context.voice.word("portfolio.outside")
    tone: Tone = "plain" if is_in else "quiet"
    scene = plain(context.module.scene.into(context.voice.language))
    return (
        Cell(context.name, note=scene, href=context.module.id),
        Cell(verdict, tone=mood, chip=True),
        Cell(
            numbers.roi(value.shown_roi, bar=value.rating.bar),
            note=roi_interval(context, value.rated),
            figure=f"{known}.roi",
        ),
        Cell(evidence_grade(context) or NONE),
        Cell(numbers.money(benefits) if is_known else NONE, tone=tone, figure=f"{known}.benefits"),
        Cell(numbers.money(costs), tone=tone, figure=f"{known}.costs"),
        Cell(
            numbers.money(benefits - costs, signed=True),
            note=note,
            tone=tone,
            figure=f"{known}.net",
        ),
        Cell(context.voice.name("action", value.decision.action)),
    )


def _net_chart(context: EditionContext) -> Figure:
    say, numbers = context.voice, context.numbers
    steps = []
    for c in (c for c in ranked(context) if is_counted(context, c)):
        net = c.value.rated.printed_benefits - c.value.rated.printed_costs
        steps.append((c.name, float(net), False, numbers.money_short(net, signed=True)))
    other = adjustments(context)
    if other[0] - other[1]:
        written = numbers.money_short(other[0] - other[1], signed=True)
        steps.append((say.word("portfolio.adjustment"), float(other[0] - other[1]), False, written))
    benefits, costs = totals(context)
    total = numbers.money_short(benefits - costs)
    steps.append((say.word("portfolio.name"), float(benefits - costs), True, total))
    parts = say.word("common.comma").join(f"{name} {written}" for name, _, _, written in steps)
    chart = WaterfallChart("portfolio-net", say.word("chart.portfolio"), tuple(steps))
    return Figure(chart, say.word("chart.portfolio_caption"), parts)


def credit_section(context: EditionContext) -> Section:
    """Where the benefits went, by ledger; estimated and realised stand apart."""
    say, numbers = context.voice, context.numbers
    lines = _credited_lines(context)
    columns = (
        Column(say.word("money.destination")),
        Column(say.name("ledger", "realised"), "end"),
        Column(say.name("ledger", "estimated"), "end"),
    )
    rows = []
    for destination in DESTINATIONS:
        there = [line for line in lines if line.destination == destination]
        if there:
            amounts = [_sum(there, ledger) for ledger in ("realised", "estimated")]
            cells = (Cell(numbers.money(amount)) for amount in amounts)
            rows.append((Cell(say.name("destination", destination)), *cells))
    sums = [_sum(lines, ledger) for ledger in ("realised", "estimated")]
    foot = (Cell(say.word("common.total")), *(Cell(numbers.money(amount)) for amount in sums))
    table = Table("credit", say.word("portfolio.credit"), columns, tuple(rows), (foot,))
    small = Prose((say.word("money.ledgers"), say.word("portfolio.credit_rule")), is_small=True)
    return Section("credit", say.word("section.credit"), (table, small))


def _credited_lines(context: EditionContext) -> Sequence[BenefitLine]:
    """The portfolio's own lines, which carry shared credit; else those of the modules."""
    portfolio = context.edition.portfolio
    if portfolio is not None and portfolio.rated.benefits:
        return portfolio.rated.counted_benefits
    modules = context.edition.modules
    return [line for inputs in modules for line in inputs.value.rated.counted_benefits]


def _sum(lines: Sequence[BenefitLine], ledger: str) -> Decimal:
    return total_of_rounded(
        line.amount for line in lines if line.ledger == ledger and line.amount is not None
    )


def _claims(context: EditionContext) -> Section | None:
    say, numbers, rows = context.voice, context.numbers, []
    for c in ranked(context):
        for audit in c.value.claims:
            metric = c.metric(audit.metric_id)
            if metric is None:
                continue
            claimed = target_text(c, audit.kind, audit.claimed, metric)
            measured = numbers.percent(audit.measured, signed=True)
            if audit.kind != "relative":
                measured = numbers.change(audit.measured, metric.unit)
            verdict = Cell(
                say.name("claim", audit.verdict), tone=CLAIM_TONES[audit.verdict], chip=True
            )
            name = Cell(c.metric_name(metric.id), note=c.name)
            rows.append((name, Cell(claimed), Cell(measured), verdict))
    if not rows:
        return None
    columns = (
        Column(say.word("claims.claim")),
        Column(say.word("claims.claimed"), "end"),
        Column(say.word("claims.measured"), "end"),
        Column(say.word("claims.verdict")),
    )
    table = Table("claims", say.word("claims.caption"), columns, tuple(rows), is_sortable=True)
    return Section("claims", say.word("section.claims"), (table,))


def _evidence(context: EditionContext) -> Section:
    say, held = context.voice, dict[str, list[str]]()
    for c in ranked(context):
        grade = evidence_grade(c)
        if grade:
            designs = say.word("common.comma").join(designs_behind(c, grade))
            named = say.word("numbers.in_brackets", x=c.name, y=designs) if designs else c.name
            held.setdefault(grade, []).append(named)
    rungs = tuple(
        Rung(grade, say.word(f"grade.{grade}"), grade in held, tuple(held.get(grade, ())))
        for grade in GRADES
    )
    return Section("evidence", say.word("section.evidence"), (Ladder(rungs),))


def _advice(context: EditionContext) -> Section:
    say = context.voice
    columns = (
        Column(say.word("portfolio.module")),
        Column(say.word("headline.action")),
        Column(say.word("headline.decide_by")),
        Column(say.word("advice.owner")),
        Column(say.word("common.reason")),
    )
    rows = tuple(
        (
            Cell(c.name),
            Cell(say.name("action", c.value.decision.action)),
            Cell(decide_by(c, c.value.decision.decide_by)),
            Cell(say.name("term", c.module.owner) or NONE),
            Cell(say.sentence(c.value.decision.reasons[0]) if c.value.decision.reasons else NONE),
        )
        for c in sorted(ranked(context), key=lambda c: c.value.decision.decide_by or "9999")
    )
    table = Table("actions", say.word("portfolio.actions"), columns, rows)
    calendar = calendar_table(context)
    blocks = (table, calendar) if calendar else (table,)
    return Section("advice", say.word("section.advice"), blocks)

"""Money: what came in and went out, line by line, over three periods; gross to net."""

from dataclasses import dataclass, replace
from decimal import Decimal

from roi_pipeline.domain.money import BenefitLine, CostLine, Ledger
from roi_pipeline.domain.rounding import unlisted
from roi_pipeline.domain.standards import Rating
from roi_pipeline.domain.statements import Statement
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import (
    Block,
    Cell,
    Column,
    Figure,
    Figures,
    Note,
    Prose,
    Section,
    Table,
    WaterfallChart,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.cash import cash_blocks
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext
from roi_pipeline.reporting.sections.headline import roi_interval
from roi_pipeline.reporting.sections.working import priced_per, product

LABELS = {
    "period": "money.period", "benefits": "money.benefits", "realised": "money.of_realised",
    "estimated": "money.of_estimated", "costs": "money.costs", "net": "money.net",
    "roi_realised": "money.roi_realised", "roi_indicative": "money.roi_indicative",
    "npv": "money.npv", "irr": "money.irr", "payback": "money.payback",
    "payback_expected": "money.payback_expected", "annualised_net": "money.annualised",
}  # fmt: skip


def money_section(context: ModuleContext) -> Section:
    """Statements of three periods, the waterfall, benefit lines and cost lines."""
    say, value = context.voice, context.value
    blocks: list[Block] = [statements_table(context)]
    figure = waterfall_figure(context, value.rated)
    if figure:
        blocks.append(Figures((figure,)))
    if value.rated.benefits:
        blocks.append(benefits_table(context, value.rated))
    else:
        blocks.append(Note(say.word("money.no_benefits"), "quiet"))
    blocks.append(costs_table(context, value.rated))
    left_out = [line for line in value.rated.costs if not line.is_counted]
    if left_out:
        blocks.append(_left_out(context, left_out))
    blocks.extend(cash_blocks(context, context.value))
    blocks.append(Prose((say.word("money.rounding"), say.word("money.ledgers")), is_small=True))
    return Section("money", say.word("section.money"), tuple(blocks), say.word("money.lead"))


def statements_table(context: ModuleContext) -> Table:
    """Benefits, costs, ROI and the other returns for cycle, since go-live and rated window.

    Periods that agree in every figure share a column.
    """
    say, value = context.voice, context.value
    statements = (value.cycle, value.since_go_live, value.rated)
    names = {
        "cycle": "money.this_cycle",
        "since_go_live": "money.since_go_live",
        "rated": "money.rated",
    }
    periods: dict[tuple[StatementFigure, ...], list[str]] = {}
    keys: list[str] = []
    for (period, name), statement in zip(names.items(), statements, strict=True):
        found = statement_figures(context, statement, value.rating)
        if found not in periods:
            keys.append(f"{context.module.id}.{period}")
        periods.setdefault(found, []).append(say.word(name))
    comma, figures = say.word("common.comma"), tuple(periods)
    columns = (Column(""), *(Column(comma.join(shared), "end") for shared in periods.values()))
    rows = tuple(
        (
            Cell(row[0].label),
            *(
                Cell(figure.text, figure=f"{key}.{figure.name}")
                for key, figure in zip(keys, row, strict=True)
            ),
        )
        for row in zip(*figures, strict=True)
        if any(figure.text != NONE for figure in row)
    )
    return Table("statements", say.word("money.statements"), columns, rows, is_wide=True)


@dataclass(frozen=True, slots=True)
class StatementFigure:
    """One figure of a statement: what it is called by `roi explain`, its label, and as printed."""

    name: str
    label: str
    text: str


def statement_figures(
    context: EditionContext, statement: Statement, rating: Rating
) -> tuple[StatementFigure, ...]:
    """Every figure of a statement in reading order."""
    say, numbers, returns = context.voice, context.numbers, statement.returns
    is_known = statement.has_benefits
    missing = say.word("money.not_estimated")
    interval = say.word("money.interval", confidence=context.confidence(rating))

    def ledger(name: Ledger) -> str:
        return numbers.money(statement.printed_ledger(name) if is_known else None)

    def figure(name: str, text: str) -> StatementFigure:
        return StatementFigure(name, say.word(LABELS[name]), text)

    return (
        figure("period", numbers.window(statement.period)),
        figure("benefits", numbers.money(statement.printed_benefits) if is_known else missing),
        figure("realised", ledger("realised")),
        figure("estimated", ledger("estimated")),
        figure("costs", numbers.money(statement.printed_costs)),
        figure("net", numbers.money(statement.printed_net, signed=True)),
        StatementFigure("roi", "ROI", numbers.roi(returns.roi if is_known else None)),
        StatementFigure("roi_interval", interval, roi_interval(context, statement) or NONE),
        figure("roi_realised", _roi_realised(context, statement)),
        figure("roi_indicative", numbers.roi(_other_roi(statement))),
        figure("npv", numbers.money(returns.npv)),
        figure("irr", numbers.percent(returns.irr)),
        figure("payback", _months(context, returns.payback_month)),
        figure("payback_expected", _months(context, returns.payback_expected_month)),
        figure("annualised_net", numbers.money(returns.annualised_net)),
    )


def _roi_realised(context: EditionContext, statement: Statement) -> str:
    """ROI on the realised ledger alone; -100 % while nothing is realised would be no finding."""
    if statement.realised:
        return context.numbers.roi(statement.returns.roi_realised)
    return context.voice.word("money.none_realised") if statement.has_benefits else NONE


def _months(context: EditionContext, months: int | None) -> str:
    if months is None:
        return NONE
    return context.voice.word("headline.months", n=context.numbers.count(months))


def _other_roi(statement: Statement) -> Decimal | None:
    """ROI with the indicative lines, where it differs from the one that counts."""
    returns = statement.returns
    return None if returns.indicative_roi == returns.roi else returns.indicative_roi


def benefits_table(context: EditionContext, statement: Statement) -> Table:
    """Every benefit line with what was multiplied, its destination, ledger and grade."""
    say, numbers = context.voice, context.numbers
    columns = (
        Column(say.word("money.line")),
        Column(say.word("money.calculation"), is_steady=True),
        Column(say.word("money.destination"), is_steady=True),
        Column(say.word("money.ledger"), is_steady=True),
        Column(say.word("pool.grade"), is_steady=True),
        Column(say.word("money.amount"), "end"),
    )
    rows = [_benefit_row(context, line) for line in statement.benefits]
    counted = statement.counted_benefits
    amounts = [line.amount for line in counted if line.amount is not None]
    other = unlisted(amounts, statement.returns.benefits)
    if other and amounts:
        rows.append(_unlisted_row(context, other, len(columns)))
    total = numbers.money(statement.printed_benefits)
    if not statement.has_benefits:
        total = say.word("money.not_estimated")
    foot = (Cell(say.word("money.total_benefits")), *(Cell(""),) * 4, Cell(total))
    return Table(
        "benefits",
        say.word("money.benefit_lines", period=numbers.window(statement.period)),
        columns,
        tuple(rows),
        (foot,),
        is_wide=True,
    )


def _benefit_row(context: EditionContext, line: BenefitLine) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    is_counted = line.is_in_rating and line.amount is not None
    reason = say.sentence(line.excluded_because) if line.excluded_because else ""
    if line.amount is None:
        amount = Cell(say.word("money.not_estimated"), note=reason, tone="quiet")
    elif is_counted:
        ends = (line.lower, line.upper)
        span = numbers.span(*(numbers.money(end) for end in ends)) if None not in ends else ""
        known = f"{line.module_id}.rated.{line.id}"
        amount = Cell(numbers.money(line.amount), note=span, figure=known)
    else:
        text = say.word("money.indicative", x=numbers.money(line.amount))
        amount = Cell(text, note=reason, tone="quiet")
    return (
        Cell(
            plain(line.name.into(say.language)),
            note=say.name("category", line.category),
            code=f"{line.module_id}.{line.id}",
        ),
        Cell(calculation(context, line)),
        Cell(say.name("destination", line.destination)),
        Cell(
            say.name("ledger", line.ledger), tone="good" if line.ledger == "realised" else "plain"
        ),
        Cell(line.grade or NONE),
        amount,
    )


def calculation(context: EditionContext, line: BenefitLine) -> str:
    """The multiplication as a reader would check it on paper; factors of one are left out."""
    if line.quantity is None:
        return NONE
    shares = (
        ("money.margin", line.margin),
        ("money.realisation", line.realisation),
        ("money.share", line.attribution_share),
        ("money.risk", line.risk_factor),
        ("money.credit", line.credit_factor),
    )
    per = priced_per(context, line.unit_value_id)
    return product(context, (line.quantity, line.unit_value), shares, line.amount, per=per)


def costs_table(context: EditionContext, statement: Statement) -> Table:
    """Every cost line that counts."""
    say, numbers = context.voice, context.numbers
    columns = (
        Column(say.word("money.line")),
        Column(say.word("money.calculation"), is_steady=True),
        Column(say.word("money.source")),
        Column(say.word("money.amount"), "end"),
    )
    counted = statement.counted_costs
    rows: list[tuple[Cell, ...]] = [
        (
            Cell(
                plain(line.name.into(say.language)),
                note=say.name("category", line.category),
                code=f"{line.module_id}.{line.id}",
            ),
            Cell(cost_calculation(context, line)),
            Cell(say.name("term", line.source)),
            Cell(numbers.money(line.amount), figure=f"{line.module_id}.rated.{line.id}"),
        )
        for line in counted
    ]
    other = unlisted([line.amount for line in counted], statement.returns.costs)
    if other and counted:
        rows.append(_unlisted_row(context, other, len(columns)))
    foot = (
        Cell(say.word("money.total_costs")),
        *(Cell(""),) * 2,
        Cell(numbers.money(statement.printed_costs)),
    )
    caption = say.word("money.cost_lines", period=numbers.window(statement.period))
    return Table("costs", caption, columns, tuple(rows), (foot,))


def cost_calculation(context: EditionContext, line: CostLine) -> str:
    """Quantity × price, with share, exchange rate and risk where they are not one."""
    say, numbers = context.voice, context.numbers
    if line.unit_amount is None:
        return say.word("money.recorded") if line.is_recorded else NONE
    shares = (("money.cost_share", line.share), ("money.risk", line.risk_factor))
    other = replace(numbers, currency=line.currency) if line.currency else numbers
    rate = () if line.exchange_rate == 1 else (line.exchange_rate,)
    return product(
        context, (line.quantity, line.unit_amount, *rate), shares, line.amount, prices=other,
        per="" if line.basis in (None, "once") else line.basis,
    )  # fmt: skip


def _unlisted_row(context: EditionContext, amount: Decimal, n_columns: int) -> tuple[Cell, ...]:
    name = Cell(context.voice.word("money.unlisted"))
    blanks = (Cell(""),) * (n_columns - 2)
    return (name, *blanks, Cell(context.numbers.money(amount)))


def _left_out(context: ModuleContext, lines: list[CostLine]) -> Block:
    say, numbers = context.voice, context.numbers
    if not lines:
        return Note(say.word("money.none_left_out"), "quiet")
    columns = (
        Column(say.word("money.line")),
        Column(say.word("common.reason")),
        Column(say.word("money.amount"), "end"),
    )
    rows = tuple(
        (
            Cell(plain(line.name.into(say.language)), note=say.name("category", line.category)),
            Cell(say.sentence(line.left_out_because) if line.left_out_because else NONE),
            Cell(numbers.money(line.amount), tone="quiet"),
        )
        for line in lines
    )
    return Table("left-out", say.word("money.left_out"), columns, rows)


def waterfall_figure(context: EditionContext, statement: Statement) -> Figure | None:
    """From the gross value of what was measured down to the net, each reduction a step."""
    lines = [line for line in statement.counted_benefits if line.quantity is not None]
    if not lines:
        return None
    say, numbers = context.voice, context.numbers
    steps: list[tuple[str, float, bool, str]] = []

    def add(name: str, amount: Decimal, *, is_total: bool = False) -> None:
        written = numbers.money_short(amount, signed=not is_total)
        steps.append((say.word(name), float(amount), is_total, written))

    level = [(line.quantity or Decimal(0)) * line.unit_value for line in lines]
    add("money.gross", sum(level, Decimal(0)), is_total=True)
    for name, factor in (
        ("money.step_margin", "margin"),
        ("money.step_realisation", "realisation"),
        ("money.step_share", "attribution_share"),
        ("money.step_risk", "risk_factor"),
        ("money.step_credit", "credit_factor"),
    ):
        after = [x * getattr(line, factor) for x, line in zip(level, lines, strict=True)]
        if after != level:
            add(name, sum(after, Decimal(0)) - sum(level, Decimal(0)))
        level = after
    benefits, costs = statement.printed_benefits, statement.printed_costs
    other = benefits - sum(level, Decimal(0))
    if abs(other) >= len(lines):
        add("money.unlisted", other)
    add("money.benefits", benefits, is_total=True)
    add("money.costs", -costs)
    add("money.net", benefits - costs, is_total=True)
    alt = say.word(
        "chart.waterfall_alt",
        gross=steps[0][3],
        benefits=numbers.money_short(benefits),
        costs=numbers.money_short(costs),
        net=numbers.money_short(benefits - costs),
    )
    chart = WaterfallChart("waterfall", say.word("chart.waterfall"), tuple(steps))
    return Figure(chart, say.word("chart.waterfall_caption"), alt)

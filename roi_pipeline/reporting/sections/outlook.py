"""Before the next money is spent: business cases, scenarios side by side, next year's bar, experiments.

The same blocks stand folded in the portfolio's report and are printed by the commands `roi case`,
`roi what-if` and `roi experiments`.
"""

from collections.abc import Sequence

from roi_pipeline.domain.business_cases import BusinessCase, ExpectedEffect, Outcome
from roi_pipeline.domain.money import CostLine
from roi_pipeline.domain.outlook import (
    BarProposal,
    Experiment,
    Outlook,
    ScenarioColumn,
    ScenarioFigure,
)
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.reporting.messages import Voice, plain
from roi_pipeline.reporting.model import Block, Bullets, Cell, Column, Prose, Section, Table
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import EditionContext

WAVES = 0.5  # half of the units first: a roll-out in two random waves


def outlook_sections(context: EditionContext) -> list[Section]:
    """Those of the three that have something to say, folded."""
    outlook, study, say = context.edition.outlook, context.edition.study, context.voice
    parts = (
        ("cases", case_blocks(say, study, outlook.cases), _cases_gist(say, outlook)),
        ("what-if", scenario_blocks(say, outlook.scenarios), ""),
        ("next-cycle", next_cycle_blocks(say, study, outlook), _next_gist(say, outlook)),
    )
    return [
        Section(name, _said(say, f"outlook_title_{name.replace('-', '_')}"), blocks, gist=gist)
        for name, blocks, gist in parts
        if blocks
    ]


def _said(say: Voice, code: str, **values: MessageValue) -> str:
    return say.sentence(Message(code, values))


def _cases_gist(say: Voice, outlook: Outlook) -> str:
    named = (
        say.word(
            "numbers.in_brackets",
            x=plain(case.module.name.into(say.language)),
            y=_said(say, f"case_verdict_{case.verdict}"),
        )
        for case in outlook.cases
    )
    return say.word("common.comma").join(named)


def case_blocks(say: Voice, study: Study, cases: Sequence[BusinessCase]) -> tuple[Block, ...]:
    """Every planned module: verdict, expectation, range, risk, costs and what a holdout would show."""
    blocks: list[Block] = []
    for case in cases:
        blocks += [
            Prose((_opening(say, case),)),
            Bullets(tuple(say.sentence(reason) for reason in case.reasons)),
            _expected_table(say, study, case),
            _range_table(say, case),
        ]
        risk = _risk_table(say, case)
        blocks += [risk] if risk else []
        blocks += [_cost_table(say, case), *_holdout(say, case)]
    return tuple(blocks)


def _opening(say: Voice, case: BusinessCase) -> str:
    return _said(
        say,
        "case_opening",
        module=plain(case.module.name.into(say.language)) or case.module.id,
        verdict=_said(say, f"case_verdict_{case.verdict}"),
        days=say.numbers.window(case.window),
    )


def _expected_table(say: Voice, study: Study, case: BusinessCase) -> Table:
    columns = (
        Column(_said(say, "case_head_metric")),
        *(
            Column(_said(say, f"case_head_{place}"), "end", is_steady=True)
            for place in ("worst", "likely", "best")
        ),
        Column(_said(say, "case_head_evidence")),
    )
    rows = tuple(_expected_row(say, study, each) for each in case.expected)
    caption = _said(say, "case_caption_expected")
    return Table(f"case-{case.module.id}-expected", caption, columns, rows)


def _expected_row(say: Voice, study: Study, each: ExpectedEffect) -> tuple[Cell, ...]:
    unit = study.metric(each.metric_id).unit
    ends = (each.worst, each.likely, each.best)
    shown = [
        NONE
        if end is None
        else say.numbers.percent(end, signed=True)
        if each.kind == "relative"
        else say.numbers.change(end, unit)
        for end in ends
    ]
    evidence = _said(say, f"case_evidence_{each.evidence}")
    source = say.name("module", each.module_id) if each.module_id else say.name("term", each.source)
    return (
        Cell(say.name("metric", each.metric_id)),
        *(Cell(text) for text in shown),
        Cell(evidence, note=source),
    )


def _range_table(say: Voice, case: BusinessCase) -> Table:
    outcomes = (case.worst, case.likely, case.best)
    columns = (
        Column(_said(say, "case_head_amount")),
        *(Column(_said(say, f"case_head_{place}"), "end") for place in ("worst", "likely", "best")),
    )
    rows = tuple(
        (
            Cell(_said(say, f"case_row_{name}")),
            *(Cell(_amount(say, name, each)) for each in outcomes),
        )
        for name in ("benefits", "costs", "net", "roi", "npv", "payback")
    )
    caption = _said(say, "case_caption_range")
    note = _said(say, "case_note_range")
    return Table(f"case-{case.module.id}-range", caption, columns, rows, note=note)


def _amount(say: Voice, name: str, outcome: Outcome) -> str:
    numbers = say.numbers
    if name == "roi":
        return numbers.roi(outcome.roi)
    if name == "payback":
        months = outcome.payback_month
        return NONE if months is None else _said(say, "case_months", n=months)
    amount = {
        "benefits": outcome.benefits,
        "costs": outcome.costs,
        "net": outcome.net,
        "npv": outcome.npv,
    }[name]
    return numbers.money(amount, signed=name in ("net", "npv"))


def _risk_table(say: Voice, case: BusinessCase) -> Table | None:
    risk, numbers = case.risk, say.numbers
    if risk is None:
        return None
    rows = [
        ("range", numbers.roi_span(risk.lower, risk.upper)),
        ("bar", numbers.probability(risk.chance_of_bar)),
        ("loss", numbers.probability(risk.chance_of_loss)),
        ("bad", numbers.money(risk.bad_net, signed=True)),
        ("committed", numbers.money(risk.committed)),
        (
            "needed",
            NONE if risk.needed_share is None else numbers.percent(risk.needed_share, digits=0),
        ),
    ]
    values = {"bar": float(risk.bar), "day": risk.committed_until}
    cells = tuple((Cell(_said(say, f"case_risk_{name}", **values)), Cell(x)) for name, x in rows)
    columns = (Column(_said(say, "case_head_risk")), Column(_said(say, "case_head_size"), "end"))
    caption = _said(say, "case_caption_risk")
    return Table(f"case-{case.module.id}-risk", caption, columns, cells)


def _cost_table(say: Voice, case: BusinessCase) -> Table:
    columns = (Column(_said(say, "case_head_cost")), Column(_said(say, "case_row_costs"), "end"))
    rows = tuple(_cost_row(say, line) for line in case.costs)
    counted = [line.amount for line in case.costs if line.is_counted]
    foot = (Cell(say.word("common.total")), Cell(say.numbers.money(sum(counted))))
    caption = _said(say, "case_caption_costs")
    return Table(f"case-{case.module.id}-costs", caption, columns, rows, (foot,))


def _cost_row(say: Voice, line: CostLine) -> tuple[Cell, ...]:
    reason = say.sentence(line.left_out_because) if line.left_out_because else ""
    name = plain(line.name.into(say.language)) or line.id
    amount = say.numbers.money(line.amount)
    if line.is_counted:
        return (Cell(name), Cell(amount))
    return (Cell(name, note=reason), Cell(say.word("money.not_counted", x=amount), tone="quiet"))


def _holdout(say: Voice, case: BusinessCase) -> list[Block]:
    """For each metric in money: the shortest and smallest holdout that shows the likely effect."""
    sentences = list[str]()
    for each in case.expected:
        lines = [line for line in case.holdouts if line.metric.id == each.metric_id]
        if not lines or each.likely is None:
            continue
        metric = lines[0].metric
        size = abs(each.likely) * (abs(lines[0].level) if each.kind == "relative" else 1)
        enough = [line for line in lines if line.smallest_absolute <= size]
        best = min(enough, key=lambda x: (x.weeks, x.holdout_share), default=None) or min(
            lines, key=lambda x: x.smallest_absolute
        )
        sentences.append(
            _said(
                say,
                "case_holdout_shows" if enough else "case_holdout_is_too_small",
                metric=metric.id,
                share=best.holdout_share,
                weeks=best.weeks,
                units=round(best.units_held_out),
                smallest=say.numbers.change(best.smallest_absolute, metric.unit).removeprefix("+"),
                likely=say.numbers.change(size, metric.unit).removeprefix("+"),
            )
        )
    return [Bullets(tuple(sentences))] if sentences else []


def scenario_blocks(say: Voice, columns: Sequence[ScenarioColumn]) -> tuple[Block, ...]:
    """Every module in a row, things as they are and each scenario beside one another."""
    if not columns:
        return ()
    heads = (
        Column(say.word("portfolio.module")),
        *(
            Column(
                _said(say, "what_if_as_is")
                if column.name is None
                else plain(column.name.into(say.language)),
                "end",
            )
            for column in columns
        ),
    )
    rows = tuple(
        (
            Cell(say.name("module", first.module_id)),
            *(
                _scenario_cell(say, first, figure)
                for column in columns
                for figure in column.figures
                if figure.module_id == first.module_id
            ),
        )
        for first in columns[0].figures
    )
    table = Table("what-if", _said(say, "what_if_caption"), heads, rows, is_wide=True)
    return (table, Prose((_said(say, "what_if_note"),), is_small=True))


def _scenario_cell(say: Voice, before: ScenarioFigure, figure: ScenarioFigure) -> Cell:
    """ROI, and beside it NPV, rating and advice; an advice that turns stands out."""
    rating = figure.rating
    grade = (
        say.name("rating", rating.grade) if rating.grade else say.word(f"verdict.{rating.status}")
    )
    npv = NONE if figure.npv is None else say.numbers.money_short(figure.npv, signed=True)
    action = say.name("action", figure.action)
    note = _said(say, "what_if_cell", npv=npv, rating=grade, action=action)
    turned = figure.action != before.action
    return Cell(say.numbers.roi(figure.roi), note=note, tone="warn" if turned else "plain")


def next_cycle_blocks(say: Voice, study: Study, outlook: Outlook) -> tuple[Block, ...]:
    """Experiments by what they are worth, and next year's bar."""
    blocks: list[Block] = []
    if outlook.experiments:
        blocks.append(_experiments(say, study, outlook.experiments))
        blocks.append(Prose((_said(say, "experiment_note"),), is_small=True))
    if outlook.bar is not None:
        blocks += _bar(say, outlook.bar)
    return tuple(blocks)


def _next_gist(say: Voice, outlook: Outlook) -> str:
    best = next((each for each in outlook.experiments if each.reason is None), None)
    if best is None:
        return _said(say, "experiment_none")
    return _said(
        say, "experiment_gist", module=say.name("module", best.module_id), net=float(best.net)
    )


def _experiments(say: Voice, study: Study, experiments: Sequence[Experiment]) -> Table:
    names = ("design", "shows", "worth", "cost", "net", "draw")
    columns = (
        Column(say.word("portfolio.module")),
        *(
            Column(
                _said(say, f"experiment_head_{name}"),
                "start" if name in ("design", "draw") else "end",
            )
            for name in names
        ),
    )
    rows = tuple(_experiment_row(say, study, each) for each in experiments)
    caption = _said(say, "experiment_caption")
    return Table("experiments", caption, columns, rows, is_wide=True, is_sortable=True)


def _experiment_row(say: Voice, study: Study, each: Experiment) -> tuple[Cell, ...]:
    name = Cell(say.name("module", each.module_id))
    if each.reason is not None:
        empty = (Cell(NONE),) * 5
        return (name, Cell(say.sentence(each.reason), tone="quiet"), *empty)
    metric, money = study.metric(each.metric_id), say.numbers.money
    code = (
        "experiment_two_waves" if each.is_planned and each.share == WAVES else "experiment_holdout"
    )
    values = {
        "share": each.share,
        "weeks": each.weeks,
        "units": round(each.units),
        "unit": each.unit,
    }
    smallest = say.numbers.change(each.smallest, metric.unit).removeprefix("+")
    draw = f"roi plan STUDY --module {each.module_id} --draw {each.share:g} --seed {each.seed} --out draw.csv"
    return (
        name,
        Cell(_said(say, code, **values)),
        Cell(smallest, note=say.name("metric", each.metric_id)),
        Cell(money(each.worth)),
        Cell(money(each.cost)),
        Cell(money(each.net, signed=True)),
        Cell("", code=draw),
    )


def _bar(say: Voice, bar: BarProposal) -> list[Block]:
    sentences = tuple(say.sentence(reason) for reason in bar.reasons)
    if not bar.bars:
        return [Bullets(sentences)]
    columns = (
        Column(_said(say, "bar_head_grade")),
        Column(_said(say, "bar_head_now"), "end"),
        Column(_said(say, "bar_head_proposed"), "end"),
    )
    rows = tuple(
        (
            Cell(say.name("rating", each.grade)),
            Cell(say.numbers.roi(each.now)),
            Cell(say.numbers.roi(each.proposed)),
        )
        for each in bar.bars
    )
    caption = _said(say, "bar_caption", tier=bar.tier, day=bar.valid_from)
    note = _said(say, "bar_note", year=str(bar.valid_from.year))
    return [Bullets(sentences), Table("bar", caption, columns, rows, note=note)]

"""Money is rounded once and then added: no quantity of a report is printed as two amounts."""

import random
import re
import sys
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from report_clinic import SENTENCES, clinic_edition

sys.path.insert(0, str(Path(__file__).parents[1] / "finance"))

from finance_cases import (
    ASSUMPTIONS,
    Q1,
    STANDARD,
    D,
    benefit,
    cost,
    effect,
    metric,
    module,
    valued,
)

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.statements import BenefitLine, CreditLine, ModuleValue
from roi_pipeline.finance import value_portfolio
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.model import Cell, Fold, Report, Table
from roi_pipeline.reporting.sections.attribution import credit_table
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext
from roi_pipeline.reporting.sections.money import statements_table
from roi_pipeline.reporting.view import module_report, portfolio_report, voice_for

AMOUNT = re.compile(r"(\N{MINUS SIGN}?)CN¥([0-9]{1,3}(?:,[0-9]{3})*)(?![0-9,.]*[0-9mkbn])")
SMALLEST = 5_000  # smaller amounts may lie side by side by chance
METRICS = {name: metric(name) for name in ("visit_rate", "hours", "orders")}


def some_value(module_id: str, chance: random.Random) -> ModuleValue:
    """A module with awkward cents: two realised, two estimated benefits, two counted costs."""
    amounts = [D(chance.randint(900_000, 9_000_000)) / 300 for _ in range(3)]
    lines = tuple(
        benefit(
            f"{name}_{number}",
            metric_id=name,
            is_confirmed=number == 0,
            destination="capacity_freed" if name == "hours" else "revenue_won",
            attribution_share=D(chance.randint(11, 49)) / 100,
        )
        for name in ("visit_rate", "orders", "hours")
        for number in range(2)
    )
    made = replace(
        module(
            benefits=lines, costs=tuple(cost(f"cost_{n}", amount=x) for n, x in enumerate(amounts))
        ),
        id=module_id,
    )
    effects = [effect(name, estimate=chance.uniform(0.01, 0.09)) for name in METRICS]
    return valued(
        made, *effects, metrics=METRICS, per_month=chance.randint(9_000, 80_000),
        assumptions=ASSUMPTIONS,
    )  # fmt: skip


def counted_lines(edition: EditionInputs) -> tuple[BenefitLine, ...]:
    return edition.modules[0].value.cycle.counted_benefits


def some_edition(seed: int) -> EditionInputs:
    chance, shown = random.Random(seed), clinic_edition()  # noqa: S311
    values = [some_value(inputs.module.id, chance) for inputs in shown.modules]
    portfolio = value_portfolio(
        values, cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD,), metrics=METRICS
    )
    modules = tuple(
        ModuleInputs(inputs.module, inputs.effects, value)
        for inputs, value in zip(shown.modules, values, strict=True)
    )
    study = replace(shown.study, standards=(STANDARD,), metrics={**shown.study.metrics, **METRICS})
    return replace(shown, study=study, modules=modules, portfolio=portfolio, scores=())


def reports_of(edition: EditionInputs) -> list[Report]:
    voice = voice_for(edition, "en", {**shipped_sentences(), **SENTENCES})
    return [
        portfolio_report(edition, voice),
        *(module_report(edition, inputs, voice) for inputs in edition.modules),
    ]


def amounts_in(text: str) -> set[int]:
    return {int(digits.replace(",", "")) for _, digits in AMOUNT.findall(text)}


def tables_of(report: Report) -> list[Table]:
    sections = report.sections
    blocks = [block for section in sections for block in section.blocks]
    blocks += [inner for block in blocks if isinstance(block, Fold) for inner in block.blocks]
    return [block for block in blocks if isinstance(block, Table)]


def amount_of(cell: Cell) -> Decimal | None:
    found = AMOUNT.fullmatch(cell.text.lstrip("+"))
    if found is None:
        return None
    return Decimal(found[2].replace(",", "")) * (-1 if found[1] else 1)


@pytest.mark.parametrize("seed", range(12))
def test_no_two_amounts_of_a_report_differ_by_a_unit(seed: int) -> None:
    reports = reports_of(some_edition(seed))
    assert len(reports) == 5
    for report in reports:
        amounts = sorted(x for x in amounts_in(str(report)) if x >= SMALLEST)
        assert len(amounts) > 10
        assert [pair for pair in pairwise(amounts) if pair[1] - pair[0] <= 2] == []


@pytest.mark.parametrize("seed", range(12))
def test_every_total_is_the_sum_of_its_printed_lines(seed: int) -> None:
    n_totals = 0
    for report in reports_of(some_edition(seed)):
        for table in tables_of(report):
            for foot in table.feet:
                for column, cell in enumerate(foot):
                    total = amount_of(cell)
                    parts = [amount_of(row[column]) for row in table.rows]
                    if total is not None:
                        n_totals += 1
                        assert sum(x for x in parts if x is not None) == total, table.id
    assert n_totals > 10


def test_the_parts_of_a_statement_add_to_it() -> None:
    reports = reports_of(some_edition(3))
    tables = [
        table for report in reports for table in tables_of(report) if table.id == "statements"
    ]
    assert tables
    for table in tables:
        rows = {row[0].text: row[1:] for row in table.rows}
        for column in range(len(table.columns) - 1):
            won, spent, net, *ledgers = (
                amount_of(rows[name][column])
                for name in ("Benefits", "Costs", "Net benefit", "of which realised", "of which estimated")
            )  # fmt: skip
            assert None not in (won, spent, net, *ledgers)
            assert sum(x for x in ledgers if x is not None) == won
            assert (won or 0) - (spent or 0) == net


def test_a_credit_scaled_in_the_pool_is_printed_as_its_module_prints_it() -> None:
    """The pool's line is smaller than the credit; their difference, rounded, made a third amount."""
    edition = some_edition(1)
    context = EditionContext(edition, voice_for(edition, "en"))
    line = CreditLine("hours", ("m",), None, None, D(9), D(9), D("68834.399"), D("68834.399"))
    pooled = replace(counted_lines(edition)[0], metric_id="hours", amount=D("68491.519"))
    table = credit_table(context, (line,), (pooled,))
    assert [cell.text for cell in table.rows[0][-2:]] == ["CN¥68,834"] * 2
    alone = credit_table(context, (line,), (replace(pooled, amount=D("68834.399")),))
    assert alone.rows == table.rows


def test_periods_that_agree_in_every_figure_share_a_column() -> None:
    edition = some_edition(3)
    first = edition.modules[0]
    alike = replace(first.value, since_go_live=first.value.rated, cycle=first.value.rated)
    context = ModuleContext(edition, voice_for(edition, "en"), replace(first, value=alike))
    table = statements_table(context)
    assert [column.title for column in table.columns] == [
        "",
        "This cycle, Since go-live, Rating window",
    ]
    assert all(len(row) == 2 for row in table.rows)

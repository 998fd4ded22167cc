"""The workbook for finance: assumptions, effects, benefit and cost lines, returns that recompute.

Formulas are ours alone: whatever comes from exports or configuration is written as text or number and
never read as a formula. There is no macro and no outside link. Dates come from the edition.
"""

import io
from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.statements import ModuleValue, Statement
from roi_pipeline.reporting.entries import write_decisions
from roi_pipeline.reporting.flows import Flows, write_flows
from roi_pipeline.reporting.ledgers import write_assumptions, write_benefits, write_costs
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.sheets import MONEY, Sheets

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

PORTFOLIO = "portfolio"


def render_workbook(edition: EditionInputs, module_id: str, voice: Voice) -> bytes:
    """The workbook of one module, or of all modules for `portfolio`."""
    import xlsxwriter

    modules = [m for m in edition.modules if module_id in (PORTFOLIO, m.module.id)]
    statements = [inputs.value.rated for inputs in modules]
    if module_id == PORTFOLIO and edition.portfolio is not None and edition.portfolio.rated.costs:
        statements = [edition.portfolio.rated]
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        created = datetime.combine(edition.provenance.as_of, time())
        book.set_properties({"created": created, "title": f"ROI {edition.cycle.key}"})
        writer = Sheets(book, voice)
        returns = writer.sheet("returns")
        places = write_assumptions(writer, edition, modules)
        benefits = write_benefits(writer, statements, places)
        costs = write_costs(writer, statements)
        _effects(writer, modules)
        flows = write_flows(writer, edition, _valued(edition, modules, module_id))
        _returns(writer, returns, edition, statements, (benefits, costs))
        _more_returns(writer, returns, statements, (benefits, costs), flows)
        _provenance(writer, edition)
        write_decisions(writer, modules)
        returns.activate()
    return buffer.getvalue()


def _valued(
    edition: EditionInputs, modules: Sequence[ModuleInputs], module_id: str
) -> ModuleValue | None:
    """Whose flows the workbook holds: the module's, or the portfolio's own."""
    if module_id == PORTFOLIO:
        return edition.portfolio
    return modules[0].value if modules else None


def _effects(writer: Sheets, modules: Sequence[ModuleInputs]) -> None:
    sheet, say = writer.sheet("effects"), writer.voice
    names = (
        "workbook.module", "workbook.metric", "pool.baseline", "pool.post", "workbook.estimate",
        "workbook.lower", "workbook.upper", "workbook.standard_error", "pool.grade",
        "evidence.design", "common.reason",
    )  # fmt: skip
    writer.head(sheet, names, (16, 30, 13, 13, 13, 13, 13, 13, 8, 26, 50))
    rows = [(m, entry.metric_id) for m in modules for entry in m.module.pool]
    for row, (inputs, metric_id) in enumerate(rows, 1):
        writer.text(sheet, row, 0, inputs.module.id)
        writer.text(sheet, row, 1, say.name("metric", metric_id))
        outcome = inputs.effects.outcomes.get(metric_id)
        match outcome:
            case Effect():
                figures = (
                    outcome.baseline_value, outcome.post_value, outcome.estimate, outcome.lower,
                    outcome.upper, outcome.standard_error,
                )  # fmt: skip
                for column, value in enumerate(figures, 2):
                    writer.figure(sheet, row, column, value, "0.0000")
                writer.text(sheet, row, 8, outcome.grade)
                writer.text(sheet, row, 9, say.name("design", outcome.design))
            case Inconclusive(reason=reason):
                writer.text(sheet, row, 10, say.sentence(reason))


def _provenance(writer: Sheets, edition: EditionInputs) -> None:
    """Every file, SQL file and library with its whole fingerprint or version."""
    sheet, provenance = writer.sheet("provenance"), edition.provenance
    names = ("workbook.kind", "provenance.name", "provenance.value", "data.rows_read")
    writer.head(sheet, names, (18, 44, 70, 12))
    files = sorted(provenance.files, key=lambda load: load.path)
    rows = [
        *(("files", load.path, load.sha256, load.rows_read) for load in files),
        *(("sql", path, sha, None) for path, sha in sorted(provenance.sql.items())),
        *(("versions", name, version, None) for name, version in sorted(provenance.versions.items())),
    ]  # fmt: skip
    for row, (kind, name, value, n_rows) in enumerate(rows, 1):
        writer.text(sheet, row, 0, writer.voice.word(f"provenance.{kind}"))
        writer.text(sheet, row, 1, name)
        writer.text(sheet, row, 2, value)
        writer.figure(sheet, row, 3, n_rows, "#,##0")


def _returns(
    writer: Sheets,
    sheet: "Worksheet",
    edition: EditionInputs,
    statements: Sequence[Statement],
    ranges: tuple[str, str],
) -> None:
    """The sums of the lines beside the reported figures, and the difference between them."""
    say = writer.voice
    for column, width in enumerate((30, 20, 20, 16)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, f"ROI {edition.cycle.key}", writer.style(role="title"))
    note = say.word("workbook.note", currency=edition.study.currency)
    sheet.merge_range(1, 0, 1, 3, note, writer.style(role="note"))
    for column, name in enumerate(("figure", "recomputed", "reported", "difference")):
        sheet.write_string(3, column, say.word(f"workbook.{name}"), writer.style(role="head"))
    benefits = sum((s.returns.benefits for s in statements), Decimal(0))
    costs = sum((s.returns.costs for s in statements), Decimal(0))
    roi = (benefits - costs) / costs if costs else None
    rows: list[tuple[str, str, Decimal | None, str]] = [
        (say.word("money.benefits"), f"=SUM({ranges[0]})", benefits, MONEY),
        (say.word("money.costs"), f"=SUM({ranges[1]})", costs, MONEY),
        (say.word("money.net"), "=B5-B6", benefits - costs, MONEY),
        ("ROI", '=IF(B6=0,"",B7/B6)', roi, "0.00%"),
    ]
    for row, (name, formula, reported, number) in enumerate(rows, 4):
        sheet.write_string(row, 0, name, writer.style(role="computed"))
        writer.formula(sheet, row, 1, formula, reported, number)
        writer.figure(sheet, row, 2, reported, number)
        difference = f'=IF(B{row + 1}="","",ROUND(B{row + 1}-C{row + 1},6))'
        writer.formula(sheet, row, 3, difference, 0, MONEY, "total")
    printed = sum((each.printed_net for each in statements), Decimal(0))
    sheet.write_string(9, 0, say.word("money.net"), writer.style(role="given"))
    writer.figure(sheet, 9, 2, printed, "#,##0")
    sheet.merge_range(10, 0, 10, 3, say.word("money.rounding"), writer.style(role="note"))
    sheet.set_row(10, 48)
    sheet.set_row(1, 32)


def _more_returns(
    writer: Sheets,
    sheet: "Worksheet",
    statements: Sequence[Statement],
    ranges: tuple[str, str],
    flows: Flows | None,
) -> None:
    """The two ledgers and, where flows are dated, their present value and rate, recomputed too."""
    say = writer.voice
    ledgers = ranges[0].replace("$Q", "$F")
    realised = sum((s.realised for s in statements), Decimal(0))
    estimated = sum((s.estimated for s in statements), Decimal(0))
    alone = statements[0].returns.roi_realised if len(statements) == 1 else None
    named = {name: say.name("ledger", name) for name in ("realised", "estimated")}
    rows: list[tuple[str, str, Decimal | None, str]] = [
        (
            say.word(f"money.of_{name}"),
            f'=SUMIF({ledgers},"{named[name]}",{ranges[0]})',
            sum_,
            MONEY,
        )
        for name, sum_ in (("realised", realised), ("estimated", estimated))
    ]
    if alone is not None:
        formula = '=IF(B6=0,"",(B13-B6)/B6)'
        rows.append((say.word("money.roi_realised"), formula, alone, "0.00%"))
    if flows is not None:
        rows.append((say.word("money.npv"), flows.npv_formula, flows.npv, MONEY))
        if flows.irr is not None:
            rows.append((say.word("money.irr"), flows.irr_formula, flows.irr, "0.00%"))
    for row, (name, formula, reported, number) in enumerate(rows, 12):
        sheet.write_string(row, 0, name, writer.style(role="computed"))
        writer.formula(sheet, row, 1, formula, reported, number)
        writer.figure(sheet, row, 2, reported, number)
        difference = f'=IF(B{row + 1}="","",ROUND(B{row + 1}-C{row + 1},6))'
        writer.formula(sheet, row, 3, difference, 0, MONEY, "total")

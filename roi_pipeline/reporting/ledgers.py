"""The ledgers of the workbook: assumptions, benefit lines and cost lines, each amount a formula.

A factor taken from an assumption refers to the assumption's field, so that changing it there
recomputes the returns. An amount that is not the product of its factors stays a number.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import prod
from typing import TYPE_CHECKING

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.money import Assumption, BenefitLine
from roi_pipeline.domain.statements import Statement
from roi_pipeline.reporting.entries import ASSUMPTION_HEAD, blanks
from roi_pipeline.reporting.sheets import MONEY, SHARE, Sheets

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

# How far a product of printed factors may lie from the stated amount and still be the same.
SAME = Decimal("0.000001")
RATE, QUANTITY = "0.0000", "#,##0.000"
Places = Mapping[str, tuple[str, Decimal]]
BENEFIT_HEAD = {
    "workbook.module": 16, "workbook.id": 18, "workbook.name": 26, "workbook.category": 14,
    "money.destination": 18, "money.ledger": 10, "pool.grade": 8, "workbook.quantity": 13,
    "workbook.unit_value": 13, "workbook.margin": 10, "workbook.realisation": 10,
    "workbook.share": 10, "workbook.risk": 10, "money.credit": 10, "workbook.amount": 15,
    "workbook.counted": 8, "workbook.counted_amount": 15, "common.reason": 40,
}  # fmt: skip
COST_HEAD = {
    "workbook.module": 16, "workbook.id": 20, "workbook.name": 30, "workbook.category": 16,
    "workbook.source": 30, "workbook.quantity": 12, "workbook.unit_value": 13,
    "money.cost_share": 10, "money.rate": 10, "workbook.risk": 10, "workbook.amount": 15,
    "workbook.counted": 8, "workbook.counted_amount": 15, "common.reason": 40,
    "workbook.currency": 10,
}  # fmt: skip


def write_assumptions(
    writer: Sheets, edition: EditionInputs, modules: Sequence[ModuleInputs]
) -> Places:
    """The register; gives back assumption id → (address of its value, value)."""
    sheet = writer.sheet("assumptions")
    writer.head(sheet, list(ASSUMPTION_HEAD), list(ASSUMPTION_HEAD.values()))
    places: dict[str, tuple[str, Decimal]] = {}
    quoted = writer.title("assumptions").replace("'", "''")
    for row, (key, item) in enumerate(_register(edition, modules).items(), 1):
        places[key] = (f"'{quoted}'!$C${row + 1}", item.value)
        writer.text(sheet, row, 0, key)
        writer.text(sheet, row, 1, item.name.into(writer.voice.language) if item.name else "")
        writer.figure(sheet, row, 2, item.value, role="input")
        writer.figure(sheet, row, 3, item.low)
        writer.figure(sheet, row, 4, item.high)
        for column, text in ((5, item.unit), (6, item.source), (7, item.owner)):
            writer.text(sheet, row, column, text)
        writer.text(sheet, row, 8, item.stated_on.isoformat())
        blanks(writer, sheet, row, range(9, 14), days=(13,))
    return places


def _register(edition: EditionInputs, modules: Sequence[ModuleInputs]) -> dict[str, Assumption]:
    """Every assumption once: the study's, and the modules' where they are not the same."""
    register = {item.id: item for item in edition.study.assumptions}
    for inputs in modules:
        for item in inputs.value.assumptions or inputs.module.assumptions:
            if register.get(item.id) != item:
                register[f"{inputs.module.id}.{item.id}"] = item
    return register


def write_benefits(writer: Sheets, statements: Sequence[Statement], places: Places) -> str:
    """Benefit lines, each amount a product; gives back the range of the amounts that count."""
    sheet = writer.sheet("benefits")
    writer.head(sheet, list(BENEFIT_HEAD), list(BENEFIT_HEAD.values()))
    lines = [line for statement in statements for line in statement.benefits]
    for row, line in enumerate(lines, 1):
        _benefit(writer, sheet, row, line, places)
    return f"'{writer.title('benefits')}'!$Q$2:$Q${max(2, len(lines) + 1)}"


def _benefit(
    writer: Sheets, sheet: "Worksheet", row: int, line: BenefitLine, places: Places
) -> None:
    say = writer.voice
    texts = (
        line.module_id, line.id, line.name.into(say.language), say.name("category", line.category),
        say.name("destination", line.destination), say.name("ledger", line.ledger),
        line.grade or "",
    )  # fmt: skip
    for column, text in enumerate(texts):
        writer.text(sheet, row, column, text)
    writer.figure(sheet, row, 7, line.quantity, QUANTITY)
    factors = (
        (line.unit_value_id, line.unit_value, MONEY),
        (line.margin_id, line.margin, SHARE),
        (line.realisation_id, line.realisation, SHARE),
        (None, line.attribution_share, SHARE),
        (None, line.risk_factor, SHARE),
        (None, line.credit_factor, SHARE),
    )
    for column, (name, value, number) in enumerate(factors, 8):
        place = _place(places, line.module_id, name, value)
        if place:
            writer.formula(sheet, row, column, f"={place}", value, number)
        else:
            writer.figure(sheet, row, column, value, number, "input")
    quantity = () if line.quantity is None else (line.quantity,)
    values = (*quantity, *(value for _, value, _ in factors))
    is_counted = line.is_in_rating and line.amount is not None
    at = f"=H{row + 1}*I{row + 1}*J{row + 1}*K{row + 1}*L{row + 1}*M{row + 1}*N{row + 1}"
    formula = at if quantity and _is_product(values, line.amount) else None
    _amounts(writer, sheet, (row, 14), line.amount, formula, is_counted=is_counted)
    writer.text(
        sheet, row, 17, say.sentence(line.excluded_because) if line.excluded_because else ""
    )


def write_costs(writer: Sheets, statements: Sequence[Statement]) -> str:
    """Cost lines, likewise; gives back the range of the amounts that count."""
    sheet, say = writer.sheet("costs"), writer.voice
    writer.head(sheet, list(COST_HEAD), list(COST_HEAD.values()))
    lines = [(line, each.currency) for each in statements for line in each.costs]
    for row, (line, currency) in enumerate(lines, 1):
        texts = (
            line.module_id, line.id, line.name.into(say.language),
            say.name("category", line.category), line.source,
        )  # fmt: skip
        for column, text in enumerate(texts):
            writer.text(sheet, row, column, text)
        factors = (
            (line.quantity, QUANTITY), (line.unit_amount, MONEY), (line.share, SHARE),
            (line.exchange_rate, RATE), (line.risk_factor, SHARE),
        )  # fmt: skip
        values = [value for value, _ in factors if value is not None]
        formula = None
        if line.unit_amount is not None and _is_product(values, line.amount):
            formula = f"=F{row + 1}*G{row + 1}*H{row + 1}*I{row + 1}*J{row + 1}"
            for column, (value, number) in enumerate(factors, 5):
                writer.figure(sheet, row, column, value, number, "input")
        _amounts(writer, sheet, (row, 10), line.amount, formula, is_counted=line.is_counted)
        reason = say.sentence(line.left_out_because) if line.left_out_because else ""
        writer.text(sheet, row, 13, reason)
        writer.text(sheet, row, 14, line.currency or currency)
    return f"'{writer.title('costs')}'!$M$2:$M${max(2, len(lines) + 1)}"


def _amounts(
    writer: Sheets,
    sheet: "Worksheet",
    place: tuple[int, int],
    amount: Decimal | None,
    formula: str | None,
    *,
    is_counted: bool,
) -> None:
    """Amount, whether it counts, and the amount that counts, in three fields side by side."""
    row, column = place
    letters = "ABCDEFGHIJKLMNOPQRS"
    if formula and amount is not None:
        writer.formula(sheet, row, column, formula, amount, MONEY)
    else:
        writer.figure(sheet, row, column, amount, MONEY, "input")
    writer.figure(sheet, row, column + 1, int(is_counted), "0", "input")
    product = f"=N({letters[column]}{row + 1})*{letters[column + 1]}{row + 1}"
    counted = (amount or Decimal(0)) * is_counted
    writer.formula(sheet, row, column + 2, product, counted, MONEY)


def _place(places: Places, module_id: str, name: str | None, value: Decimal) -> str | None:
    """Address of the assumption a factor was taken from, if it is there with the same value."""
    for key in (f"{module_id}.{name}", name or ""):
        if key in places and places[key][1] == value:
            return places[key][0]
    return None


def _is_product(values: Sequence[Decimal], amount: Decimal | None) -> bool:
    if amount is None:
        return False
    return abs(prod(values, start=Decimal(1)) - amount) <= SAME * max(Decimal(1), abs(amount))

"""The workbook recomputes to the reported figures and reads no text as a formula."""

import io
import random
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_clinic import SENTENCES, clinic_edition

sys.path.insert(0, str(Path(__file__).parents[1] / "finance"))

from finance_cases import LIVE, STANDARD, D, assumption, benefit, cost, effect, module, valued

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.reporting.messages import Sentences, shipped_sentences
from roi_pipeline.reporting.sections.context import ModuleContext
from roi_pipeline.reporting.sections.money import benefits_table, costs_table
from roi_pipeline.reporting.view import voice_for
from roi_pipeline.reporting.workbook import render_workbook

CENT = 0.005
MODULES = ["content_push", "smart_assistant", "script_generation", "follow_up", "portfolio"]


def book(edition: EditionInputs, sentences: Sentences, module: str, language: Any = "en") -> bytes:
    return render_workbook(edition, module, voice_for(edition, language, sentences))


def fields(content: bytes, *, data_only: bool = False) -> dict[str, list[list[Any]]]:
    opened = openpyxl.load_workbook(io.BytesIO(content), data_only=data_only)
    return {sheet.title: [[c.value for c in row] for row in sheet.rows] for sheet in opened}


def test_every_formula_is_ours(edition: EditionInputs, sentences: Sentences) -> None:
    opened = openpyxl.load_workbook(io.BytesIO(book(edition, sentences, "portfolio")))
    cells = [cell for sheet in opened for row in sheet.rows for cell in row]
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert len(formulas) > 20
    ours = re.compile("Benefits|Costs|Flows|Realised|Estimated")
    for formula in formulas:
        assert re.fullmatch(r"=[A-Z0-9$!'().,:*\-+/^=\"]+", ours.sub("", formula)), formula


def test_hostile_text_stays_text(edition: EditionInputs, sentences: Sentences) -> None:
    opened = openpyxl.load_workbook(io.BytesIO(book(edition, sentences, "script_generation")))
    name = opened["Costs"]["C2"]
    assert name.data_type == "s"
    assert name.value.startswith("<script>")
    assert "\u202e" not in name.value
    source = opened["Assumptions"]["G2"]
    assert (source.data_type, source.value) == ("s", "=ERP 工资表 2025-12")


def test_there_is_no_macro_and_no_outside_link(
    edition: EditionInputs, sentences: Sentences
) -> None:
    with ZipFile(io.BytesIO(book(edition, sentences, "portfolio"))) as parts:
        names = parts.namelist()
        text = b"".join(parts.read(name) for name in names)
    assert not [name for name in names if "vba" in name.lower() or "external" in name.lower()]
    assert b'TargetMode="External"' not in text


def test_the_same_edition_gives_the_same_workbook(
    edition: EditionInputs, sentences: Sentences
) -> None:
    first, second = (book(edition, sentences, "portfolio", "zh-CN") for _ in range(2))
    assert first == second
    with ZipFile(io.BytesIO(first)) as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-04-09T00:00:00Z" in parts.read("docProps/core.xml")


def test_a_factor_from_an_assumption_refers_to_it(
    edition: EditionInputs, sentences: Sentences
) -> None:
    inputs = edition.modules[0]
    line = replace(inputs.value.rated.benefits[0], unit_value_id="loaded_hour_cost")
    rated = replace(inputs.value.rated, benefits=(line,))
    linked = replace(edition, modules=(replace(inputs, value=replace(inputs.value, rated=rated)),))
    rows = fields(book(linked, sentences, "smart_assistant"))
    assert rows["Benefits"][1][8] == "='Assumptions'!$C$2"
    assert rows["Assumptions"][1][2] == 48.5


def test_an_amount_that_is_not_the_product_of_its_factors_stays_a_number(
    edition: EditionInputs, sentences: Sentences
) -> None:
    inputs = edition.modules[0]
    line = replace(inputs.value.rated.benefits[0], amount=Decimal("1234.56"))
    rated = replace(inputs.value.rated, benefits=(line,))
    other = replace(edition, modules=(replace(inputs, value=replace(inputs.value, rated=rated)),))
    assert fields(book(other, sentences, "smart_assistant"))["Benefits"][1][14] == 1234.56


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("module", MODULES)
def test_recalculated_returns_are_the_reported_ones(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path, module: str
) -> None:
    recalculated = recalculate(book(edition, sentences, module), tmp_path)
    rows = fields(recalculated, data_only=True)["Returns"]
    assert [row[0] for row in rows[4:8]] == ["Benefits", "Costs", "Net benefit", "ROI"]
    for name, recomputed, reported, difference in (row[:4] for row in rows[4:8]):
        assert recomputed == pytest.approx(reported, abs=CENT), name
        assert difference == pytest.approx(0, abs=CENT)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_leaving_a_cost_out_moves_the_returns(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    opened = openpyxl.load_workbook(io.BytesIO(book(edition, sentences, "content_push")))
    opened["Costs"]["L2"] = 0
    changed = tmp_path / "changed.xlsx"
    opened.save(changed)
    rows = fields(recalculate(changed.read_bytes(), tmp_path), data_only=True)["Returns"]
    assert rows[5][2] - rows[5][1] == pytest.approx(96000)
    assert rows[7][1] > rows[7][2]


CURRENCIES = ("CNY", "USD", "JPY", "TWD")
RATES = {"CNY": "1", "USD": "7.1234", "JPY": "0.0471", "TWD": "0.2213"}


def foreign(edition: EditionInputs, currency: str, *, seed: int = 1) -> EditionInputs:
    """The edition of a company that reports in `currency` and is billed in all of them."""
    chance = random.Random(seed)  # noqa: S311
    per_unit = {name: round(D(x) / D(RATES[currency]), 8) for name, x in RATES.items()}
    costs = tuple(
        cost(
            f"{name}_{number}",
            amount=round(D(chance.randint(1_000, 90_000)) / 7 / D(RATES[name]), 2),
            currency=name,
            share=D("0.37") if number else D(1),
            risk_factor=D("1.05") if number else D(1),
            uncertainty=D("0.1"),
        )
        for name in CURRENCIES
        for number in range(2)
    )
    setup = cost(
        "setup",
        basis="once",
        life_months=7,
        amount=round(60000 * per_unit["CNY"], 2),
        start=date(2025, 12, 3),
    )
    lines = (
        benefit(attribution_share=D("0.61"), is_confirmed=True, risk_factor=D("0.85")),
        benefit("again", attribution_share=D("0.29")),
    )
    value = valued(
        replace(module(costs=(*costs, setup), benefits=lines), id=edition.modules[0].module.id),
        effect(estimate=0.0517), per_month=chance.randint(9_000, 15_000), currency=currency,
        assumptions=(
            assumption("visit_value", str(round(200 * per_unit["CNY"], 2))),
            assumption("gross_margin", "0.5"),
        ),
        exchange_rates=ExchangeRates(
            currency,
            {(name, LIVE): x for name, x in per_unit.items() if name != currency},
            max_age_days=366,
        ),
    )  # fmt: skip
    study = replace(edition.study, currency=currency, standards=(STANDARD,))
    inputs = replace(edition.modules[0], value=value)
    return replace(edition, study=study, modules=(inputs, *edition.modules[1:]))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_every_return_recomputes_in_every_currency(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    made = {name: foreign(edition, name, seed=n) for n, name in enumerate(CURRENCIES)}
    books = {
        name: book(each, sentences, each.modules[0].module.id, language)
        for (name, each), language in zip(made.items(), ("en", "zh-CN", "zh-TW", "en"), strict=True)
    }
    recalculated = recalculate_all(books, tmp_path)
    assert set(recalculated) == set(made)
    for name, content in recalculated.items():
        sheets = fields(content, data_only=True)
        rows = next(iter(sheets.values()))
        reported = made[name].modules[0].value.rated
        figures = [row[:4] for row in (*rows[4:8], *rows[12:17])]
        has_rate = reported.returns.irr is not None
        figures = figures[: 8 + has_rate]
        assert has_rate or name != "CNY"
        for label, recomputed, stated, difference in figures:
            assert recomputed == pytest.approx(stated, rel=1e-9, abs=CENT), (name, label)
            assert difference == pytest.approx(0, abs=CENT), (name, label)
        named = [row[1] for row in figures]
        returns = reported.returns
        assert len(named) == 8 + has_rate
        assert named[:4] == pytest.approx(
            [float(x or 0) for x in (returns.benefits, returns.costs, returns.net, returns.roi)]
        )
        assert named[4:] == pytest.approx(
            [
                float(x)
                for x in (reported.realised, reported.estimated, returns.roi_realised, returns.npv,
                          returns.irr)
                if x is not None
            ],
            rel=1e-6,
        )  # fmt: skip
        costs = list(sheets.values())[3]
        assert {row[14] for row in costs[1:]} == set(CURRENCIES)
        assert not any("#" in str(field) or "Err" in str(field) for row in rows for field in row)


@given(amounts=st.lists(st.decimals("-99999", "999999", places=4), min_size=1, max_size=9),
       currency=st.sampled_from(CURRENCIES))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_printed_lines_add_to_printed_totals_in_every_currency(
    amounts: list[Decimal], currency: str
) -> None:
    edition = foreign(clinic_edition(), currency)
    inputs = edition.modules[0]
    line, bill = inputs.value.rated.benefits[0], inputs.value.rated.costs[0]
    benefits = tuple(replace(line, id=f"b{n}", amount=x) for n, x in enumerate(amounts))
    costs = tuple(replace(bill, id=f"c{n}", amount=abs(x)) for n, x in enumerate(amounts))
    exact = sum(amounts, D(0)), sum((abs(x) for x in amounts), D(0))
    returns = replace(inputs.value.rated.returns, benefits=exact[0], costs=exact[1])
    rated = replace(inputs.value.rated, benefits=benefits, costs=costs, returns=returns)
    shown = replace(inputs, value=replace(inputs.value, rated=rated))
    voice = voice_for(edition, "en", {**shipped_sentences(), **SENTENCES})
    context = ModuleContext(edition, voice, shown)
    for table, whole in zip((benefits_table, costs_table), exact, strict=True):
        drawn = table(context, rated)
        printed = [whole_units(row[-1].text) for row in drawn.rows]
        total = whole_units(drawn.feet[0][-1].text)
        assert sum(printed) == total
        assert abs(total - whole) <= D("0.5") * len(amounts)


def whole_units(text: str) -> int:
    """A printed amount of money as a number."""
    digits = int(re.sub(r"[^0-9]", "", text))
    return -digits if "\N{MINUS SIGN}" in text else digits


def recalculate(content: bytes, folder: Path) -> bytes:
    """The workbook after LibreOffice computed every formula anew."""
    return recalculate_all({"book": content}, folder)["book"]


def recalculate_all(books: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """Several workbooks in one go, by name."""
    target = folder / "out"
    sources = [folder / f"{name}.xlsx" for name in books]
    for source, content in zip(sources, books.values(), strict=True):
        source.write_bytes(content)
    command = [
        "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
        "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target), *map(str, sources),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {name: (target / f"{name}.xlsx").read_bytes() for name in books}

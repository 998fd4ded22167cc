"""The workbook recomputes to the reported figures and reads no text as a formula."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.reporting.messages import Sentences
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
    for formula in formulas:
        assert re.fullmatch(
            r"=[A-Z0-9$!'().,:*\-+/=\"]+", formula.replace("Benefits", "").replace("Costs", "")
        ), formula


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


def recalculate(content: bytes, folder: Path) -> bytes:
    """The workbook after LibreOffice computed every formula anew."""
    source, target = folder / "book.xlsx", folder / "out"
    source.write_bytes(content)
    command = [
        "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
        "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target), str(source),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return (target / "book.xlsx").read_bytes()

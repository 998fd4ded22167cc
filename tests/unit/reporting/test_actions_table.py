"""The actions stand side by side in every language, and each printed row adds up."""

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from report_clinic import clinic_edition

from roi_pipeline.domain.advice import Option
from roi_pipeline.domain.modules import VendorContract
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.engines.store.values import from_json, to_json
from roi_pipeline.finance.actions import Prospect, weigh
from roi_pipeline.finance.terms import terms_on
from roi_pipeline.finance.uncertainty import Spread
from roi_pipeline.reporting import render_edition
from roi_pipeline.reporting.figures import report_schema
from roi_pipeline.reporting.messages import shipped_sentences

D = Decimal
CONTRACT = VendorContract(
    date(2025, 6, 1), date(2026, 5, 31), 30, auto_renews=True, renewal_price_rise=D("0.08")
)
HEADINGS = {
    "en": "The actions side by side, until 1 Jun 2028",
    "zh-CN": "各项行动对比（至 2028年6月1日）",
    "zh-TW": "各項行動對比（至 2028年6月1日）",
}


def options(benefit: str = "900.4", *, is_harmed: bool = False) -> tuple[Option, ...]:
    seen = Prospect(
        Spread(D(benefit) * 90, D(92_000), D(9_000), D(0)), D(90), D("812.3"), D("155.45"),
        D(100), D(120), room=D("0.5"), rollout=D("1234.5"), is_harmed=is_harmed,
    )  # fmt: skip
    return weigh(seen, terms_on(CONTRACT, date(2026, 4, 9), next_edition=date(2026, 7, 9)))


def rendered(folder: Path, found: tuple[Option, ...]) -> dict[str, str]:
    edition = clinic_edition()
    first = edition.modules[0]
    decision = replace(first.value.decision, options=found, weighed_until=date(2028, 6, 1))
    first = replace(first, value=replace(first.value, decision=decision))
    edition = replace(edition, modules=(first, *edition.modules[1:]))
    files = render_edition(
        edition, folder, formats=["md", "html", "json"], languages=LANGUAGES,
        sentences=shipped_sentences(),
    )  # fmt: skip
    figures = next(file.path for file in files if file.kind == "json")
    document = json.loads((folder / figures).read_text("utf-8"))
    Draft202012Validator(report_schema()).validate(document)
    kept = document["modules"][0]["value"]["decision"]["options"]
    assert [each["action"] for each in kept] == [option.action for option in found]
    name = first.module.id
    return {lang: (folder / lang / f"{name}.md").read_text("utf-8") for lang in LANGUAGES}


def test_the_table_stands_there_in_every_language(tmp_path: Path) -> None:
    texts = rendered(tmp_path, options())
    for language, heading in HEADINGS.items():
        assert heading in texts[language]
        assert "option_" not in texts[language]
    html = (tmp_path / "en" / "smart_assistant.html").read_text("utf-8")
    assert 'id="t-actions"' in html
    assert "the fee changes by +8.0% from 1 Jun 2026" in texts["en"]


def test_every_printed_row_adds_up(tmp_path: Path) -> None:
    text = rendered(tmp_path, options())["en"]
    table = text.split(HEADINGS["en"])[1].split("\nNet is")[0]
    rows = [line.split(" | ") for line in table.splitlines() if "CN¥" in line]
    sums = 0
    for row in rows:
        cells = [_amount(cell) for cell in row[1:6]]
        if cells[0] is None or cells[4] is None:
            continue
        benefits, costs, once, learning, net = (cell or 0 for cell in cells)
        assert benefits - costs - once + learning == net, row
        sums += 1
    assert sums >= 4


@pytest.mark.parametrize("is_harmed", [False, True])
def test_what_is_closed_stands_last_with_its_reason(tmp_path: Path, is_harmed: bool) -> None:  # noqa: FBT001
    text = rendered(tmp_path, options(is_harmed=is_harmed))["en"]
    assert ("not available while a guardrail metric is harmed" in text) is is_harmed
    assert text.index("Stop") < text.index("Continue") or not is_harmed


def test_the_options_are_kept_with_the_value() -> None:
    first = clinic_edition().modules[0]
    decision = replace(first.value.decision, options=options(), weighed_until=date(2028, 6, 1))
    value = replace(first.value, decision=decision)
    assert from_json(to_json(value), ModuleValue) == value


def _amount(cell: str) -> int | None:
    found = re.search(r"(−)?\+?CN¥([\d,]+)", cell)
    if found is None:
        return None
    size = int(found[2].replace(",", ""))
    return -size if found[1] else size

"""Money through the folder and the command line alone: what is refused, and what two cycles tell."""

import io
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from tiny_study import write_tiny_study

from roi_pipeline.cli.app import commands
from roi_pipeline.defs.run import close_study
from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.usecases.check import check_study

STUDY, MODULE, OTHER = "study.toml", "modules/greeter.toml", "modules/usher.toml"
BENEFIT = """
[[benefit]]
id = "again"
category = "revenue"
name = { en = "Again" }
metric = "sale_rate"
unit_value = "margin_of_a_sale"
destination = "revenue_won"
owner = "sales"
"""
CONTRACT = "\n[[vendor_contract]]\nstart = 2026-02-01\nend = 2026-06-01\nnotice_days = 30\n"
OVERLAPPING = "\n[[vendor_contract]]\nstart = 2026-05-01\nend = 2027-05-01\n"
CLAIM = """
[[claim]]
id = "plus_thirty"
metric = "sale_rate"
kind = "relative"
value = 0.3
source = "offer"
"""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Replace `old` by `new` in `file` (add it, when there is no `old`); what `roi check` says."""

    sentence: str
    file: str
    old: str
    new: str
    says: tuple[str, ...]


MISTAKES = (
    Mistake("a negative cost", MODULE, '"900"', '"-900"', ("cost[0].amount", "'-900'", "0 or more")),
    Mistake(
        "a foreign cost before its first rate", MODULE, 'basis = "per_month"',
        'basis = "per_month"\ncurrency = "USD"',
        ("cost[0].currency", "2026-02-01", 'Add [[exchange_rate]] with currency = "USD"'),
    ),
    Mistake(
        "a unit value without source", STUDY, 'source = "price list"\n', "",
        ("assumption[0].source", "Add 'source'"),
    ),
    Mistake(
        "a benefit without destination", MODULE, 'destination = "revenue_won"\n', "",
        ("benefit[0].destination", "Add 'destination'"),
    ),
    Mistake(
        "contracts that overlap", MODULE, "", CONTRACT + OVERLAPPING,
        ("vendor_contract[1].start", "2026-06-01", "Correct the dates"),
    ),
    Mistake(
        "a claim on an unknown metric", MODULE, "", CLAIM.replace("sale_rate", "sales_rate"),
        ("claim[0].metric", "Did you mean 'sale_rate'?"),
    ),
    Mistake(
        "a benefit counted twice", MODULE, "", BENEFIT,
        ("benefit[1].metric", "benefit[0] (sale_rate)", "attribution shares"),
    ),
    Mistake(
        "sales priced by payroll", MODULE, "unit_value =", 'role = "agent"\nunit_value =',
        ("benefit sales.role", "payroll prices hours", "delete role"),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_study(tmp_path_factory.mktemp("money") / "study")


@pytest.mark.parametrize("mistake", MISTAKES, ids=[each.sentence for each in MISTAKES])
def test_roi_check_refuses_money_with_file_key_and_remedy(sound: Path, mistake: Mistake) -> None:
    path = sound / mistake.file
    before = path.read_text("utf-8")
    after = before.replace(mistake.old, mistake.new, 1) if mistake.old else before + mistake.new
    assert after != before
    try:
        path.write_text(after, "utf-8")
        with pytest.raises(StudyHasProblems) as refused:
            check_study(sound)
    finally:
        path.write_text(before, "utf-8")
    (problem,) = refused.value.problems
    assert problem.file == mistake.file
    assert [text for text in mistake.says if text not in str(problem)] == []
    assert problem.remedy


def test_roi_check_names_both_modules_that_count_one_quantity(sound: Path) -> None:
    text = (sound / MODULE).read_text("utf-8").replace('id = "greeter"', 'id = "usher"')
    (sound / OTHER).write_text(text, "utf-8")
    try:
        command = [sys.executable, "-m", "roi_pipeline.cli", "check", str(sound)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        (sound / OTHER).unlink()
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert MODULE in said
    assert OTHER in said


HARDER = """
id = "harder"
based_on = "default"
valid_from = 2026-03-01

[[tier]]
name = "startup"
from_headcount = 0
minimum_months = 1
rating_months = 2
lowest_grade = "D"

[[tier.band]]
grade = "meets"
from_roi = "20"
action = "continue"

[[tier.band]]
grade = "adjust"
action = "change"
"""


@pytest.fixture(scope="module")
def march(closed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """February closed; then a contract, a claim, a harder standard, and what its workbook brings.

    Finance filled in a new price and the owner a decision, in the workbook that went out.
    """
    folder = tmp_path_factory.mktemp("march") / "study"
    shutil.copytree(closed_once, folder)
    path = folder / MODULE
    path.write_text(path.read_text("utf-8") + CONTRACT + CLAIM, "utf-8")
    sent = folder / "out/editions/2026-02/final-1/reports/en/greeter.xlsx"
    book = openpyxl.load_workbook(sent)
    prices, decisions = book["Assumptions"], book["Decisions to enter"]
    (row,) = [each[0].row for each in prices.rows if each[0].value == "margin_of_a_sale"]
    for column, field in enumerate((36, None, None, "price list of March", date(2026, 3, 10)), 10):
        prices.cell(row, column, field)
    for column, field in enumerate(("Expand", "Ms Chen", date(2026, 3, 12), "it earns"), 4):
        decisions.cell(2, column, field)
    filled = tmp_path_factory.mktemp("returned") / "greeter.xlsx"
    book.save(filled)
    found = CliRunner().invoke(commands, ["--language", "en", "enter", str(folder), str(filled)])
    assert found.exit_code == 0, found.output
    assert ("margin_of_a_sale = 36" in found.output, "Ms Chen" in found.output) == (True, True)
    again = CliRunner().invoke(commands, ["--language", "en", "enter", str(folder), str(filled)])
    assert "nothing to enter" in again.output
    (folder / "standards").mkdir()
    (folder / "standards/harder.toml").write_text(HARDER, "utf-8")
    closing = close_study(folder, "2026-03")
    assert closing.name == "2026-03/final-1", closing.outcome.failed
    return folder / "out/editions/2026-03/final-1/reports"


def figures(reports: Path) -> Any:
    return json.loads((reports / "figures.json").read_text("utf-8"))


def codes(messages: list[dict[str, Any]]) -> set[str]:
    return {each["code"] for each in messages}


def test_a_second_cycle_says_what_came_of_the_first_and_until_when_to_decide(march: Path) -> None:
    document = figures(march)
    value = document["modules"][0]["value"]
    decision = value["decision"]
    assert decision["decide_by"] == "2026-05-02"
    assert decision["cost_of_waiting"] is not None
    assert decision["value_of_waiting"] is not None
    for judged in (value, document["portfolio"]):
        (last,) = [
            reason
            for reason in judged["decision"]["reasons"]
            if reason["code"] == "last_decision_and_what_came_of_it"
        ]
        assert last["values"]["cycle"] == "2026-02"
        assert last["values"]["action"] == "continue"
        assert last["values"]["roi_now"] == pytest.approx(float(judged["cycle"]["returns"]["roi"]))
    page = (march / "en/greeter.md").read_text("utf-8")
    assert "2 May 2026" in page
    assert "decision of 2026-02" in page


def test_a_changed_standard_shows_the_rating_under_both(march: Path) -> None:
    document = figures(march)
    for judged in (document["modules"][0]["value"], document["portfolio"]):
        assert (judged["rating"]["standard_id"], judged["rating"]["grade"]) == ("harder", "adjust")
        before = judged["rating_before_change"]
        assert (before["standard_id"], before["grade"]) == ("default", "meets")
        assert "standard_changed" in codes(judged["notes"])
    assert "harder" in (march / "en/greeter.md").read_text("utf-8")


def test_a_new_version_of_an_assumption_enters_the_register_and_the_bridge(march: Path) -> None:
    inputs = figures(march)["modules"][0]
    (price,) = [x for x in inputs["value"]["assumptions"] if x["id"] == "margin_of_a_sale"]
    assert (price["value"], price["stated_on"]) == ("36", "2026-03-10")
    steps = {step["cause"]: float(step["roi_change"]) for step in inputs["previous"]["bridge"]}
    assert steps["assumption"] > 0
    moved = float(inputs["value"]["rated"]["returns"]["roi"]) - float(inputs["previous"]["roi"])
    assert sum(steps.values()) == pytest.approx(moved, abs=1e-6)


def test_a_decision_entered_through_the_workbook_stands_beside_the_advice_and_what_came_of_it(
    march: Path,
) -> None:
    (taken,) = figures(march)["modules"][0]["module"]["decisions"]
    assert (taken["action"], taken["by"], taken["on"]) == ("expand", "Ms Chen", "2026-03-12")
    page = (march / "en/greeter.md").read_text("utf-8")
    assert "Ms Chen" in page
    assert "it earns" in page


def test_claims_credit_and_ledgers_stand_in_the_report(march: Path) -> None:
    document = figures(march)
    value = document["modules"][0]["value"]
    assert [claim["claim_id"] for claim in value["claims"]] == ["plus_thirty"]
    assert value["claims"][0]["smallest_detectable"] > 0
    for ledger in (value["credit"], document["portfolio"]["credit"]):
        (line,) = ledger
        claimed, observed, incremental, credited = (
            float(line[key]) for key in ("claimed", "observed", "incremental", "credited")
        )
        assert claimed > 0
        assert credited <= incremental <= observed
        assert float(line["amount"]) <= float(line["incremental_amount"])
    assert value["rated"]["returns"]["roi_realised"] is None
    assert "no_line_is_realised" in codes(value["notes"])
    page = (march / "en/greeter.md").read_text("utf-8")
    assert not re.search("realised[^|\n]*\\|[^\n]*\N{MINUS SIGN}100", page)


def test_the_workbook_of_a_real_run_adds_up_to_its_figures(march: Path) -> None:
    value = figures(march)["modules"][0]["value"]
    book = openpyxl.load_workbook(
        io.BytesIO((march / "en/greeter.xlsx").read_bytes()), data_only=True
    )
    rows = {row[0].value: row[2].value for row in book["Returns"].rows if row[0].value}
    returns = value["rated"]["returns"]
    assert rows["Benefits"] == pytest.approx(float(returns["benefits"]))
    assert rows["Costs"] == pytest.approx(float(returns["costs"]))
    assert rows["ROI"] == pytest.approx(float(returns["roi"]))
    assert rows["Net present value"] == pytest.approx(float(returns["npv"]))
    assert [row[1].value for row in list(book["Cash flows"].rows)[1:]] == pytest.approx(
        [float(amount) for _, amount in value["flows"]]
    )


def test_a_run_with_trend_computes_the_cycle_before_without_its_report(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    write_tiny_study(folder)
    result = CliRunner().invoke(
        commands, ["run", str(folder), "--cycle", "2026-03", "--as-of", "2026-04-11", "--trend"]
    )
    assert result.exit_code == 0, result.output
    reports = folder / "out/reports"
    assert [path.name for path in reports.iterdir()] == ["2026-03"]
    (module,) = json.loads((reports / "2026-03/figures.json").read_text("utf-8"))["modules"]
    assert [cycle for cycle, roi, _ in module["trend"] if roi is not None] == ["2026-02", "2026-03"]

"""What cannot be answered is said to be unanswerable, in every report, and never becomes money."""

import csv
import random
from datetime import date, timedelta

import pytest
from published import report_of, study_with

DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(181)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = study_with("impossible", [], tmp_path_factory.mktemp("i"))
    chance = random.Random(1)  # noqa: S311 - the same figures every time
    with (folder / "exports" / "days.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["shop", "day", "visits", "sales"])
        for day in DAYS:
            for shop in range(1, 9):
                visits = chance.randint(20, 30)
                writer.writerow([f"S{shop}", day, visits, chance.randint(3, 9)])
    return folder


@pytest.fixture(scope="module")
def report(study):
    return report_of(study, "2026-Q2")


@pytest.mark.parametrize(
    ("module", "metric", "code"),
    [
        ("no_baseline", "shop_sale_rate", "no_baseline"),
        ("one_shop", "shop_sale_rate", "one_unit"),
        ("constant", "shop_open_day_rate", "metric_is_constant"),
        ("all_at_once", "shop_sale_rate", "no_untreated_units"),
        ("not_yet_live", "shop_sale_rate", "go_live_outside_the_data"),
        ("ten_days", "shop_sale_rate", "post_too_short"),
        ("nothing_below_the_line", "sales_per_return", "denominator_is_zero"),
    ],
)
def test_the_reason_stands_where_the_effect_would(report, module, metric, code) -> None:
    outcome = report.outcome(module, metric)
    assert "estimate" not in outcome
    assert outcome["reason"]["code"] == code
    assert outcome["reason"]["text"]["en"]
    assert report.benefit(module, "sales")["amount"] is None
    assert report.module(module)["value"]["rating"]["grade"] is None


def test_each_design_says_why_it_could_not_answer(report) -> None:
    plan = report.outcome("one_shop", "shop_sale_rate")["plan"]
    reasons = {each["design"]: each["reason"]["code"] for each in plan["considered"]}
    assert plan["design"] is None
    assert reasons["before_after"] == "one_unit"
    assert reasons["difference_in_differences"] == "no_untreated_units"
    assert reasons["structural_series"] == "baseline_too_short"


def test_every_module_has_its_report(report, study) -> None:
    pages = {path.stem for path in (study / "out" / "reports" / "2026-Q2" / "en").glob("*.html")}
    modules = {path.stem for path in (study / "modules").glob("*.toml")}
    assert modules | {"portfolio"} <= pages

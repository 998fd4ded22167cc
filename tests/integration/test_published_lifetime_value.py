"""Customer lifetime value through the public interface: the real file, `roi run`, the JSON report.

Fader, Hardie & Lee (2005) and Fader & Hardie (2013) on CDNOW's customers, observed to the end of
September 1997; the file goes on to June 1998, which that cycle must not see.
"""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from published import DATA, needs_data, read_report, study_with

from roi_pipeline.cli import commands

pytestmark = [pytest.mark.real_data, needs_data]
METRIC = "lifetime_value_per_customer"


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("c")
    study = study_with("cdnow", ["cdnow/CDNOW_sample.txt"], folder)
    result = CliRunner().invoke(commands, ["run", str(study), "--cycle", "1997-Q3"])
    assert result.exit_code == 0, result.output
    return study


@pytest.fixture(scope="module")
def report(study: Path):
    return read_report(study, "1997-Q3")


@pytest.fixture(scope="module")
def report_page(study: Path) -> str:
    pages = study / "out/reports/1997-Q3/en"
    return (pages / "shop_recommendations.md").read_text("utf-8")


@pytest.fixture(scope="module")
def fit(report):
    (found,) = report.outcome("shop_recommendations", METRIC)["lifetimes"]
    return found


def test_every_line_of_the_file_is_a_purchase_though_some_are_equal(report) -> None:
    assert report.rows("CDNOW_sample.txt") == (6919, 6919)


def test_how_often_cdnows_customers_buy(fit) -> None:
    assert (fit["n_customers"], fit["n_repeat_buyers"]) == (2357, 946)
    found = (fit["r"], fit["alpha"], fit["a"], fit["b"])
    assert found == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=5e-4)
    assert fit["purchases_log_likelihood"] == pytest.approx(-9582.43, abs=0.01)


def test_what_cdnows_customers_spend(fit) -> None:
    assert (fit["p"], fit["q"], fit["v"]) == pytest.approx((6.25, 3.74, 15.44), abs=0.005)


def test_the_lifetime_value_is_what_another_library_computes(fit) -> None:
    """`lifetimes` with the fitted parameters, on the histories its authors ship."""
    lifetimes, pandas = pytest.importorskip("lifetimes"), pytest.importorskip("pandas")
    file = DATA / "cdnow" / "cdnow_customers_summary_with_transactions.csv"
    with file.open(encoding="utf-8") as rows:
        table = list(csv.DictReader(rows))
    x, recency, age, value = (
        pandas.Series([float(row[name]) for row in table]) for name in ("x", "t_x", "T", "zbar")
    )
    buying, spending = lifetimes.BetaGeoFitter(), lifetimes.GammaGammaFitter()
    buying.params_ = pandas.Series({name: fit[name] for name in ("r", "alpha", "a", "b")})
    spending.params_ = pandas.Series({name: fit[name] for name in ("p", "q", "v")})
    purchases = buying.conditional_expected_number_of_purchases_up_to_time(
        fit["weeks_ahead"], x, recency, age
    )
    worth = spending.conditional_expected_average_profit(x, value)
    assert fit["value"] == pytest.approx(float((purchases * worth).mean()), rel=1e-3)
    assert fit["lower"] < fit["value"] < fit["upper"]


def test_the_level_stands_in_the_report_beside_why_it_is_no_effect(report, fit) -> None:
    outcome = report.outcome("shop_recommendations", METRIC)
    assert "grade" not in outcome
    assert outcome["post_value"] == fit["value"]
    reason = outcome["reason"]
    assert reason["code"] == "lifetime_value_has_no_comparison"
    assert f"${fit['value']:.2f}" in reason["text"]["en"]
    assert "2,357 位顧客" in reason["text"]["zh-TW"]


def test_level_interval_and_models_stand_in_the_printed_report(report_page: str) -> None:
    assert "2,357 customers with a purchase (946 bought more than once)" in report_page
    assert "r 0.243, α 4.41, a 0.793, b 2.43" in report_page

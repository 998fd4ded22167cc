"""Published results through the public interface: a study folder, the real file, `roi run`, JSON.

Nothing here computes: each adapter is a study folder in `tests/studies`.
"""

import pytest
from published import needs_data, read_report, report_of, study_with

pytestmark = [pytest.mark.real_data, needs_data]
EARNINGS = "yearly_earnings_per_person"
PACKS = "packs_per_head_and_year"


@pytest.fixture(scope="module")
def hillstrom(tmp_path_factory):
    study = study_with("hillstrom", ["hillstrom_email/hillstrom.csv"], tmp_path_factory.mktemp("h"))
    return report_of(study, "2008-03")


@pytest.mark.parametrize(
    ("module", "metric", "published", "error"),
    [
        ("mens_email", "campaign_visit_rate", 0.076590, 0.003386),
        ("mens_email", "campaign_conversion_rate", 0.006805, 0.000921),
        ("mens_email", "campaign_spend_per_customer", 0.769827, 0.145247),
        ("womens_email", "campaign_visit_rate", 0.045233, 0.003234),
        ("womens_email", "campaign_conversion_rate", 0.003111, 0.000823),
        ("womens_email", "campaign_spend_per_customer", 0.424412, 0.130333),
    ],
)
def test_hillstroms_campaign(hillstrom, module, metric, published, error) -> None:
    effect = hillstrom.outcome(module, metric)
    assert effect["estimate"] == pytest.approx(published, abs=1e-6)
    assert effect["standard_error"] == pytest.approx(error, abs=1e-6)
    assert (effect["design"], effect["grade"]) == ("randomised", "A")
    assert effect["is_money_allowed"]
    assert effect["baseline"] is None, "the file says nothing of the weeks before"


def test_every_row_of_the_campaign_counts_though_many_are_equal(hillstrom) -> None:
    assert hillstrom.rows("hillstrom.csv") == (64000, 64000)
    assert hillstrom.outcome("mens_email", "campaign_visit_rate")["n_units"] == 21307 + 21306


def test_the_campaigns_extra_sales_become_money(hillstrom) -> None:
    margin = 0.40 * 0.769827 * 21307
    amount = float(hillstrom.benefit("mens_email", "revenue")["amount"])
    assert amount == pytest.approx(margin, rel=1e-5)


@pytest.fixture(scope="module")
def job_programme(tmp_path_factory):
    files = ["nsw_lalonde/nsw_mixtape.dta", "nsw_lalonde/cps_mixtape.dta"]
    return report_of(study_with("nsw_lalonde", files, tmp_path_factory.mktemp("n")), "1978")


def test_the_job_programme_against_those_not_drawn(job_programme) -> None:
    effect = job_programme.outcome("job_programme", EARNINGS)
    assert effect["estimate"] == pytest.approx(1794.34, abs=0.005)
    assert effect["standard_error"] == pytest.approx(632.85, abs=0.005)
    assert (effect["design"], effect["grade"], effect["n_units"]) == ("randomised", "A", 445)


def test_the_job_programme_against_a_survey_is_no_lot_and_no_money(job_programme) -> None:
    outcome = job_programme.outcome("job_programme_against_survey", EARNINGS)
    assert "grade" not in outcome
    reason = outcome["reason"]
    assert reason["code"] == "refused_for_covariate_before"
    assert reason["values"]["estimate"] == pytest.approx(-8497.52, abs=0.005)
    stopped = {
        finding["message"]["values"]["covariate"]
        for finding in outcome["findings"]
        if finding["severity"] == "stop" and not finding["passed"]
    }
    assert {"age_years", "is_black", "is_married", "earnings_1974_amount"} <= stopped
    assert job_programme.benefit("job_programme_against_survey", "earnings")["amount"] is None
    assert job_programme.benefit("job_programme", "earnings")["amount"] is not None


def test_house_prices_near_the_incinerator(tmp_path) -> None:
    study = study_with("kielmc", ["kielmc_incinerator/kielmc.csv.bz2"], tmp_path)
    effect = report_of(study, "1981").outcome("incinerator", "price_per_house")
    assert effect["estimate"] == pytest.approx(-11863.90, abs=0.005)
    assert effect["standard_error"] == pytest.approx(7456.65, abs=0.005)
    assert effect["design"] == "difference_in_differences"
    assert (effect["n_units"], effect["n_treated"], effect["grade"]) == (321, 96, "C")


@pytest.fixture(scope="module")
def banks(tmp_path_factory):
    return study_with(
        "mississippi_banks", ["mississippi_banks/banks.csv"], tmp_path_factory.mktemp("b")
    )


def test_mississippis_banks_over_six_years(banks) -> None:
    effect = report_of(banks, "1934").outcome("easy_money", "banks_in_business")
    assert effect["estimate"] == pytest.approx(20.5, abs=1e-9)
    assert effect["standard_error"] == pytest.approx(10.72, abs=0.005)
    assert effect["n_units"] == 2


def test_mississippis_banks_in_two_years_differ_by_19_without_anything_to_judge_it_by(
    banks,
) -> None:
    outcome = report_of(banks, "1931").outcome("easy_money_one_year", "banks_in_business")
    assert outcome["reason"]["code"] == "did_without_replication"
    assert outcome["reason"]["values"]["estimate"] == pytest.approx(19, abs=1e-9)
    assert "19" in outcome["reason"]["text"]["en"]


@pytest.fixture(scope="module")
def tobacco(tmp_path_factory):
    """The same through the command line."""
    from click.testing import CliRunner

    from roi_pipeline.cli import commands

    study = study_with("prop99", ["prop99/california_prop99.csv"], tmp_path_factory.mktemp("p"))
    result = CliRunner().invoke(commands, ["run", str(study), "--cycle", "2000"])
    assert result.exit_code == 0, result.output
    return read_report(study, "2000")


@pytest.mark.parametrize(
    ("module", "design", "published", "tolerance"),
    [
        ("tobacco_control_did", "difference_in_differences", -27.349, 0.001),
        ("tobacco_control_synthetic", "synthetic_control", -19.6, 0.2),
        ("tobacco_control_synthetic_did", "synthetic_difference_in_differences", -15.60, 0.05),
    ],
)
def test_californias_tobacco_control(tobacco, module, design, published, tolerance) -> None:
    effect = tobacco.outcome(module, PACKS)
    assert effect["estimate"] == pytest.approx(published, abs=tolerance)
    assert (effect["design"], effect["n_units"], effect["n_treated"]) == (design, 39, 1)

"""Published experiments through `ArmSamples` filled by DuckDB, as the warehouse fills them."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.samples import ArmSamples, Sample
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.designs.randomised import Adjustment, randomised
from roi_pipeline.stats.effect import Question

DATA = Path(os.environ.get("ROI_DATA", Path(__file__).parents[3] / "shared" / "data"))
POST = Window(date(2008, 3, 1), date(2008, 3, 15))
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.exists(), reason=f"the public data sets are not at {DATA}"),
]


def moments(
    connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], columns: Sequence[str]
) -> Sample:
    means = ", ".join(f"avg({column})" for column in columns)
    pairs = ", ".join(f"covar_samp({one}, {two})" for one in columns for two in columns)
    row = connection.execute(f"select count(*), {means}, {pairs} from {table}").fetchone()
    assert row is not None
    size = len(columns)
    flat = row[1 + size :]
    spread = tuple(tuple(flat[size * line : size * (line + 1)]) for line in range(size))
    return Sample(row[0], tuple(names), tuple(row[1 : 1 + size]), spread)


def hillstrom(metric: str) -> ArmSamples:
    with duckdb.connect() as connection:
        file = DATA / "hillstrom_email" / "hillstrom.csv"
        connection.execute(f"create table customers as from read_csv('{file}')")
        names = ("numerator", "denominator", "recency", "history", "mens", "womens", "newbie")
        columns = (metric, "1.0", *names[2:])
        arms = [
            moments(connection, f"(from customers where segment = '{arm}')", names, columns)
            for arm in ("Mens E-Mail", "No E-Mail")
        ]
    return ArmSamples(*arms, planned_share=0.5)


@pytest.mark.parametrize(
    ("metric", "estimate", "error"),
    [
        ("visit", 0.076590, 0.003386),
        ("conversion", 0.006805, 0.000921),
        ("spend", 0.769827, 0.145247),
    ],
)
def test_hillstroms_mens_mail_is_reproduced(metric: str, estimate: float, error: float) -> None:
    outcome = randomised(hillstrom(metric), Question("mens_mail", metric, POST))
    assert isinstance(outcome, Effect)
    assert outcome.estimate == pytest.approx(estimate, abs=5e-7)
    assert outcome.standard_error == pytest.approx(error, abs=5e-7)
    assert outcome.grade == "A"
    assert all(
        finding.passed for finding in outcome.findings if finding.check != "change_is_plausible"
    )


def test_hillstroms_spend_is_a_suspiciously_large_relative_change() -> None:
    outcome = randomised(hillstrom("spend"), Question("mens_mail", "spend", POST))
    assert isinstance(outcome, Effect)
    assert outcome.relative == pytest.approx(1.1793, abs=5e-4)
    found = {finding.check: finding.passed for finding in outcome.findings}
    assert not found["change_is_plausible"]


def test_declared_covariates_leave_hillstroms_effect_where_it_is() -> None:
    adjusted = randomised(
        hillstrom("visit"),
        Question("mens_mail", "visit", POST),
        adjustment=Adjustment(covariates=("recency", "history", "newbie")),
    )
    assert isinstance(adjusted, Effect)
    assert adjusted.estimate == pytest.approx(0.07659, abs=0.001)
    assert adjusted.standard_error < 0.003386


def lalonde(comparison: str) -> ArmSamples:
    pandas = pytest.importorskip("pandas")
    folder = DATA / "nsw_lalonde"
    people = pandas.read_stata(folder / "nsw_mixtape.dta")
    others = pandas.read_stata(folder / "cps_mixtape.dta")
    names = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "re78", "treat")
    columns = ("re78::double", "1.0", *(f"{name}::double" for name in names[:8]))
    with duckdb.connect() as connection:
        connection.register("people", people[list(names)])
        connection.register("others", others[list(names)])
        arms = [
            moments(connection, table, ("numerator", "denominator", *names[:8]), columns)
            for table in (
                "(from people where treat = 1)",
                "(from people where treat = 0)" if comparison == "nsw" else "others",
            )
        ]
    return ArmSamples(*arms)


def test_the_job_programme_is_reproduced_with_both_errors() -> None:
    question = Question("job_programme", "earnings_per_person", POST)
    published = randomised(lalonde("nsw"), question, adjustment=Adjustment(variance="pooled"))
    robust = randomised(lalonde("nsw"), question)
    assert isinstance(published, Effect)
    assert isinstance(robust, Effect)
    assert published.estimate == pytest.approx(1794.342, abs=5e-4)
    assert published.standard_error == pytest.approx(632.853, abs=5e-4)
    assert published.p_value == pytest.approx(0.0048, abs=5e-5)
    assert robust.standard_error == pytest.approx(670.8, abs=0.5)
    assert published.grade == "A"


def test_the_non_comparable_control_group_is_refused_as_randomised() -> None:
    question = Question("job_programme", "earnings_per_person", POST)
    outcome = randomised(lalonde("cps"), question)
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "refused_for_covariate_before"
    assert outcome.reason.values["estimate"] == pytest.approx(-8497.516, abs=5e-4)
    failed = {finding.message.values["covariate"] for finding in outcome.findings if finding.stops}
    assert {"age", "black", "marr", "nodegree", "re74", "re75"} <= failed

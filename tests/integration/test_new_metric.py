"""`roi init --metric` writes a metric that runs, with a case that `roi check` runs too."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_study import write_tiny_study

from roi_pipeline.cli import commands
from roi_pipeline.domain.errors import NeedsAHuman, StudyHasProblems, UnknownName
from roi_pipeline.usecases.check import check_study
from roi_pipeline.usecases.new_metric import start_metric

CASE = Path("tests/sql/metrics/bought_daily.toml")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_tiny_study(tmp_path / "tiny")


def test_what_is_written_passes_its_own_case(study: Path) -> None:
    result = CliRunner().invoke(commands, ["init", str(study), "--metric", "bought"])
    assert result.exit_code == 0, result.output
    sql = (study / "sql/metrics/bought_daily.sql").read_text("utf-8")
    assert "count(*) filter (where counted.is_sale) as value_sum" in sql
    assert "from exports.pos__visits" in sql
    assert 'unit = "rate"' in (study / "metrics/bought.toml").read_text("utf-8")
    assert check_study(study) is not None


def test_a_case_that_does_not_come_out_is_a_problem_with_both_sides(study: Path) -> None:
    start_metric(study, "bought")
    path = study / CASE
    path.write_text(path.read_text("utf-8").replace("value_sum = 1", "value_sum = 2"), "utf-8")
    with pytest.raises(StudyHasProblems) as caught:
        check_study(study)
    (problem,) = caught.value.problems
    assert problem.file == str(CASE)
    assert "found a, 2026-01-05, 1, 2; expected a, 2026-01-05, 2, 2" in problem.remedy


def test_a_case_of_no_file_or_of_no_table_is_a_problem(study: Path) -> None:
    start_metric(study, "bought")
    path = study / CASE
    path.write_text(path.read_text("utf-8").replace("exports.pos__visits", "exports.pos"), "utf-8")
    path.with_name("nothing_daily.toml").write_text("", "utf-8")
    with pytest.raises(StudyHasProblems) as caught:
        check_study(study)
    assert {each.value for each in caught.value.problems} == {
        "exports.pos",
        "metrics.nothing_daily",
    }


def test_a_metric_there_already_and_an_unknown_export_are_refused(study: Path) -> None:
    with pytest.raises(NeedsAHuman, match="there already"):
        start_metric(study, "sale_rate")
    with pytest.raises(UnknownName, match="pos__visits"):
        start_metric(study, "bought", "pos__visit")

"""`roi check` finds before a run what would end one: SQL, metrics, units, dates, with file and line."""

from pathlib import Path

import pytest
from tiny_study import write_tiny_study

from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.examples import EXAMPLES
from roi_pipeline.settings import read_study
from roi_pipeline.usecases.check import check_study
from roi_pipeline.usecases.check_sql import sql_problems

FACT, DAILY, METRIC = (
    "sql/facts/visits.sql",
    "sql/metrics/visits_daily.sql",
    "metrics/sale_rate.toml",
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_tiny_study(tmp_path / "tiny")


def changed(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def found(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(StudyHasProblems) as caught:
        check_study(folder)
    return tuple(caught.value.problems)


def test_a_sound_study_has_no_problem(study: Path) -> None:
    assert check_study(study) == ()


def test_a_wrong_column_in_the_studys_own_sql_is_named_with_its_line(study: Path) -> None:
    changed(study, FACT, "visits.store_id,", "visits.stor_id,")
    (problem,) = found(study)
    assert (problem.file, problem.line, problem.value) == (FACT, 5, "stor_id")
    assert "Did you mean 'store_id'?" in problem.remedy


def test_what_reads_a_broken_table_is_not_named_again(study: Path) -> None:
    changed(study, FACT, "visits.is_sale ", "visits.is_sold ")
    assert [problem.file for problem in found(study)] == [FACT]


def test_an_unknown_function_says_what_the_database_says(study: Path) -> None:
    changed(study, DAILY, "count(*) as visits_count", "cuont(*) as visits_count")
    (problem,) = found(study)
    assert (problem.file, problem.value) == (DAILY, "cuont")


def test_a_type_that_does_not_fit_is_a_problem(study: Path) -> None:
    changed(study, DAILY, "count(*) as visits_count", "sum(visits.store_id) as visits_count")
    (problem,) = found(study)
    assert (problem.file, problem.line) == (DAILY, 6)
    assert "sum(VARCHAR)" in problem.remedy


def test_sql_that_cannot_be_parsed_is_a_problem(study: Path) -> None:
    changed(study, DAILY, "from facts.visits as visits\n", "from facts.visits as where\n")
    (problem,) = found(study)
    assert (problem.file, problem.line) == (DAILY, 9)
    assert 'syntax error at or near "where"' in problem.remedy


def test_sql_of_which_not_even_the_tables_can_be_read_is_a_problem(study: Path) -> None:
    changed(study, DAILY, "count(*) as visits_count", "count((*) as visits_count")
    (problem,) = found(study)
    assert problem.file == DAILY
    assert "is no SQL" in problem.remedy


def test_a_table_that_nothing_makes_is_a_problem(study: Path) -> None:
    changed(study, FACT, "exports.pos__visits", "exports.pos__visit")
    problem = found(study)[0]
    assert (problem.file, problem.value, problem.line) == (FACT, "exports.pos__visit", 9)
    assert "Did you mean 'exports.pos__visits'?" in problem.remedy


@pytest.mark.parametrize("key", ["numerator", "denominator"])
def test_a_wrong_numerator_or_denominator_is_a_problem(study: Path, key: str) -> None:
    right = {"numerator": "sales_count", "denominator": "visits_count"}[key]
    changed(study, METRIC, f'"{right}"', f'"{right[:-1]}"')
    (problem,) = found(study)
    assert (problem.file, problem.key, problem.value) == (METRIC, key, right[:-1])
    assert f"Did you mean {right!r}?" in problem.remedy


@pytest.mark.parametrize("name", ["callcentre-startup", "clinic", "manufacturer"])
def test_the_sql_of_an_example_runs_on_empty_exports(name: str) -> None:
    study = read_study(EXAMPLES[name].configuration, environment={"ROI_PEOPLE_KEY": "x"})
    assert sql_problems(study) == []

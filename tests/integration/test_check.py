"""`roi check` finds before a run what would end one: SQL, metrics, units, dates, with file and line."""

from pathlib import Path

import pytest
from tiny_study import write_tiny_study

from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.examples import EXAMPLES
from roi_pipeline.settings import read_study
from roi_pipeline.usecases.check import check_study
from roi_pipeline.usecases.check_exports import check_exports
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


def at_hand(folder: Path) -> tuple[Problem, ...]:
    return tuple(check_exports(folder).problems)


def test_exports_that_fit_have_no_problem(study: Path) -> None:
    assert check_exports(study).notes == []
    assert at_hand(study) == ()


def test_a_misspelt_unit_of_the_roll_out_gets_the_near_match(study: Path) -> None:
    changed(study, "modules/greeter.toml", "S4 = 2026-02-01", "S44 = 2026-02-01")
    (problem,) = at_hand(study)
    assert (problem.file, problem.key, problem.value) == (
        "modules/greeter.toml", "rollout.go_live.S44", "S44")  # fmt: skip
    assert "Did you mean 'S4'?" in problem.remedy
    assert problem.known == tuple(f"S{number}" for number in range(1, 9))


def test_dates_in_another_form_are_named_with_count_and_samples(study: Path) -> None:
    path = study / "exports/visits_2026-02.csv"
    path.write_text(path.read_text("utf-8").replace("2026-02-", "Feb "), "utf-8")
    (problem,) = at_hand(study)
    assert (problem.file, problem.key) == ("sources/pos__visits.toml", "columns.visit_date")
    assert problem.expected == "a date written like %Y-%m-%d"
    assert problem.value == "Feb 01, Feb 02, Feb 03"
    assert "1,000 of the first 1,000 rows of exports/visits_2026-02.csv" in problem.remedy


def test_a_telephone_number_in_a_date_column_is_masked(study: Path) -> None:
    path = study / "exports/visits_2026-02.csv"
    text = path.read_text("utf-8")
    for day in range(1, 29):
        text = text.replace(f"2026-02-{day:02}", f"1381234{day:02}00")
    path.write_text(text, "utf-8")
    (problem,) = at_hand(study)
    assert "138****" in problem.value
    assert "1381234" not in str(problem)


def test_a_few_bad_rows_are_no_problem_of_the_study(study: Path) -> None:
    path = study / "exports/visits_2026-02.csv"
    path.write_text(path.read_text("utf-8").replace("2026-02-01", "Feb 01"), "utf-8")
    assert at_hand(study) == ()


def test_a_study_on_spark_is_refused_where_spark_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_tiny_study(tmp_path / "study")
    with (folder / "study.toml").open("a", encoding="utf-8") as study:
        study.write('\n[engine]\nkind = "spark"\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(StudyHasProblems) as caught:
        check_study(folder)
    java = [problem for problem in caught.value.problems if "Java" in problem.expected]
    assert [(problem.file, problem.key) for problem in java] == [("study.toml", "engine.kind")]


def test_sql_that_only_duckdb_reads_is_a_problem_of_a_study_on_spark(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    fact = folder / "sql/facts/visits.sql"
    fact.write_text(
        fact.read_text("utf-8").replace("visits.store_id,", "upper(visits.store_id) as store_id,"),
        "utf-8",
    )
    assert sql_problems(read_study(folder, environment={})) == []
    with (folder / "study.toml").open("a", encoding="utf-8") as study:
        study.write('\n[engine]\nkind = "spark"\n')
    (problem,) = sql_problems(read_study(folder, environment={}))
    assert problem.file == "sql/facts/visits.sql"
    assert problem.value == "upper(visits.store_id)"
    assert problem.line > 0


def with_rule(folder: Path, sql: str) -> tuple[Problem, ...]:
    with (folder / "sources/pos__visits.toml").open("a", encoding="utf-8") as source:
        source.write(f'\n[[rule]]\nname = "sold_here"\nsql = "{sql}"\n')
    return tuple(sql_problems(read_study(folder, environment={})))


@pytest.mark.parametrize(
    "sql", ["not is_sale or store_id <> 'S9'", "is_sale", "visit_date < '2030-01-01'"]
)
def test_a_rule_that_is_one_condition_has_no_problem(study: Path, sql: str) -> None:
    assert with_rule(study, sql) == ()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("store_id", "VARCHAR"),  # true of no row, false of none
        ("length(store_id)", "BIGINT"),
        ("is_sale, store_id", "Unexpected token"),
        ("is_sale as sold", "more than a condition"),
        ("drop table exports.pos__visits", "more than a condition"),
        ("is_sale or", "Required keyword"),
        ("sum(length(store_id)) > 1", "aggregates"),
        ("mad(length(store_id)) > 1", "aggregates"),
        ("row_number() over () > 1", "window functions"),
        ("exists(table exports.pos__visits)", "reads rows of its own"),
        ("cuont(store_id) > 1", "cuont"),
    ],
)
def test_a_rule_that_is_no_condition_on_one_row_is_a_problem(
    study: Path, sql: str, said: str
) -> None:
    (problem,) = with_rule(study, sql)
    assert (problem.file, problem.key) == ("sources/pos__visits.toml", "rule.sold_here.sql")
    assert said in f"{problem.value} {problem.remedy}"


def test_a_wrong_column_in_a_rule_gets_the_near_match(study: Path) -> None:
    (problem,) = with_rule(study, "stor_id is not null")
    assert (problem.file, problem.value) == ("sources/pos__visits.toml", "stor_id")
    assert "Did you mean 'store_id'?" in problem.remedy

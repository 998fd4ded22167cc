"""What Spark may read differently is refused by file, line and construct; all of `sql/` passes."""

import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.spark.constructs import (
    construct_problems,
    refuse_constructs,
    refused_constructs,
)
from roi_pipeline.engines.spark.dialect import read_macros
from roi_pipeline.engines.sql_catalogue import SqlFile, read_query_files, read_sql_catalogue
from roi_pipeline.resources import shipped_folder

CATALOGUE = read_sql_catalogue([shipped_folder("sql")])
MACROS = frozenset(read_macros(CATALOGUE.macros))
ONLY_DUCKDB = ("loading", "store")  # the loader and the stored results stay in DuckDB
QUERIES = {
    name: file
    for name, file in read_query_files(shipped_folder("sql")).items()
    if name.split(".")[0] not in ONLY_DUCKDB
}
FILES = {**CATALOGUE.files, **QUERIES}


def file_of(sql: str) -> SqlFile:
    return SqlFile("facts.t", "facts/t.sql", sql, "one row per thing", ("id",), ())


def test_the_files_are_found() -> None:
    assert len(CATALOGUE.files) > 75
    assert len(QUERIES) > 25


@pytest.mark.parametrize("name", FILES)
def test_every_file_that_spark_may_run_passes(name: str) -> None:
    assert refused_constructs(FILES[name], MACROS) == ()


@pytest.mark.parametrize(
    ("expression", "construct"),
    [
        ("round(x, 1)", "round(x, 1)"),
        ("extract(dow from d)", "extract(dow …)"),
        ("try_cast(x as integer)", "try_cast"),
        ("cast(x as hugeint)", "type int128"),
        ("arg_max(x, d)", "arg_max(x, d)"),
        ("regexp_matches(x, 'a')", "regexp_matches"),
        ("list_value(1)", "1"),
        ("now()", "now()"),
        ("my_own(x)", "my_own()"),
        ("x || 'a'", "x || 'a'"),
        ("date_trunc('month', d)", "date_trunc"),
        ("interval 1 week + d", "interval '1' week"),
    ],
)
def test_another_construct_is_refused_with_its_line(expression: str, construct: str) -> None:
    (first, *_) = refused_constructs(
        file_of(f"-- facts.t\nselect\n    {expression}\nfrom t"), MACROS
    )
    assert construct in first.construct
    assert first.line == 3


@pytest.mark.parametrize(
    ("sql", "construct"),
    [
        ("select a, count(*) from t group by all", "group by all"),
        ("select a from t asof join u on t.d >= u.d", "method of join"),
        ("select a from read_csv('x.csv')", "table function"),
        ("select a from t join u using (a)", "using of join"),
        ("select distinct on (a) a, b from t", "distinct on"),
        ("select a from t qualify row_number() over (order by a) = 1", "qualify"),
        ("select a from t union all by name select a from u", "by name of union"),
        ("select a from t limit 5", "limit"),
        ("select a from t using sample 10%", "sample"),
    ],
)
def test_another_clause_is_refused(sql: str, construct: str) -> None:
    found = [each.construct for each in refused_constructs(file_of(sql), MACROS)]
    assert any(construct in each for each in found), found


def test_a_refusal_names_file_line_and_remedy() -> None:
    file = file_of("select\n    round(x, 1)\nfrom t")
    with pytest.raises(NeedsAHuman, match=r"sql/facts/t\.sql .* line 2: round\(x, 1\)"):
        refuse_constructs(file, MACROS)
    (problem,) = construct_problems(file, MACROS)
    assert (problem.file, problem.line) == ("sql/facts/t.sql", 2)
    assert "duckdb" in problem.remedy

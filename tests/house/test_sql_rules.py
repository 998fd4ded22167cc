"""The rules of `sql/` as tests: header, grain, comments, one SELECT, portable constructs."""

import re
import tomllib
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from roi_pipeline.engines.sql_catalogue import read_sql_catalogue

ROOT = Path(__file__).parents[2]
FILES = {
    file.path: file
    for folder in [ROOT / "sql", *sorted((ROOT / "studies").glob("*/sql"))]
    for file in read_sql_catalogue([folder]).files.values()
}
BANNED_WORDS = re.compile(
    r"\b(date_trunc|now\(\)|current_date|current_timestamp|random\(\)|asof\s+join|group\s+by\s+all|"
    r"union\s+all\s+by\s+name|getvariable|dayname|monthname|dayofweek|isodow|time_bucket|"
    r"approx_count_distinct|approx_quantile|quantile_disc|percentile_cont)\b",
    re.IGNORECASE,
)
LONGEST_FILE = 140


def test_the_files_are_found() -> None:
    assert len(FILES) > 30


def _body(sql: str) -> str:
    return "\n".join(line.split("--")[0] for line in sql.splitlines())


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_one_select_with_a_header(path: str) -> None:
    file = FILES[path]
    statements = sqlglot.parse(file.sql, read="duckdb")
    assert len(statements) == 1
    assert isinstance(statements[0], exp.Select)
    assert file.description
    if not file.table.startswith("checks."):
        assert file.grain
        assert set(file.grain) <= set(file.columns)


@pytest.mark.parametrize("path", FILES)
def test_every_column_is_explained(path: str) -> None:
    unexplained = [name for name, comment in FILES[path].columns.items() if not comment]
    assert not unexplained


@pytest.mark.parametrize("path", FILES)
def test_only_constructs_that_other_engines_read_alike(path: str) -> None:
    file = FILES[path]
    found = BANNED_WORDS.search(_body(file.sql))
    assert found is None, found
    assert not re.search(r"\border\s+by\b(?![^()]*\))", _body(file.sql), re.IGNORECASE), "order by"


@pytest.mark.parametrize("path", FILES)
def test_files_stay_short(path: str) -> None:
    assert len(FILES[path].sql.splitlines()) <= LONGEST_FILE


def test_every_metric_names_columns_its_table_has() -> None:
    tables = {file.table: file for file in FILES.values()}
    paths = sorted((ROOT / "catalogue" / "metrics").glob("*.toml"))
    assert len(paths) > 50
    for path in paths:
        metric = tomllib.loads(path.read_text("utf-8"))
        assert metric["id"] == path.stem
        assert metric["table"] in tables, f"{path.name}: no SQL makes {metric['table']}"
        columns = set(tables[metric["table"]].columns)
        assert {metric["numerator"], metric["denominator"]} <= columns, path.name
        assert "calendar_date" in columns, path.name

"""The rules of `sql/` as tests: header, grain, comments, one SELECT, portable constructs."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from roi_pipeline.engines.schema import known_version, migrations
from roi_pipeline.engines.sql_catalogue import read_query_files, read_sql_catalogue

ROOT = Path(__file__).parents[2]
TABLES = {
    file.path: file
    for folder in [ROOT / "sql", *sorted((ROOT / "studies").glob("*/sql"))]
    for file in read_sql_catalogue([folder]).files.values()
}
QUERIES = {file.path: file for file in read_query_files(ROOT / "sql").values()}
FILES = TABLES | QUERIES
BANNED_WORDS = re.compile(
    r"\b(date_trunc|now\(\)|current_date|current_timestamp|random\(\)|asof\s+join|group\s+by\s+all|"
    r"union\s+all\s+by\s+name|getvariable|dayname|monthname|dayofweek|isodow|time_bucket|"
    r"approx_count_distinct|approx_quantile|quantile_disc|percentile_cont)\b",
    re.IGNORECASE,
)
LONGEST_FILE = 140
SELECT = re.compile(r"\bselect\s.+?\bfrom\b", re.IGNORECASE | re.DOTALL)
# Rooms that may not import sqlglot or speak to a database of their own; each stays one module.
WRITES_SELECTS = {
    "quality/queries.py": "rules of a contract, for Great Expectations",
    "quality/duckdb_dialect.py": "what SQLAlchemy asks of a dialect",
    "sources/databases.py": "a table of a source system, in that system's dialect",
    "delivery/outbox.py": "the outbox is a SQLite file of its own",
    "delivery/alert_log.py": "the log of alerts likewise",
}


def test_the_files_are_found() -> None:
    assert len(TABLES) > 60
    assert len(QUERIES) > 40
    everywhere = {path.relative_to(ROOT / "sql").as_posix() for path in ROOT.glob("sql/*/*.sql")}
    others = {path for path in everywhere if path.startswith(("macros/", "migrations/"))}
    assert set(FILES) == everywhere - others
    assert len([path for path in others if path.startswith("migrations/")]) == known_version() > 0


def test_what_is_named_as_optional_is_read() -> None:
    """A name that the file does not read lets nothing be missing."""
    named = {path: file for path, file in FILES.items() if file.optional_inputs}
    assert len(named) > 3
    wrong = {path: set(file.optional_inputs) - set(file.inputs) for path, file in named.items()}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_a_migration_only_changes_what_may_be_there() -> None:
    """A warehouse may lack any table, and a migration never reads what people would look up."""
    assert len(migrations()) == known_version() > 0
    for migration in migrations():
        for statement in sqlglot.parse(migration.sql, read="duckdb"):
            assert isinstance(statement, (exp.Alter, exp.Create, exp.Drop, exp.Update)), statement
            if isinstance(statement, exp.Alter):
                assert statement.args["exists"], migration.version


def _body(sql: str) -> str:
    return "\n".join(line.split("--")[0] for line in sql.splitlines())


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_one_select_with_a_header(path: str) -> None:
    file = FILES[path]
    statements = sqlglot.parse(file.sql, read="duckdb")
    assert len(statements) == 1
    assert isinstance(statements[0], exp.Select)
    assert file.description
    if "one row in all" in file.description:
        assert not file.grain
    elif not file.table.startswith("checks."):
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


def _texts(tree: ast.AST) -> Iterator[str]:
    """String constants of a module, f-strings with a word for each value, docstrings left out."""
    written = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            written |= {id(part) for part in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "value"
                for part in node.values
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in written
        ):
            yield node.value


def test_the_search_for_selects_finds_them() -> None:
    found = [
        SELECT.search(text) is not None
        for text in _texts(ast.parse('"select 1 from x"\na = f"Select {b} from {c}"\nd = "from x"'))
    ]
    assert found == [True, False]


def test_no_python_file_holds_a_select() -> None:
    """What is asked of tables stands in `sql/`; names that vary are sqlglot's, in one module."""
    package = ROOT / "roi_pipeline"
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*.py")}
    assert len(files) > 100
    holding = {
        name
        for name, path in files.items()
        if any(SELECT.search(text) for text in _texts(ast.parse(path.read_text("utf-8"))))
    }
    assert holding == set(WRITES_SELECTS)


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

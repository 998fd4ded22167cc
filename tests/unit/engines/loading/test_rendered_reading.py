"""Every construct of the generated reading of a file, rendered and read back by another parser.

What a contract says (names, markers, words, formats, paths) must stand in the statement as a literal or
as a quoted identifier and nowhere else: hostile words are read back unharmed from the syntax tree.
"""

from dataclasses import replace
from pathlib import Path, PurePath

import duckdb
import pytest
import sqlglot
from loading_office import column, contract_of
from sqlglot import exp

from roi_pipeline.domain.contracts import Column, Contract
from roi_pipeline.domain.deliveries import Delivery, ReadableKind
from roi_pipeline.engines.loading.casts import Notation
from roi_pipeline.engines.loading.expressions import name, sql_of
from roi_pipeline.engines.loading.headers import match_headers
from roi_pipeline.engines.loading.type import (
    Reading,
    cells_counted,
    file_rows,
    fits_natively,
    hashed_rows,
    typed_rows,
)

HOSTILE = 'it\'s "a"; drop table exports.calls -- /* x'
COLUMNS = (
    column("label", nulls=("", HOSTILE)),
    column("state", values={HOSTILE: "won", "lost": HOSTILE}, is_closed=True),
    column("day", "date", formats=("%d'%m\"%Y;",)),
    column("seen_at", "timestamp", formats=("%Y-%m-%d %H:%M:%S%z", "%d;%m;%Y")),
    column("handle_seconds", "duration", formats=("mm:ss", "iso", "minutes")),
    column("amount", "money"),
    column("share", "rate"),
    column("items", "integer"),
    column("score", "decimal"),
    column("is_won", "boolean"),
    column("caller", "phone"),
    column("agent", "person_name"),
    column("address", "email"),
)


def _reading(
    kind: ReadableKind, *, columns: tuple[Column, ...] = COLUMNS, mark: str = "."
) -> Reading:
    contract: Contract = contract_of(*columns, kind=kind)
    delivery = Delivery(
        file_id=f"shop__calls/{HOSTILE}.csv", table=contract.table, path=HOSTILE, kind=kind,
        readable=PurePath(f"exports/{HOSTILE}.csv"),
        headers=tuple(header for one in columns for header in one.headers),
        delimiter=";", has_nul_bytes=True, number_places=frozenset({5}),
    )  # fmt: skip
    match = match_headers(contract, delivery)
    return Reading(
        contract, delivery, str(delivery.readable), match, Notation("Asia/Shanghai", mark)
    )


def _tree(sql: str) -> exp.Select:
    statements = sqlglot.parse(sql, read="duckdb")
    assert len(statements) == 1
    assert isinstance(statements[0], exp.Select)
    return statements[0]


def _strings(tree: exp.Select) -> set[str]:
    return {node.this for node in tree.find_all(exp.Literal) if node.is_string}


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_the_reading_of_a_file_is_one_select_whose_words_are_literals(
    kind: ReadableKind, mark: str
) -> None:
    reading = _reading(kind, mark=mark)
    for sql in (file_rows(reading), cells_counted(reading)):
        strings = _strings(_tree(sql))
        assert reading.path in strings
        assert HOSTILE in strings
    assert {reading.delivery.file_id, "won", "%d'%m\"%Y;"} <= _strings(_tree(file_rows(reading)))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_hostile_header_stays_one_name(kind: ReadableKind) -> None:
    columns = (replace(COLUMNS[0], headers=(HOSTILE,)), *COLUMNS[1:])
    tree = _tree(file_rows(_reading(kind, columns=columns)))
    names = {node.this for node in tree.find_all(exp.Identifier) if node.quoted}
    held = {"csv": False, "jsonl": False, "parquet": True}[kind]
    assert (HOSTILE in names) is held


def test_people_are_hashed_by_one_select() -> None:
    tree = _tree(hashed_rows(_reading("csv"), name("_roi_place", of="kept")))
    assert len(list(tree.find_all(exp.Join))) == 3


def test_native_columns_are_tried_by_one_select() -> None:
    reading = _reading("csv")
    tree = _tree(fits_natively(reading, {5: "decimal(18, 4)", 8: "double"}, first=100))
    assert len(tree.selects) == 2


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_duckdb_prepares_what_was_rendered(kind: ReadableKind, tmp_path: Path) -> None:
    """The other parser is lenient where DuckDB is not: both must take every construct."""
    file = tmp_path / "calls.csv"
    reading = replace(_reading(kind), path=str(file))
    header = ";".join(reading.delivery.headers)
    file.write_text(f"{header}\n" if kind == "csv" else "{}\n", "utf-8")
    rows = duckdb.connect().execute(file_rows(reading)).fetchall()
    assert len(rows) == (0 if kind == "csv" else 1)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_nothing_is_computed_where_it_is_used_again(kind: ReadableKind) -> None:
    """Values stand once per row: DuckDB takes 0.2 s to understand this contract, repeated in place 1.0 s."""
    sql = file_rows(_reading(kind))
    assert len(sql) < 40_000
    # One per exact number, two per finite one, four of a duration in two spellings; repeated in place 738.
    assert sql.count("TRANSLATE(") == 10


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_nodes_used_twice_render_like_copies(kind: ReadableKind) -> None:
    rows = typed_rows(_reading(kind, mark=","))
    assert rows.sql(dialect="duckdb", copy=True) == sql_of(rows)

"""A query file runs with the values it names, in the order of its grain, and is kept under its name."""

from datetime import date

import duckdb
import pytest

from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.engines.queries import (
    ROWS_A_STATEMENT,
    drop_kept,
    has_rows,
    insert_values,
    keep_rows,
    keep_view,
    query_file,
    read_row,
    read_rows,
)

JANUARY = {"start": date(2026, 1, 1), "end": date(2026, 2, 1)}
ROWS = (
    "select 'b' as unit_id, date '2026-01-05' as calendar_date, 1 as numerator, 2 as denominator "
    "union all select 'a', date '2026-01-06', 3, 4"
)


def test_rows_come_in_the_order_of_the_grain_and_surplus_values_are_not_given() -> None:
    with duckdb.connect() as connection:
        keep_view(connection, "_metric_rows", ROWS)
        rows = read_rows(connection, "panels.unit_periods", period="week", quantile=0.5, **JANUARY)
    assert [row[0] for row in rows] == ["a", "b"]


def test_a_kept_query_stands_in_a_temporary_table_until_it_is_dropped() -> None:
    with duckdb.connect() as connection:
        keep_view(connection, "_metric_rows", ROWS)
        table = keep_rows(connection, "panels.unit_periods", period="day", **JANUARY)
        assert table == "_panels_unit_periods"
        assert connection.execute(f"select count(*) from {table}").fetchall() == [(2,)]
        drop_kept(connection, "panels.unit_periods")
        with pytest.raises(duckdb.CatalogException):
            connection.execute(f"select * from {table}")


def test_a_missing_value_is_named() -> None:
    with duckdb.connect() as connection, pytest.raises(UnknownName, match="'end'"):
        read_row(connection, "holdouts.span", start=date(2026, 1, 1))


def test_a_query_there_is_not_is_named() -> None:
    with pytest.raises(UnknownName, match=r"panels\.nothing"):
        query_file("panels.nothing")


def test_no_rows_are_inserted_where_duckdb_would_lose_the_next_ones() -> None:
    """Once the plain inserts keep every row, `has_rows` has no more to do."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("create table none as select i as n from range(0) as numbers(i)")
        connection.execute("create table many as select i as n from range(200000) as numbers(i)")
        for name in ("plain", "careful"):
            connection.execute(f"create table {name} as select 0 as n")
        connection.begin()
        for source in ("none", "many"):
            connection.execute(f"insert into plain from {source}").fetchall()
            if has_rows(connection, source):
                connection.execute(f"insert into careful from {source}").fetchall()
        connection.commit()
        found = [connection.execute(f"select count(*), sum(n) from {name}").fetchall()
                 for name in ("plain", "careful")]  # fmt: skip
    assert found == [[(1, 0)], [(200_001, sum(range(200_000)))]]


def test_values_of_more_rows_than_a_statement_takes_are_all_inserted() -> None:
    count = 2 * ROWS_A_STATEMENT + 1
    rows = [[number, None if number % 7 else f"row '{number}'"] for number in range(count)]
    with duckdb.connect() as connection:
        connection.execute("create table notes (n integer, day date default date '2026-01-01', note varchar)")  # fmt: skip
        insert_values(connection, "notes", rows, columns=["n", "note"])
        insert_values(connection, "notes", [])
        found = connection.execute("select n, note from notes order by n").fetchall()
        (days,) = connection.execute("select distinct day from notes").fetchall()
    assert found == [tuple(row) for row in rows]
    assert days == (date(2026, 1, 1),)


def test_a_row_takes_the_place_of_the_one_with_its_key_only_where_that_is_said() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table notes (n integer primary key, note varchar)")
        insert_values(connection, "notes", [[1, "first"], [2, "second"]])
        insert_values(connection, "notes", [[2, "third"]], replaces=True)
        with pytest.raises(duckdb.ConstraintException):
            insert_values(connection, "notes", [[3, "new"], [1, "again"]])
        found = connection.execute("select n, note from notes order by n").fetchall()
    assert found == [(1, "first"), (2, "third")]

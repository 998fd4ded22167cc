"""The warehouse makes tables whole, checks their grain, and publishes a copy readers keep open."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from roi_pipeline.domain.errors import NeedsAHuman, TryAgain
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.warehouse import (
    Warehouse,
    build_table,
    count_rows,
    offending_rows,
    table_exists,
)

SQL = """\
-- facts.days — one row per day.
-- grain: day
select
    cast(r.day as date) as day  -- the day
from generate_series(timestamp '2026-01-01', cast($as_of as timestamp), interval 1 day) as r(day)
"""


def file(sql: str = SQL) -> SqlFile:
    return SqlFile("facts.days", "facts/days.sql", sql, "one row per day.", ("day",), ())


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "w.duckdb", tmp_path / "published.duckdb")


def test_a_table_carries_its_comments(warehouse: Warehouse) -> None:
    with warehouse.open() as connection:
        built = build_table(connection, file(), {"as_of": date(2026, 1, 3), "timezone": "UTC"})
        comments = connection.execute(
            "select comment from duckdb_columns() where table_name = 'days'"
        ).fetchall()
    assert built.rows == 3
    assert built.columns == (("day", "DATE", "the day"),)
    assert comments == [("the day",)]


def test_a_grain_that_repeats_is_refused_with_the_count(warehouse: Warehouse) -> None:
    doubled = SQL.replace("from generate", "from (values (1), (2)) as v(x), generate")
    with warehouse.open() as connection, pytest.raises(NeedsAHuman, match=r"3 values.*3 rows too"):
        build_table(connection, file(doubled), {"as_of": date(2026, 1, 3)})


def test_sql_that_cannot_run_names_its_file(warehouse: Warehouse) -> None:
    with warehouse.open() as connection, pytest.raises(NeedsAHuman, match=r"sql/facts/days\.sql"):
        build_table(connection, file(SQL), {})


def test_a_check_lists_the_offending_rows(warehouse: Warehouse) -> None:
    check = SqlFile("checks.c", "checks/c.sql", "select 1 as a, 'why' as reason", "", (), ())
    with warehouse.open() as connection:
        assert offending_rows(connection, check, {}) == (("a", "reason"), [(1, "why")], 1)


def test_a_second_process_is_told_to_wait(warehouse: Warehouse) -> None:
    holder = f"import duckdb,sys; c = duckdb.connect({str(warehouse.path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "open"
        with pytest.raises(TryAgain, match="published copy"), warehouse.open():
            pass
        process.communicate("")


def test_readers_keep_the_published_copy_open_while_the_writer_works(warehouse: Warehouse) -> None:
    import duckdb

    with warehouse.open() as connection:
        build_table(connection, file(), {"as_of": date(2026, 1, 3)})
    warehouse.publish()
    with duckdb.connect(str(warehouse.published), read_only=True) as reader:
        with warehouse.open() as connection:
            build_table(connection, file(), {"as_of": date(2026, 1, 9)})
        warehouse.publish()
        assert count_rows(reader, "facts.days") == 3
    with duckdb.connect(str(warehouse.published), read_only=True) as reader:
        assert count_rows(reader, "facts.days") == 9
        assert table_exists(reader, "facts.days")


def use_a_lost_connection(warehouse: Warehouse) -> None:
    with warehouse.open() as connection:
        connection.close()
        count_rows(connection, "facts.days")


def test_a_file_kept_open_is_opened_again_where_its_connection_was_lost(
    warehouse: Warehouse,
) -> None:
    with warehouse.kept_open():
        with warehouse.open() as connection:
            build_table(connection, file(), {"as_of": date(2026, 1, 3)})
        with pytest.raises(duckdb.ConnectionException):
            use_a_lost_connection(warehouse)
        with warehouse.open() as connection:
            assert count_rows(connection, "facts.days") == 3
    with warehouse.open() as connection:
        assert count_rows(connection, "facts.days") == 3


def test_a_file_kept_open_is_read_from_outside_only_by_who_asks(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """What builds tables shuts the database; a delivery that comes after it must still be read."""
    delivery = tmp_path / "delivery.csv"
    delivery.write_text("n\n1\n", "utf-8")
    read = f"select n from read_csv('{delivery}')"
    with warehouse.kept_open(), warehouse.kept_open():
        for _ in range(2):
            with warehouse.open() as connection:
                build_table(connection, file(), {"as_of": date(2026, 1, 3)})
            with warehouse.open() as connection, pytest.raises(duckdb.PermissionException):
                connection.execute(read)
            with warehouse.open(reaches_outside=True) as connection:
                assert connection.execute(read).fetchall() == [(1,)]
        with warehouse.open() as connection:
            assert count_rows(connection, "facts.days") == 3
        assert warehouse.publish().exists()
    asked = f"import duckdb; print(duckdb.connect({str(warehouse.path)!r}).sql('from facts.days'))"
    subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True)

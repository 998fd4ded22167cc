"""The folder of Spark's tables: months that changed are copied, half-written ones are never seen."""

from pathlib import Path

import duckdb
import pytest

from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.spark import lake as lakes
from roi_pipeline.engines.spark.lake import Lake, lake_of, own_lake

ROWS = "select i as id, date '2026-01-01' + cast(i as integer) as day from range(60) as t(i)"


@pytest.fixture
def connection(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(tmp_path / "w.duckdb"))
    connection.execute("create schema exports")
    connection.execute(f"create table exports.calls as {ROWS}")
    return connection


def rows_of(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> list[tuple[object, ...]]:
    return connection.execute("select * from read_parquet(?) order by 1", [paths]).fetchall()


def test_a_table_is_copied_once(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    (path,) = lake.copy(connection, "exports.calls")
    written = Path(path).stat().st_mtime_ns
    assert lake.copy(connection, "exports.calls") == [path]
    assert Path(path).stat().st_mtime_ns == written
    assert rows_of(connection, [path]) == connection.execute(f"{ROWS} order by 1").fetchall()


def test_of_a_large_table_only_the_months_that_changed_are_copied(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lakes, "SMALL_TABLE", 50)
    lake = Lake(tmp_path / "lake")
    connection.execute("insert into exports.calls values (99, null)")
    before = lake.copy(connection, "exports.calls")
    assert [Path(path).name[:7] for path in before] == [
        "2026-01",
        "2026-02",
        "2026-03",
        Path(before[-1]).name[:7],
    ]
    connection.execute("update exports.calls set id = 1000 where day = date '2026-02-10'")
    after = lake.copy(connection, "exports.calls")
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True, True]
    assert {path.name for path in (tmp_path / "lake/copies/exports.calls").iterdir()} == {
        Path(path).name for path in after
    }
    assert len(rows_of(connection, after)) == 61


def test_a_type_spark_does_not_keep_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute('alter table exports.calls add column "at" time')
    with pytest.raises(NeedsAHuman, match=r"exports\.calls\.at is of type TIME"):
        Lake(tmp_path / "lake").copy(connection, "exports.calls")


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_computed(
    tmp_path: Path,
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    with pytest.raises(NeedsAHuman, match=r"engine\.warehouse"):
        Lake(blocked / "lake").prepare()


def test_a_new_table_never_stands_in_the_folder_of_another(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    first = lake.new_table("facts.calls")
    first.mkdir()
    second = lake.new_table("facts.calls")
    second.mkdir()
    assert (first.name, second.name) == ("1", "2")
    assert lake.named_in(f"read_parquet('{second}/*.parquet')", "facts.calls") == second
    lake.forget_tables("facts.calls", but=second)
    assert not first.exists()
    assert second.exists()
    assert lake.tables() == ("facts.calls",)


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    place = lake.new_table("facts.calls")
    with pytest.raises(NeedsAHuman, match="is gone"):
        lake.named_in(f"read_parquet('{place}/*.parquet')", "facts.calls")


def test_a_stated_folder_serves_several_databases(tmp_path: Path) -> None:
    engine = Engine("spark", warehouse=str(tmp_path / "shared"))
    first = lake_of(engine, study="acme", database=tmp_path / "a/out/warehouse.duckdb")
    with own_lake(engine, study="acme", database=tmp_path / "b/out/warehouse.duckdb"):
        second = lake_of(engine, study="acme", database=tmp_path / "b/out/warehouse.duckdb")
        first.prepare()
        second.prepare()
        assert first.folder != second.folder
    assert first.folder.exists()
    assert not second.folder.exists()
    usual = lake_of(Engine("spark"), study="acme", database=tmp_path / "a/out/warehouse.duckdb")
    assert usual.folder == (tmp_path / "a/out/lake").resolve()

"""One example on DuckDB and on a Spark cluster of a master and two workers: the same figures.

`local-cluster` starts the master and the workers on loopback, and executors as processes of their own.
"""

import json
import os
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from roi_pipeline.defs.run import RunOutcome, evaluate_cycle
from roi_pipeline.domain.errors import NeedsAHuman, TryAgain
from roi_pipeline.engines.spark.session import missing_for_spark, stop_session
from roi_pipeline.examples import copy_example
from roi_pipeline.usecases.facts import build_file, buildable_files
from roi_pipeline.usecases.studies import paths_of, study_in, warehouse_at

LACKING = ", ".join(what for what, _ in missing_for_spark())
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(LACKING), reason=f"{LACKING} not installed: make spark"),
]
EXAMPLE, CYCLE, DAY = "callcentre-startup", "2025-12", date(2026, 1, 1)
ENGINE = """
[engine]
kind = "spark"
master = "local-cluster[2,1,1024]"
conf = { "spark.executor.memory" = "1g", "spark.sql.shuffle.partitions" = "4" }
"""
EXECUTOR = b"CoarseGrainedExecutorBackend"


def evaluated(folder: Path) -> RunOutcome:
    outcome = evaluate_cycle(folder, CYCLE, as_of=DAY)
    assert not outcome.failed, outcome.failed
    return outcome


@pytest.fixture(scope="module")
def on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example after a run on DuckDB."""
    folder = tmp_path_factory.mktemp("duckdb") / EXAMPLE
    copy_example(EXAMPLE, folder)
    evaluated(folder)
    return folder


@pytest.fixture(scope="module")
def on_spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example after a run on the cluster."""
    folder = tmp_path_factory.mktemp("spark") / EXAMPLE
    copy_example(EXAMPLE, folder)
    with (folder / "study.toml").open("a", encoding="utf-8") as study:
        study.write(ENGINE)
    evaluated(folder)
    yield folder
    stop_session()


def figures(folder: Path, cycle: str = CYCLE) -> Any:
    """The figures but for what says how they were computed."""
    found = json.loads((folder / "out/reports" / cycle / "figures.json").read_text("utf-8"))
    found["provenance"].pop("config_sha256")
    return found


def tables(folder: Path, schema: str) -> dict[str, tuple[list[Any], list[str]]]:
    """Every table of a schema: names and types of its columns, and its rows in a fixed order."""
    path = folder / "out/published.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = ? order by 1",
            [schema],
        ).fetchall()
        return {
            name: (
                [row[:2] for row in connection.execute(f"describe {schema}.{name}").fetchall()],
                sorted(map(repr, connection.execute(f"from {schema}.{name}").fetchall())),
            )
            for (name,) in names
        }


def test_the_figures_are_equal(on_duckdb: Path, on_spark: Path) -> None:
    assert figures(on_spark) == figures(on_duckdb)


@pytest.mark.parametrize(("schema", "least"), [("facts", 8), ("metrics", 7), ("exports", 6)])
def test_every_table_is_equal_row_by_row(
    on_duckdb: Path, on_spark: Path, schema: str, least: int
) -> None:
    there, here = tables(on_duckdb, schema), tables(on_spark, schema)
    assert len(there) >= least
    assert any(rows for _, rows in there.values())
    assert here == there


def test_quarantine_and_accounting_are_equal(on_duckdb: Path, on_spark: Path) -> None:
    there, here = tables(on_duckdb, "quality"), tables(on_spark, "quality")
    assert there["quarantine"][1]
    for name in ("quarantine", "loaded_files"):
        assert here[name] == there[name]


def test_facts_lie_where_spark_wrote_them(on_spark: Path) -> None:
    made = [path for path in (on_spark / "out/lake/tables").iterdir() if path.name[:6] == "facts."]
    assert len(made) > 5
    assert all(len([*path.iterdir()]) == 1 for path in made), "one state of each table is kept"


def executors() -> list[int]:
    """Processes of the cluster that do the work."""
    found = list[int]()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if EXECUTOR in path.read_bytes() and os.getuid() == path.stat().st_uid:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def test_a_killed_worker_leaves_no_trace_in_the_figures(on_duckdb: Path, on_spark: Path) -> None:
    study = study_in(str(on_spark))
    warehouse = warehouse_at(paths_of(study))
    files = {file.table: file for file in buildable_files(study)}
    build_file(study, warehouse, files["facts.dialled_calls"], as_of=DAY)
    before = executors()
    assert before, "the cluster has executors"
    os.kill(before[0], signal.SIGKILL)
    build_file(study, warehouse, files["facts.dialled_calls"], as_of=DAY)
    build_file(study, warehouse, files["metrics.dialling_daily"], as_of=DAY)
    with warehouse.open() as connection:
        rows = connection.execute("from metrics.dialling_daily").fetchall()
    assert sorted(map(repr, rows)) == tables(on_duckdb, "metrics")["dialling_daily"][1]


def test_a_run_that_fails_leaves_the_table_of_the_one_before(on_spark: Path) -> None:
    study = study_in(str(on_spark))
    warehouse = warehouse_at(paths_of(study))
    (file,) = [each for each in buildable_files(study) if each.table == "facts.dialled_calls"]
    before = tables(on_spark, "facts")["dialled_calls"]
    copies = on_spark / "out/lake/copies/exports.dialler__calls"
    (copy,) = copies.glob("*.parquet")
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2])
    try:
        with pytest.raises((NeedsAHuman, TryAgain), match="dialled_calls"):
            build_file(study, warehouse, file, as_of=DAY)
    finally:
        copy.write_bytes(whole)
    with warehouse.open() as connection:
        rows = connection.execute("from facts.dialled_calls").fetchall()
    assert sorted(map(repr, rows)) == before[1]

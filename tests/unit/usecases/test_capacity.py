"""Time, memory and disk for N times the data come from what runs took, and say what they rest on."""

from dataclasses import replace
from pathlib import Path

import pytest

from roi_pipeline.domain.capacity import RunMeasured, better_engine, plan_capacity
from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.reporting.console.capacity import capacity_lines
from roi_pipeline.usecases.capacity import memory_of, read_measured

GB = 10**9
RUN = RunMeasured("duckdb", 1_000_000, 1_000_000, 8.0, GB, 2 * GB)


def test_two_sizes_tell_the_fixed_part_apart() -> None:
    larger = replace(RUN, rows_held=4_000_000, rows_new=3_000_000, seconds=14.0, peak_bytes=2 * GB)
    plan = plan_capacity([RUN, larger], 10, engine="duckdb", memory_bytes=100 * GB)
    assert plan.fixed_seconds == pytest.approx(5.0)
    assert plan.seconds == pytest.approx(5.0 + 40 * 3.0)
    assert (plan.rows, plan.peak_bytes, plan.spill_bytes) == (40_000_000, 14 * GB, 0)


def test_one_size_gives_an_upper_bound_and_says_so() -> None:
    plan = plan_capacity([RUN, replace(RUN, rows_new=0)], 10, engine="duckdb", memory_bytes=4 * GB)
    assert (plan.seconds, plan.fixed_seconds, plan.runs) == (80.0, None, 1)
    assert (plan.peak_bytes, plan.spill_bytes, plan.disk_bytes) == (4 * GB, 6 * GB, 26 * GB)
    text = "\n".join(capacity_lines(plan))
    assert "10,000,000 rows" in text
    assert "time    80 s" in text
    assert "memory  4.0 GB" in text
    assert "upper bound" in text


def test_runs_of_the_other_engine_do_not_count() -> None:
    with pytest.raises(NeedsAHuman, match="roi run"):
        plan_capacity([RUN], 10, engine="spark", memory_bytes=GB)


@pytest.mark.parametrize(
    ("run", "engine", "expected"),
    [
        (RUN, Engine(), None),
        (replace(RUN, peak_bytes=15 * GB), Engine(), "spark_memory"),
        (replace(RUN, seconds=20_000.0), Engine(), None),
        (replace(RUN, seconds=20_000.0, rows_held=10**9), Engine(), "spark_time"),
        (RUN, Engine("spark"), "duckdb"),
        (RUN, Engine("spark", master="yarn"), "duckdb"),
        (replace(RUN, rows_held=10**9), Engine("spark", master="yarn"), None),
    ],
)
def test_the_other_engine_is_named_for_a_reason(
    run: RunMeasured, engine: Engine, expected: str | None
) -> None:
    assert better_engine(run, engine, memory_bytes=16 * GB) == expected


@pytest.mark.parametrize(
    ("limit", "size"), [("4GB", 4 * GB), ("1.5 GiB", 1_610_612_736), ("500MB", 500_000_000)]
)
def test_a_memory_limit_is_read_as_duckdb_reads_it(limit: str, size: int) -> None:
    assert memory_of(Engine(memory_limit=limit)) == size


def test_a_torn_record_costs_one_run(tmp_path: Path) -> None:
    paths = StudyPaths(tmp_path)
    paths.out.mkdir()
    whole = '{"engine": "duckdb", "rows_held": 1, "rows_new": 1, "seconds": 2.0, "peak_bytes": 3, "disk_bytes": 4}'
    paths.measured.write_text(f'{whole}\n{{"engine": "duckdb", "rows\n{{"a": 1}}\n', "utf-8")
    assert read_measured(paths) == (RunMeasured("duckdb", 1, 1, 2.0, 3, 4),)
    assert read_measured(StudyPaths(tmp_path / "other")) == ()

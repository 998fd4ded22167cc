"""When the other engine would serve better: memory first, then time, and only for many rows."""

import pytest

from roi_pipeline.domain.capacity import (
    FEW_ROWS,
    MANY_SECONDS,
    RunMeasured,
    better_engine,
    plan_capacity,
)
from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import NeedsAHuman

MEMORY = 10 * 10**9
CLUSTER = Engine("spark", master="spark://head:7077")


def run(
    engine: str = "duckdb", *, rows: int = 1, seconds: float = 1.0, peak: int = 1
) -> RunMeasured:
    return RunMeasured(engine, rows, rows, seconds, peak, 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measured", "engine", "answer"),
    [
        (run(peak=8 * 10**9), Engine(), None),
        (run(peak=8 * 10**9 + 1), Engine(), "spark_memory"),
        (run(rows=FEW_ROWS + 1, seconds=MANY_SECONDS + 1), Engine(), "spark_time"),
        (run(rows=FEW_ROWS, seconds=MANY_SECONDS + 1), Engine(), None),
        (run(rows=FEW_ROWS + 1, seconds=MANY_SECONDS), Engine(), None),
        (run("spark", rows=FEW_ROWS), CLUSTER, None),
        (run("spark", rows=FEW_ROWS - 1), CLUSTER, "duckdb"),
        (run("spark", rows=FEW_ROWS), Engine("spark"), "duckdb"),  # one machine either way
    ],
)
def test_the_engine_that_would_serve_better(
    measured: RunMeasured, engine: Engine, answer: str | None
) -> None:
    assert better_engine(measured, engine, memory_bytes=MEMORY) == answer


def test_without_a_measured_run_nothing_is_projected() -> None:
    with pytest.raises(NeedsAHuman, match=r"no run of this study on spark.*roi run FOLDER"):
        plan_capacity([run()], 2, engine="spark", memory_bytes=MEMORY)


def test_runs_of_one_size_are_taken_to_grow_whole() -> None:
    plan = plan_capacity([run(rows=10, seconds=4.0), run(rows=10, seconds=5.0)], 3,
                         engine="duckdb", memory_bytes=MEMORY)  # fmt: skip
    assert (plan.rows, plan.seconds, plan.fixed_seconds) == (30, 12.0, None)

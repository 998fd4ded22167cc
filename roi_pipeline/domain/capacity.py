"""What runs of a study took, and what they would take with N times the data.

Each is a fixed part and a part per row, told apart where runs of different sizes were measured; with
one size all of it is taken to grow, which is an upper bound. Memory grows until the engine's limit,
beyond which it spills to disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from roi_pipeline.domain.engine import Engine, EngineKind
from roi_pipeline.domain.errors import NeedsAHuman

DUCKDB_SHARE = 0.8  # of the machine's memory, DuckDB's own limit
MANY_SECONDS = 4 * 3600.0  # a night's run that takes longer leaves no room to repeat it
FEW_ROWS = 100_000_000  # rows one machine loads and counts within minutes


@dataclass(frozen=True, slots=True)
class RunMeasured:
    """One run of the main job.

    Attributes:
        rows_held: of all exports together after the run; `rows_new` were not there before it.
        peak_bytes: memory of the process that ran it; workers of a cluster are not in it.
        disk_bytes: everything the product keeps for the study.
    """

    engine: EngineKind
    rows_held: int
    rows_new: int
    seconds: float
    peak_bytes: int
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """A projection from measured runs.

    Attributes:
        seconds: for loading and computing everything anew.
        fixed_seconds: the part that does not grow; None when it could not be told apart.
        spill_bytes: what does not fit into memory and goes to disk meanwhile; in `disk_bytes`.
        runs: how many runs it rests on.
    """

    engine: EngineKind
    times: float
    rows: int
    seconds: float
    fixed_seconds: float | None
    peak_bytes: int
    disk_bytes: int
    spill_bytes: int
    runs: int


def plan_capacity(
    measured: Sequence[RunMeasured], times: float, *, engine: EngineKind, memory_bytes: int
) -> Capacity:
    """Time, memory and disk of a run on `times` the data, from the runs of one engine.

    Args:
        measured: the study's history, oldest first.
        times: how many times the rows held now.
        engine: whose runs count.
        memory_bytes: what the engine may take before it spills.

    Raises:
        NeedsAHuman: no run that loaded anything was measured on that engine.

    >>> runs = [RunMeasured("duckdb", 10, 10, 6.0, 100, 40), RunMeasured("duckdb", 30, 20, 11.0, 300, 90)]
    >>> plan = plan_capacity(runs, 2, engine="duckdb", memory_bytes=500)
    >>> plan.rows, plan.seconds, plan.fixed_seconds, plan.peak_bytes, plan.spill_bytes, plan.disk_bytes
    (60, 31.0, 1.0, 500, 100, 265)
    """
    runs = [run for run in measured if run.engine == engine and run.rows_new > 0]
    if not runs:
        raise NeedsAHuman(
            f"no run of this study on {engine} that loaded rows was measured yet; "
            "run it once: roi run FOLDER"
        )
    rows = round(max(run.rows_held for run in measured if run.engine == engine) * times)
    seconds, fixed = _projected([(run.rows_new, run.seconds) for run in runs], rows)
    wanted, _ = _projected([(run.rows_held, run.peak_bytes) for run in runs], rows)
    disk, _ = _projected([(run.rows_held, run.disk_bytes) for run in runs], rows)
    spilt = max(0, round(wanted) - memory_bytes)
    return Capacity(
        engine=engine,
        times=times,
        rows=rows,
        seconds=seconds,
        fixed_seconds=fixed,
        peak_bytes=min(round(wanted), memory_bytes),
        disk_bytes=round(disk) + spilt,
        spill_bytes=spilt,
        runs=len(runs),
    )


def _projected(points: Sequence[tuple[int, float]], rows: int) -> tuple[float, float | None]:
    """A line through the smallest and the largest point, and where it begins; else in proportion."""
    (least, low), (most, high) = min(points), max(points)
    if most > least and high > low:
        each = (high - low) / (most - least)
        fixed = max(0.0, high - each * most)
        return fixed + each * rows, fixed
    most, high = max(points, key=lambda point: (point[0], -point[1]))
    return high * rows / most, None


def better_engine(
    run: RunMeasured, engine: Engine, *, memory_bytes: int
) -> Literal["spark_memory", "spark_time", "duckdb"] | None:
    """Why a study would be better off on the other engine; None when it is well where it is.

    >>> run = RunMeasured("spark", 5_000_000, 5_000_000, 90.0, 10**9, 10**9)
    >>> better_engine(run, Engine("spark"), memory_bytes=16 * 10**9)
    'duckdb'
    """
    if engine.is_spark:
        is_one_machine = engine.master.startswith("local")
        return "duckdb" if is_one_machine or run.rows_held < FEW_ROWS else None
    if run.peak_bytes > DUCKDB_SHARE * memory_bytes:
        return "spark_memory"
    if run.seconds > MANY_SECONDS and run.rows_held > FEW_ROWS:
        return "spark_time"
    return None

"""Keeps what each run of a study took, projects it to more data, and says when the other engine is better."""

import json
import os
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from roi_pipeline.domain.capacity import (
    DUCKDB_SHARE,
    Capacity,
    RunMeasured,
    better_engine,
    plan_capacity,
)
from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import NeedsAHuman, RoiError
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.warehouse import count_rows, table_exists
from roi_pipeline.files import write_whole
from roi_pipeline.usecases.studies import paths_of, study_in, warehouse_at

RUNS_KEPT = 50
BETTER = {
    "duckdb": "console_better_duckdb",
    "spark_memory": "console_better_spark_memory",
    "spark_time": "console_better_spark_time",
}
UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}


def note_run(study: Study, *, seconds: float) -> RunMeasured | None:
    """Keep what a run took; None where it cannot be known, which never makes a run fail."""
    try:
        return _noted(study, seconds)
    except (OSError, RoiError):
        return None


def _noted(study: Study, seconds: float) -> RunMeasured:
    paths = paths_of(study)
    earlier = read_measured(paths)
    held = _rows_held(study)
    before = earlier[-1].rows_held if earlier else 0
    run = RunMeasured(
        engine=study.engine.kind,
        rows_held=held,
        rows_new=max(0, held - before),
        seconds=round(seconds, 3),
        peak_bytes=_peak_bytes(),
        disk_bytes=_size_of(paths.out),
    )
    lines = [json.dumps(asdict(each)) for each in (*earlier, run)[-RUNS_KEPT:]]
    write_whole(paths.measured, "\n".join(lines) + "\n", is_private=True)
    return run


def read_measured(paths: StudyPaths) -> tuple[RunMeasured, ...]:
    """What earlier runs took, oldest first; a torn line is left out."""
    if not paths.measured.exists():
        return ()
    found = list[RunMeasured]()
    for line in paths.measured.read_text("utf-8").splitlines():
        with suppress(ValueError, TypeError):
            found.append(RunMeasured(**json.loads(line)))
    return tuple(found)


def project(folder: Path, times: float) -> Capacity:
    """What a run on `times` the data would take, from the study's own runs."""
    study = study_in(str(folder))
    if times <= 0:
        raise NeedsAHuman(f"--times: found {times}; expected a number above 0")
    return plan_capacity(
        read_measured(paths_of(study)),
        times,
        engine=study.engine.kind,
        memory_bytes=memory_of(study.engine),
    )


def advice_on_engine(study: Study, run: RunMeasured) -> Message | None:
    """The sentence that tells a study's owner to change the engine, if there is a reason to."""
    reason = better_engine(run, study.engine, memory_bytes=machine_memory())
    if reason is None:
        return None
    values = {"rows": run.rows_held, "seconds": round(run.seconds)}
    return Message(BETTER[reason], values)


def memory_of(engine: Engine) -> int:
    """Bytes the engine takes in this process before it spills to disk.

    >>> memory_of(Engine(memory_limit="4GB"))
    4000000000
    """
    if engine.memory_limit is None:
        return round(machine_memory() * DUCKDB_SHARE)
    text = engine.memory_limit.replace(" ", "")
    base = 1024 if text.endswith("iB") else 1000
    number = text.removesuffix("B").removesuffix("i")
    return round(float(number[:-1]) * base ** UNITS[number[-1]])


def machine_memory() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _rows_held(study: Study) -> int:
    names = [f"exports.{contract.table}" for contract in study.contracts]
    with warehouse_at(paths_of(study), memory_limit=study.engine.memory_limit).open() as connection:
        return sum(count_rows(connection, name) for name in names if table_exists(connection, name))


def _size_of(folder: Path) -> int:
    sizes = (path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    return sum(sizes)

"""What a million rows cost in each layer, on DuckDB and on Spark: seconds by the wall and of processors.

Run: python benchmarks/layers.py ROWS [ROWS …]. The study of main_job.py with that many calls: loading
with its checks, the copy for Spark, the daily sums. On Spark the second of two runs is measured as well,
when nothing has to be copied and Java is warm. Processor seconds are those of this process and of every
process it started (Spark's Java, executors), so that they hold on a busy machine too.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import main_job

from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.spark.session import missing_for_spark, session_of, stop_session
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.facts import build_file, buildable_files
from roi_pipeline.usecases.studies import paths_of, study_in, warehouse_at

TICKS = os.sysconf("SC_CLK_TCK")
CONF = {"spark.driver.memory": "4g"}


def processor_seconds() -> float:
    """Of this process and its living descendants."""
    parents, used = dict[int, int](), dict[int, float]()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(path.parent.name)
        parents[pid] = int(fields[1])
        used[pid] = sum(map(int, fields[11:13])) / TICKS
    own, found = os.getpid(), 0.0
    for pid, seconds in used.items():
        above = pid
        while above not in {own, 0, 1}:
            above = parents.get(above, 0)
        found += seconds if above == own else 0.0
    return found


def measured(name: str, rows: int, step: Callable[[], object]) -> None:
    """Print what a step took, in all and per million rows."""
    wall, processor = time.perf_counter(), processor_seconds()
    step()
    wall, processor = time.perf_counter() - wall, processor_seconds() - processor
    print(
        f"| {name} | {wall:.1f} s | {processor:.1f} s | {processor * 1e6 / rows:.2f} s |",
        flush=True,
    )


def layers(folder: Path, rows: int) -> None:
    study = study_in(str(folder))
    warehouse = warehouse_at(paths_of(study))
    as_of = study.history.end
    (contract,), file = study.contracts, daily(study)
    measured(
        "exports: load, check, account", rows,
        lambda: load_export(warehouse, contract, study=study, as_of=as_of),
    )  # fmt: skip
    measured("metrics on DuckDB", rows, lambda: build_file(study, warehouse, file, as_of=as_of))
    if not missing_for_spark():
        on_spark(replace(study, engine=Engine("spark", "local[2]", CONF)), warehouse, rows)


def daily(study: Study) -> SqlFile:
    """The file of the daily sums."""
    return next(each for each in buildable_files(study) if each.table.startswith("metrics.switch"))


def on_spark(study: Study, warehouse: Warehouse, rows: int) -> None:
    file = daily(study)
    work = paths_of(study).lake
    work.mkdir(parents=True, exist_ok=True)
    measured("start of Spark", rows, lambda: session_of(study.engine, work))
    for name in ("metrics on Spark, with the copy to Parquet", "metrics on Spark, nothing to copy"):
        measured(name, rows, lambda: build_file(study, warehouse, file, as_of=study.history.end))
    stop_session()


def main() -> None:
    """Measure each size in a folder of its own."""
    for text in sys.argv[1:]:
        main_job.ROWS = int(text)
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "study"
            main_job.write_study(folder)
            print(f"\n{main_job.ROWS:,} calls\n\n| step | wall | processor | per million rows |")
            print("|---|---|---|---|")
            layers(folder, main_job.ROWS)


if __name__ == "__main__":
    main()

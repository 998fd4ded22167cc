"""The product beside what its users would write, on one file: wall, processor, peak; medians of three.

Run: python benchmarks/peers/race.py ROWS PYTHON, where PYTHON is that of the peers' environment
(README.md). The order changes from round to round, so that none always runs on a warm disk.
"""

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from main_job import BARE, ROWS, timed, write_study  # noqa: E402 - a script beside this folder

ROUNDS = 3
Measured = tuple[float, float, float]


def contestants(scratch: Path, csv: Path, python: str) -> dict[str, Callable[[], Measured]]:
    """Peer → one cold run of it."""
    dbt = str(Path(python).parent / "dbt")
    roi = str(Path(sys.executable).parent / "roi")
    out = scratch / "peer"

    def of(*command: str) -> Callable[[], Measured]:
        return lambda: timed(list(command))

    os.environ.update(
        PEERS_FILE=str(csv),
        PEERS_DATABASE=str(out / "peers.duckdb"),
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    models = shutil.copytree(HERE / "dbt", scratch / "dbt")  # dbt leaves a file beside its profile
    project = [f"--project-dir={models}", f"--profiles-dir={models}"]
    folders = [f"--target-path={out / 'target'}", f"--log-path={out / 'logs'}"]
    return {
        "bare DuckDB": of(python, "-c", BARE, str(csv), str(out / "bare.duckdb")),
        "pandas job": of(python, str(HERE / "pandas_job.py"), str(csv), str(out / "daily.parquet")),
        "pandas, whole": of(python, str(HERE / "pandas_whole.py"), str(csv), str(out / "whole")),
        "dbt build": of(dbt, "--quiet", "build", *project, *folders),
        "roi run": of(roi, "run", str(csv.parents[1])),
    }


def main() -> None:
    """Race, then print the table."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        csv = write_study(scratch / "study")
        peers = contestants(scratch, csv, sys.argv[2])
        measured: dict[str, list[Measured]] = {name: [] for name in peers}
        names = list(peers)
        for number in range(ROUNDS):
            for name in names[number:] + names[:number]:
                (scratch / "peer").mkdir()
                measured[name].append(peers[name]())
                shutil.rmtree(scratch / "peer")
                shutil.rmtree(scratch / "study" / "out", ignore_errors=True)
        print(f"{ROWS:,} calls, {csv.stat().st_size / 2**20:,.0f} MiB, median of {ROUNDS}\n")
    print("| | wall | processor | peak |\n|---|---|---|---|")
    for name, runs in measured.items():
        wall, processor, peak = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"| {name} | {wall:.1f} s | {processor:.1f} s | {peak:,.0f} MiB |")


if __name__ == "__main__":
    main()

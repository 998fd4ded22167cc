"""Processor seconds of a cold run, a night without news, the same on the next day, and a night with one new file.

Run: python benchmarks/nights.py [calls a day, default 2,000] [history in quarters, default 1 4]. One CSV a day, one module. Beside
each row the same work by bare DuckDB (read every file, sum by team and day), in the same minute: only the ratio is worth
quoting on a machine that does other things as well. `python benchmarks/nights.py --example clinic` runs a shipped
example cold and again.
"""

import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
from main_job import FILES, timed

ROI = str(Path(sys.executable).parent / "roi")
DAYS_IN_QUARTER = 91
END = date(2026, 1, 1)
DAY = """
copy (
    select
        {first} + i as "编号",
        'T' || lpad((i * 7919 % 40)::varchar, 2, '0') as "班组",
        'A' || lpad((i * 104729 % 400)::varchar, 3, '0') as "坐席",
        timestamp '{day}' + to_seconds((i * 32452843 % 86400)::bigint) as "通话时间",
        case when i % 4 = 0 then (i * 37 % 600)::int else 0 end as "时长秒",
        case i % 4 when 0 then '接通' when 1 then '未接' when 2 then '忙线' else '拒接' end as "结果"
    from range({rows}) as r(i)
) to '{path}' (header)
"""
BARE = """
import duckdb, sys
duckdb.connect().execute('''create table daily as select 班组, cast(通话时间 as date) as day, count(*) as n,
    count(*) filter (where 结果 = '接通') as connected, sum(时长秒) as talked
    from read_csv($path, header = true, auto_detect = false, delim = ',', quote = '"', columns = {
    '编号': 'BIGINT', '班组': 'VARCHAR', '坐席': 'VARCHAR', '通话时间': 'TIMESTAMP', '时长秒': 'INTEGER',
    '结果': 'VARCHAR'}) group by all''', {'path': sys.argv[1]})
"""


def write_day(folder: Path, day: date, rows: int) -> None:
    """The calls of one day as one file."""
    path = folder / "exports" / f"calls_{day}.csv"
    path.parent.mkdir(exist_ok=True)
    duckdb.execute(DAY.format(first=day.toordinal() * rows, day=day, rows=rows, path=path))


def write_study(folder: Path, *, quarters: int, rows: int) -> None:
    """The study of `main_job.py` with an open history, and its files up to the end of 2025."""
    first = END - timedelta(days=DAYS_IN_QUARTER * max(quarters, 2))
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip().replace("start = 2025-01-01, end = 2026-01-01", f"start = {first}"), "utf-8")  # fmt: skip
    with (folder / "modules" / "dialler.toml").open("a", encoding="utf-8") as module:
        module.write("[rollout.go_live]\n")
        module.writelines(f"T{team:02} = 2025-11-15\n" for team in range(0, 40, 2))
    days = DAYS_IN_QUARTER * quarters
    for number in range(days):
        write_day(folder, END - timedelta(days=days - number), rows)


def main() -> None:
    """The nights of each length of history, one table."""
    if sys.argv[1:2] == ["--example"]:
        return _example(sys.argv[2])
    rows, *lengths = [int(each) for each in sys.argv[1:]] or [2_000]
    print(f"{'':34}      wall  processor      peak   ÷ bare")
    for quarters in lengths or [1, 4]:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "study"
            write_study(folder, quarters=quarters, rows=rows)
            title = f"{quarters * DAYS_IN_QUARTER * rows:,} calls"
            _night(f"{title}: cold", folder, END)
            _night(f"{title}: no news", folder, END)
            _night(f"{title}: next day, no file", folder, END + timedelta(days=1))
            write_day(folder, END + timedelta(days=1), rows)
            _night(f"{title}: next day, one file", folder, END + timedelta(days=2))
    return None


def _night(title: str, folder: Path, day: date) -> None:
    bare = timed([sys.executable, "-c", BARE, str(folder / "exports" / "*.csv")])
    night = timed([ROI, "run", str(folder), "--cycle", "2025-Q4", "--as-of", day.isoformat()])
    _print(title, night, bare)


def _example(name: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        subprocess.run([ROI, "init", str(folder), "--example", name], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        bare = timed([sys.executable, "-c", "import duckdb, polars"])
        _print(f"{name}: cold", timed([ROI, "run", str(folder)]), bare)
        _print(f"{name}: no news", timed([ROI, "run", str(folder)]), bare)


def _print(title: str, night: tuple[float, float, float], bare: tuple[float, float, float]) -> None:
    wall, processor, peak = night
    print(
        f"{title:34} {wall:7.1f} s {processor:7.1f} s {peak:5,.0f} MiB {processor / bare[1]:7.1f}"
    )


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()

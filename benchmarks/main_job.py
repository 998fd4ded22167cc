"""Cold main job on N calls in one CSV, as a ratio to bare DuckDB reading and grouping the same file.

Run: python benchmarks/main_job.py [rows, default 10,000,000]. Both programs are processes of their
own, one after the other on the same file; peak memory is the operating system's figure. Not a test:
machines are noisy, only the ratio is worth quoting.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
FILES = {
    "study.toml": """
id = "benchmark"
company = { en = "Ten million calls" }
headcount = 60
currency = "CNY"
languages = ["en"]
timezone = "UTC"
country = "CN"
cycle = "quarter"
history = { start = 2025-01-01, end = 2026-01-01 }
""",
    "sources/switch__calls.toml": """
system = "switch"
entity = "calls"
owner = "ops"
[location]
glob = "exports/*.csv"
kind = "csv"
encoding = "utf-8"
delimiter = ","
[key]
columns = ["call_id"]
[[column]]
name = "call_id"
type = "integer"
header = "编号"
is_required = true
severity = "stop"
[[column]]
name = "team_id"
type = "text"
header = "班组"
is_required = true
[[column]]
name = "agent_id"
type = "text"
header = "坐席"
is_required = true
[[column]]
name = "started_at"
type = "timestamp"
header = "通话时间"
is_required = true
[[column]]
name = "talk_seconds"
type = "integer"
header = "时长秒"
minimum = 0
maximum = 600
[[column]]
name = "outcome_type"
type = "text"
header = "结果"
is_closed = true
values = { "接通" = "connected", "未接" = "missed", "忙线" = "busy", "拒接" = "refused" }
[[rule]]
name = "only_connected_calls_talk"
sql = "outcome_type = 'connected' or talk_seconds = 0"
severity = "warn"
[table]
minimum_rows = 1000
freshness_column = "started_at"
freshness_days = 7
""",
    "sql/metrics/switch_calls_daily.sql": """\
-- metrics.switch_calls_daily — one row per team and day.
-- grain: team_id, calendar_date
select
    calls.team_id,  -- the team
    cast(calls.started_at as date) as calendar_date,  -- the day
    count(*) as calls_count,  -- calls
    count(*) filter (where calls.outcome_type = 'connected') as connected_calls_count,  -- connected
    sum(calls.talk_seconds) as talk_seconds  -- seconds talked
from exports.switch__calls as calls
group by calls.team_id, cast(calls.started_at as date)
""",
    "metrics/switch_connect_rate.toml": """
id = "switch_connect_rate"
table = "metrics.switch_calls_daily"
numerator = "connected_calls_count"
denominator = "calls_count"
direction = "up"
unit = "rate"
version = 1
owner = "ops"
name = { en = "Connect rate", zh-CN = "接通率", zh-TW = "接通率" }
sentence = { en = "connected ÷ calls", zh-CN = "接通 ÷ 通话", zh-TW = "接通 ÷ 通話" }
""",
    "modules/dialler.toml": """
id = "dialler"
name = { en = "AI dialler" }
scene = { en = "Telesales" }
owner = "ops"
[rollout]
unit = "team"
[[pool]]
metric = "switch_connect_rate"
role = "goal"
[[cost]]
id = "licence"
category = "licence"
name = { en = "Licence" }
amount = "1000"
basis = "per_month"
start = 2025-07-01
source = "contract"
""",
}
GENERATE = """
copy (
    select
        i as "编号",
        'T' || lpad((i * 7919 % 40)::varchar, 2, '0') as "班组",
        'A' || lpad((i * 104729 % 400)::varchar, 3, '0') as "坐席",
        timestamp '2025-01-01' + to_seconds((i::hugeint * 32452843 % 31536000)::bigint) as "通话时间",
        case when i % 4 = 0 then (i * 37 % 600)::int else 0 end as "时长秒",
        case i % 4 when 0 then '接通' when 1 then '未接' when 2 then '忙线' else '拒接' end as "结果",
        '备注,含逗号' || i as "备注"
    from range({rows}) as r(i)
) to '{path}' (header)
"""
BARE = """
import duckdb, sys
con = duckdb.connect(sys.argv[2])
con.execute('''create table calls as select * from read_csv($path, header = true, auto_detect = false,
    delim = ',', quote = '"', columns = {'编号': 'BIGINT', '班组': 'VARCHAR', '坐席': 'VARCHAR',
    '通话时间': 'TIMESTAMP', '时长秒': 'INTEGER', '结果': 'VARCHAR', '备注': 'VARCHAR'})''',
    {'path': sys.argv[1]})
con.execute('''create table daily as select 班组, cast(通话时间 as date) as day, count(*) as n,
    count(*) filter (where 结果 = '接通') as connected, sum(时长秒) as talked
    from calls group by all''')
"""


def write_study(folder: Path) -> Path:
    """The study and its one export; returns the CSV."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), "utf-8")
    with (folder / "modules" / "dialler.toml").open("a", encoding="utf-8") as module:
        module.write("[rollout.go_live]\n")
        for team in range(0, 40, 2):
            module.write(f"T{team:02} = 2025-07-0{1 + team % 7}\n")
    csv = folder / "exports" / "calls.csv"
    csv.parent.mkdir()
    duckdb.execute(GENERATE.format(rows=ROWS, path=csv))
    return csv


def timed(arguments: list[str]) -> tuple[float, float, float]:
    """Seconds by the wall, seconds of processor time and peak MiB of a command and its children."""
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{arguments[:3]} ended with {os.waitstatus_to_exitcode(status)}")
    seconds = time.perf_counter() - start
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Generate, run both, print the ratio."""
    roi = str(Path(sys.executable).parent / "roi")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "study"
        csv = write_study(folder)
        print(f"{ROWS:,} calls, {csv.stat().st_size / 2**20:,.0f} MiB")
        bare, bare_cpu, bare_memory = timed(
            [sys.executable, "-c", BARE, str(csv), str(Path(scratch) / "bare.duckdb")]
        )
        job, job_cpu, job_memory = timed([roi, "run", str(folder)])
        help_seconds, _, _ = timed([roi, "--help"])
    print("                 wall  processor      peak")
    print(f"bare DuckDB  {bare:6.1f} s   {bare_cpu:6.1f} s  {bare_memory:5,.0f} MiB")
    print(f"main job     {job:6.1f} s   {job_cpu:6.1f} s  {job_memory:5,.0f} MiB")
    print(
        f"ratio        {job / bare:6.2f}     {job_cpu / bare_cpu:6.2f}    (target 2.5, memory below 4,096 MiB)"
    )
    print(f"roi --help   {help_seconds:6.2f} s  (target 0.5)")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()

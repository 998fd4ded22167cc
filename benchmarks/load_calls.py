"""How much loading calls costs against bare DuckDB reading the same file with types.

    python benchmarks/load_calls.py [rows] [--with-people]

Writes a CSV of a call system with Chinese headers and words into a temporary folder, reads it bare
into a table, then through sources, staging and acceptance, each in a process of its own, and prints
seconds, peak memory and the ratio.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb

from roi_pipeline.domain.contracts import Column, Contract, FileLocation
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window

HEADERS = {
    "call_id": "varchar", "agent_id": "varchar", "clinic_id": "varchar", "started_at": "timestamp",
    "talk_seconds": "double", "attempt_count": "bigint", "outcome_type": "varchar",
    "fee_amount": "decimal(18, 4)", "note": "varchar",
}  # fmt: skip


def write_calls(path: Path, rows: int) -> None:
    connection = duckdb.connect()
    connection.execute(
        "copy (select 'C' || lpad(i::varchar, 9, '0') as \"通话编号\", "
        "'A' || (hash(i) % 400)::varchar as \"坐席\", 'D' || (hash(i + 7) % 20)::varchar as \"门店\", "
        "strftime(timestamp '2025-01-01' + interval (i * 3) second, '%Y-%m-%d %H:%M:%S') as \"拨打时间\", "
        '(hash(i * 3) % 600)::int as "通话秒", (hash(i * 5) % 5)::int as "重拨", '
        "['接通', '未接', '占线', '拒接'][1 + (hash(i * 11) % 4)::int] as \"结果\", "
        'round((hash(i * 13) % 100000) / 100.0, 2) as "费用", '
        "'1' || (3000000000 + hash(i * 19) % 200000)::varchar as \"客户号码\", "
        "'备注' || (hash(i * 17) % 1000)::varchar as \"备注\" "
        f"from range({rows}) t(i)) to '{path}' (header)"
    )


def contract(*, has_people: bool) -> Contract:
    text, codes = (
        "text",
        {"接通": "connected", "未接": "missed", "占线": "busy", "拒接": "declined"},
    )
    columns = [
        Column("call_id", text, ("通话编号",), is_required=True),
        Column("agent_id", text, ("坐席",)),
        Column("clinic_id", text, ("门店",)),
        Column("started_at", "timestamp", ("拨打时间",)),
        Column("talk_seconds", "duration", ("通话秒",), formats=("seconds",)),
        Column("attempt_count", "integer", ("重拨",)),
        Column("outcome_type", text, ("结果",), values=codes),
        Column("fee_amount", "money", ("费用",)),
        Column("note", text, ("备注",)),
    ]
    if has_people:
        columns.append(Column("customer_phone", "phone", ("客户号码",)))
    else:
        columns.append(Column("customer_phone", text, ("客户号码",)))
    return Contract(
        "telephony", "calls", FileLocation("calls.csv", "csv"), tuple(columns), key=("call_id",)
    )


def load_bare(folder: Path) -> None:
    columns = {**HEADERS, "customer_phone": "varchar"}
    names = [*list(HEADERS)[:-1], "customer_phone", "note"]
    typed = ", ".join(f"'{name}': '{columns[name]}'" for name in names)
    connection = duckdb.connect(str(folder / "bare.duckdb"))
    connection.execute(
        f"create table calls as from read_csv('{folder}/calls.csv', columns = {{{typed}}}, "
        "header = true, delim = ',', quote = '\"', auto_detect = false)"
    )
    connection.close()


def load_whole(folder: Path, *, has_people: bool) -> None:
    from roi_pipeline.engines.loading import accept_incoming, stage_export
    from roi_pipeline.sources.delivering import deliver_export
    from roi_pipeline.transforms.identities import people_hasher

    study = Study(
        id="calls", folder=folder, company=Text({"en": "Calls"}), headcount=500, currency="CNY",
        languages=("en",), timezone="Asia/Shanghai", cycle_kind="month",
        history=Window(date(2025, 1, 1), date(2027, 1, 1)), modules=(), contracts=(), metrics={},
        standards=(), people_key="benchmark",
    )  # fmt: skip
    calls = contract(has_people=has_people)
    connection = duckdb.connect(str(folder / "whole.duckdb"))
    clock = time.perf_counter()
    deliveries = deliver_export(calls, folder=folder, scratch=folder / "scratch")
    clock = _step("deliver", clock)
    staging = stage_export(
        connection, calls, deliveries, study=study, hash_people=people_hasher(key="benchmark")
    )
    clock = _step("stage", clock)
    (load,) = accept_incoming(connection, calls, None)
    assert load.rows_loaded == staging.rows_read, load  # noqa: S101 - the figure would be worthless
    connection.close()
    _step("accept", clock)


def _step(name: str, started: float) -> float:
    now = time.perf_counter()
    print(f"  {name:<8} {now - started:6.2f} s", flush=True)
    return now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--with-people", action="store_true")
    parser.add_argument("--only", choices=("bare", "whole"))
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.only:
        _measure(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_calls(Path(folder) / "calls.csv", arguments.rows)
        size = (Path(folder) / "calls.csv").stat().st_size / 1e6
        print(f"{arguments.rows:,} calls, {size:,.0f} MB of CSV")
        seconds = {only: _run(only, Path(folder), arguments) for only in ("bare", "whole")}
    print(f"ratio {seconds['whole'] / seconds['bare']:.2f} of bare DuckDB")


def _run(only: str, folder: Path, arguments: argparse.Namespace) -> float:
    command = [
        sys.executable,
        __file__,
        str(arguments.rows),
        "--only",
        only,
        "--folder",
        str(folder),
    ]
    command += ["--with-people"] if arguments.with_people else []
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(f"{only}\n{output.rstrip()}")
    return float(output.rstrip().rsplit("total", 1)[1].split()[0])


def _measure(arguments: argparse.Namespace) -> None:
    clock = time.perf_counter()
    if arguments.only == "bare":
        load_bare(arguments.folder)
    else:
        load_whole(arguments.folder, has_people=arguments.with_people)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"  total    {time.perf_counter() - clock:6.2f} s, "
        f"{time.process_time():.2f} s of processors, peak {peak:,.0f} MB"
    )


if __name__ == "__main__":
    main()

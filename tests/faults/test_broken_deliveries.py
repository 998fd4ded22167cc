"""Broken exports through the whole command line: what is not whole is named, and nothing else suffers.

Each delivery is twenty exports broken at random, in four formats, beside a healthy study. The command
runs in the process of the test, with nothing put in its place. `ROI_DELIVERIES` and
`ROI_DELIVERIES_FROM` say how many and where to begin; `make soak` tries ten, two hundred exports.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from mutated_exports import HEADERS, ROWS, Mutated, mutated
from test_mutated_exports import faults_of
from tiny_study import write_tiny_study

from roi_pipeline.cli import commands
from roi_pipeline.cli.app import OK, PARTLY
from roi_pipeline.cli.failures import MOST_FILES
from roi_pipeline.domain.loads import FileLoad
from roi_pipeline.domain.texts import plain

EXPORTS = {"csv": 11, "jsonl": 3, "parquet": 3, "xlsx": 3}
FIRST_SEED = 900_000
CONTRACT = """\
system = "shop"
entity = "calls_{kind}"
owner = "sales"

[location]
glob = "broken/{kind}/*"
kind = "{kind}"

[table]
quarantine_share = {share}
"""
COLUMNS = {
    "id": 'type = "integer"\nis_required = true', "name": 'type = "text"', "note": 'type = "text"',
    "day": 'type = "date"', "fee": 'type = "money"',
    "secs": 'type = "duration"\nformats = ["seconds"]', "phone": 'type = "text"',
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """A study with broken exports, and what the command made of it."""

    folder: Path
    broken: dict[str, Mutated]
    result: Result
    loads: dict[str, FileLoad]
    arrived: dict[str, list[dict[str, object]]]


def deliver(folder: Path, number: int) -> Delivery:
    """Write the study and its broken exports, run it, and read what is in its warehouse."""
    write_tiny_study(folder)
    broken = dict[str, Mutated]()
    place = 0
    for kind, count in EXPORTS.items():
        # Every second delivery takes what can be read, however much of it is quarantined.
        contract = CONTRACT.format(kind=kind, share=1 if number % 2 else 0.2)
        columns = (f'\n[[column]]\nname = "{name}"\n{rest}\n' for name, rest in COLUMNS.items())
        source = folder / f"sources/shop__calls_{kind}.toml"
        source.write_text(contract + "".join(columns), "utf-8")
        for _ in range(count):
            each = mutated(kind, FIRST_SEED + number * 100 + place, first=1 + place * ROWS)
            path = folder / "broken" / kind / each.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.content)
            broken[path.relative_to(folder).as_posix()] = each
            place += 1
    runner = CliRunner(env={"ROI_LANGUAGE": "en"})
    result = runner.invoke(commands, ["run", str(folder), "--cycle", "2026-02"])
    return Delivery(folder, broken, result, *_in_warehouse(folder))


def _in_warehouse(folder: Path) -> tuple[dict[str, FileLoad], dict[str, list[dict[str, object]]]]:
    loads, arrived = dict[str, FileLoad](), dict[str, list[dict[str, object]]]()
    names = ", ".join(f'"{name}"' for name in HEADERS)
    with duckdb.connect(folder / "out/warehouse.duckdb", read_only=True) as connection:
        files = connection.execute("select * exclude (reading_sha256, as_of) from quality.files")
        columns = [each[0].replace("table_name", "table") for each in files.description or ()]
        for row in files.fetchall():
            load = FileLoad(**dict(zip(columns, row, strict=True)))
            loads[load.path] = load
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'exports' "
            "and starts_with(table_name, 'shop__calls_')"
        ).fetchall()
        for (table,) in tables:
            query = f"select source_file_id, {names} from exports.{table}"
            for file, *values in connection.execute(query).fetchall():
                path = str(file).partition("/")[2]
                arrived.setdefault(path, []).append(dict(zip(HEADERS, values, strict=True)))
    return loads, arrived


def faults_in(delivery: Delivery) -> list[str]:
    """What the command got wrong: rows, words or status."""
    result, loads, found = delivery.result, delivery.loads, list[str]()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return [f"{type(result.exception).__name__}: {result.exception}"]
    found += [word for word in ("Traceback", "agster", "nternal") if word in result.output]
    for path, each in delivery.broken.items():
        # A zip archive of one member goes by the archive's name.
        if path not in loads:
            found.append(f"{path} ({each.what}): no word about it")
            continue
        arrived = delivery.arrived.get(path, [])
        faults = faults_of(each, loads[path], arrived, "text", {})
        found += [f"{path} ({each.what}): {fault}" for fault in faults]
    kept_out = [load for load in loads.values() if load.status in {"unreadable", "refused"}]
    if result.exit_code != (PARTLY if kept_out else OK):
        found.append(f"status {result.exit_code}, kept out: {[load.path for load in kept_out]}")
    for table in {load.table for load in kept_out}:
        unread = [each for each in kept_out if (each.table, each.status) == (table, "unreadable")]
        found += [
            f"{load.path} is not named"
            for load in unread[:MOST_FILES]
            if plain(load.error) not in result.output
        ]
    healthy = [load for load in loads.values() if load.table == "pos__visits"]
    if len(healthy) != 3 or any(load.status != "loaded" for load in healthy):
        found.append(f"healthy files suffered: {healthy}")
    if not (delivery.folder / "out/reports/2026-02/en/portfolio.html").is_file():
        found.append("no report")
    return found


def attempts(folder: Path, numbers: range) -> list[str]:
    found = list[str]()
    for number in numbers:
        delivery = deliver(folder / str(number), number)
        statuses = sorted(load.status for load in delivery.loads.values())
        print(f"delivery {number}: status {delivery.result.exit_code}, {statuses}")  # noqa: T201
        found += [f"delivery {number}: {fault}" for fault in faults_in(delivery)]
    return found


@pytest.mark.slow
def test_broken_exports_cost_themselves_alone(tmp_path: Path) -> None:
    found = attempts(tmp_path, range(2))
    assert not found, "\n".join(found)


@pytest.mark.soak
def test_two_hundred_broken_exports_cost_themselves_alone(tmp_path: Path) -> None:
    first = int(os.environ.get("ROI_DELIVERIES_FROM", "2"))
    found = attempts(tmp_path, range(first, first + int(os.environ.get("ROI_DELIVERIES", "10"))))
    assert not found, "\n".join(found)

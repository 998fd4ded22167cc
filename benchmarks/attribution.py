"""How much crediting outcomes to actions costs against bare DuckDB scanning the same tables.

    python benchmarks/attribution.py [actions, default 10 million] [--memory 4GB] [--kinds 3]

Three events for each action, twenty times fewer customers than events, four modules, one customer in
ten held out by lot by all of them but one, one year. Writes the facts into a temporary database, then,
each in a process of its own, scans and groups them bare, joins actions to events barely (each event to
the last action before it, `asof`), and builds windows, claims and spells by the product's SQL, shares
the credit of a quarter and reads a lift against the held out and one against matched customers.
Prints seconds, CPU seconds, peak memory and the ratios; what does not fit the memory goes to disk.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from roi_pipeline.domain.modules import AttributionRule, Module, Rollout
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.attribution import (
    count_observed,
    read_contacts,
    read_exposures,
    rules_frame,
)
from roi_pipeline.engines.sql_catalogue import read_sql_catalogue
from roi_pipeline.engines.warehouse import build_table, create_macros, write_frame
from roi_pipeline.resources import shipped_folder
from roi_pipeline.stats.attribution import Credit, share_credit

EVENTS_PER_ACTION = 3
EVENTS_PER_CUSTOMER = 20
KINDS = ("visit", "consult", "order")
PARTS = {
    "scan": "bare scan, grouped by customer",
    "join": "bare asof join of events to actions",
    "whole": "windows, claims, spells, credit, lifts",
}
NAME = Text({"en": "x"})
YEAR, AS_OF = 365 * 86_400, date(2026, 2, 1)
QUARTER = Window(date(2025, 7, 1), date(2025, 10, 1))


def modules() -> list[Module]:
    return [
        Module(f"m{number}", NAME, NAME, "o", Rollout("customer"), (), attribution=rule)
        for number, rule in enumerate(
            [AttributionRule("visit"), AttributionRule("order", window_days=14), None, None]
        )
    ]


def write_facts(path: Path, actions: int, kinds: int) -> None:
    """Actions and events with hashed, not random, figures: the same on every machine."""
    events = actions * EVENTS_PER_ACTION
    customers = events // EVENTS_PER_CUSTOMER
    connection = duckdb.connect(str(path), config={"threads": 2, "memory_limit": "4GB"})
    connection.execute("create schema facts")
    connection.execute(
        f"""
        create table facts.ai_actions as
        select 'A' || i as action_id, 'm' || (hash(i) % 4)::varchar as module_id,
            'K' || customer as customer_id,
            case when hash(customer + 5) % 10 = 0 and hash(i) % 4 <> 1 then 'held_out'
                else 'treated' end as arm_name,
            timestamp '2025-01-01' + to_seconds((hash(i + 9) % {YEAR})::bigint) as acted_at,
            true as is_eligible, null::timestamp as opted_out_at,
            (timestamp '2025-01-01' + to_seconds((hash(i + 9) % {YEAR})::bigint))::date
                as calendar_date
        from (select i, hash(i + 1) % {customers} as customer from range({actions}) t(i))
        """
    )
    names = ", ".join(f"'{kind}'" for kind in KINDS[:kinds])
    connection.execute(
        f"""
        create table facts.customer_events as
        select 'E' || i as event_id, 'K' || (hash(i + 2) % {customers}) as customer_id,
            [{names}][1 + (hash(i + 3) % {kinds})::int] as event_type,
            timestamp '2025-01-01' + to_seconds((hash(i + 4) % {YEAR})::bigint) as occurred_at,
            (timestamp '2025-01-01' + to_seconds((hash(i + 4) % {YEAR})::bigint))::date
                as calendar_date
        from range({events}) t(i)
        """
    )
    connection.execute(
        f"""
        create table facts.customers as
        select 'K' || i as customer_id, 'level ' || (hash(i + 6) % 4) as level_code,
            null::timestamp as registered_at, true as is_marketing_allowed
        from range({customers}) t(i)
        """
    )
    connection.execute(
        "create table facts.orders (order_id varchar, customer_id varchar, ordered_at timestamp, "
        "calendar_date date, order_amount_rc decimal(18, 4), refund_amount_rc decimal(18, 4))"
    )
    connection.close()


def scan_bare(connection: duckdb.DuckDBPyConnection) -> None:
    """Reads every row of both tables once and groups them by customer."""
    for table, moment in (
        ("facts.ai_actions", "acted_at"),
        ("facts.customer_events", "occurred_at"),
    ):
        connection.execute(
            f"create or replace temp table bare as select customer_id, count(*) as n, "
            f"min({moment}) as first_at, max({moment}) as last_at from {table} group by customer_id"
        ).fetchall()


def join_bare(connection: duckdb.DuckDBPyConnection) -> None:
    """Each event to the last action on its customer: the least any attribution has to do."""
    connection.execute(
        "create or replace temp table bare as select event_id, action_id, module_id, acted_at "
        "from facts.customer_events as events asof join facts.ai_actions as actions "
        "on events.customer_id = actions.customer_id and events.occurred_at > actions.acted_at"
    ).fetchall()


def attribute(connection: duckdb.DuckDBPyConnection) -> None:
    """What the product does: four tables, then the counts of a quarter for each kind of outcome."""
    catalogue = read_sql_catalogue([shipped_folder("sql")])
    create_macros(connection, catalogue)
    write_frame(connection, "facts.attribution_rules", rules_frame(modules()))
    for name in ("outcomes", "action_windows", "action_credits", "touch_spells"):
        with _told(name):
            built = build_table(connection, catalogue.file(f"facts.{name}"), {"as_of": AS_OF})
        print(f"  {'':<24}{built.rows:>14,} rows", flush=True)
    for kind in KINDS:
        with _told(f"credit of {kind}"):
            counts = read_exposures(connection, kind, QUARTER, timezone="UTC")
            observed = count_observed(connection, kind, QUARTER, timezone="UTC")
            shared = share_credit(counts)
        assert isinstance(shared, Credit)  # noqa: S101 - or the seconds are worthless
        credited = sum(module.credited for module in shared.modules)
        assert credited == observed, (kind, credited, observed)  # noqa: S101
    for module, outcome, kind in (("m0", "visit", "holdout"), ("m1", "order", "matched")):
        with _told(f"lift of {module}, {kind}"):
            samples = read_contacts(connection, module, outcome, QUARTER)
        assert samples is not None  # noqa: S101
        assert samples.kind == kind, samples.kind  # noqa: S101


@contextmanager
def _told(name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"  {name:<24}{time.perf_counter() - started:>10.1f} s", flush=True)


def run_part(part: str, path: Path, memory: str) -> None:
    config = {"threads": 2, "memory_limit": memory, "temp_directory": f"{path}.tmp"}
    started = time.perf_counter()
    with duckdb.connect(str(path), config=config) as connection:  # type: ignore[arg-type]
        {"scan": scan_bare, "join": join_bare, "whole": attribute}[part](connection)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds, cpu = time.perf_counter() - started, used.ru_utime + used.ru_stime
    print(f"RESULT {seconds:.2f} {cpu:.2f} {used.ru_maxrss / 1e6:.2f}", flush=True)


def measured(part: str, path: Path, memory: str) -> tuple[float, float, float]:
    command = [sys.executable, __file__, "--part", part, "--path", str(path), "--memory", memory]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as process:
        for line in process.stdout or ():
            if line.startswith("RESULT"):
                _, seconds, cpu, peak = line.split()
                return float(seconds), float(cpu), float(peak)
            print(line, end="", flush=True)
    msg = f"{part} printed no result"
    raise RuntimeError(msg)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("actions", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--kinds", type=int, default=3, choices=(1, 2, 3))
    parser.add_argument("--part", choices=tuple(PARTS))
    parser.add_argument("--path", type=Path)
    given = parser.parse_args()
    if given.part:
        run_part(given.part, given.path, given.memory)
        return
    with tempfile.TemporaryDirectory(prefix="roi-attribution-") as folder:
        path = Path(folder) / "benchmark.duckdb"
        write_facts(path, given.actions, given.kinds)
        events = given.actions * EVENTS_PER_ACTION
        print(f"{given.actions:,} actions, {events:,} events, {given.kinds} kinds of outcome")
        cost = {part: measured(part, path, given.memory) for part in PARTS}
        for part, name in PARTS.items():
            wall, cpu, peak = cost[part]
            print(f"{name:<42}{wall:>8.1f} s {cpu:>8.1f} CPU s   peak {peak:.2f} GB")
        for part in ("scan", "join"):
            ratios = (cost["whole"][n] / cost[part][n] for n in (0, 1))
            print("ratio to the bare {}: {:.1f}, in CPU {:.1f}".format(part, *ratios))


if __name__ == "__main__":
    main()

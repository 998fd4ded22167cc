"""What happens after a cycle changes no figure of it, however it is evaluated again.

A study is evaluated, rows dated after the cycle's last observed day are delivered, and the same
cycle is evaluated again with the same `as_of`. Only where the figures came from may differ.
"""

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from published import report_of
from tiny_study import STORES, SWITCHED_ON, write_tiny_study

from roi_pipeline.resources import shipped_folder

CYCLE, CYCLE_END, AS_OF = "2026-02", date(2026, 3, 1), date(2026, 5, 15)
REGION = {store: "north" if store in SWITCHED_ON else "south" for store in STORES}
MOVED = {"north": "south", "south": "north"}
VISITS = ("visit", "store", "region", "day", "sale")
LEDGER = (
    "document_id_erp",
    "reference_code",
    "module_id",
    "posted_date",
    "cost_amount",
    "category_name",
)
USAGE = ("module_id", "branch_id", "team_id", "usage_date", "requests_count", "active_users_count",
         "licensed_users_count")  # fmt: skip
ACTIONS = (
    "action_id_ai_platform", "module_id", "action_type", "customer_id_crm", "clinic_id", "staff_id",
    "acted_at", "is_held_out", "is_eligible", "adoption_type", "updated_at",
)  # fmt: skip
MORE_SOURCES = ("erp__module_costs", "ai_platform__usage", "ai_platform__actions")
REGION_COLUMN = """\
[[column]]
name = "region_id"
type = "text"
header = "region"

"""


def in_regions(text: str) -> str:
    """A fact or daily table that knows the region of a store."""
    return text.replace(
        "visits.store_id,  -- where", "visits.store_id,  -- where\n    visits.region_id,  -- region"
    ).replace("group by visits.store_id,", "group by visits.store_id, visits.region_id,")


def change(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def write_rows(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def write_visits(path: Path, first: date, end: date, *, regions: dict[str, str], n: int) -> None:
    chance = random.Random(first.toordinal())  # noqa: S311
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    write_rows(path, VISITS, [
        (f"{store}-{day:%m%d}-{number}", store, regions[store], day,
         str(chance.random() < (0.34 if store in SWITCHED_ON and day.month > 1 else 0.22)).lower())
        for day in days for store in STORES for number in range(n + chance.randint(0, 6))
    ])  # fmt: skip


def write_study(folder: Path) -> Path:
    """The tiny study with regions: they decide go-live, cluster and a split; with a ledger, seats, actions."""
    write_tiny_study(folder)
    change(folder / "study.toml", ("end = 2026-04-15", f"end = {AS_OF}"))
    for path in (folder / "exports").glob("*.csv"):
        path.unlink()
    write_visits(folder / "exports/1.csv", date(2026, 1, 1), CYCLE_END, regions=REGION, n=18)
    for name in MORE_SOURCES:
        contract = (shipped_folder("catalogue") / f"contracts/{name}.toml").read_text("utf-8")
        alone = "\n".join(line for line in contract.splitlines() if "references" not in line)
        (folder / f"sources/{name}.toml").write_text(alone, "utf-8")
    deliver(folder, "1", first=date(2026, 1, 5), end=CYCLE_END, category="licence")
    change(
        folder / "sources/pos__visits.toml",
        ('[[column]]\nname = "visit_date"', REGION_COLUMN + '[[column]]\nname = "visit_date"'),
    )
    for name in ("facts/visits.sql", "metrics/visits_daily.sql"):
        path = folder / "sql" / name
        path.write_text(in_regions(path.read_text("utf-8")), "utf-8")
    change(
        folder / "modules/greeter.toml",
        ('unit = "store"', 'unit = "store"\ngo_live_by = "region"\ncluster = "region"'),
        ("\n".join(f"{store} = 2026-02-01" for store in SWITCHED_ON), "north = 2026-02-01"),
        ('period = "week"', 'period = "week"\nsplit_by = ["region_id"]'),
    )
    return folder


def deliver(folder: Path, name: str, *, first: date, end: date, category: str) -> None:
    """Vouchers, seats and actions of some days; each later delivery has more of everything."""
    days = [first + timedelta(days=number) for number in range((end - first).days)]
    erp, platform = folder / "exports/erp", folder / "exports/ai_platform"
    write_rows(erp / f"module_costs_{name}.csv", LEDGER, [
        (f"v{day}", "contract 9", "greeter", day, 100 + number, category)
        for number, day in enumerate(days) if day.day == 5
    ])  # fmt: skip
    write_rows(platform / f"usage_{name}.csv", USAGE, [
        ("greeter", "b", "t", day, 50 + number, 5, 8) for number, day in enumerate(days)
    ])  # fmt: skip
    write_rows(platform / f"actions_{name}.csv", ACTIONS, [
        (f"a{day}-{number}", "greeter", "script", f"K{number}", "C1", f"P{number % 7}",
         f"{day} 03:00:00", "false", "true", ("adopted", "edited", "ignored")[(number + day.day) % 3],
         f"{day} 04:00:00")
        for day in days for number in range(9)
    ])  # fmt: skip


def deliver_what_came_after(folder: Path) -> None:
    """More days than before, on which every store is in the other region and everything is used and paid."""
    moved = {store: MOVED[region] for store, region in REGION.items()}
    write_visits(folder / "exports/2.csv", CYCLE_END, AS_OF, regions=moved, n=40)
    deliver(folder, "2", first=CYCLE_END, end=AS_OF, category="licence")


def deliver_what_nobody_could_know(folder: Path) -> None:
    """What is dated from `as_of` on, a voucher of a kind unknown to this version among it."""
    deliver(folder, "3", first=AS_OF, end=date(2026, 6, 15), category="a_kind_of_its_own")


def figures(study: Path) -> str:
    """Everything the report prints except where it came from."""
    found: dict[str, Any] = dict(report_of(study, CYCLE).figures)
    del found["provenance"]
    return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True)


@pytest.fixture(scope="module")
def evaluations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The figures of one cycle: at first, after the days behind it, after those behind `as_of`."""
    study = write_study(tmp_path_factory.mktemp("look_ahead") / "study")
    found = {"at first": figures(study)}
    deliver_what_came_after(study)
    found["days after the cycle"] = figures(study)
    deliver_what_nobody_could_know(study)
    found["days after as_of"] = figures(study)
    return found


def test_the_cycle_is_estimated_from_regions_seats_actions_and_vouchers(evaluations) -> None:
    first = json.loads(evaluations["at first"])
    (module,) = first["modules"]
    assert module["effects"]["outcomes"]["sale_rate"]["estimate"] > 0
    assert module["efficiency"]["seats"]["licensed_days"] > 0
    assert module["efficiency"]["usage"]["cycle"]["decided"] > 0


@pytest.mark.parametrize("later", ["days after the cycle", "days after as_of"])
def test_later_rows_change_no_figure(evaluations: dict[str, str], later: str) -> None:
    before, after = evaluations["at first"].splitlines(), evaluations[later].splitlines()
    changed = [f"{old} → {new}" for old, new in zip(before, after, strict=False) if old != new]
    assert not changed
    assert len(before) == len(after)

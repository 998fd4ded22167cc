"""The smallest study that goes from exports to reports: eight stores, three months, one module."""

import csv
import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

STORES = tuple(f"S{number}" for number in range(1, 9))
SWITCHED_ON = STORES[:4]
FIRST_DAY, GO_LIVE, END = date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)
LATE_FILE = "exports/visits_2026-02_late.csv"

STUDY = """\
id = "tiny"
company = { en = "Tiny Stores", zh-CN = "小店", zh-TW = "小店" }
headcount = 8
currency = "CNY"
languages = ["en"]
timezone = "Asia/Shanghai"
country = "CN"
cycle = "month"
history = { start = 2026-01-01, end = 2026-04-15 }
maturity_days = 3

[[assumption]]
id = "margin_of_a_sale"
value = "30"
low = "25"
high = "35"
unit = "CNY/sale"
source = "price list"
owner = "finance"
stated_on = 2026-01-01
"""
READERS = """
[[reader]]
address = "owner@example.com"
language = "en"
attachments = ["pdf"]

[[reader]]
address = "sales@example.com"
language = "zh-CN"
modules = ["greeter"]
attachments = ["xlsx"]
"""
SOURCE = """\
system = "pos"
entity = "visits"
owner = "sales"

[location]
glob = "exports/*.csv"
kind = "csv"

[key]
columns = ["visit_id_pos"]

[[column]]
name = "visit_id_pos"
type = "text"
header = "visit"
is_required = true
severity = "stop"

[[column]]
name = "store_id"
type = "text"
header = "store"
is_required = true

[[column]]
name = "visit_date"
type = "date"
header = "day"
is_required = true

[[column]]
name = "is_sale"
type = "boolean"
header = "sale"
is_required = true
"""
MODULE = """\
id = "greeter"
name = { en = "Greeter", zh-CN = "迎宾助手", zh-TW = "迎賓助手" }
scene = { en = "Shop floor", zh-CN = "门店", zh-TW = "門市" }
kind = "marketing"
owner = "sales"
baseline = { start = 2026-01-01, end = 2026-02-01 }

[rollout]
unit = "store"

[rollout.go_live]
S1 = 2026-02-01
S2 = 2026-02-01
S3 = 2026-02-01
S4 = 2026-02-01

[design]
period = "week"

[[pool]]
metric = "sale_rate"
role = "goal"

[[cost]]
id = "licence"
category = "licence"
name = { en = "Licence", zh-CN = "许可费", zh-TW = "授權費" }
amount = "900"
basis = "per_month"
start = 2026-02-01
source = "contract 1"

[[benefit]]
id = "sales"
category = "revenue"
name = { en = "Extra sales", zh-CN = "新增成交", zh-TW = "新增成交" }
metric = "sale_rate"
unit_value = "margin_of_a_sale"
destination = "revenue_won"
owner = "sales"
"""
METRIC = """\
id = "sale_rate"
table = "metrics.visits_daily"
numerator = "sales_count"
denominator = "visits_count"
direction = "up"
unit = "rate"
version = 1
owner = "sales"
name = { en = "Sale rate", zh-CN = "成交率", zh-TW = "成交率" }
sentence = { en = "sales ÷ visits", zh-CN = "成交数 ÷ 到店数", zh-TW = "成交數 ÷ 到店數" }
"""
FACT = """\
-- facts.visits — one row per visit to a store.
-- grain: visit_id
select
    visits.visit_id_pos as visit_id,  -- the visit
    visits.store_id,  -- where
    visits.visit_date,  -- when
    visits.is_sale  -- whether something was bought

from exports.pos__visits as visits
where visits.visit_date < $as_of
"""
DAILY = """\
-- metrics.visits_daily — one row per store and day.
-- grain: store_id, calendar_date
select
    visits.store_id,  -- where
    visits.visit_date as calendar_date,  -- when
    count(*) as visits_count,  -- Σ visits
    count(*) filter (where visits.is_sale) as sales_count  -- Σ visits with a sale

from facts.visits as visits
group by visits.store_id, visits.visit_date
"""


def write_tiny_study(folder: Path, *, seed: int = 7) -> Path:
    """A complete study folder; the same seed writes the same bytes."""
    files = {
        "study.toml": STUDY + READERS,
        "sources/pos__visits.toml": SOURCE,
        "modules/greeter.toml": MODULE,
        "metrics/sale_rate.toml": METRIC,
        "sql/facts/visits.sql": FACT,
        "sql/metrics/visits_daily.sql": DAILY,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    chance = random.Random(seed)  # noqa: S311
    days = [FIRST_DAY + timedelta(days=number) for number in range((END - FIRST_DAY).days)]
    for month in (1, 2, 3):
        chosen = [day for day in days if day.month == month]
        write_visits(folder / f"exports/visits_2026-{month:02}.csv", chosen, chance)
    return folder


def write_visits(path: Path, days: list[date], chance: random.Random, *, extra: str = "") -> None:
    """Visits of every store on these days; the switched-on stores sell more from go-live."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["visit", "store", "day", "sale"])
        for day in days:
            for store in STORES:
                is_on = store in SWITCHED_ON and day >= GO_LIVE
                for number in range(chance.randint(18, 24)):
                    is_sale = chance.random() < (0.34 if is_on else 0.22)
                    visit = f"{store}-{day:%m%d}-{number}{extra}"
                    writer.writerow([visit, store, day.isoformat(), str(is_sale).lower()])


def move_into_a_database(folder: Path) -> Path:
    """Put the visits into a SQLite file and let the contract ask it; the CSV files go."""
    database = folder / "pos.sqlite"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("create table visits (visit text, store text, day text, sale text)")
        for path in sorted((folder / "exports").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))[1:]
            connection.executemany("insert into visits values (?, ?, ?, ?)", rows)
            path.unlink()
    source = folder / "sources/pos__visits.toml"
    text = source.read_text("utf-8").replace(
        'glob = "exports/*.csv"\nkind = "csv"',
        'url = "sqlite:///pos.sqlite"\nquery = "select visit, store, day, sale from visits"',
    )
    source.write_text(text, "utf-8")
    return database


def move_outside(folder: Path, elsewhere: Path) -> None:
    """Move the exports to a folder of their own that the contract names in full."""
    (folder / "exports").rename(elsewhere)
    source = folder / "sources/pos__visits.toml"
    text = source.read_text("utf-8").replace("exports/*.csv", f"{elsewhere}/*.csv")
    source.write_text(text, "utf-8")


def deliver_late(folder: Path, *, seed: int = 11) -> Path:
    """A file with more visits of five days of February, delivered after the cycle was closed."""
    days = [date(2026, 2, 10) + timedelta(days=number) for number in range(5)]
    chance = random.Random(seed)  # noqa: S311
    write_visits(folder / LATE_FILE, days, chance, extra="-late")
    return folder / LATE_FILE

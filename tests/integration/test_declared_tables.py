"""Daily tables declared in a metric's file: the sums Polars finds in the same rows, zeros and gaps by declaration."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from loaded_study import load_study

from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.check import check_study
from roi_pipeline.usecases.studies import study_in

STUDY = """\
id = "till"
company = { en = "Till" }
headcount = 8
currency = "CNY"
languages = ["en"]
timezone = "Asia/Shanghai"
cycle = "month"
history = { start = 2026-01-01, end = 2026-03-01 }
maturity_days = 0
"""
SOURCE = """\
system = "till"
entity = "receipts"
owner = "sales"
[location]
glob = "exports/*.csv"
kind = "csv"
[[column]]
name = "shop_name"
type = "text"
[[column]]
name = "sold_at"
type = "timestamp"
[[column]]
name = "net_amount"
type = "money"
[[column]]
name = "customer_id"
type = "text"
[[column]]
name = "status_name"
type = "text"
"""
MODULE = """\
id = "prices"
name = { en = "Prices" }
scene = { en = "Shops" }
owner = "sales"
[rollout]
unit = "shop_name"
[rollout.go_live]
"O'Hara" = 2026-02-01
[[pool]]
metric = "asked_metric"
role = "goal"
"""
METRIC = """\
id = "asked_metric"
direction = "up"
unit = "count"
version = 1
owner = "sales"
name = {{ en = "Asked" }}
sentence = {{ en = "what is asked" }}
[aggregate]
export = "till__receipts"
unit = "shop_name"
date = "sold_at"
{asked}
"""


def _receipts() -> pl.DataFrame:
    """Two shops; the second one opens on the fifth day and sells nothing on two days."""
    start = date(2026, 1, 1)
    rows = [
        (shop, f"{start + timedelta(days=day)} {hour:02}:30:00", day + hour / 4, f"c{hour % 3}",
         "paid" if hour % 4 else "returned")
        for shop, opens in (("Main", 0), ("O'Hara", 5))
        for day in range(opens, 40)
        for hour in (9, 12, 17, 20)
        if not (shop == "O'Hara" and day in {10, 11}) and (day + hour) % 5
    ]  # fmt: skip
    return pl.DataFrame(
        rows,
        schema=["shop_name", "sold_at", "net_amount", "customer_id", "status_name"],
        orient="row",
    )


def _study(folder: Path, asked: str) -> Path:
    for name, text in {
        "study.toml": STUDY, "sources/till__receipts.toml": SOURCE, "modules/prices.toml": MODULE,
        "metrics/asked_metric.toml": METRIC.format(asked=asked),
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "exports").mkdir()
    _receipts().write_csv(folder / "exports" / "receipts.csv")
    return folder


def _daily(folder: Path) -> dict[tuple[str, date], tuple[float, int]]:
    load_study(folder, as_of=date(2026, 3, 1))
    warehouse = Warehouse(folder / "out/warehouse.duckdb", folder / "out/published.duckdb")
    with warehouse.open() as connection:
        rows = connection.execute(
            "select shop_name_id, calendar_date, value_sum, value_count from metrics.asked_metric_daily"
        ).fetchall()
    return {(row[0], row[1]): (float(row[2]), int(row[3])) for row in rows}


def _expected(
    above: pl.Expr, below: pl.Expr, rows: pl.DataFrame | None = None
) -> dict[tuple[str, date], tuple[float, int]]:
    """Per shop and day of the shop's own clock: the export's times are local."""
    frame = _receipts() if rows is None else rows
    day = pl.col("sold_at").str.slice(0, 10).str.to_date().alias("day")
    found = frame.group_by("shop_name", day).agg(above.alias("above"), below.alias("below"))
    return {(shop, day): (float(a), int(b)) for shop, day, a, b in found.iter_rows()}


PAID = pl.col("status_name") == "paid"
ONE = pl.lit(1).first()
CASES = {
    "mean": ('mean = "net_amount"', pl.col("net_amount").sum(), pl.len(), None),
    "share": ('share_where = { status_name = ["paid"] }', PAID.sum(), pl.len(), None),
    "sum": ('sum = "net_amount"', pl.col("net_amount").sum(), ONE, "zero"),
    "count": ("count = true", pl.len(), ONE, "zero"),
    "distinct": ('distinct = "customer_id"', pl.col("customer_id").n_unique(), ONE, "zero"),
    "gaps": ('count = true\nmissing_days = "absent"', pl.len(), ONE, None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_declared_table_holds_what_the_rows_add_up_to(tmp_path, name) -> None:
    asked, above, below, missing = CASES[name]
    folder = _study(tmp_path / "study", asked)
    check_study(folder)
    found, expected = _daily(folder), _expected(above, below)
    assert expected
    for key, sums in expected.items():
        assert found[key] == pytest.approx(sums), key
    filled = set(found) - set(expected)
    if missing is None:
        assert not filled
        return
    gaps = {("O'Hara", date(2026, 1, 11)), ("O'Hara", date(2026, 1, 12))}
    assert filled == gaps
    assert {found[key] for key in filled} == {(0.0, 1)}


def test_rows_that_do_not_count_are_left_out_and_quotes_do_no_harm(tmp_path) -> None:
    asked = 'mean = "net_amount"\nwhere = { shop_name = ["O\'Hara"] }'
    found = _daily(_study(tmp_path / "study", asked))
    rows = _receipts().filter(pl.col("shop_name") == "O'Hara")
    expected = _expected(pl.col("net_amount").sum(), pl.len(), rows)
    assert found.keys() == expected.keys()
    assert all(found[key] == pytest.approx(expected[key]) for key in expected)


@pytest.mark.parametrize(
    ("asked", "key", "said"),
    [
        ('sum = "net_amuont"', "aggregate.sum", "Did you mean 'net_amount'?"),
        ('sum = "net_amount"\nmean = "net_amount"', "aggregate", "exactly one"),
        ("", "aggregate", "exactly one"),
        ("count = true\nday = 2026-01-01", "aggregate.date", "exactly one"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path, asked, key, said) -> None:
    folder = _study(tmp_path / "study", asked)
    with pytest.raises(StudyHasProblems) as caught:
        study_in(str(folder))
    found = {
        problem.key: f"{problem.expected} {problem.remedy}" for problem in caught.value.problems
    }
    assert said in found[key]


def test_a_metric_without_table_and_without_aggregate_says_both_ways(tmp_path) -> None:
    folder = _study(tmp_path / "study", "count = true")
    path = folder / "metrics" / "asked_metric.toml"
    path.write_text(path.read_text("utf-8").partition("[aggregate]")[0], encoding="utf-8")
    with pytest.raises(StudyHasProblems) as caught:
        study_in(str(folder))
    assert {problem.key for problem in caught.value.problems} >= {
        "table",
        "numerator",
        "denominator",
    }

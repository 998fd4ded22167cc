"""Purchase histories are cut at the end of the cycle and split by the lot."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, Randomisation, Rollout
from roi_pipeline.domain.samples import CustomerHistories, PurchaseHistories
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.lifetimes import read_customers, read_histories

METRIC = Metric(
    id="clv", table="facts.purchase_days", numerator="margin_amount_rc",
    denominator="customers_count", direction="up", unit="money", version=1, owner="o",
    name=Text({"en": "CLV"}), sentence=Text({"en": "CLV"}), statistic="lifetime_value",
)  # fmt: skip
ARMS = Randomisation("arm_name", ("treated",), ("held_out",), planned_share=0.5)
DAYS = [
    # module, customer, day, arm, watched from, is repeat, margin, customers
    ("", "K1", date(2026, 1, 1), "all", date(2026, 1, 1), False, 50, 1),
    ("", "K1", date(2026, 1, 15), "all", date(2026, 1, 1), True, 60, 0),
    ("", "K1", date(2026, 1, 29), "all", date(2026, 1, 1), True, 40, 0),
    ("", "K2", date(2026, 1, 8), "all", date(2026, 1, 8), False, 10, 1),
    ("m", "K1", date(2026, 1, 10), "treated", date(2026, 1, 9), False, 0, 1),
    ("m", "K1", date(2026, 1, 15), "treated", date(2026, 1, 9), True, 60, 0),
    ("m", "K2", date(2026, 1, 10), "held_out", date(2026, 1, 9), False, 0, 1),
    ("m", "K3", date(2026, 1, 10), "both", date(2026, 1, 9), False, 0, 1),
    ("other", "K2", date(2026, 1, 10), "treated", date(2026, 1, 9), False, 0, 1),
]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as opened:
        opened.execute("create schema facts")
        opened.execute(
            "create table facts.purchase_days (module_id varchar, customer_id varchar, "
            "calendar_date date, arm_name varchar, watched_from_date date, is_repeat boolean, "
            "margin_amount_rc decimal(18, 4), customers_count integer)"
        )
        opened.executemany("insert into facts.purchase_days values (?, ?, ?, ?, ?, ?, ?, ?)", DAYS)
        yield opened


def module_with(arms: Randomisation | None) -> Module:
    return Module(
        id="m", name=Text({"en": "M"}), scene=Text({"en": "S"}), owner="o",
        rollout=Rollout("customer", everywhere_from=date(2026, 1, 10)), pool=(),
        randomisation=arms,
    )  # fmt: skip


def read(
    connection: duckdb.DuckDBPyConnection, arms: Randomisation | None, end: date
) -> CustomerHistories:
    found = read_histories(connection, METRIC, module_with(arms), end)
    assert found is not None
    return found


def columns(histories: PurchaseHistories | None) -> list[list[float]]:
    assert histories is not None
    names = ("frequency", "recency", "age", "mean_value")
    return [list(getattr(histories, name)) for name in names]


def test_what_was_bought_after_the_cycle_is_not_seen(connection) -> None:
    found = read(connection, None, date(2026, 1, 29))
    assert columns(found.everybody) == [[1, 0], [2, 0], [27 / 7, 20 / 7], [60, 0]]
    later = read(connection, None, date(2026, 1, 30))
    assert columns(later.everybody) == [[2, 0], [4, 0], [4, 3], [50, 0]]
    assert read_histories(connection, METRIC, module_with(None), date(2026, 1, 1)) is None


def test_everybody_drawn_is_in_an_arm_from_the_eve_of_the_draw(connection) -> None:
    found = read(connection, ARMS, date(2026, 1, 17))
    assert columns(found.treated) == [[1], [6 / 7], [1], [60]]
    assert columns(found.comparison) == [[0], [0], [1], [0]]
    assert (found.assigned_to_both, found.planned_share) == (1, 0.5)
    assert read(connection, None, date(2026, 1, 17)).treated is None


def test_a_customer_counts_in_the_window_of_the_draw_and_in_no_other(connection) -> None:
    windows = [
        Window(date(2026, 1, 1), date(2026, 1, 12)),
        Window(date(2026, 1, 12), date(2026, 2, 1)),
    ]
    volumes = [read_customers(connection, METRIC, module_with(ARMS), window) for window in windows]
    assert [volume and volume.denominator for volume in volumes] == [1, 0]
    assert read_customers(connection, METRIC, module_with(None), windows[0]) is None

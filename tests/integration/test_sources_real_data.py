"""Public data sets of five kinds of systems come in through contracts with the counts known of them.

The files are read where they lie, beside the project or in the folder `ROI_DATA` names.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "engines"))

from loading_office import Office, column, contract_of

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.loads import FileLoad

DATA = Path(os.environ.get("ROI_DATA", Path(__file__).parents[3] / "shared" / "data"))
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the public data sets are not in {DATA}"),
]

Load = Callable[[Contract], FileLoad]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(DATA)
    office.database = tmp_path / "warehouse.duckdb"
    office.scratch = tmp_path / "scratch"
    return office


def load(office: Office, contract: Contract) -> FileLoad:
    (loaded,) = office.load(contract)
    assert loaded.is_balanced
    assert loaded.error == ""
    return loaded


def one(office: Office, sql: str) -> tuple[object, ...]:
    return office.rows(f"{sql} from exports.shop__calls")[0]


def test_telesales_calls_of_a_bank(office: Office) -> None:
    calls = contract_of(
        column("age", "integer"), column("job", nulls=("unknown",)), column("contact", is_required=True),
        column("talk_seconds", "duration", "duration", formats=("seconds",)),
        column("attempt_count", "integer", "campaign"),
        column("days_since_contact", "integer", "pdays", nulls=("", "999")),
        column("euribor_rate", "rate", "euribor3m"), column("is_won", "boolean", "y"),
        glob="uci_bank_marketing/bank-additional-full.csv",
    )  # fmt: skip
    loaded = load(office, calls)
    # The file holds twelve rows twice (SOURCE.md counts lines); without a key, each is a call of its own.
    assert (loaded.rows_read, loaded.rows_loaded, loaded.rows_quarantined) == (41_188, 41_188, 0)
    assert one(office, "select count(*) filter (is_won), count(days_since_contact), count(job)") == (
        4_640, 1_515, 41_188 - 330,
    )  # fmt: skip


def test_orders_with_chinese_headers_and_trailing_blanks(office: Office) -> None:
    orders = contract_of(
        column("order_id", is_required=True, header="订单编号"), column("order_amount", "money", "总金额"),
        column("paid_amount", "money", "买家实际支付金额"), column("province_name", header="收货地址"),
        column("ordered_at", "timestamp", "订单创建时间"), column("paid_at", "timestamp", "订单付款时间"),
        column("refund_amount", "money", "退款金额"),
        glob="tmall_orders_zh/tmall_order_report.csv", key=("order_id",),
    )  # fmt: skip
    assert load(office, orders).rows_loaded == 28_010
    sums = one(
        office,
        "select sum(order_amount)::varchar, sum(paid_amount)::varchar, sum(refund_amount)::varchar, "
        "count(*) - count(paid_at), max(ordered_at)::varchar",
    )
    assert sums == ("2995760.6100", "1902487.1500", "572335.9200", 3_923, "2020-02-29 15:59:18")


def test_opportunities_of_a_crm(office: Office) -> None:
    deals = contract_of(
        column("opportunity_id", is_required=True), column("account_name", header="account"),
        column("stage", header="deal_stage", is_closed=True,
               values={"Won": "won", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}),
        column("engage_date", "date"), column("close_date", "date"),
        column("amount", "money", "close_value"),
        glob="maven_crm/sales_pipeline.csv", key=("opportunity_id",),
    )  # fmt: skip
    assert load(office, deals).rows_loaded == 8_800
    assert one(
        office,
        "select count(*) filter (stage = 'won'), sum(amount) filter (stage = 'won')::bigint, "
        "count(*) - count(account_name), count(*) filter (stage = 'open')",
    ) == (4_238, 10_005_534, 1_425, 2_089)


def test_a_workbook_with_the_orders_on_one_of_its_sheets(office: Office) -> None:
    orders = contract_of(
        column("order_id", header="Order ID"), column("ordered_date", "date", "Order Date"),
        column("customer_id", header="Customer ID"), column("sales_amount", "money", "Sales"),
        column("profit_amount", "money", "Profit"),
        glob="superstore_xlsx/*.xlsx", kind="xlsx", sheet="Orders",
    )  # fmt: skip
    assert load(office, orders).rows_loaded == 9_952
    assert one(
        office,
        "select round(sum(sales_amount), 2)::varchar, min(ordered_date)::varchar, max(ordered_date)::varchar",
    ) == ("2292041.16", "2014-01-03", "2017-12-29")


def test_the_event_log_of_a_service_desk(office: Office) -> None:
    moments = {"formats": ("%d-%m-%Y %H:%M",), "nulls": ("?",)}
    events = contract_of(
        column("incident_id", header="number"), column("state", header="incident_state"),
        column("is_in_time", "boolean", "made_sla"), column("opened_at", "timestamp", **moments),
        column("resolved_at", "timestamp", **moments), column("update_count", "integer", "sys_mod_count"),
        column("configuration_item", header="cmdb_ci", nulls=("?",)),
        glob="servicenow_incidents/incident_event_log.csv",
    )  # fmt: skip
    loaded = load(office, events)
    assert (loaded.rows_read, loaded.rows_loaded, loaded.rows_quarantined) == (5_998, 5_998, 0)
    found = one(
        office,
        "select count(distinct incident_id), count(configuration_item), min(opened_at)::varchar",
    )
    assert found == (890, 64, "2016-02-28 17:16:00")
    last = office.rows(
        "select round(100 * avg(kept::int), 1) from ("
        "select arg_max(is_in_time, update_count) as kept from exports.shop__calls group by incident_id)"
    )
    assert last == [(55.6,)]

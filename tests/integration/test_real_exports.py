"""Exports of six real systems through the loading assets: contracts of a study, with every check.

The counts are those the data sets' own descriptions give; how single cells are read is for
`test_sources_real_data`.
"""

import dagster as dg
import pytest
from published import needs_data, study_with

from roi_pipeline.defs.assets.exports import export_assets
from roi_pipeline.defs.resources import StudyResource, WarehouseResource
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.studies import study_in

pytestmark = [pytest.mark.real_data, needs_data]
FILES = (
    "uci_bank_marketing/bank-additional-full.csv",
    "tmall_orders_zh/tmall_order_report.csv",
    "tmall_orders_zh/cosmetic.csv",
    "maven_crm/accounts.csv",
    "maven_crm/products.csv",
    "maven_crm/sales_teams.csv",
    "maven_crm/sales_pipeline.csv",
    "superstore_xlsx/Super Store Data.xlsx",
    "servicenow_incidents/incident_event_log.csv",
    "bank_calls/bank_calls.csv",
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return study_with("real_exports", FILES, tmp_path_factory.mktemp("r"))


@pytest.fixture(scope="module")
def run(study):
    resources = {
        "study": StudyResource(folder=str(study)),
        "warehouse": WarehouseResource(folder=str(study)),
    }
    return dg.materialize(
        export_assets(study_in(str(study))), resources=resources, raise_on_error=False
    )


@pytest.fixture(scope="module")
def ask(run, study):
    """One row of an answer to SQL over what was loaded."""

    def answer(sql: str) -> tuple[object, ...]:
        warehouse = Warehouse(study / "out" / "warehouse.duckdb", study / "out" / "copy.duckdb")
        with warehouse.open() as connection:
            return connection.execute(sql).fetchall()[0]

    return answer


@pytest.mark.parametrize(
    ("table", "read", "loaded", "duplicate"),
    [
        ("bank__calls", 41_188, 41_188, 0),
        ("tmall__orders", 28_010, 28_010, 0),
        ("tmall__listings", 27_598, 27_512, 86),
        ("maven__accounts", 85, 85, 0),
        ("maven__products", 7, 7, 0),
        ("maven__agents", 35, 35, 0),
        ("maven__opportunities", 8_800, 8_800, 0),
        ("superstore__orders", 9_952, 9_952, 0),
        ("servicenow__events", 5_998, 5_998, 0),
        ("centre__call_volumes", 27_716, 27_716, 0),
    ],
)
def test_every_row_is_accounted_for(run, table, read, loaded, duplicate) -> None:
    (made,) = run.asset_materializations_for_node(f"exports__{table}")
    counts = {
        name: made.metadata[f"rows_{name}"].value
        for name in ("read", "loaded", "duplicate", "quarantined")
    }
    assert counts == {"read": read, "loaded": loaded, "duplicate": duplicate, "quarantined": 0}


def test_every_contract_is_kept(run) -> None:
    evaluations = run.get_asset_check_evaluations()
    assert [each.check_name for each in evaluations if not each.passed] == []
    names = {each.check_name for each in evaluations}
    assert {"a_refund_is_at_most_the_order", "a_deal_closes_after_it_begins"} <= names
    assert len(evaluations) > 50


def test_money_and_counts_of_the_orders(ask) -> None:
    assert ask(
        "select sum(order_amount)::varchar, sum(paid_amount)::varchar, "
        "sum(refund_amount)::varchar, count(*) - count(paid_at) from exports.tmall__orders"
    ) == ("2995760.6100", "1902487.1500", "572335.9200", 3_923)


def test_listings_without_sales_are_counted_once_each(ask) -> None:
    assert ask("select count(*) - count(sales_count) from exports.tmall__listings") == (
        2_354 - 4,  # four of them stand twice
    )


def test_opportunities_find_their_products_agents_and_accounts(ask) -> None:
    assert ask(
        "select count(*) filter (stage_name = 'won'), count(*) filter (stage_name = 'lost'), "
        "count(*) filter (stage_name = 'engaging'), count(*) filter (stage_name = 'prospecting'), "
        "sum(won_amount) filter (stage_name = 'won')::bigint, count(*) - count(account_name), "
        "round(avg(closed_date - engaged_date) filter (stage_name = 'won'), 3) "
        "from exports.maven__opportunities"
    ) == (4_238, 2_473, 1_589, 500, 10_005_534, 1_425, 51.782)
    assert ask(
        "select count(*) from exports.maven__opportunities "
        "join exports.maven__products using (product_name)"
    ) == (8_800,)
    assert ask(
        "select count(*) from exports.maven__agents "
        "where agent_id not in (select agent_id from exports.maven__opportunities)"
    ) == (5,)


def test_incidents_are_counted_once_and_by_their_last_event(ask) -> None:
    last = (
        "(select incident_id, max(reopened_count) as reopened_count, "
        "arg_max(is_in_time, updates_count) as is_in_time, "
        "arg_max(resolved_at, updates_count) as resolved_at, min(opened_at) as opened_at "
        "from exports.servicenow__events group by incident_id)"
    )
    hours = "date_diff('minute', opened_at, resolved_at) / 60"
    assert ask(
        f"select count(*), count(resolved_at), count(*) filter (reopened_count > 0), "
        f"round(100 * avg(is_in_time::int), 1), round(median({hours}), 4), "
        f"round(avg({hours}), 2) from {last}"
    ) == (890, 861, 10, 55.6, 54.4667, 315.87)


def test_calls_won_and_sales_of_the_workbook(ask) -> None:
    assert ask(
        "select count(*) filter (is_won), count(days_since_last_contact) from exports.bank__calls"
    ) == (4_640, 1_515)
    assert ask("select round(sum(sales_amount), 2)::varchar from exports.superstore__orders") == (
        "2292041.16",
    )


def test_times_with_a_false_z_are_local(ask) -> None:
    assert ask(
        "select sum(calls_count), count(distinct cast("
        "timezone('America/New_York', timezone('UTC', counted_at)) as date)), "
        "min(counted_at)::varchar, max(counted_at)::varchar from exports.centre__call_volumes"
    ) == (5_323_661, 164, "2003-03-03 12:00:00", "2003-10-25 01:00:00")

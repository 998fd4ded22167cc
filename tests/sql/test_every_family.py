"""What has to hold for every family of facts and every metric, whatever else its own cases show.

Each export gets the barest rows it may hold: a key, a moment, and nothing else known. Two of them
stand a second apart on either side of midnight at a month's end, one is of the as-of day. (Rows
delivered twice never reach the SQL: `tests/unit/engines/loading/test_merging.py`.)
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from roi_pipeline.domain.exchange import ExchangeRates
from roi_pipeline.domain.modules import AttributionRule, Module, Rollout
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.attribution import rules_frame
from roi_pipeline.engines.schema import SCHEMAS
from roi_pipeline.engines.sql_catalogue import read_sql_catalogue
from roi_pipeline.engines.warehouse import (
    build_table,
    create_macros,
    supply_missing_exports,
    write_frame,
)
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import read_catalogue, read_standard_contracts
from roi_pipeline.transforms.calendar import build_calendar
from roi_pipeline.transforms.currency import build_exchange_rates

CATALOGUE = read_sql_catalogue([shipped_folder("sql")])
AS_OF = date(2026, 5, 1)
DEFAULTS = {
    "as_of": AS_OF,
    "timezone": "Asia/Shanghai",
    "history_start": date(2025, 1, 1),
    "history_end": AS_OF,
}
Row = dict[str, Any]
LAST, NEXT = date(2026, 3, 31), date(2026, 4, 1)
# Local midnight in Shanghai, in UTC: the last second of March, the first of April, the as-of day.
MOMENTS = (datetime(2026, 3, 31, 15, 59, 59), datetime(2026, 3, 31, 16), datetime(2026, 4, 30, 16))  # noqa: DTZ001
DAYS = (LAST, NEXT, AS_OF)

# Fact table → the export it comes from and the column that decides its day.
MOMENT_OF = {
    "facts.ai_actions": ("ai_platform__actions", "acted_at"),
    "facts.brand_mentions": ("social__mentions", "published_at"),
    "facts.calls": ("telephony__calls", "started_at"),
    "facts.chats": ("chat__inquiries", "started_at"),
    "facts.complaints": ("service__complaints", "received_at"),
    "facts.content_pieces": ("content__pieces", "published_at"),
    "facts.customer_events": ("crm__customer_events", "occurred_at"),
    "facts.customers": ("crm__customers", "registered_at"),
    "facts.decisions": ("planning__decisions", "raised_at"),
    "facts.dialled_calls": ("dialler__calls", "started_at"),
    "facts.follow_ups": ("crm__follow_ups", "created_at"),
    "facts.interactions": ("web__interactions", "occurred_at"),
    "facts.leads": ("crm__leads", "created_at"),
    "facts.opportunities": ("crm__opportunities", "opened_at"),
    "facts.orders": ("erp__orders", "ordered_at"),
    "facts.pushes": ("marketing__pushes", "sent_at"),
    "facts.service_cases": ("helpdesk__cases", "opened_at"),
    "facts.service_ratings": ("service__ratings", "answered_at"),
    "facts.survey_answers": ("survey__answers", "answered_at"),
    "facts.tasks": ("workflow__tasks", "created_at"),
}
DAY_OF = {
    "facts.ad_performance": ("marketing__ad_performance", "report_date"),
    "facts.ad_spend": ("marketing__ad_spend", "spend_date"),
    "facts.campaign_sales": ("web__campaign_sales", "sales_date"),
    "facts.compliance_incidents": ("compliance__incidents", "occurred_date"),
    "facts.forecasts": ("planning__forecasts", "target_date"),
    "facts.module_usage": ("ai_platform__usage", "usage_date"),
    "facts.seller_days": ("erp__seller_shifts", "shift_date"),
}
# Not a thing with a day of its own: names, payroll by month, what is derived from the others.
WITHOUT_A_DAY = {
    "facts.action_credits", "facts.action_outcomes", "facts.action_windows", "facts.clinics",
    "facts.customer_arms", "facts.module_costs", "facts.outcomes", "facts.payroll_months",
    "facts.purchase_days", "facts.staff", "facts.touch_spells",
}  # fmt: skip
# What a row needs beside its time to be anything at all.
NEEDED: dict[str, Row] = {
    "facts.ai_actions": {
        "module_id": "m", "action_type": "invitation", "customer_id_crm": "K", "clinic_id": "C",
        "is_held_out": False, "is_eligible": True,
    },
    "facts.forecasts": {"made_date": date(2026, 3, 1), "forecast_quantity": 0, "actual_quantity": 0},
    "facts.seller_days": {"worked_hours": 8, "seller_id": "S", "clinic_id": "C"},
    "facts.service_ratings": {"question_type": "csat", "score": 3},
    "facts.survey_answers": {"question_type": "csat", "score": 3},
}  # fmt: skip
PLACES: dict[str, list[Row]] = {
    "exports.erp__clinics": [{"clinic_id": "C", "opened_date": date(2025, 1, 1)}],
    "exports.erp__payroll": [{"month_date": date(2026, 3, 1), "role_type": "agent"}],
}
ACTING = Module(
    "m", Text({}), Text({}), "", Rollout("customer"), (), attribution=AttributionRule("visit")
)
METRICS = {
    metric.id: metric
    for metric in read_catalogue().values()
    if metric.statistic == "ratio" and metric.table.startswith("metrics.")
}


def bare_rows(table: str) -> tuple[str, list[Row]]:
    """The export of a fact table and three rows of it of which nothing is known but the time."""
    export, column = (MOMENT_OF | DAY_OF)[table]
    (contract,) = (each for each in read_standard_contracts() if each.table == export)
    keys = [name for name in contract.key if name != column]
    times: tuple[Any, ...] = MOMENTS if table in MOMENT_OF else DAYS
    known = NEEDED.get(table, {})
    rows = [
        {**dict.fromkeys(keys, f"{number}"), column: time, **known}
        for number, time in enumerate(times)
    ]
    return f"exports.{export}", rows


def give(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    for row in rows:
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))


@pytest.fixture(scope="module")
def bare() -> Iterator[duckdb.DuckDBPyConnection]:
    """Everything built from the barest exports."""
    with duckdb.connect(config={"threads": 1}) as connection:
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {schema}")
        contracts = {contract.table: contract for contract in read_standard_contracts()}
        given = {f"exports.{table}" for table in contracts}
        supply_missing_exports(connection, needed=given, standard_contracts=contracts)
        window = Window(DEFAULTS["history_start"], AS_OF)
        rates = build_exchange_rates(ExchangeRates("CNY"), window)
        write_frame(connection, "facts.calendar", build_calendar(window))
        write_frame(connection, "facts.exchange_rates", rates)
        write_frame(connection, "facts.attribution_rules", rules_frame([ACTING]))
        for table in (*MOMENT_OF, *DAY_OF):
            give(connection, *bare_rows(table))
        for table, rows in PLACES.items():
            give(connection, table, rows)
        create_macros(connection, CATALOGUE)
        frames = {"facts.calendar", "facts.exchange_rates", "facts.attribution_rules"}
        for file in CATALOGUE.buildable(given | frames):
            build_table(connection, file, DEFAULTS)
        yield connection


def test_every_fact_table_is_looked_at_or_said_to_have_no_day() -> None:
    facts = {table for table in CATALOGUE.files if table.startswith("facts.")}
    assert facts == {*MOMENT_OF, *DAY_OF} | WITHOUT_A_DAY


@pytest.mark.parametrize("table", [*MOMENT_OF, *DAY_OF])
def test_local_midnight_ends_the_month_and_the_as_of_day_is_not_seen(bare, table: str) -> None:
    rows = bare.execute(f"select calendar_date from {table} order by 1").fetchall()
    assert [row[0] for row in rows] == [LAST, NEXT]


@pytest.mark.parametrize("metric_id", sorted(METRICS))
def test_sums_of_rows_of_which_nothing_is_known_are_numbers(bare, metric_id: str) -> None:
    """Unknown is left out of both sums: no null, no negative base, nothing out of nothing."""
    metric = METRICS[metric_id]
    rows = bare.execute(
        f'select "{metric.numerator}", "{metric.denominator}" from {metric.table}'
    ).fetchall()
    sums = [(float(above), float(below)) for above, below in rows]
    assert all(below >= 0 for _, below in sums)
    if metric.unit == "rate":
        assert all(above <= below for above, below in sums)


def test_every_daily_table_has_a_row_to_look_at(bare) -> None:
    tables = sorted({metric.table for metric in METRICS.values()})
    counts = {
        table: bare.execute(f"select count(*) from {table}").fetchone()[0] for table in tables
    }
    assert not {table for table, count in counts.items() if count == 0}

"""What the UI shows of checks and exports: tables in full, and whether a night looked at each export."""

from datetime import date, time, timedelta
from pathlib import Path

import dagster as dg

from roi_pipeline.defs.definitions import build_definitions
from roi_pipeline.defs.metadata import feed_check, markdown_table, rule_check, table_of
from roi_pipeline.domain.feeds import feed_on
from roi_pipeline.domain.loads import FailingRow, RuleResult
from roi_pipeline.domain.operations import Expectation

ROOT = Path(__file__).parents[3]


def test_cells_of_a_table_are_shown_in_full_and_keep_their_type() -> None:
    long = "a reason with | and\na second line, " * 10
    (record,) = table_of(["why", "rows"], [[long, 3]]).records
    assert record.data == {"why": long, "rows": 3}


def test_a_table_without_rows_still_names_its_columns() -> None:
    table = table_of(["why", "rows"], [])
    assert table.records == []
    assert [column.name for column in table.schema.columns] == ["why", "rows"]


def test_a_reason_in_a_table_on_its_own_page_is_not_cut_and_a_preview_is() -> None:
    rows = [["x" * 200 + "|"]]
    assert "x" * 200 + "\\|" in str(markdown_table(["why"], rows).value)
    assert "x" * 60 + " |" in str(markdown_table(["why"], rows, longest=60).value)


def test_a_check_that_failed_lists_its_rows() -> None:
    result = RuleResult(
        table="pos__visits",
        rule="store_is_known",
        kind="reference",
        column="store",
        severity="warn",
        passed=False,
        n_checked=90,
        n_unexpected=1,
        tolerance=0.0,
        expected="known",
        failing_rows=(FailingRow("pos__visits/exports/a.csv", 7, "S99"),),
    )
    metadata = rule_check(dg.AssetKey(["exports", "pos__visits"]), result).metadata
    table = metadata["failing_rows"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [row.data for row in table.records] == [
        {"file": "pos__visits/exports/a.csv", "row": 7, "value": "S99"}
    ]


def test_a_dead_source_lists_the_days_it_owes() -> None:
    expected = Expectation("pos__visits", tolerance_days=1)
    days = [date(2026, 4, day) for day in (1, 2, 3)]
    feed = feed_on(
        expected, days, as_of=date(2026, 4, 9), since=date(2026, 4, 1), nightly_at=time(2, 30)
    )
    check = feed_check(dg.AssetKey(["exports", "pos__visits"]), "all_there", feed)
    assert check.severity == dg.AssetCheckSeverity.ERROR
    table = check.metadata["days_without_rows"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [row.data for row in table.records] == [
        {"first": "2026-04-04", "last": "2026-04-08", "days": 5, "state": "missing"}
    ]


def test_an_export_that_no_night_has_looked_at_is_not_fresh() -> None:
    graph = build_definitions(ROOT / "studies" / "clinic").resolve_asset_graph()
    exports = [node for node in graph.asset_nodes if node.key.path[0] == "exports"]
    assert len(exports) > 10
    assert {node.freshness_policy for node in exports} == {
        dg.FreshnessPolicy.cron("30 6 * * *", timedelta(hours=23), "Asia/Shanghai")
    }

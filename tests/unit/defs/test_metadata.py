"""What the UI shows of checks and exports: tables in full, and whether a night looked at each export."""

from datetime import date, time, timedelta
from pathlib import Path

import dagster as dg
import pytest

from roi_pipeline.defs.definitions import build_definitions
from roi_pipeline.defs.metadata import (
    categories_check,
    feed_check,
    markdown_table,
    rule_check,
    sample_ratio_check,
    table_of,
)
from roi_pipeline.domain.feeds import feed_on
from roi_pipeline.domain.loads import FailingRow, RuleResult
from roi_pipeline.domain.operations import DriftWatch, Expectation
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.drift import category_drift
from roi_pipeline.stats.sample_ratio import check_sample_ratio
from roi_pipeline.usecases.drift import JudgedCategories, check_of
from roi_pipeline.usecases.effects import SAMPLE_RATIO, is_assigned
from roi_pipeline.usecases.studies import study_in

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


def test_a_mix_that_moved_is_a_warning_that_says_how_far_and_one_not_judged_has_not_failed() -> (
    None
):
    key = dg.AssetKey(["exports", "pos__visits"])
    watch, period = DriftWatch("pos__visits", "reason"), Window(date(2026, 4, 6), date(2026, 4, 13))
    usual = [{"a": 60, "b": 40}, {"a": 63, "b": 37}, {"a": 57, "b": 43}] * 2
    for newest, has_passed, state in (
        ({"a": 20, "b": 80}, False, "drifted"),
        ({"a": 61, "b": 39}, True, "as usual"),
        ({"a": 1}, True, "not enough rows"),
    ):
        drift = category_drift(newest, usual, minimum_count=50, smallest_shift=0.1)
        check = categories_check(key, check_of(watch), JudgedCategories(watch, period, drift))
        assert check.check_name == "mix_of_reason_by_week_is_as_usual"
        assert check.passed == has_passed
        assert check.metadata["state"].value == state
        assert check.metadata["last_day"].value == "2026-04-12"
        assert ("share" in check.metadata) == (drift is not None)
    assert check.severity == dg.AssetCheckSeverity.WARN


@pytest.mark.parametrize(
    ("sizes", "planned", "has_passed", "severity"),
    [
        ((500, 500), 0.5, True, dg.AssetCheckSeverity.WARN),
        ((600, 400), 0.5, False, dg.AssetCheckSeverity.ERROR),
        ((5, 4), 0.5, True, dg.AssetCheckSeverity.WARN),
        ((600, 400), None, True, dg.AssetCheckSeverity.WARN),
    ],
    ids=["as planned", "off", "too few to tell", "nothing planned"],
)
def test_group_sizes_that_are_not_the_planned_ones_are_an_error(
    sizes: tuple[int, int],
    planned: float | None,
    has_passed: bool,  # noqa: FBT001
    severity: dg.AssetCheckSeverity,
) -> None:
    finding = check_sample_ratio(*sizes, planned_share=planned, subject="m")
    assert finding.check == SAMPLE_RATIO
    check = sample_ratio_check(dg.AssetKey(["effects", "m"]), SAMPLE_RATIO, [finding])
    assert (check.passed, check.severity) == (has_passed, severity)
    assert bool(check.description) != has_passed


def test_every_module_with_assigned_units_has_its_group_sizes_checked() -> None:
    folder = ROOT / "studies" / "clinic"
    graph = build_definitions(folder).resolve_asset_graph()
    modules = {module.id: is_assigned(module) for module in study_in(str(folder)).modules}
    checked = {key.asset_key.path[1] for key in graph.asset_check_keys if key.name == SAMPLE_RATIO}
    assert checked == {each for each in modules if modules[each]}
    assert 0 < len(checked) < len(modules)


def test_an_export_that_no_night_has_looked_at_is_not_fresh() -> None:
    graph = build_definitions(ROOT / "studies" / "clinic").resolve_asset_graph()
    exports = [node for node in graph.asset_nodes if node.key.path[0] == "exports"]
    assert len(exports) > 10
    assert {node.freshness_policy for node in exports} == {
        dg.FreshnessPolicy.cron("30 6 * * *", timedelta(hours=23), "Asia/Shanghai")
    }

"""A metric is a vendor's counter when a column or an export behind its sums is one."""

from dataclasses import replace
from pathlib import Path

import pytest

from roi_pipeline.domain.study import Study
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import read_study
from roi_pipeline.usecases.counters import with_counters

MANUFACTURER = shipped_folder("studies") / "manufacturer"


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(Path(MANUFACTURER), environment={})


def counted_by_vendor(study: Study, module_id: str) -> set[str]:
    module = next(module for module in study.modules if module.id == module_id)
    marked = with_counters(study, module)
    return {
        entry.metric_id for entry in module.pool if marked.metric(entry.metric_id).is_vendor_counted
    }


def test_what_the_ad_platform_attributes_is_its_own_counter_and_own_orders_are_not(
    study: Study,
) -> None:
    assert counted_by_vendor(study, "ad_optimisation") == {
        "campaign_roas", "campaign_cac", "campaign_cpa", "wasted_spend_rate", "click_to_order_rate",
    }  # fmt: skip


def test_modules_beside_it_have_no_such_metric(study: Study) -> None:
    assert not counted_by_vendor(study, "recommendation")
    assert not counted_by_vendor(study, "service_bot")


def test_an_export_that_is_the_vendors_as_a_whole_taints_what_only_counts_its_rows(
    study: Study,
) -> None:
    contracts = tuple(
        replace(each, counted_by="vendor") if each.table == "helpdesk__cases" else each
        for each in study.contracts
    )
    assert "ai_case_rate" in counted_by_vendor(replace(study, contracts=contracts), "service_bot")

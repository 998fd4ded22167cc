"""The example study "manufacturer": a textile maker that learns to sell to consumers, in Taiwan.

Seven modules over 25 months: recommendation and retention with randomised holdouts; advertising,
content, service bot and forecasting switched on unit after unit; market insight everywhere at once.
"""

from collections.abc import Mapping
from pathlib import Path

from roi_pipeline.examples import files
from roi_pipeline.examples import manufacturer_customers as people
from roi_pipeline.examples import manufacturer_tables as tables
from roi_pipeline.examples.dirt import HOSTILE_TEXTS, Dirt
from roi_pipeline.examples.exports import Exports, by_month
from roi_pipeline.examples.manufacturer_plans import EFFECTS, VERDICTS
from roi_pipeline.examples.manufacturer_world import World
from roi_pipeline.examples.planted import PlantedTruth

DIRT: Mapping[str, tuple[Dirt, ...]] = {
    "erp__orders": (
        Dirt("missing key", {"訂單編號": None}, "order_id_erp"),
        Dirt("bad date", {"訂購時間": ("2025-02-30 10:00:00", "昨天")}, "ordered_at"),
        Dirt("negative amount", {"訂單金額": "-100"}, "order_amount"),
    ),
    "marketing__ad_performance": (
        Dirt(
            "more clicks than impressions",
            {"曝光": "3", "點擊": "40"},
            rule="nobody_clicks_what_was_not_shown",
        ),
    ),
    "helpdesk__cases": (
        Dirt("unknown code", {"處理者": "外星人"}, "handled_by"),
        Dirt("bad date", {"建立時間": "2025/13/45"}, "opened_at"),
    ),
    "service__complaints": (
        Dirt("missing key", {"客訴編號": None}, "complaint_id_service"),
        Dirt("hostile text", {"原因": HOSTILE_TEXTS}, "cause_type", found="loaded"),
    ),
}


def generate(folder: Path, *, seed: int = 20250101, scale: float = 1.0) -> PlantedTruth:
    """Write `exports/`, `planted_truth.json` and `planted_verdicts.json`: about 190,000 rows."""
    world = World(seed, scale)
    exports = Exports(folder, world, DIRT)
    _write_customers(exports, world)
    _write_marketing(exports, world)
    _write_service(exports, world)
    _write_planning(exports, world)
    truth = exports.truth("manufacturer", EFFECTS, seed=seed, scale=scale)
    VERDICTS.write(folder)
    return truth


def _write_customers(exports: Exports, world: World) -> None:
    customers = people.draw_customers(world)
    orders = by_month(people.orders_export(world, customers), "訂購時間", "erp/orders_{}.csv")
    exports.write_texts("erp__orders", orders, files.with_bom)
    done = by_month(
        people.interactions_export(world, customers), "occurred_at", "web/interactions_{}.jsonl.gz"
    )
    exports.write_texts("web__interactions", done, files.json_lines)
    actions = {"ai_platform/actions.parquet": people.actions_export(world, customers)}
    exports.write_texts("ai_platform__actions", actions, files.parquet)


def _write_marketing(exports: Exports, world: World) -> None:
    reported = tables.ad_performance_export(world)
    performance = {"marketing/ad_performance.csv": reported}
    exports.write_texts("marketing__ad_performance", performance, files.with_bom)
    sold = {"web/campaign_sales.csv": tables.campaign_sales_export(world, reported)}
    exports.write_texts("web__campaign_sales", sold, files.with_bom)
    pieces = {"content/pieces.db": tables.content_export(world)}
    exports.write_texts("content__pieces", pieces, files.sqlite("pieces"))
    mentions = {"social/mentions.jsonl.gz": tables.mentions_export(world)}
    exports.write_texts("social__mentions", mentions, files.json_lines)


def _write_service(exports: Exports, world: World) -> None:
    cases = tables.cases_export(world)
    exports.write_texts("helpdesk__cases", {"helpdesk/cases.csv": cases}, files.with_bom)
    ratings = {"service/ratings.jsonl.gz": tables.ratings_export(world, cases)}
    exports.write_texts("service__ratings", ratings, files.json_lines)
    complaints = {"service/complaints.xlsx": tables.complaints_export(world)}
    exports.write_texts("service__complaints", complaints, files.workbook("客訴明細", "客訴月報"))


def _write_planning(exports: Exports, world: World) -> None:
    forecasts = {"planning/forecasts.xlsx": tables.forecasts_export(world)}
    exports.write_texts("planning__forecasts", forecasts, files.workbook("預測", "週銷售預測"))
    decisions = {"planning/decisions.csv": tables.decisions_export(world)}
    exports.write_texts("planning__decisions", decisions, files.with_bom)

"""What campaigns, content teams, shops, planners and the brand team of the manufacturer record."""

import numpy as np
import polars as pl

from roi_pipeline.examples import manufacturer_plans as plan
from roi_pipeline.examples.engine import serials
from roi_pipeline.examples.manufacturer_world import START, World, after

AD_CHANNELS = ("Google", "Meta", "LINE 廣告", "Yahoo 奇摩")
SHOP_NAMES = ("官網", "momo", "PChome", "蝦皮", "Yahoo 購物", "LINE 購物")
TOPICS = ("訂單追蹤", "商品諮詢", "退換貨", "門市資訊")
OPTIONS = ("方案一", "方案二", "方案三")
SPEND_PER_DAY, CLICK_PRICE, CLICK_RATE = 900.0, 6.0, 0.015
ORDER_AMOUNT = 1150.0
CASES_PER_SHOP_DAY, RATED_SHARE = 2.0, 0.30
PIECES_PER_TEAM_DAY = 0.45
UNITS_PER_WEEK = 120.0


def ad_performance_export(world: World) -> pl.DataFrame:
    """Spend, waste, clicks and attributed orders of every campaign and day."""
    rng, units = world.stream(10), plan.CAMPAIGNS
    shape = (len(units.ids), world.n_days)
    spend = SPEND_PER_DAY * world.season[None, :] * rng.lognormal(-0.02, 0.2, shape)
    wasted = spend * np.clip(
        world.level(units, plan.WASTED, plan.WASTED_FACTOR, table=1) * rng.normal(1, 0.1, shape),
        0,
        1,
    )
    clicks = rng.poisson(spend / CLICK_PRICE)
    roas = world.level(units, plan.ROAS, plan.ROAS_FACTOR, table=2)
    orders = rng.poisson(spend * roas / ORDER_AMOUNT)
    revenue = orders * ORDER_AMOUNT * rng.normal(1, 0.05, shape)
    number, day = np.divmod(np.arange(spend.size), world.n_days)
    return pl.DataFrame(
        {
            "活動代碼": np.array(units.ids)[number],
            "產品線": np.array(plan.LINES.ids)[number % len(plan.LINES.ids)],
            "平台": np.array(AD_CHANNELS)[number % len(AD_CHANNELS)],
            "日期": world.days[day].astype("datetime64[D]"),
            "花費": np.round(spend, 2).ravel(),
            "無效花費": np.round(wasted, 2).ravel(),
            "曝光": (clicks / CLICK_RATE).astype(np.int64).ravel() + 1,
            "點擊": clicks.ravel(),
            "訂單數": orders.ravel(),
            "新客數": rng.binomial(orders, plan.NEW_SHARE).ravel(),
            "營收": np.round(revenue, 2).ravel(),
        }
    ).sort("日期", "活動代碼")


def campaign_sales_export(world: World, performance: pl.DataFrame) -> pl.DataFrame:
    """What the own shop sold by campaign code: fewer orders than the platform claims as its own."""
    rng, units = world.stream(18), plan.CAMPAIGNS
    claimed = performance["訂單數"].to_numpy()
    campaign = np.searchsorted(np.array(units.ids), performance["活動代碼"].to_numpy())
    day = (performance["日期"].to_numpy() - world.days[0]).astype("timedelta64[D]").astype(np.int64)
    live = world.live(units)[campaign, day]
    share = np.where(live, plan.SHOP_SHARE * plan.SHOP_SHARE_FACTOR, plan.SHOP_SHARE)
    orders = rng.binomial(claimed, share)
    revenue = orders * ORDER_AMOUNT * rng.normal(1, 0.05, orders.size)
    return pl.DataFrame(
        {
            "活動代碼": performance["活動代碼"],
            "日期": performance["日期"],
            "訂單數": orders,
            "首購顧客數": rng.binomial(orders, plan.NEW_SHARE),
            "營收": np.round(revenue, 2),
        }
    )


def content_export(world: World) -> pl.DataFrame:
    """Pieces of content with the work they took."""
    rng, units = world.stream(11), plan.CONTENT_TEAMS
    team, day = world.cells(rng, units, PIECES_PER_TEAM_DAY)
    live = world.live(units)[team, day]
    hours = world.level(units, plan.WORK_HOURS, plan.WORK_HOURS_FACTOR, table=3)[team, day]
    cycle = world.level(units, plan.CYCLE_DAYS, plan.CYCLE_DAYS_FACTOR, table=4)[team, day]
    revised = world.level(units, plan.REVISED, plan.REVISED_FACTOR, table=5)[team, day]
    published = world.moments(rng, day)
    spent = rng.gamma(4.0, cycle / 4.0) * 86400
    is_revised = rng.random(team.size) < revised
    made = np.where(
        live,
        np.array(["AI 起稿", "AI", "人工"])[rng.choice(3, team.size, p=[0.7, 0.1, 0.2])],
        "人工",
    )
    return pl.DataFrame(
        {
            "piece_id": serials("CP", team.size, 6),
            "team": np.array(units.ids)[team],
            "product_line": np.array(plan.LINES.ids)[team % len(plan.LINES.ids)],
            "author": [
                f"E{number:02}{place}"
                for number, place in zip(team, rng.integers(1, 4, team.size), strict=True)
            ],
            "kind": np.array(["貼文", "文章", "影片"])[rng.choice(3, team.size, p=[0.6, 0.3, 0.1])],
            "made_by": made,
            "work_hours": np.round(rng.gamma(4.0, hours / 4.0), 2),
            "briefed_at": published - spent.astype(np.int64).astype("timedelta64[s]"),
            "published_at": published,
            "revisions": np.where(is_revised, rng.integers(1, 4, team.size), 0),
        }
    )


def cases_export(world: World) -> pl.DataFrame:
    """Service cases of the shops, with who handled them."""
    rng, units = world.stream(12), plan.SHOPS
    shop, day = world.cells(rng, units, CASES_PER_SHOP_DAY)
    n, live = shop.size, world.live(units)[shop, day]
    is_bot = live & (rng.random(n) < plan.BOT_SHARE)
    handled = np.where(is_bot, "機器人", np.where(live & (rng.random(n) < 0.15), "協作", "客服"))
    mean = world.level(units, plan.CASE_HOURS, plan.CASE_HOURS_FACTOR, table=6)[shop, day]
    opened = world.moments(rng, day)
    answered = after(opened, np.where(is_bot, 20.0, rng.gamma(2.0, 3600.0, n)))
    closed = after(opened, 60 + rng.gamma(2.0, np.where(is_bot, 600.0, 20000.0), n))
    reopened = after(closed, rng.uniform(3600, 6 * 86400, n))
    reopened[rng.random(n) >= 0.05] = np.datetime64("NaT")
    return pl.DataFrame(
        {
            "案件編號": serials("SC", n, 6),
            "通路": np.array(units.ids)[shop],
            "產品線": np.array(plan.LINES.ids)[rng.integers(0, len(plan.LINES.ids), n)],
            "主題": np.array(TOPICS)[rng.choice(4, n, p=[0.45, 0.3, 0.2, 0.05])],
            "處理者": handled,
            "建立時間": opened,
            "首次回覆": answered,
            "結案時間": closed,
            "重啟時間": reopened,
            "工時": np.round(rng.gamma(2.0, mean / 2.0), 3),
            "更正": np.where(rng.random(n) < plan.CORRECTED, "是", "否"),
        }
    )


def ratings_export(world: World, cases: pl.DataFrame) -> pl.DataFrame:
    """What some customers said after their case."""
    rng, units = world.stream(13), plan.SHOPS
    asked = cases.filter(pl.Series(rng.random(cases.height) < RATED_SHARE))
    opened = asked["建立時間"].to_numpy()
    shop = np.searchsorted(np.array(units.ids), asked["通路"].to_numpy())
    day = (opened - world.days[0]).astype("timedelta64[D]").astype(np.int64)
    mean = world.level(units, plan.CSAT, plan.CSAT_FACTOR, table=7, spread=0.03)[shop, day]
    is_csat = rng.random(asked.height) < 0.7
    csat = 1 + rng.binomial(4, np.clip((mean - 1) / 4, 0, 1))
    nps = np.clip(np.round(rng.normal(7.6, 1.8, asked.height)), 0, 10).astype(np.int64)
    return pl.DataFrame(
        {
            "rating_id": serials("R", asked.height, 6),
            "shop": asked["通路"],
            "question": np.where(is_csat, "滿意度", "推薦意願"),
            "score": np.where(is_csat, csat, nps),
            "answered_at": after(opened, rng.uniform(3600, 40000, asked.height)),
        }
    ).filter(pl.col("answered_at").is_not_null())


def complaints_export(world: World) -> pl.DataFrame:
    """Complaints about the shops, with their cause where it was classified."""
    rng, units = world.stream(14), plan.SHOPS
    shop, day = world.cells(rng, units, 0.06)
    received = world.moments(rng, day)
    return pl.DataFrame(
        {
            "客訴編號": serials("K", shop.size, 6),
            "通路": np.array(units.ids)[shop],
            "管道": np.array(["電話", "LINE", "評論"])[rng.integers(0, 3, shop.size)],
            "原因": np.array(["物流", "品質", "尺寸", ""])[
                rng.choice(4, shop.size, p=[0.4, 0.3, 0.2, 0.1])
            ],
            "受理時間": received,
            "結案時間": after(received, rng.gamma(2.0, 20.0, shop.size) * 3600),
        }
    )


def forecasts_export(world: World) -> pl.DataFrame:
    """Weekly forecasts of every article beside what was sold."""
    rng, units = world.stream(15), plan.ARTICLES
    mondays = np.arange(0, world.n_days, 7)
    shape = (len(units.ids), mondays.size)
    size = np.linspace(0.5, 1.5, len(units.ids))[:, None]
    actual = np.round(
        UNITS_PER_WEEK * size * world.season[mondays] * rng.lognormal(-0.02, 0.2, shape)
    )
    wape = world.level(units, plan.WAPE, plan.WAPE_FACTOR, table=8)[:, mondays]
    sign = np.where(rng.random(shape) < 0.5, -1.0, 1.0)
    forecast = np.round(actual * (1 + sign * wape * rng.gamma(9.0, 1 / 9.0, shape)), 1)
    number, week = np.divmod(np.arange(actual.size), mondays.size)
    target = np.datetime64(START, "D") + mondays[week]
    return pl.DataFrame(
        {
            "料號": np.array(units.ids)[number],
            "產品線": np.array(plan.LINES.ids)[number % len(plan.LINES.ids)],
            "預測週": target,
            "凍結日": target - np.timedelta64(14, "D"),
            "方法": np.where(world.live(units)[:, mondays].ravel(), "AI", "人工"),
            "預測量": forecast.ravel(),
            "實際量": actual.ravel(),
        }
    ).sort("預測週", "料號")


def decisions_export(world: World) -> pl.DataFrame:
    """Pricing and planning decisions of every product line."""
    rng, units = world.stream(16), plan.LINES
    line, day = world.cells(rng, units, 0.30)
    n, live = line.size, world.live(units)[line, day]
    raised = world.moments(rng, day)
    hours = world.level(units, plan.DECISION_HOURS, plan.DECISION_HOURS_FACTOR, table=9)[line, day]
    good = world.level(units, plan.GOOD, plan.GOOD_FACTOR, table=10)[line, day]
    recommended = np.where(live, np.array(OPTIONS)[rng.integers(0, 3, n)], "")
    own = np.array(OPTIONS)[rng.integers(0, 3, n)]
    decided = after(raised, rng.gamma(2.0, hours / 2.0) * 3600)
    return pl.DataFrame(
        {
            "決策編號": serials("DC", n, 6),
            "類型": np.array(["定價", "營運規劃", "銷售建議"])[rng.integers(0, 3, n)],
            "產品線": np.array(units.ids)[line],
            "建議方案": recommended,
            "採用方案": np.where(live & (rng.random(n) < 0.65), recommended, own),
            "結果": np.where(rng.random(n) < good, "良好", "不佳"),
            "提出時間": raised,
            "決策時間": decided,
            "評估時間": after(raised, np.full(n, 21 * 86400.0)),
        }
    )


def mentions_export(world: World) -> pl.DataFrame:
    """Public mentions of the brand, with the few that became a crisis."""
    rng, units = world.stream(17), plan.LINES
    line, day = world.cells(rng, units, 0.8)
    n = line.size
    positive = world.level(units, plan.POSITIVE, plan.POSITIVE_FACTOR, table=11)[line, day]
    draw = rng.random(n)
    mood = np.where(
        draw < positive, "正面", np.where(draw < positive + (1 - positive) * 0.6, "中立", "負面")
    )
    is_crisis = (mood == "負面") & (rng.random(n) < 0.35)
    hours = world.level(units, plan.CRISIS_HOURS, plan.CRISIS_HOURS_FACTOR, table=12)[line, day]
    published = world.moments(rng, day)
    handled = after(published, rng.gamma(2.0, hours / 2.0) * 3600)
    handled[(mood != "負面") | (~is_crisis & (rng.random(n) < 0.4))] = np.datetime64("NaT")
    return pl.DataFrame(
        {
            "mention_id": serials("B", n, 6),
            "product_line": np.array(units.ids)[line],
            "channel": np.array(["Facebook", "Dcard", "PTT", "Google 評論"])[rng.integers(0, 4, n)],
            "mood": mood,
            "crisis": is_crisis,
            "published_at": published,
            "handled_at": handled,
        }
    )

"""Calls, pushed messages, follow-ups and advertising: what content push and prediction change."""

import numpy as np
import polars as pl

from roi_pipeline.examples.clinic_people import AGENTS, People, staff_ids
from roi_pipeline.examples.clinic_world import CLINICS, END, START, World, after, latest, where

HIT_WITHOUT, HIT_WITH = 0.21, 0.47
DELAY_WITHOUT, DELAY_WITH = 6.4, 3.9
CONSISTENT_WITHOUT, CONSISTENT_WITH = 0.62, 0.84
CONNECT_RATE = 0.45
CALLS_PER_CLINIC_DAY, PUSHES_PER_CLINIC_DAY, TASKS_PER_CLINIC_DAY = 3.0, 3.5, 2.0
INTERESTS = ("祛斑", "补水", "抗衰", "脱毛", "塑形", "术后护理")
PLATFORMS = ("douyin", "meituan", "xiaohongshu")


def draw_calls(world: World, people: People) -> pl.DataFrame:
    """Calls of the switch; quality control listens to some of those that were connected."""
    rng = world.stream(40)
    clinics, days = world.cells(rng, CALLS_PER_CLINIC_DAY)
    n = clinics.size
    started = world.moments(rng, days, opens=9, closes=21)
    is_connected = rng.random(n) < CONNECT_RATE
    missed = rng.choice(["无人接听", "占线", "关机"], n, p=[0.7, 0.2, 0.1])
    rate = CONSISTENT_WITHOUT + world.levels(rng, "script_generation", 0.02)
    rate = rate + (CONSISTENT_WITH - CONSISTENT_WITHOUT) * world.treated("script_generation")
    is_consistent = rng.random(n) < rate[clinics, days]
    is_checked = is_connected & (rng.random(n) < 0.5)
    phones = people.customers["phone"].gather(pl.Series(people.customers_of(rng, clinics)))
    return pl.DataFrame(
        {
            "通话编号": [f"H{number:08}" for number in range(1, n + 1)],
            "门店编号": np.array(CLINICS)[clinics],
            "坐席工号": staff_ids("A", clinics, rng.integers(0, AGENTS, n)),
            "客户号码": phones,
            "呼叫方向": np.where(rng.random(n) < 0.8, "呼出", "呼入"),
            "拨打时间": started,
            "接通状态": np.where(is_connected, "接通", missed),
            "等待时长": rng.integers(2, 45, n),
            "通话时长": np.where(is_connected, np.minimum(rng.gamma(2.0, 80.0, n), 7000), 0),
            "话术质检": np.where(is_checked, np.where(is_consistent, "一致", "偏离"), "未检"),
            "is_hidden": rng.random(n) < 0.03,
        }
    ).with_columns(
        pl.when("is_hidden").then(pl.lit("匿名")).otherwise("客户号码").alias("客户号码")
    )


def draw_pushes(world: World, people: People) -> pl.DataFrame:
    """Messages pushed to customers and whether they took them up."""
    rng = world.stream(41)
    clinics, days = world.cells(rng, PUSHES_PER_CLINIC_DAY)
    n = clinics.size
    is_live = world.treated("content_push")
    rate = HIT_WITHOUT + world.levels(rng, "content_push", 0.015) + world.drift(rng, 0.006)
    rate = rate + (HIT_WITH - HIT_WITHOUT) * is_live
    sent = world.moments(rng, days, opens=9, closes=21)
    is_delivered = rng.random(n) < 0.97
    is_hit = is_delivered & (rng.random(n) < rate[clinics, days])
    delivered = where(is_delivered, after(sent, rng.uniform(1, 60, n)))
    interacted = where(
        is_hit, after(sent, 120 + np.minimum(rng.exponential(8 * 3600, n), 70 * 3600))
    )
    stopped = where(is_delivered & (rng.random(n) < 0.004), after(sent, rng.uniform(600, 86400, n)))
    chosen = np.where(is_live[clinics, days] & (rng.random(n) < 0.9), "model", "rule")
    return pl.DataFrame(
        {
            "push_id": [f"P{number:08}" for number in range(1, n + 1)],
            "customer_id": people.customer_ids(people.customers_of(rng, clinics)),
            "clinic": np.array(CLINICS)[clinics],
            "channel": rng.choice(["WECOM", "SMS", "MINIAPP"], n, p=[0.6, 0.25, 0.15]),
            "interest_tag": rng.choice(INTERESTS, n),
            "selected_by": chosen,
            "sent_at": sent,
            "delivered_at": delivered,
            "interacted_at": interacted,
            "unsubscribed_at": stopped,
            "updated_at": latest(sent, delivered, interacted, stopped),
        }
    )


def draw_follow_ups(world: World, people: People) -> pl.DataFrame:
    """Follow-up tasks and how long they took."""
    rng = world.stream(42)
    clinics, days = world.cells(rng, TASKS_PER_CLINIC_DAY)
    n = clinics.size
    module = "follow_up_prediction"
    mean = DELAY_WITHOUT + world.levels(rng, module, 0.5) + world.drift(rng, 0.12)
    mean = mean + (DELAY_WITH - DELAY_WITHOUT) * world.treated(module)
    created = world.moments(rng, days, opens=9, closes=20)
    completed = after(created, rng.gamma(6.0, mean[clinics, days] / 6.0) * 86400)
    results = rng.choice(["已联系", "好评", "投诉", "未接通"], n, p=[0.55, 0.2, 0.03, 0.22])
    return pl.DataFrame(
        {
            "回访编号": [f"F{number:08}" for number in range(1, n + 1)],
            "客户编号": people.customer_ids(people.customers_of(rng, clinics)),
            "门店": np.array(CLINICS)[clinics],
            "回访人工号": staff_ids("S", clinics, rng.integers(0, people.sellers_per_clinic, n)),
            "创建时间": created,
            "应完成日期": world.days[days] + np.timedelta64(7 * 86400, "s"),
            "完成时间": completed,
            "结果": results,
            "更新时间": latest(created, completed),
        }
    ).with_columns(pl.when(pl.col("完成时间").is_not_null()).then("结果").alias("结果"))


def draw_ad_spend(world: World) -> pl.DataFrame:
    """One campaign per clinic and platform, one platform a day."""
    rng = world.stream(43)
    clinics, days = (part.ravel() for part in np.indices((len(CLINICS), world.n_days)))
    n = clinics.size
    platform = (clinics + days) % len(PLATFORMS)
    spend = 400 * world.scale * world.clinic_sizes[clinics] * world.season[days]
    fen = np.round(spend * np.exp(rng.normal(0, 0.2, n)) * 100).astype(np.int64)
    shown = np.round(fen / 100 * rng.uniform(25, 40, n)).astype(np.int64)
    year = np.array([START.year, END.year])[(days >= 365).astype(np.int64)]
    names = np.array(PLATFORMS)[platform]
    return pl.DataFrame(
        {
            "campaign_id": np.char.add(np.char.add(names, "-"), np.array(CLINICS)[clinics]),
            "campaign": np.char.add(np.char.add(np.array(CLINICS)[clinics], " "), names),
            "clinic": np.array(CLINICS)[clinics],
            "platform": names,
            "date": world.days[days],
            "cost_fen": fen,
            "currency": pl.repeat("CNY", n, eager=True),
            "impressions": shown,
            "clicks": rng.binomial(np.maximum(shown, 0), 0.021),
            "year": year,
        }
    )

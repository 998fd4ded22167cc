"""Shifts, orders, leads and opportunities: what script generation changes."""

import numpy as np
import polars as pl

from roi_pipeline.examples.clinic_people import People, staff_ids
from roi_pipeline.examples.clinic_world import (
    CLINICS,
    Floats,
    Integers,
    Moments,
    World,
    after,
    latest,
    where,
)

ORDERS_PER_SELLER_DAY, ORDERS_RELATIVE = 1.20, 0.23
WIN_WITHOUT, WIN_RELATIVE = 0.30, 0.23
LEADS_PER_CLINIC_DAY = 1.2
SELECTION_DIP = 0.06
MODULE = "script_generation"
CATEGORIES = ("皮肤管理", "注射", "光电", "手术")
PRICES = np.array([900.0, 2600.0, 3400.0, 12800.0])


def draw_shifts(world: World, people: People) -> pl.DataFrame:
    """Five days of seven each seller works, in the clinic that pays them."""
    rng = world.stream(30)
    n_sellers = len(CLINICS) * people.sellers_per_clinic
    seller, day = np.nonzero(rng.random((n_sellers, world.n_days)) < 5 / 7)
    clinic, number = seller // people.sellers_per_clinic, seller % people.sellers_per_clinic
    return pl.DataFrame(
        {
            "班次号": [f"B{number:08}" for number in range(1, seller.size + 1)],
            "工号": staff_ids("S", clinic, number),
            "门店编号": np.array(CLINICS)[clinic],
            "日期": world.days[day],
            "工时": rng.choice([8.0, 7.5, 9.0, 10.0], seller.size),
            "clinic": clinic,
            "seller": seller,
            "day": day,
        }
    )


def draw_orders(
    world: World, people: People, shifts: pl.DataFrame, events: pl.DataFrame
) -> pl.DataFrame:
    """Orders of the sellers at work, from customers who are in the clinic that day."""
    rng = world.stream(31)
    rate = _orders_per_seller_day(world, rng)[shifts["clinic"].to_numpy(), shifts["day"].to_numpy()]
    skills = np.exp(rng.normal(0, 0.2, len(CLINICS) * people.sellers_per_clinic))
    skills = skills.reshape(len(CLINICS), -1)
    skills = (skills / skills.mean(axis=1, keepdims=True)).ravel()
    counts = rng.poisson(rate * skills[shifts["seller"].to_numpy()])
    worked = shifts[np.repeat(np.arange(shifts.height), counts)]
    n = worked.height
    clinics, days = worked["clinic"].to_numpy(), worked["day"].to_numpy()
    ordered = world.moments(rng, days, opens=10.5, closes=21)
    category = rng.choice(len(CATEGORIES), n, p=[0.45, 0.28, 0.22, 0.05])
    amount = np.round(PRICES[category] * np.exp(rng.normal(-0.06, 0.35, n)), 2)
    is_refunded = rng.random(n) < 0.04
    days_to_refund = np.where(rng.random(n) < 0.85, rng.uniform(0.1, 28, n), rng.uniform(31, 60, n))
    refunded = where(is_refunded, after(ordered, days_to_refund * 86400))
    is_cancelled = ~is_refunded & (rng.random(n) < 0.02)
    buyers = _buyers(world, people, rng, (clinics, days), events)
    return pl.DataFrame(
        {
            "订单号": [f"D{number:08}" for number in range(1, n + 1)],
            "客户编号": people.customer_ids(buyers),
            "门店编号": worked["门店编号"],
            "销售工号": worked["工号"],
            "项目类别": np.array(CATEGORIES)[category],
            "下单时间": ordered,
            "订单状态": np.where(is_cancelled, "已取消", "已支付"),
            "订单金额": amount,
            "毛利": np.round(amount * 0.55, 2),
            "退款金额": np.round(amount * rng.choice([1.0, 0.5], n, p=[0.7, 0.3]), 2),
            "退款时间": refunded,
            "币种": pl.repeat("人民币", n, eager=True),
            "更新时间": ordered + np.timedelta64(120, "s"),
        }
    )


def draw_opportunities(world: World, leads: pl.DataFrame) -> pl.DataFrame:
    """An opportunity for every lead that showed intent, won more often with the module."""
    rng = world.stream(33)
    intent = leads.filter(pl.col("意向确认时间").is_not_null())
    n = intent.height
    opened = intent["意向确认时间"].to_numpy()
    days = np.searchsorted(world.days, opened, side="right") - 1
    clinics = np.searchsorted(np.array(CLINICS), intent["分配门店"].to_numpy())
    rate = WIN_WITHOUT + world.levels(rng, MODULE, 0.03) + world.drift(rng, 0.01)
    rate = rate + WIN_WITHOUT * WIN_RELATIVE * world.treated(MODULE)
    is_won = rng.random(n) < rate[clinics, days]
    closed = after(opened, rng.gamma(3.0, 4.0, n) * 86400)
    outcome = np.where(np.isnat(closed), "进行中", np.where(is_won, "赢单", "输单"))
    return pl.DataFrame(
        {
            "商机编号": [f"O{number:07}" for number in range(1, n + 1)],
            "线索编号": intent["线索编号"],
            "客户编号": intent["客户编号"],
            "门店": intent["分配门店"],
            "负责人工号": intent["跟进人工号"],
            "创建时间": opened,
            "关闭时间": closed,
            "结果": outcome,
            "预计金额": np.round(rng.gamma(2.0, 2400, n), 2),
            "赢率": rng.integers(5, 96, n),
            "更新时间": latest(opened, closed),
        }
    )


def draw_leads(world: World, people: People) -> pl.DataFrame:
    """Leads from the platforms, with the times of their stages."""
    rng = world.stream(32)
    clinics, days = world.cells(rng, LEADS_PER_CLINIC_DAY)
    n = clinics.size
    created = world.moments(rng, days, opens=9, closes=23)
    contacted = where(rng.random(n) < 0.95, after(created, rng.exponential(5 * 3600, n) + 300))
    qualified = where(rng.random(n) < 0.56, after(contacted, rng.exponential(3 * 86400, n)))
    channels = ["抖音", "美团", "小红书", "老带新", "自然到店"]
    return pl.DataFrame(
        {
            "线索编号": [f"L{number:07}" for number in range(1, n + 1)],
            "客户编号": people.customer_ids(people.customers_of(rng, clinics)),
            "分配门店": np.array(CLINICS)[clinics],
            "跟进人工号": staff_ids("S", clinics, rng.integers(0, people.sellers_per_clinic, n)),
            "来源渠道": rng.choice(channels, n, p=[0.35, 0.25, 0.2, 0.12, 0.08]),
            "创建时间": created,
            "首次联系时间": contacted,
            "意向确认时间": qualified,
            "更新时间": latest(created, contacted, qualified),
        }
    )


def with_conversions(leads: pl.DataFrame, opportunities: pl.DataFrame) -> pl.DataFrame:
    """A lead is converted when its opportunity is won."""
    won = opportunities.filter(pl.col("结果") == "赢单").select(
        "线索编号", pl.col("关闭时间").alias("成单时间")
    )
    return leads.join(won, on="线索编号", how="left", maintain_order="left").with_columns(
        pl.max_horizontal("更新时间", "成单时间").alias("更新时间")
    )


def _orders_per_seller_day(world: World, rng: np.random.Generator) -> Floats:
    """Mean per clinic and day; the module multiplies it."""
    mean = ORDERS_PER_SELLER_DAY * (1 + world.levels(rng, MODULE, 0.10) + world.drift(rng, 0.03))
    mean = mean * (world.season**0.5)[None, :]
    mean = mean * (1 - SELECTION_DIP * world.in_selection(MODULE))
    return np.asarray(mean * (1 + ORDERS_RELATIVE * world.treated(MODULE)))


def _buyers(
    world: World, people: People, rng: np.random.Generator,
    cells: tuple[Integers, Integers], events: pl.DataFrame,
) -> Integers:  # fmt: skip
    """Of the customers who came that day to that clinic one; nobody came: any of its customers."""
    clinics, days = cells
    visits = events.filter(pl.col("事件类型") == "到店")
    moments: Moments = visits["发生时间"].to_numpy()
    visit_days = np.searchsorted(world.days, moments, side="right") - 1
    visit_clinics = np.searchsorted(np.array(CLINICS), visits["门店"].to_numpy())
    places = visits["客户编号"].str.slice(1).cast(pl.Int64).to_numpy() - 1
    cell = visit_clinics * world.n_days + visit_days
    order = np.argsort(cell, kind="stable")
    cell, places = cell[order], places[order]
    wanted = clinics * world.n_days + days
    first, end = (
        np.searchsorted(cell, wanted, side="left"),
        np.searchsorted(cell, wanted, side="right"),
    )
    pick = first + (rng.random(wanted.size) * (end - first)).astype(np.int64)
    anybody = people.customers_of(rng, clinics)
    return np.where(end > first, places[np.minimum(pick, places.size - 1)], anybody)

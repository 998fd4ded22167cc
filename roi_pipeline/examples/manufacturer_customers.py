"""Customers of the web shops: who is assigned to which module, what they order and what they do.

Whether a customer shows up in a month is drawn month by month with a rate of their own, so the
planted share of those who stay away three months in a row holds exactly.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from roi_pipeline.examples.engine import serials
from roi_pipeline.examples.manufacturer_plans import (
    ASSIGNED,
    CHURN_FACTOR,
    CHURN_SHAPES,
    CUSTOMERS,
    INTERACTIONS,
    INTERACTIONS_FACTOR,
    MARGIN,
    ORDER_SHARE,
    ORDER_VALUE,
    ORDER_VALUE_FACTOR,
    TREATED_SHARE,
)
from roi_pipeline.examples.manufacturer_world import END, START, Booleans, Floats, Moments, World

CONTACTS = ("生日祝福", "專屬優惠", "VIP 活動", "特別折扣", "專屬服務")
CONTACT_MONTHS = 4


@dataclass(frozen=True)
class Customers:
    """Arms of every customer and the months they are active in."""

    ids: np.ndarray
    treated: dict[str, Booleans]
    months: tuple[date, ...]
    is_active: Booleans


def months() -> tuple[date, ...]:
    """First day of each month of the history."""
    day, found = START, list[date]()
    while day < END:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return tuple(found)


def draw_customers(world: World) -> Customers:
    """Lots for both modules, independent of each other, and the active months."""
    rng, n = world.stream(1), max(200, round(CUSTOMERS * world.scale))
    treated = dict[str, Booleans]()
    for module_id, share in TREATED_SHARE.items():
        arms = np.zeros(n, dtype=bool)
        arms[rng.permutation(n)[: round(n * share)]] = True
        treated[module_id] = arms
    shapes = np.array(CHURN_SHAPES)[np.arange(n) % len(CHURN_SHAPES)]
    shapes = _same_mix(rng, shapes, treated["churn_retention"])
    raised = 1 - (CHURN_FACTOR ** (1 / 3)) * (1 - shapes)
    all_months = months()
    is_on = np.array([month >= ASSIGNED for month in all_months])
    rate = np.where(
        is_on[None, :] & treated["churn_retention"][:, None], raised[:, None], shapes[:, None]
    )
    return Customers(
        ids=np.array([f"M{number:05}" for number in range(1, n + 1)]),
        treated=treated,
        months=all_months,
        is_active=rng.random(rate.shape) < rate,
    )


def _same_mix(rng: np.random.Generator, shapes: Floats, treated: Booleans) -> Floats:
    """The same mix of customers in both arms, so that chance does not move the planted rate."""
    mixed = np.empty_like(shapes)
    for group in (treated, ~treated):
        n = int(group.sum())
        mixed[group] = rng.permutation(np.array(CHURN_SHAPES)[np.arange(n) % len(CHURN_SHAPES)])
    return mixed


def _within(rng: np.random.Generator, customers: Customers, month: np.ndarray) -> Moments:
    """A moment inside each of the months."""
    first = np.array(customers.months, dtype="datetime64[D]")
    ends = np.append(first[1:], np.datetime64(END))
    length = (ends - first).astype(np.int64)[month]
    days = (rng.random(month.size) * length).astype(np.int64)
    seconds = rng.integers(8 * 3600, 23 * 3600, month.size)
    return (first[month] + days).astype("datetime64[ms]") + seconds.astype("timedelta64[s]")


def orders_export(world: World, customers: Customers) -> pl.DataFrame:
    """Orders of the ERP: some active months hold one, some of them are refunded."""
    rng = world.stream(2)
    row, month = np.nonzero(
        customers.is_active & (rng.random(customers.is_active.shape) < ORDER_SHARE)
    )
    ordered = _within(rng, customers, month)
    is_raised = customers.treated["recommendation"][row] & (
        ordered >= np.datetime64(ASSIGNED, "ms")
    )
    lasting = np.exp(rng.normal(0, 0.2, customers.ids.size) - 0.02)[row]
    amount = ORDER_VALUE * lasting * rng.gamma(4.0, 0.25, row.size)
    amount = np.round(amount * np.where(is_raised, ORDER_VALUE_FACTOR, 1.0)) + 1
    return pl.DataFrame(
        {
            "訂單編號": serials("OD", row.size, 7),
            "會員編號": customers.ids[row],
            "商品類別": np.array(["寢具", "毛巾", "服飾", "家飾"])[rng.integers(0, 4, row.size)],
            "訂購時間": ordered,
            "狀態": pl.repeat("已付款", row.size, eager=True),
            "訂單金額": amount,
            "毛利": np.round(amount * MARGIN * rng.normal(1, 0.03, row.size), 2),
        }
    ).sort("訂購時間", "訂單編號")


def interactions_export(world: World, customers: Customers) -> pl.DataFrame:
    """What customers do on web shop, app and LINE in their active months."""
    rng = world.stream(3)
    row, month = np.nonzero(customers.is_active)
    is_on = np.array([first >= ASSIGNED for first in customers.months])[month]
    is_raised = customers.treated["churn_retention"][row] & is_on
    mean = np.where(is_raised, INTERACTIONS * INTERACTIONS_FACTOR, INTERACTIONS)
    counts = 1 + rng.poisson(mean - 1)
    row, month = np.repeat(row, counts), np.repeat(month, counts)
    return (
        pl.DataFrame(
            {
                "member_id": customers.ids[row],
                "kind": np.array(["open", "click", "visit", "review"])[
                    rng.choice(4, row.size, p=[0.35, 0.3, 0.3, 0.05])
                ],
                "channel": np.array(["官網", "APP", "LINE"])[rng.integers(0, 3, row.size)],
                "occurred_at": _within(rng, customers, month),
            }
        )
        .sort("occurred_at", "member_id")
        .with_row_index("interaction_id", offset=1)
        .with_columns(
            pl.format("W{}", pl.col("interaction_id").cast(pl.String).str.zfill(8)).alias(
                "interaction_id"
            )
        )
    )


def actions_export(world: World, customers: Customers) -> pl.DataFrame:
    """Every fourth month each customer is decided about, once for each module."""
    rng = world.stream(4)
    parts = list[pl.DataFrame]()
    later = [number for number, month in enumerate(customers.months) if month >= ASSIGNED]
    n = customers.ids.size
    for module_id, treated in customers.treated.items():
        for turn, month in enumerate(later[::CONTACT_MONTHS]):
            acted = np.datetime64(customers.months[month], "ms") + rng.integers(
                9 * 3600, 18 * 3600, n
            ).astype("timedelta64[s]")
            kind = (
                CONTACTS[turn % len(CONTACTS)] if module_id == "churn_retention" else "個人化推薦"
            )
            parts.append(
                pl.DataFrame(
                    {
                        "module": pl.repeat(module_id, n, eager=True),
                        "action": pl.repeat(kind, n, eager=True),
                        "member_id": customers.ids,
                        "channel": pl.repeat("LINE", n, eager=True),
                        "acted_at": acted,
                        "held_out": ~treated,
                        "eligible": np.full(n, fill_value=True),
                    }
                )
            )
    actions = pl.concat(parts).sort("acted_at", "module", "member_id")
    return actions.with_row_index("action_id", offset=1).with_columns(
        pl.format("AI{}", pl.col("action_id").cast(pl.String).str.zfill(7)).alias("action_id")
    )

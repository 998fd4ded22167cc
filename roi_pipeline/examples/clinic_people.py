"""Customers and staff of the clinic study, and the picking of some for a row."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from roi_pipeline.examples.clinic_world import (
    CLINICS,
    END,
    START,
    Booleans,
    Integers,
    Moments,
    World,
)

SURNAMES = tuple("王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗")
GIVEN = (
    "婷",
    "静怡",
    "雨桐",
    "欣妍",
    "思琪",
    "佳慧",
    "晓雯",
    "梦洁",
    "子涵",
    "若曦",
    "诗涵",
    "丽华",
)
LEVELS = ("普通", "银卡", "金卡", "黑卡")
MOBILE_PREFIXES = ("138", "139", "135", "150", "188", "186")
ELIGIBLE_SHARE = 0.4
SELLERS, AGENTS = 4, 2


@dataclass(frozen=True)
class People:
    """Who can stand in a row.

    Attributes:
        customers: export of the CRM, sorted by clinic; `clinic_number` and `is_eligible` beside it.
        first_customer: place of each clinic's first customer, and one past the last clinic's.
        staff: export of the payroll.
    """

    customers: pl.DataFrame
    first_customer: Integers
    staff: pl.DataFrame
    sellers_per_clinic: int

    def customers_of(self, rng: np.random.Generator, clinics: Integers) -> Integers:
        """A customer of each of the clinics, as place in the table; never an eligible one.

        Eligible customers belong to the invitation programme, where their visits are drawn: other
        visits of theirs would blur the planted rates.
        """
        first, end = self.first_customer[clinics], self.first_customer[clinics + 1]
        skip = ((end - first) * ELIGIBLE_SHARE).astype(np.int64)
        return (first + skip + rng.random(clinics.size) * (end - first - skip)).astype(np.int64)

    def customer_ids(self, places: Integers) -> pl.Series:
        """Identifiers of customers by place."""
        return self.customers["客户编号"].gather(pl.Series(places))


def draw_people(world: World) -> People:
    """Customers, sellers and agents of every clinic."""
    rng = world.stream(2)
    sizes = np.maximum(20, np.round(450 * world.scale * world.clinic_sizes)).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(sizes)])
    clinics = np.repeat(np.arange(len(CLINICS)), sizes)
    n = clinics.size
    place = np.arange(n) - first[clinics]
    registered, updated = _registered(rng, n)
    phones = _phones(rng, n)
    customers = pl.DataFrame(
        {
            "客户编号": [f"K{number:07}" for number in range(1, n + 1)],
            "姓名": _names(rng, n),
            "手机号": _written_phones(phones),
            "邮箱": [f"user{number}@example.com" if number % 3 else "" for number in range(n)],
            "归属门店": np.array(CLINICS)[clinics],
            "注册时间": registered,
            "会员等级": rng.choice(LEVELS, n, p=[0.62, 0.22, 0.12, 0.04]),
            "允许营销": np.where(rng.random(n) < 0.86, "是", "否"),
            "更新时间": updated,
            "phone": phones,
            "clinic_number": clinics,
            "is_eligible": place < (sizes[clinics] * ELIGIBLE_SHARE).astype(np.int64),
        }
    )
    sellers = max(2, round(SELLERS * world.scale))
    return People(customers, first, _staff(world.stream(3), sellers), sellers)


def _registered(rng: np.random.Generator, n: int) -> tuple[Moments, Moments]:
    """Seven in ten customers are older than the history."""
    is_old: Booleans = rng.random(n) < 0.7
    start = np.datetime64(START, "ms")
    before = -rng.integers(1, 3 * 365 * 86400, n)
    within = rng.integers(0, (END - START).days * 86400, n)
    registered = start + np.where(is_old, before, within).astype("timedelta64[s]")
    return registered, registered + np.timedelta64(60, "s")


def _names(rng: np.random.Generator, n: int) -> list[str]:
    surnames = rng.integers(0, len(SURNAMES), n)
    given = rng.integers(0, len(GIVEN), n)
    return [SURNAMES[a] + GIVEN[b] for a, b in zip(surnames, given, strict=True)]


def _phones(rng: np.random.Generator, n: int) -> list[str]:
    """Mobile numbers, no two alike: 48271 and the 8-digit numbers have no common divisor."""
    start = int(rng.integers(0, 10**8))
    return [
        f"{MOBILE_PREFIXES[number % 6]}{(start + number * 48271) % 10**8:08}" for number in range(n)
    ]


def _written_phones(phones: list[str]) -> list[str]:
    """People write the same number in many ways."""
    ways = (
        lambda p: p,
        lambda p: f"{p[:3]} {p[3:7]} {p[7:]}",
        lambda p: f"+86 {p[:3]}-{p[3:7]}-{p[7:]}",
        lambda p: f"+86{p}",
    )
    return [ways[number % 4](phone) for number, phone in enumerate(phones)]


def _staff(rng: np.random.Generator, sellers: int) -> pl.DataFrame:
    ids, clinics, roles = list[str](), list[str](), list[str]()
    for clinic in CLINICS:
        for number in range(1, sellers + 1):
            ids.append(seller_id(clinic, number))
            roles.append("销售顾问")
        for number in range(1, AGENTS + 1):
            ids.append(agent_id(clinic, number))
            roles.append("客服")
        clinics += [clinic] * (sellers + AGENTS)
    years = rng.choice([0.4, 0.8, 1.5, 2.5, 4.0, 6.0], len(ids))
    days = (years * 365 + rng.integers(0, 90, len(ids))).astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "工号": ids,
            "姓名": _names(rng, len(ids)),
            "门店编号": clinics,
            "岗位": roles,
            "入职日期": np.datetime64(START, "D") - days,
        }
    )


def seller_id(clinic: str, number: int) -> str:
    """Staff number of a clinic's seller."""
    return f"S{clinic[1:]}{number:03}"


def agent_id(clinic: str, number: int) -> str:
    """Staff number of a clinic's agent."""
    return f"A{clinic[1:]}{number:03}"


def staff_ids(kind: str, clinics: Integers, numbers: Integers) -> list[str]:
    """Staff numbers for clinic and number arrays; `kind` is S or A."""
    return [
        f"{kind}{clinic + 1:02}{number + 1:03}"
        for clinic, number in zip(clinics.tolist(), numbers.tolist(), strict=True)
    ]

"""Inquiries on the chat platform and the surveys behind them: what the service assistant changes."""

import numpy as np
import polars as pl

from roi_pipeline.examples.clinic_people import AGENTS, People, staff_ids
from roi_pipeline.examples.clinic_world import (
    CLINICS,
    Booleans,
    Floats,
    Integers,
    Moments,
    World,
    after,
    latest,
    where,
)

CHATS_PER_CLINIC_DAY = 7.0
RESPONSE_WITHOUT, RESPONSE_WITH = 36.0, 4.8
CSAT_WITHOUT, CSAT_RELATIVE = 3.9, 0.165
AI_SHARE, HYBRID_SHARE, AI_SECONDS = 0.75, 0.08, 1.5
REOPEN_RATE = 0.06
MODULE = "service_assistant"


def draw_inquiries(world: World, people: People) -> pl.DataFrame:
    """Every conversation, under the chat platform's own headers; local times without offset."""
    rng = world.stream(10)
    clinics, days = world.cells(rng, CHATS_PER_CLINIC_DAY * world.inquiries)
    n = clinics.size
    started = world.moments(rng, days, opens=8, closes=24)
    handled = _handlers(rng, world.treated(MODULE)[clinics, days])
    seconds = _response_seconds(world, rng, clinics, days, handled)
    is_human = handled != "bot"
    closed = where(rng.random(n) < 0.98, after(started, rng.exponential(5400, n) + 120))
    is_resolved = rng.random(n) < 0.90
    closers = np.where(rng.random(n) < 0.1, "visitor", np.where(handled == "bot", "bot", "agent"))
    reopened = _reopened(rng, closed)
    is_known = rng.random(n) < 0.85
    customers = people.customer_ids(people.customers_of(rng, clinics))
    agents = staff_ids("A", clinics, rng.integers(0, AGENTS, n))
    return pl.DataFrame(
        {
            "sessionId": np.arange(1, n + 1),
            "clinicCode": np.array(CLINICS)[clinics],
            "customerId": customers,
            "channel": rng.choice(
                ["wecom", "web", "douyin", "miniapp"], n, p=[0.5, 0.15, 0.2, 0.15]
            ),
            "intent": rng.choice(["price", "booking", "aftercare", "effect", "other"], n),
            "createdAt": started,
            "firstResponseSeconds": np.where(rng.random(n) < 0.01, np.nan, np.round(seconds, 1)),
            "handledBy": handled,
            "closedBy": closers,
            "agentId": agents,
            "closedAt": closed,
            "reopenedAt": reopened,
            "resolved": is_resolved,
            "updatedAt": latest(started, closed, reopened),
        }
    ).with_columns(
        pl.format("T{}", pl.col("sessionId").cast(pl.String).str.zfill(8)).alias("sessionId"),
        pl.when(pl.Series(is_known)).then("customerId").alias("customerId"),
        pl.when(pl.Series(is_human)).then("agentId").alias("agentId"),
        pl.col("firstResponseSeconds").fill_nan(None),
        pl.when(pl.col("closedAt").is_not_null()).then("closedBy").alias("closedBy"),
        pl.when(pl.col("closedAt").is_not_null()).then("resolved").alias("resolved"),
    )


def draw_answers(world: World, inquiries: pl.DataFrame) -> pl.DataFrame:
    """Survey answers after some of the inquiries, under the survey system's own names."""
    rng = world.stream(11)
    asked = inquiries.filter(pl.Series(rng.random(inquiries.height) < 0.17))
    n = asked.height
    answered = after(asked["createdAt"].to_numpy(), rng.uniform(300, 3000, n))
    clinics = np.searchsorted(np.array(CLINICS), asked["clinicCode"].to_numpy())
    last_day = world.n_days - 1
    days = np.searchsorted(world.days, answered, side="right") - 1
    days = np.clip(days, 0, last_day)
    is_csat = rng.random(n) < 0.8
    scores = np.where(
        is_csat, _satisfaction(world, rng, clinics, days), rng.choice(11, n, p=_nps())
    )
    return pl.DataFrame(
        {
            "answer_id": [f"Q{number:08}" for number in range(1, n + 1)],
            "customer_id": asked["customerId"],
            "clinic_code": asked["clinicCode"],
            "channel": asked["channel"],
            "question": np.where(is_csat, "CSAT", "NPS"),
            "score": scores,
            "answered_at": answered,
        }
    ).filter(pl.col("answered_at").is_not_null())


def _handlers(rng: np.random.Generator, is_live: Booleans) -> np.ndarray:
    draw = rng.random(is_live.size)
    with_module = np.where(
        draw < AI_SHARE, "bot", np.where(draw < AI_SHARE + HYBRID_SHARE, "bot+agent", "agent")
    )
    return np.where(is_live, with_module, "agent")


def _response_seconds(
    world: World, rng: np.random.Generator, clinics: Integers, days: Integers, handled: np.ndarray
) -> Floats:
    """Seconds whose mean per clinic and day moves by exactly the planted change at go-live."""
    mean = RESPONSE_WITHOUT + world.levels(rng, MODULE, 1.5) + world.drift(rng, 0.5)
    mean = mean + 0.5 * np.sign(world.season - 1.1)[None, :] + 2.0 * world.in_selection(MODULE)
    mean = mean + (RESPONSE_WITH - RESPONSE_WITHOUT) * world.treated(MODULE)
    mean = mean[clinics, days]
    share = AI_SHARE + HYBRID_SHARE
    is_live = world.treated(MODULE)[clinics, days]
    human = np.where(is_live, (mean - share * AI_SECONDS) / (1 - share), mean)
    mean = np.where(handled == "agent", np.maximum(human, 1.0), AI_SECONDS)
    return rng.gamma(4.0, mean / 4.0)


def _satisfaction(
    world: World, rng: np.random.Generator, clinics: Integers, days: Integers
) -> Floats:
    """Scores from 1 to 5 with the planted mean."""
    mean = CSAT_WITHOUT + world.levels(rng, MODULE, 0.08) + world.drift(rng, 0.03)
    mean = mean + CSAT_WITHOUT * CSAT_RELATIVE * world.treated(MODULE)
    points = rng.binomial(4, np.clip((mean[clinics, days] - 1) / 4, 0, 1))
    return points.astype(np.float64) + 1


def _nps() -> Floats:
    shares = np.array([1, 1, 1, 1, 2, 5, 7, 16, 24, 24, 18], dtype=float)
    return shares / shares.sum()


def _reopened(rng: np.random.Generator, closed: Moments) -> Moments:
    """Some come back within 7 days, a few later."""
    n = closed.size
    soon = after(closed, rng.uniform(3600, 6.9 * 86400, n))
    late = after(closed, rng.uniform(7.1 * 86400, 20 * 86400, n))
    draw = rng.random(n)
    nothing = np.full(n, np.datetime64("NaT"), dtype=closed.dtype)
    return np.where(draw < REOPEN_RATE, soon, np.where(draw < REOPEN_RATE + 0.01, late, nothing))

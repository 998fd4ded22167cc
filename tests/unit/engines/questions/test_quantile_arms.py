"""The 90th percentile of response time of two arms, from the rows of a fact table to an effect."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Randomisation, Rollout
from roi_pipeline.domain.samples import QuantileSample
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.engines.questions.module import read_questions
from roi_pipeline.engines.questions.panels import ArmQuestion, slice_of
from roi_pipeline.engines.questions.quantile_arms import read_quantile_arms
from roi_pipeline.stats.evaluate import evaluate_metric

NAME = Text({"en": "response time P90"})
METRIC = Metric(
    "response_seconds_p90", "facts.chats", "response_seconds", "answered_chats_count", "down",
    "seconds", 1, "service", NAME, NAME, statistic="quantile", quantile=0.9,
)  # fmt: skip
LOT = Randomisation("arm", ("ai",), ("held_out",), planned_share=0.5)
POST = Window(date(2026, 1, 1), date(2026, 4, 1))
CYCLE = cycle_from_key("2026-Q1", as_of=date(2026, 5, 1))
MODULE = Module(
    "assistant", NAME, NAME, "service", Rollout("agent", everywhere_from=POST.start),
    (PoolMetric(METRIC.id, "goal"),), randomisation=LOT,
)  # fmt: skip
SAVED, AGENTS, CHATS = 40.0, 200, 30


def chats(seed: int = 1, *, saved: float = SAVED) -> dict[str, np.ndarray]:
    """Chats of agents of unlike speed; the lot's `ai` half answers `saved` seconds sooner."""
    random = np.random.default_rng(seed)
    is_treated = np.arange(AGENTS) % 2 == 0
    slow = random.lognormal(0, 0.3, AGENTS)
    seconds = 100 + slow[:, None] * random.exponential(60, (AGENTS, CHATS))
    seconds -= saved * is_treated[:, None]
    return {
        "agent_id": np.repeat([f"A{number:03}" for number in range(AGENTS)], CHATS),
        "arm": np.repeat(np.where(is_treated, "ai", "held_out"), CHATS),
        "response_seconds": seconds.ravel(),
        "answered_chats_count": np.ones(AGENTS * CHATS, dtype=int),
    }


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as made:
        made.execute("create schema facts")
        yield made


def fill(connection: Any, columns: dict[str, np.ndarray]) -> None:
    rows = list(zip(*(values.tolist() for values in columns.values()), strict=True))
    connection.execute(
        "create or replace table facts.chats (agent_id varchar, arm varchar, "
        "response_seconds double, answered_chats_count int, calendar_date date)"
    )
    connection.executemany("insert into facts.chats values (?, ?, ?, ?, '2026-02-03')", rows)


def read(connection: Any, *, lot: Randomisation = LOT) -> Any:
    part = slice_of(connection, METRIC, MODULE)
    return read_quantile_arms(connection, part, ArmQuestion(POST, None, lot))


def test_each_arm_holds_the_quantile_and_its_bounds_as_counted_by_hand(connection: Any) -> None:
    columns = chats()
    fill(connection, columns)
    arms = read(connection)
    assert arms.units == (AGENTS // 2, AGENTS // 2)
    for arm, name in ((arms.treated, "ai"), (arms.comparison, "held_out")):
        assert isinstance(arm, QuantileSample)
        ordered = np.sort(columns["response_seconds"][columns["arm"] == name])
        n = len(ordered)
        margin = arm.z * np.sqrt(0.9 * 0.1 / n)
        assert (arm.n, arm.value) == (n, ordered[int(0.9 * n) - 1])
        assert arm.lower == ordered[int(np.floor(n * (0.9 - margin))) - 1]
        assert arm.upper == ordered[int(np.ceil(n * (0.9 + margin))) - 1]
        below = (columns["response_seconds"] <= arm.value)[columns["arm"] == name]
        counts = np.array([below.reshape(-1, CHATS).sum(axis=1), np.full(n // CHATS, CHATS)])
        assert arm.indicator is not None
        assert np.allclose(arm.indicator.means, counts.mean(axis=1))
        assert np.allclose(arm.indicator.covariances, np.cov(counts))


def test_a_planted_saving_is_found_through_the_questions_of_a_study(connection: Any) -> None:
    fill(connection, chats())
    study = Study(
        "s", Path(), NAME, 50, "CNY", ("en",), "Asia/Shanghai", "quarter",
        Window(date(2025, 10, 1), date(2026, 5, 1)), (MODULE,), (), {METRIC.id: METRIC}, (),
    )  # fmt: skip
    question = read_questions(connection, study, MODULE, CYCLE)[METRIC.id]
    assert question.arms is None
    effect = evaluate_metric(MODULE, CYCLE, question)
    assert isinstance(effect, Effect)
    assert (effect.design, effect.method, effect.grade) == (
        "randomised",
        "randomised_quantile",
        "A",
    )
    assert effect.lower <= -SAVED <= effect.upper < 0
    assert (effect.n_units, effect.n_treated, effect.n_clusters) == (AGENTS, AGENTS // 2, AGENTS)
    columns = chats()
    p90 = [np.quantile(columns["response_seconds"][columns["arm"] == a], 0.9) for a in LOT_NAMES]
    assert effect.estimate == pytest.approx(p90[0] - p90[1], abs=1.0)


LOT_NAMES = ("ai", "held_out")


def test_agents_seen_in_both_arms_and_unanswered_chats_are_left_out(connection: Any) -> None:
    columns = chats()
    fill(connection, columns)
    before = read(connection)
    more = [("A000", "held_out", 9.0, 1), ("A001", "held_out", None, 0), ("X", "other", 1.0, 1)]
    connection.executemany("insert into facts.chats values (?, ?, ?, ?, '2026-02-03')", more)
    after = read(connection)
    assert after.assigned_to_both == 1
    assert after.units == (AGENTS // 2 - 1, AGENTS // 2)
    assert after.comparison == before.comparison
    assert after.treated.n == before.treated.n - CHATS


def test_an_arm_of_one_agent_has_no_quantile_to_compare(connection: Any) -> None:
    columns = {name: values[: 2 * CHATS] for name, values in chats().items()}
    fill(connection, columns)
    assert read(connection) is None


def test_too_few_chats_for_the_quantile_are_said_to_be_too_few(connection: Any) -> None:
    columns = chats()
    kept = np.arange(AGENTS * CHATS) % (CHATS * 10) < 2 * CHATS
    kept &= np.arange(AGENTS * CHATS) % CHATS == 0
    fill(connection, {name: values[kept] for name, values in columns.items()})
    arms = read(connection)
    assert arms.treated.n == 20
    study = Study(
        "s", Path(), NAME, 50, "CNY", ("en",), "Asia/Shanghai", "quarter",
        Window(date(2025, 10, 1), date(2026, 5, 1)), (MODULE,), (), {METRIC.id: METRIC}, (),
    )  # fmt: skip
    outcome = evaluate_metric(
        MODULE, CYCLE, read_questions(connection, study, MODULE, CYCLE)[METRIC.id]
    )
    assert isinstance(outcome, Inconclusive)
    assert outcome.reason.code == "too_few_events_for_quantile"


@pytest.mark.parametrize("threads", [1, 2])
def test_neither_threads_nor_the_order_of_rows_leave_a_trace(connection: Any, threads: int) -> None:
    columns = chats()
    fill(connection, columns)
    first = read(connection)
    turned = {name: values[::-1] for name, values in columns.items()}
    fill(connection, turned)
    connection.execute(f"set threads = {threads}")
    assert read(connection) == first

"""A score is the weighted way to the targets, every point of it told, and nothing made up."""

import math
import re
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from finance_cases import valued
from hypothesis import given
from hypothesis import strategies as st

from roi_pipeline.domain.effects import Effect, Inconclusive, ModuleEffects, Outcome, Plan
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout, Target
from roi_pipeline.domain.scores import Contribution
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import LANGUAGES, Message, Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.finance.scoring import (
    feedback_metrics,
    follow_up,
    score_module,
    score_of,
    scores_by,
    way_gone,
)
from roi_pipeline.resources import shipped_folder

ROOT = Path(__file__).parents[3]
NAME = Text({"en": "x"})
POST = Window(date(2026, 1, 1), date(2026, 4, 1))


def metric(name: str, direction: str = "up", dimension: str | None = "task_flow") -> Metric:
    return Metric(
        id=name, table="metrics.x_daily", numerator="a", denominator="b", direction=direction,
        unit="rate", version=1, owner="o", name=NAME, sentence=NAME, dimension=dimension,
    )  # fmt: skip


def effect(name: str, change: float, *, base: float = 0.5, grade: str = "B") -> Effect:
    """A change with a standard error of a tenth of it."""
    half = abs(change) * 0.196
    return Effect(
        "m", name, change, change - half, change + half, half / 1.96, change / base,
        (change - half) / base, (change + half) / base, 0.95, base, base + change, base,
        "difference_in_differences", "did", grade, 20, 10, None, POST, Plan(None, ()),
    )  # fmt: skip


def module(*pool: PoolMetric, name: str = "m", link: str = "follow_up") -> Module:
    rollout = Rollout("clinic", {"C01": date(2025, 7, 1)})
    return Module(name, NAME, NAME, "o", rollout, pool, link=link)


def scored(pool: list[PoolMetric], outcomes: dict[str, Outcome], *metrics: Metric):
    known = {each.id: each for each in metrics}
    return score_module(module(*pool), ModuleEffects("m", "2026-Q1", outcomes), known)


def line(name: str, weight: float, share: float | None, dimension: str = "task_flow"):
    return Contribution(
        "m", name, "goal", dimension, "l", weight, share, share, share, None, Message("x")
    )


@pytest.mark.parametrize(
    ("target", "change", "direction", "share"),
    [
        pytest.param(Target("relative", 0.2), 0.05, "up", 0.5, id="half-of-a-relative-change"),
        pytest.param(Target("absolute", 0.1), 0.05, "up", 0.5, id="half-of-an-absolute-change"),
        pytest.param(Target("level", 0.7), 0.05, "up", 0.25, id="a-quarter-to-a-level"),
        pytest.param(Target("relative", 0.2), 0.3, "up", 1.0, id="beyond-the-target"),
        pytest.param(Target("relative", 0.2), -0.3, "up", 0.0, id="the-wrong-way"),
        pytest.param(Target("relative", 0.2), -0.05, "down", 0.5, id="less-said-without-a-sign"),
        pytest.param(Target("relative", -0.2), -0.05, "down", 0.5, id="less-said-with-a-sign"),
        pytest.param(Target("level", 0.3), -0.1, "down", 0.5, id="down-to-a-level"),
        pytest.param(Target("level", 0.4), 0.05, "up", 1.0, id="already-there-and-stayed"),
        pytest.param(Target("level", 0.45), -0.1, "up", 0.0, id="already-there-and-lost-it"),
    ],
)
def test_attainment_is_the_share_of_the_way_to_the_target(
    target: Target, change: float, direction: str, share: float
) -> None:
    score, _ = scored(
        [PoolMetric("a", "goal", target)], {"a": effect("a", change)}, metric("a", direction)
    )
    assert score.lines[0].attainment == pytest.approx(share)
    assert float(score.points or 0) == pytest.approx(100 * share, abs=0.051)


def test_the_way_to_a_level_starts_where_the_metric_would_have_been() -> None:
    found = replace(effect("a", 0.1), counterfactual_value=0.6, post_value=0.7)
    score, _ = scored([PoolMetric("a", "goal", Target("level", 0.8))], {"a": found}, metric("a"))
    assert score.lines[0].attainment == pytest.approx(0.5)


def test_weights_are_those_declared() -> None:
    pool = [
        PoolMetric("a", "goal", Target("relative", 0.2), weight=3),
        PoolMetric("b", "goal", Target("relative", 0.2), weight=1),
    ]
    outcomes: dict[str, Outcome] = {"a": effect("a", 0.1), "b": effect("b", -0.1)}
    score, _ = scored(pool, outcomes, metric("a"), metric("b"))
    assert score.points == Decimal("75.0")
    assert [each.points for each in score.lines] == [Decimal("75.0"), Decimal("0.0")]


def test_what_is_inconclusive_brings_nothing_and_says_why() -> None:
    reason = Message("too_few_units", {"n": 3})
    pool = [
        PoolMetric("a", "goal", Target("relative", 0.2)),
        PoolMetric("b", "goal", Target("relative", 0.2)),
    ]
    outcomes: dict[str, Outcome] = {"a": effect("a", 0.08), "b": Inconclusive("m", "b", reason)}
    score, _ = scored(pool, outcomes, metric("a"), metric("b"))
    assert score.points == Decimal("80.0")
    assert (score.lines[1].points, score.lines[1].reason) == (None, reason)
    assert (score.lowest, score.highest) == (Decimal("40.0"), Decimal("90.0"))
    assert score.answered_share == 0.5


def test_without_any_answer_there_is_no_score_and_not_a_zero() -> None:
    pool = [PoolMetric("a", "goal", Target("relative", 0.2))]
    score, _ = scored(pool, {}, metric("a"))
    assert score.points is None
    assert (score.lowest, score.highest) == (Decimal(0), Decimal(100))


def test_a_vendors_counter_earns_no_points() -> None:
    pool = [PoolMetric("a", "goal", Target("relative", 0.2))]
    score, _ = scored(pool, {"a": effect("a", 0.5, grade="E")}, metric("a"))
    assert score.points is None
    assert score.lines[0].reason.code == "score_takes_no_vendor_counter"


def test_an_effect_that_is_not_clear_says_so() -> None:
    found = replace(effect("a", 0.05), lower=-0.02)
    score, _ = scored([PoolMetric("a", "goal", Target("relative", 0.2))], {"a": found}, metric("a"))
    assert score.lines[0].reason.code == "score_way_unclear"


@pytest.mark.parametrize(("change", "share"), [(0.02, 1.0), (0.2, 0.0)])
def test_a_guardrail_counts_in_full_while_its_limit_is_kept(change: float, share: float) -> None:
    pool = [PoolMetric("a", "guardrail", Target("absolute", 0.05))]
    score, _ = scored(pool, {"a": effect("a", change)}, metric("a", "down"))
    assert score.lines[0].attainment == share


def test_a_metric_without_target_or_weight_is_no_part_of_the_score() -> None:
    pool = [PoolMetric("a", "goal"), PoolMetric("b", "goal", Target("relative", 0.2), weight=0)]
    outcomes: dict[str, Outcome] = {"a": effect("a", 0.1), "b": effect("b", 0.1)}
    score, by_dimension = scored(pool, outcomes, metric("a"), metric("b"))
    assert (score.lines, by_dimension) == ((), ())


def test_dimensions_are_scored_on_their_own_weights() -> None:
    pool = [
        PoolMetric("a", "goal", Target("relative", 0.2), weight=5),
        PoolMetric("b", "goal", Target("relative", 0.2)),
        PoolMetric("c", "goal", Target("relative", 0.2)),
    ]
    outcomes: dict[str, Outcome] = {name: effect(name, 0.05) for name in "ab"}
    outcomes["c"] = effect("c", 0.1)
    metrics = (metric("a"), metric("b", dimension="response_loop"), metric("c", dimension=None))
    _, found = scored(pool, outcomes, *metrics)
    assert [(each.key, each.points) for each in found] == [
        ("response_loop", Decimal("50.0")), ("task_flow", Decimal("50.0")), ("", Decimal("100.0")),
    ]  # fmt: skip


def test_links_gather_the_targets_of_several_modules() -> None:
    lines = [
        replace(line("a", 1, 1.0), module_id="one"),
        replace(line("b", 3, 0.0), module_id="two"),
    ]
    (score,) = scores_by("link", lines)
    assert (score.key, score.points) == ("l", Decimal("25.0"))


@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.none() | st.floats(0, 1)), min_size=1, max_size=12)
)
def test_the_lines_always_add_up_to_the_score(parts: list[tuple[float, float | None]]) -> None:
    score = score_of("module", "m", [line("a", weight, share) for weight, share in parts])
    told = [each.points for each in score.lines if each.points is not None]
    assert sum(told, Decimal(0)) == (score.points or 0)
    assert all(0 <= points <= 100 for points in told)
    if score.points is None:
        assert not told
    else:
        assert 0 <= score.points <= 100
        step = Decimal("0.1")
        assert score.lowest - step <= score.points <= score.highest + step


@given(
    value=st.floats(-1, 1),
    wanted=st.floats(-1, 1),
    start=st.floats(-1, 1),
    is_less_better=st.booleans(),
)
def test_way_gone_never_leaves_zero_to_one(
    value: float, wanted: float, start: float, *, is_less_better: bool
) -> None:
    assert 0 <= way_gone(value, wanted, start, is_less_better=is_less_better) <= 1


def test_feedback_is_what_customers_and_staff_answer() -> None:
    names = ("connect_rate", "csat_score_per_answer", "complaint_rate")
    declared = module(*(PoolMetric(name, "secondary") for name in names))
    found = feedback_metrics(declared, {name: metric(name) for name in names})
    assert found == ("csat_score_per_answer", "complaint_rate")


def test_every_reason_has_a_sentence_in_every_language_and_none_is_left_over() -> None:
    path = shipped_folder("catalogue") / "messages" / "scoring.toml"
    known = tomllib.loads(path.read_text(encoding="utf-8"))
    files = ("finance/scoring.py", "usecases/efficiency.py")
    source = "\n".join((ROOT / "roi_pipeline" / file).read_text("utf-8") for file in files)
    used = {name for name in re.findall(r'"([a-z]+(?:_[a-z]+)+)"', source) if name in known}
    assert used == set(known)
    assert all(set(texts) == set(LANGUAGES) for texts in known.values())


def test_a_change_that_has_no_share_of_its_base_earns_nothing_and_says_so() -> None:
    bare = replace(effect("a", 0.1), relative=None, relative_lower=None, relative_upper=None)
    score, _ = scored([PoolMetric("a", "goal", Target("relative", 0.2))], {"a": bare}, metric("a"))
    assert score.points is None
    assert score.lines[0].reason == Message("score_has_no_measure", {"metric": "a"})


def test_an_interval_without_an_end_earns_nothing_and_says_so() -> None:
    wide = replace(effect("a", 0.1), upper=math.inf)
    score, _ = scored([PoolMetric("a", "goal", Target("absolute", 0.2))], {"a": wide}, metric("a"))
    assert score.lines[0].reason == Message("score_has_no_measure", {"metric": "a"})


def test_without_a_counterfactual_the_way_starts_a_change_below_the_level_reached() -> None:
    found = replace(effect("a", 0.1), counterfactual_value=None, post_value=0.7)
    score, _ = scored([PoolMetric("a", "goal", Target("level", 0.8))], {"a": found}, metric("a"))
    assert score.lines[0].attainment == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("then", "now", "code"),
    [
        ("0.5", "0.6", "advice_roi_rose"),
        ("0.5", "0.4", "advice_roi_fell"),
        ("0.5", "0.5", "advice_roi_stayed"),
        (None, "0.5", "advice_roi_unknown"),
        ("0.5", None, "advice_roi_unknown"),
    ],
)
def test_last_cycles_advice_is_followed_up_by_what_became_of_roi(
    then: str | None, now: str | None, code: str
) -> None:
    value = valued()

    def with_cycle_roi(roi: str | None) -> ModuleValue:
        known = None if roi is None else Decimal(roi)
        stated = replace(value.cycle, returns=replace(value.cycle.returns, roi=known))
        return replace(value, cycle=stated)

    earlier, later = with_cycle_roi(then), with_cycle_roi(now)
    found = follow_up(earlier, later)
    assert found is not None
    assert found.verdict == Message(code, {})
    assert (found.roi_then, found.roi_now) == tuple(
        None if each is None else Decimal(each) for each in (then, now)
    )
    assert (found.action, found.decided_on) == (value.decision.action, value.cycle.period.end)
    assert follow_up(None, later) is None

"""Panels, arms and volumes count exactly what the daily table holds."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import duckdb
import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import DesignChoice, Module, PoolMetric, Randomisation, Rollout
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.module import read_volumes
from roi_pipeline.engines.questions.panels import (
    ArmQuestion,
    Slice,
    read_arm_samples,
    read_panel,
    read_volume,
    slice_of,
)

NAME = Text({"en": "x"})
METRIC = Metric(
    id="connect_rate", table="metrics.calls_daily", numerator="connected_count",
    denominator="calls_count", direction="up", unit="rate", version=1, owner="o", name=NAME,
    sentence=NAME,
)  # fmt: skip
WINDOW = Window(date(2026, 1, 5), date(2026, 1, 26))


def module(**changes: object) -> Module:
    given = {
        "id": "m", "name": NAME, "scene": NAME, "owner": "o",
        "rollout": Rollout("agent", {"a": date(2026, 1, 12)}),
        "pool": (PoolMetric("connect_rate", "goal"),),
    }  # fmt: skip
    return Module(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create schema metrics")
        opened.execute(
            "create table metrics.calls_daily(agent_id varchar, channel varchar, team_id varchar, "
            "calendar_date date, connected_count bigint, calls_count bigint)"
        )
        opened.execute(
            """insert into metrics.calls_daily values
            ('a', 'phone', 't1', '2026-01-05', 1, 4), ('a', 'phone', 't1', '2026-01-11', 1, 2),
            ('a', 'phone', 't1', '2026-01-12', 3, 4), ('a', 'web', 't1', '2026-01-13', 9, 9),
            ('b', 'phone', 't2', '2026-01-05', 2, 2), ('b', 'phone', 't2', '2026-01-25', 1, 5),
            ('b', 'phone', 't2', '2026-01-26', 7, 7), (null, 'phone', 't2', '2026-01-06', 7, 7)"""
        )
        yield opened


def test_a_panel_sums_per_unit_and_week_and_leaves_gaps_empty(connection) -> None:
    panel = read_panel(
        connection, Slice(METRIC, "agent_id", {"channel": ["phone"]}), module(), WINDOW
    )
    assert panel is not None
    assert panel.unit_ids == ("a", "b")
    assert panel.period_starts == (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))
    assert list(panel.numerators)[:2] == [2.0, 3.0]
    assert list(panel.denominators)[:2] == [6.0, 4.0]
    assert math.isnan(panel.numerators[2])
    assert panel.numerators[5] == 1.0
    assert panel.go_live == (date(2026, 1, 12), None)
    assert panel.partial_periods == ()


def test_a_week_the_window_cuts_is_partial(connection) -> None:
    window = Window(date(2026, 1, 6), date(2026, 1, 21))
    panel = read_panel(connection, Slice(METRIC, "agent_id", {}), module(), window)
    assert panel is not None
    assert panel.partial_periods == (date(2026, 1, 5), date(2026, 1, 19))


def test_no_rows_means_no_panel(connection) -> None:
    empty = Window(date(2020, 1, 1), date(2020, 2, 1))
    assert read_panel(connection, Slice(METRIC, "agent_id", {}), module(), empty) is None


def test_groups_and_clusters_follow_the_units(connection) -> None:
    made = module(
        rollout=Rollout("agent", {"a": date(2026, 1, 12)}, cluster="team"),
        design=DesignChoice(split_by=("channel", "no_such_column")),
    )
    panel = read_panel(connection, Slice(METRIC, "agent_id", {}), made, WINDOW)
    assert panel is not None
    assert panel.clusters == ("t1", "t2")
    assert panel.groups == {"channel": ("phone", "phone")}


def test_what_a_unit_is_after_the_window_decides_neither_cluster_nor_go_live(connection) -> None:
    made = module(
        rollout=Rollout("agent", {"t1": date(2026, 1, 12)}, go_live_by="team", cluster="team"),
        design=DesignChoice(split_by=("channel",)),
    )
    part = Slice(METRIC, "agent_id", {})
    before = read_panel(connection, part, made, WINDOW)
    connection.execute(
        "insert into metrics.calls_daily select 'a', 'web', 't2', date '2026-01-26' + cast(n as integer), "
        "1, 1 from range(50) as later(n)"
    )
    after = read_panel(connection, part, made, WINDOW)
    assert before is not None
    assert after is not None
    assert before.go_live == after.go_live == (date(2026, 1, 12), None)
    assert before.clusters == after.clusters == ("t1", "t2")
    assert before.groups == after.groups == {"channel": ("phone", "phone")}


def test_volume_counts_treated_unit_days_only(connection) -> None:
    volume = read_volume(connection, Slice(METRIC, "agent_id", {}), module(), WINDOW)
    assert (volume.numerator, volume.denominator, volume.unit_days) == (12.0, 13.0, 2)


def test_a_module_filter_is_dropped_where_the_table_lacks_the_column(connection) -> None:
    made = module(filters={"channel": ("phone",), "brand": ("x",)})
    part = slice_of(connection, METRIC, made, made.pool[0])
    assert part.filters == {"channel": ("phone",)}


def test_a_filter_stated_for_the_metric_must_exist(connection) -> None:
    wanted = PoolMetric("connect_rate", "goal", filters={"brand": ("x",)})
    with pytest.raises(NeedsAHuman, match="brand"):
        slice_of(connection, METRIC, module(), wanted)


def test_arms_hold_the_moments_of_per_unit_sums(connection) -> None:
    connection.execute("delete from metrics.calls_daily")
    connection.execute(
        """insert into metrics.calls_daily
        select 'u' || i, case when i % 2 = 0 then 'ai' else 'held' end, 't', date '2026-01-12',
            i % 3, 1 from range(1000) r(i)"""
    )
    arms = Randomisation("channel", ("ai",), ("held",), planned_share=0.5)
    question = ArmQuestion(WINDOW, None, arms)
    samples = read_arm_samples(connection, Slice(METRIC, "agent_id", {}), question)
    assert samples is not None
    assert samples.treated.n == samples.comparison.n == 500
    expected = connection.execute(
        "select avg(connected_count), var_samp(connected_count) from metrics.calls_daily "
        "where channel = 'ai'"
    ).fetchall()[0]
    assert samples.treated.mean("numerator") == pytest.approx(expected[0], rel=1e-12)
    assert samples.treated.covariance("numerator", "numerator") == pytest.approx(expected[1])
    assert samples.treated.covariance("denominator", "denominator") == 0
    assert samples.assigned_to_both == 0


def test_a_unit_in_both_arms_is_counted_and_left_out(connection) -> None:
    connection.execute("delete from metrics.calls_daily")
    connection.execute(
        """insert into metrics.calls_daily values
        ('1', 'ai', 't', '2026-01-12', 1, 1), ('1', 'held', 't', '2026-01-13', 1, 1),
        ('2', 'ai', 't', '2026-01-12', 1, 1), ('3', 'ai', 't', '2026-01-12', 0, 1),
        ('4', 'held', 't', '2026-01-12', 1, 1), ('5', 'held', 't', '2026-01-12', 0, 1)"""
    )
    question = ArmQuestion(WINDOW, None, Randomisation("channel", ("ai",), ("held",)))
    samples = read_arm_samples(connection, Slice(METRIC, "agent_id", {}), question)
    assert samples is not None
    assert (samples.treated.n, samples.comparison.n, samples.assigned_to_both) == (2, 2, 1)


def test_one_unit_in_an_arm_is_no_sample(connection) -> None:
    question = ArmQuestion(WINDOW, None, Randomisation("channel", ("web",), ("phone",)))
    assert read_arm_samples(connection, Slice(METRIC, "agent_id", {}), question) is None


def test_a_quantile_is_read_from_the_rows_and_weighted_by_them(connection) -> None:
    connection.execute("create schema facts")
    connection.execute(
        "create table facts.chats as select 'a' as agent_id, date '2026-01-06' as calendar_date, "
        "i::double as seconds, case when i <= 100 then 1 else 0 end as answered_count "
        "from range(1, 151) r(i)"
    )
    p90 = replace(
        METRIC, table="facts.chats", numerator="seconds", denominator="answered_count",
        statistic="quantile", quantile=0.9,
    )  # fmt: skip
    panel = read_panel(connection, Slice(p90, "agent_id", {}), module(), WINDOW)
    assert panel is not None
    assert panel.denominators[0] == 100
    assert panel.numerators[0] / panel.denominators[0] == pytest.approx(90.1)


def test_units_go_live_with_the_place_they_belong_to(connection) -> None:
    made = module(rollout=Rollout("agent", {"t1": date(2026, 1, 12)}, go_live_by="team"))
    part = slice_of(connection, METRIC, made, made.pool[0])
    panel = read_panel(connection, part, made, WINDOW)
    assert panel is not None
    assert panel.unit_ids == ("a", "b")
    assert panel.go_live == (date(2026, 1, 12), None)
    volume = read_volume(connection, part, made, WINDOW)
    assert (volume.numerator, volume.denominator, volume.unit_days) == (12.0, 13.0, 2)


def test_the_place_has_to_be_a_column_of_the_daily_table(connection) -> None:
    made = module(rollout=Rollout("agent", {"x": date(2026, 1, 12)}, go_live_by="store"))
    with pytest.raises(NeedsAHuman, match="store_id"):
        slice_of(connection, METRIC, made, made.pool[0])


def _lot(connection) -> Randomisation:
    """Sixteen units in two arms, seen on one day; `team_id` is even or odd."""
    connection.execute("delete from metrics.calls_daily")
    connection.execute(
        """insert into metrics.calls_daily
        select 'u' || i, case when i < 8 then 'ai' else 'held' end, i % 2, date '2026-01-12', 1, 1
        from range(16) r(i)"""
    )
    return Randomisation("channel", ("ai",), ("held",), balance=("team_id",))


def test_columns_named_for_balance_come_with_the_arms(connection) -> None:
    question = ArmQuestion(WINDOW, None, _lot(connection))
    samples = read_arm_samples(connection, Slice(METRIC, "agent_id", {}), question)
    assert samples is not None
    assert samples.treated.names == ("numerator", "denominator", "team_id")
    assert samples.treated.mean("team_id") == 0.5


def test_a_baseline_in_which_nobody_was_seen_is_none(connection) -> None:
    before = Window(date(2025, 12, 1), WINDOW.start)
    question = ArmQuestion(WINDOW, before, _lot(connection))
    samples = read_arm_samples(connection, Slice(METRIC, "agent_id", {}), question)
    assert samples is not None
    assert "denominator_baseline" not in samples.treated.names


def test_a_service_module_is_split_by_tenure_without_being_asked(connection) -> None:
    connection.execute("alter table metrics.calls_daily add column tenure_band varchar")
    connection.execute("update metrics.calls_daily set tenure_band = '0-1' where agent_id = 'a'")
    part = Slice(METRIC, "agent_id", {})
    service = read_panel(connection, part, module(kind="service"), WINDOW)
    other = read_panel(connection, part, module(kind="marketing"), WINDOW)
    assert service is not None
    assert other is not None
    assert service.groups == {"tenure_band": ("0-1", "")}
    assert other.groups == {}


def test_the_volume_of_a_dropped_period_is_known_apart(connection) -> None:
    made = module(design=DesignChoice(period="week", dropped_periods=(date(2026, 1, 12),)))
    study = SimpleNamespace(metric=lambda _: METRIC)
    days = Window(date(2026, 1, 12), date(2026, 1, 19))
    whole = read_volumes(connection, study, made, {"cycle": WINDOW, "week": days})
    first = whole["week"][METRIC.id]
    assert (
        first.denominator
        == first.dropped_denominator
        == whole["cycle"][METRIC.id].dropped_denominator
    )
    assert first.usable.denominator == 0
    left = whole["cycle"][METRIC.id]
    assert left.usable.denominator == left.denominator - first.denominator

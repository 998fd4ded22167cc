"""Use is counted as the actions say; few people are never shown; adoption stands beside change."""

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest
from scipy import stats

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout
from roi_pipeline.domain.scores import PlaceUse, Use
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.usage import (
    PlaceChange,
    place_of,
    read_place_changes,
    read_places,
    read_seats,
    read_use,
    with_enough_people,
)
from roi_pipeline.stats.dose_response import dose_response

NAME = Text({"en": "x"})
BASELINE, POST = (
    Window(date(2025, 1, 1), date(2025, 4, 1)),
    Window(date(2026, 1, 1), date(2026, 4, 1)),
)
METRIC = Metric(
    id="win_rate", table="metrics.sales_daily", numerator="won", denominator="seen",
    direction="up", unit="rate", version=1, owner="o", name=NAME, sentence=NAME,
)  # fmt: skip
ADOPTED = {"C1": 2, "C2": 4, "C3": 5, "C4": 6, "C5": 8, "C6": 9, "C7": 10}


def module(unit: str = "clinic", **rollout: object) -> Module:
    given = {"go_live": dict.fromkeys(ADOPTED, date(2025, 7, 1)), **rollout}
    return Module(
        "scripts", NAME, NAME, "o", Rollout(unit, **given), (PoolMetric("win_rate", "goal"),)
    )


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Per clinic ten decisions by five people, as many adopted as planned; C1 has two people."""
    with duckdb.connect() as opened:
        opened.execute("create schema facts; create schema metrics")
        opened.execute(
            "create table facts.ai_actions(module_id varchar, clinic_id varchar, staff_id varchar, "
            "customer_id varchar, calendar_date date, arm_name varchar, is_eligible boolean, "
            "adoption_type varchar, opted_out_at timestamp)"
        )
        opened.execute(
            "create table metrics.sales_daily(clinic_id varchar, calendar_date date, won bigint, "
            "seen bigint)"
        )
        for clinic, used in ADOPTED.items():
            people = 2 if clinic == "C1" else 5
            for n in range(10):
                opened.execute(
                    "insert into facts.ai_actions values "
                    "('scripts', ?, ?, 'k', ?, 'treated', true, ?, null)",
                    [clinic, f"{clinic}-{n % people}", POST.start + timedelta(days=n),
                     ("edited" if n == 0 else "adopted") if n < used else "ignored"],
                )  # fmt: skip
            opened.execute(
                "insert into metrics.sales_daily values (?, '2025-02-01', 20, 100), (?, ?, ?, 100)",
                [clinic, clinic, POST.start, 20 + 2 * used + (1 if clinic == "C4" else 0)],
            )
        opened.execute(
            """insert into facts.ai_actions values
            ('scripts', 'C2', 'z', 'k', '2026-04-01', 'treated', true, 'adopted', null),
            ('scripts', 'C2', null, 'k', '2026-02-01', 'held_out', true, null, null),
            ('scripts', 'C2', null, 'k', '2026-02-01', 'treated', false, null, null),
            ('scripts', 'C2', null, 'k', '2026-02-01', 'treated', true, null, '2026-02-02'),
            ('other', 'C2', 'z', 'k', '2026-02-01', 'treated', true, 'adopted', null)"""
        )
        yield opened


def test_use_counts_the_modules_own_actions_of_the_window(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    used = sum(ADOPTED.values())
    assert read_use(connection, module(), POST) == Use(
        POST, actions=71, held_out=1, decided=70, adopted=used - 7, edited=7, ignored=70 - used,
        opted_out=1, people=32, staff_days=70,
    )  # fmt: skip


def test_no_actions_are_no_use(connection: duckdb.DuckDBPyConnection) -> None:
    assert read_use(connection, module(), BASELINE) is None
    with duckdb.connect() as empty:
        assert read_use(empty, module(), POST) is None
        assert read_seats(empty, module(), POST) is None


def test_a_person_is_never_a_place(connection: duckdb.DuckDBPyConnection) -> None:
    assert {place_of(connection, module(unit)) for unit in ("customer", "staff", "branch")} == {
        "clinic"
    }


def test_places_of_few_people_are_left_out_and_cannot_be_inferred(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    places, n_hidden = read_places(connection, module(), POST)
    assert [place.place_id for place in places] == ["C3", "C4", "C5", "C6", "C7"]
    assert n_hidden == 2, "C2 goes with C1, whose two people would follow from the total"
    assert all(place.use.people >= 5 for place in places)


def test_hidden_places_of_five_people_together_take_no_other_with_them() -> None:
    def place(name: str, people: int) -> PlaceUse:
        return PlaceUse(name, Use(POST, 9, 0, 9, 9, 0, 0, 0, people, 9))

    shown = with_enough_people([place("a", 3), place("b", 2), place("c", 7)])
    assert [each.place_id for each in shown] == ["c"]


def test_adoption_stands_beside_the_change_of_the_same_place(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    found = read_place_changes(
        connection, module(), PoolMetric("win_rate", "goal"), METRIC, baseline=BASELINE, post=POST
    )
    assert found[1] == PlaceChange("C2", 0.4, pytest.approx(0.08))
    assert [each.place_id for each in found] == sorted(ADOPTED)


def test_a_place_that_went_live_inside_the_window_is_not_compared(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    late = module(go_live={**dict.fromkeys(ADOPTED, date(2025, 7, 1)), "C3": date(2026, 2, 1)})
    found = read_place_changes(
        connection, late, PoolMetric("win_rate", "goal"), METRIC, baseline=BASELINE, post=POST
    )
    assert "C3" not in {each.place_id for each in found}


def test_the_slope_is_that_of_scipy_and_covers_the_planted_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    pairs = read_place_changes(
        connection, module(), PoolMetric("win_rate", "goal"), METRIC, baseline=BASELINE, post=POST
    )
    x, y = [pair.adoption for pair in pairs], [pair.change for pair in pairs]
    found = dose_response("win_rate", x, y)
    reference = stats.linregress(x, y)
    assert found is not None
    assert found.slope == pytest.approx(reference.slope)
    assert found.upper - found.slope == pytest.approx(2.570582 * reference.stderr, rel=1e-6)
    assert found.correlation == pytest.approx(reference.rvalue)
    assert found.lower < 0.2 < found.upper
    assert found.n_places == 7
    assert found.adoption_mean == pytest.approx(sum(x) / 7)
    assert found.adoption_deviation == pytest.approx(stats.tstd(x))


@pytest.mark.parametrize(
    ("adoption", "change"),
    [
        pytest.param([0.1, 0.2, 0.3], [1.0, 2.0, 4.0], id="three-places"),
        pytest.param([0.5] * 8, [1.0, 2, 3, 4, 5, 6, 7, 8], id="used-alike"),
        pytest.param([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [1.0] * 6, id="changed-alike"),
        pytest.param([0.1, 0.2, 0.3, 0.4, 0.5, float("nan")], [1.0, 2, 3, 4, 5, 7], id="unknown"),
    ],
)
def test_nothing_is_drawn_through_too_little(adoption: list[float], change: list[float]) -> None:
    assert dose_response("m", adoption, change) is None


def test_seats_are_person_days(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table metrics.module_usage_daily as select 'scripts' as module_id, "
        "date '2026-01-05' as calendar_date, 10 as licensed_users_count, 4 as active_users_count, "
        "90 as requests_count"
    )
    found = read_seats(connection, module(), POST)
    assert found is not None
    assert (found.licensed_days, found.active_days, found.requests) == (10, 4, 90)

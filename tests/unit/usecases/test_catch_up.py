"""What is due on a day, after nights and closes that were missed."""

from datetime import date
from pathlib import Path

import pytest
from tiny_study import write_tiny_study

from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.catch_up import Due, closes_due, due_on, nights_due
from roi_pipeline.usecases.nights import alert_log
from roi_pipeline.usecases.studies import study_in


def study_of(folder: Path, history: str = "{ start = 2026-01-01 }") -> Study:
    write_tiny_study(folder)
    settings = folder / "study.toml"
    declared = "{ start = 2026-01-01, end = 2026-04-15 }"
    settings.write_text(settings.read_text("utf-8").replace(declared, history), "utf-8")
    return study_in(str(folder))


def keep(study: Study, *days: date) -> None:
    for day in days:
        alert_log(study).keep_night(day, "2026-03", "{}")


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study whose history is open."""
    return study_of(tmp_path / "study")


def test_the_first_night_has_nothing_to_make_up(study: Study) -> None:
    assert nights_due(study, as_of=date(2026, 3, 10)) == (Due(date(2026, 3, 10), "2026-03"),)


def test_the_night_after_a_night_is_tonight_alone(study: Study) -> None:
    keep(study, date(2026, 3, 9))
    assert [due.as_of.day for due in nights_due(study, as_of=date(2026, 3, 10))] == [10]
    assert [due.as_of.day for due in nights_due(study, as_of=date(2026, 3, 9))] == [9]


def test_three_missed_nights_are_made_up_in_order_each_in_its_own_cycle(study: Study) -> None:
    keep(study, date(2026, 3, 30))
    due = nights_due(study, as_of=date(2026, 4, 3))
    assert [(each.as_of.day, each.cycle_key, each.is_made_up) for each in due] == [
        (31, "2026-03", True), (1, "2026-03", True), (2, "2026-04", True), (3, "2026-04", False),
    ]  # fmt: skip


def test_of_a_silence_of_a_year_the_last_month_is_made_up(study: Study) -> None:
    keep(study, date(2026, 3, 30))
    due = nights_due(study, as_of=date(2027, 3, 30))
    assert len(due) == 32
    assert due[0].as_of == date(2027, 2, 27)


def test_a_study_whose_history_has_ended_is_seen_from_its_last_day(tmp_path: Path) -> None:
    ended = study_of(tmp_path / "ended", "{ start = 2026-01-01, end = 2026-04-15 }")
    keep(ended, date(2026, 4, 15))
    assert nights_due(ended, as_of=date(2026, 11, 1)) == (Due(date(2026, 4, 15), "2026-04"),)


def test_a_close_that_was_missed_or_failed_is_due_until_it_is_made(study: Study) -> None:
    march = Due(date(2026, 4, 4), "2026-03", is_final=True)
    keep(study, date(2026, 4, 2))
    assert closes_due(study, as_of=date(2026, 4, 3)) == ()
    for day in (4, 5, 20):
        assert closes_due(study, as_of=date(2026, 4, day)) == (march,)


def test_cycles_that_matured_before_the_service_began_are_left_as_they_are(study: Study) -> None:
    assert closes_due(study, as_of=date(2026, 4, 10)) == ()
    assert [due.cycle_key for due in closes_due(study, as_of=date(2026, 4, 4))] == ["2026-03"]


def test_a_close_comes_after_the_night_of_its_day_and_before_the_next(study: Study) -> None:
    keep(study, date(2026, 4, 2))
    due = due_on(study, as_of=date(2026, 4, 5))
    assert [(each.as_of.day, each.is_final) for each in due] == [
        (3, False), (4, False), (4, True), (5, False),
    ]  # fmt: skip


def test_a_history_of_twelve_years_still_has_a_cycle(study: Study) -> None:
    assert nights_due(study, as_of=date(2038, 5, 2))[0].cycle_key == "2038-05"
    from roi_pipeline.usecases.cycles import cycle_keys, latest_ended

    assert "2038-05" in cycle_keys(study)
    assert latest_ended(study, date(2038, 5, 2)) == "2038-04"

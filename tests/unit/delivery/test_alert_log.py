"""What is known of alerts survives the night, and a message about them waits until it is settled."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from roi_pipeline.delivery.alert_log import AlertLog, Differences, LoggedAlert
from roi_pipeline.domain.emails import Email

MONDAY, TUESDAY, WEDNESDAY = date(2026, 4, 6), date(2026, 4, 7), date(2026, 4, 8)


@pytest.fixture
def log(tmp_path: Path) -> AlertLog:
    return AlertLog(tmp_path / "alerts.sqlite")


def email(number: int, address: str = "owner@example.com") -> Email:
    return Email(
        f"clinic/alerts/{number}", address, "漏报", "text", "<p>html</p>", MONDAY, (), "short"
    )


def one_message(found: Differences) -> Sequence[Email]:
    return [email(found.number)]


def silence(found: Differences) -> Sequence[Email]:
    return []


def test_an_alert_is_new_once_then_open_then_resolved(log: AlertLog) -> None:
    first = log.update({"stale": "3 days"}, as_of=MONDAY, emails=silence)
    second = log.update({"stale": "4 days"}, as_of=TUESDAY, emails=silence)
    third = log.update({}, as_of=WEDNESDAY, emails=silence)
    assert (first.new, first.resolved, first.still_open) == (("stale",), (), ())
    assert (second.new, second.resolved) == ((), ())
    assert second.still_open == (LoggedAlert("stale", "3 days", MONDAY),)
    assert (third.new, third.resolved) == ((), (LoggedAlert("stale", "4 days", MONDAY),))
    assert log.open_alerts() == ()


def test_an_alert_that_comes_back_is_new_from_that_day(log: AlertLog) -> None:
    log.update({"stale": ""}, as_of=MONDAY, emails=silence)
    log.update({}, as_of=TUESDAY, emails=silence)
    again = log.update({"stale": ""}, as_of=WEDNESDAY, emails=silence)
    assert again.new == ("stale",)
    assert log.open_alerts() == (LoggedAlert("stale", "", WEDNESDAY),)


def test_open_alerts_come_oldest_first(log: AlertLog) -> None:
    log.update({"b": ""}, as_of=MONDAY, emails=silence)
    log.update({"a": "", "b": ""}, as_of=TUESDAY, emails=silence)
    assert [each.key for each in log.open_alerts()] == ["b", "a"]


def test_a_night_without_a_message_uses_no_number(log: AlertLog) -> None:
    assert log.update({"a": ""}, as_of=MONDAY, emails=one_message).number == 1
    assert log.update({"a": ""}, as_of=TUESDAY, emails=silence).number == 2
    assert log.update({}, as_of=WEDNESDAY, emails=one_message).number == 2
    log.add(lambda number: [email(number, "other@example.com")])
    assert [each.edition_id.rpartition("/")[2] for each in log.waiting()] == ["1", "2", "3"]


def test_a_message_waits_whole_until_it_is_settled(log: AlertLog) -> None:
    log.add(lambda number: [email(number), email(number, "other@example.com")])
    assert log.waiting() == (email(1), email(1, "other@example.com"))
    log.settle(email(1))
    assert AlertLog(log.path).waiting() == (email(1, "other@example.com"),)


@pytest.mark.parametrize("write", [
    lambda log, emails: log.update({"stale": ""}, as_of=MONDAY, emails=emails),
    lambda log, emails: log.add(emails),
])  # fmt: skip
def test_a_failure_while_writing_the_message_forgets_nothing_and_keeps_nothing(
    log: AlertLog, write: Callable[..., object]
) -> None:
    """The next run finds the alert new again, and its message has the same number."""

    def fail(_: object) -> Sequence[Email]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(log, fail)
    assert (log.open_alerts(), log.waiting()) == ((), ())
    found = log.update({"stale": ""}, as_of=TUESDAY, emails=one_message)
    assert (found.number, found.new) == (1, ("stale",))


def test_two_messages_of_one_name_are_refused_and_none_of_both_waits(log: AlertLog) -> None:
    with pytest.raises(Exception, match="UNIQUE"):
        log.add(lambda number: [email(number), email(number)])
    assert log.waiting() == ()


def test_nights_are_kept_newest_first_and_a_repeated_one_once(log: AlertLog) -> None:
    assert (log.first_night(), log.last_night()) == (None, None)
    for day, cycle, payload in (
        (TUESDAY, "2026-03", "second"), (MONDAY, "2026-03", "first"), (TUESDAY, "2026-03", "again"),
        (WEDNESDAY, "2026-04", "third"),
    ):  # fmt: skip
        log.keep_night(day, cycle, payload)
    assert log.nights(2) == ("third", "again")
    assert log.nights(9) == ("third", "again", "first")
    assert (log.first_night(), log.last_night()) == (MONDAY, WEDNESDAY)
    assert log.last_night(before=WEDNESDAY) == TUESDAY
    assert log.last_night(before=MONDAY) is None

"""Whoever runs the service is notified of what begins and what is over, once, by mail and by chat."""

import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from chat_server import Chat
from click.testing import CliRunner
from servers import Script, scripted_server
from tiny_study import write_tiny_study

from roi_pipeline.cli.app import OK, PARTLY, commands
from roi_pipeline.domain.alerts import Alert
from roi_pipeline.domain.effects import Inconclusive, ModuleEffects
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.store.values import write_effects
from roi_pipeline.reporting.alert_mail import alert_line, service_voice
from roi_pipeline.stats.sample_ratio import check_sample_ratio
from roi_pipeline.usecases.alerts import find_alerts, notify, open_alerts
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.freshness import look_at_feeds
from roi_pipeline.usecases.nights import alert_log, nights_of
from roi_pipeline.usecases.rebuild import StepOutcome
from roi_pipeline.usecases.studies import paths_of, study_in, warehouse_at
from roi_pipeline.usecases.watch import watch_night

pytestmark = pytest.mark.server
SETTINGS = """
[operations.alerts]
to = ["ops@example.com"]
channels = ["ROI_OPS_CHAT"]

[[operations.expected]]
source = "pos__visits"
every = "day"
tolerance_days = 2
column = "visit_date"
"""
DAY = date(2026, 4, 11)
STALE = Alert(
    "feed_stale",
    "pos__visits",
    "error",
    Message("feed_arrived", {"source": "pos__visits", "newest": DAY}),
)
FAILED = Alert(
    "run_failed",
    "facts/visits",
    "error",
    Message("alert_run_failed", {"asset": "facts/visits", "cycle": "2026-03", "reason": "boom"}),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_tiny_study(tmp_path / "study")
    settings = folder / "study.toml"
    settings.write_text(settings.read_text("utf-8") + SETTINGS, "utf-8")
    return folder


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat() as chat:
        yield chat


def mail(port: int, **more: str) -> dict[str, str]:
    return {
        "ROI_SMTP_HOST": "127.0.0.1", "ROI_SMTP_PORT": str(port), "ROI_SMTP_SECURITY": "none",
        "ROI_SMTP_FROM": "roi@example.com", **more,
    }  # fmt: skip


def texts(script: Script) -> list[str]:
    found = list[str]()
    for content in script.accepted:
        message = message_from_bytes(content, policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        found.append(f"{message['Subject']}\n{body.get_content()}")
    return found


def test_each_alert_is_sent_once_and_once_when_it_is_over(folder: Path, chat: Chat) -> None:
    study, script = study_in(str(folder)), Script()
    nights = [[], [STALE], [STALE], [STALE, FAILED], [FAILED], [], []]
    with scripted_server(script) as port:
        environment = mail(port, ROI_OPS_CHAT=chat.address("ops"))
        for number, alerts in enumerate(nights):
            notify(study, alerts, as_of=date(2026, 4, 1 + number), environment=environment)
    subjects = [text.splitlines()[0] for text in texts(script)]
    assert [re.findall(r"(\d+) new, (\d+) resolved", subject)[0] for subject in subjects] == [
        ("1", "0"), ("1", "0"), ("0", "1"), ("0", "1"),
    ]  # fmt: skip
    assert len(chat.taken) == 4
    assert script.copies == {"ops@example.com": 4}
    assert open_alerts(study) == ()


def test_what_the_server_did_not_take_goes_with_the_next_night(folder: Path) -> None:
    study, script = study_in(str(folder)), Script(always=("mail", "550 no"))
    down = Script(always=("connect", "421 down"))
    with scripted_server(down) as port:
        (sent, *_) = notify(study, [STALE], as_of=DAY, environment=mail(port)).sent
    assert sent.state == "waiting"
    script = Script()
    with scripted_server(script) as port:
        notify(study, [STALE], as_of=date(2026, 4, 12), environment=mail(port))
        notify(study, [STALE], as_of=date(2026, 4, 13), environment=mail(port))
    (text,) = texts(script)
    assert "night of" in text
    assert "Apr" in text or "2026-04-11" in text


def test_a_killed_process_neither_forgets_an_alert_nor_sends_it_twice(folder: Path) -> None:
    """The alert and its message are noted in one step: without a server the message waits."""
    study = study_in(str(folder))
    assert notify(study, [STALE], as_of=DAY, environment={}).sent == ()
    script = Script()
    with scripted_server(script) as port:
        for _ in range(2):
            notify(study, [STALE], as_of=DAY, environment=mail(port))
    assert len(script.accepted) == 1


def test_warnings_stay_on_the_status_page_where_only_errors_are_wanted(folder: Path) -> None:
    settings = folder / "study.toml"
    settings.write_text(
        settings.read_text("utf-8").replace(
            "[operations.alerts]", '[operations.alerts]\nleast_severity = "error"'
        ),
        "utf-8",
    )
    study, script = study_in(str(folder)), Script()
    warning = Alert("notice_near", "greeter", "warning", Message("alert_notice_near", {}))
    with scripted_server(script) as port:
        notify(study, [warning], as_of=DAY, environment=mail(port))
        assert script.accepted == []
        notify(study, [warning, FAILED], as_of=DAY, environment=mail(port))
    assert len(script.accepted) == 1
    assert {each.alert.kind for each in open_alerts(study)} == {"notice_near", "run_failed"}


def test_monday_gives_a_sign_of_life_where_it_is_asked_for(folder: Path) -> None:
    settings = folder / "study.toml"
    settings.write_text(
        settings.read_text("utf-8").replace(
            "[operations.alerts]", "[operations.alerts]\nsign_of_life = true"
        ),
        "utf-8",
    )
    study, script = study_in(str(folder)), Script()
    with scripted_server(script) as port:
        for day in range(10, 20):  # the 13th is a Monday
            notify(study, [], as_of=date(2026, 4, day), environment=mail(port))
    (text,) = texts(script)
    assert "the service is running" in text


def found(study: Study, **given: object) -> dict[str, Alert]:
    feeds = look_at_feeds(study, warehouse_at(paths_of(study)), as_of=DAY)
    cycle = study.cycle("2026-03", as_of=DAY)
    usual = {"failed": (), "feeds": feeds, "last_night": None}
    return {each.key: each for each in find_alerts(study, cycle, **{**usual, **given})}  # type: ignore[arg-type]


def test_conditions_are_found_by_kind(folder: Path) -> None:
    module = folder / "modules/greeter.toml"
    term = "\n[vendor_contract]\nstart = 2026-02-01\nend = 2026-05-15\nnotice_days = 14\n"
    module.write_text(module.read_text("utf-8") + term, "utf-8")
    study = study_in(str(folder))
    alert_log(study).keep_night(date(2026, 4, 2), "2026-04", "{}")
    step = StepOutcome("facts/visits", "failed", "boom\nand more")
    alerts = found(study, failed=(step,), last_night=date(2026, 4, 8))
    assert set(alerts) == {
        "run_failed:facts/visits", "night_missed:night", "feed_stale:pos__visits",
        "notice_near:greeter", "edition_due:2026-03",
    }  # fmt: skip
    assert alerts["run_failed:facts/visits"].message.values["reason"] == "boom"
    assert alerts["notice_near:greeter"].message.values["day"] == date(2026, 5, 1)
    assert alerts["edition_due:2026-03"].message.values["day"] == date(2026, 4, 4)


def test_a_disk_nearly_full_and_an_undeliverable_mail_are_alerts(folder: Path) -> None:
    from roi_pipeline.usecases.send import outbox_of

    settings = folder / "study.toml"
    settings.write_text(
        settings.read_text("utf-8").replace(
            "[operations.alerts]", "[operations.alerts]\nleast_free_share = 1.0"
        ),
        "utf-8",
    )
    study = study_in(str(folder))
    outbox = outbox_of(study)
    entry = outbox.enter(
        "tiny/2026-02/final-1", "gone@example.com", message_id="m", content_sha256="0"
    )
    outbox.settle(entry, "undeliverable", answer="550 no such user")
    alerts = found(study)
    assert {
        "disk_nearly_full:disk",
        "mail_undeliverable:tiny/2026-02/final-1 gone@example.com",
    } <= set(alerts)


def test_the_test_message_says_that_nothing_has_to_be_done(
    folder: Path, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    with scripted_server(script) as port:
        for name, value in mail(port, ROI_OPS_CHAT=chat.address("ops")).items():
            monkeypatch.setenv(name, value)
        for _ in range(2):
            result = CliRunner().invoke(commands, ["alerts", str(folder), "--test"])
            assert result.exit_code == OK, result.output
    assert len(script.accepted) == len(chat.taken) == 2
    assert "nothing to do" in texts(script)[0]


def test_without_receivers_the_test_says_what_to_set(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    result = CliRunner().invoke(commands, ["alerts", str(folder), "--test"])
    assert result.exit_code == PARTLY
    assert "[operations.alerts]" in result.output


def test_a_night_with_a_dead_feed_sends_one_mail_and_stands_on_the_status_page(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    with scripted_server(script) as port:
        for name, value in mail(port).items():
            monkeypatch.setenv(name, value)
        for _ in range(2):
            result = CliRunner().invoke(
                commands, ["run", str(folder), "--cycle", "2026-03", "--as-of", "2026-04-11"]
            )
            assert result.exit_code == PARTLY, result.output
    (text,) = texts(script)
    assert "pos__visits has delivered nothing since" in text
    page = (folder / "out/index.html").read_text("utf-8")
    assert "pos__visits has delivered nothing since" in page
    assert "visits_2026-03.csv" in page
    assert "Needs attention" in page


def test_a_rejected_delivery_names_file_rule_and_samples(folder: Path) -> None:
    bad = folder / "exports/visits_bad.csv"
    bad.write_text("visit,store,day,sale\n" + ",S1,2026-04-02,true\n" * 3, "utf-8")
    study = study_in(str(folder))
    load_export(warehouse_at(paths_of(study)), study.contracts[0], study=study, as_of=DAY)
    alert = found(study)["delivery_refused:pos__visits"]
    assert alert.severity == "error"
    assert alert.message.values["file"] == "exports/visits_bad.csv"
    assert alert.message.values["rows"] == 1  # the others are its exact duplicates
    assert "visit_id_pos" in str(alert.message.values["rule"])
    step = StepOutcome("exports/pos__visits", "failed", "stopped")
    assert "run_failed:exports/pos__visits" not in found(study, failed=(step,))


def test_groups_of_another_size_than_planned_are_an_alert_while_they_are(folder: Path) -> None:
    study = study_in(str(folder))
    cycle = study.cycle("2026-03", as_of=DAY)

    def found(treated: int) -> list[Alert]:
        finding = check_sample_ratio(treated, 1000, planned_share=0.5, subject="greeter.sale_rate")
        reason = Message("too_few_units", {"n": 1, "needed": 8, "arm": ""})
        outcomes = {
            name: Inconclusive("greeter", name, reason, findings=(finding,))
            for name in ("sale_rate", "visits")
        }
        effects = ModuleEffects("greeter", cycle.key, outcomes)
        with warehouse_at(paths_of(study)).open() as connection:
            write_effects(connection, effects)
        alerts = find_alerts(study, cycle, failed=(), feeds=(), last_night=None)
        return [alert for alert in alerts if alert.kind == "sample_ratio_off"]

    (alert,) = found(1200)
    assert (alert.key, alert.severity) == ("sample_ratio_off:greeter", "error")
    line = alert_line(alert, service_voice("en", study))
    assert line.startswith("Error: Greeter: the groups have 1,200 and 1,000 units in cycle 2026-03")
    assert "54.5% instead of the planned 50.0%" in line
    assert alert_line(alert, service_voice("zh-CN", study)).startswith(
        "错误：迎宾助手：周期 2026-03"
    )
    assert found(1010) == []


def open_keys(study: Study) -> set[str]:
    return {each.alert.key for each in open_alerts(study)}


def watched(study: Study, cycle: str, as_of: date, *failed: StepOutcome) -> set[str]:
    """The alerts that hold after a run of a cycle, seen from a day."""
    seen = study.cycle(cycle, as_of=as_of)
    watch_night(study, seen, edition="draft", failed=failed, environment={})
    return open_keys(study)


def test_a_close_among_nights_that_are_made_up_neither_ends_nor_repeats_the_alert(
    folder: Path,
) -> None:
    study, missed = study_in(str(folder)), "night_missed:night"
    load_export(warehouse_at(paths_of(study)), study.contracts[0], study=study, as_of=DAY)

    def night(day: int, *, is_final: bool = False, is_made_up: bool = False) -> bool:
        cycle = study.cycle("2026-03" if is_final else "2026-04", as_of=date(2026, 4, day))
        edition = "final" if is_final else "draft"
        watch_night(study, cycle, edition=edition, failed=(), environment={}, is_made_up=is_made_up)
        return missed in open_keys(study)

    assert not night(2)
    assert night(3, is_made_up=True)
    assert night(4, is_made_up=True)
    assert night(4, is_final=True)
    assert night(5, is_made_up=True)
    since = {each.alert.key: each.since for each in open_alerts(study)}
    assert since[missed] == date(2026, 4, 3)
    assert not night(6)
    assert not night(6, is_final=True)


def test_a_backfill_resolves_nothing_and_is_no_night_of_the_service(folder: Path) -> None:
    study = study_in(str(folder))
    load_export(warehouse_at(paths_of(study)), study.contracts[0], study=study, as_of=DAY)
    stale = "feed_stale:pos__visits"
    assert watched(study, "2026-04", DAY) == {stale}
    backfilled = date(2026, 3, 4)
    assert watched(study, "2026-02", backfilled) == {stale}
    failed = StepOutcome("facts/visits", "failed", "boom")
    assert watched(study, "2026-02", backfilled, failed) == {stale, "run_failed:facts/visits"}
    assert {each.since for each in open_alerts(study)} == {DAY}
    page = (folder / "out/index.html").read_text("utf-8")
    assert "11 Apr 2026, cycle 2026-04" in page
    assert "missing" in page
    assert [night.as_of for night in nights_of(study)] == [DAY]
    assert watched(study, "2026-04", date(2026, 4, 12)) == {stale}


def test_what_failed_while_a_cycle_was_closed_holds_until_it_is_closed(folder: Path) -> None:
    study = study_in(str(folder))
    load_export(warehouse_at(paths_of(study)), study.contracts[0], study=study, as_of=DAY)
    failed = StepOutcome("reports/edition", "failed", "boom")
    ripe, key = date(2026, 4, 4), "run_failed:reports/edition"
    watched(study, "2026-04", ripe)
    assert key in watched(study, "2026-03", ripe, failed)
    assert {key, "edition_due:2026-03"} <= watched(study, "2026-04", date(2026, 4, 5))
    assert key in watched(study, "2026-03", ripe, failed)
    assert key in watched(study, "2026-04", date(2026, 4, 6))
    edition = paths_of(study).editions / "2026-03" / "final-1"
    edition.mkdir(parents=True)
    (edition / "manifest.json").write_text("{}", "utf-8")
    assert not {key, "edition_due:2026-03"} & watched(study, "2026-04", date(2026, 4, 7))

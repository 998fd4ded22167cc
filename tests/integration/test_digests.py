"""The draft goes as a weekly digest to the readers who asked for it: once a week each, over real SMTP."""

from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from report_clinic import clinic_edition
from servers import Script, scripted_server
from test_alerts import mail
from tiny_study import write_tiny_study

from roi_pipeline.domain.effects import Inconclusive, ModuleEffects
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.store.values import write_effects, write_value
from roi_pipeline.usecases.alerts import send_waiting
from roi_pipeline.usecases.digests import DIGESTS, send_digests
from roi_pipeline.usecases.send import outbox_of
from roi_pipeline.usecases.studies import paths_of, study_in, warehouse_at
from roi_pipeline.usecases.watch import watch_night

pytestmark = pytest.mark.server
BOARD = """
[[reader]]
address = "board@example.com"
language = "en"
"""
OTHER_LANGUAGE = """
[[reader]]
address = "owner@example.com"
language = "zh-TW"
digest = "weekly"
"""
CYCLE = "2026-04"
MONDAY, NEXT_MONDAY = date(2026, 4, 13), date(2026, 4, 20)


def study_with(folder: Path, *readers: str) -> Study:
    """The tiny study whose two readers asked for the digest, and others."""
    settings = write_tiny_study(folder) / "study.toml"
    text = settings.read_text("utf-8").replace("2026-04-15", "2026-12-31")
    text = text.replace("\nattachments = ", '\ndigest = "weekly"\nattachments = ')
    settings.write_text("".join([text, *readers]), "utf-8")
    return study_in(str(folder))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return study_with(tmp_path / "study", BOARD)


def store(study: Study, *, net: int) -> None:
    """Figures of the draft, with costs so much lower that it nets this much more."""
    given = next(m for m in clinic_edition().modules if m.module.id == "content_push")
    rated = given.value.rated
    returns = replace(rated.returns, costs=rated.returns.costs - net)
    value = replace(
        given.value, module_id="greeter", cycle_key=CYCLE, rated=replace(rated, returns=returns),
    )  # fmt: skip
    why = Message("too_few_units", {"n": 1, "needed": 8, "arm": ""})
    outcomes = {"sale_rate": Inconclusive("greeter", "sale_rate", why)}
    with warehouse_at(paths_of(study)).open() as connection:
        write_effects(connection, ModuleEffects("greeter", CYCLE, outcomes))
        write_value(connection, value)


def week(study: Study, day: date, port: int | None) -> None:
    """What a night's draft sends of digests, with a mail server or without."""
    environment = {} if port is None else mail(port)
    send_digests(study, study.cycle(CYCLE, as_of=day), environment=environment)


def digests(script: Script) -> list[tuple[str, list[str]]]:
    """(receiver, lines) of every digest the server accepted."""
    found = []
    for content in script.accepted:
        message = message_from_bytes(content, policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        lines = [line for line in body.get_content().splitlines() if line.startswith("- ")]
        found.append((str(message["To"]), lines))
    return found


def test_each_reader_who_asked_gets_five_lines_once_a_week(study: Study) -> None:
    script = Script()
    store(study, net=0)
    with scripted_server(script) as port:
        for day in range(13, 20):
            week(study, date(2026, 4, day), port)
        assert [to for to, _ in digests(script)] == ["owner@example.com", "sales@example.com"]
        assert all(len(lines) == 5 for _, lines in digests(script))
        store(study, net=60_000)
        week(study, NEXT_MONDAY, port)
    assert script.copies == {"owner@example.com": 2, "sales@example.com": 2}
    english, chinese = (lines for _, lines in digests(script)[2:])
    assert english[1].startswith("- What moved since 13 Apr 2026: Greeter: net benefit +CN¥")
    assert chinese[1].startswith("- 较 2026年4月13日 的变动：迎宾助手净收益 +¥")


def test_what_the_server_did_not_take_goes_the_next_night_as_it_was(study: Study) -> None:
    store(study, net=0)
    with scripted_server(Script(always=("connect", "554 closed"))) as port:
        week(study, MONDAY, port)
    store(study, net=5_000)
    script = Script()
    with scripted_server(script) as port:
        week(study, date(2026, 4, 14), port)
        week(study, date(2026, 4, 15), port)
    assert script.copies == {"owner@example.com": 1, "sales@example.com": 1}
    assert all("as of 13 Apr 2026" in str(x) or "4月13日" in str(x) for x in subjects(script))


def subjects(script: Script) -> list[str]:
    return [str(message_from_bytes(x, policy=policy.default)["Subject"]) for x in script.accepted]


def test_a_killed_process_neither_forgets_a_digest_nor_sends_it_twice(study: Study) -> None:
    store(study, net=0)
    week(study, MONDAY, None)  # as if killed between noting and sending
    script = Script()
    with scripted_server(script) as port:
        for _ in range(2):
            send_waiting(study, environment=mail(port), part=DIGESTS)
            week(study, MONDAY, port)
    assert script.copies == {"owner@example.com": 1, "sales@example.com": 1}


def test_a_digest_that_never_went_gives_way_to_the_next_weeks(study: Study) -> None:
    store(study, net=0)
    week(study, MONDAY, None)
    script = Script()
    with scripted_server(script) as port:
        week(study, NEXT_MONDAY, port)
    assert script.copies == {"owner@example.com": 1, "sales@example.com": 1}
    assert {entry.edition_id for entry in outbox_of(study).entries()} == {
        "tiny/digests/2026-W17/en",
        "tiny/digests/2026-W17/zh-CN",
    }


def test_one_address_may_read_in_two_languages(tmp_path: Path) -> None:
    study, script = study_with(tmp_path / "study", OTHER_LANGUAGE), Script()
    store(study, net=0)
    with scripted_server(script) as port:
        for _ in range(2):
            week(study, MONDAY, port)
    assert script.copies == {"owner@example.com": 2, "sales@example.com": 1}
    assert len(set(subjects(script))) == 3


def test_only_the_newest_draft_is_mailed_not_nights_made_up_backfills_and_closings(
    study: Study,
) -> None:
    store(study, net=0)
    script = Script()
    with scripted_server(script) as port:

        def night(day: date, edition: str = "draft", *, is_made_up: bool = False) -> int:
            cycle = study.cycle(CYCLE, as_of=day)
            environment = mail(port)
            watch_night(
                study, cycle, edition=edition, failed=(), environment=environment,
                is_made_up=is_made_up,
            )  # fmt: skip
            return len(script.accepted)

        assert night(MONDAY, is_made_up=True) == 0
        assert night(NEXT_MONDAY) == 2
        assert night(MONDAY) == 2
        assert night(date(2026, 4, 27), "final") == 2


def test_without_a_reader_who_asked_nothing_is_read_or_kept(study: Study) -> None:
    nobody = replace(study, readers=tuple(replace(x, digest=None) for x in study.readers))
    cycle = nobody.cycle(CYCLE, as_of=MONDAY)
    assert send_digests(nobody, cycle, environment={}) == ()
    assert not paths_of(nobody).alerts.exists()

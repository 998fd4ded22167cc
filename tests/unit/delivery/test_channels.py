"""The short form reaches each chat channel once, through a real server; its secret is kept nowhere."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from chat_server import Chat

from roi_pipeline.delivery.channels import channels_from_environment, notify
from roi_pipeline.delivery.outbox import Outbox
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.errors import NeedsAHuman

pytestmark = pytest.mark.server


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat() as running:
        yield running


def email(edition: str = "clinic/2026-Q1/final-1") -> Email:
    return Email(
        edition_id=edition, address="", subject="【悦颜】内容推送 2026-Q1：优质，ROI 300%", text="", html="",
        dated=date(2026, 4, 9), short_text="内容推送 2026-Q1：优质\nROI 300% <b> *x*\n",
    )  # fmt: skip


def test_each_channel_hears_of_an_edition_once(chat: Chat, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    rooms = [chat.address("owners"), chat.address("finance")]
    for _ in range(3):
        entries = notify(email(), rooms, outbox=outbox)
        assert [entry.state for entry in entries] == ["accepted", "accepted"]
    assert sorted(message["path"] for message in chat.taken) == ["/finance", "/owners"]
    assert {message["title"] for message in chat.taken} == {email().subject}
    assert "ROI 300% <b> *x*" in chat.taken[0]["message"]
    notify(email("clinic/2026-Q1/restated-1"), rooms, outbox=outbox)
    assert len(chat.taken) == 4


def test_a_busy_channel_is_told_by_the_next_run(chat: Chat, tmp_path: Path) -> None:
    outbox, rooms = Outbox(tmp_path / "outbox.sqlite"), [chat.address("owners")]
    chat.is_busy = True
    assert [entry.state for entry in notify(email(), rooms, outbox=outbox)] == ["waiting"]
    chat.is_busy = False
    assert [entry.state for entry in notify(email(), rooms, outbox=outbox)] == ["accepted"]
    assert len(chat.taken) == 1


def test_the_outbox_keeps_no_secret_of_a_channel(chat: Chat, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    (entry,) = notify(email(), [chat.address("a-secret-token")], outbox=outbox)
    assert entry.address.startswith("json:")
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"json:" in files
    assert b"a-secret-token" not in files


def test_an_address_nobody_understands_is_refused_without_its_secret(tmp_path: Path) -> None:
    with pytest.raises(NeedsAHuman, match="carrierpigeon://… is not understood") as told:
        notify(email(), ["carrierpigeon://secret"], outbox=Outbox(tmp_path / "outbox.sqlite"))
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "address",
    [
        "wecombot://botkey1234567",
        "feishu://token12345678",
        "dingtalk://token12345678",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        "workflow://host.example.com/workflowid/signature",
    ],
)
def test_the_channels_people_ask_for_are_known(address: str) -> None:
    import apprise

    assert apprise.Apprise().add(address)


def test_channels_come_from_the_environment_or_a_secret_file(tmp_path: Path) -> None:
    secrets = tmp_path / "channels"
    secrets.write_text("# owners\nslack://a/b/c\n\nfeishu://token\n", "utf-8")
    environment = {"ROI_CHANNELS": "json://one json://two", "ROI_CHANNELS_FILE": str(secrets)}
    assert channels_from_environment(environment) == (
        "json://one", "json://two", "slack://a/b/c", "feishu://token",
    )  # fmt: skip
    assert channels_from_environment({}) == ()
    with pytest.raises(NeedsAHuman, match="ROI_CHANNELS_FILE: found '/nowhere'"):
        channels_from_environment({"ROI_CHANNELS_FILE": "/nowhere"})

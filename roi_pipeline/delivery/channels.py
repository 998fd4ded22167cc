"""The short form for chat channels (WeCom, Feishu, DingTalk, Slack, Teams), through apprise."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from roi_pipeline.delivery.outbox import Entry, Outbox
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.errors import NeedsAHuman

KIND = re.compile(r"([a-z][a-z0-9+.-]{1,20})://")
CHANNELS, CHANNELS_FILE = "ROI_CHANNELS", "ROI_CHANNELS_FILE"


def channels_from_environment(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Channel addresses of `ROI_CHANNELS`, parted by blanks, or one a line in `ROI_CHANNELS_FILE`.

    Raises:
        NeedsAHuman: the file cannot be read.
    """
    path = environment.get(CHANNELS_FILE, "")
    if path and not Path(path).is_file():
        raise NeedsAHuman(f"{CHANNELS_FILE}: found {path!r}; expected a readable file")
    lines = Path(path).read_text("utf-8").splitlines() if path else []
    listed = (line.strip() for line in lines)
    found = [*environment.get(CHANNELS, "").split(), *(x for x in listed if x and x[0] != "#")]
    return tuple(dict.fromkeys(found))


def channel_name(address: str) -> str:
    """What the outbox calls a channel: its kind and a hash, for the address holds a secret."""
    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    return f"{_kind(address)}:{digest}"


def _kind(address: str) -> str:
    """The part of an address that says which service; what is no address may be all secret."""
    kind = KIND.match(address)
    return kind[1] if kind else "channel"


def notify(email: Email, addresses: Sequence[str], *, outbox: Outbox) -> tuple[Entry, ...]:
    """Send the short text to each channel address that has not had this edition.

    Addresses are apprise URLs (`wecombot://…`, `feishu://…`, `dingtalk://…`, `slack://…`); they hold
    secrets, so the outbox keeps a hash of each instead.
    """
    return tuple(_notify(email, address, outbox) for address in addresses)


def _notify(email: Email, address: str, outbox: Outbox) -> Entry:
    import apprise

    channel = channel_name(address)
    digest = hashlib.sha256(email.short_text.encode()).hexdigest()
    entry = outbox.enter(email.edition_id, channel, message_id=channel, content_sha256=digest)
    if entry.is_settled:
        return entry
    service = apprise.Apprise()
    if not service.add(address):
        raise NeedsAHuman(
            f"channel address {_kind(address)}://… is not understood; "
            "write it as the notification library documents, such as wecombot://KEY"
        )
    with outbox.claim(entry) as claimed:
        if claimed is None:
            return outbox.of_another(entry)
        tried = outbox.begin(claimed)
        is_taken = bool(
            service.notify(title=email.subject, body=email.short_text, body_format="text")
        )
        if is_taken:
            return outbox.settle(tried, "accepted")
        return outbox.settle(tried, "waiting", answer="the channel did not take it")

"""Sends e-mails through the outbox: claim, hand over, retry what may pass later, note the answer."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from roi_pipeline.delivery.composing import compose, message_id
from roi_pipeline.delivery.outbox import Entry, Outbox, State
from roi_pipeline.delivery.smtp import Refused, SmtpSettings, Verdict, hand_over
from roi_pipeline.domain.emails import Email

# How often a message may be handed over whole without an answer, before a person has to look.
MOST_UNANSWERED = 2
AFTER_REFUSAL: dict[Verdict, State] = {
    "later": "claimed", "sender": "waiting", "never": "undeliverable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to keep trying an e-mail: exponential back-off in seconds, then until the next run."""

    attempts: int = 5
    first_wait: float = 5.0
    longest_wait: float = 300.0


@dataclass(frozen=True, slots=True)
class _Post:
    """What every e-mail of one call of `send_emails` shares."""

    outbox: Outbox
    settings: SmtpSettings
    patience: Patience


def send_emails(
    emails: Sequence[Email],
    *,
    outbox: Outbox,
    settings: SmtpSettings,
    patience: Patience = Patience(),
) -> tuple[Entry, ...]:
    """Send every e-mail that was not accepted yet; returns the result of each.

    A temporary refusal leaves the e-mail `waiting` for the next run once patience is at its end, a
    refusal of the sender (login, certificate) does so at once; a permanent refusal of the e-mail
    makes it `undeliverable`. One that another process is sending is left to it, as `claimed`. One
    reader's refusal never keeps an e-mail from another.
    """
    post = _Post(outbox, settings, patience)
    return tuple(_send(email, post) for email in emails)


def _send(email: Email, post: _Post) -> Entry:
    message = compose(email, sender=post.settings.sender)
    entry = post.outbox.enter(
        email.edition_id,
        email.address,
        message_id=message_id(email),
        content_sha256=hashlib.sha256(message.as_bytes()).hexdigest(),
    )
    if entry.is_settled:
        return entry
    with post.outbox.claim(entry) as claimed:
        if claimed is not None:
            return _try_until_settled(claimed, message, post)
    return post.outbox.of_another(entry)


def _try_until_settled(entry: Entry, message: EmailMessage, post: _Post) -> Entry:
    """Try a claimed e-mail until the server decides or patience ends."""
    from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_exponential

    trials = Retrying(
        retry=retry_if_result(lambda found: found.state == "claimed"),
        stop=stop_after_attempt(post.patience.attempts),
        wait=wait_exponential(multiplier=post.patience.first_wait, max=post.patience.longest_wait),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    found: Entry = trials(lambda: _try(entry, message, post))
    if found.state != "claimed":
        return found
    return post.outbox.lose(found, "waiting", answer=found.answer)


def _try(entry: Entry, message: EmailMessage, post: _Post) -> Entry:
    """One conversation; an e-mail that may pass later stays `claimed`."""
    outbox = post.outbox
    known = outbox.entry(entry.edition_id, entry.address)
    if known.unanswered >= MOST_UNANSWERED:
        return outbox.lose(known, "undeliverable", answer=_unanswered(known))
    known = outbox.begin(known)
    try:
        answer = hand_over(message, post.settings, before_end=lambda: outbox.hand_over(known))
    except Refused as refusal:
        note = outbox.settle if refusal.is_answer else outbox.lose
        return note(known, AFTER_REFUSAL[refusal.verdict], answer=refusal.answer)
    return outbox.settle(known, "accepted", answer=answer)


def _unanswered(entry: Entry) -> str:
    return (
        f"handed over {entry.unanswered} times and the server never answered; ask its "
        f"administrator whether {entry.message_id} arrived ({entry.answer})"
    )


def write_emails(emails: Sequence[Email], folder: Path, *, sender: str) -> tuple[Path, ...]:
    """Dry run: write each e-mail as an .eml file a mail program can open."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = list[Path]()
    for email in emails:
        path = folder / f"{message_id(email)[1:17]}.eml"
        path.write_bytes(compose(email, sender=sender).as_bytes())
        paths.append(path)
    return tuple(paths)

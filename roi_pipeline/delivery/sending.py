"""Sends letters through the outbox: retry what may pass later, bury what never will."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from roi_pipeline.delivery.composing import compose, message_id
from roi_pipeline.delivery.outbox import Entry, Outbox
from roi_pipeline.delivery.smtp import Refused, SmtpSettings, hand_over
from roi_pipeline.domain.letters import Letter

HandOver = Callable[[EmailMessage, SmtpSettings], str]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to keep trying a letter: exponential back-off in seconds, then until the next run."""

    attempts: int = 5
    first_wait: float = 5.0
    longest_wait: float = 300.0


def send_letters(
    letters: Sequence[Letter],
    *,
    outbox: Outbox,
    settings: SmtpSettings,
    patience: Patience = Patience(),
    hand_over: HandOver = hand_over,
) -> tuple[Entry, ...]:
    """Send every letter that was not accepted yet; returns what became of each.

    A temporary refusal leaves the letter `waiting` for the next run once patience is at its end; a
    permanent one makes it `dead`. One reader's refusal never keeps a letter from another.
    """
    return tuple(_send(letter, outbox, settings, patience, hand_over) for letter in letters)


def _send(
    letter: Letter, outbox: Outbox, settings: SmtpSettings, patience: Patience, hand_over: HandOver
) -> Entry:
    message = compose(letter, sender=settings.sender)
    entry = outbox.enter(
        letter.edition_id,
        letter.address,
        message_id=message_id(letter),
        content_sha256=hashlib.sha256(message.as_bytes()).hexdigest(),
    )
    if entry.state in {"accepted", "dead"}:
        return entry
    try:
        return _try_until_accepted(entry, message, outbox, settings, patience, hand_over)
    except Refused as refusal:
        state = "waiting" if refusal.is_temporary else "dead"
        return outbox.move(entry, state, answer=refusal.answer)


def _try_until_accepted(  # noqa: PLR0917  (the parts of one conversation)
    entry: Entry,
    message: EmailMessage,
    outbox: Outbox,
    settings: SmtpSettings,
    patience: Patience,
    hand_over: HandOver,
) -> Entry:
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

    def is_temporary(error: BaseException) -> bool:
        return isinstance(error, Refused) and error.is_temporary

    trials = Retrying(
        retry=retry_if_exception(is_temporary),
        stop=stop_after_attempt(patience.attempts),
        wait=wait_exponential(multiplier=patience.first_wait, max=patience.longest_wait),
        reraise=True,
    )
    for trial in trials:
        with trial:
            outbox.move(entry, "sending")
            answer = hand_over(message, settings)
            return outbox.move(entry, "accepted", answer=answer)
    raise AssertionError("tenacity either returns or raises")


def write_letters(letters: Sequence[Letter], folder: Path, *, sender: str) -> tuple[Path, ...]:
    """Dry run: write each letter as an .eml file a mail program can open."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = list[Path]()
    for letter in letters:
        path = folder / f"{message_id(letter)[1:17]}.eml"
        path.write_bytes(compose(letter, sender=sender).as_bytes())
        paths.append(path)
    return tuple(paths)

"""Mails editions: each final or restated edition once to each reader, drafts never.

E-mails are worded from the values stored with the edition, so that sending later, or again after a
crash, sends the same e-mail.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from roi_pipeline.archive import Archive
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.study import Reader, Study
from roi_pipeline.usecases.edition import restored_edition
from roi_pipeline.usecases.histories import read_kept
from roi_pipeline.usecases.private import keep_private
from roi_pipeline.usecases.studies import paths_of

if TYPE_CHECKING:
    from roi_pipeline.delivery.outbox import Entry, Outbox

CONFIGURED = "ROI_SMTP_HOST"
AT = "@"


@dataclass(frozen=True, slots=True)
class Sent:
    """Result of one e-mail."""

    edition_id: str
    address: str
    state: str
    answer: str


def send_due(
    study: Study, archive: Archive, closed: str | None, *, environment: Mapping[str, str]
) -> tuple[Sent, ...]:
    """Send the edition just closed and what still waits; nothing without SMTP and channels."""
    from roi_pipeline.delivery.channels import channels_from_environment

    if not environment.get(CONFIGURED) and not channels_from_environment(environment):
        return ()
    unsettled = {entry.edition_id for entry in outbox_of(study).entries() if not entry.is_settled}
    due = [
        name
        for name in archive.names()
        if name == closed or archive.manifest(name).edition_id in unsettled
    ]
    return tuple(
        sent for name in due for sent in send_edition(study, archive, name, environment=environment)
    )


def send_edition(
    study: Study, archive: Archive, name: str, *, environment: Mapping[str, str]
) -> tuple[Sent, ...]:
    """Send one edition to every reader and channel that has not got it.

    Raises:
        NeedsAHuman: the mail settings are incomplete, or nothing is configured to send by.
    """
    from roi_pipeline.delivery.channels import channels_from_environment

    channels = channels_from_environment(environment)
    posted = _tell_channels(study, archive, name, channels) if channels else ()
    if channels and not environment.get(CONFIGURED):
        return posted
    return (*_mail(study, archive, name, environment=environment), *posted)


def _tell_channels(
    study: Study, archive: Archive, name: str, channels: tuple[str, ...]
) -> tuple[Sent, ...]:
    """The short form about all modules, in the study's first language, once to each channel."""
    from roi_pipeline.delivery.channels import notify
    from roi_pipeline.reporting import render_email

    email = render_email(kept_inputs(archive, name), Reader("", study.languages[0]))
    entries = notify(email, channels, outbox=outbox_of(study))
    return tuple(Sent(e.edition_id, e.address, e.state, e.answer) for e in entries)


def _mail(
    study: Study, archive: Archive, name: str, *, environment: Mapping[str, str]
) -> tuple[Sent, ...]:
    from roi_pipeline.delivery.sending import send_emails
    from roi_pipeline.delivery.smtp import settings_from_environment

    settings, outbox = settings_from_environment(environment), outbox_of(study)
    edition_id = archive.manifest(name).edition_id
    settled = _settled(outbox, edition_id)
    emails = emails_of(study, archive, name, but=frozenset(settled))
    entries = send_emails(emails, outbox=outbox, settings=settings)
    return tuple(
        Sent(entry.edition_id, entry.address, entry.state, entry.answer)
        for entry in (*settled.values(), *entries)
    )


def emails_of_edition(study: Study, archive: Archive, name: str) -> tuple[Sent, ...]:
    """Results of the e-mails of an edition that were tried so far."""
    edition_id = archive.manifest(name).edition_id
    return tuple(
        Sent(entry.edition_id, entry.address, entry.state, entry.answer)
        for entry in outbox_of(study).entries()
        if entry.edition_id == edition_id
    )


def sending_status(study: Study, archive: Archive, name: str) -> tuple[Sent, ...]:
    """Where an edition stands with every reader and channel.

    `waiting` (or never tried), `claimed` (a sender has it now, or was interrupted), `accepted` by
    the mail server, or `undeliverable`, which no later run tries again.
    """
    edition_id = archive.manifest(name).edition_id
    untried = {
        reader.address: Sent(edition_id, reader.address, "waiting", "") for reader in study.readers
    }
    tried = {sent.address: sent for sent in emails_of_edition(study, archive, name)}
    return tuple((untried | tried).values())


def write_edition_emails(
    study: Study, archive: Archive, name: str, *, environment: Mapping[str, str]
) -> tuple[Path, ...]:
    """Dry run: write the e-mail to every reader as an .eml file below `out/emails`."""
    from roi_pipeline.delivery.sending import write_emails

    sender = environment.get("ROI_SMTP_FROM") or "roi@example.invalid"
    folder = paths_of(study).emails / name
    return write_emails(emails_of(study, archive, name), folder, sender=sender)


def emails_of(
    study: Study, archive: Archive, name: str, *, but: frozenset[str] = frozenset()
) -> tuple[Email, ...]:
    """The e-mails that carry an edition to the study's readers, in the study's order.

    Args:
        study: the study today; it says who reads.
        archive: holds the edition.
        name: of a final or restated edition; others are in no archive.
        but: addresses that need none.
    """
    from roi_pipeline.reporting import reader_attachments, render_email

    readers = [reader for reader in study.readers if reader.address not in but]
    if not readers:
        return ()
    inputs, files = kept_inputs(archive, name), archive.manifest(name).reports
    return tuple(
        render_email(
            inputs,
            reader,
            attachments=reader_attachments(archive.path(name) / "reports", files, reader),
        )
        for reader in readers
    )


def kept_inputs(archive: Archive, name: str) -> EditionInputs:
    """An edition as the reporting room wants it, from the archive alone."""
    from roi_pipeline.settings import read_study

    manifest = archive.manifest(name)
    with TemporaryDirectory(prefix="roi-emails-") as scratch:
        for path, sha256 in manifest.inputs.config.items():
            archive.store.restore(sha256, Path(scratch) / path, name=path)
        study = read_study(Path(scratch), environment=dict(os.environ))
    cycle = study.cycle(manifest.cycle_key, as_of=manifest.as_of)
    return restored_edition(read_kept(archive, name), study, cycle)


def outbox_of(study: Study) -> "Outbox":
    """The study's record of e-mails."""
    from roi_pipeline.delivery.outbox import Outbox

    keep_private(paths_of(study), os.environ)
    return Outbox(paths_of(study).outbox)


def _settled(outbox: "Outbox", edition_id: str) -> "dict[str, Entry]":
    """Address → entry of the e-mails of an edition that were accepted or refused for good."""
    return {
        entry.address: entry
        for entry in outbox.entries()
        if entry.edition_id == edition_id
        and entry.is_settled
        and AT in entry.address  # channels have names without it
    }


def refuse_drafts(name: str) -> None:
    """Say why a draft is not mailed.

    Raises:
        NeedsAHuman: always, when `name` names a draft.
    """
    if "draft" in name:
        raise NeedsAHuman(
            f"{name} is a draft and drafts are not mailed; close the cycle first, then send the "
            "final edition"
        )

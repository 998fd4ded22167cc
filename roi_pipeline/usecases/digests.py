"""Mails the draft once a week as five lines to the readers of `study.toml` who asked for it.

The first night of a week that is not made up late makes the digest; it goes through the same outbox as
editions and alerts, so each reader gets each week's once, whatever was killed in between.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from roi_pipeline.domain.digests import KeptDigest, standing_of
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.store.values import from_json, to_json
from roi_pipeline.usecases.alerts import send_waiting
from roi_pipeline.usecases.catch_up import closes_due
from roi_pipeline.usecases.edition import edition_inputs
from roi_pipeline.usecases.nights import alert_log
from roi_pipeline.usecases.send import Sent
from roi_pipeline.usecases.studies import paths_of, warehouse_at

if TYPE_CHECKING:
    from roi_pipeline.domain.editions import EditionInputs

DIGESTS = "/digests/"  # in the ids of digests, which are no editions


def send_digests(study: Study, cycle: Cycle, *, environment: Mapping[str, str]) -> tuple[Sent, ...]:
    """Send this week's digest of the cycle's draft to every reader who asked and has not got it."""
    from roi_pipeline.reporting.digest_mail import digest_id

    if not any(reader.digest for reader in study.readers):
        return ()
    log, name = alert_log(study), digest_id(study.id, cycle.as_of)
    if not log.has_digest(name):
        edition = _draft(study, cycle)
        kept = KeptDigest(
            cycle.as_of, cycle.key, tuple(standing_of(each.value) for each in edition.modules)
        )
        emails = _emails(study, edition, _before(study, cycle))
        log.add_digest(name, as_of=cycle.as_of, payload=to_json(kept), emails=emails)
    return send_waiting(study, environment=environment, part=DIGESTS)


def _draft(study: Study, cycle: Cycle) -> "EditionInputs":
    with warehouse_at(paths_of(study)).open() as connection:
        return edition_inputs(connection, study, cycle, "draft")


def _before(study: Study, cycle: Cycle) -> KeptDigest | None:
    """The last digest of an earlier day, where it was about this cycle."""
    kept = next(iter(alert_log(study).digests(before=cycle.as_of)), None)
    found = None if kept is None else from_json(kept, KeptDigest)
    return found if found is not None and found.cycle_key == cycle.key else None


def _emails(study: Study, edition: "EditionInputs", before: KeptDigest | None) -> tuple[Email, ...]:
    from roi_pipeline.reporting.digest_mail import digest_email

    as_of = edition.cycle.as_of
    late = [
        Message("alert_edition_due", {"cycle": due.cycle_key, "day": due.as_of})
        for due in closes_due(study, as_of=as_of)
        if due.as_of < as_of
    ]
    return tuple(
        digest_email(edition, reader, before=before, late=late)
        for reader in study.readers
        if reader.digest == "weekly"
    )

"""Finds what is wrong on a night, and notifies whoever runs the service: each once, and when it is over.

A condition stays one alert for as long as it holds. A night on which none begins or ends sends nothing.
"""

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from roi_pipeline.delivery.alert_log import Differences, LoggedAlert
from roi_pipeline.domain.alerts import Alert, NightChanges, OpenAlert
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.feeds import Feed
from roi_pipeline.domain.loads import FileLoad
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.store.values import from_json, read_effects, read_value, to_json
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.usecases.catch_up import closes_due
from roi_pipeline.usecases.drift import drift_message, look_at_categories
from roi_pipeline.usecases.effects import sample_ratio_findings
from roi_pipeline.usecases.freshness import feed_message
from roi_pipeline.usecases.keep import files_kept_out
from roi_pipeline.usecases.nights import alert_log
from roi_pipeline.usecases.rebuild import StepOutcome
from roi_pipeline.usecases.refusals import read_refusals
from roi_pipeline.usecases.send import AT, CONFIGURED, Sent, outbox_of
from roi_pipeline.usecases.studies import paths_of, warehouse_at

GUARDRAIL, SAMPLE_RATIO_IS_OFF = "guardrail_got_worse", "sample_ratio_is_off"
FAILED, REFUSED, MISSED = "run_failed", "delivery_refused", "night_missed"
# What is so now, from whatever day a run is seen.
OF_NOW = {FAILED, REFUSED, "mail_undeliverable", "disk_nearly_full"}
SAMPLES = 3
OWN = "/alerts/"  # in the ids of messages about alerts, which are no editions
MONDAY = 0
GIGABYTE = 1e9


@dataclass(frozen=True, slots=True)
class Notified:
    """What a night changed, and what the servers made of the messages about it."""

    changes: NightChanges
    sent: tuple[Sent, ...]


def find_alerts(
    study: Study,
    cycle: Cycle,
    *,
    failed: Sequence[StepOutcome],
    feeds: Sequence[Feed],
    last_night: date | None,
    is_made_up: bool = False,
    is_final: bool = False,
) -> tuple[Alert, ...]:
    """Everything that is wrong on a night.

    Args:
        study: whose night it is.
        cycle: the cycle of the run, seen from its day.
        failed: steps that failed; what was rejected by its contract is found by itself.
        feeds: the sources as they stand.
        last_night: day of the run before; None when there was none.
        is_made_up: this night is run later than it was due.
        is_final: the run closes a cycle; it is no night, and says nothing of those that were missed.
    """
    warehouse = warehouse_at(paths_of(study))
    loads = {load.table: load for load in files_kept_out(study, warehouse)}
    with warehouse.open() as connection:
        refused = tuple(_refused(connection, study, loads))
        harmed = tuple(_harmed(connection, study, cycle))
        off = tuple(_sample_ratios(connection, study, cycle))
        drifted = tuple(_drifted(connection, study, cycle.as_of))
    rejected = {f"exports/{alert.subject}" for alert in refused}
    due = tuple(_due(study, cycle.as_of))
    found = [
        *_failed_and_due(study, cycle, {alert.subject for alert in due}),
        *_failed(failed, cycle, but=rejected),
        *_nights(study, cycle.as_of, last_night, is_made_up=is_made_up, is_final=is_final),
        *refused,
        *_stale(feeds),
        *harmed,
        *off,
        *drifted,
        *_notices(study, cycle),
        *due,
        *_undeliverable(study),
        *_disk(study),
    ]
    return tuple({alert.key: alert for alert in found}.values())


def _failed(failed: Iterable[StepOutcome], cycle: Cycle, *, but: set[str]) -> Iterator[Alert]:
    for step in failed:
        if step.status == "failed" and step.asset not in but:
            reason = step.reason.strip().splitlines()[0] if step.reason.strip() else "—"
            values = {"asset": step.asset, "cycle": cycle.key, "reason": reason}
            yield Alert(FAILED, step.asset, "error", Message("alert_run_failed", values))


def _failed_and_due(study: Study, cycle: Cycle, due: Collection[str]) -> Iterator[Alert]:
    """What failed while another cycle was closed, for as long as that cycle is due."""
    for each in open_alerts(study):
        its_cycle = each.alert.message.values.get("cycle")
        if each.alert.kind == FAILED and its_cycle != cycle.key and its_cycle in due:
            yield each.alert


def beside_what_holds(study: Study, found: Sequence[Alert]) -> tuple[Alert, ...]:
    """The alerts of a run that is seen from before the last night, such as a backfill.

    What holds was found on a later day than this run knows of, so nothing of it is over.
    """
    held = {each.alert.key: each.alert for each in open_alerts(study)}
    own = {alert.key: alert for alert in found if alert.kind in OF_NOW}
    return tuple({**held, **own}.values())


def _nights(
    study: Study, as_of: date, last_night: date | None, *, is_made_up: bool, is_final: bool
) -> Iterator[Alert]:
    """Nights that did not run, as far as a run can tell."""
    if is_final:
        yield from (each.alert for each in open_alerts(study) if each.alert.kind == MISSED)
    elif is_made_up:
        yield from _made_up(as_of)
    else:
        yield from _missed(last_night, as_of)


def _missed(last_night: date | None, as_of: date) -> Iterator[Alert]:
    """Nights between the last one and this one; a night that is made up was missed itself."""
    first = None if last_night is None else last_night + timedelta(days=1)
    last = as_of - timedelta(days=1)
    if first is not None and first <= last:
        values = {"from": first, "until": last}
        yield Alert(MISSED, "night", "warning", Message("alert_night_missed", values))


def _made_up(as_of: date) -> Iterator[Alert]:
    yield from _missed(as_of - timedelta(days=1), as_of + timedelta(days=1))


def _refused(
    connection: Connection, study: Study, loads: Mapping[str, FileLoad]
) -> Iterator[Alert]:
    """One alert a source of which a file was kept out, with the rule that most rows broke."""
    for contract in study.contracts:
        load = loads.get(contract.table)
        if load is None:
            continue
        reason = next(iter(read_refusals(connection, contract)), None)
        values = {
            "source": contract.table,
            "file": reason.path if reason else load.path,
            "rule": reason.rule if reason else load.error or "—",
            "rows": reason.rows if reason else load.rows_read,
            "samples": ", ".join(reason.samples[:SAMPLES]) if reason and reason.samples else "—",
        }
        yield Alert(REFUSED, contract.table, "error", Message("alert_delivery_refused", values))


def _stale(feeds: Iterable[Feed]) -> Iterator[Alert]:
    for feed in feeds:
        if feed.state in {"missing", "gaps"}:
            severity = "error" if feed.is_stale else "warning"
            yield Alert("feed_stale", feed.source, severity, feed_message(feed))


def _harmed(connection: Connection, study: Study, cycle: Cycle) -> Iterator[Alert]:
    for module in study.modules:
        value = read_value(connection, cycle.key, module.id)
        for reason in value.decision.reasons if value else ():
            if reason.code == GUARDRAIL:
                values = {**reason.values, "module": module.id, "cycle": cycle.key}
                subject = f"{module.id}.{reason.values['metric']}"
                yield Alert(
                    "guardrail_harmed", subject, "warning",
                    Message("alert_guardrail_harmed", values),
                )  # fmt: skip


def _sample_ratios(connection: Connection, study: Study, cycle: Cycle) -> Iterator[Alert]:
    """One alert a module whose groups do not have the sizes they were planned to have."""
    for module in study.modules:
        effects = read_effects(connection, cycle.key, module.id)
        for finding in sample_ratio_findings(effects) if effects else ():
            if finding.message.code == SAMPLE_RATIO_IS_OFF and not finding.passed:
                values = {**finding.message.values, "module": module.id, "cycle": cycle.key}
                message = Message("alert_sample_ratio_off", values)
                yield Alert("sample_ratio_off", module.id, "error", message)
                break


def _drifted(connection: Connection, study: Study, as_of: date) -> Iterator[Alert]:
    for seen in look_at_categories(connection, study, as_of=as_of):
        if seen.drift is not None and seen.drift.has_drifted:
            subject = f"{seen.watch.source}.{seen.watch.column}"
            message = drift_message(seen.watch, seen.period, seen.drift)
            yield Alert("categories_drifted", subject, "warning", message)


def _notices(study: Study, cycle: Cycle) -> Iterator[Alert]:
    from roi_pipeline.finance.notice import next_edition_day, notice_on

    for module in study.modules:
        contract = module.vendor_contract
        if contract is None or contract.start > cycle.as_of:
            continue
        notice = notice_on(contract, cycle.as_of, next_edition=next_edition_day(cycle))
        days = (notice.day - cycle.as_of).days
        if notice.state != "ended" and 0 <= days <= study.operations.alerts.notice_days:
            values = {"module": module.id, "day": notice.day, "end": notice.end}
            yield Alert("notice_near", module.id, "warning", Message("alert_notice_near", values))


def _due(study: Study, as_of: date) -> Iterator[Alert]:
    """Cycles that the service should have closed before today."""
    for due in closes_due(study, as_of=as_of):
        if due.as_of < as_of:
            values = {"cycle": due.cycle_key, "day": due.as_of}
            yield Alert("edition_due", due.cycle_key, "error", Message("alert_edition_due", values))


def _undeliverable(study: Study) -> Iterator[Alert]:
    for entry in outbox_of(study).entries():
        if entry.state == "undeliverable" and OWN not in entry.edition_id:
            values = {
                "edition": entry.edition_id, "address": entry.address, "answer": entry.answer,
            }  # fmt: skip
            subject = f"{entry.edition_id} {entry.address}"
            yield Alert(
                "mail_undeliverable", subject, "error", Message("alert_mail_undeliverable", values)
            )


def _disk(study: Study) -> Iterator[Alert]:
    usage = shutil.disk_usage(paths_of(study).out)
    share, least = usage.free / usage.total, study.operations.alerts.least_free_share
    if share < least:
        values = {"free": round(usage.free / GIGABYTE, 1), "share": share, "least": least}
        yield Alert("disk_nearly_full", "disk", "error", Message("alert_disk_nearly_full", values))


def notify(
    study: Study, alerts: Sequence[Alert], *, as_of: date, environment: Mapping[str, str]
) -> Notified:
    """Note which alerts hold, and send one message about what began and what is over."""
    log, settings = alert_log(study), study.operations.alerts

    def emails(found: Differences) -> Sequence[Email]:
        changes = _changes(by_key, found, as_of)
        if settings.least_severity == "error":
            changes = _errors_only(changes)
        if changes.new or changes.resolved:
            return _emails(study, changes)
        if settings.sign_of_life and as_of.weekday() == MONDAY:
            quiet = NightChanges(
                as_of, changes.number, still_open=changes.still_open, is_sign_of_life=True
            )
            return _emails(study, quiet)
        return ()

    by_key = {alert.key: alert for alert in alerts}
    holding = {key: to_json(alert) for key, alert in by_key.items()}
    found = log.update(holding, as_of=as_of, emails=emails)
    return Notified(_changes(by_key, found, as_of), send_waiting(study, environment=environment))


def send_test(study: Study, *, as_of: date, environment: Mapping[str, str]) -> tuple[Sent, ...]:
    """Send a message that says nothing has to be done to everybody who is notified."""
    alert_log(study).add(lambda number: _emails(study, NightChanges(as_of, number, is_test=True)))
    return send_waiting(study, environment=environment)


def send_waiting(
    study: Study, *, environment: Mapping[str, str], part: str = OWN
) -> tuple[Sent, ...]:
    """Send what waits to its addresses and channels; what cannot go yet waits for the next run.

    Args:
        study: whose messages.
        environment: where mail and chat settings stand.
        part: of the ids of the messages meant: those about alerts, or others.
    """
    from roi_pipeline.delivery.channels import notify as post
    from roi_pipeline.delivery.sending import Patience, send_emails
    from roi_pipeline.delivery.smtp import settings_from_environment

    log, outbox, sent = alert_log(study), outbox_of(study), list[Sent]()
    for email in (each for each in log.waiting() if part in each.edition_id):
        if AT in email.address:
            if not environment.get(CONFIGURED):
                continue
            patience = Patience(attempts=3, first_wait=1.0, longest_wait=10.0)
            settings = settings_from_environment(environment)
            entries = send_emails([email], outbox=outbox, settings=settings, patience=patience)
        else:
            channel = environment.get(email.address, "")
            entries = post(email, [channel] if channel else [], outbox=outbox)
        sent += [Sent(each.edition_id, each.address, each.state, each.answer) for each in entries]
        if entries and all(each.is_settled for each in entries):
            log.settle(email)
    return tuple(sent)


def open_alerts(study: Study) -> tuple[OpenAlert, ...]:
    """Alerts that held on the last night, the oldest first."""
    return tuple(_read(each) for each in alert_log(study).open_alerts())


def _changes(alerts: Mapping[str, Alert], found: Differences, as_of: date) -> NightChanges:
    return NightChanges(
        as_of,
        found.number,
        new=tuple(alerts[key] for key in found.new),
        resolved=tuple(_read(each) for each in found.resolved),
        still_open=tuple(OpenAlert(alerts[each.key], each.since) for each in found.still_open),
    )


def _errors_only(changes: NightChanges) -> NightChanges:
    return NightChanges(
        changes.as_of,
        changes.number,
        new=tuple(each for each in changes.new if each.severity == "error"),
        resolved=tuple(each for each in changes.resolved if each.alert.severity == "error"),
        still_open=tuple(each for each in changes.still_open if each.alert.severity == "error"),
    )


def _read(logged: LoggedAlert) -> OpenAlert:
    return OpenAlert(from_json(logged.payload, Alert), logged.since)


def _emails(study: Study, changes: NightChanges) -> tuple[Email, ...]:
    """One message to every address and channel of the settings."""
    from roi_pipeline.reporting.alert_mail import alert_email

    settings = study.operations.alerts
    language = settings.language or study.languages[0]
    page = str(paths_of(study).status_page)
    return tuple(
        alert_email(study, changes, address, language=language, page=page)
        for address in (*settings.to, *settings.channels)
    )

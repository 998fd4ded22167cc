"""The end of every night: what went wrong, who is notified, what is kept of it, the status page."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roi_pipeline.domain.feeds import Feed
from roi_pipeline.domain.nights import MailStatus, Night, ServiceStatus, SourceStatus
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.loading import read_file_loads
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.store.values import read_value, to_json
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.alerts import (
    OWN,
    REFUSED,
    Notified,
    beside_what_holds,
    find_alerts,
    notify,
    open_alerts,
)
from roi_pipeline.usecases.close import matures_on
from roi_pipeline.usecases.cycles import cycle_keys
from roi_pipeline.usecases.digests import DIGESTS, send_digests
from roi_pipeline.usecases.freshness import look_at_feeds
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.nights import alert_log, nights_of
from roi_pipeline.usecases.rebuild import StepOutcome
from roi_pipeline.usecases.selftest import refresh_selftest
from roi_pipeline.usecases.send import Sent, outbox_of
from roi_pipeline.usecases.studies import paths_of, warehouse_at


@dataclass(frozen=True, slots=True)
class Watched:
    """Result of looking after one night.

    Attributes:
        digests: results of the weekly digests of the draft, on the night that makes them.
    """

    night: Night
    notified: Notified
    page: Path
    digests: tuple[Sent, ...] = ()


def watch_night(
    study: Study,
    cycle: Cycle,
    *,
    edition: str,
    failed: Sequence[StepOutcome],
    environment: Mapping[str, str],
    is_made_up: bool = False,
) -> Watched:
    """Find and send what is wrong, keep what the night was like, write the status page, send digests.

    Args:
        study: whose night it is.
        cycle: the cycle of the run, seen from its day.
        edition: `draft` or `final`.
        failed: steps of the run that failed.
        environment: where mail and chat settings stand.
        is_made_up: the night is run later than it was due.
    """
    warehouse = warehouse_at(paths_of(study))
    feeds = look_at_feeds(study, warehouse, as_of=cycle.as_of)
    alerts = find_alerts(
        study,
        cycle,
        failed=failed,
        feeds=feeds,
        last_night=alert_log(study).last_night(before=cycle.as_of),
        is_made_up=is_made_up,
        is_final=edition == "final",
    )
    newest = _newest(study, cycle)
    is_behind = newest is not cycle
    notified = notify(
        study,
        beside_what_holds(study, alerts) if is_behind else alerts,
        as_of=newest.as_of,
        environment=environment,
    )
    if not is_behind and edition == "draft":
        refresh_selftest(study, warehouse, as_of=cycle.as_of)
    sources = _sources(warehouse, study, feeds, as_of=cycle.as_of)
    night = _night(
        study,
        cycle,
        edition=edition,
        failed=failed,
        feeds=feeds,
        kept_out=tuple(alert.subject for alert in alerts if alert.kind == REFUSED),
        sources=sources,
    )
    if not is_behind or edition == "final":  # a backfilled draft is no night of the service
        alert_log(study).keep_night(night.as_of, night.cycle_key, to_json(night))
    if is_behind:
        feeds = look_at_feeds(study, warehouse, as_of=newest.as_of)
        sources = _sources(warehouse, study, feeds, as_of=newest.as_of)
    page = _write(study, _status(study, warehouse, newest, sources))
    if edition != "draft" or is_behind or is_made_up:
        return Watched(night, notified, page)
    return Watched(night, notified, page, send_digests(study, cycle, environment=environment))


def _newest(study: Study, cycle: Cycle) -> Cycle:
    """The cycle of the last night, seen from its day, where that is later than this run's; else this run's."""
    last = next(iter(nights_of(study)), None)
    if last is None or last.as_of <= cycle.as_of:
        return cycle
    return study.cycle(last.cycle_key, as_of=last.as_of)


def _write(study: Study, status: ServiceStatus) -> Path:
    from roi_pipeline.reporting.status_page import write_status_page

    return write_status_page(paths_of(study).status_page, study=study, status=status)


def _night(
    study: Study,
    cycle: Cycle,
    *,
    edition: str,
    failed: Sequence[StepOutcome],
    feeds: Sequence[Feed],
    kept_out: tuple[str, ...],
    sources: Sequence[SourceStatus],
) -> Night:
    paths = paths_of(study)
    return Night(
        as_of=cycle.as_of,
        cycle_key=cycle.key,
        edition=edition,
        failed=tuple(sorted(step.asset for step in failed if step.status == "failed")),
        stale=tuple(feed.source for feed in feeds if feed.is_stale),
        rows_loaded=sum(each.rows_loaded for each in sources),
        rows_quarantined=sum(each.rows_quarantined for each in sources),
        bytes_kept=_size(paths.out),
        bytes_of_runs=_size(paths.dagster_home),
        bytes_free=shutil.disk_usage(paths.out).free,
        kept_out=kept_out,
    )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _sources(
    warehouse: Warehouse, study: Study, feeds: Sequence[Feed], *, as_of: date
) -> tuple[SourceStatus, ...]:
    with warehouse.open() as connection:
        read_file_loads(connection)  # makes the load log where no run has yet
        last = {row[0]: row for row in read_rows(connection, "store.last_files")}
        loaded = {row[0]: row for row in read_rows(connection, "store.rows_of_night", as_of=as_of)}
    by_source = {feed.source: feed for feed in feeds}
    found = list[SourceStatus]()
    for contract in study.contracts:
        _, path, status, day = last.get(contract.table, (None, "", "", None))
        _, rows, quarantined = loaded.get(contract.table, (None, 0, 0))
        feed = by_source.get(contract.table)
        found.append(SourceStatus(contract.table, path, status, day, rows, quarantined, feed))
    return tuple(found)


def _status(
    study: Study, warehouse: Warehouse, cycle: Cycle, sources: tuple[SourceStatus, ...]
) -> ServiceStatus:
    with warehouse.open() as connection:
        values = [read_value(connection, cycle.key, module.id) for module in study.modules]
    archive = archive_of(paths_of(study))
    return ServiceStatus(
        nights=nights_of(study),
        alerts=open_alerts(study),
        sources=sources,
        modules=tuple(value for value in values if value is not None),
        next_due=_next_due(study, cycle.as_of, set(archive.cycles())),
        mails=_mails(study),
        editions=len(archive.names()),
    )


def _next_due(study: Study, as_of: date, closed: set[str]) -> tuple[str, date] | None:
    """The first cycle from this day on that has no edition, and the day it matures."""
    for key in cycle_keys(study):
        day = matures_on(study, study.cycle(key, as_of=as_of))
        if key not in closed and day >= as_of:
            return key, day
    return None


def _mails(study: Study) -> tuple[MailStatus, ...]:
    entries = [entry for entry in outbox_of(study).entries() if OWN not in entry.edition_id]
    found = list[MailStatus]()
    names = sorted({entry.edition_id for entry in entries}, reverse=True)
    digests = [name for name in names if DIGESTS in name]
    for edition in (name for name in names if name not in digests[1:]):
        own = [entry for entry in entries if entry.edition_id == edition]
        found.append(
            MailStatus(
                edition,
                accepted=sum(entry.state == "accepted" for entry in own),
                waiting=sum(not entry.is_settled for entry in own),
                undeliverable=tuple(e.address for e in own if e.state == "undeliverable"),
            )
        )
    return tuple(found)

"""One delivery through the gate: find and prepare, stage, validate, accept."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.deliveries import Delivery, HashPeople, Staging
from roi_pipeline.domain.feeds import Feed
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import FileLoad, Validation
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.loading import (
    accept_incoming,
    known_fingerprints,
    loads_of_earlier_readings,
    may_repeat,
    read_file_loads,
    read_quarantine,
    stage_export,
)
from roi_pipeline.engines.store.rule_runs import (
    read_rule_runs,
    read_volume_history,
    refusals_by_reason,
    write_rule_results,
)
from roi_pipeline.engines.store.values import read_validations, write_validation
from roi_pipeline.engines.warehouse import Connection, Warehouse, shut_outside, table_names
from roi_pipeline.quality import RULE_RESULT_COLUMNS, rule_result_rows, warm_up
from roi_pipeline.usecases.drift import JudgedCategories, look_at_export
from roi_pipeline.usecases.freshness import read_feed
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.scratch import scratch_folder
from roi_pipeline.usecases.studies import paths_of
from roi_pipeline.usecases.unchanged import forget_delivery, note_delivery

READABLE = "every_file_can_be_read"
FILES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Loaded:
    """Result of one delivery, and of what its columns are watched for.

    Attributes:
        feed: None when nothing says when the source is expected.
        categories: columns whose mix of categories is watched.
    """

    files: tuple[FileLoad, ...]
    findings: tuple[Finding, ...]
    validation: Validation
    refused: tuple[tuple[str, str, int], ...]
    feed: Feed | None
    categories: tuple[JudgedCategories, ...] = ()


def load_export(warehouse: Warehouse, contract: Contract, *, study: Study, as_of: date) -> Loaded:
    """One delivery through the gate; without news the last validation stands."""
    with scratch_folder(paths_of(study), "load") as scratch:
        with warehouse.open() as connection:
            deliveries = _delivered(connection, contract, study, scratch)
        is_read = any(delivery.readable for delivery in deliveries)
        with warehouse.open(reaches_outside=is_read) as connection:
            if is_read:
                warm_up()
                forget_delivery(connection, contract)
            return _through_the_gate(
                warehouse, connection, contract, deliveries, study=study, as_of=as_of
            )


def _delivered(
    connection: Connection, contract: Contract, study: Study, scratch: Path
) -> tuple[Delivery, ...]:
    """What was delivered now, and what an earlier contract read of files that are gone since."""
    from roi_pipeline.sources.delivering import deliver_export

    deliveries = deliver_export(
        contract,
        folder=Path(study.folder),
        scratch=scratch,
        known=known_fingerprints(connection, contract, study=study),
        environment=dict(os.environ),
    )
    earlier = loads_of_earlier_readings(connection, contract, study=study)
    return deliveries + _delivered_again(contract, study, earlier, deliveries, scratch)


def _through_the_gate(
    warehouse: Warehouse,
    connection: Connection,
    contract: Contract,
    deliveries: Sequence[Delivery],
    *,
    study: Study,
    as_of: date,
) -> Loaded:
    """Stage, validate and accept what was delivered."""
    staging = stage_export(
        connection, contract, deliveries, study=study,
        hash_people=_people_hasher(study), as_of=as_of,
    )  # fmt: skip
    shut_outside(connection)
    last = _last_validation(connection, contract, as_of)
    if staging.has_news or not last:
        validation = _validated(warehouse, connection, contract, staging, as_of)
        accept_incoming(connection, contract, validation)
        _keep(connection, validation, as_of)
    else:
        validation = last[0]
        accept_incoming(connection, contract, None)
    note_delivery(connection, contract, has_news=staging.has_news)
    files = read_file_loads(connection, table=contract.table)
    earlier = loads_of_earlier_readings(connection, contract, study=study)
    findings = (*staging.findings, *_unreadable(files), *_mixed_readings(contract, earlier))
    refused = refusals_by_reason(connection, contract.table)
    feed = read_feed(connection, study, contract, as_of=as_of)
    categories = tuple(look_at_export(connection, study, contract, as_of=as_of))
    return Loaded(files, findings, validation, refused, feed, categories)


def _people_hasher(study: Study) -> HashPeople:
    """Hashes people of one study; Polars is loaded with the first of them."""

    def hashed(kind: str, values: Sequence[str]) -> list[str | None]:
        from roi_pipeline.transforms.identities import hash_people

        return hash_people(kind, values, key=study.people_key, country=study.country)

    return hashed


def _delivered_again(
    contract: Contract,
    study: Study,
    earlier: Sequence[FileLoad],
    deliveries: Sequence[Delivery],
    scratch: Path,
) -> tuple[Delivery, ...]:
    """Files an earlier contract read that are gone since, from the copies the archive keeps.

    Without them the export would mix two readings of one system.
    """
    from roi_pipeline.sources.delivering import deliver_again

    delivered = {delivery.file_id for delivery in deliveries}
    store = archive_of(paths_of(study)).store
    kept = [
        (load.path, store.path(load.sha256))
        for load in earlier
        if load.file_id not in delivered and store.has(load.sha256)
    ]
    again = deliver_again(contract, kept, folder=Path(study.folder), scratch=scratch)
    return tuple(delivery for delivery in again if not delivery.error)


def _mixed_readings(contract: Contract, earlier: Sequence[FileLoad]) -> list[Finding]:
    """What to say of rows that still are as an earlier contract read them."""
    if not earlier:
        return []
    files = ", ".join(load.path for load in earlier[:FILES_NAMED])
    values = {
        "rows": sum(load.rows_loaded for load in earlier), "count": len(earlier), "files": files,
    }  # fmt: skip
    message = Message("rows_of_an_earlier_contract", values)
    return [
        Finding(
            "rows_are_of_one_reading",
            contract.table,
            passed=False,
            severity="warn",
            message=message,
        )
    ]


def _last_validation(
    connection: Connection, contract: Contract, as_of: date
) -> tuple[Validation, ...]:
    """The rules as last checked by `as_of`; a run for an earlier day than any before sees the latest."""
    tables = [contract.table]
    return read_validations(connection, tables, as_of=as_of) or read_validations(
        connection, tables, as_of=date.max
    )


def _validated(
    warehouse: Warehouse, connection: Connection, contract: Contract, staging: Staging, as_of: date
) -> Validation:
    from roi_pipeline.quality import validate_export

    return validate_export(
        warehouse.path,
        contract,
        incoming_table=staging.incoming_table,
        history=read_volume_history(connection, contract.table, before=as_of),
        as_of=as_of,
        known_tables=set(table_names(connection, "exports")),
        quarantined_while_reading=staging.rows_quarantined,
        duplicates_while_reading=staging.rows_duplicate,
        database_config=warehouse.config() or None,
        may_repeat=may_repeat(contract),
    )


def _keep(connection: Connection, validation: Validation, as_of: date) -> None:
    write_validation(connection, validation, as_of=as_of)
    rows = rule_result_rows(validation, as_of.isoformat())
    write_rule_results(connection, rows, columns=RULE_RESULT_COLUMNS)


def _unreadable(files: Sequence[FileLoad]) -> list[Finding]:
    return [
        Finding(
            READABLE, load.path, passed=False, severity="warn",
            message=Message("file_unreadable", {"file": load.path, "error": load.error}),
        )
        for load in files
        if load.status == "unreadable"
    ]  # fmt: skip


def write_validation_site(connection: Connection, study: Study, cycle: Cycle) -> Path:
    """The static pages that show every rule, what it found and how it fared before."""
    from roi_pipeline.quality import write_site
    from roi_pipeline.reporting.console.speech import console_voice

    language = study.languages[0]
    return write_site(
        paths_of(study).validation,
        study_name=study.company.into(language),
        cycle_key=cycle.key,
        as_of=cycle.as_of,
        validations=read_validations(
            connection, [contract.table for contract in study.contracts], as_of=cycle.as_of
        ),
        file_loads=read_file_loads(connection),
        quarantine_rows=read_quarantine(connection, limit=100_000),
        history=read_rule_runs(connection, until=cycle.as_of),
        speech=console_voice(language, study),
    )

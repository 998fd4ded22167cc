"""Looks at every source on the day of a run: which days have arrived, are late or are missing.

What is declared under `[operations]` counts; a contract with `freshness_days` and nothing declared is
expected daily, and its newest day alone is judged.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.feeds import Feed, feed_on
from roi_pipeline.domain.operations import Expectation
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.steps import Step, keep_step, read_step, read_step_fingerprints
from roi_pipeline.engines.store.days import read_days_of_deliveries, read_days_with_rows
from roi_pipeline.engines.store.values import from_json, to_json
from roi_pipeline.engines.warehouse import Connection, Warehouse
from roi_pipeline.usecases.facts import buildable_files
from roi_pipeline.usecases.lineage import lineage_of_metrics
from roi_pipeline.usecases.unchanged import base_of, fingerprint

ARRIVED = "every_expected_day_has_arrived"


def expectation_of(study: Study, contract: Contract) -> Expectation | None:
    """When a source is expected; None when nothing says so."""
    declared = study.operations.expectation(contract.table)
    if declared is not None:
        return declared
    rules = contract.table_rules
    if rules.freshness_column is None or rules.freshness_days is None:
        return None
    return Expectation(
        contract.table,
        tolerance_days=max(rules.freshness_days - 1, 0),
        column=rules.freshness_column,
        are_gaps_reported=False,
    )


def day_column(study: Study, contract: Contract) -> str | None:
    """Of which day a row of the source is; None when nothing says so."""
    declared = study.operations.expectation(contract.table)
    named = None if declared is None else declared.column
    return named or contract.table_rules.freshness_column


def look_at_feeds(study: Study, warehouse: Warehouse, *, as_of: date) -> tuple[Feed, ...]:
    """Every source that is expected, as it stands on the day of a run."""
    with warehouse.open() as connection:
        return read_feeds(connection, study, as_of=as_of)


def read_feeds(connection: Connection, study: Study, *, as_of: date) -> tuple[Feed, ...]:
    """Every source that is expected, in the study's order."""
    found = (read_feed(connection, study, contract, as_of=as_of) for contract in study.contracts)
    return tuple(feed for feed in found if feed is not None)


def read_feed(
    connection: Connection, study: Study, contract: Contract, *, as_of: date
) -> Feed | None:
    """One source; None when nothing says when it is expected."""
    expectation = expectation_of(study, contract)
    if expectation is None:
        return None
    column = day_column(study, contract)
    days = (
        read_days_of_deliveries(connection, contract.table, as_of=as_of)
        if column is None
        else _days_with_rows(connection, study, contract, column, as_of=as_of)
    )
    return feed_on(
        expectation,
        days,
        as_of=as_of,
        since=study.history.start,
        nightly_at=study.operations.nightly_at,
    )


def _days_with_rows(
    connection: Connection, study: Study, contract: Contract, column: str, *, as_of: date
) -> frozenset[date]:
    """Days of which an export has rows; counted once for each state of it."""
    table = f"exports.{contract.table}"
    state = read_step_fingerprints(connection).get(table)
    seen = fingerprint(base_of(study), state, column, as_of)
    step = Step(f"feeds.{contract.table}", seen)
    kept = read_step(connection, step) if state else None
    if kept is not None:
        return frozenset(from_json(kept, tuple[date, ...]))
    days = read_days_with_rows(connection, contract, column, as_of=as_of, timezone=study.timezone)
    if state:
        keep_step(connection, step, to_json(sorted(days)))
    return days


def feed_message(feed: Feed) -> Message:
    """One sentence on a source: which days are late or missing, and since when."""
    window = feed.late if feed.state == "late" else (feed.missing or (None,))[-1]
    days = {"from": window.start, "until": window.end - timedelta(days=1)} if window else {}
    return Message(
        f"feed_{feed.state}" if feed.newest else "feed_never_arrived",
        {
            "source": feed.source,
            "newest": feed.newest,
            "age_days": feed.age_days,
            "tolerance_days": feed.tolerance_days,
            "runs": len(feed.missing),
            "as_of": feed.as_of,
            **days,
        },
    )


def stale_by_module(
    connection: Connection, study: Study, *, as_of: date
) -> Mapping[str, tuple[Message, ...]]:
    """Module id → what to say of the stale sources its metrics are computed from."""
    stale = [feed for feed in read_feeds(connection, study, as_of=as_of) if feed.is_stale]
    if not stale:
        return {}
    behind = lineage_of_metrics(study, buildable_files(study))
    tables = {
        module.id: {table for entry in module.pool for table in behind[entry.metric_id]}
        for module in study.modules
    }
    return {
        module_id: tuple(feed_message(feed) for feed in stale if feed.source in named)
        for module_id, named in tables.items()
    }

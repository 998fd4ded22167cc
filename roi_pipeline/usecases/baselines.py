"""Holds every module to the baseline it first used, and shows both results when it was changed.

Locks live in the warehouse, where nothing removes them, and travel with each edition's inputs, so
that an edition computed from the archive shows the same versions.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from roi_pipeline.archive import Archive, Store
from roi_pipeline.domain.archives import EditionInputsKept
from roi_pipeline.domain.baselines import BaselineLock
from roi_pipeline.domain.effects import BaselineVersion, Inconclusive, ModuleEffects, Outcome
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.questions.module import read_questions
from roi_pipeline.engines.store.baseline_locks import (
    locks_from_text,
    locks_to_text,
    read_locks,
    write_locks,
)
from roi_pipeline.engines.warehouse import Connection, Warehouse


@dataclass(frozen=True, slots=True)
class LockedQuestion:
    """What has to be asked again, as an earlier version of a baseline holds it."""

    lock: BaselineLock
    module: Module
    question: MetricQuestion | Message


@dataclass(frozen=True, slots=True)
class Locked:
    """The baselines of one module in one run.

    Attributes:
        in_force: one lock per metric; empty while the module is not live.
        earlier: every lock known before.
        again: versions whose result stands beside the one in force.
    """

    in_force: tuple[BaselineLock, ...]
    earlier: tuple[BaselineLock, ...]
    again: tuple[LockedQuestion, ...]


def lock_baselines(
    connection: Connection, study: Study, module: Module, cycle: Cycle, *, archive: Archive
) -> Locked:
    """Lock what is used for the first time, and gather what a changed baseline needs."""
    from roi_pipeline.stats.baseline_lock import baseline_in_use, lock_baseline, versions_to_show

    first = module.rollout.first_day
    if first is None or first >= cycle.observed.end:
        return Locked((), (), ())
    earlier = read_locks(connection) or archived_locks(archive)
    baseline = baseline_in_use(module, history_start=study.history.start)
    in_force = tuple(
        lock_baseline(
            module,
            study.metric(entry.metric_id),
            entry,
            baseline=baseline,
            as_of=cycle.as_of,
            earlier=earlier,
        )
        for entry in module.pool
    )
    write_locks(connection, (*earlier, *in_force))
    again = tuple(
        _asked_again(connection, study, module, cycle, older)
        for lock in in_force
        for older in versions_to_show(lock, earlier)
    )
    return Locked(in_force, earlier, again)


def _asked_again(
    connection: Connection, study: Study, module: Module, cycle: Cycle, lock: BaselineLock
) -> LockedQuestion:
    """The question as the lock holds it, over today's rows."""
    from roi_pipeline.stats.baseline_lock import as_locked, without_newly_live

    then, metric = as_locked(lock, module, study.metric(lock.metric_id))
    now = replace(module, pool=tuple(e for e in module.pool if e.metric_id == lock.metric_id))
    metrics = {**study.metrics, metric.id: metric}
    try:
        question = read_questions(connection, replace(study, metrics=metrics), then, cycle)
        live_now = read_questions(connection, study, now, cycle)[lock.metric_id].panel
    except NeedsAHuman as error:  # a column the locked definition names is gone
        reason = Message("locked_baseline_cannot_be_read", {"why": str(error)})
        return LockedQuestion(lock, then, reason)
    asked = question[lock.metric_id]
    if asked.panel is not None:
        asked = replace(asked, panel=without_newly_live(asked.panel, live_now))
    return LockedQuestion(lock, then, asked)


def with_baselines(effects: ModuleEffects, locked: Locked, cycle: Cycle) -> ModuleEffects:
    """The effects with a finding on every metric's baseline, and both results where it changed."""
    from roi_pipeline.stats.baseline_lock import lock_finding

    outcomes = dict[str, Outcome](effects.outcomes)
    for lock in locked.in_force:
        outcome = outcomes[lock.metric_id]
        finding = lock_finding(lock, locked.earlier)
        outcomes[lock.metric_id] = replace(outcome, findings=(*outcome.findings, finding))
    versions = tuple(_versions(outcomes, locked, cycle))
    return replace(effects, outcomes=outcomes, baselines=versions)


def _versions(
    outcomes: dict[str, Outcome], locked: Locked, cycle: Cycle
) -> Iterable[BaselineVersion]:
    from roi_pipeline.stats.baseline_lock import bare, changed_parts, locked_window

    for lock in locked.in_force:
        older = [item for item in locked.again if item.lock.metric_id == lock.metric_id]
        if not older:
            continue
        shown = [(item.lock, _result(item, cycle)) for item in older]
        for one, outcome in [*shown, (lock, outcomes[lock.metric_id])]:
            yield BaselineVersion(
                metric_id=lock.metric_id,
                version=one.version,
                is_in_force=one is lock,
                locked_on=one.locked_on,
                changed=changed_parts(one, lock),
                baseline=locked_window(one),
                outcome=bare(outcome),
            )


def _result(item: LockedQuestion, cycle: Cycle) -> Outcome:
    from roi_pipeline.stats.evaluate import evaluate_metric

    if isinstance(item.question, Message):
        return Inconclusive(item.module.id, item.lock.metric_id, item.question)
    return evaluate_metric(item.module, cycle, item.question)


def keep_locks(warehouse: Warehouse, store: Store) -> str | None:
    """Put the study's locks into the archive's store; None when nothing was locked yet."""
    with warehouse.open() as connection:
        locks = read_locks(connection)
    if not locks:
        return None
    with TemporaryDirectory(prefix="roi-locks-") as scratch:
        path = Path(scratch) / "baseline_locks.json"
        path.write_text(locks_to_text(locks), "utf-8")
        return store.put(path)


def restore_locks(kept: EditionInputsKept, store: Store, warehouse: Warehouse) -> None:
    """Put the locks an edition was made with into an empty warehouse."""
    if kept.baseline_locks is None:
        return
    with warehouse.open() as connection:
        write_locks(connection, _kept_locks(kept.baseline_locks, store))


def archived_locks(archive: Archive) -> tuple[BaselineLock, ...]:
    """Locks of the newest edition, for a warehouse that was built anew."""
    names = archive.names()
    if not names:
        return ()
    manifests = [archive.manifest(name) for name in names]
    newest = max(manifests, key=lambda manifest: (manifest.as_of, manifest.name))
    digest = newest.inputs.baseline_locks
    return () if digest is None else _kept_locks(digest, archive.store)


def _kept_locks(sha256: str, store: Store) -> tuple[BaselineLock, ...]:
    store.check(sha256, name="baseline locks")
    return locks_from_text(store.path(sha256).read_text("utf-8"))

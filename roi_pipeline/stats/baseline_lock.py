"""Freezes what a baseline was when it was first used, so that it cannot be moved after the fact.

The lock is a hash over the metric's definition, the units, the windows, the selection window and
its reason. A later change makes a new version; both results are then shown. Keeping locks is for
the caller: this room only makes and compares them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window


@dataclass(frozen=True, slots=True)
class BaselineLock:
    """One version of one metric's baseline.

    Attributes:
        version: 1 at first use.
        sha256: hash over `parts`.
        parts: name → canonical text of everything locked.
        locked_on: the `as_of` of the run that first used it.
    """

    module_id: str
    metric_id: str
    version: int
    sha256: str
    parts: Mapping[str, str]
    locked_on: date


def lock_baseline(
    module: Module,
    metric: Metric,
    pool_metric: PoolMetric,
    *,
    baseline: Window,
    as_of: date,
    earlier: tuple[BaselineLock, ...] = (),
) -> BaselineLock:
    """The lock in force: the latest one when nothing changed, else a new version."""
    parts = _parts(module, metric, pool_metric, baseline)
    digest = hashlib.sha256(_canonical(parts).encode()).hexdigest()
    mine = sorted(
        (lock for lock in earlier if (lock.module_id, lock.metric_id) == (module.id, metric.id)),
        key=lambda lock: lock.version,
    )
    if mine and mine[-1].sha256 == digest:
        return mine[-1]
    version = mine[-1].version + 1 if mine else 1
    return BaselineLock(module.id, metric.id, version, digest, parts, as_of)


def changed_parts(before: BaselineLock, after: BaselineLock) -> tuple[str, ...]:
    """Names of what differs between two versions, sorted."""
    names = sorted({*before.parts, *after.parts})
    return tuple(name for name in names if before.parts.get(name) != after.parts.get(name))


def lock_finding(lock: BaselineLock, earlier: tuple[BaselineLock, ...] = ()) -> Finding:
    """Whether the baseline is still the one first used."""
    subject = f"{lock.module_id}.{lock.metric_id}"
    older = [
        one
        for one in earlier
        if (one.module_id, one.metric_id) == (lock.module_id, lock.metric_id)
        and one.version < lock.version
    ]
    check = "baseline_is_the_one_first_used"
    if not older:
        message = Message("baseline_locked", {"version": lock.version})
        return Finding(check, subject, True, "warn", message)  # noqa: FBT003 - `passed`
    previous = max(older, key=lambda one: one.version)
    values = {
        "changed": ", ".join(changed_parts(previous, lock)),
        "version": lock.version,
        "previous": previous.version,
    }
    return Finding(check, subject, False, "warn", Message("baseline_changed", values))  # noqa: FBT003


def _parts(
    module: Module, metric: Metric, pool_metric: PoolMetric, baseline: Window
) -> dict[str, str]:
    """Everything locked, as canonical text."""
    filters = {**module.filters, **pool_metric.filters}
    go_live = {unit: day.isoformat() for unit, day in module.rollout.go_live.items()}
    everywhere = module.rollout.everywhere_from
    definition = [metric.id, metric.version, metric.table, metric.numerator, metric.denominator]
    return {
        "metric": _canonical([*definition, metric.statistic, metric.quantile]),
        "filters": _canonical({name: sorted(values) for name, values in filters.items()}),
        "units": _canonical([module.rollout.unit, sorted(go_live)]),
        "go_live": _canonical([go_live, everywhere.isoformat() if everywhere else None]),
        "baseline": str(baseline),
        "selection_window": str(module.selection_window),
        "selection_reason": module.selection_reason,
    }


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

"""Freezes what a baseline was when it was first used, so that it cannot be moved after the fact.

The lock is a hash over the metric's definition, the units, the windows, the selection window and its
reason. A later change makes a new version, and both results are shown: `as_locked` puts a module and
a metric back as a lock holds them, so that the old result can be computed from today's rows. Keeping
locks is for the caller.
"""

import hashlib
import json
from array import array
from dataclasses import replace
from datetime import date
from typing import Any

from roi_pipeline.domain.baselines import BaselineLock
from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Randomisation
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.panels import baseline_bounds

CHECK = "baseline_is_the_one_first_used"
DEFINITION = ("table", "numerator", "denominator", "statistic", "quantile", "version")
ROLLOUT = ("unit", "go_live_by", "cluster")


def baseline_in_use(module: Module, *, history_start: date) -> Window | None:
    """The baseline window a module is held to, from what was declared alone; None without one."""
    rollout = module.rollout
    days = {*rollout.go_live.values(), rollout.everywhere_from} - {None}
    for day in sorted(day for day in days if day is not None):
        bounds = baseline_bounds(module, day)
        if bounds is None:
            continue
        start = history_start if bounds.start == date.min else bounds.start
        if start < bounds.end:
            return Window(start, bounds.end)
    return None


def lock_baseline(
    module: Module,
    metric: Metric,
    pool_metric: PoolMetric,
    *,
    baseline: Window | None,
    as_of: date,
    earlier: tuple[BaselineLock, ...] = (),
) -> BaselineLock:
    """The lock in force: the latest one when nothing changed, else a new version."""
    parts = _parts(module, metric, pool_metric, baseline)
    digest = hashlib.sha256(_canonical(parts).encode()).hexdigest()
    mine = versions_of(module.id, metric.id, earlier)
    if mine and mine[-1].sha256 == digest:
        return mine[-1]
    version = mine[-1].version + 1 if mine else 1
    return BaselineLock(module.id, metric.id, version, digest, parts, as_of)


def versions_of(
    module_id: str, metric_id: str, locks: tuple[BaselineLock, ...]
) -> tuple[BaselineLock, ...]:
    """The locks of one metric of one module, first used first."""
    mine = (lock for lock in locks if (lock.module_id, lock.metric_id) == (module_id, metric_id))
    return tuple(sorted(mine, key=lambda lock: lock.version))


def versions_to_show(
    lock: BaselineLock, earlier: tuple[BaselineLock, ...]
) -> tuple[BaselineLock, ...]:
    """The baseline first used and the one before, where they are not the one in force."""
    older = [
        one
        for one in versions_of(lock.module_id, lock.metric_id, earlier)
        if one.version < lock.version and one.sha256 != lock.sha256
    ]
    return tuple({one.sha256: one for one in (older[:1] + older[-1:])}.values())


def changed_parts(before: BaselineLock, after: BaselineLock) -> tuple[str, ...]:
    """Names of what differs between two versions, sorted."""
    names = sorted({*before.parts, *after.parts})
    return tuple(name for name in names if before.parts.get(name) != after.parts.get(name))


def lock_finding(lock: BaselineLock, earlier: tuple[BaselineLock, ...] = ()) -> Finding:
    """Whether the baseline is still the one first used; a roll-out that went on is a note."""
    subject = f"{lock.module_id}.{lock.metric_id}"
    versions = versions_of(lock.module_id, lock.metric_id, earlier)
    older = [one for one in versions if one.version < lock.version]
    if not older:
        message = Message("baseline_locked", {"version": lock.version})
        return Finding(CHECK, subject, passed=True, severity="warn", message=message)
    previous = older[-1]
    changed = changed_parts(previous, lock)
    values = {
        "changed": ", ".join(changed),
        "version": lock.version,
        "previous": previous.version,
        "locked_on": previous.locked_on,
    }
    is_continued = roll_out_went_on(previous, lock)
    code = "roll_out_went_on" if is_continued else "baseline_changed"
    return Finding(
        CHECK,
        subject,
        passed=False,
        severity="note" if is_continued else "warn",
        message=Message(code, values),
    )


def roll_out_went_on(before: BaselineLock, after: BaselineLock) -> bool:
    """Whether all that changed is that more units went live, each after the lock was made."""
    if not set(changed_parts(before, after)) <= {"units", "go_live"}:
        return False
    (then, everywhere), (now, everywhere_now) = (
        json.loads(lock.parts["go_live"]) for lock in (before, after)
    )
    units, units_now = (json.loads(lock.parts["units"]) for lock in (before, after))
    added = {unit: day for unit, day in now.items() if unit not in then}
    return (
        everywhere == everywhere_now
        and {**units, "go_live": None} == {**units_now, "go_live": None}
        and all(now.get(unit) == day for unit, day in then.items())
        and all(day >= before.locked_on.isoformat() for day in added.values())
    )


def locked_window(lock: BaselineLock) -> Window | None:
    """The baseline window a lock holds."""
    return _window(json.loads(lock.parts["baseline"]))


def as_locked(lock: BaselineLock, module: Module, metric: Metric) -> tuple[Module, Metric]:
    """The module, with this one metric as its pool, and the metric, as they were when locked."""
    parts = {name: json.loads(text) for name, text in lock.parts.items()}
    units, periods = parts["units"], parts["periods"]
    pool_metric = next(entry for entry in module.pool if entry.metric_id == metric.id)
    live, everywhere = parts["go_live"]
    then = replace(
        module,
        pool=(replace(pool_metric, filters={}),),
        filters={name: tuple(values) for name, values in parts["filters"].items()},
        rollout=replace(
            module.rollout,
            go_live={unit: date.fromisoformat(day) for unit, day in live.items()},
            everywhere_from=date.fromisoformat(everywhere) if everywhere else None,
            **{name: units[name] for name in ROLLOUT},
        ),
        baseline=_window(parts["baseline"]),
        selection_window=_window(parts["selection_window"]),
        selection_reason=parts["selection_reason"],
        randomisation=_arms(module.randomisation, units["arms"]),
        design=replace(
            module.design,
            control_units=tuple(units["controls"]),
            period=periods["period"],
            dropped_periods=tuple(date.fromisoformat(day) for day in periods["dropped"]),
            anticipation_periods=periods["anticipation"],
            ramp_days=periods["ramp"],
        ),
    )
    return then, replace(metric, **dict(zip(DEFINITION, parts["metric"][1:], strict=True)))


def _arms(arms: Randomisation | None, locked: list[Any] | None) -> Randomisation | None:
    if locked is None:
        return None
    column, treated, comparison, cluster = locked
    now = arms or Randomisation(column, (), ())
    return replace(
        now,
        arm_column=column,
        treated=tuple(treated),
        comparison=tuple(comparison),
        cluster=cluster,
    )


def _parts(
    module: Module, metric: Metric, pool_metric: PoolMetric, baseline: Window | None
) -> dict[str, str]:
    """Everything locked, as canonical text."""
    filters = {**module.filters, **pool_metric.filters}
    go_live = {unit: day.isoformat() for unit, day in module.rollout.go_live.items()}
    everywhere, arms, design = module.rollout.everywhere_from, module.randomisation, module.design
    values: dict[str, object] = {
        "metric": [metric.id, *(getattr(metric, name) for name in DEFINITION)],
        "filters": {name: sorted(accepted) for name, accepted in filters.items()},
        "units": {
            **{name: getattr(module.rollout, name) for name in ROLLOUT},
            "go_live": sorted(go_live),
            "controls": sorted(design.control_units),
            "arms": arms
            and [arms.arm_column, sorted(arms.treated), sorted(arms.comparison), arms.cluster],
        },
        "go_live": [go_live, everywhere.isoformat() if everywhere else None],
        "baseline": _ends(baseline),
        "periods": {
            "period": design.period,
            "dropped": sorted(day.isoformat() for day in design.dropped_periods),
            "anticipation": design.anticipation_periods,
            "ramp": design.ramp_days,
        },
        "selection_window": _ends(module.selection_window),
        "selection_reason": module.selection_reason,
    }
    return {name: _canonical(value) for name, value in values.items()}


def _ends(window: Window | None) -> list[str] | None:
    return None if window is None else [window.start.isoformat(), window.end.isoformat()]


def _window(ends: list[str] | None) -> Window | None:
    return None if ends is None else Window(*(date.fromisoformat(day) for day in ends))


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def without_newly_live(locked: Panel, now: Panel | None) -> Panel:
    """The panel as locked, without units that went live since: they are controls no longer."""
    if now is None:
        return locked
    live_now = {unit for unit, day in zip(now.unit_ids, now.go_live, strict=True) if day}
    kept = [
        row
        for row, (unit, day) in enumerate(zip(locked.unit_ids, locked.go_live, strict=True))
        if day is not None or unit not in live_now
    ]
    if len(kept) == len(locked.unit_ids):
        return locked
    width = len(locked.period_starts)

    def rows(values: "array[float]") -> "array[float]":
        chosen = array("d")
        for row in kept:
            chosen.extend(values[row * width : (row + 1) * width])
        return chosen

    def names(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(values[row] for row in kept)

    return replace(
        locked,
        unit_ids=names(locked.unit_ids),
        numerators=rows(locked.numerators),
        denominators=rows(locked.denominators),
        go_live=tuple(locked.go_live[row] for row in kept),
        clusters=None if locked.clusters is None else names(locked.clusters),
        groups={name: names(values) for name, values in locked.groups.items()},
    )


def bare(outcome: Outcome) -> Outcome:
    """An outcome without what a second result needs no copy of."""
    if isinstance(outcome, Effect):
        return replace(outcome, findings=(), event_study=(), series=(), splits=())
    return replace(outcome, findings=(), series=())

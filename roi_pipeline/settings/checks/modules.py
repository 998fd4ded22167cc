"""Checks of modules/*.toml apart from money: windows, pool, design, claims, contract dates."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.modules import DEFAULT_WINDOW_DAYS
from roi_pipeline.settings.checks.context import Surroundings
from roi_pipeline.settings.checks.money import assumption_problems, benefit_problems, cost_problems
from roi_pipeline.settings.checks.names import (
    inverted_dates,
    inverted_window,
    misnamed_file,
    repeated,
    unknown_name,
)
from roi_pipeline.settings.entries.metric import MetricEntry
from roi_pipeline.settings.entries.module import ModuleEntry, PoolEntry, RandomisationEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.parsing import Parsed

SEVEN_DAY_TABLE, SEVEN_DAYS = "metrics.invitations_daily", "_7d"


def module_problems(parsed: Parsed[ModuleEntry], around: Surroundings) -> Iterator[Problem]:
    """Everything wrong with one module."""
    file, entry = parsed.file, parsed.entry
    if entry is None:
        return
    yield from misnamed_file(file, entry.id, rule="the file's name", key="id")
    yield from _window_problems(file, entry, around)
    yield from _pool_problems(file, entry, around)
    yield from _attribution_problems(file, entry, around)
    yield from _design_problems(file, entry, around)
    yield from _claim_problems(file, entry, around)
    yield from _contract_date_problems(file, entry)
    yield from assumption_problems(file, entry.assumption or [])
    yield from cost_problems(file, entry.cost or [], around)
    yield from benefit_problems(file, entry, around)


def _window_problems(
    file: ConfigFile, entry: ModuleEntry, around: Surroundings
) -> Iterator[Problem]:
    baseline, selection = entry.baseline, entry.selection_window
    live = entry.rollout.first_day if entry.rollout else None
    yield from inverted_window(file, ("baseline",), baseline)
    yield from inverted_window(file, ("selection_window",), selection)
    if baseline and selection:
        yield from _too_late(
            file, ("baseline", "end"), baseline.end, selection.start, "the selection window starts"
        )
    if baseline:
        yield from _too_late(file, ("baseline", "end"), baseline.end, live, "the first go-live")
    if selection:
        path = ("selection_window", "end")
        yield from _too_late(file, path, selection.end, live, "the first go-live")
    end = entry.rollout.end if entry.rollout else None
    if end and live and end <= live:
        yield file.problem(
            ("rollout", "end"),
            end,
            f"a day after the first go-live, {live}",
            "Write the first day without the module again, or leave it out while it goes on.",
        )
    history = around.study.history if around.study else None
    if baseline and baseline.end and history and history.start and baseline.end <= history.start:
        yield file.problem(
            ("baseline", "end"),
            baseline.end,
            f"a baseline inside the study's history, which starts {history.start}",
            "Move the baseline, or correct history in study.toml.",
        )


def _too_late(
    file: ConfigFile, path: KeyPath, end: date | None, limit: date | None, what: str
) -> Iterator[Problem]:
    if end is not None and limit is not None and end > limit:
        yield file.problem(
            path,
            end,
            f"at the latest {limit}, when {what}"
            if "starts" in what
            else f"at the latest {limit}, {what}",
            f"End it on or before {limit}; the end is the first day no longer inside.",
        )


def _pool_problems(file: ConfigFile, entry: ModuleEntry, around: Surroundings) -> Iterator[Problem]:
    pool = [*enumerate(entry.pool or ())]
    for index, item in pool:
        path = ("pool", index)
        yield from unknown_name(
            file, (*path, "metric"), item.metric, kind="metric", known=around.metrics
        )
        yield from _target_problems(file, path, item, around.metrics.get(item.metric))
    yield from repeated(
        file, ((("pool", index, "metric"), item.metric) for index, item in pool), what="metric"
    )
    roles = {item.role for _, item in pool}
    if pool and None not in roles and "goal" not in roles:
        yield file.problem(
            ("pool",),
            None,
            'a metric with role = "goal"',
            "Give the metric that decides this role.",
        )


def _attribution_problems(
    file: ConfigFile, entry: ModuleEntry, around: Surroundings
) -> Iterator[Problem]:
    """Metrics that count another window than the module declares would part from its credit."""
    declared = entry.attribution
    if declared is None:
        return
    days, convention = declared.window_days or DEFAULT_WINDOW_DAYS, declared.days or "24 hours"
    if days == DEFAULT_WINDOW_DAYS and convention == "24 hours":
        return
    for index, item in enumerate(entry.pool or ()):
        metric = around.metrics.get(item.metric)
        if metric is not None and metric.table == SEVEN_DAY_TABLE and SEVEN_DAYS in metric.id:
            yield file.problem(
                ("pool", index, "metric"),
                item.metric,
                f"a metric of the declared window of {days} days ({convention}); this one counts "
                f"{DEFAULT_WINDOW_DAYS} days of 24 hours",
                "Use visit_rate, consult_rate, order_rate or revenue_per_action, which count by "
                "[attribution], or leave out window_days and days.",
            )


def _target_problems(
    file: ConfigFile, path: KeyPath, item: PoolEntry, metric: MetricEntry | None
) -> Iterator[Problem]:
    target = item.target
    if target is None or metric is None or metric.unit != "rate" or target.value is None:
        return
    is_fraction = {"level": 0 <= target.value <= 1, "absolute": -1 <= target.value <= 1}
    if not is_fraction.get(target.kind, True):
        yield file.problem(
            (*path, "target", "value"),
            target.value,
            "a fraction, since the metric is a rate",
            f"Write {target.value / 100:g} for {target.value:g} %.",
        )


def _design_problems(
    file: ConfigFile, entry: ModuleEntry, around: Surroundings
) -> Iterator[Problem]:
    if entry.design and entry.design.covariates and entry.design.base != "last_period":
        yield file.problem(
            ("design", "covariates"), ", ".join(entry.design.covariates),
            'none without base = "last_period", the design that adjusts for them',
            'Add base = "last_period", or delete covariates; of randomised units they belong in [randomisation].',
        )  # fmt: skip
    for index, name in enumerate((entry.design.control_metrics if entry.design else None) or ()):
        path = ("design", "control_metrics", index)
        yield from unknown_name(file, path, name, kind="metric", known=around.metrics)
    if entry.randomisation:
        yield from _arm_problems(file, entry.randomisation)


def _arm_problems(file: ConfigFile, arms: RandomisationEntry) -> Iterator[Problem]:
    both = sorted({*(arms.treated or ())} & {*(arms.comparison or ())})
    if both:
        yield file.problem(
            ("randomisation", "comparison"),
            both,
            "values that are not among the treated",
            "Put each value on one side.",
        )


def _claim_problems(
    file: ConfigFile, entry: ModuleEntry, around: Surroundings
) -> Iterator[Problem]:
    claims = [*enumerate(entry.claim or ())]
    for index, claim in claims:
        path = ("claim", index, "metric")
        yield from unknown_name(file, path, claim.metric, kind="metric", known=around.metrics)
    yield from repeated(
        file, ((("claim", index, "id"), claim.id) for index, claim in claims), what="claim id"
    )


def _contract_date_problems(file: ConfigFile, entry: ModuleEntry) -> Iterator[Problem]:
    contracts = [*enumerate(entry.vendor_contract or ())]
    for index, contract in contracts:
        yield from inverted_dates(file, _contract_path(file, index), contract.start, contract.end)
    dated = [(each.start, each.end, index) for index, each in contracts if each.start and each.end]
    for (_, end, _), (start, _, index) in pairwise(sorted(dated)):
        if start < end:
            yield file.problem(
                (*_contract_path(file, index), "start"),
                start,
                f"not before {end}, when the contract before it ends",
                "Correct the dates so that contracts follow each other.",
            )


def _contract_path(file: ConfigFile, index: int) -> KeyPath:
    is_single = isinstance((file.values or {}).get("vendor_contract"), dict)
    return ("vendor_contract",) if is_single else ("vendor_contract", index)

"""Checks of planned/*.toml: those of a module, and that every range is one."""

from collections.abc import Iterator

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.checks.context import Surroundings
from roi_pipeline.settings.checks.modules import module_problems
from roi_pipeline.settings.checks.names import repeated, unknown_name
from roi_pipeline.settings.entries.metric import MetricEntry
from roi_pipeline.settings.entries.planned import ExpectedEntry, PlannedEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.parsing import Parsed

OWN = "own_measurement"


def planned_problems(parsed: Parsed[PlannedEntry], around: Surroundings) -> Iterator[Problem]:
    """Everything wrong with one planned module."""
    file, entry = parsed.file, parsed.entry
    if entry is None:
        return
    yield from module_problems(parsed, around)
    if entry.id in around.modules:
        yield file.problem(
            ("id",),
            entry.id,
            "an id that no module has",
            "Delete the plan once its module is in modules/, or rename it.",
        )
    if entry.rollout and entry.rollout.first_day is None:
        yield file.problem(
            ("rollout",),
            None,
            "a planned first day",
            "Add everywhere_from, or go_live with a day for each unit.",
        )
    for index, benefit in enumerate(entry.benefit):
        if benefit.end is not None:
            yield file.problem(
                ("benefit", index, "end"),
                benefit.end,
                "no end: a plan is judged over its months",
                "Delete it, or shorten months.",
            )
    expected = [*enumerate(entry.expected or ())]
    named = ((("expected", index, "metric"), item.metric) for index, item in expected)
    yield from repeated(file, named, what="metric")
    for index, item in expected:
        yield from _expected_problems(file, ("expected", index), item, around)


def _expected_problems(
    file: ConfigFile, path: KeyPath, item: ExpectedEntry, around: Surroundings
) -> Iterator[Problem]:
    yield from unknown_name(
        file, (*path, "metric"), item.metric, kind="metric", known=around.metrics
    )
    stated = (item.worst, item.likely, item.best)
    if item.evidence == OWN:
        if item.module is None:
            yield file.problem(
                (*path, "module"), None, "the module that was measured", "Add its id."
            )
        yield from unknown_name(
            file, (*path, "module"), item.module, kind="module", known=around.modules
        )
        if any(each is not None for each in stated):
            yield file.problem(
                (*path, "evidence"),
                item.evidence,
                "no worst, likely or best beside it: they are those that were measured",
                "Delete the three, or state other evidence.",
            )
        return
    if item.module is not None:
        yield file.problem(
            (*path, "module"), item.module, f"no module with {item.evidence}", "Delete it."
        )
    worst, likely, best = stated
    if worst is None or likely is None or best is None:
        names = ("worst", "likely", "best")
        missing = [name for name, each in zip(names, stated, strict=True) if each is None]
        yield file.problem(
            (*path, missing[0]), None, "worst, likely and best", f"Add {', '.join(missing)}."
        )
    elif not (worst <= likely <= best or worst >= likely >= best) or worst == best:
        yield file.problem(
            (*path, "likely"), likely, f"a value between {worst} and {best}", "Correct the range."
        )
    else:
        yield from _wrong_way_round(file, path, item, around.metrics.get(item.metric))


def _wrong_way_round(
    file: ConfigFile, path: KeyPath, item: ExpectedEntry, metric: MetricEntry | None
) -> Iterator[Problem]:
    if metric is None or item.worst is None or item.best is None:
        return
    is_better_below = metric.direction == "down"
    if (item.best < item.worst) != is_better_below:
        yield file.problem(
            (*path, "best"),
            item.best,
            f"{'below' if is_better_below else 'above'} worst: {item.metric} should "
            f"{'fall' if is_better_below else 'rise'}",
            "Swap worst and best.",
        )

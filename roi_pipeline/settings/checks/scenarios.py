"""Checks of [[scenario]]: every change is one, and names something that is there."""

from collections.abc import Iterator, Sequence

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.outlook import HOW_WRITTEN, change_in
from roi_pipeline.settings.checks.context import Surroundings
from roi_pipeline.settings.checks.names import unknown_name
from roi_pipeline.settings.entries.module import ModuleEntry
from roi_pipeline.settings.entries.study import StudyEntry
from roi_pipeline.settings.parsing import Parsed


def scenario_problems(
    parsed: Parsed[StudyEntry], modules: Sequence[Parsed[ModuleEntry]], around: Surroundings
) -> Iterator[Problem]:
    """Everything wrong with the scenarios of a study."""
    file, entry = parsed.file, parsed.entry
    if entry is None:
        return
    entries = [each.entry for each in modules if each.entry]
    prices = {cost.id for each in entries for cost in each.cost or ()}
    stated = [*(entry.assumption or ()), *(x for each in entries for x in each.assumption or ())]
    prices |= {assumption.id for assumption in stated}
    for place, scenario in enumerate(entry.scenario or ()):
        for index, written in enumerate(scenario.changes or ()):
            path, change = ("scenario", place, "changes", index), change_in(written)
            if change is None:
                yield file.problem(
                    path, written, f"a change such as {HOW_WRITTEN}", "Correct the change."
                )
            elif change.lever == "price" and change.name:
                kind = "cost or assumption"
                yield from unknown_name(file, path, change.name, kind=kind, known=prices)
            elif change.lever in ("volume", "effect") and change.name:
                yield from unknown_name(
                    file, path, change.name, kind="metric", known=around.metrics
                )

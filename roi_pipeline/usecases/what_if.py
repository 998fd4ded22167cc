"""`roi what-if`: every module under other prices, volumes, effects or another size of the company.

Stored effects and the volumes of the warehouse go through the same computation as the report's, with
the inputs a scenario changes; nothing is stored.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.outlook import (
    HOW_WRITTEN,
    Change,
    Scenario,
    ScenarioColumn,
    ScenarioFigure,
    change_in,
)
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.store.values import read_effects
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.usecases.cycles import latest_ended
from roi_pipeline.usecases.studies import last_known_day, loaded_warehouse, study_in
from roi_pipeline.usecases.value import MoneyInputs, money_inputs

# What a scenario starts from; it is read once for each module and size of the company.
Stored = tuple[ModuleEffects, MoneyInputs]


def what_if(
    folder: Path,
    asked: Sequence[str],
    *,
    module_id: str | None = None,
    cycle_key: str | None = None,
    as_of: date | None = None,
) -> tuple[Study, Cycle, tuple[ScenarioColumn, ...]]:
    """The modules of a study as they are and in each scenario.

    Args:
        folder: the study; it must have been run.
        asked: scenarios as `name: change, change`; none: those the study states.
        module_id: one module only.
        cycle_key: default: the latest that has ended.
        as_of: the first day not yet seen; default: the end of the history.

    Raises:
        NeedsAHuman: the study was never run, states no scenario, or a change is not one.
        UnknownName: a change names a cost, assumption, metric or module that is not there.
    """
    study = study_in(str(folder))
    day = as_of or last_known_day(study)
    cycle = study.cycle(cycle_key or latest_ended(study, day), as_of=day)
    scenarios = tuple(scenario_in(text) for text in asked) or study.scenarios
    if not scenarios:
        raise NeedsAHuman(
            f"{folder}/study.toml states no [[scenario]]: nothing to compare with; "
            f'write one there, or ask: --scenario "dearer: {HOW_WRITTEN}"'
        )
    if module_id is not None:
        study.module(module_id)
    for scenario in scenarios:
        _refuse_unknown(study, scenario)
    with loaded_warehouse(folder, why="scenarios start from stored effects").open() as connection:
        found = scenario_columns(connection, study, cycle, scenarios, only=module_id)
    return study, cycle, found


def scenario_in(text: str) -> Scenario:
    """A scenario as written on the command line: `name: change, change`.

    >>> scenario_in("cheaper: price:lease=-20%, volume=+10%").changes[1].lever
    'volume'
    """
    name, separator, rest = text.partition(": ")
    written = rest if separator else text
    changes = list[Change]()
    for part in written.split(","):
        change = change_in(part)
        if change is None:
            raise NeedsAHuman(f"--scenario: {part.strip()!r} is no change; write {HOW_WRITTEN}")
        changes.append(change)
    label = name.strip() if separator else text.strip()
    return Scenario(Text({"en": label, "zh-CN": label, "zh-TW": label}), tuple(changes))


def _refuse_unknown(study: Study, scenario: Scenario) -> None:
    prices = {rule.id for module in study.modules for rule in module.costs}
    prices |= {item.id for item in study.assumptions}
    prices |= {item.id for module in study.modules for item in module.assumptions}
    for change in scenario.changes:
        if change.lever == "price" and change.name and change.name not in prices:
            raise UnknownName("cost or assumption", change.name, prices)
        if change.lever in ("volume", "effect") and change.name:
            study.metric(change.name)


def scenario_columns(
    connection: Connection,
    study: Study,
    cycle: Cycle,
    scenarios: Sequence[Scenario],
    *,
    only: str | None = None,
) -> tuple[ScenarioColumn, ...]:
    """Things as they are, then every scenario; none where the study states none."""
    if not scenarios:
        return ()
    modules = [each for each in study.modules if only in (None, each.id)]

    @cache
    def stored(module_id: str, headcount: int) -> Stored | None:
        effects = read_effects(connection, cycle.key, module_id)
        if effects is None:
            return None
        module = study.module(module_id)
        return effects, money_inputs(connection, study, module, cycle, headcount=headcount)

    columns = [(None, ()), *((scenario.name, scenario.changes) for scenario in scenarios)]
    return tuple(
        ScenarioColumn(
            name,
            tuple(
                figure
                for module in modules
                if (figure := _figure(study, module, cycle, changes, stored)) is not None
            ),
        )
        for name, changes in columns
    )


def _figure(
    study: Study,
    module: Module,
    cycle: Cycle,
    changes: Sequence[Change],
    stored: Callable[[str, int], Stored | None],
) -> ScenarioFigure | None:
    from roi_pipeline import finance
    from roi_pipeline.finance import what_if as changed

    headcount = changed.changed_headcount(study.headcount_in(cycle), changes)
    found = stored(module.id, headcount)
    if found is None:
        return None
    effects, inputs = found
    value = finance.value_module(
        changed.changed_costs(module, changes),
        changed.changed_effects(effects, changes),
        metrics=study.metrics,
        cycle=cycle,
        headcount=headcount,
        currency=study.currency,
        standards=study.standards,
        assumptions=changed.changed_assumptions(study.assumptions, changes),
        volumes=changed.changed_volumes(inputs.volumes, changes),
        exchange_rates=study.rates,
        previous=inputs.previous,
        ledger_facts=changed.changed_facts(inputs.facts, module, changes),
        modules=study.modules,
    )
    return _shown(value)


def _shown(value: ModuleValue) -> ScenarioFigure:
    returns = value.rated.returns
    return ScenarioFigure(
        module_id=value.module_id,
        roi=value.shown_roi,
        roi_lower=returns.roi_lower,
        roi_upper=returns.roi_upper,
        net=returns.net,
        npv=value.since_go_live.returns.npv,
        rating=value.rating,
        action=value.decision.action,
    )

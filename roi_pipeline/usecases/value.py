"""The money of a module and of all together, from what the layers above stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import LedgerFacts
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.ledger import read_ledger_facts
from roi_pipeline.engines.questions.module import read_volumes
from roi_pipeline.engines.steps import Step, keep_step
from roi_pipeline.engines.store.credit import read_credit
from roi_pipeline.engines.store.values import (
    read_effects,
    read_value,
    read_values_before,
    to_json,
    write_value,
)
from roi_pipeline.engines.warehouse import Connection, Warehouse
from roi_pipeline.usecases.credit import joint_quantities
from roi_pipeline.usecases.facts import steps_of_tables
from roi_pipeline.usecases.studies import paths_of, warehouse_at
from roi_pipeline.usecases.unchanged import result_that_stands, step_of_cycle, tables_in


def value_module(study: Study, warehouse: Warehouse, module: Module, cycle: Cycle) -> ModuleValue:
    """Put a module's stored effects into money, and store it."""
    with warehouse.open() as connection:
        effects = stored_effects(connection, cycle, module)
        known = read_value(connection, cycle.key, module.id)
        step = _value_step(connection, study, cycle, module.id, to_json(effects))
        if result_that_stands(connection, step) is not None and known is not None:
            return known
        value = _value(connection, study, module, cycle, effects)
        write_value(connection, value)
        keep_step(connection, step)
    return value


def value_portfolio(study: Study, warehouse: Warehouse, cycle: Cycle) -> ModuleValue:
    """All modules together from what they stored; one without figures is left out and named."""
    with warehouse.open() as connection:
        values = stored_values(connection, study, cycle)
        credit = read_credit(connection, cycle.key)
        known = read_value(connection, cycle.key, "portfolio")
        below = (to_json(values), to_json(credit))
        step = _value_step(connection, study, cycle, "portfolio", *below)
        if result_that_stands(connection, step) is not None and known is not None:
            return known
        value = _portfolio_value(
            study,
            cycle,
            values,
            joint=joint_quantities(credit, study.modules, study.metrics),
            earlier=read_values_before(connection, "portfolio", cycle_key=cycle.key),
            facts=read_ledger_facts(connection),
        )
        write_value(connection, value)
        keep_step(connection, step)
    return value


def _value_step(
    connection: Connection, study: Study, cycle: Cycle, module_id: str, *below: str
) -> Step:
    """What money depends on: what is put into it, every table, and the money of earlier cycles."""
    tables = tables_in(steps_of_tables(connection, study, as_of=cycle.as_of))
    earlier = to_json(read_values_before(connection, module_id, cycle_key=cycle.key))
    return step_of_cycle(f"roi/{module_id}", study, cycle, tables, earlier, *below)


def stored_effects(connection: Connection, cycle: Cycle, module: Module) -> ModuleEffects:
    """The module's effects of this cycle, which an earlier step must have stored."""
    effects = read_effects(connection, cycle.key, module.id)
    if effects is None:
        raise NeedsAHuman(
            f"effects of module {module.id!r} in {cycle.key} are not stored; "
            f"materialise effects/{module.id} for this cycle first"
        )
    return effects


@dataclass(frozen=True, slots=True)
class MoneyInputs:
    """What a module's effects are put into money with.

    Attributes:
        volumes: period → metric → volume.
        previous: its money in earlier cycles, oldest first.
        facts: what ERP and payroll recorded.
    """

    volumes: Mapping[str, Mapping[str, Volume]]
    previous: tuple[ModuleValue, ...]
    facts: LedgerFacts


def money_inputs(
    connection: Connection,
    study: Study,
    module: Module,
    cycle: Cycle,
    *,
    headcount: int | None = None,
) -> MoneyInputs:
    """Read them from the warehouse, over the days that a company of that size is rated on."""
    from roi_pipeline import finance

    standard = finance.standard_of_cycle(study.standards, cycle)
    people = study.headcount_in(cycle) if headcount is None else headcount
    windows = finance.periods(module, cycle, standard.tier_for(people))
    return MoneyInputs(
        volumes=read_volumes(connection, study, module, windows),
        previous=read_values_before(connection, module.id, cycle_key=cycle.key),
        facts=read_ledger_facts(connection),
    )


def _value(
    connection: Connection, study: Study, module: Module, cycle: Cycle, effects: ModuleEffects
) -> ModuleValue:
    from roi_pipeline import finance

    inputs = money_inputs(connection, study, module, cycle)
    return finance.value_module(
        module,
        effects,
        metrics=study.metrics,
        cycle=cycle,
        headcount=study.headcount_in(cycle),
        currency=study.currency,
        standards=study.standards,
        assumptions=study.assumptions,
        volumes=inputs.volumes,
        exchange_rates=study.rates,
        previous=inputs.previous,
        ledger_facts=inputs.facts,
        modules=study.modules,
    )


def stored_values(connection: Connection, study: Study, cycle: Cycle) -> dict[str, ModuleValue]:
    """Module → money, for the modules that have any in this cycle."""
    found = {module.id: read_value(connection, cycle.key, module.id) for module in study.modules}
    return {module_id: value for module_id, value in found.items() if value is not None}


def modules_without_any(study: Study, cycle: Cycle) -> tuple[str, ...]:
    """Every module, where none has figures in this cycle; else nothing is missing as a whole."""
    with warehouse_at(paths_of(study)).open() as connection:
        if stored_values(connection, study, cycle):
            return ()
    return tuple(module.id for module in study.modules)


def _portfolio_value(
    study: Study,
    cycle: Cycle,
    values: dict[str, ModuleValue],
    *,
    joint: Mapping[str, Decimal],
    earlier: Sequence[ModuleValue],
    facts: LedgerFacts,
) -> ModuleValue:
    from roi_pipeline import finance

    if not values:
        raise NeedsAHuman(
            f"no module has stored figures for {cycle.key}; see why each module's assets failed"
        )
    return finance.value_portfolio(
        tuple(values.values()),
        cycle=cycle,
        headcount=study.headcount_in(cycle),
        currency=study.currency,
        standards=study.standards,
        observed=joint,
        metrics=study.metrics,
        modules=study.modules,
        previous=earlier,
        ledger_facts=facts,
    )

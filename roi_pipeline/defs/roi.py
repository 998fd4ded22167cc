"""Assets of the layer roi: one a module, and the portfolio from what the modules stored."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import dagster as dg

from roi_pipeline.defs.credit import credit_keys, joint_quantities
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.facts import asset_key, buildable_files
from roi_pipeline.defs.resources import StudyResource, WarehouseResource
from roi_pipeline.defs.telling import errors_told, finding_check, value_metadata
from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import LedgerFacts
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.ledger import LEDGER_TABLES, read_ledger_facts
from roi_pipeline.engines.questions.module import read_volumes
from roi_pipeline.engines.store.credit import read_credit
from roi_pipeline.engines.store.values import (
    read_effects,
    read_value,
    read_values_before,
    write_value,
)

CHECK = "money_stands_a_second_look"


def roi_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The money of every module, and of all together."""
    return [*(_roi_asset(study, module) for module in study.modules), _portfolio_asset(study)]


def _ledger_keys(study: Study) -> list[dg.AssetKey]:
    """What the finance systems recorded, in a study whose exports hold it."""
    built = {file.table for file in buildable_files(study)}
    return [asset_key(table) for table in LEDGER_TABLES if table in built]


def _roi_asset(study: Study, module: Module) -> dg.AssetsDefinition:
    key = dg.AssetKey(["roi", module.id])

    @dg.asset(
        key=key,
        deps=[["effects", module.id], *_ledger_keys(study)],
        partitions_def=cycle_partitions(study),
        group_name="roi",
        description=f"Costs, benefits, ROI, rating and decision for {module.name.into('en')}.",
        kinds={"python"},
        owners=["team:finance"],
        tags={"roi/module": module.id},
        check_specs=[dg.AssetCheckSpec(CHECK, asset=key)],
        pool="duckdb",
    )
    def value_of_module(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        cycle = study.cycle(context)
        with errors_told(), warehouse.warehouse.open() as connection:
            effects = stored_effects(connection, cycle, module)
            value = _value(connection, study.study, module, cycle, effects)
            write_value(connection, value)
        return dg.MaterializeResult(
            metadata=value_metadata(value),
            check_results=[finding_check(key, CHECK, value.findings)],
        )

    return value_of_module


def stored_effects(connection, cycle: Cycle, module: Module) -> ModuleEffects:  # noqa: ANN001
    """The module's effects of this cycle, which an earlier step must have stored."""
    effects = read_effects(connection, cycle.key, module.id)
    if effects is None:
        raise NeedsAHuman(
            f"effects of module {module.id!r} in {cycle.key} are not stored; "
            f"materialise effects/{module.id} for this cycle first"
        )
    return effects


def _value(
    connection,  # noqa: ANN001
    study: Study,
    module: Module,
    cycle: Cycle,
    effects: ModuleEffects,
) -> ModuleValue:
    from roi_pipeline import finance

    standard = finance.standard_of_cycle(study.standards, cycle)
    windows = finance.periods(module, cycle, standard.tier_for(study.headcount))
    return finance.value_module(
        module,
        effects,
        metrics=study.metrics,
        cycle=cycle,
        headcount=study.headcount,
        currency=study.currency,
        standards=study.standards,
        assumptions=study.assumptions,
        volumes=read_volumes(connection, study, module, windows),
        exchange_rates=study.exchange_rates,
        previous=read_values_before(connection, module.id, cycle_key=cycle.key),
        ledger_facts=read_ledger_facts(connection),
        modules=study.modules,
    )


def _portfolio_asset(study: Study) -> dg.AssetsDefinition:
    @dg.asset(
        key=["roi", "portfolio"],
        deps=[
            *(["roi", module.id] for module in study.modules),
            *credit_keys(study),
            *_ledger_keys(study),
        ],
        partitions_def=cycle_partitions(study),
        group_name="roi",
        description="All modules together; a module that failed is left out and named.",
        kinds={"python"},
        owners=["team:finance"],
        pool="duckdb",
    )
    def portfolio(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        cycle = study.cycle(context)
        with errors_told(), warehouse.warehouse.open() as connection:
            values = stored_values(connection, study.study, cycle)
            joint = joint_quantities(
                read_credit(connection, cycle.key), study.study.modules, study.study.metrics
            )
            earlier = read_values_before(connection, "portfolio", cycle_key=cycle.key)
            facts = read_ledger_facts(connection)
            value = _portfolio_value(
                study.study, cycle, values, joint=joint, earlier=earlier, facts=facts
            )
            write_value(connection, value)
        return dg.MaterializeResult(metadata=value_metadata(value))

    return portfolio


def stored_values(connection, study: Study, cycle: Cycle) -> dict[str, ModuleValue]:  # noqa: ANN001
    """Module → money, for the modules that have any in this cycle."""
    found = {module.id: read_value(connection, cycle.key, module.id) for module in study.modules}
    return {module_id: value for module_id, value in found.items() if value is not None}


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
        headcount=study.headcount,
        currency=study.currency,
        standards=study.standards,
        observed=joint,
        metrics=study.metrics,
        modules=study.modules,
        previous=earlier,
        ledger_facts=facts,
    )

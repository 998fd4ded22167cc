"""Assets of the layer exports: one a contract, with its rules as checks that guard what follows.

One asset is one delivery through the gate: find and prepare, stage, validate, accept. A stop keeps
the export's previous good state; what does not depend on it still runs.
"""

from collections.abc import Sequence

import dagster as dg

from roi_pipeline.defs.metadata import (
    Results,
    categories_check,
    dagster_errors,
    feed_check,
    finding_check,
    load_metadata,
    materialised,
    rule_check,
)
from roi_pipeline.defs.resources import as_of_run
from roi_pipeline.defs.schedules import looked_at_every_night
from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.loads import FileLoad, Validation
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.quality import expectation_names
from roi_pipeline.usecases.drift import check_of, watches_of
from roi_pipeline.usecases.exports import READABLE, load_export
from roi_pipeline.usecases.freshness import ARRIVED, expectation_of

BALANCE = "every_row_read_is_accounted_for"


def export_assets(study: Study) -> list[dg.AssetsDefinition]:
    """One asset per contract."""
    tables = {contract.table for contract in study.contracts}
    return [
        _export_asset(
            contract,
            tables,
            freshness=looked_at_every_night(study),
            is_expected=expectation_of(study, contract) is not None,
            watched=[check_of(watch) for watch in watches_of(study, contract)],
        )
        for contract in study.contracts
    ]


def _export_asset(
    contract: Contract,
    tables: set[str],
    *,
    freshness: dg.FreshnessPolicy,
    is_expected: bool,
    watched: Sequence[str],
) -> dg.AssetsDefinition:
    key = dg.AssetKey(["exports", contract.table])
    stopping = {rule.name for rule in contract.rules if rule.severity == "stop"}
    plain = [READABLE, *([ARRIVED] if is_expected else []), *watched]

    @dg.asset(
        key=key,
        deps=[["exports", table] for table in _referenced(contract, tables)],
        group_name="exports",
        description=contract.comment or f"{contract.entity} as {contract.system} delivers it.",
        kinds={"duckdb", "greatexpectations"},
        owners=[f"team:{contract.owner}"] if contract.owner.isidentifier() else None,
        tags={"roi/system": contract.system},
        freshness_policy=freshness,
        check_specs=[
            dg.AssetCheckSpec(BALANCE, asset=key, blocking=True),
            *(dg.AssetCheckSpec(name, asset=key) for name in plain),
            *(
                dg.AssetCheckSpec(
                    name, asset=key, blocking=True,
                    description="stops the delivery" if name in stopping else None,
                )
                for name in expectation_names(contract)
            ),
        ],
        pool="duckdb",
    )  # fmt: skip
    def export(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        with dagster_errors() as noted:
            result = load_export(warehouse, contract, study=study, as_of=as_of_run(context, study))
        yield from materialised(
            noted,
            load_metadata(result.files, result.refused),
            check_results=[
                _balance_check(key, result.files),
                finding_check(
                    key, READABLE, result.findings,
                    error="\n".join(load.error for load in result.files if load.error),
                ),
                *([feed_check(key, ARRIVED, result.feed)] if result.feed else []),
                *(
                    categories_check(key, check_of(judged.watch), judged)
                    for judged in result.categories
                ),
                *_rule_checks(key, contract, result.validation),
            ],
        )  # fmt: skip

    return export


def _rule_checks(
    key: dg.AssetKey, contract: Contract, validation: Validation
) -> list[dg.AssetCheckResult]:
    """One result per rule of the contract; one nothing was found out about has not passed.

    Without news the last validation is repeated, which may have been of an earlier contract.
    """
    results = {result.rule: result for result in validation.results}
    return [
        rule_check(key, results[name])
        if name in results
        else dg.AssetCheckResult(
            asset_key=key,
            check_name=name,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description="not evaluated",
        )
        for name in expectation_names(contract)
    ]


def _referenced(contract: Contract, tables: set[str]) -> list[str]:
    """Other exports a column of this one refers to."""
    named = {column.references.split(".")[0] for column in contract.columns if column.references}
    return sorted((named & tables) - {contract.table})


def _balance_check(key: dg.AssetKey, files: Sequence[FileLoad]) -> dg.AssetCheckResult:
    wrong = [load.path for load in files if not load.is_balanced]
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=BALANCE,
        passed=not wrong,
        description="rows read = loaded + quarantined + exact duplicates, for every file",
        metadata={"files_out_of_balance": len(wrong), "files": ", ".join(wrong) or "none"},
    )

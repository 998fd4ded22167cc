"""One asset that shares outcomes among the modules that touched a customer, and what they added.

Only studies that log AI actions have it. Shares go into `effects.credit`; where several modules put
the same metric into money, the portfolio is cut to what they brought about together.
"""

from collections.abc import Sequence

import dagster as dg

from roi_pipeline.defs.assets.facts import asset_key
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.metadata import (
    Results,
    dagster_errors,
    finding_check,
    markdown_table,
    materialised,
)
from roi_pipeline.defs.resources import cycle_of_run
from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.questions.attribution import SOURCES
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.credit import CycleCredit, credit_cycle, is_credit_known
from roi_pipeline.usecases.facts import buildable_files

KEY = dg.AssetKey(["effects", "credit"])
WITHIN = "credited_never_exceeds_observed"
LIFTS = "lift_stands_on_a_comparison"
MATCHED_ON = ("facts.customers", "facts.customer_events", "facts.orders")


def credit_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The asset, in a study whose exports name AI actions."""
    return [_credit_asset(study)] if credit_keys(study) else []


def credit_keys(study: Study) -> list[dg.AssetKey]:
    """The asset's key, in a study that has it."""
    return [KEY] if is_credit_known(study) else []


def _credit_asset(study: Study) -> dg.AssetsDefinition:
    built = {file.table for file in buildable_files(study)}

    @dg.asset(
        key=KEY,
        deps=[asset_key(table) for table in (*SOURCES, *MATCHED_ON) if table in built],
        partitions_def=cycle_partitions(study),
        group_name="effects",
        description="Outcomes of the cycle, credited to the modules whose windows held them.",
        kinds={"python", "duckdb"},
        owners=["team:analysis"],
        check_specs=[
            dg.AssetCheckSpec(WITHIN, asset=KEY, blocking=True),
            dg.AssetCheckSpec(LIFTS, asset=KEY),
        ],
        pool="duckdb",
    )
    def credit(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Results:
        with dagster_errors() as noted:
            found = credit_cycle(study, warehouse, cycle_of_run(context, study))
        yield from materialised(
            noted,
            {
                "credit": _table(found.lines),
                "lifts": _lift_table(found.lifts),
                "notes": "; ".join(map(str, found.notes)) or "none",
            },
            check_results=[_within_check(found), finding_check(KEY, LIFTS, found.findings)],
        )

    return credit


def _within_check(found: CycleCredit) -> dg.AssetCheckResult:
    columns = ["outcome", "credited", "incremental", "observed"]
    return dg.AssetCheckResult(
        asset_key=KEY,
        check_name=WITHIN,
        passed=not found.exceeding,
        description="Σ credited ≤ observed, for every kind of outcome",
        metadata={"counted": markdown_table(columns, found.counted)},
    )


def _table(lines: Sequence[SharedCredit]) -> dg.MetadataValue:
    return markdown_table(
        ["outcome", "module", "touched", "credited", "incremental", "observed", "base rate"],
        [
            [line.outcome_type, line.module_id, line.touched, line.credited, line.incremental,
             line.observed, None if line.base_rate is None else f"{line.base_rate:.4f}"]
            for line in lines
        ],
    )  # fmt: skip


def _lift_table(lifts: Sequence[ActionLift]) -> dg.MetadataValue:
    return markdown_table(
        ["module", "outcome", "compared with", "grade", "actions", "gross", "incremental", "lower",
         "upper", "placebo", "no counterpart"],
        [
            [lift.module_id, lift.outcome_type, lift.kind, lift.grade, lift.actions,
             lift.gross_outcomes, lift.incremental_outcomes, lift.incremental_lower,
             lift.incremental_upper, lift.placebo, lift.unmatched_actions]
            for lift in lifts
        ],
    )  # fmt: skip

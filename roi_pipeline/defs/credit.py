"""One asset that shares outcomes among the modules that touched a customer, and what they added.

Only studies that log AI actions have it. Shares go into `effects.credit`; where several modules put
the same metric into money, the portfolio is cut to what they brought about together.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import dagster as dg

from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.facts import asset_key, buildable_files
from roi_pipeline.defs.lifts import actions_lifts, interaction_findings
from roi_pipeline.defs.resources import StudyResource, WarehouseResource
from roi_pipeline.defs.telling import errors_told, finding_check, markdown_table
from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.questions.attribution import (
    SOURCES,
    acting_modules,
    count_observed,
    outcome_types,
    read_exposures,
)
from roi_pipeline.engines.store.credit import write_credit, write_lifts

KEY = dg.AssetKey(["effects", "credit"])
WITHIN = "credited_never_exceeds_observed"
LIFTS = "lift_stands_on_a_comparison"
FEWEST_MODULES = 2
MATCHED_ON = ("facts.customers", "facts.customer_events", "facts.orders")


def credit_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The asset, in a study whose exports name AI actions."""
    return [_credit_asset(study)] if credit_keys(study) else []


def credit_keys(study: Study) -> list[dg.AssetKey]:
    """The asset's key, in a study that has it."""
    built = {file.table for file in buildable_files(study)}
    return [KEY] if built.issuperset(SOURCES) else []


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
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        cycle = study.cycle(context)
        with errors_told(), warehouse.warehouse.open() as connection:
            acting = acting_modules(connection, cycle.observed)
            lines, notes = share_outcomes(connection, study.study, cycle, acting)
            write_credit(connection, cycle.key, lines)
            lifts, findings = actions_lifts(connection, study.study, cycle)
            write_lifts(connection, cycle.key, lifts)
            findings += interaction_findings(connection, study.study, cycle, acting)
            within = _within_observed(connection, study.study, cycle, lines)
        return dg.MaterializeResult(
            metadata={
                "credit": _table(lines),
                "lifts": _lift_table(lifts),
                "notes": "; ".join(map(str, notes)) or "none",
            },
            check_results=[_within_check(within), finding_check(KEY, LIFTS, findings)],
        )

    return credit


def share_outcomes(
    connection,  # noqa: ANN001
    study: Study,
    cycle: Cycle,
    modules: Sequence[str],
) -> tuple[list[SharedCredit], list[Message]]:
    """Who is credited with which outcomes of the cycle; nothing where one module acts alone."""
    from roi_pipeline.stats.attribution import share_credit

    lines, notes = list[SharedCredit](), list[Message]()
    if len(modules) < FEWEST_MODULES:
        return [], [Message("one_module_needs_no_sharing")]
    for outcome in outcome_types(connection):
        counts = read_exposures(connection, outcome, cycle.observed, timezone=study.timezone)
        shared = share_credit(counts)
        if isinstance(shared, Message):
            notes.append(shared)
            continue
        notes += shared.notes
        split = {count.modules for count in counts if count.outcomes}.intersection(
            shared.equal_splits
        )
        equal = {name for members in split for name in members}
        lines += [
            SharedCredit(
                outcome, each.module_id, each.touched, each.credited, each.incremental,
                shared.observed, shared.untouched, shared.base_rate, each.module_id in equal,
            )
            for each in shared.modules
        ]  # fmt: skip
    return lines, list({str(note): note for note in notes}.values())


def _within_observed(
    connection,  # noqa: ANN001
    study: Study,
    cycle: Cycle,
    lines: Sequence[SharedCredit],
) -> list[tuple[str, int, Decimal, int]]:
    """(outcome, Σ credited, Σ incremental, observed) with the outcomes counted anew."""
    return [
        (
            outcome,
            sum(line.credited for line in lines if line.outcome_type == outcome),
            sum((line.incremental or Decimal(0) for line in lines if line.outcome_type == outcome), Decimal(0)),
            count_observed(connection, outcome, cycle.observed, timezone=study.timezone),
        )
        for outcome in sorted({line.outcome_type for line in lines})
    ]  # fmt: skip


def _within_check(counted: Sequence[tuple[str, int, Decimal, int]]) -> dg.AssetCheckResult:
    wrong = [
        outcome
        for outcome, credited, incremental, observed in counted
        if credited > observed or incremental > observed
    ]
    return dg.AssetCheckResult(
        asset_key=KEY,
        check_name=WITHIN,
        passed=not wrong,
        description="Σ credited ≤ observed, for every kind of outcome",
        metadata={
            "counted": markdown_table(
                ["outcome", "credited", "incremental", "observed"], counted
            )
        },
    )  # fmt: skip


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


def joint_quantities(
    lines: Sequence[SharedCredit], modules: Sequence[Module], metrics: Mapping[str, Metric]
) -> dict[str, Decimal]:
    """Metric → what the modules that put it into money brought about together, where it is known.

    A metric one module alone is paid for has its own estimate and needs no second opinion. A metric
    counts an outcome when a column of that name stands above its line (`visited_7d_count`).
    """
    paid = dict[str, list[Module]]()
    for module in modules:
        for metric_id in {rule.metric_id for rule in module.benefits}:
            paid.setdefault(metric_id, []).append(module)
    found = dict[str, Decimal]()
    for metric_id, owners in sorted(paid.items()):
        outcomes = {module.attribution.outcome for module in owners if module.attribution}
        if len(owners) < FEWEST_MODULES or len(outcomes) != 1:
            continue
        outcome = outcomes.pop()
        names = {module.id for module in owners}
        mine = [line for line in lines if line.outcome_type == outcome and line.module_id in names]
        numerator = metrics[metric_id].numerator
        if mine and numerator.startswith(outcome) and numerator.endswith("_count"):
            found[metric_id] = sum(
                (_joint(line) for line in mine), Decimal(0)
            )  # fmt: skip
    return found


def _joint(line: SharedCredit) -> Decimal:
    """The incremental share; without a base rate the credited outcomes, which are no fewer."""
    return Decimal(line.credited) if line.incremental is None else line.incremental

"""Shares outcomes among the modules that touched a customer, and says what they brought about together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.domain.findings import Finding
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
from roi_pipeline.engines.warehouse import Connection, Warehouse
from roi_pipeline.usecases.facts import buildable_files, steps_of_tables
from roi_pipeline.usecases.lifts import actions_lifts, interaction_findings
from roi_pipeline.usecases.unchanged import keep_value, step_of_cycle, tables_in, value_that_stands

FEWEST_MODULES = 2


@dataclass(frozen=True, slots=True)
class CycleCredit:
    """Who is credited with the outcomes of a cycle, and what each module's actions added.

    Attributes:
        counted: (outcome, Σ credited, Σ incremental, observed), the outcomes counted anew.
    """

    lines: tuple[SharedCredit, ...]
    notes: tuple[Message, ...]
    lifts: tuple[ActionLift, ...]
    findings: tuple[Finding, ...]
    counted: tuple[tuple[str, int, Decimal, int], ...]

    @property
    def exceeding(self) -> tuple[str, ...]:
        """Outcomes of which more are credited than were observed."""
        return tuple(
            outcome
            for outcome, credited, incremental, observed in self.counted
            if credited > observed or incremental > observed
        )


def is_credit_known(study: Study) -> bool:
    """Whether a study's exports name AI actions and the outcomes they may claim."""
    return {file.table for file in buildable_files(study)}.issuperset(SOURCES)


def credit_cycle(study: Study, warehouse: Warehouse, cycle: Cycle) -> CycleCredit:
    """Share the outcomes of a cycle, measure what actions added, and store both."""
    with warehouse.open() as connection:
        tables = tables_in(steps_of_tables(connection, study, as_of=cycle.as_of))
        step = step_of_cycle("effects/credit", study, cycle, tables)
        known = value_that_stands(connection, step, CycleCredit)
        if known is not None:
            return known
        acting = acting_modules(connection, cycle.observed)
        lines, notes = share_outcomes(connection, study, cycle, acting)
        write_credit(connection, cycle.key, lines)
        lifts, findings = actions_lifts(connection, study, cycle)
        write_lifts(connection, cycle.key, lifts)
        findings += interaction_findings(connection, study, cycle, acting)
        counted = _within_observed(connection, study, cycle, lines)
        made = CycleCredit(
            tuple(lines), tuple(notes), tuple(lifts), tuple(findings), tuple(counted)
        )
        keep_value(connection, step, made)
    return made


def share_outcomes(
    connection: Connection, study: Study, cycle: Cycle, modules: Sequence[str]
) -> tuple[list[SharedCredit], list[Message]]:
    """Who is credited with which outcomes of the cycle; nothing where one module acts alone."""
    from roi_pipeline.stats.attribution import share_credit

    lines, notes = list[SharedCredit](), list[Message]()
    if len(modules) < FEWEST_MODULES:
        return [], [Message("one_module_needs_no_sharing")]
    for outcome in outcome_types(connection, cycle.observed, timezone=study.timezone):
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
    connection: Connection, study: Study, cycle: Cycle, lines: Sequence[SharedCredit]
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

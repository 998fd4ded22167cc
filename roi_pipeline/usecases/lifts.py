"""What each module's actions added to the outcome they are for, and whether two modules' effects add up."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from roi_pipeline.domain.attribution import ActionLift, ContactSamples
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.engines.questions.attribution import read_contacts, read_interaction
from roi_pipeline.engines.warehouse import Connection

if TYPE_CHECKING:
    from roi_pipeline.stats.lift import Lift


def actions_lifts(
    connection: Connection, study: Study, cycle: Cycle
) -> tuple[list[ActionLift], list[Finding]]:
    """Lift since go-live of every module that declares what its actions should bring about."""
    from roi_pipeline.stats.lift import incremental_lift

    lifts, findings = list[ActionLift](), list[Finding]()
    for module in study.modules:
        if module.attribution is None:
            continue
        outcome = module.attribution.outcome
        samples = read_contacts(
            connection, module.id, outcome, _since_go_live(study, module, cycle)
        )
        if samples is None:
            continue
        planned = module.randomisation.planned_share if module.randomisation else None
        lift = incremental_lift(samples, subject=f"{module.id}.{outcome}", planned_share=planned)
        if not isinstance(lift, Message):
            findings += lift.findings
            lifts.append(_as_printed(module, outcome, lift, samples))
    return lifts, findings


def _since_go_live(study: Study, module: Module, cycle: Cycle) -> Window:
    since = module.rollout.first_day or study.history.start
    return Window(min(since, cycle.observed.end), cycle.observed.end)


def _as_printed(module: Module, outcome: str, lift: "Lift", samples: ContactSamples) -> ActionLift:
    change, placebo = lift.change, lift.placebo
    return ActionLift(
        module_id=module.id,
        outcome_type=outcome,
        kind=lift.kind,
        grade=lift.grade,
        is_money_allowed=lift.is_money_allowed,
        actions=lift.actions,
        gross_outcomes=lift.gross_outcomes,
        change=change and change.estimate,
        change_lower=change and change.lower,
        change_upper=change and change.upper,
        incremental_outcomes=lift.incremental_outcomes,
        incremental_lower=lift.incremental_lower,
        incremental_upper=lift.incremental_upper,
        placebo=placebo and placebo.estimate,
        placebo_lower=placebo and placebo.lower,
        placebo_upper=placebo and placebo.upper,
        overlapping_actions=samples.overlapping_actions,
        immature_actions=samples.immature_actions,
        unmatched_actions=samples.unmatched_actions,
        e_value=lift.hidden_difference and lift.hidden_difference.limit,
    )


def interaction_findings(
    connection: Connection, study: Study, cycle: Cycle, acting: Sequence[str]
) -> list[Finding]:
    """Whether the effects of two modules add up, for every pair and the outcome one declares."""
    from roi_pipeline.stats.attribution import MAX_MODULES
    from roi_pipeline.stats.lift import check_interaction

    found = list[Finding]()
    outcomes = {each.id: each.attribution.outcome for each in study.modules if each.attribution}
    for first, second in combinations(acting[:MAX_MODULES], 2):
        for outcome in sorted({outcomes[name] for name in (first, second) if name in outcomes}):
            samples = read_interaction(
                connection, outcome, (first, second), cycle.observed, timezone=study.timezone
            )
            if samples is not None:
                found.append(check_interaction(samples, first=first, second=second))
    return found

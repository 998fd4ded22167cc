"""Flags for figures that have to be reviewed before use."""

from decimal import Decimal

from roi_pipeline.domain.effects import Effect, ModuleEffects
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.statements import Statement
from roi_pipeline.domain.texts import Message

LARGEST_ROI = Decimal(20)
LARGEST_EFFECT = 0.5


def sanity_findings(statement: Statement, effects: ModuleEffects) -> tuple[Finding, ...]:
    """One finding for ROI and one for each effect that has a relative size."""
    findings = [roi_finding(statement)] if statement.returns.roi is not None else []
    for metric_id in sorted(effects.outcomes):
        outcome = effects.outcomes[metric_id]
        if isinstance(outcome, Effect) and outcome.relative is not None:
            findings.append(_effect_finding(outcome, outcome.relative))
    return tuple(findings)


def roi_finding(statement: Statement) -> Finding:
    """Whether ROI is small enough to be used without a review."""
    roi = statement.returns.roi or Decimal(0)
    passed = roi <= LARGEST_ROI
    message = Message(
        "roi_is_plausible" if passed else "roi_asks_for_a_second_look",
        {"roi": float(roi), "limit": float(LARGEST_ROI)},
    )
    return Finding("roi_is_at_most_20_times", statement.module_id, passed, "warn", message)


def _effect_finding(effect: Effect, relative: float) -> Finding:
    passed = abs(relative) <= LARGEST_EFFECT
    message = Message(
        "effect_is_plausible" if passed else "effect_asks_for_a_second_look",
        {"metric": effect.metric_id, "relative": relative, "limit": LARGEST_EFFECT},
    )
    subject = f"{effect.module_id}.{effect.metric_id}"
    return Finding("effect_is_at_most_50_percent", subject, passed, "warn", message)

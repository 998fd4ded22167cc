"""The soft panel: what must be seen beside ROI whatever its money (避免唯数据论)."""

from collections.abc import Mapping, Sequence

from roi_pipeline.domain.effects import Effect, ModuleEffects, Outcome
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.statements import SoftFigure, SoftTheme, SoftVerdict
from roi_pipeline.domain.texts import Message, MessageValue

VALUABLE_THEMES: tuple[SoftTheme, ...] = ("compliance", "quality", "satisfaction")
VALUABLE_CHECKS = ("compliance_improved", "service_quality_improved")
THEME_WORDS: tuple[tuple[SoftTheme, tuple[str, ...]], ...] = (
    ("compliance", ("compliance", "incident", "fine", "leak")),
    ("retention", ("retention", "churn", "repurchase", "loyal", "lifetime")),
    ("brand", ("brand", "mention", "crisis", "sentiment")),
    ("satisfaction", ("satisf", "csat", "nps", "promoter", "praise", "complaint")),
    ("quality", ("reopen", "error", "consistency", "rework", "quality")),
)
THEME_OF_CATEGORY: dict[str, SoftTheme] = {
    "compliance": "compliance",
    "retention": "retention",
    "quality": "quality",
}


def theme_of(metric: Metric) -> SoftTheme | None:
    """Which part of the soft panel a metric belongs to; None when it is a hard one."""
    if metric.benefit_category in THEME_OF_CATEGORY:
        return THEME_OF_CATEGORY[metric.benefit_category]
    for theme, words in THEME_WORDS:
        is_meant = any(part.startswith(words) for part in metric.id.split("_"))
        if is_meant and not (theme == "quality" and metric.is_hard):
            return theme
    return None if metric.is_hard else "other"


def soft_panel(effects: ModuleEffects, metrics: Mapping[str, Metric]) -> tuple[SoftFigure, ...]:
    """Every soft metric of a module with its result."""
    figures: list[SoftFigure] = []
    for metric_id in sorted(effects.outcomes):
        theme = theme_of(metrics[metric_id]) if metric_id in metrics else None
        if theme is not None:
            outcome = effects.outcomes[metric_id]
            figures.append(_figure(metrics[metric_id], theme, outcome))
    return tuple(figures)


def is_valuable(panel: Sequence[SoftFigure], findings: Sequence[Finding]) -> bool:
    """Whether compliance or service quality demonstrably improved and neither got worse."""
    themed = [figure for figure in panel if figure.theme in VALUABLE_THEMES]
    if any(figure.verdict == "worsened" for figure in themed):
        return False
    reported = any(found.passed and found.check in VALUABLE_CHECKS for found in findings)
    return reported or any(figure.verdict == "improved" for figure in themed)


def verdict_of(metric: Metric, effect: Effect) -> SoftVerdict:
    """Improved or worsened only when the interval excludes no change."""
    if not effect.is_clear or metric.direction == "neutral":
        return "unchanged"
    is_better = effect.estimate < 0 if metric.direction == "down" else effect.estimate > 0
    return "improved" if is_better else "worsened"


def _figure(metric: Metric, theme: SoftTheme, outcome: Outcome) -> SoftFigure:
    if not isinstance(outcome, Effect):
        return SoftFigure(metric.id, theme, "unknown", outcome.reason)
    verdict = "unknown" if outcome.grade == "E" else verdict_of(metric, outcome)
    values: dict[str, MessageValue] = {
        "metric": metric.id,
        "change": outcome.estimate,
        "grade": outcome.grade,
    }
    return SoftFigure(metric.id, theme, verdict, Message(f"soft_metric_is_{verdict}", values))

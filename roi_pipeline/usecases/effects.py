"""What a module changed, by the strongest design, held to the baseline it first used."""

from roi_pipeline.domain.effects import ModuleEffects


def all_findings(effects: ModuleEffects):  # noqa: ANN201
    """Findings about the module and about each of its metrics."""
    per_metric = (finding for outcome in effects.outcomes.values() for finding in outcome.findings)
    return (*effects.findings, *per_metric)

